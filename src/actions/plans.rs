//! What a subscription costs: its plan, what a change of it would cost, and its discounts.

use serde::Deserialize as _;
use serde_json::Value;

use super::{
    Action, Answer, Args, Build, Choice, Done, Effect, Family, Field, FieldError, FieldKind, Gate, Gives,
    HERE, IN_PATH, Item, Moment, Off, PlanMove, Proof, Proposal, READ, Reads, Sent, Shown, Step, Subject,
    Terms, Watch,
    amended::{self, Amended},
    by_absence, by_mark, delete,
    given::{METADATA, NOTE, NOTE_MOST, what, with_all},
    post, subscriptions,
    subscriptions::{PRORATION_BEHAVIOR, SUBSCRIPTION},
    watch, write,
};
use crate::{
    model::{Coupon, CustomerId, Kind, Link, Subscription, SubscriptionStatus},
    money::Money,
    request::{Method, Request},
    text::{clean, short_id},
    time::Unix,
};

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

const COLLECTION: &[Choice] = &[
    Choice { value: "charge_automatically", says: "charged by themselves" },
    Choice { value: "send_invoice", says: "mailed to be paid" },
];

const MODE: &[Choice] = &[
    Choice { value: "next", says: "the next invoice, with everything on it" },
    Choice { value: "recurring", says: "only what recurs" },
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
            .help("what a longer trial would change", "in 14d")
            .param("subscription_details[trial_end]"),
        Field::new("cancel_now", "Cancel now", FieldKind::Bool)
            .help("what ending it now would give back", "true")
            .param("subscription_details[cancel_now]"),
        Field::new("cancel_at", "Cancel on", FieldKind::When)
            .help("what ending it then would give back", "2026-12-31")
            .param("subscription_details[cancel_at]"),
        Field::new("cancel_at_period_end", "Cancel at end", FieldKind::Bool)
            .help("what ending it with the period would change", "true")
            .param("subscription_details[cancel_at_period_end]"),
        Field::new("resume_at", "Resume", FieldKind::Choice(&[Choice { value: "now", says: "now" }]))
            .help("what resuming a paused subscription would bill", "now")
            .param("subscription_details[resume_at]"),
        COUPON,
        PROMOTION_CODE,
        Field::new("preview_mode", "What", FieldKind::Choice(MODE))
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

fn update(args: &Args, subject: &Subject, moment: &Moment) -> Result<Proposal, FieldError> {
    let subscription = subject.named::<Subscription>("subscription", args, changeable)?;
    let wanted = amended::wanted(args)?;
    let changes = !wanted.is_empty();
    let anchor = args.choice("billing_cycle_anchor", ANCHOR)?;
    let prorates = changes || anchor == Some("now");
    let behavior = args.choice("proration_behavior", subscriptions::BEHAVIORS)?;
    let date = proration_date(args, subscription, moment)?;
    if let (false, Some(field)) =
        (prorates, behavior.map(|_| "proration_behavior").or(date.map(|_| "proration_date")))
    {
        let reason = "nothing is prorated: give price, quantity or items, or billing_cycle_anchor=now";
        return Err(FieldError::new(field, reason));
    }
    let days = args.int("days_until_due", 1, DAYS_UNTIL_DUE_MOST)?;
    if days.is_some() && method_of(args, subscription)? != "send_invoice" {
        let reason = "it goes with invoices that are mailed: give collection_method=send_invoice too";
        return Err(FieldError::new("days_until_due", reason));
    }
    let amended = if changes { Some(amended::amend(wanted, subscription, subject)?) } else { None };
    let behavior = prorates.then(|| behavior.unwrap_or("create_prorations"));
    let mut params: Vec<_> =
        amended.iter().flat_map(|amended| Item::params(&amended.items, "items")).collect();
    let mut add =
        |name: &str, value: Option<String>| params.extend(value.map(|value| (name.to_owned(), value)));
    // Said although one of them is Stripe's default: the defaults of an account's version are not ours.
    add("proration_behavior", behavior.map(str::to_owned));
    add("proration_date", date.map(|at| at.0.to_string()));
    let as_given = |field: &&Field| !OURS.contains(&field.name) && ![IN_PATH, HERE].contains(&field.param);
    for field in UPDATE.fields.iter().filter(as_given) {
        params.extend(field.params(args, moment)?);
    }
    if params.is_empty() {
        return Err(super::given::nothing(UPDATE.fields));
    }
    let request = with_all(Request::post(UPDATE.endpoint.path, &[subscription.id.as_str()]), params);
    let (sentence, billed) = says(args, (subscription, amended.as_ref()), (behavior, date), moment);
    let proposal = Proposal::of(&UPDATE, (args, subject), request, sentence);
    let terms = Terms {
        note: args.text("note", NOTE_MOST)?.map(Into::into),
        plan: amended.as_ref().map(|amended| amended.moves),
        proration: behavior.map(Into::into),
        billed,
        ..Terms::default()
    };
    Ok(Proposal { terms, ..proposal })
}

/// Fields that are not sent as they are given.
const OURS: &[&str] = &["price", "quantity", "items", "proration_behavior", "proration_date"];

fn method_of<'a>(args: &Args, subscription: &'a Subscription) -> Result<&'a str, FieldError> {
    let asked = args.choice("collection_method", COLLECTION)?;
    Ok(asked.unwrap_or_else(|| subscription.collection_method.as_str()))
}

