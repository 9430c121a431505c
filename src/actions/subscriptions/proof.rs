//! What reading a subscription again proves.

use super::super::{Done, Sent, Subject, by_mark, by_step, unreadable};
use crate::{
    model::{Subscription, SubscriptionStatus},
    request::{Method, Request},
    time::Unix,
};

/// An update leaves our mark; ended for good, a subscription only says since when. Where an update is without our mark, the
/// fields that it set may still stand as they were meant.
pub(in crate::actions) fn done(sent: &Sent<'_>, object: &Subject) -> Done {
    let Some(subscription) = object.read::<Subscription>() else {
        return unreadable::<Subscription>(object);
    };
    let request = sent.request;
    if request.method == Method::Delete {
        let over = subscription.status == SubscriptionStatus::Canceled;
        let at = subscription.canceled_at.max(subscription.ended_at);
        let status = if over { "cancelled".to_owned() } else { subscription.status.to_string() };
        return by_step(sent, object, over, &status, at);
    }
    match by_mark(sent, object) {
        Done::Unseen(_) if as_meant(request, subscription) => {
            Done::Yes(Some("it stands as it was meant, though without our mark".into()))
        }
        told => told,
    }
}

fn as_meant(request: &Request, subscription: &Subscription) -> bool {
    let moment = |at: &str| at.parse().ok().map(Unix);
    match (request.param("cancel_at_period_end"), request.param("cancel_at")) {
        (Some("true"), _) => return subscription.cancel_at_period_end,
        (Some("false"), _) | (_, Some("")) => {
            return subscription.ends_at().is_none() && !subscription.is_over();
        }
        (_, Some(at)) => return moment(at) == subscription.cancel_at,
        (Some(_) | None, None) => {}
    }
    let paused = subscription.pause_collection.as_ref();
    if let Some(behavior) = request.param("pause_collection[behavior]") {
        let resumes = request.param("pause_collection[resumes_at]").and_then(moment);
        return paused
            .is_some_and(|pause| pause.behavior.as_str() == behavior && pause.resumes_at == resumes);
    }
    if request.param("pause_collection") == Some("") {
        return paused.is_none() && !subscription.is_over();
    }
    request.param("trial_end").is_some_and(|end| moment(end) == subscription.trial_end)
}
