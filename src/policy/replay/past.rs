//! Refunds and cancellations that were made, put back to the moment before: as Stripe has them now, less what came after.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::{
    actions::{self, Action, Args, Effect, Gate, Moment, Proposal, Subject},
    model::{AnyId, Dispute, Metadata, Record, Refund, Subscription},
    time::Unix,
};

/// What Stripe lists: refunds with their charge expanded, and with the disputes that may have come later.
#[derive(Debug, Default)]
pub struct Past {
    pub refunds: Vec<Record<Refund>>,
    pub disputes: Vec<Record<Dispute>>,
    pub subscriptions: Vec<Record<Subscription>>,
}

/// One change that was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// `re_…`, `sub_…`
    pub id: String,
    pub at: Unix,
    /// As its metadata says; none where it was made by other means than paydesk.
    pub agent: Option<String>,
    /// It was money that went out, and did not come back.
    pub counts: bool,
    pub proposal: Proposal,
    /// The object as it was then, as far as that can be told.
    pub subject: Subject,
}

/// One that cannot be proposed again, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    pub id: String,
    pub why: String,
}

impl Past {
    /// Oldest first.
    pub fn rebuild(&self, zone: &TimeZone) -> (Vec<Made>, Vec<Left>) {
        let (mut made, mut left) = (Vec::new(), Vec::new());
        let mut take = |id: String, one: Result<Made, String>| match one {
            Ok(one) => made.push(one),
            Err(why) => left.push(Left { id, why }),
        };
        for refund in &self.refunds {
            take(refund.id.to_string(), self.refund(refund, zone));
        }
        for subscription in &self.subscriptions {
            if subscription.canceled_at.is_some() && subscription.was_asked_for() {
                take(subscription.id.to_string(), cancellation(subscription, zone));
            }
        }
        made.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        (made, left)
    }

    fn refund(&self, refund: &Record<Refund>, zone: &TimeZone) -> Result<Made, String> {
        let value: Value = serde_json::from_str(refund.raw()).unwrap_or_default();
        let charge = value.get("charge").filter(|charge| charge.is_object());
        let mut charge = charge.ok_or("the charge behind it was not read")?.clone();
        let target = AnyId::parse(charge.get("id").and_then(Value::as_str).unwrap_or_default());
        let target = target.ok_or("the charge behind it has no id that is known here")?;
        let since = |other: &&Record<Refund>| {
            other.charge_id() == refund.charge_id()
                && other.counts()
                && (other.created, other.id.as_str()) >= (refund.created, refund.id.as_str())
        };
        let later: i64 = self.refunds.iter().filter(since).fold(0, |sum, one| sum.saturating_add(one.amount));
        let before =
            charge.get("amount_refunded").and_then(Value::as_i64).unwrap_or(0).saturating_sub(later).max(0);
        let theirs = self.disputes.iter().filter(|one| one.charge_id() == refund.charge_id());
        let first = theirs.map(|one| one.created).min();
        let now = charge.get("disputed") == Some(&json!(true));
        let disputed = now && first.is_none_or(|first| first <= refund.created);
        set(
            &mut charge,
            &[("amount_refunded", json!(before)), ("refunded", json!(false)), ("disputed", json!(disputed))],
        );
        let action = actions::by(Gate::Refund, Effect::Money);
        let mut args = Args::default().with("amount", refund.money().plain());
        for (name, text) in [
            ("reason", refund.reason.as_ref().map(|reason| reason.as_str().to_owned())),
            ("note", mark(&refund.metadata, "paydesk_note")),
        ] {
            if let Some(text) = text {
                args.set(name, text);
            }
        }
        let (subject, proposal) = propose(action, (&target, &charge), &args, (refund.created, zone))?;
        Ok(Made {
            id: refund.id.to_string(),
            at: refund.created,
            agent: agent(&refund.metadata),
            counts: refund.counts(),
            proposal,
            subject,
        })
    }
}

fn cancellation(subscription: &Record<Subscription>, zone: &TimeZone) -> Result<Made, String> {
    let at = subscription.canceled_at.ok_or("it was not cancelled")?;
    let mut value: Value = serde_json::from_str(subscription.raw()).unwrap_or_default();
    let none = || Value::Null;
    set(
        &mut value,
        &[
            ("status", json!("active")),
            ("cancel_at_period_end", json!(false)),
            ("cancel_at", none()),
            ("canceled_at", none()),
            ("ended_at", none()),
        ],
    );
    let mut args = Args::default();
    match subscription.cancel_at {
        _ if subscription.cancel_at_period_end => args.set("when", "period_end"),
        Some(end) => {
            args.set("when", "date");
            args.set("on", end.0.to_string());
        }
        None => args.set("when", "now"),
    }
    let target = subscription.object().id.any();
    let action = actions::by(Gate::Cancel, Effect::Destructive);
    let (subject, proposal) = propose(action, (&target, &value), &args, (at, zone))?;
    let id = subscription.id.to_string();
    Ok(Made { id, at, agent: agent(&subscription.metadata), counts: false, proposal, subject })
}

/// A change of the past, proposed again by the action that makes such changes.
fn propose(
    action: Option<&'static Action>,
    (target, object): (&AnyId, &Value),
    args: &Args,
    (now, zone): (Unix, &TimeZone),
) -> Result<(Subject, Proposal), String> {
    let action = action.ok_or("no action does this")?;
    let mut args = args.clone();
    args.set(action.target_field().ok_or("it names nothing to be done to")?, &target.id);
    let subject = Subject::parse(target, object.to_string()).map_err(|error| error.to_string())?;
    let moment = Moment { now, zone: zone.clone() };
    let proposal = action.propose(&args, &subject, &moment).map_err(|error| error.to_string())?;
    Ok((subject, proposal))
}

fn set(object: &mut Value, fields: &[(&str, Value)]) {
    if let Some(object) = object.as_object_mut() {
        for (name, value) in fields {
            object.insert((*name).to_owned(), value.clone());
        }
    }
}

fn agent(metadata: &Metadata) -> Option<String> {
    mark(metadata, actions::MARK).and_then(|_ours| mark(metadata, "paydesk_agent"))
}

fn mark(metadata: &Metadata, name: &str) -> Option<String> {
    let found = metadata.iter().find(|(key, _)| key.as_str() == name);
    found.map(|(_, value)| value.as_str().to_owned()).filter(|text| !text.is_empty())
}
