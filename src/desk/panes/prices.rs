//! What the account's products cost: each price with how often it is asked for, and the key by which programs find it.

use super::{
    Pane, PaneId, SortKey, Source,
    listed::{self, listed},
};
use crate::{
    desk::{
        sheet::{Align, Column, Line, Row, Sign, Tone},
        source::{Whose, page_of},
        state::State,
    },
    model::{Link, Price, PriceType},
    text::{self, Untrusted},
};

const COLUMNS: &[Column] = &[
    Column { title: "Product", align: Align::Left, least: 14, grow: 2, drop: 0 },
    Column { title: "Amount", align: Align::Right, least: 12, grow: 0, drop: 0 },
    Column { title: "Every", align: Align::Left, least: 13, grow: 0, drop: 0 },
    Column { title: "State", align: Align::Left, least: 10, grow: 0, drop: 0 },
    Column { title: "Lookup key", align: Align::Left, least: 14, grow: 2, drop: 1 },
    Column { title: "Nickname", align: Align::Left, least: 12, grow: 1, drop: 2 },
];

pub(super) const PANE: Pane = Pane {
    number: "+",
    name: "Prices",
    about: "prices of the account's products",
    source: Some(Source {
        path: "/v1/prices",
        whose: Whose::Account,
        expand: &["product"],
        read: page_of::<Price>,
    }),
    columns: COLUMNS,
    row,
    key,
    ..listed!(Prices of Price, "the account has no price")
};

fn price(state: &State, at: usize) -> Option<&Price> {
    listed::object(state, PaneId::Prices, at)
}

pub(super) fn amount(price: &Price) -> String {
    price.amount(1).map_or_else(|| "varies".to_owned(), |amount| amount.to_string())
}

/// `month`, `3 months`, `once`; what is counted by use says so.
pub(super) fn every(price: &Price) -> String {
    let Some(recurring) = &price.recurring else {
        return if price.kind == PriceType::OneTime { "once".into() } else { String::new() };
    };
    let interval = recurring.interval.as_str();
    let every = match recurring.interval_count {
        ..=1 => interval.to_owned(),
        count => format!("{count} {interval}s"),
    };
    if recurring.usage_type.as_str() == "metered" { format!("{every}, by use") } else { every }
}

pub(super) fn standing(active: bool) -> Line {
    if active { Line::toned("● active", Tone::Good) } else { Line::toned("○ archived", Tone::Dim) }
}

fn product(state: &State, price: &Price) -> String {
    let carried = match &price.product {
        Some(Link::Object(product)) => Some(product.name.as_str()).filter(|name| !name.is_empty()),
        Some(Link::Id(_)) | None => None,
    };
    let id = price.product_id();
    let known = carried.or_else(|| id.and_then(|id| state.data.product_name(id)));
    known.map_or_else(|| id.map_or_else(String::new, |id| text::short_id(id.as_str())), str::to_owned)
}

fn written(text: Option<&Untrusted>) -> &str {
    text.map_or("", Untrusted::as_str)
}

fn row(state: &State, at: usize) -> Option<Row> {
    let price = price(state, at)?;
    let name = if price.active { Tone::Strong } else { Tone::Dim };
    Some(Row {
        cells: vec![
            Line::toned(product(state, price), name),
            Line::plain(amount(price)),
            Line::plain(every(price)),
            standing(price.active),
            Line::plain(written(price.lookup_key.as_ref())),
            Line::toned(written(price.nickname.as_ref()), Tone::Dim),
        ],
        sign: Sign::None,
    })
}

fn key(state: &State, at: usize, column: usize) -> SortKey {
    let Some(price) = price(state, at) else { return SortKey::Number(0) };
    match column {
        0 => SortKey::Text(product(state, price).to_lowercase()),
        1 => SortKey::Number(price.unit_amount.unwrap_or(0)),
        2 => SortKey::Text(every(price)),
        3 => SortKey::Text(standing(price.active).text()),
        4 => SortKey::Text(written(price.lookup_key.as_ref()).to_owned()),
        _ => SortKey::Text(written(price.nickname.as_ref()).to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::desk::fixture::{holds, listed, rows};

    #[test]
    fn each_says_product_amount_interval_and_key() {
        let price = |id: &str, amount: serde_json::Value, interval: i64| {
            json!({"id": id, "currency": "usd", "unit_amount": amount,
            "active": true, "type": "recurring", "lookup_key": "pro_monthly", "product": {"id": "prod_1", "name": "Pro"},
            "recurring": {"interval": "month", "interval_count": interval, "usage_type": "licensed"}})
        };
        let mut metered = price("price_2", json!(null), 3);
        metered["recurring"]["usage_type"] = json!("metered");
        metered["product"] = json!("prod_elsewhere00001");
        let once = json!({"id": "price_3", "currency": "jpy", "unit_amount": 12_000, "active": false, "type": "one_time",
            "recurring": null, "nickname": "\u{1b}[31mx\u{202e}", "product": "prod_1"});
        let nothing = json!({"id": "price_null", "currency": null, "unit_amount": null, "active": null, "type": null,
            "recurring": null, "nickname": null, "lookup_key": null, "product": null});
        let state =
            listed(PaneId::Prices, &[price("price_1", json!(9_900), 1), metered, once, nothing], false);
        holds(&state, PaneId::Prices);
        assert_eq!(
            rows(&state, PaneId::Prices),
            [
                "Pro | $99.00 | month | ● active | pro_monthly | ",
                "prod_el…0001 | varies | 3 months, by use | ● active | pro_monthly | ",
                "Pro | ¥12,000 | once | ○ archived |  | ␛[31mx·",
                " | varies |  | ○ archived |  | ",
            ]
        );
    }
}
