//! What is sold, and the codes that make it cheaper. All of it is only read here.

use super::{
    Action, Build, Choice, Family, Field, FieldKind, Gives, IN_PATH, READ, SINCE, UNTIL, get,
    given::{QUERY_MOST, list_or_search},
    read,
};
use crate::model::Kind;

const INTERVALS: &[Choice] = &[
    Choice { value: "day", says: "by the day" },
    Choice { value: "week", says: "by the week" },
    Choice { value: "month", says: "by the month" },
    Choice { value: "year", says: "by the year" },
];

const USAGE: &[Choice] = &[
    Choice { value: "licensed", says: "by how many they have" },
    Choice { value: "metered", says: "by how much they use" },
];

const TYPES: &[Choice] =
    &[Choice { value: "recurring", says: "again and again" }, Choice { value: "one_time", says: "once" }];

/// Stripe's most, of ids and of keys: characters each.
const NAME_MOST: usize = 255;

pub(super) const ACTIONS: &[Action] = &[
    Action {
        name: "get_product",
        family: Family::Products,
        summary: "Show a product: name, description, default price",
        endpoint: get("/v1/products/{id}"),
        permission: read("product"),
        fields: &[Field::new("product", "Product", FieldKind::Id(Kind::Product))
            .required()
            .help("the product; a Dashboard link works too", "prod_Pgc…")
            .param(IN_PATH)],
        on: &[Kind::Product],
        gives: Gives::One("product"),
        ..READ
    },
    PRODUCTS,
    Action {
        name: "get_price",
        family: Family::Products,
        summary: "Show a price: amount, currency, interval, product",
        also_called: &["plan"],
        endpoint: get("/v1/prices/{id}"),
        permission: read("plan"),
        fields: &[Field::new("price", "Price", FieldKind::Id(Kind::Price))
            .required()
            .help("the price; a Dashboard link works too", "price_1Pgc…")
            .param(IN_PATH)],
        on: &[Kind::Price],
        gives: Gives::One("price"),
        ..READ
    },
    PRICES,
    Action {
        name: "list_promotion_codes",
        family: Family::Products,
        summary: "Find promotion codes by the word that the customer typed, by coupon or by customer",
        also_called: &["coupons", "vouchers"],
        endpoint: get("/v1/promotion_codes"),
        permission: read("promotion_code"),
        fields: &[
            Field::new("code", "Code", FieldKind::Text { most: 500 })
                .help("as the customer typed it; capitals do not matter", "WELCOME20"),
            Field::new("coupon", "Coupon", FieldKind::Id(Kind::Coupon))
                .help("only codes of this coupon", "SORRY20"),
            Field::new("customer", "Customer", FieldKind::Id(Kind::Customer))
                .help("only codes that are for this customer alone", "cus_Pgc…"),
            Field::new("active", "Active", FieldKind::Bool)
                .help("true: only those that can be redeemed now", "true"),
            SINCE,
            UNTIL,
        ],
        on: &[Kind::Customer],
        gives: Gives::List("promotion_code"),
        ..READ
    },
];

const PRODUCTS: Action = Action {
    name: "list_products",
    family: Family::Products,
    summary: "List products, newest first, on sale or archived; or find them by name",
    endpoint: get("/v1/products"),
    permission: read("product"),
    fields: &[
        Field::new("active", "On sale", FieldKind::Bool).help("false: only archived ones", "true"),
        Field::new("ids", "Ids", FieldKind::Texts { most: NAME_MOST })
            .help("only these", "prod_Pgc…, prod_Pgd…")
            .param("ids[]"),
        SINCE,
        UNTIL,
        Field::new("query", "Query", FieldKind::Text { most: QUERY_MOST }).help(
            "instead of the others, in Stripe's query language: active, description, metadata, name, url; ~ finds a part; up to \
             a minute behind",
            "name~'pro'",
        ),
    ],
    build: Build::ReadBy(|args, moment| list_or_search(&PRODUCTS, "/v1/products/search", args, moment)),
    gives: Gives::List("product"),
    ..READ
};

const PRICES: Action = Action {
    name: "list_prices",
    family: Family::Products,
    summary: "List prices, newest first: of a product, by interval, currency or lookup key",
    also_called: &["plans", "tariffs"],
    endpoint: get("/v1/prices"),
    permission: read("plan"),
    fields: &[
        Field::new("product", "Product", FieldKind::Id(Kind::Product)).help("only prices of this product", "prod_Pgc…"),
        Field::new("active", "On sale", FieldKind::Bool).help("true: only those that can be sold", "true"),
        Field::new("currency", "Currency", FieldKind::Text { most: 3 })
            .help("only in this one; a subscription keeps its own", "usd"),
        Field::new("lookup_keys", "Lookup keys", FieldKind::Texts { most: NAME_MOST })
            .help("only those with one of these, ten at most", "pro_monthly")
            .param("lookup_keys[]"),
        Field::new("interval", "Interval", FieldKind::Choice(INTERVALS))
            .help("only those that are billed so", "month")
            .param("recurring[interval]"),
        Field::new("usage_type", "Counted", FieldKind::Choice(USAGE))
            .help("only those that are counted so", "licensed")
            .param("recurring[usage_type]"),
        Field::new("type", "Paid", FieldKind::Choice(TYPES)).help("only those that are paid so", "recurring"),
        SINCE,
        UNTIL,
        Field::new("query", "Query", FieldKind::Text { most: QUERY_MOST }).help(
            "instead of the others, in Stripe's query language: active, currency, lookup_key, metadata, product, type; up to a \
             minute behind",
            "lookup_key:'pro_monthly'",
        ),
    ],
    on: &[Kind::Product],
    build: Build::ReadBy(|args, moment| list_or_search(&PRICES, "/v1/prices/search", args, moment)),
    gives: Gives::List("price"),
    ..READ
};

#[cfg(test)]
mod tests {
    use super::super::fixture::reading;

    #[test]
    fn each_reading_is_its_own_call() {
        for (name, given, call) in [
            ("get_product", &[("product", "prod_1")][..], "GET /v1/products/prod_1"),
            (
                "list_products",
                &[("active", "true"), ("ids", "prod_1, prod_2")],
                "GET /v1/products?active=true&ids[]=prod_1&ids[]=prod_2",
            ),
            ("list_products", &[("query", "name~'pro'")], "GET /v1/products/search?query=name~%27pro%27"),
            ("get_price", &[("price", "price_1")], "GET /v1/prices/price_1"),
            (
                "list_prices",
                &[("product", "prod_1"), ("currency", "usd"), ("interval", "month"), ("lookup_keys", "pro")],
                "GET /v1/prices?product=prod_1&currency=usd&lookup_keys[]=pro&recurring[interval]=month",
            ),
            ("list_prices", &[("query", "active:'true'")], "GET /v1/prices/search?query=active%3A%27true%27"),
            (
                "list_promotion_codes",
                &[("code", "WELCOME"), ("coupon", "SORRY-20"), ("active", "true")],
                "GET /v1/promotion_codes?code=WELCOME&coupon=SORRY-20&active=true",
            ),
        ] {
            assert_eq!(reading(name, given), call);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (name, given, why) in [
            ("get_price", &[("price", "prod_1")][..], "is a product, but a price is needed here"),
            ("list_prices", &[("interval", "monthly")], "not one of by the day (day); by the week (week)"),
            ("list_prices", &[("query", "x"), ("active", "true")], "says everything by itself"),
            ("list_promotion_codes", &[("coupon", "promo_1")], "is a promotion code, but a coupon is needed"),
        ] {
            let said = reading(name, given);
            assert!(said.contains(why), "{said}");
        }
    }
}
