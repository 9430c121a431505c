//! What happens to subscriptions by themselves: a period ends and the next one is billed, a trial is over, a date has come.
//! An invoice stays a draft for an hour, then it is final and paid; what the bank refuses is tried again.

use serde_json::{Value, json};

use super::{
    super::{
        Universe,
        calendar::DAY,
        kind::Kind,
        plan::{Plan, Sub},
        value::{flag, int, set, text},
    },
    bill::{
        collect::{Manner, Now},
        pieces::{Piece, over, period, whole_period},
    },
    invoices::subscription_of,
};
use crate::sandbox::call::Call;

/// Seconds that the invoice of a period stays a draft.
const DRAFT_S: i64 = 3_600;
/// Seconds until a payment that was refused is tried again.
const AGAIN_S: i64 = 3 * DAY;
const ATTEMPTS_MOST: i64 = 4;
/// Statuses of which each period is billed.
const BILLED: [&str; 4] = ["active", "past_due", "trialing", "unpaid"];

/// What happens next to a subscription, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox::world) enum Turn {
    Renews(i64),
    Ends(i64),
}

impl Turn {
    /// `cancel_at` 0: none. What came to its end before the world began is history where it ended, and is billed in the
    /// first hour where it goes on.
    fn next(status: &str, end: i64, cancel_at: i64, began: i64) -> Option<Self> {
        if !BILLED.contains(&status) {
            return None;
        }
        if cancel_at > 0 && cancel_at <= end {
            return (cancel_at > began).then_some(Self::Ends(cancel_at));
        }
        Some(Self::Renews(if end > began { end } else { began + DRAFT_S }))
    }

    pub(in crate::sandbox::world) fn of(subscription: &Value, began: i64) -> Option<Self> {
        let (status, end) = (text(subscription, "status"), period(subscription).1);
        Self::next(status, end, int(subscription, "cancel_at"), began)
    }
}

impl Plan {
    /// What happens next to each subscription of the customer.
    pub(in crate::sandbox::world) fn turns(&self, owner: u32, began: i64) -> Vec<(Turn, u32, u32)> {
        let turn = |(sub, ordinal): (&Sub, u32)| {
            let next = Turn::next(sub.status, sub.period.1, sub.cancel_at.unwrap_or(0), began)?;
            Some((next, owner, ordinal))
        };
        self.subs.iter().zip(0..).filter_map(turn).collect()
    }
}

impl Universe {
    /// Keeps in mind what happens when.
    pub(in crate::sandbox::world) fn expect(&mut self, turns: impl IntoIterator<Item = (Turn, u32, u32)>) {
        for (turn, owner, ordinal) in turns {
            match turn {
                Turn::Renews(at) => {
                    self.renewals.insert((at, owner, ordinal));
                }
                Turn::Ends(at) => {
                    let id = self.ids.write(Kind::Subscription, owner, ordinal);
                    self.due.insert((at, id));
                }
            }
        }
    }

    /// The period of a subscription is over: it goes into the next one, which is billed.
    pub(in crate::sandbox::world) fn renew(&mut self, at: i64, owner: u32, ordinal: u32) {
        let Some(before) = self.fetch(Kind::Subscription, owner, ordinal) else { return };
        let end = period(&before).1;
        // It may have been changed since, and has another time then.
        if !matches!(Turn::of(&before, self.began), Some(Turn::Renews(due)) if due <= at) {
            return;
        }
        let call = Call::by_itself(at);
        let mut ending = before.clone();
        if text(&before, "status") == "trialing" {
            set(&mut ending, "status", "active");
        }
        let resumes = before.pointer("/pause_collection/resumes_at").and_then(Value::as_i64);
        if resumes.is_some_and(|resumes| resumes <= at) {
            set(&mut ending, "pause_collection", Value::Null);
        }
        let mut after = self.turned(&ending, end);
        let pieces = whole_period(&after, end);
        advance_items(&mut after, &pieces, end);
        self.advance_schedule(&call, &mut after, end);
        let offs = self.offs(&ending, end);
        let now = Now {
            subscription: &ending,
            pieces: &pieces,
            offs: &offs,
            reason: "subscription_cycle",
            manner: Manner::Allow,
        };
        let mut draft = self.bill_later(&call, &now, owner);
        set(&mut after, "latest_invoice", text(&draft, "id"));
        self.used_up(&mut after, &draft);
        self.put(&after);
        self.say(&call, "customer.subscription.updated", &after, Some(&before));
        if ending.pointer("/pause_collection/behavior").and_then(Value::as_str) == Some("keep_as_draft") {
            self.go_on(&call, &now, draft);
        } else if text(&ending, "status") == "unpaid" {
            // Nobody tries any more: drafts wait for a person.
            set(&mut draft, "auto_advance", false);
            set(&mut draft, "automatically_finalizes_at", Value::Null);
            set(&mut draft, "next_payment_attempt", Value::Null);
            self.put(&draft);
        } else {
            self.due.insert((at + DRAFT_S, text(&draft, "id").to_owned()));
        }
    }

