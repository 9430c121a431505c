//! A change of a subscription worked out in full before anything is written: what it becomes, what is billed
//! and when. The preview shows it, the update does it.

use serde_json::{Value, json};

use super::{
    super::super::{
        Universe,
        calendar::DAY,
        catalog::plan_json,
        params::{choice, moment, param, text_param, written},
        value::{set, text},
    },
    changes::{Change, changes, resets, restart},
    offs::Off,
    pieces::{Piece, items, period, whole_period},
};
use crate::sandbox::{call::Call, error::Refusal};

pub(in crate::sandbox::world) const BEHAVIORS: [&str; 3] = ["none", "always_invoice", "create_prorations"];
/// A trial may end so many days ahead.
const TRIAL_DAYS_MOST: i64 = 730;

/// What a change comes to.
#[derive(Clone, Debug)]
pub(in crate::sandbox::world) struct Amendment {
    pub(in crate::sandbox::world) after: Value,
    pub(in crate::sandbox::world) changes: Vec<Change>,
    pub(in crate::sandbox::world) pieces: Vec<Piece>,
    /// Billed now, not with the next period.
    pub(in crate::sandbox::world) at_once: bool,
    /// The moment that prorations are counted from.
    pub(in crate::sandbox::world) at: i64,
}

/// A path below another: `items` → `subscription_details[items]`.
pub(in crate::sandbox::world) fn below<'a>(prefix: &[&'a str], path: &[&'a str]) -> Vec<&'a str> {
    prefix.iter().chain(path).copied().collect()
}

/// `proration_date`, which must lie in the current period; now when absent.
pub(in crate::sandbox::world) fn proration_date(
    call: &Call,
    path: &[&str],
    subscription: &Value,
) -> Result<i64, Refusal> {
    let (start, end) = period(subscription);
    match moment(call, path)? {
        None => Ok(call.now.clamp(start, end.max(start))),
        Some(at) if (start..=end).contains(&at) => Ok(at),
        Some(_) => Err(Refusal::invalid(
            "Invalid proration date: it must be between the start and the end of the current period of the subscription.",
        )
        .param(written(path))),
    }
}

/// True when the caller wants the billing day to be now.
fn anchored_now(call: &Call, prefix: &[&str]) -> Result<bool, Refusal> {
    let path = below(prefix, &["billing_cycle_anchor"]);
    if param(call, &path).is_some_and(Value::is_string) {
        return Err(Refusal::invalid("Invalid object").param(written(&path)));
    }
    let kind = below(&path, &["type"]);
    if prefix.is_empty() || text_param(call, &kind) != Some("timestamp") {
        return Ok(choice(call, &kind, &["now", "unchanged"])? == Some("now"));
    }
    Err(Refusal::invalid("billing_cycle_anchor[timestamp] can only be used for a new subscription.")
        .param(written(&path)))
}

/// What `trial_end` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trial {
    Unchanged,
    Over,
    Until(i64),
}

fn trial(call: &Call, prefix: &[&str], subscription: &Value) -> Result<Trial, Refusal> {
    let path = below(prefix, &["trial_end"]);
    let running = text(subscription, "status") == "trialing";
    if text_param(call, &path) == Some("now") {
        return Ok(if running { Trial::Over } else { Trial::Unchanged });
    }
    let Some(end) = moment(call, &path)? else { return Ok(Trial::Unchanged) };
    let wrong = |message: &str| Refusal::invalid(message).param(written(&path));
    if end <= call.now {
        return Err(wrong("Invalid timestamp: must be an integer Unix timestamp in the future."));
    }
    if end > call.now + TRIAL_DAYS_MOST * DAY {
        return Err(wrong("Invalid timestamp: can be no more than two years in the future."));
    }
    Ok(Trial::Until(end))
}

/// Makes the subscription free until `end`, which becomes the billing day.
fn free_until(subscription: &mut Value, (now, end): (i64, i64)) {
    if subscription.get("trial_start").is_none_or(Value::is_null) {
        set(subscription, "trial_start", now);
    }
    set(subscription, "trial_end", end);
    set(subscription, "billing_cycle_anchor", end);
    set(subscription, "status", "trialing");
    let items = subscription.pointer_mut("/items/data").and_then(Value::as_array_mut);
    for item in items.into_iter().flatten() {
        set(item, "current_period_start", now);
        set(item, "current_period_end", end);
    }
}

