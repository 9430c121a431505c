//! The answer in plain words, and what the customer can be told.

use super::{
    case::{self, Case},
    cause::Cause,
    changes,
    next::{self, Next},
    said::capital,
    sum::{Part, PartKind, Stand, Sum},
    told, twin,
    untaken::{is_not_taken, not_taken, settled},
};
use crate::{
    answers::{reply::Reply, told::refunds_of, want::Want},
    model::{Charge, Dispute, Invoice, Refund, RefundStatus},
    time::Unix,
};

pub(super) struct Story {
    pub(super) says: Vec<String>,
    pub(super) unknown: Vec<String>,
    pub(super) reply: Reply,
}

pub(super) fn story(case: &Case<'_>, causes: &[Cause], sum: Option<&Sum>, next: &Next) -> Story {
    let made = changes::made(case);
    let mut says: Vec<String> = Vec::new();
    let main = causes.first().unwrap_or(&Cause::Unknown);
    says.push(lead(case, main, made.as_ref()));
    says.extend(causes.iter().skip(1).filter_map(|cause| beside(case, main, cause)));
    says.extend(twin::besides(case, main));
    says.extend(settled(case));
    says.extend(sum.and_then(rest));
    says.extend(refunds(case));
    says.extend(disputes(case));
    says.extend(when_next(case, next));
    let mut unknown: Vec<String> = made.and_then(|made| made.unknown).into_iter().map(sentence).collect();
    unknown.extend(gaps(case));
    let reply = told::reply(case, main, next);
    Story { says, unknown, reply }
}

fn sentence(words: String) -> String {
    if words.ends_with('.') { words } else { format!("{words}.") }
}

/// `The $49.00 charge on 21 Nov`
pub(super) fn the_charge(case: &Case<'_>) -> String {
    let amount = case.amount().map(|amount| amount.to_string()).unwrap_or_default();
    let on = case.at().map(|at| format!(" on {}", case.day(at))).unwrap_or_default();
    if case.charge.is_some() {
        return format!("The {amount} charge{on}");
    }
    let title = case.invoice.map(case::title).unwrap_or_default();
    format!("Invoice {title} over {amount}{on}")
}

fn renewal(case: &Case<'_>) -> String {
    let interval = case.interval().map(|interval| format!("{interval} ")).unwrap_or_default();
    let plan = case.plan().unwrap_or_else(|| "a subscription".into());
    format!("the {interval}renewal of {plan}")
}

pub(super) fn plan(case: &Case<'_>) -> String {
    case.plan().unwrap_or_else(|| "something without a name".into())
}

fn is_cycle(case: &Case<'_>) -> bool {
    case.invoice.is_some_and(|invoice| invoice.billing_reason.as_str() == "subscription_cycle")
}

/// `, made on 12 Nov by maya`
fn by_whom(case: &Case<'_>, made: Option<&changes::Made>) -> String {
    let Some(made) = made else { return String::new() };
    let by = made.by.as_ref().map(|by| format!(" {by}")).unwrap_or_default();
    format!(", made on {}{by}", case.day(made.at))
}

/// What another number made of it: of one thing, or of one of several.
fn number(case: &Case<'_>, (from, to, of): (i64, i64, &str), made: Option<&changes::Made>) -> String {
    if !is_cycle(case) {
        return format!("came from changing the number of {of} from {from} to {to}{}", by_whom(case, made));
    }
    if case.is_of_many() {
        format!("was {}, with {to} of {of} instead of {from}", renewal(case))
    } else {
        format!("was {} for {to} instead of {from}", renewal(case))
    }
}

