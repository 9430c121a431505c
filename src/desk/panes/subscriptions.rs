//! The subscriptions of the open customer, the ended ones too.

use super::{
    Pane, SortKey,
    lists::{self, with_customer},
};
use crate::{
    desk::{
        merged,
        sheet::{Align, Column, Line, Row, Tone},
        state::State,
    },
    model::{Record, Subscription, SubscriptionStatus},
};

const COLUMNS: &[Column] = &[
    Column { title: "Plan", align: Align::Left, least: 8, grow: 1, drop: 0 },
    Column { title: "Price", align: Align::Right, least: 10, grow: 0, drop: 2 },
    Column { title: "State", align: Align::Left, least: 16, grow: 0, drop: 0 },
];

pub(super) const PANE: Pane = Pane {
    number: "3",
    name: "Subscriptions",
    about: "subscriptions",
    columns: COLUMNS,
    rank: Some(|state, at| subscription(state, at).map_or(u8::MAX, |subscription| rank(subscription))),
    row,
    key,
    ..with_customer!(Subscriptions of Subscription in subscriptions, "no subscription")
};

fn subscription(state: &State, at: usize) -> Option<&Record<Subscription>> {
    lists::get(state, |folder| folder.subscriptions.value.as_ref(), at)
}

/// Running ones first, ended ones last.
fn rank(subscription: &Subscription) -> u8 {
    match &subscription.status {
        SubscriptionStatus::Active if subscription.pause_collection.is_none() => 0,
        SubscriptionStatus::Trialing => 1,
        SubscriptionStatus::PastDue | SubscriptionStatus::Unpaid => 2,
        SubscriptionStatus::Active | SubscriptionStatus::Paused => 3,
        SubscriptionStatus::Incomplete | SubscriptionStatus::Other(_) => 4,
        SubscriptionStatus::Canceled | SubscriptionStatus::IncompleteExpired => 5,
    }
}

/// The glyph of its state.
fn glyph(subscription: &Subscription) -> (&'static str, Tone) {
    match &subscription.status {
        SubscriptionStatus::Active if subscription.pause_collection.is_some() => ("‖", Tone::Warn),
        SubscriptionStatus::Active if subscription.ends_at().is_some() => ("◔", Tone::Warn),
        SubscriptionStatus::Active => ("●", Tone::Good),
        SubscriptionStatus::Trialing => ("◌", Tone::Info),
        SubscriptionStatus::Paused => ("‖", Tone::Warn),
        SubscriptionStatus::PastDue | SubscriptionStatus::Unpaid => ("✖", Tone::Bad),
        SubscriptionStatus::Incomplete => ("◌", Tone::Warn),
        SubscriptionStatus::Canceled | SubscriptionStatus::IncompleteExpired => ("○", Tone::Dim),
        SubscriptionStatus::Other(_) => ("?", Tone::Warn),
    }
}

/// Its state in words, with the date that matters.
pub(super) fn state_words(state: &State, subscription: &Subscription) -> String {
    subscription.state_words(|at| at.short_date(state.zone(), state.now()).trim().to_owned())
}

fn row(state: &State, at: usize) -> Option<Row> {
    let subscription = subscription(state, at)?;
    let (glyph, tone) = glyph(subscription);
    let text = if subscription.is_over() { Tone::Dim } else { Tone::Plain };
    Some(Row {
        cells: vec![
            lists::waiting(
                state,
                subscription.id.as_str(),
                merged::tagged(
                    state,
                    subscription.customer_id(),
                    Line::toned(format!("{glyph} "), tone).then(state.data.plan_name(subscription), text),
                ),
            ),
            Line::toned(subscription.amount_words(), text),
            Line::toned(state_words(state, subscription), tone),
        ],
        sign: lists::sign(state, subscription.id.as_str()),
    })
}

fn key(state: &State, at: usize, column: usize) -> SortKey {
    let Some(subscription) = subscription(state, at) else { return SortKey::Number(0) };
    match column {
        0 => SortKey::Text(state.data.plan_name(subscription)),
        1 => SortKey::Number(subscription.amount().map_or(0, crate::money::Money::minor)),
        _ => SortKey::Text(state_words(state, subscription)),
    }
}
