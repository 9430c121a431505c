//! Subscriptions: ending them and keeping them.

use super::{
    Action, Answer, Args, Build, CancelWhen, Choice, Done, Effect, Family, Field, FieldError, FieldKind,
    Gate, Gives, Moment, Proof, Proposal, Reads, Sent, Shown, Subject, Terms, Watch, by_mark, by_step, post,
    watch, write,
};
use crate::{
    model::{Kind, Subscription, SubscriptionId, SubscriptionStatus},
    request::{Method, Request},
    text::short_id,
    time::Unix,
};

const CANCEL_WHEN: &[Choice] = &[
    Choice { value: "period_end", says: "at period end" },
    Choice { value: "now", says: "now" },
    Choice { value: "date", says: "on a date" },
];

/// Stripe's feedback values.
const FEEDBACK: &[Choice] = &[
    Choice { value: "too_expensive", says: "too expensive" },
    Choice { value: "missing_features", says: "missing features" },
    Choice { value: "switched_service", says: "switched service" },
    Choice { value: "unused", says: "unused" },
    Choice { value: "customer_service", says: "customer service" },
    Choice { value: "too_complex", says: "too complex" },
    Choice { value: "low_quality", says: "low quality" },
    Choice { value: "other", says: "other" },
];

const PRORATION: &[Choice] = &[
    Choice { value: "none", says: "no credit" },
    Choice { value: "create_prorations", says: "credit on the next invoice" },
    Choice { value: "always_invoice", says: "credit, invoiced at once" },
];

const SUBSCRIPTION: Field = Field {
    name: "subscription",
    label: "Subscription",
    kind: FieldKind::Id(Kind::Subscription),
    required: true,
    help: "the subscription; a Dashboard link works too",
    example: "sub_1Pgc…",
    param: "subscription",
};

const WATCHED: &[Watch] = &[
    watch("status", "status", Shown::Plain),
    watch("prices", "items.data[].price.id", Shown::Plain),
    watch("quantities", "items.data[].quantity", Shown::Plain),
    watch("price of one", "items.data[].price.unit_amount", Shown::Money),
    watch("period end", "items.data[].current_period_end", Shown::Time),
    watch("ends at", "cancel_at", Shown::Time),
    watch("ends at period end", "cancel_at_period_end", Shown::Plain),
    watch("collection paused", "pause_collection.behavior", Shown::Plain),
    watch("customer", "customer", Shown::Plain),
];

const READS: &[Reads] = &[Reads { field: "subscription", expand: &[], watch: WATCHED }];

pub(super) const ACTIONS: &[Action] = &[
    Action {
        name: "cancel_subscription",
        family: Family::Subscriptions,
        effect: Effect::Destructive,
        key: Some("x"),
        hint: "cancel",
        summary: "Cancel a subscription: at the end of the period, on a date, or at once",
        endpoint: post("/v1/subscriptions/{id}"),
        permission: write("subscription"),
        gate: Gate::Cancel,
        fields: &[
            SUBSCRIPTION,
            Field {
                name: "when",
                label: "When",
                kind: FieldKind::Choice(CANCEL_WHEN),
                required: false,
                help: "period_end unless said otherwise",
                example: "period_end",
                param: "when",
            },
            Field {
                name: "on",
                label: "On",
                kind: FieldKind::When,
                required: false,
                help: "the date, with when=date",
                example: "2026-12-31",
                param: "on",
            },
            Field {
                name: "proration",
                label: "Credit",
                kind: FieldKind::Choice(PRORATION),
                required: false,
                help: "for days already paid, with when=now or date; none unless said otherwise. It is credit, not a refund",
                example: "none",
                param: "proration",
            },
            Field {
                name: "feedback",
                label: "Why",
                kind: FieldKind::Choice(FEEDBACK),
                required: false,
                help: "what the customer says is the reason, in Stripe's values",
                example: "too_expensive",
                param: "feedback",
            },
            Field {
                name: "note",
                label: "Note",
                kind: FieldKind::Text { most: 400 },
                required: false,
                help: "kept in the audit trail and as the comment of the cancellation",
                example: "moves abroad",
                param: "note",
            },
        ],
        reads: READS,
        proof: Proof::Object { done, answer: Answer::Itself },
        on: &[Kind::Subscription],
        applies: cancellable,
        build: Build::Change(cancel),
        gives: Gives::One("subscription"),
        refreshes: &[Kind::Subscription, Kind::Invoice],
        undo: Some("undo_cancellation"),
        metadata: true,
    },
    Action {
        name: "undo_cancellation",
        family: Family::Subscriptions,
        effect: Effect::Write,
        key: Some("X"),
        hint: "keep",
        summary: "Keep a subscription that was set to end later",
        endpoint: post("/v1/subscriptions/{id}"),
        permission: write("subscription"),
        gate: Gate::Cancel,
        fields: &[SUBSCRIPTION],
        reads: READS,
        proof: Proof::Object { done, answer: Answer::Itself },
        on: &[Kind::Subscription],
        applies: ending,
        build: Build::Change(keep),
        gives: Gives::One("subscription"),
        refreshes: &[Kind::Subscription, Kind::Invoice],
        undo: Some("cancel_subscription"),
        metadata: true,
    },
];

