//! The payment intents of the open customer: what was tried, and how far it came.

use super::{
    Pane, PaneId, SortKey, Source, charges,
    listed::{self, listed},
};
use crate::{
    desk::{
        sheet::{Align, Column, Line, Row, Tone},
        source::{Whose, page_of},
        state::State,
    },
    model::{Charge, Link, PaymentIntent, PaymentIntentStatus},
};

const COLUMNS: &[Column] = &[
    Column { title: "Date", align: Align::Left, least: 12, grow: 0, drop: 0 },
    Column { title: "Amount", align: Align::Right, least: 12, grow: 0, drop: 0 },
    Column { title: "Status", align: Align::Left, least: 16, grow: 0, drop: 0 },
    Column { title: "For", align: Align::Left, least: 16, grow: 3, drop: 1 },
    Column { title: "Method", align: Align::Left, least: 14, grow: 1, drop: 2 },
];

pub(super) const PANE: Pane = Pane {
    number: "5",
    name: "Payments",
    about: "payments: every attempt, also what was never charged",
    source: Some(Source {
        path: "/v1/payment_intents",
        whose: Whose::Asked,
        expand: &["latest_charge"],
        read: page_of::<PaymentIntent>,
    }),
    columns: COLUMNS,
    row,
    key,
    ..listed!(Payments of PaymentIntent, "no payment yet")
};

fn intent(state: &State, at: usize) -> Option<&PaymentIntent> {
    listed::object(state, PaneId::Payments, at)
}

/// The charge that it led to last, where it came with it.
fn charge(intent: &PaymentIntent) -> Option<&Charge> {
    intent.latest_charge.as_ref().and_then(Link::object)
}

fn status(intent: &PaymentIntent) -> Line {
    let (text, tone) = match &intent.status {
        PaymentIntentStatus::Succeeded => {
            return charge(intent).map_or_else(|| Line::toned("● paid", Tone::Good), charges::status);
        }
        PaymentIntentStatus::RequiresCapture => ("◌ held".to_owned(), Tone::Warn),
        PaymentIntentStatus::Processing => ("◌ pending".to_owned(), Tone::Warn),
        PaymentIntentStatus::RequiresAction => ("◌ waits for them".to_owned(), Tone::Warn),
        PaymentIntentStatus::RequiresPaymentMethod if intent.last_payment_error.is_some() => {
            ("✖ failed".to_owned(), Tone::Bad)
        }
        PaymentIntentStatus::RequiresPaymentMethod | PaymentIntentStatus::RequiresConfirmation => {
            ("◌ incomplete".to_owned(), Tone::Warn)
        }
        PaymentIntentStatus::Canceled => ("○ cancelled".to_owned(), Tone::Dim),
        PaymentIntentStatus::Other(_) => (format!("? {}", intent.status), Tone::Warn),
    };
    Line::toned(text, tone)
}

/// `visa ··4242`: of the charge, or of the saved method that it would use.
fn method(state: &State, intent: &PaymentIntent) -> String {
    if let Some(charge) = charge(intent) {
        return charge.method();
    }
    let folder = state.open.as_ref().and_then(|id| state.data.folder(id));
    let saved = folder.and_then(|folder| folder.methods.value.as_ref());
    let used = intent.payment_method_id();
    let used = saved.into_iter().flat_map(|list| &list.rows).find(|method| Some(&method.id) == used);
    used.map_or_else(String::new, |method| method.words())
}

fn purpose(state: &State, intent: &PaymentIntent) -> String {
    charges::purpose(state, Some(&intent.id), intent.description.as_ref())
}

fn row(state: &State, at: usize) -> Option<Row> {
    let intent = intent(state, at)?;
    let tone = if intent.status == PaymentIntentStatus::Succeeded { Tone::Strong } else { Tone::Dim };
    Some(Row {
        cells: vec![
            Line::plain(intent.created.short(state.zone(), state.now())),
            Line::toned(intent.money().to_string(), tone),
            status(intent),
            super::lists::waiting(state, intent.id.as_str(), Line::plain(purpose(state, intent))),
            Line::toned(method(state, intent), Tone::Dim),
        ],
        sign: super::lists::sign(state, intent.id.as_str()),
    })
}

fn key(state: &State, at: usize, column: usize) -> SortKey {
    let Some(intent) = intent(state, at) else { return SortKey::Number(0) };
    match column {
        0 => SortKey::Number(intent.created.0),
        1 => SortKey::Number(intent.amount),
        2 => SortKey::Text(status(intent).text()),
        3 => SortKey::Text(purpose(state, intent)),
        _ => SortKey::Text(method(state, intent)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::desk::fixture::{self, NOW_MS, holds, listed, rows};

    #[test]
    fn each_says_how_far_it_came() {
        let created = NOW_MS / 1_000 - 3_600;
        let intent = |id: &str, status: &str| {
            json!({"id": id, "amount": 9_900, "currency": "usd", "created": created,
            "status": status, "payment_method": "pm_1"})
        };
        let mut paid = intent("pi_1", "succeeded");
        paid["latest_charge"] = fixture::charge("ch_2", 9_900, 2_000, "usd");
        let mut failed = intent("pi_2", "requires_payment_method");
        failed["last_payment_error"] = json!({"code": "card_declined"});
        failed["description"] = json!("\u{1b}[31mred\u{202e}");
        let mut held = intent("pi_3", "requires_capture");
        held["latest_charge"] = json!("ch_9");
        let yen = json!({"id": "pi_4", "amount": 12_000, "currency": "jpy", "created": created, "status": "teleported"});
        let state = listed(
            PaneId::Payments,
            &[
                paid,
                failed,
                held,
                yen,
                json!({"id": "pi_null", "amount": null, "currency": null,
            "created": null, "status": null, "latest_charge": null, "last_payment_error": null}),
            ],
            false,
        );
        holds(&state, PaneId::Payments);
        assert_eq!(
            rows(&state, PaneId::Payments),
            [
                "23 Nov 11:00 | $99.00 | ◐ −$20.00 | invoice A-0012 | visa ··4242",
                "23 Nov 11:00 | $99.00 | ✖ failed | ␛[31mred· | ",
                "23 Nov 11:00 | $99.00 | ◌ held | one-off | ",
                "23 Nov 11:00 | ¥12,000 | ? teleported | one-off | ",
                "1 Jan  1970 | ??? 0 (minor units) | ? | one-off | ",
            ]
        );
    }

    #[test]
    fn a_row_of_no_readable_shape_is_counted() {
        let state = listed(PaneId::Payments, &[json!({"id": "pi_1", "amount": "many"})], false);
        assert_eq!(((PANE.len)(&state), (PANE.unreadable)(&state)), (0, 1));
    }
}