impl Universe {
    /// Works out the change that the parameters below `prefix` ask for.
    /// `given`: discounts that will hold in the place of the present ones.
    pub(in crate::sandbox::world) fn amend(
        &mut self,
        call: &Call,
        prefix: &[&str],
        before: &Value,
        given: Option<&[Off]>,
    ) -> Result<Amendment, Refusal> {
        let behavior =
            choice(call, &below(prefix, &["proration_behavior"]), &BEHAVIORS)?.unwrap_or("create_prorations");
        let at = proration_date(call, &below(prefix, &["proration_date"]), before)?;
        let changes = changes(self, call, &below(prefix, &["items"]), before)?;
        let anchored = anchored_now(call, prefix)?;
        let trial = trial(call, prefix, before)?;
        let mut after = self.changed(before, &changes, at)?;
        let running = text(before, "status") == "active" || text(before, "status") == "past_due";
        if anchored && running {
            restart(&mut after, at);
        }
        let moves = resets(before, &changes) || (anchored && running);
        let mut pieces = self.proration((before, &after), at, given);
        pieces.retain(|piece| behavior != "none" || !piece.proration);
        let mut at_once = moves || (behavior == "always_invoice" && !pieces.is_empty());
        match trial {
            Trial::Unchanged => {}
            Trial::Until(end) => {
                // Free time gives back what was paid for the rest of the period.
                pieces = if behavior == "none" { vec![] } else { self.unused(before, at) };
                at_once = behavior == "always_invoice" && !pieces.is_empty();
                free_until(&mut after, (call.now, end));
            }
            Trial::Over => {
                set(&mut after, "trial_end", call.now);
                set(&mut after, "status", "active");
                restart(&mut after, call.now);
                pieces = whole_period(&after, call.now);
                at_once = true;
            }
        }
        Ok(Amendment { after, changes, pieces, at_once, at })
    }

    /// The lines of the next ordinary period: a schedule may change the items with it.
    pub(in crate::sandbox::world) fn renewal(&mut self, subscription: &Value) -> Vec<Piece> {
        let end = period(subscription).1;
        whole_period(&self.turned(subscription, end), end)
    }

    /// The subscription with the items of the period that begins at `end`.
    pub(in crate::sandbox::world) fn turned(&mut self, subscription: &Value, end: i64) -> Value {
        let mut next = subscription.clone();
        if let Some(phase) = self.next_phase(subscription, end) {
            let wanted = phase.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
            let now = items(subscription);
            let turned: Vec<Value> = wanted
                .iter()
                .enumerate()
                .map(|(at, entry)| {
                    let mut item = now.get(at).or_else(|| now.first()).cloned().unwrap_or(Value::Null);
                    let price = self.catalog.find(text(entry, "price")).cloned().unwrap_or(Value::Null);
                    set(&mut item, "plan", plan_json(&price));
                    set(&mut item, "price", price);
                    set(&mut item, "quantity", entry.get("quantity").cloned().unwrap_or_else(|| json!(1)));
                    set(&mut item, "current_period_end", end);
                    item
                })
                .collect();
            if let Some(list) = next.get_mut("items") {
                set(list, "data", turned);
            }
        }
        next
    }

    fn next_phase(&mut self, subscription: &Value, at: i64) -> Option<Value> {
        let schedule = self.by_id(text(subscription, "schedule"))?;
        let phases = schedule.get("phases").and_then(Value::as_array)?;
        phases.iter().find(|phase| phase.get("start_date").and_then(Value::as_i64) == Some(at)).cloned()
    }

    /// The discounts for an invoice: those that hold when a change is counted, or when the next period begins.
    pub(in crate::sandbox::world) fn offs_for(&mut self, amendment: &Amendment) -> Vec<Off> {
        let when = if amendment.at_once { amendment.at } else { period(&amendment.after).1 };
        self.offs(&amendment.after, when)
    }
}
