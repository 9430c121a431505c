//! Lists at Stripe that one pane shows and nothing else needs: what a page of each is asked for with, and read as.

use std::fmt;

use crate::{
    model::{AnyObject, CustomerId, Listed, Object, Page, Record, Shape},
    request::Request,
};

/// Rows of a page.
const PAGE: u32 = 100;

/// Where a pane's rows come from.
pub struct Source {
    /// With `{id}` where the customer stands in it.
    pub path: &'static str,
    pub whose: Whose,
    /// What comes with each row, whole.
    pub expand: &'static [&'static str],
    pub read: fn(&str) -> Result<Page<AnyObject>, Shape>,
}

/// Whose rows a list has.
#[derive(Clone, Copy, Debug)]
pub enum Whose {
    /// Of the customer whose id stands in the path.
    InPath,
    /// Of the customer that is asked for.
    Asked,
    /// The account's own: they have no customer.
    Account,
    /// Everybody's: Stripe has no filter for a customer there, and only their rows are kept.
    Everybody(fn(&Record<AnyObject>, &CustomerId) -> bool),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({})", self.path)
    }
}

impl Source {
    /// The same rows whoever is open.
    pub fn is_account_wide(&self) -> bool {
        matches!(self.whose, Whose::Account)
    }

    /// One page, on from `after`.
    pub fn request(&self, customer: Option<&CustomerId>, after: Option<&str>) -> Request {
        let id = customer.map_or("", CustomerId::as_str);
        let list = match self.whose {
            Whose::InPath => Request::get(self.path, &[id]),
            Whose::Asked => Request::get(self.path, &[]).with("customer", id),
            Whose::Account | Whose::Everybody(_) => Request::get(self.path, &[]),
        };
        let list = list.with("limit", PAGE).on_from(after);
        self.expand.iter().fold(list, |list, path| list.expand(&format!("data.{path}")))
    }
}

/// Reads a page of rows of one kind.
pub fn page_of<T: Object + Listed + Clone>(json: &str) -> Result<Page<AnyObject>, Shape> {
    Page::<T>::parse(json).map(Into::into)
}
