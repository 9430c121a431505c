//! What the open customer pays with: the saved methods, which of them is the default, and which have expired.

use jiff::civil::Date;

use super::{
    Pane, SortKey,
    lists::{self, with_customer},
};
use crate::{
    desk::{
        sheet::{Align, Column, Line, Row, Tone},
        state::State,
    },
    model::{Card, Link, PaymentMethod, Record},
    text::Untrusted,
};

const COLUMNS: &[Column] = &[
    Column { title: "Method", align: Align::Left, least: 18, grow: 2, drop: 0 },
    Column { title: "Expires", align: Align::Left, least: 7, grow: 0, drop: 0 },
    Column { title: "State", align: Align::Left, least: 20, grow: 1, drop: 0 },
    Column { title: "Funding", align: Align::Left, least: 8, grow: 0, drop: 2 },
    Column { title: "Country", align: Align::Left, least: 7, grow: 0, drop: 3 },
    Column { title: "Saved", align: Align::Left, least: 11, grow: 0, drop: 1 },
];

pub(super) const PANE: Pane = Pane {
    number: "9",
    name: "Methods",
    about: "payment methods: which is the default, which have expired",
    further: true,
    columns: COLUMNS,
    row,
    key,
    ..with_customer!(Methods of PaymentMethod in methods by PaymentMethods, "no payment method is saved")
};

fn method(state: &State, at: usize) -> Option<&Record<PaymentMethod>> {
    lists::get(state, |folder| folder.methods.value.as_ref(), at)
}

fn card(method: &PaymentMethod) -> Option<&Card> {
    method.card.as_ref().or(method.sepa_debit.as_ref())
}

/// Invoices are paid with it where nothing else is said.
fn is_default(state: &State, method: &PaymentMethod) -> bool {
    let customer = lists::folder(state).and_then(|folder| folder.customer.value.as_ref());
    let default = customer.and_then(|customer| customer.invoice_settings.default_payment_method.as_ref());
    match default {
        Some(Link::Id(id)) => *id == method.id,
        Some(Link::Object(default)) => default.id == method.id,
        None => false,
    }
}

/// A card is good until the end of its month.
fn is_expired(state: &State, card: &Card) -> bool {
    let today = state.now().day(state.zone());
    let year = card.exp_year.and_then(|year| i16::try_from(year).ok());
    let month = card.exp_month.and_then(|month| i8::try_from(month).ok());
    let last = year.zip(month).and_then(|(year, month)| Date::new(year, month, 1).ok());
    last.is_some_and(|last| last.last_of_month() < today)
}

fn standing(state: &State, method: &PaymentMethod) -> Line {
    let expired = card(method).is_some_and(|card| is_expired(state, card));
    match (expired, is_default(state, method)) {
        (true, true) => Line::toned("✖ expired", Tone::Bad).then(" · default", Tone::Plain),
        (true, false) => Line::toned("✖ expired", Tone::Bad),
        (false, true) => Line::toned("● default", Tone::Good),
        (false, false) => Line::toned("○ saved", Tone::Dim),
    }
}

fn words(found: Option<&Untrusted>) -> String {
    found.map_or_else(String::new, ToString::to_string)
}

fn row(state: &State, at: usize) -> Option<Row> {
    let method = method(state, at)?;
    let card = card(method);
    Some(Row {
        cells: vec![
            lists::waiting(state, method.id.as_str(), Line::toned(method.words(), Tone::Strong)),
            Line::plain(card.and_then(Card::expiry).unwrap_or_default()),
            standing(state, method),
            Line::plain(words(card.and_then(|card| card.funding.as_ref()))),
            Line::plain(words(card.and_then(|card| card.country.as_ref()))),
            Line::plain(method.created.short_date(state.zone(), state.now())),
        ],
        sign: lists::sign(state, method.id.as_str()),
    })
}

fn key(state: &State, at: usize, column: usize) -> SortKey {
    let Some(method) = method(state, at) else { return SortKey::Number(0) };
    let card = card(method);
    match column {
        0 => SortKey::Text(method.words()),
        1 => {
            let month =
                card.and_then(|card| Some(card.exp_year?.saturating_mul(12).saturating_add(card.exp_month?)));
            SortKey::Number(month.unwrap_or(i64::MAX))
        }
        2 => SortKey::Text(standing(state, method).text()),
        3 => SortKey::Text(words(card.and_then(|card| card.funding.as_ref()))),
        4 => SortKey::Text(words(card.and_then(|card| card.country.as_ref()))),
        _ => SortKey::Number(method.created.0),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        desk::{
            fixture::{self, holds, rows},
            panes::PaneId,
        },
        model::Page,
    };

    #[test]
    fn each_says_its_expiry_and_whether_it_is_the_default() {
        let mut state = fixture::state();
        let id = state.open.clone().unwrap();
        let folder = state.data.folders.get_mut(&id).unwrap();
        let card = |id: &str, year: i64| {
            json!({"id": id, "type": "card", "created": 1_795_352_460, "card": {"brand": "visa",
            "last4": "4242", "exp_month": 11, "exp_year": year, "funding": "credit", "country": "US"}})
        };
        let hostile =
            json!({"id": "pm_3", "type": "sepa\u{1b}_debit", "sepa_debit": {"last4": "3000\u{202e}"}});
        let nothing = json!({"id": "pm_null", "type": null, "created": null, "card": null});
        let odd = json!({"id": "pm_odd", "type": "card", "card": {"exp_month": 99, "exp_year": -1}});
        let page =
            json!({"data": [card("pm_1", 2026), card("pm_2", 2025), hostile, nothing, odd]}).to_string();
        folder.methods.fill(Page::parse(&page).unwrap().into(), 0);
        let ada = json!({"id": "cus_1", "invoice_settings": {"default_payment_method": "pm_1"}}).to_string();
        folder.customer.fill(Record::parse(ada).unwrap(), 0);
        holds(&state, PaneId::Methods);
        assert_eq!(
            rows(&state, PaneId::Methods),
            [
                "visa ··4242 | 11/26 | ● default | credit | US | 22 Nov",
                "visa ··4242 | 11/25 | ✖ expired | credit | US | 22 Nov",
                "sepa␛ debit ··3000· |  | ○ saved |  |  | 1 Jan 1970",
                " |  | ○ saved |  |  | 1 Jan 1970",
                "card | 99/99 | ○ saved |  |  | 1 Jan 1970",
            ]
        );
    }
}
