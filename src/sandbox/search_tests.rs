//! Tests of search: what is found, what is refused.

use serde_json::json;

use super::*;

const ALLOWED: &[&str] = &[
    "amount",
    "billing_details.address.postal_code",
    "created",
    "currency",
    "customer",
    "email",
    "label~",
    "metadata",
    "name",
    "payment_method_details.card.last4",
    "refunded",
    "status",
];

fn object() -> Value {
    json!({
        "amount": 4900, "currency": "usd", "refunded": false, "status": "succeeded", "created": 1_700_000_000,
        "customer": "cus_1", "email": "Ada@Example.com", "name": "Ada \"Q\" Lovelace", "phone": null,
        "metadata": {"order id": "A-1"}, "label": "Box", "lists": ["a", "b"],
        "payment_method_details": {"card": {"last4": "4242"}},
        "billing_details": {"address": {"postal_code": null}}
    })
}

fn matches(query: &str) -> bool {
    Query::parse(query, ALLOWED)
        .unwrap_or_else(|refusal| panic!("{query}: {}", refusal.message))
        .matches(&object())
}

fn refused(query: &str) -> String {
    let refusal = Query::parse(query, ALLOWED).unwrap_err();
    assert_eq!(
        (refusal.status, refusal.kind, refusal.param.as_deref()),
        (400, "invalid_request_error", Some("query"))
    );
    refusal.message
}

#[test]
fn each_comparison_finds_and_misses() {
    for (query, expected) in [
        ("email:\"ada@example.com\"", true),
        ("email:\"ada@example\"", false),
        ("email~\"EXAMPLE\"", true),
        ("email~\"nobody\"", false),
        ("label~'BOX'", true),
        ("amount:4900", true),
        ("amount:\"4900\"", true),
        ("amount:490", false),
        ("amount>4899", true),
        ("amount>4900", false),
        ("amount>=4900", true),
        ("amount<4900", false),
        ("amount<=4900", true),
        ("amount<=\"4900\"", true),
        ("amount>-5", true),
        ("refunded:\"false\"", true),
        ("refunded:true", false),
        ("payment_method_details.card.last4:\"4242\"", true),
        ("billing_details.address.postal_code:null", true),
        ("-billing_details.address.postal_code:null", false),
        ("metadata[\"order id\"]:\"a-1\"", true),
        ("metadata['order id']:'A-1'", true),
        ("metadata[\"none\"]:null", true),
        ("-metadata[\"order id\"]:null", true),
        ("-status:\"succeeded\"", false),
        ("-status:\"failed\"", true),
        ("name:\"ada \\\"q\\\" lovelace\"", true),
        (" status : \"succeeded\" ", true),
    ] {
        assert_eq!(matches(query), expected, "{query}");
    }
}

#[test]
fn clauses_join_with_and_or_or_a_space() {
    assert!(matches("status:\"succeeded\" AND amount>1 currency:\"usd\""));
    assert!(!matches("status:\"succeeded\" and amount>9999"));
    assert!(matches("status:\"failed\" OR amount>1"));
    assert!(!matches("status:\"failed\" or -amount>1"));
}

#[test]
fn an_expanded_object_is_asked_by_its_id() {
    let query = Query::parse("customer:\"cus_1\"", ALLOWED).unwrap();
    assert!(query.matches(&json!({"customer": {"id": "cus_1", "object": "customer"}})));
    assert!(!query.matches(&json!({"customer": {"id": "cus_2"}})));
}

#[test]
fn what_does_not_parse_is_refused() {
    for query in [
        "",
        "ada",
        "email",
        "email:",
        "email:ada",
        "email:\"ada",
        "email:\"a\\",
        "metadata:\"x\"",
        "metadata[x]:\"y\"",
        "metadata[\"x\":\"y\"",
        "(email:\"a\")",
        "email:\"a\"amount:1",
        "email:\"a\" AND",
        "email..x:\"a\"",
        ".:1",
        "amount>=x",
    ] {
        assert!(refused(query).starts_with("We were unable to parse your search query."), "{query}");
    }
}

#[test]
fn what_is_not_offered_is_refused_by_name() {
    assert!(refused("secret:\"x\"").starts_with("Field `secret` is an unsupported search field"));
    assert!(refused("email[\"x\"]:\"y\"").starts_with("Field `email.x` is an unsupported"));
    assert_eq!(refused("currency~\"usd\""), "Field `currency` does not support the operator `~`.");
    assert!(refused("email~\"ad\"").contains("at least 3 characters"));
    assert!(
        refused("email~null").contains("must be a whole number") || refused("email~null").contains("parse")
    );
    assert_eq!(refused("created>\"soon\""), "The value for the field `created` must be a whole number here.");
    assert!(refused("status:\"a\" AND amount>1 OR amount>2").contains("not with both"));
}

#[test]
fn ten_clauses_are_the_most() {
    let ten = ["amount>1"; 10].join(" AND ");
    assert!(matches(&ten));
    assert_eq!(refused(&format!("{ten} AND amount>1")), "Search queries can have at most 10 clauses.");
    assert!(refused(&"x".repeat(6000)).contains("5000 characters"));
}

#[test]
fn a_required_value_is_told_only_when_every_hit_has_it() {
    let required =
        |query: &str| Query::parse(query, ALLOWED).unwrap().required("customer").map(str::to_owned);
    assert_eq!(required("amount>1 AND customer:\"cus_1\"").as_deref(), Some("cus_1"));
    for query in ["-customer:\"cus_1\"", "customer:\"cus_1\" OR amount>1", "customer:null", "amount>1"] {
        assert_eq!(required(query), None, "{query}");
    }
    assert_eq!(Query::parse("amount>1 status:\"x\"", ALLOWED).unwrap().clauses.len(), 2);
}
