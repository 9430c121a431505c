//! How it ended, found by reading: refunds that carry the intent's id, the state of the subscription. And whether an
//! answer speaks of what was sent.

use serde_json::Value;

use super::{Gate, subject};
use crate::{
    ledger::Intent,
    model::{Kind, Metadata, Record, Refund, RefundStatus, Subscription, SubscriptionStatus},
    request::{Method, Request},
    stripe::{Reply, plain::explain},
    time::Unix,
};
use std::sync::Arc;

const MARK: &str = "paydesk_intent";
/// Stripe's clock is known to whole seconds, on both ends: our own cancellation may be stamped that much before its sending.
const CLOCKS_S: i64 = 2;

/// What reading found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    Done {
        result_id: String,
        /// What is worth saying about it: pending, failed later, done by somebody else.
        message: Option<String>,
        raw: Arc<str>,
    },
    /// It was so before anything of ours was sent, in words: somebody else did it.
    Before(String),
    /// It is not there, in words.
    NotThere(String),
    /// Reading failed, or cannot tell.
    CannotTell(String),
}

fn marked(metadata: &Metadata, id: &str) -> bool {
    metadata.iter().any(|(key, value)| key.as_str() == MARK && value.as_str() == id)
}

fn is_refund(request: &Request) -> bool {
    request.method == Method::Post && request.endpoint == "/v1/refunds"
}

/// What a refund's status says beyond "done".
pub(super) fn refund_message(refund: &Refund) -> Option<String> {
    let why = |reason: &Option<crate::text::Untrusted>| {
        reason.as_ref().map(|reason| format!(": {}", reason.as_str().replace('_', " "))).unwrap_or_default()
    };
    match &refund.status {
        RefundStatus::Failed => Some(format!(
            "Stripe made the refund and it failed{}; the money is back in the balance",
            why(&refund.failure_reason)
        )),
        RefundStatus::Canceled => Some("the refund was cancelled at Stripe".into()),
        RefundStatus::Pending => Some(format!("pending at Stripe{}", why(&refund.pending_reason))),
        RefundStatus::RequiresAction => Some("Stripe asked the customer where to send it".into()),
        RefundStatus::Succeeded | RefundStatus::Other(_) => None,
    }
}

impl Gate {
    /// Looks at Stripe what became of the intent. Sends nothing.
    pub async fn resolve_by_reading(&self, intent: &Intent) -> Found {
        if is_refund(&intent.request) {
            return self.look_for_refund(intent).await;
        }
        let target = &intent.proposal.target;
        let Some(request) = subject::read_request(target) else {
            return Found::CannotTell(format!("a {} cannot be looked up", target.kind.noun()));
        };
        let reply = match self.read(&request).await {
            Ok(reply) => reply,
            Err(failure) => {
                return Found::CannotTell(format!("{target} could not be read: {}", explain(&failure)));
            }
        };
        if target.kind == Kind::Subscription {
            return match Record::<Subscription>::parse(Arc::clone(&reply.body)) {
                Ok(subscription) => of_subscription(intent, &subscription),
                Err(error) => Found::CannotTell(error.to_string()),
            };
        }
        of_marks(intent, &reply)
    }

    async fn look_for_refund(&self, intent: &Intent) -> Found {
        let Some(charge) = intent.request.param("charge") else {
            return Found::CannotTell("the refund names no charge".into());
        };
        let request = Request::get("/v1/refunds", &[]).with("charge", charge).with("limit", 100);
        let id: fn(&Refund) -> &str = |refund| refund.id.as_str();
        match self.read_all(request, id).await {
            Err(why) => Found::CannotTell(format!("the refunds of {charge} could not be read: {why}")),
            Ok(rows) => match rows.iter().find(|row| marked(&row.metadata, &intent.id)) {
                Some(row) => Found::Done {
                    result_id: row.id.to_string(),
                    message: refund_message(row),
                    raw: Arc::clone(row.raw()),
                },
                None => Found::NotThere(format!(
                    "none of the {} refunds of {charge} carries {}",
                    rows.len(),
                    intent.id
                )),
            },
        }
    }
}