/// Stripe prorates within the running period only.
fn proration_date(
    args: &Args,
    subscription: &Subscription,
    moment: &Moment,
) -> Result<Option<Unix>, FieldError> {
    let Some(date) = args.when("proration_date", moment)? else { return Ok(None) };
    let zone = &moment.zone;
    if let (Some(start), Some(end)) = (subscription.period_start(), subscription.period_end())
        && !(start..=end).contains(&date)
    {
        let reason = format!(
            "{} is not in the running period, {} to {}: leave it out for now",
            date.date(zone),
            start.date(zone),
            end.date(zone)
        );
        return Err(FieldError::new("proration_date", reason));
    }
    Ok(Some(date))
}

/// What changes, and what is billed for it and when; that part apart, too.
fn says(
    args: &Args,
    (subscription, amended): (&Subscription, Option<&Amended>),
    (behavior, date): (Option<&str>, Option<Unix>),
    moment: &Moment,
) -> (String, Option<String>) {
    let id = short_id(subscription.id.as_str());
    let Some(behavior) = behavior else { return (format!("change {} of {id}", what(&UPDATE, args)), None) };
    let mut said = vec![match amended {
        Some(amended) => format!("change {id} from {} to {}", amended.before, amended.after),
        None => format!("bill {id} anew from today"),
    }];
    if subscription.status == SubscriptionStatus::Trialing {
        said.push("it is on trial, so nothing is billed before its end".into());
        return (said.join("; "), None);
    }
    if args.get("billing_cycle_anchor") == Some("now") || amended.is_some_and(|amended| amended.restarts) {
        said.push("a new period begins now and is billed at once, and the billing day moves to today".into());
    }
    let until = date.map(|date| format!(" as of {}", date.short(&moment.zone, moment.now).trim()));
    let until = until.unwrap_or_default();
    let cheaper = amended.is_some_and(|amended| amended.moves == PlanMove::Down);
    let billed = match (behavior, cheaper) {
        ("none", _) => "nothing is charged or given back for the running period".into(),
        ("always_invoice", true) => {
            format!("the customer gets credit for the unused time{until}, invoiced at once")
        }
        ("always_invoice", false) => {
            format!("the customer pays the difference for the running period{until} now")
        }
        (_, true) => format!("the customer gets credit for the unused time{until} on the next invoice"),
        (_, false) => {
            format!("the customer pays the difference for the running period{until} with the next invoice")
        }
    };
    said.push(billed.clone());
    let schedule = subscription.schedule.as_ref().map(|schedule| match schedule {
        Link::Id(id) => short_id(id.as_str()),
        Link::Object(schedule) => short_id(schedule.id.as_str()),
    });
    said.extend(schedule.map(|schedule| format!("its schedule {schedule} may change it again")));
    (said.join("; "), Some(billed))
}

