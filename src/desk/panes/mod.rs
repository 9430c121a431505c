//! The panes: what each lists, as columns and rows of meaning. A new pane is a file of its own and its two lines here.

mod balance;
mod charges;
mod credit_notes;
mod customers;
mod disputes;
mod events;
mod invoices;
mod listed;
mod lists;
mod methods;
mod payments;
mod prices;
mod products;
mod refunds;
mod subscriptions;

pub(in crate::desk) use customers::haystack;
pub(in crate::desk) use listed::{first as first_page, is_known};

use super::{
    question::Question,
    sheet::{Column, Line, Row, Tone},
    source::Source,
    state::State,
};
use crate::{
    actions::Subject,
    model::{AnyId, Charge, Invoice, Kind, Subscription},
};

/// What a pane is, as data and pure functions of the state.
pub struct Pane {
    pub id: PaneId,
    /// Shown in the title; the key that focuses it.
    pub number: &'static str,
    pub name: &'static str,
    /// For the help, behind its key.
    pub about: &'static str,
    pub kind: Kind,
    /// It has no place of its own where all stand side by side: it comes into that of the charges.
    pub further: bool,
    /// Its own list at Stripe, read when it is first shown; none where its rows come with the customer.
    pub source: Option<Source>,
    pub columns: &'static [Column],
    /// All rows, before filter and sort.
    pub len: fn(&State) -> usize,
    /// What comes first where nobody sorts, Stripe's order among equals; none: Stripe's order.
    pub rank: Option<fn(&State, usize) -> u8>,
    /// The row at an index of the whole list. Only called for what is on screen.
    pub row: fn(&State, usize) -> Option<Row>,
    /// What a column sorts and a filter searches by: the text as shown, and a number where it has one.
    pub key: fn(&State, usize, usize) -> SortKey,
    pub target: fn(&State, usize) -> Option<AnyId>,
    /// What an action on the row is done to.
    pub subject: fn(&State, usize) -> Option<Subject>,
    /// The whole JSON of the row.
    pub raw: fn(&State, usize) -> Option<std::sync::Arc<str>>,
    /// What is said when there is no row: still loading, nothing there, or why it could not be read.
    pub empty: fn(&State) -> Line,
    /// Something newer is on its way.
    pub loading: fn(&State) -> bool,
    /// More than was read so far: "+" behind the count.
    pub has_more: fn(&State) -> bool,
    /// What brings more rows, where there are more.
    pub more: fn(&State) -> Option<Question>,
    /// What the rows are not all of, as long as they are not.
    pub short_of: fn(&State) -> Option<String>,
    /// Rows that came and could not be read.
    pub unreadable: fn(&State) -> usize,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortKey {
    Number(i64),
    Text(String),
}

impl Pane {
    /// Its rows are others when another customer is opened.
    pub fn is_of_a_customer(&self) -> bool {
        self.kind != Kind::Customer && !self.source.as_ref().is_some_and(Source::is_account_wide)
    }
}

impl std::fmt::Debug for Pane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pane({})", self.name)
    }
}

macro_rules! panes {
    ($($id:ident = $module:ident),* $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum PaneId { $($id),* }

        /// In the order of their numbers.
        pub const PANES: &[&Pane] = &[$(&$module::PANE),*];

        impl PaneId {
            pub fn pane(self) -> &'static Pane {
                match self { $(Self::$id => &$module::PANE),* }
            }
        }
    };
}

panes! {
    Customers = customers,
    Charges = charges,
    Subscriptions = subscriptions,
    Invoices = invoices,
    Payments = payments,
    Refunds = refunds,
    Disputes = disputes,
    CreditNotes = credit_notes,
    Methods = methods,
    Balance = balance,
    Events = events,
    Products = products,
    Prices = prices,
}

impl PaneId {
    /// It stands in the place that the charges share with all further panes.
    pub fn shares(self) -> bool {
        self == Self::Charges || self.pane().further
    }
}

/// How a charge stands, in a glyph and a word.
pub(in crate::desk) fn charge_status(charge: &Charge) -> String {
    charges::status(charge).text()
}

/// What a charge was for, as its row says it.
pub(in crate::desk) fn charge_purpose(state: &State, charge: &Charge) -> String {
    charges::purpose(state, charge.payment_intent_id(), charge.description.as_ref())
}

pub(in crate::desk) fn invoice_status(state: &State, invoice: &Invoice) -> String {
    invoices::status(state, invoice).text()
}

pub(in crate::desk) fn subscription_state(state: &State, subscription: &Subscription) -> String {
    subscriptions::state_words(state, subscription)
}

/// What stands on the lower border of a pane that has rows: what went wrong with reading, or what could not be read.
pub fn trouble(state: &State, pane: PaneId) -> Option<Line> {
    let shown = count(state, pane);
    let pane = pane.pane();
    let words = (pane.empty)(state);
    match (pane.unreadable)(state) {
        // Where no row is, it stands in their place.
        0 if shown == 0 => None,
        _ if words.0.iter().any(|span| span.tone == Tone::Bad) => Some(words),
        0 => None,
        1 => Some(Line::toned("1 row could not be read", Tone::Warn)),
        count => Some(Line::toned(format!("{count} rows could not be read"), Tone::Warn)),
    }
}

/// Rows in view: how many.
pub fn count(state: &State, pane: PaneId) -> usize {
    state
        .panes
        .get(&pane)
        .and_then(|view| view.order.as_ref())
        .map_or_else(|| (pane.pane().len)(state), Vec::len)
}

/// The index in the whole list of the row at `position` in view.
pub fn index_at(state: &State, pane: PaneId, position: usize) -> Option<usize> {
    match state.panes.get(&pane).and_then(|view| view.order.as_ref()) {
        Some(order) => order.get(position).and_then(|index| usize::try_from(*index).ok()),
        None => (position < (pane.pane().len)(state)).then_some(position),
    }
}

/// Where in view the row at an index of the whole list is.
pub fn position(state: &State, pane: PaneId, index: usize) -> Option<usize> {
    match state.panes.get(&pane).and_then(|view| view.order.as_ref()) {
        Some(order) => order.iter().position(|at| usize::try_from(*at) == Ok(index)),
        None => (index < (pane.pane().len)(state)).then_some(index),
    }
}

/// The index in the whole list of the selected row.
pub fn selected(state: &State, pane: PaneId) -> Option<usize> {
    index_at(state, pane, state.panes.get(&pane).map_or(0, |view| view.selected))
}
