//! `expand[]`: puts whole objects where an answer has their ids, at most four levels deep.

use serde_json::{Map, Value};

use super::{
    call::{Method, World},
    error::Refusal,
};

const LEVELS_MOST: usize = 4;
const PATHS_MOST: usize = 100;

/// Names that a path may hold. A write is refused for other names before it executes, since afterwards a
/// refusal would lie; an id below one of these names that leads nowhere stays an id.
const KNOWN: &[&str] = &[
    "application",
    "application_fee",
    "balance_transaction",
    "card",
    "cash_balance",
    "charge",
    "confirmation_secret",
    "coupon",
    "credit_note",
    "currency_options",
    "customer",
    "customer_balance_transaction",
    "data",
    "default_payment_method",
    "default_price",
    "default_source",
    "default_tax_rates",
    "destination",
    "discount",
    "discounts",
    "dispute",
    "failure_balance_transaction",
    "from_invoice",
    "invoice",
    "invoice_credit_balance",
    "invoice_item_details",
    "invoice_settings",
    "items",
    "last_payment_error",
    "latest_charge",
    "latest_invoice",
    "latest_revision",
    "line_items",
    "lines",
    "mandate",
    "on_behalf_of",
    "parent",
    "payment",
    "payment_intent",
    "payment_method",
    "payment_method_details",
    "payments",
    "pending_setup_intent",
    "phases",
    "plan",
    "price",
    "price_details",
    "pricing",
    "product",
    "promotion",
    "promotion_code",
    "refund",
    "refunds",
    "review",
    "schedule",
    "setup_intent",
    "source",
    "sources",
    "subscription",
    "subscription_details",
    "subscription_item_details",
    "subscriptions",
    "tax",
    "tax_ids",
    "tax_rate",
    "tax_rates",
    "test_clock",
    "tiers",
    "total_count",
    "total_discount_amounts",
    "transfer",
    "transfer_data",
];

/// Left out of an object when there is nothing to say, and still no mistake to ask for.
const OPTIONAL: &[&str] = &["currency_options", "failure_balance_transaction", "test_clock", "tiers"];

/// The paths of one request, each cut at its dots.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Paths(Vec<Vec<String>>);

impl Paths {
    /// Takes `expand` out of `params`; refuses what can be seen to be wrong before anything executes.
    pub(super) fn take(method: Method, params: &mut Map<String, Value>) -> Result<Self, Refusal> {
        let listed = match params.shift_remove("expand") {
            None => return Ok(Self::default()),
            Some(Value::String(text)) if text.is_empty() => return Ok(Self::default()),
            Some(Value::Array(listed)) if listed.len() <= PATHS_MOST => listed,
            Some(_) => return Err(Refusal::invalid("Invalid array").param("expand")),
        };
        let mut paths = Vec::new();
        for path in listed {
            let Value::String(path) = path else {
                return Err(Refusal::invalid("Invalid string").param("expand"));
            };
            let names: Vec<String> = path.split('.').map(str::to_owned).collect();
            if names.len() > LEVELS_MOST {
                return Err(refused(format!(
                    "You cannot expand more than {LEVELS_MOST} levels of a property ({path})."
                )));
            }
            let strange = |name: &String| !KNOWN.contains(&name.as_str());
            if names.iter().any(String::is_empty) || method != Method::Get && names.iter().any(strange) {
                return Err(not_expandable(&path));
            }
            paths.push(names);
        }
        Ok(Self(paths))
    }

    /// Expands `answer` in place. Only a GET is refused for a path that leads nowhere.
    pub(super) fn apply<W: World>(
        &self,
        method: Method,
        world: &mut W,
        answer: &mut Value,
    ) -> Result<(), Refusal> {
        for path in &self.0 {
            let reached = walk(world, answer, path);
            if !reached && method == Method::Get {
                let whole = path.join(".");
                let list = answer.get("data").is_some_and(Value::is_array);
                if list && path.first().is_some_and(|first| first != "data") {
                    return Err(refused(format!(
                        "This property cannot be expanded ({whole}). You may want to try expanding 'data.{whole}' \
                         instead."
                    )));
                }
                return Err(not_expandable(&whole));
            }
        }
        Ok(())
    }
}

/// False when the path leads nowhere in any of the objects it goes through.
fn walk<W: World>(world: &mut W, value: &mut Value, path: &[String]) -> bool {
    if let Value::String(id) = value {
        let Some(object) = world.object(id) else { return false };
        *value = object;
    }
    match value {
        Value::Null => true,
        Value::Array(items) => {
            let mut reached = items.is_empty();
            for item in items {
                reached |= walk(world, item, path);
            }
            reached
        }
        Value::Object(_) => {
            let Some((name, rest)) = path.split_first() else { return value.get("object").is_some() };
            if value.get("deleted") == Some(&Value::Bool(true)) {
                return true;
            }
            if value.get(name).is_none() {
                let Some(field) = world.expand_field(value, name) else {
                    return OPTIONAL.contains(&name.as_str());
                };
                if let Value::Object(map) = value {
                    map.insert(name.clone(), field);
                }
                if rest.is_empty() {
                    return true;
                }
            }
            let Some(inner) = value.get_mut(name) else { return false };
            walk(world, inner, rest) || inner.is_string() && KNOWN.contains(&name.as_str())
        }
        _ => false,
    }
}

fn not_expandable(path: &str) -> Refusal {
    refused(format!("This property cannot be expanded ({path})."))
}

