//! What the account sells: its products, the archived ones too, each with the price that it is sold at where nobody chooses.

use super::{
    Pane, PaneId, SortKey, Source,
    listed::{self, listed},
    prices,
};
use crate::{
    desk::{
        sheet::{Align, Column, Line, Row, Sign, Tone},
        source::{Whose, page_of},
        state::State,
    },
    model::{Link, Price, Product},
    text::Untrusted,
};

const COLUMNS: &[Column] = &[
    Column { title: "Name", align: Align::Left, least: 16, grow: 2, drop: 0 },
    Column { title: "Amount", align: Align::Right, least: 12, grow: 0, drop: 0 },
    Column { title: "Every", align: Align::Left, least: 9, grow: 0, drop: 1 },
    Column { title: "State", align: Align::Left, least: 10, grow: 0, drop: 0 },
    Column { title: "Description", align: Align::Left, least: 18, grow: 3, drop: 2 },
];

pub(super) const PANE: Pane = Pane {
    number: "=",
    name: "Products",
    about: "products of the account",
    source: Some(Source {
        path: "/v1/products",
        whose: Whose::Account,
        expand: &["default_price"],
        read: page_of::<Product>,
    }),
    columns: COLUMNS,
    row,
    key,
    ..listed!(Products of Product, "the account has no product")
};

fn product(state: &State, at: usize) -> Option<&Product> {
    listed::object(state, PaneId::Products, at)
}

fn price(product: &Product) -> Option<&Price> {
    product.default_price.as_ref().and_then(Link::object)
}

fn row(state: &State, at: usize) -> Option<Row> {
    let product = product(state, at)?;
    let price = price(product);
    let name = if product.active { Tone::Strong } else { Tone::Dim };
    Some(Row {
        cells: vec![
            Line::toned(product.name.as_str(), name),
            Line::plain(price.map_or_else(String::new, prices::amount)),
            Line::plain(price.map_or_else(String::new, prices::every)),
            prices::standing(product.active),
            Line::toned(product.description.as_ref().map_or("", Untrusted::as_str), Tone::Dim),
        ],
        sign: Sign::None,
    })
}

fn key(state: &State, at: usize, column: usize) -> SortKey {
    let Some(product) = product(state, at) else { return SortKey::Number(0) };
    match column {
        0 => SortKey::Text(product.name.as_str().to_lowercase()),
        1 => SortKey::Number(price(product).and_then(|price| price.unit_amount).unwrap_or(0)),
        2 => SortKey::Text(price(product).map_or_else(String::new, prices::every)),
        3 => SortKey::Text(prices::standing(product.active).text()),
        _ => SortKey::Text(product.description.as_ref().map_or_else(String::new, ToString::to_string)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::desk::fixture::{holds, listed, rows};

    #[test]
    fn each_says_what_it_costs_and_whether_it_is_sold() {
        let pro = json!({"id": "prod_1", "name": "Pro", "active": true, "default_price": {"id": "price_1", "currency": "usd",
            "unit_amount": 9_900, "recurring": {"interval": "month", "interval_count": 1}}});
        let hostile = json!({"id": "prod_2", "name": "\u{1b}[31mOld\u{202e}", "active": false, "default_price": "price_9",
            "description": "two\nlines"});
        let nothing = json!({"id": "prod_null", "name": null, "active": null, "default_price": null, "description": null});
        let mut state = listed(PaneId::Products, &[pro, hostile, nothing], false);
        holds(&state, PaneId::Products);
        assert_eq!(
            rows(&state, PaneId::Products),
            [
                "Pro | $99.00 | month | ● active | ",
                "␛[31mOld· |  |  | ○ archived | two lines",
                " |  |  | ○ archived | ",
            ]
        );
        state.open = None;
        assert_eq!((PANE.len)(&state), 3, "they are the account's, whoever is open");
    }
}
