//! What a subscription costs: its plan, what a change of it would cost, and its discounts.

mod change;
mod discounts;

use change::{preview, update};
use discounts::{apply, discounted, take_off, taken_off};

use super::{
    Action, Answer, Build, Choice, Effect, Family, Field, FieldKind, Gate, Gives, Proof, READ, Reads, Shown,
    Subject, Watch, by_mark, delete,
    given::{COLLECTION, METADATA, NOTE, PREVIEW_MODE},
    post,
    subscriptions::{self, PRORATION_BEHAVIOR, SUBSCRIPTION},
    watch, write,
};
use crate::model::{Kind, Subscription, SubscriptionStatus};

const ANCHOR: &[Choice] = &[
    Choice { value: "unchanged", says: "stays as it is" },
    Choice { value: "now", says: "moves to today: a period begins and is billed" },
];

const PAYMENT_BEHAVIOR: &[Choice] = &[
    Choice { value: "allow_incomplete", says: "the change stands, paid or not" },
    Choice { value: "error_if_incomplete", says: "refused when it is not paid" },
    Choice { value: "pending_if_incomplete", says: "waits until it is paid" },
    Choice { value: "default_incomplete", says: "stands, and is paid later by the customer" },
];

const PAUSED: &[Choice] = &[
    Choice { value: "pending_invoice_item", says: "the difference waits for the next invoice" },
    Choice { value: "invoice", says: "the difference is billed at once" },
];

const DAYS_UNTIL_DUE_MOST: i64 = 365;

/// The field names a new price, and how many of it.
macro_rules! plan_fields {
    ($items:literal) => {
        [
            Field::new("price", "Price", FieldKind::Id(Kind::Price))
                .help("the new price, where the subscription has one item", "price_1Pgc…")
                .param(concat!($items, "[][price]")),
            Field::new("quantity", "Quantity", FieldKind::Int { least: 0, most: super::item::QUANTITY_MOST })
                .help("how many of it; as now when left out", "2")
                .param(concat!($items, "[][quantity]")),
            Field::new("items", "Items", FieldKind::Items)
                .help(
                    "instead of price and quantity, for several items: si_1=price_2:3 changes one, +price_2:3 adds, -si_1 takes out",
                    "si_1Pgc…=price_1Pgc…:2",
                )
                .param($items),
        ]
    };
}

const PLAN: [Field; 3] = plan_fields!("items");
const PREVIEWED: [Field; 3] = plan_fields!("subscription_details[items]");

const PRICE: &[Watch] = &[
    watch("amount", "unit_amount", Shown::Money),
    watch("currency", "currency", Shown::Plain),
    watch("interval", "recurring.interval", Shown::Plain),
    watch("intervals", "recurring.interval_count", Shown::Plain),
    watch("on sale", "active", Shown::Plain),
];

/// The subscription and every price that is named.
const WITH_PRICES: &[Reads] = &[
    Reads::of("subscription", subscriptions::WATCHED),
    Reads::of("price", PRICE),
    Reads::of("items", PRICE),
];

const COUPON: Field = Field::new("coupon", "Coupon", FieldKind::Id(Kind::Coupon))
    .help("by its id, as its owner called it", "SORRY20")
    .param("discounts[][coupon]");
const PROMOTION_CODE: Field = Field::new("promotion_code", "Code", FieldKind::Id(Kind::PromotionCode))
    .help(
        "by its id, not by the word that the customer typed: list_promotion_codes code=… finds it",
        "promo_1Pgc…",
    )
    .param("discounts[][promotion_code]");

pub(super) const ACTIONS: &[Action] = &[UPDATE, PREVIEW, APPLY_DISCOUNT, REMOVE_DISCOUNT];

