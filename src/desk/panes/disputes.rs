//! The disputes of the open customer: what the bank says, and until when it can be answered. Of the charges that were read,
//! since Stripe lists none by customer.

use super::{Pane, PaneId, SortKey, lists};
use crate::{
    actions::Subject,
    desk::{
        data::{Folder, Slot},
        sheet::{Align, Column, Line, Row, Tone},
        state::State,
    },
    model::{Charge, Dispute, DisputeStatus, Kind, List, Record},
    time::Unix,
};

const COLUMNS: &[Column] = &[
    Column { title: "Date", align: Align::Left, least: 12, grow: 0, drop: 1 },
    Column { title: "Amount", align: Align::Right, least: 12, grow: 0, drop: 0 },
    Column { title: "State", align: Align::Left, least: 17, grow: 0, drop: 0 },
    Column { title: "Reason", align: Align::Left, least: 16, grow: 2, drop: 2 },
    Column { title: "Answer", align: Align::Left, least: 18, grow: 1, drop: 0 },
    Column { title: "Method", align: Align::Left, least: 14, grow: 0, drop: 3 },
];

const HOUR_S: i64 = 3_600;
const DAY_S: i64 = 24 * HOUR_S;

pub(super) const PANE: Pane = Pane {
    id: PaneId::Disputes,
    number: "7",
    name: "Disputes",
    about: "disputes, with the days left to answer",
    kind: Kind::Dispute,
    further: true,
    source: None,
    columns: COLUMNS,
    len: |state| lists::folder(state).map_or(0, Folder::disputes_found),
    rank: None,
    row,
    key,
    target: |state, at| dispute(state, at).map(|(_, dispute)| dispute.id.any()),
    subject: |state, at| dispute(state, at).map(|(_, dispute)| Subject::of(dispute)),
    raw: |state, at| dispute(state, at).map(|(_, dispute)| dispute.raw().clone()),
    empty,
    loading: |state| lists::loading(state, |folder| &folder.charges) || reading(state),
    has_more: |state| lists::more_charges(state).is_some(),
    more: lists::more_charges,
    short_of: lists::of_charges_so_far,
    unreadable: |state| {
        let lists = slots(state).filter_map(|slot| slot.value.as_ref());
        lists.map(|list| list.unreadable).sum()
    },
};

fn dispute(state: &State, at: usize) -> Option<(&Record<Charge>, &Record<Dispute>)> {
    lists::folder(state)?.dispute(at)
}

fn slots(state: &State) -> impl Iterator<Item = &Slot<List<Dispute>>> {
    lists::folder(state).into_iter().flat_map(|folder| folder.disputes.values())
}

fn reading(state: &State) -> bool {
    slots(state).any(|slot| slot.loading.is_some())
}

fn empty(state: &State) -> Line {
    if let Some(trouble) = slots(state).find_map(|slot| slot.trouble.as_ref()) {
        return Line::toned(format!("✖ {} · {}", trouble.what, trouble.todo), Tone::Bad);
    }
    if reading(state) {
        return Line::toned("reading…", Tone::Dim);
    }
    lists::empty(state, |folder| &folder.charges, &lists::none_of_charges(state, "no dispute"))
}

fn status(dispute: &Dispute) -> Line {
    let (text, tone) = match &dispute.status {
        DisputeStatus::NeedsResponse => ("⚑ needs answer".to_owned(), Tone::Bad),
        DisputeStatus::WarningNeedsResponse => ("⚑ inquiry".to_owned(), Tone::Bad),
        DisputeStatus::AppealNeedsResponse => ("⚑ appeal".to_owned(), Tone::Bad),
        DisputeStatus::UnderReview => ("◌ under review".to_owned(), Tone::Warn),
        DisputeStatus::WarningUnderReview => ("◌ inquiry, review".to_owned(), Tone::Warn),
        DisputeStatus::AppealUnderReview => ("◌ appeal, review".to_owned(), Tone::Warn),
        DisputeStatus::Won => ("● won".to_owned(), Tone::Good),
        DisputeStatus::Lost => ("✖ lost".to_owned(), Tone::Bad),
        DisputeStatus::WarningClosed => ("○ inquiry closed".to_owned(), Tone::Dim),
        DisputeStatus::Prevented => ("○ prevented".to_owned(), Tone::Dim),
        DisputeStatus::Other(_) => (format!("? {}", dispute.status), Tone::Warn),
    };
    Line::toned(text, tone)
}

fn due(dispute: &Dispute) -> Option<Unix> {
    dispute.evidence_details.as_ref()?.due_by.filter(|_| dispute.needs_response())
}

