//! Subscriptions that were cancelled since then: a list goes by when one began, so they are searched for.

use super::{Failure, Pages, Priority, Transport};
use crate::{
    model::{Listed, Record, Subscription},
    request::Request,
    time::Unix,
};

/// Pages of a hundred, at most.
const PAGES_MOST: usize = 500;

/// They, and whether there are more. Where an account has no search, all its subscriptions are looked through.
pub async fn cancelled(
    transport: &dyn Transport,
    from: Unix,
) -> Result<(Vec<Record<Subscription>>, bool), Failure> {
    let query = format!("canceled_at>={}", from.0);
    let search = Request::get("/v1/subscriptions/search", &[]).with("query", query).with("limit", 100);
    let (rows, more) = match all::<Subscription>(transport, search).await {
        Err(Failure::Refused(error)) if error.status == 400 => {
            let list = Request::get("/v1/subscriptions", &[]).with("status", "all").with("limit", 100);
            all(transport, list).await?
        }
        found => found?,
    };
    Ok((rows.into_iter().filter(|row| row.canceled_at.is_some_and(|at| at >= from)).collect(), more))
}

/// All rows of a list, and whether there are more.
pub async fn all<T: Listed>(
    transport: &dyn Transport,
    request: Request,
) -> Result<(Vec<Record<T>>, bool), Failure> {
    let list = Pages::new(transport, request, Priority::Waiting).all(PAGES_MOST).await?;
    Ok((list.rows, list.has_more || list.unreadable > 0))
}