fn of_subscription(intent: &Intent, subscription: &Record<Subscription>) -> Found {
    let done = |message: Option<&str>| Found::Done {
        result_id: subscription.id.to_string(),
        message: message.map(Into::into),
        raw: Arc::clone(subscription.raw()),
    };
    let request = &intent.request;
    if request.method == Method::Post && marked(&subscription.metadata, &intent.id) {
        return done(None);
    }
    if request.method == Method::Delete {
        if subscription.status != SubscriptionStatus::Canceled {
            return Found::NotThere(format!("{} is {}", subscription.id, subscription.status));
        }
        // Both are Stripe's clock: that of the first attempt by its answers, see `Gate::now`.
        let since = intent.first_sent.unwrap_or(intent.created).plus(-CLOCKS_S);
        return match subscription.canceled_at.max(subscription.ended_at) {
            Some(at) if at >= since => done(None),
            Some(_) => Found::Before("it was already cancelled; nothing was changed by this".into()),
            None => {
                Found::CannotTell(format!("{} is cancelled, and does not say since when", subscription.id))
            }
        };
    }
    let ends = |name: &str| request.param(name);
    let as_meant = match (ends("cancel_at_period_end"), ends("cancel_at")) {
        (Some("true"), _) => subscription.cancel_at_period_end,
        (Some("false"), _) | (_, Some("")) => subscription.ends_at().is_none() && !subscription.is_over(),
        (_, Some(at)) => at.parse().ok().map(Unix) == subscription.cancel_at,
        (Some(_) | None, None) => false,
    };
    if as_meant {
        done(Some("it stands as it was meant, though without our mark"))
    } else {
        Found::NotThere(format!("{} does not carry {}", subscription.id, intent.id))
    }
}

/// Any other object that takes metadata.
fn of_marks(intent: &Intent, reply: &Reply) -> Found {
    let value: Value = serde_json::from_str(&reply.body).unwrap_or_default();
    let mark = value.pointer(&format!("/metadata/{MARK}")).and_then(Value::as_str);
    let target = &intent.proposal.target;
    if mark == Some(&intent.id) {
        return Found::Done { result_id: target.id.clone(), message: None, raw: Arc::clone(&reply.body) };
    }
    if intent.request.param(&format!("metadata[{MARK}]")).is_some() {
        Found::NotThere(format!("{target} does not carry {}", intent.id))
    } else {
        Found::CannotTell(format!("Stripe keeps no mark of this change on {target}"))
    }
}

/// Whether a success speaks of what was sent: our charge, our amount, our subscription. `Err` says what is wrong.
pub(super) fn check_reply(intent: &Intent, reply: &Reply) -> Result<(String, Option<String>), String> {
    let request = &intent.request;
    if is_refund(request) {
        let refund = Record::<Refund>::parse(Arc::clone(&reply.body)).map_err(|error| error.to_string())?;
        let charge = refund.charge_id().map(crate::model::ChargeId::as_str);
        if refund.id.as_str().is_empty() || (charge.is_some() && charge != request.param("charge")) {
            return Err(format!("Stripe answered with a refund of {}", charge.unwrap_or("nothing")));
        }
        if charge.is_none() || request.param("amount") != Some(refund.amount.to_string().as_str()) {
            return Err(format!("Stripe answered with a refund of {}", refund.money()));
        }
        return Ok((refund.id.to_string(), refund_message(&refund)));
    }
    let value: Value = serde_json::from_str(&reply.body).map_err(|error| error.to_string())?;
    let id = value.get("id").and_then(Value::as_str).unwrap_or_default();
    let target = &intent.proposal.target;
    if id.is_empty() || (request.endpoint == target.kind.endpoint() && id != target.id) {
        return Err(format!("Stripe answered about {}, not {target}", crate::text::clean(id)));
    }
    if request.method == Method::Delete
        && target.kind == Kind::Subscription
        && value.get("status").and_then(Value::as_str) != Some("canceled")
    {
        return Err(format!("Stripe answered that {target} is not cancelled"));
    }
    Ok((crate::text::clean(id), None))
}
