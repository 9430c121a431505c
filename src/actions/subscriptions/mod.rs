//! Subscriptions: ending, keeping, pausing and resuming them, time for nothing, schedules, lists.

mod ending;
mod pausing;
mod proof;
mod schedule;

use ending::{CANCEL_WHEN, FEEDBACK, cancel, cancellable, ending, keep};
pub use ending::{PRORATION, planned_end};
use pausing::{
    MISSING_METHOD, PAUSE, RESUME_DAY, RESUME_PAYMENT, extend, pausable, pause, resumable, resume, resumed,
};
pub(super) use proof::done;
use schedule::{releasable, release, released};

use super::{
    Action, Answer, Build, Choice, Effect, Family, Field, FieldKind, Gate, Gives, HERE, IN_PATH, Proof, READ,
    Reads, SINCE, Shown, UNTIL, Watch, get,
    given::{COLLECTION, METADATA, NOTE, NOTE_MOST, QUERY_MOST},
    plans::changeable,
    post, read, watch, write,
};
use crate::model::Kind;

/// What becomes of the difference for the running period.
pub const BEHAVIORS: &[Choice] = &[
    Choice { value: "create_prorations", says: "on the next invoice" },
    Choice { value: "always_invoice", says: "billed at once" },
    Choice { value: "none", says: "nothing for the running period" },
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
    CANCEL,
    KEEP,
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

const CANCEL: Action = Action {
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
        Field::new("when", "When", FieldKind::Choice(CANCEL_WHEN))
            .help("period_end unless said otherwise", "period_end")
            .param(HERE)
            .otherwise("period_end"),
        Field::new("on", "On", FieldKind::When)
            .help("the date, with when=date", "2026-12-31")
            .param("cancel_at"),
        Field::new("proration", "Credit", FieldKind::Choice(PRORATION))
            .help(
                "for days already paid, with when=now or date; none unless said otherwise. It is credit, not a refund",
                "none",
            )
            .param("proration_behavior")
            .otherwise("none"),
        Field::new("feedback", "Why", FieldKind::Choice(FEEDBACK))
            .help("what the customer says is the reason, in Stripe's values", "too_expensive")
            .param("cancellation_details[feedback]"),
        Field::new("feedback_option", "Option", FieldKind::Text { most: 255 })
            .help("the reason among the account's own, by its id", "fbo_1Pgc…")
            .param("cancellation_details[feedback_option]"),
        Field::new("note", "Note", FieldKind::Text { most: NOTE_MOST })
            .help("kept in the audit trail and as the comment of the cancellation", "moves abroad")
            .param("cancellation_details[comment]"),
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
};

const KEEP: Action = Action {
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
        Field::new("proration_behavior", "Days cut off", FieldKind::Choice(BEHAVIORS)).help(
            "days that were paid for and that its end cut off come back: how they are charged again; Stripe decides, when left out",
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
};

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
        Field::new("collection_method", "Invoices", FieldKind::Choice(COLLECTION))
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

const TRIAL_END: Field = Field::new("trial_end", "Free until", FieldKind::When)
    .required()
    .help(
        "nothing is billed before, and the billing day moves to it; now ends a trial and bills at once",
        "in 14d",
    )
    .word("now");

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
    also: &[Gate::Proration, Gate::InvoicesWrite],
    fields: &[
        SUBSCRIPTION,
        TRIAL_END,
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

#[cfg(test)]
mod tests;