fn cancellable(subject: &Subject) -> Result<(), String> {
    let subscription = subject.read::<Subscription>().ok_or("select a subscription")?;
    if subscription.is_over() {
        return Err(format!("it is already {}", subscription.status));
    }
    Ok(())
}

fn ending(subject: &Subject) -> Result<(), String> {
    cancellable(subject)?;
    let subscription = subject.read::<Subscription>().ok_or("select a subscription")?;
    subscription.ends_at().map(|_| ()).ok_or_else(|| "it is not set to end".into())
}

/// The subscription that the arguments name, after it was checked that it is the one which was read.
fn named<'a>(
    args: &Args,
    subject: &'a Subject,
    applies: fn(&Subject) -> Result<(), String>,
) -> Result<(SubscriptionId, &'a Subscription), FieldError> {
    let id = args.id("subscription", SubscriptionId::parse)?;
    applies(subject).map_err(|reason| FieldError::new("subscription", reason))?;
    let subscription = subject
        .read::<Subscription>()
        .ok_or_else(|| FieldError::new("subscription", "select a subscription"))?;
    if subscription.id != id {
        let reason = format!("{id} is not the subscription that was read ({})", subscription.id);
        return Err(FieldError::new("subscription", reason));
    }
    Ok((id, subscription))
}