fn refused(message: String) -> Refusal {
    Refusal::invalid(message).param("expand")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sandbox::{call::Route, form};

    struct Objects;

    impl World for Objects {
        fn routes() -> &'static [Route<Self>] {
            &[]
        }

        fn object(&mut self, id: &str) -> Option<Value> {
            match id {
                "cus_1" => Some(json!({"id": "cus_1", "object": "customer", "default_source": null})),
                "cus_gone" => Some(json!({"id": "cus_gone", "object": "customer", "deleted": true})),
                "ch_1" => {
                    Some(json!({"id": "ch_1", "object": "charge", "customer": "cus_1", "status": "paid"}))
                }
                "prod_1" => Some(json!({"id": "prod_1", "object": "product"})),
                _ => None,
            }
        }

        fn expand_field(&mut self, object: &Value, field: &str) -> Option<Value> {
            let charge = object["object"] == "charge" && field == "refunds";
            charge.then(|| json!({"object": "list", "data": [{"object": "refund", "charge": object["id"]}]}))
        }

        fn advance(&mut self, _: i64) {}
    }

    fn take(method: Method, query: &str) -> Result<Paths, Refusal> {
        Paths::take(method, &mut form::parse(query.as_bytes()).unwrap())
    }

    fn expanded(path: &str, mut answer: Value) -> Result<Value, String> {
        take(Method::Get, &format!("expand[]={path}"))
            .and_then(|paths| paths.apply(Method::Get, &mut Objects, &mut answer))
            .map(|()| answer)
            .map_err(|refusal| refusal.message)
    }

    #[test]
    fn ids_become_objects_through_dots_lists_and_arrays() {
        let refund = json!({"object": "refund", "charge": "ch_1"});
        assert_eq!(expanded("charge", refund.clone()).unwrap()["charge"]["id"], "ch_1");
        assert_eq!(expanded("charge.customer", refund).unwrap()["charge"]["customer"]["id"], "cus_1");
        let list = json!({"object": "list", "data": [{"customer": "cus_1"}, {"customer": null}]});
        let answer = expanded("data.customer", list).unwrap();
        assert_eq!(
            (&answer["data"][0]["customer"]["id"], &answer["data"][1]["customer"]),
            (&json!("cus_1"), &Value::Null)
        );
        let subscription = json!({"items": {"object": "list", "data": [
            {"price": {"object": "price", "product": "prod_1"}}]}});
        let answer = expanded("items.data.price.product", subscription).unwrap();
        assert_eq!(answer["items"]["data"][0]["price"]["product"]["object"], "product");
        let many = json!({"discounts": ["prod_1", "prod_1"]});
        assert_eq!(expanded("discounts", many).unwrap()["discounts"][1]["id"], "prod_1");
    }

    #[test]
    fn fields_that_are_there_only_when_expanded_come_from_the_world() {
        let answer = expanded("refunds", json!({"id": "ch_1", "object": "charge"})).unwrap();
        assert_eq!(answer["refunds"]["data"][0]["charge"], "ch_1");
        let deeper = expanded("charge.refunds.data.charge", json!({"charge": "ch_1"})).unwrap();
        assert_eq!(deeper["charge"]["refunds"]["data"][0]["charge"]["id"], "ch_1");
    }

    #[test]
    fn what_cannot_be_expanded_is_refused() {
        for (path, answer) in [
            ("foo", json!({"id": "ch_1"})),
            ("status", json!({"status": "paid"})),
            ("amount", json!({"amount": 5})),
            ("metadata", json!({"metadata": {}})),
            ("customer.foo", json!({"customer": "cus_1"})),
            ("charge..customer", json!({"charge": "ch_1"})),
        ] {
            assert_eq!(expanded(path, answer), Err(format!("This property cannot be expanded ({path}).")));
        }
    }

    #[test]
    fn an_id_that_leads_nowhere_stays_and_a_deleted_customer_ends_the_path() {
        let answer = expanded("payment_method", json!({"payment_method": "pm_gone"})).unwrap();
        assert_eq!(answer["payment_method"], "pm_gone");
        let refund = json!({"object": "refund"});
        assert_eq!(expanded("failure_balance_transaction", refund.clone()), Ok(refund));
        let answer = expanded("customer.default_source", json!({"customer": "cus_gone"})).unwrap();
        assert_eq!(answer["customer"]["deleted"], true);
    }

    #[test]
    fn lists_want_data_first_and_no_more_than_four_levels() {
        let list = json!({"object": "list", "data": [{"customer": "cus_1"}]});
        assert!(
            expanded("customer", list.clone()).unwrap_err().contains("expanding 'data.customer' instead")
        );
        assert!(
            expanded("data.items.data.price.product", list.clone())
                .unwrap_err()
                .contains("more than 4 levels")
        );
        let empty = json!({"object": "list", "data": []});
        assert_eq!(expanded("data.anything", empty.clone()), Ok(empty));
    }

    #[test]
    fn expand_is_a_list_and_leaves_the_parameters() {
        let mut params = form::parse(b"expand[0]=customer&amount=5").unwrap();
        assert_eq!(Paths::take(Method::Get, &mut params).unwrap(), Paths(vec![vec!["customer".to_owned()]]));
        assert_eq!(Value::Object(params), json!({"amount": "5"}));
        for wrong in ["expand=customer", "expand[a]=b", "expand[][a]=b"] {
            assert_eq!(take(Method::Get, wrong).unwrap_err().param.as_deref(), Some("expand"), "{wrong}");
        }
        assert_eq!(take(Method::Get, "expand=").unwrap(), Paths::default());
    }

    #[test]
    fn a_write_is_refused_before_it_executes_or_not_at_all() {
        assert!(take(Method::Post, "expand[]=foo").is_err());
        let paths = take(Method::Post, "expand[]=review.charge").unwrap();
        let mut answer = json!({"object": "refund"});
        assert_eq!(paths.apply(Method::Post, &mut Objects, &mut answer), Ok(()));
    }
}