fn lead(case: &Case<'_>, main: &Cause, made: Option<&changes::Made>) -> String {
    if let Some(says) = not_taken(case, main) {
        return says;
    }
    let it = the_charge(case);
    match main {
        Cause::FirstPayment => format!("{it} was the first payment for {}.", plan(case)),
        Cause::Renewal => format!("{it} was {}.", renewal(case)),
        Cause::PriceChange { from, to } if is_cycle(case) => {
            format!("{it} was {} at its new price: {to} instead of {from}.", renewal(case))
        }
        Cause::PriceChange { from, to } => format!(
            "{it} came from the change of {} from {from} to {to} within the period{}.",
            plan(case),
            by_whom(case, made)
        ),
        Cause::QuantityChange { from, to, of } => format!("{it} {}.", number(case, (*from, *to, of), made)),
        Cause::Upgrade { from, to, anew } => {
            let priced = changes::begun(case).filter(|_| *anew);
            let (from, to) = priced.map_or_else(
                || (from.clone(), to.clone()),
                |(old, new)| (case.priced(old), case.priced(new)),
            );
            let from = if from.is_empty() { from } else { format!(" from {from}") };
            format!(
                "{it} came from the change{from} to {to}{}: {} at the new price, less what was not used.",
                by_whom(case, made),
                if *anew { "a new period" } else { "the rest of the period" }
            )
        }
        Cause::TrialEnd => {
            let end = case.subscription.and_then(|row| row.trial_end);
            let ended = end.map(|end| format!(", which ended on {}", case.day(end))).unwrap_or_default();
            format!("{it} was the first payment for {} after its trial{ended}.", plan(case))
        }
        Cause::Usage(_) => format!("{it} was for the usage of {}.", plan(case)),
        Cause::OneOff => format!("{it} was a one-off payment for {}.", bought_words(case)),
        Cause::ManualInvoice => {
            let title = case.invoice.map(case::title).unwrap_or_default();
            format!("{it} paid invoice {title}, which was made by hand for {}.", plan(case))
        }
        Cause::Duplicate(other) => {
            let first = case.bag.charge(other);
            let when =
                first.map(|first| format!("the {} charge of {}", first.money(), exact(case, first.created)));
            let when = when.unwrap_or_else(|| format!("{other}"));
            format!("{it} looks like a second payment of the same thing as {when}: likely a duplicate.")
        }
        Cause::Retry(_)
        | Cause::LateCapture(_)
        | Cause::TaxChange { .. }
        | Cause::DiscountExpired(_)
        | Cause::CurrencyDifference(_)
        | Cause::Merged(_) => {
            let also = beside(case, main, main).unwrap_or_default();
            format!("{it} was {}. {also}", renewal(case))
        }
        Cause::Unknown if case.charge.is_some() => {
            format!("{it} says that it was for {}: more than that could not be read.", bought_words(case))
        }
        _ => {
            format!("Nothing that was read explains {}.", it.replacen("The", "the", 1))
        }
    }
}

pub(super) fn day_of(case: &Case<'_>) -> String {
    case.at().map(|at| case.day(at)).unwrap_or_default()
}

pub(super) fn exact(case: &Case<'_>, at: Unix) -> String {
    at.short(&case.moment.zone, case.moment.now).trim().to_owned()
}

/// `“Hotel”`: what a charge without an invoice says it was for.
pub(super) fn bought(case: &Case<'_>) -> Option<String> {
    let texts = [
        case.charge.and_then(|charge| charge.description.as_ref()),
        case.intent.and_then(|intent| intent.description.as_ref()),
    ];
    texts.into_iter().flatten().find(|text| !text.is_empty()).map(|text| format!("“{text}”"))
}

/// `order 17`, where it names one.
pub(super) fn ordered(case: &Case<'_>) -> Option<String> {
    let mut all = case.charge?.metadata.iter();
    all.find(|(name, _)| name.as_str().contains("order")).map(|(_, value)| format!("order {value}"))
}

fn bought_words(case: &Case<'_>) -> String {
    match (bought(case), ordered(case)) {
        (Some(said), Some(order)) => format!("{said} ({order})"),
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => "something that it does not name".into(),
    }
}

