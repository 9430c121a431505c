//! Pausing, going on, free time.

use super::{
    super::{
        Args, Choice, Done, Effect, FieldError, Gate, Moment, PlanMove, Proposal, Sent, Subject,
        given::{METADATA, noted, to_come, with_all},
        plans::changeable,
        unreadable,
    },
    BEHAVIORS, PAUSING, RESUMING, TRIAL, TRIAL_END, done,
};
use crate::{
    model::{Subscription, SubscriptionStatus},
    request::Request,
    text::short_id,
    time::DAY_S,
};

pub(super) const PAUSE: &[Choice] = &[
    Choice { value: "keep_as_draft", says: "invoices wait as drafts, to be collected later" },
    Choice { value: "mark_uncollectible", says: "invoices are given up: the time is free" },
    Choice { value: "void", says: "invoices are void: nothing is owed" },
];

pub(super) const RESUME_DAY: &[Choice] = &[
    Choice { value: "now", says: "a period begins now and is billed" },
    Choice { value: "unchanged", says: "as before, for the rest of the period" },
];

pub(super) const RESUME_PAYMENT: &[Choice] = &[
    Choice { value: "resume_on_payment_attempt", says: "whether it is paid or not" },
    Choice { value: "resume_on_payment_success", says: "only once it is paid" },
];

pub(super) const MISSING_METHOD: &[Choice] = &[
    Choice { value: "create_invoice", says: "it is billed all the same" },
    Choice { value: "pause", says: "it is paused" },
    Choice { value: "cancel", says: "it is cancelled" },
];

pub(super) fn pausable(subject: &Subject) -> Result<(), String> {
    changeable(subject)?;
    let subscription = subject.read::<Subscription>().ok_or("select a subscription")?;
    if subscription.status == SubscriptionStatus::Paused {
        return Err("it is paused already, whole: no invoices are made".into());
    }
    match &subscription.pause_collection {
        Some(pause) => {
            let behavior = pause.behavior.as_str().replace('_', " ");
            Err(format!("its collection is paused already ({behavior}): resume it first"))
        }
        None => Ok(()),
    }
}

pub(super) fn pause(args: &Args, subject: &Subject, moment: &Moment) -> Result<Proposal, FieldError> {
    let subscription = subject.named::<Subscription>("subscription", args, pausable)?;
    let says = args.chosen("behavior", PAUSE)?;
    let resumes = args.when("resumes_at", moment)?;
    let resumes = resumes.map(|at| to_come("resumes_at", at, moment)).transpose()?;
    let id = subscription.id.as_str();
    let until = match resumes {
        Some(at) => format!("until {}", at.date(&moment.zone)),
        None => "until somebody resumes it".into(),
    };
    let sentence = format!(
        "pause collection of {} ({}) {until}: the service goes on, {}",
        short_id(id),
        subscription.amount_words(),
        says.says
    );
    let request = Request::post(PAUSING.endpoint.path, &[id])
        .with("pause_collection[behavior]", says.value)
        .with_some("pause_collection[resumes_at]", resumes.map(|at| at.0));
    let request = with_all(request, METADATA.params(args, moment)?);
    noted(args, Proposal::of(&PAUSING, (args, subject), request, sentence))
}

pub(super) fn resumable(subject: &Subject) -> Result<(), String> {
    changeable(subject)?;
    let subscription = subject.read::<Subscription>().ok_or("select a subscription")?;
    let whole = subscription.status == SubscriptionStatus::Paused;
    if whole && subscription.collection_method.as_str() == "send_invoice" {
        return Err("Stripe resumes only what is charged by itself, and its invoices are mailed".into());
    }
    if whole || subscription.pause_collection.is_some() {
        return Ok(());
    }
    Err("it is not paused".into())
}

