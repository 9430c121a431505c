//! Finds the row of the route table that answers a method and a path.

use percent_encoding::percent_decode_str;

use super::{
    call::{Method, Route},
    error::Refusal,
};

/// The routes of a world, with their patterns cut into pieces.
pub(super) struct Router<W: 'static> {
    rows: Vec<(Vec<&'static str>, &'static Route<W>)>,
}

/// A route, and what stood at its `{…}`, percent-decoded.
pub(super) struct Matched<W: 'static> {
    pub(super) route: &'static Route<W>,
    pub(super) ids: Vec<String>,
}

impl<W> Router<W> {
    pub(super) fn new(routes: &'static [Route<W>]) -> Self {
        let mut rows: Vec<_> =
            routes.iter().map(|route| (route.pattern.split('/').collect::<Vec<_>>(), route)).collect();
        // `/v1/charges/search` is asked before `/v1/charges/{id}`.
        rows.sort_by_key(|(pieces, _)| pieces.iter().filter(|piece| is_hole(piece)).count());
        Self { rows }
    }

    /// `method` as on the wire; a method that fits no row is a 404, as at Stripe.
    pub(super) fn find(&self, method: &str, path: &str) -> Result<Matched<W>, Refusal> {
        let wanted = match method {
            "GET" => Some(Method::Get),
            "POST" => Some(Method::Post),
            "DELETE" => Some(Method::Delete),
            _ => None,
        };
        let pieces: Vec<&str> = path.split('/').collect();
        self.rows
            .iter()
            .filter(|(_, route)| Some(route.method) == wanted)
            .find_map(|(pattern, route)| Some(Matched { route, ids: ids(pattern, &pieces)? }))
            .ok_or_else(|| unrecognized(method, path))
    }
}

/// The holes' contents, or None when the path does not fit.
fn ids(pattern: &[&str], pieces: &[&str]) -> Option<Vec<String>> {
    if pattern.len() != pieces.len() {
        return None;
    }
    let mut found = Vec::new();
    for (wanted, piece) in pattern.iter().zip(pieces) {
        if is_hole(wanted) {
            let id = percent_decode_str(piece).decode_utf8().ok()?;
            if id.is_empty() {
                return None;
            }
            found.push(id.into_owned());
        } else if wanted != piece {
            return None;
        }
    }
    Some(found)
}

fn is_hole(piece: &str) -> bool {
    piece.starts_with('{')
}

fn unrecognized(method: &str, path: &str) -> Refusal {
    let path: String = path.chars().take(200).collect();
    let hint = if path.ends_with('/') {
        " If you are trying to list objects, remove the trailing slash. If you are trying to retrieve an object, \
         make sure you passed a valid (non-empty) identifier in your code."
    } else {
        ""
    };
    Refusal {
        status: 404,
        ..Refusal::invalid(format!(
            "Unrecognized request URL ({method}: {path}).{hint} Please see https://stripe.com/docs or we can help \
             at https://support.stripe.com/."
        ))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::sandbox::call::{Access, Call};

    struct Nothing;

    fn answer(_: &mut Nothing, _: &Call) -> Result<Value, Refusal> {
        Err(Refusal::invalid("never called"))
    }

    const fn row(method: Method, pattern: &'static str) -> Route<Nothing> {
        Route { method, pattern, resource: "charge", access: Access::Read, params: &[], answer }
    }

    static ROUTES: &[Route<Nothing>] = &[
        row(Method::Get, "/v1/charges/{id}"),
        row(Method::Get, "/v1/charges/search"),
        row(Method::Get, "/v1/charges"),
        row(Method::Post, "/v1/charges/{id}/refunds/{refund}"),
    ];

    fn found(method: &str, path: &str) -> (&'static str, Vec<String>) {
        let matched = Router::new(ROUTES).find(method, path).unwrap_or_else(|_| panic!("{method} {path}"));
        (matched.route.pattern, matched.ids)
    }

    fn refused(method: &str, path: &str) -> Refusal {
        Router::new(ROUTES).find(method, path).err().unwrap()
    }

    #[test]
    fn a_fixed_path_wins_over_a_hole() {
        assert_eq!(found("GET", "/v1/charges/search"), ("/v1/charges/search", vec![]));
        assert_eq!(found("GET", "/v1/charges/ch_1"), ("/v1/charges/{id}", vec!["ch_1".to_owned()]));
        assert_eq!(found("GET", "/v1/charges"), ("/v1/charges", vec![]));
    }

    #[test]
    fn holes_are_decoded() {
        let (_, ids) = found("POST", "/v1/charges/ch%2F1/refunds/re_1");
        assert_eq!(ids, ["ch/1", "re_1"]);
    }

    #[test]
    fn other_methods_and_paths_are_unrecognized() {
        for (method, path) in
            [("POST", "/v1/charges"), ("GET", "/v1/foo"), ("PUT", "/v1/charges"), ("GET", "/")]
        {
            let refusal = refused(method, path);
            assert_eq!(refusal.status, 404);
            assert!(refusal.message.starts_with(&format!("Unrecognized request URL ({method}: {path}).")));
        }
        assert!(refused("GET", "/v1/charges/").message.contains("remove the trailing slash"));
        assert!(refused("GET", "/v1/charges/%ff").message.starts_with("Unrecognized"));
    }
}