fn preview(args: &Args, subject: &Subject, moment: &Moment) -> Result<Request, FieldError> {
    let subscription = subject.named::<Subscription>("subscription", args, changeable)?;
    let wanted = amended::wanted(args)?;
    let items =
        if wanted.is_empty() { Vec::new() } else { amended::amend(wanted, subscription, subject)?.items };
    one_discount(args, false)?;
    proration_date(args, subscription, moment)?;
    let mut request = Request::post(PREVIEW.endpoint.path, &[]);
    for field in PREVIEW.fields {
        if field.param.starts_with("subscription_details[items]") {
            continue;
        }
        for (name, value) in field.params(args, moment)? {
            // The one discount is the first of the list.
            request = request.with(&name.replace("[][", "[0]["), value);
        }
    }
    Ok(with_all(request, Item::params(&items, "subscription_details[items]")))
}

fn one_discount(args: &Args, needed: bool) -> Result<(), FieldError> {
    match (args.get("coupon"), args.get("promotion_code")) {
        (Some(_), Some(_)) => Err(FieldError::new("coupon", "give coupon or promotion_code, not both")),
        (None, None) if needed => {
            Err(FieldError::new("coupon", "give coupon=SORRY20, or the id of a code: promotion_code=promo_…"))
        }
        _ => Ok(()),
    }
}

/// The ids of its discounts, expanded or not.
fn discounts(object: &Value) -> Vec<&str> {
    let all = object.get("discounts").and_then(Value::as_array);
    all.into_iter()
        .flatten()
        .filter_map(|one| one.as_str().or_else(|| one.get("id").and_then(Value::as_str)))
        .collect()
}

fn apply(args: &Args, subject: &Subject, moment: &Moment) -> Result<Proposal, FieldError> {
    let subscription = subject.named::<Subscription>("subscription", args, changeable)?;
    one_discount(args, true)?;
    let object = subject.value();
    let coded = args.get("promotion_code").is_some();
    let field = if coded { "promotion_code" } else { "coupon" };
    let id = args.any_id(field, if coded { Kind::PromotionCode } else { Kind::Coupon })?;
    let wrong = |reason: String| FieldError::new(field, reason);
    // It is always read before anything is sent; on screen it may not be yet.
    let read = subject.other(field).map(Subject::value);
    if let (true, Some(code)) = (coded, &read) {
        redeemable(code, subscription).map_err(wrong)?;
    }
    let coupon =
        if coded { read.as_ref().and_then(|code| code.pointer("/promotion/coupon").cloned()) } else { read };
    let coupon = coupon.filter(Value::is_object);
    if let Some(coupon) = &coupon {
        usable(coupon, &object, subscription).map_err(wrong)?;
    }
    let request = Request::post(APPLY_DISCOUNT.endpoint.path, &[subscription.id.as_str()]);
    let kept = discounts(&object);
    // A list that names one alone would take the others away.
    let request = kept
        .iter()
        .enumerate()
        .fold(request, |request, (at, id)| request.with(&format!("discounts[{at}][discount]"), clean(id)));
    let request = request.with(&format!("discounts[{}][{field}]", kept.len()), &id);
    let behavior = args.choice("proration_behavior", subscriptions::BEHAVIORS)?;
    let request = request.with_some("proration_behavior", behavior);
    let request = with_all(request, METADATA.params(args, moment)?);
    let typed = coupon.as_ref().and_then(|coupon| Coupon::deserialize(coupon).ok());
    let what = typed
        .as_ref()
        .map_or_else(|| clean(&id.id), |coupon| format!("{} ({})", coupon.words(), clean(&id.id)));
    let sentence = format!(
        "give {} {what}: the customer pays less from the next invoice on{}",
        short_id(subscription.id.as_str()),
        if kept.is_empty() { "" } else { ", beside the discounts that are there" }
    );
    let mut proposal = Proposal::of(&APPLY_DISCOUNT, (args, subject), request, sentence);
    if let Some(behavior) = behavior {
        proposal.also = vec![Gate::Proration];
        proposal.terms.proration = Some(behavior.into());
        // What is discounted gets cheaper: nothing for the running period gives nothing away.
        proposal.terms.plan = Some(PlanMove::Down);
    }
    let off = Off {
        hundredths: coupon.as_ref().and_then(|coupon| all_off(coupon, &object, subscription)),
        months: typed.as_ref().and_then(|coupon| months(coupon, subscription)),
    };
    proposal.terms.off = Some(off);
    proposal.terms.note = args.text("note", NOTE_MOST)?.map(Into::into);
    Ok(proposal)
}