/// Two pauses, two calls: collection that is paused is cleared, a subscription that is paused whole goes on.
pub(super) fn resume(args: &Args, subject: &Subject, moment: &Moment) -> Result<Proposal, FieldError> {
    let subscription = subject.named::<Subscription>("subscription", args, resumable)?;
    let anchor = args.choice("billing_cycle_anchor", RESUME_DAY)?;
    let payment = args.choice("payment_behavior", RESUME_PAYMENT)?;
    let behavior = args.choice("proration_behavior", BEHAVIORS)?;
    let id = subscription.id.as_str();
    let (name, amount) = (short_id(id), subscription.amount_words());
    if subscription.status != SubscriptionStatus::Paused {
        for (field, given) in [
            ("billing_cycle_anchor", anchor),
            ("payment_behavior", payment),
            ("proration_behavior", behavior),
        ] {
            if given.is_some() {
                let reason =
                    "it is for a subscription that is paused whole: here only collection is, leave it out";
                return Err(FieldError::new(field, reason));
            }
        }
        let next = subscription.period_end().map(|end| format!(", the next on {}", end.date(&moment.zone)));
        let sentence = format!(
            "collect {name} ({amount}) again: invoices are charged from now on{}; drafts made meanwhile stay drafts",
            next.unwrap_or_default()
        );
        let request = Request::post(RESUMING.endpoint.path, &[id]).with("pause_collection", "");
        return noted(args, Proposal::of(&RESUMING, (args, subject), request, sentence));
    }
    let keeps = anchor == Some("unchanged");
    if behavior.is_some() && !keeps {
        let reason = "nothing is prorated when a period begins now: give billing_cycle_anchor=unchanged too";
        return Err(FieldError::new("proration_behavior", reason));
    }
    let behavior = keeps.then(|| behavior.unwrap_or("create_prorations"));
    let request = Request::post("/v1/subscriptions/{id}/resume", &[id])
        .with("billing_cycle_anchor[type]", anchor.unwrap_or("now"))
        .with("payment_behavior", payment.unwrap_or("resume_on_payment_attempt"))
        .with_some("proration_behavior", behavior);
    let bills = match behavior {
        None => "a new period begins now and the customer is charged for it at once",
        Some("none") => "the rest of the period is free",
        Some("always_invoice") => "the customer is charged for the rest of the period now",
        Some(_) => "the customer is charged for the rest of the period with the next invoice",
    };
    let sentence = format!("let {name} ({amount}) go on: {bills}");
    let mut proposal = Proposal::of(&RESUMING, (args, subject), request, sentence);
    if let Some(behavior) = behavior {
        proposal.also = vec![Gate::Proration];
        proposal.terms.proration = Some(behavior.into());
        // Nothing for the rest of the period gives it away.
        proposal.terms.plan = Some(PlanMove::Up);
    }
    noted(args, proposal)
}

/// Stripe's most, from now.
const TRIAL_DAYS_MOST: i64 = 730;

