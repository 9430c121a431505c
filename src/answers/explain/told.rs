//! What the customer can be told of a charge: the text of its cause, filled with what was read.

use super::{
    case::Case,
    cause::{Cause, used},
    changes,
    next::{Next, retried},
    words::{bought, ordered},
};
use crate::{
    answers::{
        reply::{Fact, Reply},
        told,
    },
    model::{Charge, ChargeStatus, InvoiceLine, InvoiceStatus},
    money::Money,
};

/// The text for the customer; where its own needs a fact that is missing, the general one.
pub(super) fn reply(case: &Case<'_>, main: &Cause, next: &Next) -> Reply {
    let Some(charge) = case.charge else { return case.invoice.map_or_else(Reply::none, told::invoice) };
    if matches!(charge.status, ChargeStatus::Other(_)) {
        return Reply::none();
    }
    let states =
        [Cause::Failed.code(), Cause::Pending.code(), Cause::Released.code(), Cause::Held(None).code()];
    let about = if states.contains(&main.code()) { "charge" } else { "explain" };
    let plan = Fact::names(&case.plan_names());
    let what = plan.clone().or_else(|| what(case)).unwrap_or_else(|| Fact::word("unnamed"));
    let anew = if matches!(main, Cause::Upgrade { anew: true, .. }) { "_anew" } else { "" };
    // Of several things on it only one is another number: it was for all of them.
    let one_of_many = matches!(main, Cause::QuantityChange { .. }) && case.is_of_many();
    let code = if one_of_many { Cause::Renewal.code() } else { main.code() };
    let text = format!("{about}_{code}{anew}");
    let reply = Reply::new(&text, [("method", Fact::method(charge.method()))])
        .with_some("amount", case.amount())
        .with_some("date", case.at())
        .with_some("plan", plan)
        .with("what", what)
        .with_some("interval", interval(case))
        .with_some("number", case.invoice.map(|invoice| invoice.title().to_owned()))
        .with("next", next_words(case, next))
        .with("after", [after(case, charge), parts(case, main), again(case, main)].concat());
    let reply = own_facts(case, main).into_iter().fold(reply, |reply, (name, fact)| reply.with(name, fact));
    if reply.is_whole() {
        return reply;
    }
    Reply { case: "explain_payment".into(), ..reply }
}

/// What a charge without an invoice says it was for.
fn what(case: &Case<'_>) -> Option<Fact> {
    match (bought(case), ordered(case)) {
        (Some(said), Some(order)) => Some(Fact::Text(format!("{said} ({order})"))),
        (Some(only), None) | (None, Some(only)) => Some(Fact::Text(only)),
        (None, None) => None,
    }
}

/// `monthly`, `3-month`; none where it does not recur.
fn interval(case: &Case<'_>) -> Option<Fact> {
    let recurring = case.recurring()?;
    let unit = recurring.interval.as_str();
    let one = match unit {
        "day" => "daily",
        "week" => "weekly",
        "month" => "monthly",
        "year" => "yearly",
        _ => return None,
    };
    Some(match recurring.interval_count {
        count if count > 1 => Fact::say(Reply::new(&format!("every_{unit}"), [("count", count)])),
        _ => Fact::word(one),
    })
}