/// `in 6 days · 29 Nov`, `in 5 h · today`, `2 days late`; of one that is not to be answered, what was sent.
fn answer(state: &State, dispute: &Dispute) -> Line {
    let Some(due) = due(dispute) else {
        let sent = dispute.evidence_details.as_ref().is_some_and(|details| details.submission_count > 0);
        return Line::toned(if sent { "evidence sent" } else { "" }, Tone::Dim);
    };
    let left = due.since(state.now());
    let day = due.short_date(state.zone(), state.now());
    let days = |seconds: i64| match seconds / DAY_S {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    };
    match left {
        ..=0 if left > -DAY_S => Line::toned("too late since today", Tone::Bad),
        ..=0 => Line::toned(format!("{} too late", days(left.saturating_neg())), Tone::Bad),
        left if left < DAY_S => {
            Line::toned(format!("in {} h · {}", (left / HOUR_S).max(1), day.trim()), Tone::Bad)
        }
        left => {
            let tone = if left < 3 * DAY_S { Tone::Bad } else { Tone::Warn };
            Line::toned(format!("in {} · {}", days(left), day.trim()), tone)
        }
    }
}

fn reason(dispute: &Dispute) -> String {
    dispute.reason.as_str().replace('_', " ")
}

fn row(state: &State, at: usize) -> Option<Row> {
    let (charge, dispute) = dispute(state, at)?;
    Some(Row {
        cells: vec![
            Line::plain(dispute.created.short(state.zone(), state.now())),
            Line::toned(dispute.money().to_string(), Tone::Strong),
            status(dispute),
            lists::waiting(state, dispute.id.as_str(), Line::plain(reason(dispute))),
            answer(state, dispute),
            Line::toned(charge.method(), Tone::Dim),
        ],
        sign: lists::sign(state, dispute.id.as_str()),
    })
}

fn key(state: &State, at: usize, column: usize) -> SortKey {
    let Some((charge, dispute)) = dispute(state, at) else { return SortKey::Number(0) };
    match column {
        0 => SortKey::Number(dispute.created.0),
        1 => SortKey::Number(dispute.amount),
        2 => SortKey::Text(status(dispute).text()),
        3 => SortKey::Text(reason(dispute)),
        // What has to be answered first, first.
        4 => SortKey::Number(due(dispute).map_or(i64::MAX, |due| due.0)),
        _ => SortKey::Text(charge.method()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        desk::fixture::{self, NOW_MS, holds, rows},
        model::Page,
    };

    fn disputed(disputes: &serde_json::Value) -> State {
        let mut state = fixture::state();
        let id = state.open.clone().unwrap();
        let folder = state.data.folders.get_mut(&id).unwrap();
        let charge = folder.charges.value.as_ref().unwrap().rows[0].id.clone();
        let page = json!({"data": disputes}).to_string();
        folder.disputes.entry(charge).or_default().fill(Page::parse(&page).unwrap().into(), 0);
        folder.scatter();
        state
    }

    #[test]
    fn a_row_says_why_and_how_long_there_is_to_answer() {
        let now = NOW_MS / 1_000;
        let dispute = |id: &str, status: &str, due: i64| {
            json!({"id": id, "amount": 9_900, "currency": "usd", "created": now,
            "status": status, "reason": "product_not_received", "evidence_details": {"due_by": now + due, "submission_count": 0}})
        };
        let mut sent = dispute("du_5", "under_review", -9);
        sent["evidence_details"]["submission_count"] = json!(1);
        let mut hostile = dispute("du_6", "\u{1b}[31m", 9);
        hostile["reason"] = json!("fraud\u{202e}\u{7}");
        let nothing = json!({"id": "du_null", "amount": null, "currency": null, "created": null, "status": null, "reason": null,
            "evidence_details": null});
        let state = disputed(&json!([
            dispute("du_1", "needs_response", 6 * DAY_S + 5),
            dispute("du_2", "warning_needs_response", 5 * HOUR_S),
            dispute("du_3", "needs_response", -2 * DAY_S),
            dispute("du_4", "lost", 9),
            sent,
            hostile,
            nothing,
        ]));
        holds(&state, PaneId::Disputes);
        assert_eq!(
            rows(&state, PaneId::Disputes),
            [
                "23 Nov 12:00 | $99.00 | ⚑ needs answer | product not received | in 6 days · 29 Nov | visa ··4242",
                "23 Nov 12:00 | $99.00 | ⚑ inquiry | product not received | in 5 h · 23 Nov | visa ··4242",
                "23 Nov 12:00 | $99.00 | ⚑ needs answer | product not received | 2 days too late | visa ··4242",
                "23 Nov 12:00 | $99.00 | ✖ lost | product not received |  | visa ··4242",
                "23 Nov 12:00 | $99.00 | ◌ under review | product not received | evidence sent | visa ··4242",
                "23 Nov 12:00 | $99.00 | ? ␛[31m | fraud·␇ |  | visa ··4242",
                "1 Jan  1970 | ??? 0 (minor units) | ? |  |  | visa ··4242",
            ]
        );
    }

    #[test]
    fn what_could_not_be_read_says_so() {
        let mut state = disputed(&json!([]));
        assert_eq!((PANE.empty)(&state).text(), "no dispute");
        let id = state.open.clone().unwrap();
        let slot = state.data.folders.get_mut(&id).unwrap().disputes.values_mut().next().unwrap();
        slot.trouble = Some(crate::desk::message::Trouble {
            what: "this key may not read disputes".into(),
            todo: "ask".into(),
            request_id: None,
            retry: false,
            missing: false,
        });
        assert_eq!((PANE.empty)(&state).text(), "✖ this key may not read disputes · ask");
    }
}