pub(super) fn extend(args: &Args, subject: &Subject, moment: &Moment) -> Result<Proposal, FieldError> {
    let subscription = subject.named::<Subscription>("subscription", args, changeable)?;
    let wrong = |reason: String| Err(FieldError::new("trial_end", reason));
    if TRIAL_END.is_word(args) {
        return end_trial((args, subject), subscription, moment);
    }
    let Some(end) = args.when("trial_end", moment)? else {
        return wrong("give the day until which it is free, like 2026-12-31 or `in 14d`".into());
    };
    let end = to_come("trial_end", end, moment)?;
    if end > moment.now.plus(TRIAL_DAYS_MOST * DAY_S) {
        return wrong(format!("{} is too far: Stripe takes two years at most", end.date(&moment.zone)));
    }
    if subscription.trial_end == Some(end) {
        return wrong(format!("it is free until {} already", end.date(&moment.zone)));
    }
    let behavior = args.choice("proration_behavior", BEHAVIORS)?.unwrap_or("none");
    let on_trial = subscription.status == SubscriptionStatus::Trialing;
    let id = subscription.id.as_str();
    let request = Request::post(TRIAL.endpoint.path, &[id])
        .with("trial_end", end.0)
        .with("proration_behavior", behavior);
    let request = with_all(request, METADATA.params(args, moment)?);
    let missing = args.choice("missing_payment_method", MISSING_METHOD)?;
    let request = request.with_some("trial_settings[end_behavior][missing_payment_method]", missing);
    // What is charged by itself is active because it is paid; of anything else that is not known.
    let is_paid = subscription.status == SubscriptionStatus::Active
        && subscription.pause_collection.is_none()
        && subscription.collection_method.as_str() == "charge_automatically"
        && behavior == "none";
    let ends = || subscription.items.data.iter().map(|item| item.current_period_end);
    let zone = &moment.zone;
    // Stripe moves the billing day of every item even where that is to the customer's harm: they would pay twice for the days between.
    if let Some(last) = ends().max().filter(|last| is_paid && *last > moment.now && *last >= end) {
        return wrong(format!(
            "it is paid until {}, and what is paid is not given back: give a later day than that",
            last.date(zone)
        ));
    }
    let paid_until = subscription.period_end().filter(|until| is_paid && *until > moment.now);
    let paid = match (on_trial, behavior) {
        (true, _) => String::new(),
        (false, "none") => match paid_until {
            Some(until) => format!("; it is paid until {}, and that is not given back", until.date(zone)),
            None => "; what is paid already is not given back".into(),
        },
        (false, "always_invoice") => {
            "; the customer gets credit for the days already paid, invoiced at once".into()
        }
        (false, _) => "; the customer gets credit for the days already paid on the next invoice".into(),
    };
    let was = subscription.trial_end.filter(|_| on_trial);
    let was = was.map_or_else(String::new, |was| format!(" instead of {}", was.date(&moment.zone)));
    let sentence = format!(
        "{} ({}) is free until {}{was}, and billed on that day from then on{paid}",
        short_id(id),
        subscription.amount_words(),
        end.date(&moment.zone)
    );
    let mut proposal = Proposal::of(&TRIAL, (args, subject), request, sentence);
    proposal.terms.free_until = Some(end);
    proposal.terms.paid_until = paid_until;
    proposal.terms.proration = Some(behavior.into());
    proposal.also = vec![Gate::Proration];
    noted(args, proposal)
}

/// What was free ends, and the customer is charged: guarded like a charge.
fn end_trial(
    (args, subject): (&Args, &Subject),
    subscription: &Subscription,
    moment: &Moment,
) -> Result<Proposal, FieldError> {
    if subscription.status != SubscriptionStatus::Trialing {
        return Err(FieldError::new(
            "trial_end",
            format!("it is {}: there is no trial to end", subscription.status),
        ));
    }
    for field in ["proration_behavior", "missing_payment_method"] {
        if args.get(field).is_some() {
            return Err(FieldError::new(field, "it goes with a later end of the trial: leave it out"));
        }
    }
    let id = subscription.id.as_str();
    let request = Request::post(TRIAL.endpoint.path, &[id]).with("trial_end", TRIAL_END.word);
    let request = with_all(request, METADATA.params(args, moment)?);
    let sentence = format!(
        "end the trial of {} ({}) now: a period begins and the customer is charged for it at once",
        short_id(id),
        subscription.amount_words()
    );
    let mut proposal = Proposal::of(&TRIAL, (args, subject), request, sentence);
    proposal.effect = Effect::Money;
    proposal.terms.free_until = Some(moment.now);
    proposal.also = vec![Gate::InvoicesWrite];
    noted(args, proposal)
}

/// A subscription that goes on carries no mark of ours: Stripe's call for it takes none. While it is not paid it may stay paused.
pub(super) fn resumed(sent: &Sent<'_>, object: &Subject) -> Done {
    if sent.request.endpoint == RESUMING.endpoint.path {
        return done(sent, object);
    }
    match object.read::<Subscription>() {
        Some(subscription) if subscription.status == SubscriptionStatus::Paused => {
            Done::Unseen(format!("{} is still paused: a payment may be under way", subscription.id))
        }
        Some(subscription) => {
            let status = &subscription.status;
            Done::ByKey(format!("{} is {status}, and does not show by whose doing", subscription.id))
        }
        None => unreadable::<Subscription>(object),
    }
}