/// Whether a promotion code can be redeemed here.
fn redeemable(code: &Value, subscription: &Subscription) -> Result<(), String> {
    if code.get("active").and_then(Value::as_bool) == Some(false) {
        return Err("the code is not active any more: it is used up, has ended, or was switched off".into());
    }
    let whose = code.get("customer").and_then(|link| link.as_str().or_else(|| link.get("id")?.as_str()));
    let customer = subscription.customer_id().map(CustomerId::as_str);
    match whose {
        Some(whose) if Some(whose) != customer => Err("the code is for another customer".into()),
        _ => Ok(()),
    }
}

/// Whether a coupon can still be given to this subscription.
fn usable(coupon: &Value, object: &Value, subscription: &Subscription) -> Result<(), String> {
    if coupon.get("valid").and_then(Value::as_bool) == Some(false) {
        return Err("the coupon has ended or is used up".into());
    }
    let currency = coupon.get("currency").and_then(Value::as_str);
    if coupon.get("amount_off").is_some_and(Value::is_i64) && currency != Some(subscription.currency.code()) {
        let currency = currency.map(|code| clean(code).to_uppercase()).unwrap_or_default();
        return Err(format!("the coupon is in {currency}, the subscription in {}", subscription.currency));
    }
    let id = coupon.get("id").and_then(Value::as_str);
    let all = object.get("discounts").and_then(Value::as_array).into_iter().flatten();
    let coupons = all.filter_map(|one| {
        let link = one.pointer("/source/coupon")?;
        link.as_str().or_else(|| link.get("id")?.as_str())
    });
    if coupons.clone().any(|known| Some(known) == id) {
        return Err("the coupon is on the subscription already".into());
    }
    Ok(())
}

/// Hundredths of a percent of what is billed, of the coupon and of the discounts that are there.
fn all_off(coupon: &Value, object: &Value, subscription: &Subscription) -> Option<u32> {
    let there = object.get("discounts").and_then(Value::as_array).into_iter().flatten();
    let coupons = there.map(|one| one.pointer("/source/coupon")).chain([Some(coupon)]);
    let mut sum = 0_u32;
    for coupon in coupons {
        sum = sum.checked_add(off(coupon?, subscription)?)?;
    }
    Some(sum)
}

fn off(coupon: &Value, subscription: &Subscription) -> Option<u32> {
    let coupon = Coupon::deserialize(coupon).ok()?;
    if let Some(percent) = &coupon.percent_off {
        return hundredths(&percent.to_string());
    }
    let off = Money::new(coupon.amount_off?, coupon.currency?);
    let whole = subscription.amount().filter(|whole| whole.currency() == off.currency())?.minor();
    if whole <= 0 {
        return None;
    }
    let part = i128::from(off.minor()).checked_mul(10_000)?;
    let whole = i128::from(whole);
    // Rounded up: a little more than allowed is more than allowed.
    u32::try_from(part.checked_add(whole)?.checked_sub(1)?.checked_div(whole)?).ok()
}

