//! What moved the open customer's credit balance, below what still waits for an invoice. The sign is said in words: Stripe's minus is
//! the customer's credit.

use super::{
    Pane, PaneId, SortKey, Source,
    listed::{self, listed},
    lists,
};
use crate::{
    desk::{
        sheet::{Align, Column, Line, Row, Sign, Tone},
        source::{Whose, page_of},
        state::State,
    },
    model::{BalanceEntry, InvoiceItem, List, Record},
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

/// Why an amount is no entry of the balance yet.
const WAITS: &str = "waits for an invoice";

pub(super) const PANE: Pane = Pane {
    number: "0",
    name: "Balance",
    about: "the credit balance: what moved it, and what waits",
    source: Some(Source {
        path: "/v1/customers/{id}/balance_transactions",
        whose: Whose::InPath,
        expand: &[],
        read: page_of::<BalanceEntry>,
    }),
    columns: COLUMNS,
    len: |state| listed::len(state, PaneId::Balance).saturating_add(ahead(state)),
    row,
    key,
    // What waits is no entry yet: nothing is done to it here.
    target: |state, at| listed::target(state, PaneId::Balance, at.checked_sub(ahead(state))?),
    subject: |state, at| listed::subject(state, PaneId::Balance, at.checked_sub(ahead(state))?),
    raw: |state, at| match at.checked_sub(ahead(state)) {
        Some(at) => listed::row(state, PaneId::Balance, at).map(|row| row.raw().clone()),
        None => waits(state, at).map(|item| item.raw().clone()),
    },
    ..listed!(Balance of BalanceEntry, "nothing has moved the balance yet")
};

fn entry(state: &State, at: usize) -> Option<&BalanceEntry> {
    listed::object(state, PaneId::Balance, at.checked_sub(ahead(state))?)
}

fn waiting(state: &State) -> Option<&List<InvoiceItem>> {
    lists::folder(state)?.waiting.value.as_ref()
}

fn waits(state: &State, at: usize) -> Option<&Record<InvoiceItem>> {
    waiting(state)?.rows.get(at)
}

/// How many wait for an invoice: they stand first.
fn ahead(state: &State) -> usize {
    waiting(state).map_or(0, |list| list.rows.len())
}

/// As an entry that has moved nothing yet.
fn waits_as(item: &InvoiceItem) -> BalanceEntry {
    BalanceEntry {
        amount: item.amount,
        currency: item.currency,
        created: item.date,
        kind: WAITS.into(),
        description: item.description.clone(),
        ..BalanceEntry::default()
    }
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
    if let Some(item) = waits(state, at) {
        let entry = waits_as(item);
        let (amount, word) = entry.amount_and_sign(entry.amount);
        let cells = vec![
            Line::toned(entry.created.short(state.zone(), state.now()), Tone::Info),
            Line::toned(amount.to_string(), Tone::Strong),
            Line::toned(word, tone(entry.amount)),
            Line::toned(entry.kind.as_str(), Tone::Info),
            Line::default(),
            Line::plain(note(state, &entry)),
        ];
        return Some(Row { cells, sign: Sign::None });
    }
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
    let ahead = waits(state, at).map(|item| waits_as(item));
    let Some(entry) = ahead.as_ref().or_else(|| entry(state, at)) else { return SortKey::Number(0) };
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
    fn what_waits_for_an_invoice_stands_above_what_has_moved() {
        let created = NOW_MS / 1_000;
        let moved = json!({"id": "cbtxn_1", "amount": -1_000, "ending_balance": -1_000, "currency": "usd", "created": created,
            "type": "adjustment", "description": "for the outage"});
        let mut state = listed(PaneId::Balance, &[moved], false);
        let items = [(-7_260, "Unused time on Pro"), (500, "Setup")].map(|(amount, text)| {
            json!({"id": format!("ii_{amount}"), "object": "invoiceitem", "amount": amount, "currency": "usd", "date": created,
                "description": text})
        });
        let customer = state.open.clone().unwrap();
        let folder = state.data.folders.get_mut(&customer).unwrap();
        folder.waiting.fill(crate::desk::fixture::page(&items).into(), NOW_MS);
        assert_eq!(
            rows(&state, PaneId::Balance),
            [
                "23 Nov 12:00 | $72.60 | credit | waits for an invoice |  | Unused time on Pro",
                "23 Nov 12:00 | $5.00 | owed | waits for an invoice |  | Setup",
                "23 Nov 12:00 | $10.00 | credit | adjustment | $10.00 credit | for the outage",
            ]
        );
        let pane = PaneId::Balance.pane();
        assert_eq!((pane.target)(&state, 0), None);
        assert_eq!((pane.target)(&state, 2).unwrap().id, "cbtxn_1");
        assert!((pane.raw)(&state, 1).unwrap().contains("ii_500"));
        assert!((pane.raw)(&state, 2).unwrap().contains("cbtxn_1"));
        let head = crate::desk::summary::head(&state).money.text();
        assert!(head.contains("credit waits $67.60"), "{head}");
    }

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
