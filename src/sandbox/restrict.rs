//! What the restricted key may do: `charge:read,refund:write`, and Stripe's refusal when it may not.

use std::{collections::BTreeSet, fmt, str::FromStr};

use super::{
    call::{Access, Route},
    error::Refusal,
};

/// The permissions of the restricted key. Named are permission stems (`charge`), collections as in the path
/// (`refund` for `/v1/refunds`), or `*`; the narrower name wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restrictions(Vec<(String, Option<Access>)>);

impl Default for Restrictions {
    /// Everything the routes offer.
    fn default() -> Self {
        Self(vec![("*".to_owned(), Some(Access::Write))])
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestrictError {
    #[error("nothing is listed; write for example charge:read,refund:write, or *:read for reading only")]
    Empty,
    #[error("'{0}' is not RESOURCE:ACCESS, as in charge:read")]
    Form(String),
    #[error("'{access}' in '{part}' is no access; known are none, read, write (which includes read)")]
    Access { part: String, access: String },
    #[error("'{name}' is no resource{}; known are {known}", meant.as_ref().map_or_else(String::new, |meant| format!(" (did you mean {meant}?)")))]
    Resource { name: String, meant: Option<String>, known: String },
}

impl FromStr for Restrictions {
    type Err = RestrictError;

    fn from_str(text: &str) -> Result<Self, RestrictError> {
        let parts = text.split([',', ' ']).filter(|part| !part.is_empty());
        let list = parts
            .map(|part| {
                let (name, access) =
                    part.split_once(':').ok_or_else(|| RestrictError::Form(part.to_owned()))?;
                if name.is_empty() {
                    return Err(RestrictError::Form(part.to_owned()));
                }
                let access = match access {
                    "none" => None,
                    "read" => Some(Access::Read),
                    "write" => Some(Access::Write),
                    other => {
                        return Err(RestrictError::Access {
                            part: part.to_owned(),
                            access: other.to_owned(),
                        });
                    }
                };
                Ok((name.to_owned(), access))
            })
            .collect::<Result<Vec<_>, _>>()?;
        if list.is_empty() { Err(RestrictError::Empty) } else { Ok(Self(list)) }
    }
}

impl fmt::Display for Restrictions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, access)) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{name}:{}", access.map_or("none", word))?;
        }
        Ok(())
    }
}

impl Restrictions {
    /// Every name must stand for a route, or the key would be narrower than its maker believes.
    pub(super) fn check<W>(&self, routes: &[Route<W>]) -> Result<(), RestrictError> {
        let known: BTreeSet<&str> =
            routes.iter().flat_map(|route| [route.resource, collection(route.pattern)]).collect();
        for (name, _) in &self.0 {
            if name != "*" && !known.contains(name.as_str()) {
                let meant = known
                    .iter()
                    .map(|known| (strsim::osa_distance(known, name), known))
                    .filter(|(distance, _)| *distance <= 2)
                    .min();
                return Err(RestrictError::Resource {
                    name: name.clone(),
                    meant: meant.map(|(_, known)| (*known).to_owned()),
                    known: known.iter().copied().collect::<Vec<_>>().join(", "),
                });
            }
        }
        Ok(())
    }

    pub(super) fn allow<W>(&self, route: &Route<W>) -> bool {
        let granted = [collection(route.pattern), route.resource, "*"]
            .iter()
            .find_map(|wanted| self.0.iter().rev().find(|(name, _)| name == wanted))
            .and_then(|(_, access)| *access);
        granted.is_some_and(|granted| granted >= route.access)
    }
}

/// 403, with nothing but type and message; the missing permission is only in the sentence.
pub(super) fn refusal<W>(route: &Route<W>, masked_key: &str, account: &str) -> Refusal {
    Refusal {
        status: 403,
        ..Refusal::invalid(format!(
            "The provided key '{masked_key}' does not have the required permissions for this endpoint on account \
             '{account}'. Having the 'rak_{}_{}' permission would allow this request to continue.",
            route.resource,
            word(route.access)
        ))
    }
}

