//! Subscriptions: ending them and keeping them.

use super::{
    Action, Answer, Args, Build, CancelWhen, Choice, Done, Effect, Family, Field, FieldError, FieldKind,
    Gate, Gives, HERE, IN_PATH, Moment, PlanMove, Proof, Proposal, READ, Reads, SINCE, Sent, Shown, Step,
    Subject, Terms, UNTIL, Watch, by_mark, by_step, get,
    given::{METADATA, NOTE, NOTE_MOST, QUERY_MOST, with_all},
    plans::changeable,
    post, read, watch, write,
};
use crate::{
    model::{Kind, ScheduledStatus, Subscription, SubscriptionSchedule, SubscriptionStatus},
    request::{Method, Request},
    text::short_id,
    time::{DAY_S, Unix},
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

pub(super) const BEHAVIORS: &[Choice] = &[
    Choice { value: "create_prorations", says: "on the next invoice" },
    Choice { value: "always_invoice", says: "billed at once" },
    Choice { value: "none", says: "nothing for the running period" },
];

const PAUSE: &[Choice] = &[
    Choice { value: "keep_as_draft", says: "invoices wait as drafts, to be collected later" },
    Choice { value: "mark_uncollectible", says: "invoices are given up: the time is free" },
    Choice { value: "void", says: "invoices are void: nothing is owed" },
];

const RESUME_DAY: &[Choice] = &[
    Choice { value: "now", says: "a period begins now and is billed" },
    Choice { value: "unchanged", says: "as before, for the rest of the period" },
];

const RESUME_PAYMENT: &[Choice] = &[
    Choice { value: "resume_on_payment_attempt", says: "whether it is paid or not" },
    Choice { value: "resume_on_payment_success", says: "only once it is paid" },
];

const MISSING_METHOD: &[Choice] = &[
    Choice { value: "create_invoice", says: "it is billed all the same" },
    Choice { value: "pause", says: "it is paused" },
    Choice { value: "cancel", says: "it is cancelled" },
];

const STATUS: &[Choice] = &[
    Choice { value: "all", says: "every one" },
    Choice { value: "active", says: "active" },
    Choice { value: "trialing", says: "on trial" },
    Choice { value: "past_due", says: "past due" },
    Choice { value: "unpaid", says: "unpaid" },
    Choice { value: "paused", says: "paused" },
    Choice { value: "incomplete", says: "not paid for yet" },
    Choice { value: "incomplete_expired", says: "never paid for" },
    Choice { value: "canceled", says: "cancelled" },
    Choice { value: "ended", says: "cancelled or never paid for" },
];

const COLLECTED: &[Choice] = &[
    Choice { value: "charge_automatically", says: "charged by themselves" },
    Choice { value: "send_invoice", says: "mailed to be paid" },
];

pub(super) const SUBSCRIPTION: Field =
    Field::new("subscription", "Subscription", FieldKind::Id(Kind::Subscription))
        .required()
        .help("the subscription; a Dashboard link works too", "sub_1Pgc…")
        .param(IN_PATH);

pub(super) const PRORATION_BEHAVIOR: Field =
    Field::new("proration_behavior", "Difference", FieldKind::Choice(BEHAVIORS)).help(
        "what happens to the difference for the running period; create_prorations unless said otherwise",
        "create_prorations",
    );

const SCHEDULE: Field = Field::new("schedule", "Schedule", FieldKind::Id(Kind::SubscriptionSchedule))
    .required()
    .help("the schedule of a subscription, as the subscription names it", "sub_sched_1Pgc…")
    .param(IN_PATH);

pub(super) const WATCHED: &[Watch] = &[
    watch("status", "status", Shown::Plain),
    watch("prices", "items.data[].price.id", Shown::Plain),
    watch("quantities", "items.data[].quantity", Shown::Plain),
    watch("price of one", "items.data[].price.unit_amount", Shown::Money),
    watch("period end", "items.data[].current_period_end", Shown::Time),
    watch("ends at", "cancel_at", Shown::Time),
    watch("ends at period end", "cancel_at_period_end", Shown::Plain),
    watch("collection paused", "pause_collection.behavior", Shown::Plain),
    watch("trial until", "trial_end", Shown::Time),
    watch("schedule", "schedule", Shown::Plain),
    watch("customer", "customer", Shown::Plain),
];

const READS: &[Reads] = &[Reads::of("subscription", WATCHED)];

pub(super) const ACTIONS: &[Action] = &[
    Action {
        name: "get_subscription",
        family: Family::Subscriptions,
        summary: "Show a subscription: status, items, prices, period, discounts, end, pause",
        also_called: &["plan"],
        endpoint: get("/v1/subscriptions/{id}"),
        permission: read("subscription"),
        fields: &[SUBSCRIPTION],
        on: &[Kind::Subscription],
        gives: Gives::One("subscription"),
        ..READ
    },
    LIST,
    Action {
        name: "cancel_subscription",
        family: Family::Subscriptions,
        effect: Effect::Destructive,
        key: Some("x"),
        hint: "cancel",
        verb: "cancel {it}",
        summary: "Cancel a subscription: at the end of the period, on a date, or at once",
        also_called: &["stop", "end", "terminate", "unsubscribe", "quit"],
        endpoint: post("/v1/subscriptions/{id}"),
        permission: write("subscription"),
        gate: Gate::Cancel,
        also: &[],
        fields: &[
            SUBSCRIPTION,
            Field {
                name: "when",
                label: "When",
                kind: FieldKind::Choice(CANCEL_WHEN),
                required: false,
                help: "period_end unless said otherwise",
                example: "period_end",
                param: HERE,
                otherwise: "period_end",
                asked_for: None,
            },
            Field {
                name: "on",
                label: "On",
                kind: FieldKind::When,
                required: false,
                help: "the date, with when=date",
                example: "2026-12-31",
                param: "cancel_at",
                otherwise: "",
                asked_for: None,
            },
            Field {
                name: "proration",
                label: "Credit",
                kind: FieldKind::Choice(PRORATION),
                required: false,
                help: "for days already paid, with when=now or date; none unless said otherwise. It is credit, not a refund",
                example: "none",
                param: "proration_behavior",
                otherwise: "none",
                asked_for: None,
            },
            Field {
                name: "feedback",
                label: "Why",
                kind: FieldKind::Choice(FEEDBACK),
                required: false,
                help: "what the customer says is the reason, in Stripe's values",
                example: "too_expensive",
                param: "cancellation_details[feedback]",
                otherwise: "",
                asked_for: None,
            },
            Field::new("feedback_option", "Option", FieldKind::Text { most: 255 })
                .help("the reason among the account's own, by its id", "fbo_1Pgc…")
                .param("cancellation_details[feedback_option]"),
            Field {
                name: "note",
                label: "Note",
                kind: FieldKind::Text { most: 400 },
                required: false,
                help: "kept in the audit trail and as the comment of the cancellation",
                example: "moves abroad",
                param: "cancellation_details[comment]",
                otherwise: "",
                asked_for: None,
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
        verb: "keep {it}",
        summary: "Keep a subscription that was set to end later",
        also_called: &["keep", "uncancel", "reactivate", "stay"],
        endpoint: post("/v1/subscriptions/{id}"),
        permission: write("subscription"),
        gate: Gate::Cancel,
        also: &[Gate::Proration],
        fields: &[
            SUBSCRIPTION,
            PRORATION_BEHAVIOR.help(
                "what becomes of credit for days that it was cut short by; as Stripe has it, when left out",
                "none",
            ),
        ],
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
    PAUSING,
    RESUMING,
    TRIAL,
    Action {
        name: "get_subscription_schedule",
        family: Family::Subscriptions,
        summary: "Show the planned changes of a subscription: phases, dates, prices",
        also_called: &["planned changes"],
        endpoint: get("/v1/subscription_schedules/{id}"),
        permission: read("subscription"),
        fields: &[SCHEDULE],
        on: &[Kind::SubscriptionSchedule],
        gives: Gives::One("subscription_schedule"),
        ..READ
    },
    RELEASE,
];

const LIST: Action = Action {
    name: "list_subscriptions",
    family: Family::Subscriptions,
    summary: "List subscriptions, newest first: of a customer, of a price, by status; or find them by metadata",
    endpoint: get("/v1/subscriptions"),
    permission: read("subscription"),
    fields: &[
        Field::new("customer", "Customer", FieldKind::Id(Kind::Customer))
            .help("only subscriptions of this customer", "cus_Pgc…"),
        Field::new("price", "Price", FieldKind::Id(Kind::Price)).help("only those that hold this price", "price_1Pgc…"),
        Field::new("status", "Status", FieldKind::Choice(STATUS))
            .help("those that are not cancelled, when left out", "all"),
        Field::new("collection_method", "Invoices", FieldKind::Choice(COLLECTED))
            .help("how they are collected", "charge_automatically"),
        Field::new("ends_since", "Ends since", FieldKind::When)
            .help("whose running period ends then or later", "2026-11-01")
            .param("current_period_end[gte]"),
        Field::new("ends_until", "Ends before", FieldKind::When)
            .help("whose running period ends before then", "2026-12-01")
            .param("current_period_end[lt]"),
        SINCE,
        UNTIL,
        Field::new("query", "Query", FieldKind::Text { most: QUERY_MOST }).help(
            "instead of the others, in Stripe's query language: canceled_at, created, metadata, status; up to a minute behind",
            "metadata['order']:'17'",
        ),
    ],
    on: &[Kind::Customer],
    build: Build::ReadBy(|args, moment| super::given::list_or_search(&LIST, "/v1/subscriptions/search", args, moment)),
    gives: Gives::List("subscription"),
    ..READ
};

const PAUSING: Action = Action {
    name: "pause_subscription",
    family: Family::Subscriptions,
    effect: Effect::Write,
    key: Some("p"),
    hint: "pause",
    verb: "pause {it}",
    summary: "Stop collecting money for a while without ending the subscription",
    also_called: &["stop", "hold", "suspend", "freeze", "break"],
    endpoint: post("/v1/subscriptions/{id}"),
    permission: write("subscription"),
    gate: Gate::Pause,
    also: &[],
    fields: &[
        SUBSCRIPTION,
        Field::new("behavior", "Invoices", FieldKind::Choice(PAUSE))
            .required()
            .help("what becomes of the invoices that are made meanwhile", "keep_as_draft")
            .param("pause_collection[behavior]"),
        Field::new("resumes_at", "Resumes on", FieldKind::When)
            .help("by itself; until somebody resumes it, when left out", "in 30d")
            .param("pause_collection[resumes_at]"),
        METADATA,
        NOTE,
    ],
    reads: READS,
    proof: Proof::Object { done, answer: Answer::Itself },
    on: &[Kind::Subscription],
    applies: pausable,
    build: Build::Change(pause),
    gives: Gives::One("subscription"),
    refreshes: &[Kind::Subscription, Kind::Invoice],
    undo: Some("resume_subscription"),
    metadata: true,
};

const RESUMING: Action = Action {
    name: "resume_subscription",
    family: Family::Subscriptions,
    effect: Effect::Money,
    key: Some("r"),
    hint: "resume",
    verb: "resume {it}",
    summary: "Collect again after a pause, or let a paused subscription go on",
    also_called: &["restart", "continue", "unpause"],
    endpoint: post("/v1/subscriptions/{id}"),
    permission: write("subscription"),
    gate: Gate::Pause,
    also: &[Gate::Proration],
    fields: &[
        SUBSCRIPTION,
        Field::new("billing_cycle_anchor", "Billing day", FieldKind::Choice(RESUME_DAY))
            .help("of a subscription that is paused whole; now unless said otherwise", "now")
            .param("billing_cycle_anchor[type]"),
        Field::new("payment_behavior", "Goes on", FieldKind::Choice(RESUME_PAYMENT))
            .help("of a subscription that is paused whole", "resume_on_payment_attempt"),
        PRORATION_BEHAVIOR
            .help("with billing_cycle_anchor=unchanged; create_prorations unless said otherwise", "none"),
        NOTE,
    ],
    reads: READS,
    proof: Proof::Object { done: resumed, answer: Answer::Itself },
    on: &[Kind::Subscription],
    applies: resumable,
    build: Build::Change(resume),
    gives: Gives::One("subscription"),
    refreshes: &[Kind::Subscription, Kind::Invoice, Kind::Charge],
    undo: Some("pause_subscription"),
    metadata: true,
};

const TRIAL: Action = Action {
    name: "extend_trial",
    family: Family::Subscriptions,
    effect: Effect::Write,
    key: Some("t"),
    hint: "free time",
    verb: "give free time on {it}",
    summary: "Let a trial run longer, or give free time by a new trial end",
    also_called: &["free time", "free days", "longer trial"],
    endpoint: post("/v1/subscriptions/{id}"),
    permission: write("subscription"),
    gate: Gate::Trial,
    also: &[Gate::Proration],
    fields: &[
        SUBSCRIPTION,
        Field::new("trial_end", "Free until", FieldKind::When)
            .required()
            .help("nothing is billed before; the billing day moves to it", "in 14d"),
        PRORATION_BEHAVIOR
            .help("for days already paid; none unless said otherwise: free time and no credit", "none"),
        Field::new("missing_payment_method", "Without a card", FieldKind::Choice(MISSING_METHOD))
            .help("what happens at its end when there is nothing to charge", "pause")
            .param("trial_settings[end_behavior][missing_payment_method]"),
        METADATA,
        NOTE,
    ],
    reads: READS,
    proof: Proof::Object { done, answer: Answer::Itself },
    on: &[Kind::Subscription],
    applies: changeable,
    build: Build::Change(extend),
    gives: Gives::One("subscription"),
    refreshes: &[Kind::Subscription, Kind::Invoice],
    undo: Some("extend_trial"),
    metadata: true,
};

const RELEASE: Action = Action {
    name: "release_subscription_schedule",
    family: Family::Subscriptions,
    effect: Effect::Destructive,
    key: Some("x"),
    hint: "release",
    verb: "release {it}",
    summary: "Give up the planned changes of a subscription, and leave it as it is now",
    also_called: &["unschedule", "drop changes"],
    endpoint: post("/v1/subscription_schedules/{id}/release"),
    permission: write("subscription"),
    gate: Gate::ChangePlan,
    also: &[],
    fields: &[
        SCHEDULE,
        Field::new("preserve_cancel_date", "Keep the end", FieldKind::Bool).help(
            "true: an end that the schedule has set stays; without, the subscription may go on for ever",
            "true",
        ),
        NOTE,
    ],
    reads: &[Reads::of(
        "schedule",
        &[
            watch("status", "status", Shown::Plain),
            watch("subscription", "subscription", Shown::Plain),
            watch("at its end", "end_behavior", Shown::Plain),
            watch("phases end", "phases[].end_date", Shown::Time),
        ],
    )],
    proof: Proof::Object { done: released, answer: Answer::Itself },
    on: &[Kind::SubscriptionSchedule],
    applies: releasable,
    build: Build::Change(release),
    gives: Gives::One("subscription_schedule"),
    refreshes: &[Kind::SubscriptionSchedule, Kind::Subscription],
    undo: None,
    metadata: false,
};

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
    let subscription = subject.named::<Subscription>("subscription", args, cancellable)?;
    let id = &subscription.id;
    let when = cancel_when(args, moment)?;
    // Asked for again it would change nothing, and no reading could tell whether it was done.
    if when == CancelWhen::PeriodEnd && subscription.cancel_at_period_end {
        return Err(FieldError::new("when", "it ends at period end already"));
    }
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
        .with_some("cancellation_details[feedback_option]", args.text("feedback_option", 255)?)
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
    let subscription = subject.named::<Subscription>("subscription", args, ending)?;
    let id = &subscription.id;
    let request = Request::post("/v1/subscriptions/{id}", &[id.as_str()]);
    // Stripe takes one of the two fields only: clear the one that is set.
    let request = if subscription.cancel_at_period_end {
        request.with("cancel_at_period_end", false)
    } else {
        request.with("cancel_at", "")
    };
    let behavior = args.choice("proration_behavior", BEHAVIORS)?;
    let request = request.with_some("proration_behavior", behavior);
    let was = subscription
        .ends_at()
        .map_or_else(String::new, |end: Unix| format!(" after {}", end.date(&moment.zone)));
    let terms = Terms {
        proration: behavior.map(Into::into),
        // Nothing for the days that come back gives them away.
        plan: behavior.map(|_| PlanMove::Up),
        ..Terms::default()
    };
    Ok(Proposal {
        action: "undo_cancellation".into(),
        effect: Effect::Write,
        gate: Gate::Cancel,
        also: behavior.map(|_| Gate::Proration).into_iter().collect(),
        args: args.clone(),
        target: id.any(),
        customer: subscription.customer_id().cloned(),
        amount: None,
        terms,
        sentence: format!("keep {} ({}) running{was}", short_id(id.as_str()), subscription.amount_words()),
        request,
    })
}

/// What collection is paused until, in words.
fn pausable(subject: &Subject) -> Result<(), String> {
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

fn pause(args: &Args, subject: &Subject, moment: &Moment) -> Result<Proposal, FieldError> {
    let subscription = subject.named::<Subscription>("subscription", args, pausable)?;
    let says = args.chosen("behavior", PAUSE)?;
    let resumes = args.when("resumes_at", moment)?;
    if let Some(at) = resumes.filter(|at| *at <= moment.now) {
        return Err(past("resumes_at", at, moment));
    }
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

fn past(field: &str, at: Unix, moment: &Moment) -> FieldError {
    let reason = format!("{} lies in the past: give a date that is still to come", at.date(&moment.zone));
    FieldError::new(field, reason)
}

fn noted(args: &Args, mut proposal: Proposal) -> Result<Proposal, FieldError> {
    proposal.terms.note = args.text("note", NOTE_MOST)?.map(Into::into);
    Ok(proposal)
}

fn resumable(subject: &Subject) -> Result<(), String> {
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
fn resume(args: &Args, subject: &Subject, moment: &Moment) -> Result<Proposal, FieldError> {
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

fn extend(args: &Args, subject: &Subject, moment: &Moment) -> Result<Proposal, FieldError> {
    let subscription = subject.named::<Subscription>("subscription", args, changeable)?;
    let wrong = |reason: String| Err(FieldError::new("trial_end", reason));
    let Some(end) = args.when("trial_end", moment)? else {
        return wrong("give the day until which it is free, like 2026-12-31 or `in 14d`".into());
    };
    if end <= moment.now {
        return Err(past("trial_end", end, moment));
    }
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
    let paid = match (on_trial, behavior) {
        (true, _) => "",
        (false, "none") => "; what is paid already is not given back",
        (false, "always_invoice") => "; the customer gets credit for the days already paid, invoiced at once",
        (false, _) => "; the customer gets credit for the days already paid on the next invoice",
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
    proposal.terms.proration = Some(behavior.into());
    proposal.also = vec![Gate::Proration];
    noted(args, proposal)
}

fn releasable(subject: &Subject) -> Result<(), String> {
    let schedule = subject.read::<SubscriptionSchedule>().ok_or("select a subscription schedule")?;
    match &schedule.status {
        ScheduledStatus::NotStarted | ScheduledStatus::Active => Ok(()),
        ScheduledStatus::Completed => Err("it is completed: nothing is planned any more".into()),
        ScheduledStatus::Released => Err("it is released already".into()),
        ScheduledStatus::Canceled => Err("it is cancelled".into()),
        ScheduledStatus::Other(_) => Err(format!("it is {}", schedule.status)),
    }
}

fn release(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let schedule = subject.named::<SubscriptionSchedule>("schedule", args, releasable)?;
    let keeps = args.flag("preserve_cancel_date")?;
    let id = schedule.id.as_str();
    let object = subject.value();
    let ends = object.get("end_behavior").and_then(serde_json::Value::as_str) == Some("cancel");
    let end = match (ends, keeps) {
        (true, Some(true)) => ", and still ends when it was to end",
        (true, _) => ", and goes on instead of ending",
        (false, _) => "",
    };
    let sentence =
        format!("give up the planned changes of {}: the subscription stays as it is now{end}", short_id(id));
    let request = Request::post(RELEASE.endpoint.path, &[id]).with_some("preserve_cancel_date", keeps);
    let mut proposal = Proposal::of(&RELEASE, (args, subject), request, sentence);
    proposal.terms.steps = vec![Step::DropSchedule];
    noted(args, proposal)
}

fn released(sent: &Sent<'_>, object: &Subject) -> Done {
    let Some(schedule) = object.read::<SubscriptionSchedule>() else {
        return Done::CannotTell(format!("{} cannot be read as a schedule", object.id()));
    };
    let at = object.value().get("released_at").and_then(serde_json::Value::as_i64).map(Unix);
    let over = schedule.status == ScheduledStatus::Released;
    by_step(sent, object, over, &schedule.status.to_string(), at)
}

/// A subscription that goes on carries no mark of ours: Stripe's call for it takes none. While it is not paid it may stay paused.
fn resumed(sent: &Sent<'_>, object: &Subject) -> Done {
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
        None => Done::CannotTell(format!("{} cannot be read as a subscription", object.id())),
    }
}

/// An update leaves our mark; ended for good, a subscription only says since when. Where an update is without our mark, the
/// fields that it set may still stand as they were meant.
pub(super) fn done(sent: &Sent<'_>, object: &Subject) -> Done {
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

#[cfg(test)]
#[path = "subscriptions_tests.rs"]
mod tests;
