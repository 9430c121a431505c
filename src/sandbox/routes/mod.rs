//! The table of endpoints, one file a family: method, path, permission, parameters taken, and who answers.
#![expect(
    clippy::result_large_err,
    reason = "a refusal is made once an answer, and boxing it hides its words"
)]

mod account;
mod credit_notes;
mod customers;
mod disputes;
mod invoices;
mod payments;
mod preview;
mod products;
mod subscriptions;

use std::sync::LazyLock;

use super::{
    call::{Access, Call, Method, Route},
    error::Refusal,
    world::Universe,
};

type Routes = &'static [Route<Universe>];
type Answer = fn(&mut Universe, &Call) -> Result<serde_json::Value, Refusal>;

const FAMILIES: &[Routes] = &[
    account::ROUTES,
    payments::ROUTES,
    customers::ROUTES,
    disputes::ROUTES,
    subscriptions::ROUTES,
    preview::ROUTES,
    invoices::ROUTES,
    credit_notes::ROUTES,
    products::ROUTES,
];

pub(super) static ROUTES: LazyLock<Vec<Route<Universe>>> =
    LazyLock::new(|| FAMILIES.iter().flat_map(|rows| rows.iter().map(|row| Route { ..*row })).collect());

/// What lists take: a page.
const PAGE: &[&str] = &["ending_before", "limit", "starting_after"];
/// What lists take: a time.
const CREATED: &[&str] = &["created", "created[gt]", "created[gte]", "created[lt]", "created[lte]"];
const SEARCH: &[&str] = &["limit", "page", "query"];
const METADATA: &[&str] = &["metadata", "metadata[*]"];

/// One line of the table.
const fn row(
    (method, pattern): (Method, &'static str),
    (resource, access): (&'static str, Access),
    params: &'static [&'static [&'static str]],
    answer: Answer,
) -> Route<Universe> {
    Route { method, pattern, resource, access, params, answer }
}

#[cfg(test)]
mod tests {
    use super::{Access::Write, Method::Get, *};

    #[test]
    fn no_endpoint_stands_twice_and_fixed_words_stand_before_ids() {
        for (place, route) in ROUTES.iter().enumerate() {
            let same =
                |other: &Route<Universe>| other.method == route.method && other.pattern == route.pattern;
            assert_eq!(ROUTES.iter().position(same), Some(place), "{}", route.pattern);
            if let Some(start) = route.pattern.strip_suffix("{id}") {
                let later = ROUTES.iter().skip(place).find(|other| {
                    other.method == route.method
                        && other.pattern.strip_prefix(start).is_some_and(|end| !end.contains(['/', '{']))
                });
                assert!(later.is_none(), "{} hides {:?}", route.pattern, later.map(|route| route.pattern));
            }
        }
    }

    #[test]
    fn parameters_are_listed_once() {
        for route in ROUTES.iter() {
            let names: Vec<_> = route.params.concat();
            for (place, name) in names.iter().enumerate() {
                assert_eq!(names.iter().position(|other| other == name), Some(place), "{name}");
            }
            let changes = route.method != Get && !route.pattern.ends_with("create_preview");
            assert_eq!(route.access == Write, changes || route.pattern.ends_with("create_preview"));
        }
    }
}