fn cancel_when(args: &Args, moment: &Moment) -> Result<CancelWhen, FieldError> {
    let on = args.when("on", moment)?;
    match (args.choice("when", CANCEL_WHEN)?, on) {
        (Some("now"), None) => Ok(CancelWhen::Now),
        (Some("date") | None, Some(on)) if on > moment.now => Ok(CancelWhen::On(on)),
        (Some("date") | None, Some(on)) => {
            let reason =
                format!("{} lies in the past: give a date that is still to come", on.date(&moment.zone));
            Err(FieldError::new("on", reason))
        }
        (Some("date"), None) => {
            Err(FieldError::new("on", "give the date on which it ends, like 2026-12-31 or `in 30d`"))
        }
        (_, Some(_)) => Err(FieldError::new("on", "a date goes with when=date only")),
        (_, None) => Ok(CancelWhen::PeriodEnd),
    }
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

fn cancel(args: &Args, subject: &Subject, moment: &Moment) -> Result<Proposal, FieldError> {
    let (id, subscription) = named(args, subject, cancellable)?;
    let when = cancel_when(args, moment)?;
    let proration = cancel_proration(args, when)?;
    let feedback = args.choice("feedback", FEEDBACK)?;
    let note = args.text("note", 400)?;
    let path = "/v1/subscriptions/{id}";
    let (request, ends) = match when {
        CancelWhen::PeriodEnd => {
            let ends = subscription
                .period_end()
                .map_or_else(String::new, |end| format!(", {}", end.date(&moment.zone)));
            (
                Request::post(path, &[id.as_str()]).with("cancel_at_period_end", true),
                format!("at period end{ends}"),
            )
        }
        CancelWhen::On(on) => (
            // Said although nothing is given back: left out, Stripe credits the days that are cut off.
            Request::post(path, &[id.as_str()]).with("cancel_at", on.0).with("proration_behavior", proration),
            format!("on {}", on.date(&moment.zone)),
        ),
        // Said although they are Stripe's defaults: the defaults of an account's version are not ours.
        CancelWhen::Now => (
            Request::delete(path, &[id.as_str()])
                .with("invoice_now", proration == "always_invoice")
                .with("prorate", proration != "none"),
            if proration == "none" {
                "now, without credit".into()
            } else {
                "now, with credit for unused days".into()
            },
        ),
    };
    let request = request
        .with_some("cancellation_details[feedback]", feedback)
        .with_some("cancellation_details[comment]", note);
    Ok(Proposal {
        action: "cancel_subscription".into(),
        effect: Effect::Destructive,
        gate: Gate::Cancel,
        also: Vec::new(),
        args: args.clone(),
        target: id.any(),
        customer: subscription.customer_id().cloned(),
        amount: None,
        terms: Terms {
            reason: feedback.map(Into::into),
            note: note.map(Into::into),
            cancel: Some(when),
            proration: (when != CancelWhen::PeriodEnd).then(|| proration.into()),
            ..Terms::default()
        },
        sentence: format!("cancel {} ({}) {ends}", short_id(id.as_str()), subscription.amount_words()),
        request,
    })
}

fn keep(args: &Args, subject: &Subject, moment: &Moment) -> Result<Proposal, FieldError> {
    let (id, subscription) = named(args, subject, ending)?;
    let request = Request::post("/v1/subscriptions/{id}", &[id.as_str()]);
    // Stripe takes one of the two fields only: clear the one that is set.
    let request = if subscription.cancel_at_period_end {
        request.with("cancel_at_period_end", false)
    } else {
        request.with("cancel_at", "")
    };
    let was = subscription
        .ends_at()
        .map_or_else(String::new, |end: Unix| format!(" after {}", end.date(&moment.zone)));
    Ok(Proposal {
        action: "undo_cancellation".into(),
        effect: Effect::Write,
        gate: Gate::Cancel,
        also: Vec::new(),
        args: args.clone(),
        target: id.any(),
        customer: subscription.customer_id().cloned(),
        amount: None,
        terms: Terms::default(),
        sentence: format!("keep {} ({}) running{was}", short_id(id.as_str()), subscription.amount_words()),
        request,
    })
}

/// An update leaves our mark; ended for good, a subscription only says since when. Where an update is without our mark, the
/// fields that it set may still stand as they were meant.
fn done(sent: &Sent<'_>, object: &Subject) -> Done {
    let Some(subscription) = object.read::<Subscription>() else {
        return Done::CannotTell(format!("{} cannot be read as a subscription", object.id()));
    };
    let request = sent.request;
    if request.method == Method::Delete {
        let over = subscription.status == SubscriptionStatus::Canceled;
        let at = subscription.canceled_at.max(subscription.ended_at);
        let status = if over { "cancelled".to_owned() } else { subscription.status.to_string() };
        return by_step(sent, object, over, &status, at);
    }
    let marked = by_mark(sent, object);
    let as_meant = match (request.param("cancel_at_period_end"), request.param("cancel_at")) {
        (Some("true"), _) => subscription.cancel_at_period_end,
        (Some("false"), _) | (_, Some("")) => subscription.ends_at().is_none() && !subscription.is_over(),
        (_, Some(at)) => at.parse().ok().map(Unix) == subscription.cancel_at,
        (Some(_) | None, None) => false,
    };
    match marked {
        Done::Unseen(_) if as_meant => {
            Done::Yes(Some("it stands as it was meant, though without our mark".into()))
        }
        told => told,
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::model::Record;

    const NOW: Unix = Unix(1_795_435_200); // 2026-11-23T12:00:00Z

    fn subject(more: &str) -> Subject {
        let json = format!(
            r#"{{"id":"sub_1","status":"active","currency":"usd","customer":"cus_1","items":{{"data":[{{"quantity":1,
            "current_period_end":1797325920,"price":{{"currency":"usd","unit_amount":9900,
            "recurring":{{"interval":"month","interval_count":1}}}}}}]}}{more}}}"#
        );
        let json: serde_json::Value = serde_json::from_str(&json).unwrap(); // a field named twice: the later one counts
        Subject::of(&Record::<Subscription>::parse(json.to_string()).unwrap())
    }

    fn build(action: &str, more: &str, args: &[(&str, &str)]) -> Result<Proposal, String> {
        let args = args
            .iter()
            .fold(Args::default().with("subscription", "sub_1"), |all, (name, value)| all.with(name, *value));
        let moment = Moment { now: NOW, zone: TimeZone::UTC };
        super::super::find(action)
            .unwrap()
            .propose(&args, &subject(more), &moment)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn each_way_to_end_is_its_own_request() {
        let wire =
            |args: &[(&str, &str)]| build("cancel_subscription", "", args).unwrap().request.canonical();
        assert_eq!(wire(&[]), "POST /v1/subscriptions/sub_1\ncancel_at_period_end=true");
        assert_eq!(
            wire(&[("when", "now"), ("feedback", "unused")]),
            "DELETE /v1/subscriptions/sub_1\ninvoice_now=false&prorate=false&cancellation_details[feedback]=unused"
        );
        assert_eq!(
            wire(&[("when", "date"), ("on", "2026-12-31")]),
            "POST /v1/subscriptions/sub_1\ncancel_at=1798675200&proration_behavior=none"
        );
        let credited = wire(&[("when", "date"), ("on", "2026-12-31"), ("proration", "create_prorations")]);
        assert!(credited.ends_with("&proration_behavior=create_prorations"), "{credited}");
    }

    #[test]
    fn the_sentence_says_when_it_ends() {
        let proposal = build("cancel_subscription", "", &[]).unwrap();
        assert_eq!(proposal.sentence, "cancel sub_1 ($99.00/mo) at period end, 15 Dec 2026");
    }

    #[test]
    fn wrong_dates_are_named() {
        let why = |args: &[(&str, &str)]| build("cancel_subscription", "", args).unwrap_err();
        assert!(why(&[("when", "date")]).contains("give the date"));
        assert!(why(&[("when", "date"), ("on", "yesterday")]).contains("lies in the past"));
        assert!(why(&[("when", "now"), ("on", "2026-12-31")]).contains("when=date only"));
        assert!(why(&[("when", "soon")]).contains("not one of period_end, now, date"));
    }

    #[test]
    fn keeping_clears_the_field_that_is_set() {
        let wire = |more: &str| build("undo_cancellation", more, &[]).unwrap().request.form();
        assert_eq!(wire(r#","cancel_at_period_end":true"#), "cancel_at_period_end=false");
        assert_eq!(wire(r#","cancel_at":1798675200"#), "cancel_at=");
        assert!(build("undo_cancellation", "", &[]).unwrap_err().contains("not set to end"));
        assert!(
            build("cancel_subscription", r#","status":"canceled""#, &[])
                .unwrap_err()
                .contains("already canceled")
        );
    }
}
