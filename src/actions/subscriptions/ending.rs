//! Ending a subscription, and keeping one that was to end.

use super::{
    super::{
        Args, CancelWhen, Choice, FieldError, Gate, Moment, PlanMove, Proposal, Subject,
        given::{NOTE_MOST, noted, to_come},
    },
    BEHAVIORS, CANCEL, KEEP, RELEASE,
};
use crate::{model::Subscription, request::Request, text::short_id, time::Unix};

pub(super) const CANCEL_WHEN: &[Choice] = &[
    Choice { value: "period_end", says: "at period end" },
    Choice { value: "now", says: "now" },
    Choice { value: "date", says: "on a date" },
];

/// Stripe's feedback values.
pub(super) const FEEDBACK: &[Choice] = &[
    Choice { value: "too_expensive", says: "too expensive" },
    Choice { value: "missing_features", says: "missing features" },
    Choice { value: "switched_service", says: "switched service" },
    Choice { value: "unused", says: "unused" },
    Choice { value: "customer_service", says: "customer service" },
    Choice { value: "too_complex", says: "too complex" },
    Choice { value: "low_quality", says: "low quality" },
    Choice { value: "other", says: "other" },
];

/// What is given for days that were paid for and are cut off.
pub const PRORATION: &[Choice] = &[
    Choice { value: "none", says: "no credit" },
    Choice { value: "create_prorations", says: "credit on a next invoice" },
    Choice { value: "always_invoice", says: "credit, invoiced at once" },
];

pub(super) fn cancellable(subject: &Subject) -> Result<(), String> {
    let subscription = subject.read::<Subscription>().ok_or("select a subscription")?;
    if subscription.is_over() {
        return Err(format!("it is already {}", subscription.status));
    }
    Ok(())
}

pub(super) fn ending(subject: &Subject) -> Result<(), String> {
    cancellable(subject)?;
    let subscription = subject.read::<Subscription>().ok_or("select a subscription")?;
    subscription.ends_at().map(|_| ()).ok_or_else(|| "it is not set to end".into())
}

fn cancel_when(args: &Args, moment: &Moment) -> Result<CancelWhen, FieldError> {
    let on = args.when("on", moment)?;
    match (args.choice("when", CANCEL_WHEN)?, on) {
        (Some("now"), None) => Ok(CancelWhen::Now),
        (Some("date") | None, Some(on)) => to_come("on", on, moment).map(CancelWhen::On),
        (Some("date"), None) => {
            Err(FieldError::new("on", "give the date on which it ends, like 2026-12-31 or `in 30d`"))
        }
        (_, Some(_)) => Err(FieldError::new("on", "a date goes with when=date only")),
        (_, None) => Ok(CancelWhen::PeriodEnd),
    }
}

/// Where a schedule plans the end, Stripe takes no other beside it; ending at once it does take.
fn unplanned(subscription: &Subscription, field: &str) -> Result<(), FieldError> {
    planned_end(subscription).map_or(Ok(()), |why| Err(FieldError::new(field, why)))
}

/// Why no end can be set or taken back; none where one can.
pub fn planned_end(subscription: &Subscription) -> Option<String> {
    let schedule = subscription.schedule_id()?;
    Some(format!(
        "the schedule {schedule} decides when it ends, and Stripe refuses an end beside it: release that first ({} schedule={schedule}), or cancel now",
        RELEASE.name
    ))
}

/// What happens to the days that were paid for: nothing, unless asked.
fn cancel_proration(args: &Args, when: CancelWhen) -> Result<&'static str, FieldError> {
    match args.choice("proration", PRORATION)? {
        Some(_) if when == CancelWhen::PeriodEnd => Err(FieldError::new(
            "proration",
            "nothing is prorated at period end: leave it out, or cancel now or on a date",
        )),
        asked => Ok(asked.unwrap_or("none")),
    }
}

