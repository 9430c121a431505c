//! What happened around the open customer, newest first. Stripe has no list of one customer's events: everybody's are read, a
//! page at a time, and how far back is said.

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
    model::{AnyObject, CustomerId, Event, Record},
    text,
};

const COLUMNS: &[Column] = &[
    Column { title: "Date", align: Align::Left, least: 12, grow: 0, drop: 0 },
    Column { title: "Event", align: Align::Left, least: 26, grow: 2, drop: 0 },
    Column { title: "Object", align: Align::Left, least: 16, grow: 1, drop: 2 },
    Column { title: "Id", align: Align::Left, least: 14, grow: 1, drop: 1 },
];

pub(super) const PANE: Pane = Pane {
    number: "-",
    name: "Events",
    about: "events around the customer",
    source: Some(Source {
        path: "/v1/events",
        whose: Whose::Everybody(concerns),
        expand: &[],
        read: page_of::<Event>,
    }),
    columns: COLUMNS,
    row,
    key,
    empty: |state| match short_of(state) {
        Some(since) => Line::toned(format!("no event {since} · G reads on"), Tone::Dim),
        None => listed::empty(
            state,
            PaneId::Events,
            "no event in the last 30 days, which is as far back as Stripe keeps them",
        ),
    },
    short_of,
    ..listed!(Events of Event, "")
};

/// The event is about this customer, or about something of theirs.
fn concerns(row: &Record<AnyObject>, customer: &CustomerId) -> bool {
    row.read::<Event>().is_some_and(|event| {
        let object = &event.data.object;
        object.customer_id() == Some(customer)
            || (object.object.as_str() == "customer" && object.id.as_str() == customer.as_str())
    })
}

fn event(state: &State, at: usize) -> Option<&Event> {
    listed::object(state, PaneId::Events, at)
}

/// `since 3 Nov 09:10`, as long as Stripe has older ones.
fn short_of(state: &State) -> Option<String> {
    let slot = listed::slot(state, PaneId::Events)?;
    if slot.trouble.is_some() || !slot.value.as_ref()?.has_more {
        return None;
    }
    let reached = lists::folder(state)?.reached.get(&PaneId::Events)?;
    Some(format!("since {}", reached.short(state.zone(), state.now()).trim()))
}

fn row(state: &State, at: usize) -> Option<Row> {
    let event = event(state, at)?;
    let object = &event.data.object;
    Some(Row {
        cells: vec![
            Line::plain(event.created.short(state.zone(), state.now())),
            Line::toned(event.kind.as_str(), Tone::Strong),
            Line::plain(object.object.as_str().replace(['_', '.'], " ")),
            Line::toned(text::short_id(object.id.as_str()), Tone::Dim),
        ],
        sign: Sign::None,
    })
}

fn key(state: &State, at: usize, column: usize) -> SortKey {
    let Some(event) = event(state, at) else { return SortKey::Number(0) };
    match column {
        0 => SortKey::Number(event.created.0),
        1 => SortKey::Text(event.kind.to_string()),
        2 => SortKey::Text(event.data.object.object.to_string()),
        _ => SortKey::Text(event.data.object.id.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::desk::fixture::{NOW_MS, holds, listed, rows};

    #[test]
    fn only_the_open_customer_s_are_rows_and_how_far_back_is_said() {
        let created = NOW_MS / 1_000;
        let event = |id: &str, name: &str, object: serde_json::Value| json!({"id": id, "type": name, "created": created, "data": {"object": object}});
        let all = [
            event("evt_1", "charge.refunded", json!({"id": "ch_1", "object": "charge", "customer": "cus_1"})),
            event("evt_2", "charge.refunded", json!({"id": "ch_9", "object": "charge", "customer": "cus_2"})),
            event("evt_3", "customer.updated", json!({"id": "cus_1", "object": "customer"})),
            event(
                "evt_4",
                "\u{1b}[31mx",
                json!({"id": "\u{202e}", "object": "\u{7}", "customer": {"id": "cus_1"}}),
            ),
            json!({"id": "evt_5", "type": null, "created": null, "data": null}),
            event("evt_6", "product.created", json!({"id": "prod_1", "object": "product"})),
        ];
        let state = listed(PaneId::Events, &all, true);
        holds(&state, PaneId::Events);
        assert_eq!(
            rows(&state, PaneId::Events),
            [
                "23 Nov 12:00 | charge.refunded | charge | ch_1",
                "23 Nov 12:00 | customer.updated | customer | cus_1",
                "23 Nov 12:00 | ␛[31mx | ␇ | ·",
            ]
        );
        assert_eq!((PANE.short_of)(&state).as_deref(), Some("since 23 Nov 12:00"));
        let state = listed(PaneId::Events, &all[1..2], true);
        assert_eq!((PANE.empty)(&state).text(), "no event since 23 Nov 12:00 · G reads on");
        assert!((PANE.more)(&state).is_some());
        let state = listed(PaneId::Events, &all[1..2], false);
        assert!((PANE.empty)(&state).text().contains("in the last 30 days"));
        assert!((PANE.more)(&state).is_none() && (PANE.short_of)(&state).is_none());
    }
}