const UPDATE: Action = Action {
    name: "update_subscription",
    family: Family::Subscriptions,
    effect: Effect::Money,
    key: Some("c"),
    hint: "change plan",
    verb: "change {it}",
    summary: "Change the plan, quantity, billing day or collection of a subscription",
    also_called: &["change plan", "upgrade", "downgrade", "switch", "swap"],
    endpoint: post("/v1/subscriptions/{id}"),
    permission: write("subscription"),
    gate: Gate::ChangePlan,
    also: &[],
    fields: &[
        SUBSCRIPTION,
        PLAN[0],
        PLAN[1],
        PLAN[2],
        PRORATION_BEHAVIOR,
        Field::new("proration_date", "As of", FieldKind::When).help(
            "as if it were changed then, in the running period: the date of the preview",
            "2026-11-22T14:00:00Z",
        ),
        Field::new("billing_cycle_anchor", "Billing day", FieldKind::Choice(ANCHOR))
            .help("unchanged unless said otherwise", "unchanged")
            .param("billing_cycle_anchor[type]"),
        Field::new("payment_behavior", "If unpaid", FieldKind::Choice(PAYMENT_BEHAVIOR))
            .help("when what is billed now cannot be collected", "error_if_incomplete"),
        Field::new("collection_method", "Invoices", FieldKind::Choice(COLLECTION))
            .help("how they are collected from now on", "charge_automatically"),
        Field::new("days_until_due", "Days to pay", FieldKind::Int { least: 1, most: DAYS_UNTIL_DUE_MOST })
            .help("of invoices that are mailed", "30"),
        Field::new("description", "Description", FieldKind::Text { most: 500 })
            .help("shown to the customer", "Pro for the whole team"),
        Field::new("off_session", "Customer absent", FieldKind::Bool)
            .help("true: the customer is not there to confirm a payment that is taken now", "true"),
        METADATA,
        NOTE,
    ],
    reads: WITH_PRICES,
    proof: Proof::Object { done: subscriptions::done, answer: Answer::Itself },
    on: &[Kind::Subscription],
    applies: changeable,
    build: Build::Change(update),
    gives: Gives::One("subscription"),
    refreshes: &[Kind::Subscription, Kind::Invoice, Kind::Charge, Kind::Customer],
    undo: Some("update_subscription"),
    metadata: true,
};

const PREVIEW: Action = Action {
    name: "preview_proration",
    family: Family::Subscriptions,
    hint: "preview",
    summary: "Show what a change of plan would cost, line by line, before it is made",
    also_called: &["what would it cost", "estimate"],
    endpoint: post("/v1/invoices/create_preview"),
    permission: write("invoice"),
    gate: Gate::Proration,
    fields: &[
        SUBSCRIPTION.param("subscription"),
        PREVIEWED[0],
        PREVIEWED[1],
        PREVIEWED[2],
        PRORATION_BEHAVIOR.param("subscription_details[proration_behavior]"),
        Field::new("proration_date", "As of", FieldKind::When)
            .help("as if it were changed then; give the same date with the change", "now")
            .param("subscription_details[proration_date]"),
        Field::new("billing_cycle_anchor", "Billing day", FieldKind::Choice(ANCHOR))
            .help("unchanged unless said otherwise", "now")
            .param("subscription_details[billing_cycle_anchor][type]"),
        Field::new("trial_end", "Trial until", FieldKind::When)
            .help("what a longer trial would change, or now: what its end would bill", "in 14d")
            .param("subscription_details[trial_end]")
            .word("now"),
        Field::new("cancel_now", "Cancel now", FieldKind::Bool)
            .help("what ending it now would give back", "true")
            .param("subscription_details[cancel_now]"),
        Field::new("cancel_at", "Cancel on", FieldKind::When)
            .help("what ending it then would give back", "2026-12-31")
            .param("subscription_details[cancel_at]"),
        Field::new("cancel_at_period_end", "Cancel at end", FieldKind::Bool)
            .help("what ending it with the period would change", "true")
            .param("subscription_details[cancel_at_period_end]"),
        Field::new("pause", "Pause", FieldKind::Choice(PAUSED))
            .help("what pausing it whole would bill, and what would become of the difference", "invoice")
            .param("subscription_details[pause][invoicing_behavior]"),
        Field::new("resume_at", "Resume", FieldKind::Choice(&[Choice { value: "now", says: "now" }]))
            .help("what resuming a paused subscription would bill", "now")
            .param("subscription_details[resume_at]"),
        COUPON,
        PROMOTION_CODE,
        Field::new("preview_mode", "What", FieldKind::Choice(PREVIEW_MODE))
            .help("next unless said otherwise", "next"),
    ],
    reads: WITH_PRICES,
    on: &[Kind::Subscription],
    applies: changeable,
    build: Build::ReadOn(preview),
    gives: Gives::One("invoice"),
    ..READ
};