    /// The phase that begins with the new period; after the last one the subscription is let go.
    fn advance_schedule(&mut self, call: &Call, subscription: &mut Value, end: i64) {
        let Some(before) = self.by_id(text(subscription, "schedule")) else { return };
        let phases = before.get("phases").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut after = before.clone();
        let name = if let Some(phase) = phases.iter().find(|phase| int(phase, "start_date") == end) {
            let current = json!({"end_date": phase.get("end_date"), "start_date": phase.get("start_date")});
            set(&mut after, "current_phase", current);
            "subscription_schedule.updated"
        } else if phases.last().is_some_and(|phase| int(phase, "end_date") <= end) {
            for (name, value) in [
                ("current_phase", Value::Null),
                ("released_at", json!(call.now)),
                ("released_subscription", json!(text(subscription, "id"))),
                ("status", json!("released")),
                ("subscription", Value::Null),
            ] {
                set(&mut after, name, value);
            }
            set(subscription, "schedule", Value::Null);
            "subscription_schedule.released"
        } else {
            return;
        };
        self.put(&after);
        self.say(call, name, &after, Some(&before));
    }

    /// An invoice goes on by itself: a draft becomes final and is paid, an open one is tried again.
    pub(in crate::sandbox::world) fn advance_invoice(&mut self, at: i64, invoice: &Value) {
        let subscription = self.by_id(subscription_of(invoice)).unwrap_or(Value::Null);
        if !flag(invoice, "auto_advance") || over(&subscription) {
            return;
        }
        let call = Call::by_itself(at);
        match text(invoice, "status") {
            "draft" if text(invoice, "collection_method") == "send_invoice" => {
                let sent = self.finalize(&call, invoice, true);
                self.say(&call, "invoice.sent", &sent, None);
            }
            "draft" => {
                let now = Now {
                    subscription: &subscription,
                    pieces: &[],
                    offs: &[],
                    reason: "subscription_cycle",
                    manner: Manner::Allow,
                };
                let invoice = self.go_on(&call, &now, invoice.clone());
                self.refused(&call, &invoice);
            }
            "open" if int(invoice, "next_payment_attempt") == at => {
                let id = text(invoice, "id").to_owned();
                let method = self.method_of(invoice);
                // A refusal is written on the invoice.
                let _refusal = method.map(|method| self.collect(&call, invoice, &method));
                let invoice = self.by_id(&id).unwrap_or(Value::Null);
                self.refused(&call, &invoice);
            }
            _ => {}
        }
    }

    /// The invoice is still open after an attempt: when the next one is, and what that means for its subscription and
    /// its customer.
    fn refused(&mut self, call: &Call, before: &Value) {
        if text(before, "status") != "open" {
            return;
        }
        let mut invoice = before.clone();
        // Without a saved method there is nothing to try.
        let more = flag(before, "attempted") && int(before, "attempt_count") < ATTEMPTS_MOST;
        let again = more.then_some(call.now + AGAIN_S);
        set(&mut invoice, "next_payment_attempt", again);
        self.put(&invoice);
        self.say(call, "invoice.updated", &invoice, Some(before));
        self.due.extend(again.map(|again| (again, text(before, "id").to_owned())));
        for (id, name, value, event) in [
            (subscription_of(before), "status", json!("past_due"), "customer.subscription.updated"),
            (text(before, "customer"), "delinquent", json!(true), "customer.updated"),
        ] {
            let Some(was) = self.by_id(id).filter(|was| was.get(name) != Some(&value)) else { continue };
            let mut is = was.clone();
            set(&mut is, name, value);
            self.put(&is);
            self.say(call, event, &is, Some(&was));
        }
    }
}

/// The items whose period is over stand in the one that is billed.
fn advance_items(subscription: &mut Value, pieces: &[Piece], end: i64) {
    let items = subscription.pointer_mut("/items/data").and_then(Value::as_array_mut);
    for item in items.into_iter().flatten() {
        let piece = pieces.iter().find(|piece| piece.item == text(item, "id"));
        if let Some(piece) = piece.filter(|_| int(item, "current_period_end") == end) {
            set(item, "current_period_start", piece.period.0);
            set(item, "current_period_end", piece.period.1);
        }
    }
}
