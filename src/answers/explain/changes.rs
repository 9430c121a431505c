//! Which change a proration comes from, when, and by whom, as long as Stripe keeps the event that tells.

use std::fmt;

use serde_json::Value;

use super::{
    case::{self, Case},
    plan::EVENTS_KEPT_S,
};
use crate::{
    answers::{bag::Why, want::Want},
    model::{Event, InvoiceLine},
    text::{Untrusted, clean},
    time::Unix,
};

/// A proration and the event of the change are this far apart at most.
const NEAR_S: i64 = 120;

/// `on 12 Nov by maya`, `on 12 Nov through the API (req_…)`; or why it cannot be said any more.
pub(super) struct Made {
    pub(super) at: Unix,
    /// None where no event tells.
    pub(super) by: Option<By>,
    pub(super) unknown: Option<String>,
}

/// The change behind the prorations of an invoice; none where it has none.
pub(super) fn made(case: &Case<'_>) -> Option<Made> {
    let at = case.prorations().map(|line| line.period.start).min()?;
    let event = event(case, at);
    let by = event.map(by);
    let unknown = match (&by, case.bag.why_not(&Want::ChangesAround(at))) {
        (Some(_), _) => None,
        (None, _) if case.moment.now.since(at) >= EVENTS_KEPT_S => Some(format!(
            "Stripe keeps events for 30 days: who made the change of {} can no longer be read",
            case.day(at)
        )),
        (None, Some(Why::Hidden(why) | Why::Failed(why))) => {
            Some(format!("who made the change of {} could not be read: {}", case.day(at), clean(why)))
        }
        (None, _) => Some(format!("no event tells who made the change of {}", case.day(at))),
    };
    Some(Made { at, by, unknown })
}

fn event<'a>(case: &Case<'a>, at: Unix) -> Option<&'a Event> {
    let subscription = case.subscription?;
    let about = |event: &&Event| {
        event.data.object.id.as_str() == subscription.id.as_str()
            && event.kind.as_str() == "customer.subscription.updated"
            && changes_items(event)
    };
    let near = case.bag.events().filter(about);
    near.min_by_key(|event| event.created.since(at).abs())
        .filter(|event| event.created.since(at).abs() <= NEAR_S)
}

/// The plan, the price or the quantity moved.
fn changes_items(event: &Event) -> bool {
    let before = event.data.previous_attributes.as_ref().and_then(Value::as_object);
    before.is_some_and(|before| ["items", "plan", "quantity"].iter().any(|name| before.contains_key(*name)))
}

/// Who made a change, or the way that it came.
pub(in crate::answers) enum By {
    /// By paydesk.
    Agent(String),
    /// A request, by its id.
    Call(String),
    /// No request of the API.
    Elsewhere,
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agent(agent) => write!(f, "by {agent}"),
            Self::Call(id) => write!(f, "through the API ({id})"),
            Self::Elsewhere => f.write_str("by Stripe itself or in the Dashboard"),
        }
    }
}

/// An agent's name, where paydesk left it there; otherwise the way that the change came.
pub(in crate::answers) fn by(event: &Event) -> By {
    let agent = |metadata: &crate::model::Metadata| {
        let mine = metadata.iter().find(|(name, _)| name.as_str() == "paydesk_agent");
        mine.map(|(_, agent)| agent.to_string()).filter(|agent| !agent.is_empty())
    };
    let told = agent(&event.data.object.metadata);
    let request = event.request.as_ref();
    let id = request.and_then(|request| request.id.as_ref()).filter(|id| !id.is_empty());
    let own = request.and_then(|request| request.idempotency_key.as_ref());
    // The mark stays on the subscription: it speaks of this change only where the request was paydesk's.
    let ours = own.is_some_and(|key: &Untrusted| key.as_str().starts_with("pdk_"));
    match (told.filter(|_| ours), id) {
        (Some(agent), _) => By::Agent(agent),
        (None, Some(id)) => By::Call(id.to_string()),
        (None, None) => By::Elsewhere,
    }
}

/// What the change was: from the lines that take back, and those that charge.
pub(super) fn sides<'a>(case: &Case<'a>) -> (Vec<&'a InvoiceLine>, Vec<&'a InvoiceLine>) {
    case.prorations().partition(|line| line.amount < 0)
}

/// The plan that was given up and the one whose period began with that at once, at another price.
pub(super) fn begun<'a>(case: &Case<'a>) -> Option<(&'a InvoiceLine, &'a InvoiceLine)> {
    case.invoice.filter(|invoice| invoice.is_of_a_change())?;
    let (back, _) = sides(case);
    let new = case.regular().next()?;
    let item = case::item_of(new);
    let same = back.iter().find(|old| item.is_some() && case::item_of(old) == item);
    let old = *same.or_else(|| back.first())?;
    (case.priced(old) != case.priced(new)).then_some((old, new))
}
