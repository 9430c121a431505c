//! The refunds of the open customer, newest first: of the charges that were read, since Stripe lists none by customer.

use super::{Pane, PaneId, SortKey, lists};
use crate::{
    actions::Subject,
    desk::{
        data::Folder,
        sheet::{Align, Column, Line, Row, Tone},
        state::State,
    },
    model::{Charge, Kind, Record, Refund, RefundStatus},
    text::Untrusted,
};

const COLUMNS: &[Column] = &[
    Column { title: "Date", align: Align::Left, least: 12, grow: 0, drop: 0 },
    Column { title: "Amount", align: Align::Right, least: 12, grow: 0, drop: 0 },
    Column { title: "Status", align: Align::Left, least: 12, grow: 0, drop: 0 },
    Column { title: "Reason", align: Align::Left, least: 21, grow: 2, drop: 2 },
    Column { title: "Of", align: Align::Left, least: 17, grow: 1, drop: 1 },
    Column { title: "Method", align: Align::Left, least: 12, grow: 0, drop: 3 },
];

pub(super) const PANE: Pane = Pane {
    id: PaneId::Refunds,
    number: "6",
    name: "Refunds",
    about: "refunds",
    kind: Kind::Refund,
    further: true,
    source: None,
    columns: COLUMNS,
    len: |state| lists::folder(state).map_or(0, Folder::refunds_found),
    rank: None,
    row,
    key,
    target: |state, at| refund(state, at).map(|(_, refund)| refund.id.any()),
    subject: |state, at| {
        let target = refund(state, at)?.1.id.any();
        Subject::parse(&target, lists::folder(state)?.refund_raw(at)?).ok()
    },
    raw: |state, at| lists::folder(state)?.refund_raw(at),
    empty: |state| lists::empty(state, |folder| &folder.charges, &lists::none_of_charges(state, "no refund")),
    loading: |state| lists::loading(state, |folder| &folder.charges),
    has_more: |state| lists::more_charges(state).is_some(),
    more: lists::more_charges,
    short_of: lists::of_charges_so_far,
    unreadable: |_| 0,
};

fn refund(state: &State, at: usize) -> Option<(&Record<Charge>, &Refund)> {
    lists::folder(state)?.refund(at)
}

fn status(refund: &Refund) -> Line {
    let (text, tone) = match &refund.status {
        RefundStatus::Succeeded => ("↩ refunded".to_owned(), Tone::Good),
        RefundStatus::Pending => ("◌ pending".to_owned(), Tone::Warn),
        RefundStatus::RequiresAction => ("◌ waits".to_owned(), Tone::Warn),
        RefundStatus::Failed => ("✖ failed".to_owned(), Tone::Bad),
        RefundStatus::Canceled => ("○ cancelled".to_owned(), Tone::Dim),
        RefundStatus::Other(_) => (format!("? {}", refund.status), Tone::Warn),
    };
    Line::toned(text, tone)
}

/// Why it failed or waits, or else why it was made.
fn reason(refund: &Refund) -> String {
    let said = [&refund.failure_reason, &refund.pending_reason, &refund.reason];
    let said = said.into_iter().flatten().map(Untrusted::as_str).find(|reason| !reason.is_empty());
    said.unwrap_or_default().replace('_', " ")
}

/// `$99.00 of 22 Nov`
fn of(state: &State, charge: &Charge) -> String {
    let day = charge.created.short_date(state.zone(), state.now());
    format!("{} of {}", charge.money(), day.trim())
}

fn row(state: &State, at: usize) -> Option<Row> {
    let (charge, refund) = refund(state, at)?;
    let tone = if refund.counts() { Tone::Strong } else { Tone::Dim };
    Some(Row {
        cells: vec![
            Line::plain(refund.created.short(state.zone(), state.now())),
            Line::toned(refund.money().to_string(), tone),
            status(refund),
            Line::plain(reason(refund)),
            Line::plain(of(state, charge)),
            Line::toned(charge.method(), Tone::Dim),
        ],
        sign: lists::sign(state, refund.id.as_str()),
    })
}

fn key(state: &State, at: usize, column: usize) -> SortKey {
    let Some((charge, refund)) = refund(state, at) else { return SortKey::Number(0) };
    match column {
        0 => SortKey::Number(refund.created.0),
        1 => SortKey::Number(refund.amount),
        2 => SortKey::Text(status(refund).text()),
        3 => SortKey::Text(reason(refund)),
        4 => SortKey::Number(charge.created.0),
        _ => SortKey::Text(charge.method()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::desk::{
        data::Slot,
        fixture::{self, holds, rows},
    };

    #[test]
    fn every_refund_that_a_charge_carries_is_a_row() {
        let mut state = fixture::state();
        let id = state.open.clone().unwrap();
        let folder = state.data.folders.get_mut(&id).unwrap();
        let mut charge = fixture::charge("ch_2", 4_900, 2_000, "usd");
        let hostile = json!({"id": "re_2", "amount": 500, "currency": "usd", "created": 1_795_352_461, "status": "failed",
            "reason": "requested_by_customer", "failure_reason": "lost_or_stolen_card\u{1b}[2J"});
        let nothing = json!({"id": "re_null", "amount": null, "currency": null, "created": null, "status": null, "reason": null});
        charge["refunds"] = json!({"data": [hostile, nothing]});
        let page = json!({"data": [charge, {"id": "ch_null", "refunds": null}], "has_more": true});
        folder.charges = Slot::default();
        folder.charges.fill(crate::model::Page::parse(&page.to_string()).unwrap().into(), 0);
        folder.scatter();
        holds(&state, PaneId::Refunds);
        assert_eq!(
            rows(&state, PaneId::Refunds),
            [
                "22 Nov 13:01 | $5.00 | ✖ failed | lost or stolen card␛[2J | $49.00 of 22 Nov | visa ··4242",
                "1 Jan  1970 | ??? 0 (minor units) | ? |  | $49.00 of 22 Nov | visa ··4242",
            ]
        );
        assert_eq!((PANE.short_of)(&state).as_deref(), Some("of the charges read so far"));
        assert!(matches!((PANE.more)(&state), Some(crate::desk::Question::Charges { after: Some(_), .. })));
    }

    #[test]
    fn none_says_what_that_is_not_all_of() {
        let mut state = fixture::state();
        let id = state.open.clone().unwrap();
        let folder = state.data.folders.get_mut(&id).unwrap();
        let mut none = |more: bool| {
            let page = json!({"data": [{"id": "ch_1"}], "has_more": more}).to_string();
            folder.charges.fill(crate::model::Page::parse(&page).unwrap().into(), 0);
            folder.scatter();
        };
        none(true);
        assert_eq!((PANE.empty)(&state).text(), "no refund of the charges read so far · G reads on");
        let folder = state.data.folders.get_mut(&id).unwrap();
        let page = json!({"data": [], "has_more": false}).to_string();
        folder.charges.fill(crate::model::Page::parse(&page).unwrap().into(), 0);
        assert_eq!((PANE.empty)(&state).text(), "no refund");
    }
}
