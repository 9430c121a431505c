//! The credit notes of the open customer: which invoice each takes back, and where the money went.

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
    model::CreditNote,
    text::{self, Untrusted},
};

const COLUMNS: &[Column] = &[
    Column { title: "Number", align: Align::Left, least: 16, grow: 1, drop: 0 },
    Column { title: "Date", align: Align::Left, least: 11, grow: 0, drop: 2 },
    Column { title: "Amount", align: Align::Right, least: 12, grow: 0, drop: 0 },
    Column { title: "State", align: Align::Left, least: 10, grow: 0, drop: 0 },
    Column { title: "Invoice", align: Align::Left, least: 13, grow: 1, drop: 1 },
    Column { title: "To", align: Align::Left, least: 16, grow: 1, drop: 3 },
    Column { title: "Reason", align: Align::Left, least: 14, grow: 1, drop: 4 },
];

pub(super) const PANE: Pane = Pane {
    number: "8",
    name: "Credit notes",
    about: "credit notes",
    source: Some(Source {
        path: "/v1/credit_notes",
        whose: Whose::Asked,
        expand: &[],
        read: page_of::<CreditNote>,
    }),
    columns: COLUMNS,
    row,
    key,
    ..listed!(CreditNotes of CreditNote, "no credit note yet")
};

fn note(state: &State, at: usize) -> Option<&CreditNote> {
    listed::object(state, PaneId::CreditNotes, at)
}

fn status(note: &CreditNote) -> Line {
    match note.status.as_str() {
        "issued" => Line::toned("● issued", Tone::Good),
        "void" => Line::toned("○ void", Tone::Dim),
        other => Line::toned(format!("? {}", other.replace('_', " ")), Tone::Warn),
    }
}

/// The invoice's number, where it was read.
fn invoice(state: &State, note: &CreditNote) -> String {
    let Some(id) = note.invoice_id() else { return String::new() };
    let invoices = lists::folder(state).and_then(|folder| folder.invoices.value.as_ref());
    let known = invoices.into_iter().flat_map(|list| &list.rows).find(|invoice| &invoice.id == id);
    known.map_or_else(|| text::short_id(id.as_str()), |invoice| invoice.title().to_owned())
}

/// Where the money went: a part of it may have gone elsewhere.
fn to(note: &CreditNote) -> String {
    let refunded = (!note.refunds.is_empty()).then_some("refund");
    let credited = note.customer_balance_transaction.is_some().then_some("balance");
    let outside = note.out_of_band_amount.is_some_and(|minor| minor != 0).then_some("outside Stripe");
    let to: Vec<_> = [refunded, credited, outside].into_iter().flatten().collect();
    if to.is_empty() { "less to pay".into() } else { to.join(" + ") }
}

fn reason(note: &CreditNote) -> String {
    note.reason.as_ref().map_or("", Untrusted::as_str).replace('_', " ")
}

fn row(state: &State, at: usize) -> Option<Row> {
    let note = note(state, at)?;
    let void = note.status.as_str() == "void";
    Some(Row {
        cells: vec![
            Line::plain(note.title()),
            Line::plain(note.created.short_date(state.zone(), state.now())),
            Line::toned(note.money().to_string(), if void { Tone::Dim } else { Tone::Strong }),
            status(note),
            Line::plain(invoice(state, note)),
            Line::plain(to(note)),
            Line::toned(reason(note), Tone::Dim),
        ],
        sign: lists::sign(state, note.id.as_str()),
    })
}

fn key(state: &State, at: usize, column: usize) -> SortKey {
    let Some(note) = note(state, at) else { return SortKey::Number(0) };
    match column {
        0 => SortKey::Text(note.title().to_owned()),
        1 => SortKey::Number(note.created.0),
        2 => SortKey::Number(note.amount),
        3 => SortKey::Text(status(note).text()),
        4 => SortKey::Text(invoice(state, note)),
        5 => SortKey::Text(to(note)),
        _ => SortKey::Text(reason(note)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::desk::fixture::{NOW_MS, holds, listed, rows};

    #[test]
    fn each_says_which_invoice_and_where_the_money_went() {
        let created = NOW_MS / 1_000;
        let note = |id: &str, status: &str| {
            json!({"id": id, "number": "A-0012-CN-01", "amount": 500, "currency": "eur",
            "created": created, "status": status, "invoice": "in_1", "reason": "order_change", "refunds": []})
        };
        let mut both = note("cn_1", "issued");
        both["refunds"] = json!([{"amount_refunded": 200, "refund": "re_1"}]);
        both["customer_balance_transaction"] = json!("cbtxn_1");
        let mut hostile = note("cn_2", "void");
        hostile["number"] = json!("\u{1b}[2J\u{202e}");
        hostile["invoice"] = json!("in_elsewhere0000001");
        let nothing = json!({"id": "cn_null", "number": null, "amount": null, "currency": null, "created": null, "status": null,
            "invoice": null, "reason": null, "refunds": null, "customer_balance_transaction": null});
        let state = listed(PaneId::CreditNotes, &[both, hostile, nothing], false);
        holds(&state, PaneId::CreditNotes);
        assert_eq!(
            rows(&state, PaneId::CreditNotes),
            [
                "A-0012-CN-01 | 23 Nov | €5.00 | ● issued | A-0012 | refund + balance | order change",
                "␛[2J· | 23 Nov | €5.00 | ○ void | in_else…0001 | less to pay | order change",
                "cn_null | 1 Jan 1970 | ??? 0 (minor units) | ? |  | less to pay | ",
            ]
        );
    }
}