/// What went along with the main cause.
fn beside(case: &Case<'_>, main: &Cause, also: &Cause) -> Option<String> {
    Some(match also {
        Cause::Renewal if is_not_taken(main) => format!("It was for {}.", renewal(case)),
        Cause::FirstPayment if is_not_taken(main) => {
            format!("It was for the first payment for {}.", plan(case))
        }
        Cause::Renewal if matches!(main, Cause::Upgrade { .. } | Cause::Usage(_) | Cause::Duplicate(_)) => {
            format!("It was {}.", renewal(case))
        }
        Cause::PriceChange { from, to } => format!("The price went from {from} to {to}."),
        Cause::QuantityChange { from, to, of } => format!("The number of {of} went from {from} to {to}."),
        Cause::Upgrade { from, to, .. } => format!("The plan went from {from} to {to}."),
        Cause::Usage(amount) => format!("{amount} of it is usage."),
        Cause::OneOff if case.invoice.is_some() => {
            let items: Vec<_> =
                case.one_off().filter(|line| line.amount != 0).map(|line| case.name_of(line)).collect();
            format!("On the invoice is besides: {}.", items.join(", "))
        }
        Cause::OneOff => format!("It was a one-off payment for {}.", bought_words(case)),
        Cause::Retry(1) => "It went through at the second attempt.".into(),
        Cause::Retry(failed) => format!("It went through after {failed} attempts that did not."),
        Cause::LateCapture(at) => {
            let when = at.map(|at| format!(" on {}", case.day(at))).unwrap_or_default();
            format!(
                "It was authorised on {} and taken later{when}: the bank may show either day.",
                day_of(case)
            )
        }
        Cause::TaxChange { from, to } => format!("The tax went from {from} to {to}."),
        Cause::DiscountExpired(off) => format!("A discount of {off} has ended."),
        Cause::CurrencyDifference(shown) => {
            format!("The customer saw it as {shown}; the bank may add its own rate and fee.")
        }
        Cause::PaidOutside(paid) => format!("{paid} of the invoice was paid outside Stripe."),
        Cause::Held(_) => "It is only held, and was not taken.".into(),
        Cause::Failed if case.charge.is_none() => {
            match case.invoice.map_or(0, |invoice| invoice.attempt_count) {
                1 => "It was tried once, and did not go through.".into(),
                tries => format!("It was tried {tries} times, and did not go through."),
            }
        }
        Cause::Failed => "It did not go through.".into(),
        _ => return None,
    })
}

/// Says it only where the parts do not explain everything.
fn rest(sum: &Sum) -> Option<String> {
    if sum.adds_up() {
        return None;
    }
    let asked = match sum.stand {
        Stand::Charged => format!("and {} was charged", sum.charged),
        other => format!("and {} is what was {}", sum.charged, other.word()),
    };
    Some(format!(
        "Its parts come to {}, {asked}: {} is not explained by anything that was read.",
        sum.total, sum.rest
    ))
}

fn refunds(case: &Case<'_>) -> Vec<String> {
    // A hold that was given up is booked as if it were refunded.
    if case.charge.is_some_and(|charge| !charge.captured) {
        return Vec::new();
    }
    let one = |refund: &Refund| {
        let (amount, on) = (refund.money(), case.day(refund.created));
        match &refund.status {
            RefundStatus::Succeeded => format!("{amount} was refunded on {on}."),
            RefundStatus::RequiresAction => {
                format!(
                    "A refund of {amount} waits for the customer since {on}: Stripe asked by e-mail where it shall go."
                )
            }
            RefundStatus::Pending => format!("A refund of {amount} is on its way since {on}."),
            RefundStatus::Failed => format!("A refund of {amount} on {on} failed: the money came back here."),
            RefundStatus::Canceled => format!("A refund of {amount} on {on} was cancelled."),
            RefundStatus::Other(other) => format!("A refund of {amount} on {on} is in the state “{other}”."),
        }
    };
    let own = case.charge.map(|charge| refunds_of(case.bag, charge));
    let mut refunds: Vec<_> = own.into_iter().flatten().collect();
    refunds.sort_by_key(|refund| refund.created);
    let said: Vec<_> = refunds.into_iter().map(one).collect();
    match case.charge {
        Some(charge) if said.is_empty() && charge.amount_refunded > 0 => {
            vec![format!(
                "{} was refunded or is on its way back; when and by whom could not be read.",
                charge.refunded_money()
            )]
        }
        _ => said,
    }
}