fn word(access: Access) -> &'static str {
    match access {
        Access::Read => "read",
        Access::Write => "write",
    }
}

/// `/v1/refunds/{id}/cancel` → `refund`
fn collection(pattern: &'static str) -> &'static str {
    let name = pattern.split('/').nth(2).unwrap_or_default();
    name.strip_suffix('s').unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::sandbox::call::{Call, Method};

    fn answer(_: &mut (), _: &Call) -> Result<Value, Refusal> {
        Err(Refusal::invalid("never called"))
    }

    const fn route(pattern: &'static str, resource: &'static str, access: Access) -> Route<()> {
        Route { method: Method::Post, pattern, resource, access, params: &[], answer }
    }

    const CHARGE_READ: Route<()> = route("/v1/charges/{id}", "charge", Access::Read);
    const CHARGE_WRITE: Route<()> = route("/v1/charges/{id}", "charge", Access::Write);
    const REFUND_WRITE: Route<()> = route("/v1/refunds", "charge", Access::Write);
    const CUSTOMER_READ: Route<()> = route("/v1/customers", "customer", Access::Read);

    fn allowed(spec: &str) -> [bool; 4] {
        let restrictions: Restrictions = spec.parse().unwrap();
        restrictions.check(&[CHARGE_READ, CHARGE_WRITE, REFUND_WRITE, CUSTOMER_READ]).unwrap();
        [CHARGE_READ, CHARGE_WRITE, REFUND_WRITE, CUSTOMER_READ].map(|route| restrictions.allow(&route))
    }

    #[test]
    fn write_includes_read_and_the_narrower_name_wins() {
        assert_eq!(allowed("charge:read"), [true, false, false, false]);
        assert_eq!(allowed("charge:write"), [true, true, true, false]);
        assert_eq!(allowed("charge:read,refund:write"), [true, false, true, false]);
        assert_eq!(allowed("*:write,refund:none"), [true, true, false, true]);
        assert_eq!(allowed("*:read"), [true, false, false, true]);
        assert_eq!(allowed("charge:none,customer:read"), [false, false, false, true]);
        assert!(Restrictions::default().allow(&REFUND_WRITE));
    }

    fn refused(spec: &str) -> String {
        match spec.parse::<Restrictions>() {
            Ok(parsed) => parsed.check(&[CHARGE_READ, REFUND_WRITE, CUSTOMER_READ]).unwrap_err().to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn errors_name_what_is_known() {
        assert_eq!(
            refused("chrage:read"),
            "'chrage' is no resource (did you mean charge?); known are charge, customer, refund"
        );
        assert_eq!(refused("zebra:read"), "'zebra' is no resource; known are charge, customer, refund");
        assert_eq!(
            refused("charge:admin"),
            "'admin' in 'charge:admin' is no access; known are none, read, write (which includes read)"
        );
        assert_eq!(refused("charge"), "'charge' is not RESOURCE:ACCESS, as in charge:read");
        assert!(refused(" , ").starts_with("nothing is listed"));
    }

    #[test]
    fn the_refusal_names_the_permission_and_nothing_else() {
        let refusal = refusal(&REFUND_WRITE, "rk_test_****abcd", "acct_1");
        assert_eq!(
            refusal.body().to_string(),
            "{\"error\":{\"message\":\"The provided key 'rk_test_****abcd' does not have the required permissions \
             for this endpoint on account 'acct_1'. Having the 'rak_charge_write' permission would allow this \
             request to continue.\",\"type\":\"invalid_request_error\"}}"
        );
        assert_eq!(refusal.status, 403);
    }

    #[test]
    fn a_list_prints_as_it_is_written() {
        let spec = "charge:read,refund:write,customer:none";
        assert_eq!(spec.parse::<Restrictions>().unwrap().to_string(), spec);
    }
}