/// `12.5` as 1250, rounded up.
fn hundredths(percent: &str) -> Option<u32> {
    let (whole, parts) = percent.split_once('.').unwrap_or((percent, ""));
    if !parts.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let two: String = parts.chars().chain("00".chars()).take(2).collect();
    let rest = parts.bytes().skip(2).any(|digit| digit != b'0');
    whole.parse::<u32>().ok()?.checked_mul(100)?.checked_add(two.parse().ok()?)?.checked_add(u32::from(rest))
}

/// For how many months it takes something off: at least the months that one invoice is for. None: for ever.
fn months(coupon: &Coupon, subscription: &Subscription) -> Option<u32> {
    let asked = match coupon.duration.as_str() {
        "once" => 1,
        "repeating" => coupon.duration_in_months.and_then(|months| u32::try_from(months).ok())?,
        _ => return None,
    };
    let invoice = |recurring: &crate::model::Recurring| {
        let count = u32::try_from(recurring.interval_count).unwrap_or(1);
        match recurring.interval.as_str() {
            "year" => count.saturating_mul(12),
            "month" => count,
            _ => 1,
        }
    };
    let longest =
        subscription.items.data.iter().filter_map(|item| item.price.recurring.as_ref()).map(invoice).max();
    Some(asked.max(longest.unwrap_or(1)))
}

fn discounted(subject: &Subject) -> Result<(), String> {
    changeable(subject)?;
    let subscription = subject.read::<Subscription>().ok_or("select a subscription")?;
    if subscription.discounts.is_empty() {
        return Err("there is no discount on the subscription itself".into());
    }
    Ok(())
}

fn take_off(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let subscription = subject.named::<Subscription>("subscription", args, discounted)?;
    let object = subject.value();
    let there = discounts(&object);
    let named = args.get("discount").map(|_| args.any_id("discount", Kind::Discount)).transpose()?;
    let known = there.iter().map(|id| clean(id)).collect::<Vec<_>>().join(", ");
    let gone = match (&named, there.as_slice()) {
        (Some(id), _) if !there.contains(&id.id.as_str()) => {
            return Err(FieldError::new("discount", format!("{id} is not on it: it has {known}")));
        }
        (Some(id), _) => id.id.clone(),
        (None, [only]) => (*only).to_owned(),
        (None, _) => {
            let reason = format!("it has {} discounts: say which, of {known}", there.len());
            return Err(FieldError::new("discount", reason));
        }
    };
    let id = subscription.id.as_str();
    let request = if there.len() == 1 {
        Request::delete(REMOVE_DISCOUNT.endpoint.path, &[id])
    } else {
        // Stripe's call for it speaks of one: of several, the others are named to stay.
        let kept = there.iter().filter(|id| **id != gone).enumerate();
        kept.fold(Request::post("/v1/subscriptions/{id}", &[id]), |request, (at, id)| {
            request.with(&format!("discounts[{at}][discount]"), clean(id))
        })
    };
    let sentence = format!(
        "take the discount {} off {}: the customer pays more from the next invoice on",
        short_id(&clean(&gone)),
        short_id(id)
    );
    let proposal = Proposal::of(&REMOVE_DISCOUNT, (args, subject), request, sentence);
    let note = args.text("note", NOTE_MOST)?.map(Into::into);
    Ok(Proposal { terms: Terms { note, steps: vec![Step::TakeDiscount], ..Terms::default() }, ..proposal })
}

/// Those that were to stay are all that is left.
fn taken_off(sent: &Sent<'_>, object: &Subject) -> Done {
    let value = object.value();
    let left = discounts(&value);
    let kept: Vec<_> = if sent.request.method == Method::Delete {
        Vec::new()
    } else {
        sent.request
            .params
            .iter()
            .filter(|(name, _)| name.ends_with("[discount]"))
            .map(|(_, id)| id.as_str())
            .collect()
    };
    let gone = left.iter().all(|id| kept.contains(id));
    by_absence(object, gone, "discount")
}

#[cfg(test)]
#[path = "plans_tests.rs"]
mod tests;