fn disputes(case: &Case<'_>) -> Vec<String> {
    let Some(charge) = case.charge.filter(|charge| charge.disputed) else { return Vec::new() };
    let own: Vec<&Dispute> =
        case.bag.disputes().filter(|dispute| dispute.charge_id() == Some(&charge.id)).collect();
    if own.is_empty() {
        return vec!["It was disputed at the bank; how that stands could not be read.".into()];
    }
    let one = |dispute: &&Dispute| {
        let how =
            if dispute.is_open() { "is disputed at the bank since" } else { "was disputed at the bank on" };
        format!(
            "It {how} {} ({}): {}.",
            case.day(dispute.created),
            dispute.reason.as_str().replace('_', " "),
            dispute.status
        )
    };
    own.iter().map(one).collect()
}

fn when_next(case: &Case<'_>, told: &Next) -> Option<String> {
    match told {
        Next::At { at, amount, changes } => {
            let amount_words = amount.map(|amount| format!(", {amount}")).unwrap_or_default();
            let differs = next::differs(told, case.charge).is_some();
            let why = if changes.is_empty() { String::new() } else { format!(": {}", changes.join(", ")) };
            let other = if differs && changes.is_empty() { ", another amount than this one" } else { "" };
            Some(format!("The next billing date is {}{amount_words}{other}{why}.", case.day(*at)))
        }
        Next::Never(why) if case.invoice.is_some() && case.subscription.is_some() => {
            Some(format!("Nothing more is charged by itself: {why}."))
        }
        Next::Never(_) => None,
        Next::Last(what) => Some(sentence(capital(what))),
        Next::Unknown(why) => Some(format!("When the next charge comes is not known: {why}.")),
    }
}

/// What was asked for and could not be read.
fn gaps(case: &Case<'_>) -> Vec<String> {
    let mut gaps = Vec::new();
    let mut gap = |want: Want, what: &str| {
        let why = case.bag.why_not(&want);
        gaps.extend(why.map(|why| sentence(format!("{what} could not be read: {}", why.words()))));
    };
    if let Some(charge) = case.charge {
        if let Some(intent) = charge.payment_intent_id().filter(|_| case.invoice.is_none()) {
            gap(Want::PaidBy(intent.clone()), "Whether it paid an invoice");
        }
        if let Some(customer) = charge.customer_id() {
            gap(Want::Charges(customer.clone()), "Other charges of the customer");
            gap(Want::Invoices(customer.clone()), "Earlier invoices");
        }
    }
    if let Some(invoice) = case.invoice {
        gap(Want::LinesOf(invoice.id.clone()), "Some lines of the invoice");
        if let Some(subscription) = invoice.subscription_id() {
            gap(Want::Object(subscription.any()), "The subscription");
            gap(Want::Upcoming(subscription.clone()), "The next invoice");
            gap(Want::InvoicesOf(subscription.clone()), "Earlier invoices of the subscription");
        }
        for line in &case.lines {
            if let Some(product) = line.product_id() {
                gap(Want::Object(product.any()), "The name of a product");
            }
        }
    }
    if case.invoice.is_some_and(|invoice| !case.bag.lines_whole(invoice)) {
        gaps.push("The invoice has more lines than were read.".into());
    }
    let of_charge = case.charge.and_then(Charge::customer_id);
    let whose = of_charge.or_else(|| case.invoice.and_then(Invoice::customer_id));
    gaps.extend(whose.and_then(|id| case.bag.gone(id)).map(sentence));
    gaps.dedup();
    gaps
}

impl Part {
    /// `3 × $49.00 · 22 Nov – 22 Dec`, behind what it is.
    pub fn words(&self) -> String {
        let kind = match self.kind {
            PartKind::Plan
            | PartKind::OneOff
            | PartKind::Discount
            | PartKind::Tax
            | PartKind::Shipping
            | PartKind::Balance => String::new(),
            other => format!("{}: ", other.word()),
        };
        let detail = if self.detail.is_empty() { String::new() } else { format!(" · {}", self.detail) };
        format!("{kind}{}{detail}", self.what)
    }
}