/// What only this cause has to tell.
fn own_facts(case: &Case<'_>, main: &Cause) -> Vec<(&'static str, Fact)> {
    match main {
        Cause::PriceChange { from, to } | Cause::TaxChange { from, to } => {
            vec![("from", (*from).into()), ("to", (*to).into())]
        }
        Cause::QuantityChange { from, to, of } if !case.is_of_many() => {
            vec![("from", (*from).into()), ("to", (*to).into()), ("plan", of.clone().into())]
        }
        Cause::Upgrade { from, to, anew } if !from.is_empty() => {
            let mut facts: Vec<(&str, Fact)> = vec![("from", from.clone().into()), ("to", to.clone().into())];
            if let Some((old, new)) = changes::begun(case).filter(|_| *anew) {
                let price = |line| {
                    let price = case.price_of(line);
                    told::rate(
                        price.and_then(|price| price.amount(1)),
                        price.and_then(|price| price.recurring.as_ref()),
                    )
                };
                facts.extend([("from_price", price(old)), ("to_price", price(new))]);
            }
            facts
        }
        Cause::DiscountExpired(off) => vec![("off", (*off).into())],
        Cause::Duplicate(other) => {
            let first = case.bag.charge(other).map(|first| Fact::At(first.created));
            first.map(|first| ("first", first)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// When the next charge comes; nothing where none can be promised.
fn next_words(case: &Case<'_>, next: &Next) -> Vec<Reply> {
    let at = match next {
        Next::At { at, .. } => Some(*at),
        Next::Never(_) | Next::Last(_) | Next::Unknown(_) => None,
    };
    let Some(subscription) = case.subscription else { return Vec::new() };
    let Some(retry) = retry(case) else { return told::next(subscription, at, case.moment) };
    // Something is still charged, whenever it ends.
    let then = if subscription.renews_before_it_ends() || subscription.ends_at().is_none() {
        told::next(subscription, at, case.moment)
    } else {
        told::then_ends(subscription.ends_at())
    };
    std::iter::once(retry).chain(then).collect()
}

/// What did not go through is tried once more: the customer may wish to pay before that, or to be ready.
fn again(case: &Case<'_>, main: &Cause) -> Vec<Reply> {
    let open = case.invoice.is_some_and(|invoice| invoice.status == InvoiceStatus::Open);
    retry(case).filter(|_| open && *main == Cause::Failed).into_iter().collect()
}

fn retry(case: &Case<'_>) -> Option<Reply> {
    let (at, left) = retried(case, case.subscription?)?;
    Some(Reply::new("after_retry", [("date", Fact::from(at)), ("amount", left.into())]))
}

/// What else is on the invoice than what the text is about, as far as the lines come to what was taken.
fn parts(case: &Case<'_>, main: &Cause) -> Vec<Reply> {
    if let Cause::Held(Some(until)) = main {
        let falls = (*until > case.moment.now).then(|| Reply::new("part_held", [("date", *until)]));
        return falls.into_iter().collect();
    }
    let taken = case.charge.filter(|charge| charge.captured && charge.status == ChargeStatus::Succeeded);
    let sum = |lines: &mut dyn Iterator<Item = &InvoiceLine>| {
        lines.map(|line| line.amount).fold(0, i64::saturating_add)
    };
    let whole = taken.map(Charge::captured_money).filter(|taken| {
        taken.minor() == sum(&mut case.lines.iter().copied()) && !matches!(main, Cause::Duplicate(_))
    });
    let Some(whole) = whole else { return Vec::new() };
    let part = |code: &str, minor: i64| {
        let is_part = (1..whole.minor()).contains(&minor);
        is_part.then(|| Reply::new(code, [("amount", Money::new(minor, whole.currency()))]))
    };
    let mut parts = Vec::new();
    if matches!(main, Cause::Upgrade { anew: false, .. }) {
        parts.extend(part("part_renewal", sum(&mut case.regular())));
    }
    if let Cause::QuantityChange { from, to, of } = main
        && case.is_of_many()
    {
        let facts = [("from", Fact::from(*from)), ("to", (*to).into()), ("what", of.clone().into())];
        parts.push(Reply::new("part_quantity", facts));
    }
    if !matches!(main, Cause::Usage(_)) {
        parts.extend(used(case).and_then(|used| part("part_usage", used.minor())));
    }
    parts
}

/// What happened since: to the charge, or to the invoice that it did not pay.
fn after(case: &Case<'_>, charge: &Charge) -> Vec<Reply> {
    if charge.status == ChargeStatus::Failed {
        let invoice = case.invoice.map(told::invoice).filter(|reply| !reply.is_none());
        return invoice.into_iter().collect();
    }
    told::after(case.bag, charge, case.moment)
}
