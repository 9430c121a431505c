//! What moved the open customer's credit balance. The sign is said in words: Stripe's minus is the customer's credit.

use super::{
    Pane, PaneId, SortKey, Source,
    listed::{self, listed},
    lists,
};
use crate::{
    desk::{
        sheet::{Align, Column, Line, Row, Tone},
        source::{Whose, page_of},
        state::State,
    },
    model::BalanceEntry,
    text::{self, Untrusted},
};

const COLUMNS: &[Column] = &[
    Column { title: "Date", align: Align::Left, least: 12, grow: 0, drop: 0 },
    Column { title: "Amount", align: Align::Right, least: 12, grow: 0, drop: 0 },
    Column { title: "Sign", align: Align::Left, least: 8, grow: 0, drop: 0 },
    Column { title: "Why", align: Align::Left, least: 18, grow: 1, drop: 1 },
    Column { title: "Balance then", align: Align::Right, least: 17, grow: 0, drop: 2 },
    Column { title: "Note", align: Align::Left, least: 14, grow: 2, drop: 3 },
];

pub(super) const PANE: Pane = Pane {
    number: "0",
    name: "Balance",
    about: "the credit balance: what moved it",
    source: Some(Source {
        path: "/v1/customers/{id}/balance_transactions",
        whose: Whose::InPath,
        expand: &[],
        read: page_of::<BalanceEntry>,
    }),
    columns: COLUMNS,
    row,
    key,
    ..listed!(Balance of BalanceEntry, "nothing has moved the balance yet")
};

fn entry(state: &State, at: usize) -> Option<&BalanceEntry> {
    listed::object(state, PaneId::Balance, at)
}

fn tone(minor: i64) -> Tone {
    match minor {
        ..0 => Tone::Good,
        0 => Tone::Dim,
        1.. => Tone::Warn,
    }
}

fn note(state: &State, entry: &BalanceEntry) -> String {
    let written = entry.description.as_ref().map(Untrusted::as_str).filter(|text| !text.is_empty());
    let Some(id) = entry.invoice.as_ref().filter(|_| written.is_none()) else {
        return written.unwrap_or_default().to_owned();
    };
    let invoices = lists::folder(state).and_then(|folder| folder.invoices.value.as_ref());
    let known = invoices.into_iter().flat_map(|list| &list.rows).find(|invoice| &invoice.id == id);
    known.map_or_else(|| text::short_id(id.as_str()), |invoice| invoice.title().to_owned())
}

fn row(state: &State, at: usize) -> Option<Row> {
    let entry = entry(state, at)?;
    let (amount, word) = entry.amount_and_sign(entry.amount);
    let (balance, then) = entry.amount_and_sign(entry.ending_balance);
    Some(Row {
        cells: vec![
            Line::plain(entry.created.short(state.zone(), state.now())),
            Line::toned(amount.to_string(), Tone::Strong),
            Line::toned(word, tone(entry.amount)),
            Line::plain(entry.kind.as_str().replace('_', " ")),
            Line::toned(format!("{balance} {then:<6}"), Tone::Dim),
            Line::plain(note(state, entry)),
        ],
        sign: lists::sign(state, entry.id.as_str()),
    })
}

fn key(state: &State, at: usize, column: usize) -> SortKey {
    let Some(entry) = entry(state, at) else { return SortKey::Number(0) };
    match column {
        0 => SortKey::Number(entry.created.0),
        1 => SortKey::Number(entry.amount),
        2 => SortKey::Text(entry.amount_and_sign(entry.amount).1.to_owned()),
        3 => SortKey::Text(entry.kind.to_string()),
        4 => SortKey::Number(entry.ending_balance),
        _ => SortKey::Text(note(state, entry)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::desk::fixture::{NOW_MS, holds, listed, rows};

    #[test]
    fn the_sign_is_said_in_words() {
        let created = NOW_MS / 1_000;
        let entry = |id: &str, amount: i64, after: i64| {
            json!({"id": id, "amount": amount, "ending_balance": after,
            "currency": "usd", "created": created, "type": "adjustment", "description": "for the outage"})
        };
        let mut used = entry("cbtxn_2", 700, -300);
        used["type"] = json!("applied_to_invoice");
        used["description"] = json!(null);
        used["invoice"] = json!("in_1");
        let mut hostile = entry("cbtxn_3", i64::MIN, i64::MIN);
        hostile["description"] = json!("\u{1b}]0;x\u{7}\u{202e}");
        let nothing = json!({"id": "cbtxn_null", "amount": null, "ending_balance": null, "currency": null, "created": null,
            "type": null, "description": null, "invoice": null});
        let state =
            listed(PaneId::Balance, &[entry("cbtxn_1", -1_000, -1_000), used, hostile, nothing], false);
        holds(&state, PaneId::Balance);
        assert_eq!(
            rows(&state, PaneId::Balance),
            [
                "23 Nov 12:00 | $10.00 | credit | adjustment | $10.00 credit | for the outage",
                "23 Nov 12:00 | $7.00 | owed | applied to invoice | $3.00 credit | A-0012",
                "23 Nov 12:00 | $92,233,720,368,547,758.07 | credit | adjustment | $92,233,720,368,547,758.07 credit | ␛]0;x␇·",
                "1 Jan  1970 | ??? 0 (minor units) |  |  | ??? 0 (minor units) | ",
            ]
        );
    }
}