pub(super) fn cancel(args: &Args, subject: &Subject, moment: &Moment) -> Result<Proposal, FieldError> {
    let subscription = subject.named::<Subscription>("subscription", args, cancellable)?;
    let id = subscription.id.as_str();
    let when = cancel_when(args, moment)?;
    // Asked for again it would change nothing, and no reading could tell whether it was done.
    if when == CancelWhen::PeriodEnd && subscription.cancel_at_period_end {
        return Err(FieldError::new("when", "it ends at period end already"));
    }
    if when != CancelWhen::Now {
        unplanned(subscription, "when")?;
    }
    let proration = cancel_proration(args, when)?;
    let feedback = args.choice("feedback", FEEDBACK)?;
    let note = args.text("note", NOTE_MOST)?;
    let path = CANCEL.endpoint.path;
    let (request, ends) = match when {
        CancelWhen::PeriodEnd => {
            let ends = subscription
                .period_end()
                .map_or_else(String::new, |end| format!(", {}", end.date(&moment.zone)));
            (Request::post(path, &[id]).with("cancel_at_period_end", true), format!("at period end{ends}"))
        }
        CancelWhen::On(on) => (
            // Said although nothing is given back: left out, Stripe credits the days that are cut off.
            Request::post(path, &[id]).with("cancel_at", on.0).with("proration_behavior", proration),
            format!("on {}", on.date(&moment.zone)),
        ),
        // Said although they are Stripe's defaults: the defaults of an account's version are not ours.
        CancelWhen::Now => (
            Request::delete(path, &[id])
                .with("invoice_now", proration == "always_invoice")
                .with("prorate", proration != "none"),
            match proration {
                "none" => "now, without credit".into(),
                "always_invoice" => "now, with credit for unused days".into(),
                _ => "now, with credit for unused days that waits for a next invoice".into(),
            },
        ),
    };
    let request = request
        .with_some("cancellation_details[feedback]", feedback)
        .with_some("cancellation_details[feedback_option]", args.text("feedback_option", 255)?)
        .with_some("cancellation_details[comment]", note);
    let sentence = format!("cancel {} ({}) {ends}", short_id(id), subscription.amount_words());
    let mut proposal = Proposal::of(&CANCEL, (args, subject), request, sentence);
    proposal.terms.reason = feedback.map(Into::into);
    proposal.terms.cancel = Some(when);
    proposal.terms.proration = (when != CancelWhen::PeriodEnd).then(|| proration.into());
    noted(args, proposal)
}

/// Its end may have cut off days that were paid for; at the end of a period, or after it, there are none.
fn cuts_days(subscription: &Subscription) -> bool {
    let ends = subscription.cancel_at.filter(|_| !subscription.cancel_at_period_end);
    let after = |ends| subscription.period_end().is_some_and(|period| ends > period);
    ends.is_some_and(|ends| !after(ends))
}

pub(super) fn keep(args: &Args, subject: &Subject, moment: &Moment) -> Result<Proposal, FieldError> {
    let subscription = subject.named::<Subscription>("subscription", args, ending)?;
    unplanned(subscription, "subscription")?;
    let id = subscription.id.as_str();
    let request = Request::post(KEEP.endpoint.path, &[id]);
    // Stripe takes one of the two fields only: clear the one that is set.
    let request = if subscription.cancel_at_period_end {
        request.with("cancel_at_period_end", false)
    } else {
        request.with("cancel_at", "")
    };
    let behavior = args.choice("proration_behavior", BEHAVIORS)?;
    if behavior.is_some() && !cuts_days(subscription) {
        let reason = "its end cuts off no day that was paid for: leave it out";
        return Err(FieldError::new("proration_behavior", reason));
    }
    let request = request.with_some("proration_behavior", behavior);
    let goes_on = match subscription.ends_at().map(|end: Unix| end.date(&moment.zone)) {
        Some(end) if subscription.cancel_at_period_end => {
            format!(": it renews on {end} instead of ending")
        }
        Some(end) => format!(": it goes on after {end} instead of ending"),
        None => String::new(),
    };
    let days = match behavior {
        Some("none") => "; the days that come back are not charged",
        Some("always_invoice") => "; the days that come back are billed at once",
        Some(_) => "; the days that come back are on the next invoice",
        None => "",
    };
    let sentence = format!("keep {} ({}){goes_on}{days}", short_id(id), subscription.amount_words());
    let mut proposal = Proposal::of(&KEEP, (args, subject), request, sentence);
    proposal.terms.proration = behavior.map(Into::into);
    // Nothing for the days that come back gives them away.
    proposal.terms.plan = behavior.map(|_| PlanMove::Up);
    proposal.also = behavior.map(|_| Gate::Proration).into_iter().collect();
    Ok(proposal)
}