const DISCOUNTED: &[Watch] = &[
    watch("status", "status", Shown::Plain),
    watch("discounts", "discounts[]", Shown::Plain),
    watch("prices", "items.data[].price.id", Shown::Plain),
    watch("quantities", "items.data[].quantity", Shown::Plain),
    watch("price of one", "items.data[].price.unit_amount", Shown::Money),
    watch("customer", "customer", Shown::Plain),
];

const COUPON_WATCHED: &[Watch] = &[
    watch("percent", "percent_off", Shown::Plain),
    watch("amount", "amount_off", Shown::Money),
    watch("duration", "duration", Shown::Plain),
    watch("months", "duration_in_months", Shown::Plain),
    watch("usable", "valid", Shown::Plain),
];

const APPLY_DISCOUNT: Action = Action {
    name: "apply_discount",
    family: Family::Subscriptions,
    effect: Effect::Write,
    key: Some("d"),
    hint: "discount",
    verb: "discount {it}",
    summary: "Put a coupon or promotion code on a subscription, beside the discounts that are there",
    also_called: &["coupon", "price off", "rebate", "voucher"],
    endpoint: post("/v1/subscriptions/{id}"),
    permission: write("subscription"),
    gate: Gate::Discount,
    also: &[Gate::Proration],
    fields: &[
        SUBSCRIPTION,
        COUPON,
        PROMOTION_CODE,
        PRORATION_BEHAVIOR
            .help("whether the running period gets cheaper too; as Stripe has it, when left out", "none"),
        METADATA,
        NOTE,
    ],
    reads: &[
        Reads { expand: &["discounts.source.coupon"], ..Reads::of("subscription", DISCOUNTED) },
        Reads::of("coupon", COUPON_WATCHED),
        Reads {
            expand: &["promotion.coupon"],
            ..Reads::of(
                "promotion_code",
                &[
                    watch("active", "active", Shown::Plain),
                    watch("coupon", "promotion.coupon", Shown::Plain),
                    watch("customer", "customer", Shown::Plain),
                ],
            )
        },
    ],
    proof: Proof::Object { done: by_mark, answer: Answer::Itself },
    on: &[Kind::Subscription],
    applies: changeable,
    build: Build::Change(apply),
    gives: Gives::One("subscription"),
    refreshes: &[Kind::Subscription, Kind::Invoice],
    undo: Some("remove_subscription_discount"),
    metadata: true,
};

const REMOVE_DISCOUNT: Action = Action {
    name: "remove_subscription_discount",
    family: Family::Subscriptions,
    effect: Effect::Write,
    key: None,
    hint: "end discount",
    verb: "end a discount of {it}",
    summary: "Take a discount off a subscription",
    also_called: &["stop discount", "end coupon"],
    endpoint: delete("/v1/subscriptions/{id}/discount"),
    permission: write("subscription"),
    gate: Gate::Discount,
    also: &[],
    fields: &[
        SUBSCRIPTION,
        Field::new("discount", "Which", FieldKind::Id(Kind::Discount))
            .help("which one, where there are several; the others stay", "di_1Pgc…")
            .param("discounts[][discount]"),
        NOTE,
    ],
    reads: &[Reads::of("subscription", DISCOUNTED)],
    proof: Proof::Object { done: taken_off, answer: Answer::Another },
    on: &[Kind::Subscription],
    applies: discounted,
    build: Build::Change(take_off),
    gives: Gives::One("discount"),
    refreshes: &[Kind::Subscription, Kind::Invoice],
    undo: Some("apply_discount"),
    metadata: false,
};

/// Whether anything but its metadata can be changed.
pub(super) fn changeable(subject: &Subject) -> Result<(), String> {
    let subscription = subject.read::<Subscription>().ok_or("select a subscription")?;
    match subscription.status {
        SubscriptionStatus::Canceled | SubscriptionStatus::IncompleteExpired => {
            Err(format!("it is already {}: it cannot be changed any more", subscription.status))
        }
        SubscriptionStatus::Incomplete => {
            Err("its first invoice is not paid: it cannot be changed before".into())
        }
        SubscriptionStatus::Trialing
        | SubscriptionStatus::Active
        | SubscriptionStatus::PastDue
        | SubscriptionStatus::Unpaid
        | SubscriptionStatus::Paused
        | SubscriptionStatus::Other(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
