//! Subscription schedules: reading, letting go of the subscription, ending it.

use serde_json::{Value, json};

use super::{
    super::{
        Universe,
        kind::Kind,
        params::boolean,
        value::{int, set, text},
    },
    path_id,
    subscriptions::within,
};
use crate::sandbox::{call::Call, error::Refusal};

const TIMES: [&str; 3] = ["canceled_at", "completed_at", "released_at"];

pub(in crate::sandbox) fn schedules(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let scope = world.scope(call, &[(&["customer"], Kind::Customer)])?;
    let scheduled = boolean(call, &["scheduled"])?;
    let mut asked = Vec::new();
    for name in TIMES {
        within(call, name, 0)?;
        asked.extend(call.params.contains_key(name).then_some(name));
    }
    world.list(call, Kind::Schedule, scope, |schedule| {
        let waits = text(schedule, "status") == "not_started";
        let in_time =
            |name: &&str| int(schedule, name) > 0 && within(call, name, int(schedule, name)).unwrap_or(false);
        // Only `scheduled=true` narrows.
        (scheduled != Some(true) || waits) && asked.iter().all(in_time)
    })
}

/// The schedule in the path, which must not have ended. `what`: release or cancel.
fn running(world: &mut Universe, call: &Call, what: &str) -> Result<Value, Refusal> {
    let (schedule, _) = world.must(Kind::Schedule, path_id(call), "id")?;
    let status = text(&schedule, "status");
    if ["active", "not_started"].contains(&status) {
        return Ok(schedule);
    }
    Err(Refusal::invalid(format!(
        "You cannot {what} a subscription schedule that is currently in the `{status}` status. It must be in `not_started, active` status to be {what}{}.",
        if what == "release" { "d" } else { "ed" }
    )))
}

/// `POST /v1/subscription_schedules/{id}/release`
pub(in crate::sandbox) fn release(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let before = running(world, call, "release")?;
    let preserve = boolean(call, &["preserve_cancel_date"])?.unwrap_or(false);
    let mut after = before.clone();
    for (name, value) in [
        ("current_phase", Value::Null),
        ("released_at", json!(call.now)),
        ("released_subscription", before.get("subscription").cloned().unwrap_or(Value::Null)),
        ("status", json!("released")),
        ("subscription", Value::Null),
    ] {
        set(&mut after, name, value);
    }
    world.put(&after);
    if let Some(was) = world.by_id(text(&before, "subscription")) {
        let mut subscription = was.clone();
        set(&mut subscription, "schedule", Value::Null);
        if !preserve && text(&before, "end_behavior") == "cancel" {
            for name in ["cancel_at", "canceled_at"] {
                set(&mut subscription, name, Value::Null);
            }
        }
        world.put(&subscription);
        world.say(call, "customer.subscription.updated", &subscription, Some(&was));
    }
    world.say(call, "subscription_schedule.updated", &after, Some(&before));
    world.say(call, "subscription_schedule.released", &after, None);
    Ok(after)
}

/// `POST /v1/subscription_schedules/{id}/cancel`: its subscription ends with it.
pub(in crate::sandbox) fn cancel(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let before = running(world, call, "cancel")?;
    let invoice_now = boolean(call, &["invoice_now"])?.unwrap_or(true);
    let prorate = boolean(call, &["prorate"])?.unwrap_or(true);
    if let Some(subscription) = world.by_id(text(&before, "subscription")) {
        world.end_now(call, &subscription, (prorate, invoice_now));
    } else {
        world.canceled_schedule(call, &before);
    }
    world.must(Kind::Schedule, path_id(call), "id").map(|found| found.0)
}

impl Universe {
    /// A schedule ends with its subscription.
    pub(super) fn end_schedule(&mut self, call: &Call, subscription: &mut Value) {
        let found = self.by_id(text(subscription, "schedule"));
        if let Some(schedule) = found.filter(|found| text(found, "status") == "active") {
            self.canceled_schedule(call, &schedule);
            set(subscription, "schedule", Value::Null);
        }
    }

    fn canceled_schedule(&mut self, call: &Call, before: &Value) {
        let mut after = before.clone();
        set(&mut after, "canceled_at", call.now);
        set(&mut after, "current_phase", Value::Null);
        set(&mut after, "status", "canceled");
        self.put(&after);
        self.say(call, "subscription_schedule.updated", &after, Some(before));
        self.say(call, "subscription_schedule.canceled", &after, None);
    }
}
