//! Rules of refunds, in the order in which they are told.

use super::{
    Confirm, Fact, Facts, Looked, Mark, Spent, Sums, Times,
    common::{self, Looks},
    rules::{Rule, Rules},
};
use crate::{
    actions::{Proposal, Subject},
    model::{Charge, Kind},
    money::{Currency, Money},
    time::DAY_S,
};

/// Not of the file: what Stripe itself would refuse.
pub(super) const LEFT: &str = "charge.left";
pub(super) const AMOUNT: &str = "refunds.amount";
pub(super) const CURRENCY: &str = "refunds.currency";
const CHARGE: &str = "facts.charge";
pub(super) const SPENT: &str = "facts.spent";

/// A cap, whose sum counts against it, and how that is called.
pub(super) type Cap = (Rule, fn(&Spent) -> &Sums, &'static str);

pub(super) const CAPS: [Cap; 3] = [
    (Rule::CapAgent, |spent| &spent.agent, "you refunded today"),
    (Rule::CapTeam, |spent| &spent.team, "the team refunded today"),
    (Rule::CapCustomer, |spent| &spent.customer, "this customer was refunded today"),
];

pub(super) fn look(looks: &mut Looks, rules: &Rules, proposal: &Proposal, facts: &Facts) -> Confirm {
    if rules.flag(Rule::RefundsAllowed) == Some(false) {
        looks.deny(Rule::RefundsAllowed, format!("the role {} may not refund", rules.role));
    }
    let charge = charge(proposal, facts);
    let amount = proposal.refunds();
    match (amount, &charge) {
        (None, _) => looks.deny(AMOUNT, "the refund names no amount"),
        (Some(amount), _) if amount.minor() <= 0 => looks.deny(AMOUNT, "a refund is above zero"),
        (Some(amount), Ok(charge)) if charge.currency != amount.currency() => {
            let says = format!("the charge is in {}, the refund in {}", charge.currency, amount.currency());
            looks.deny(AMOUNT, says);
        }
        (Some(amount), charge) => {
            amounts(looks, rules, &Parts::of(amount, charge.as_ref().ok().copied()), (proposal, facts));
        }
    }
    words(looks, rules, proposal, charge.as_ref().ok().copied());
    match &charge {
        Ok(charge) => the_charge(looks, rules, charge, amount, facts),
        Err(why) => looks.deny(CHARGE, why),
    }
    if let Some(amount) = amount {
        let parts = Parts::of(amount, charge.as_ref().ok().copied());
        counted_today(looks, rules, &parts, &facts.spent);
    }
    amount.map_or(Confirm::Plain, Confirm::TypeAmount)
}

/// Who may refund may call a refund back: it gives nobody anything.
pub(super) fn look_back(looks: &mut Looks, rules: &Rules) -> Confirm {
    if rules.flag(Rule::RefundsAllowed) == Some(false) {
        looks.deny(Rule::RefundsAllowed, format!("the role {} may not refund", rules.role));
    } else if rules.amounts(Rule::RefundsMax).is_none_or(|most| most.values().all(|minor| *minor <= 0)) {
        looks.deny(
            Rule::RefundsMax,
            format!("the role {} may refund nothing, nor call a refund back", rules.role),
        );
    } else {
        let says = "who may refund may call a refund back, and that must be confirmed";
        looks.add(Rule::RefundsMax, Mark::Confirm, says);
    }
    Confirm::Plain
}

/// What the money goes back of: the charge itself, or the one that was read with what it is a part of.
pub(super) fn charge<'f>(proposal: &Proposal, facts: &'f Facts) -> Result<&'f Charge, String> {
    if proposal.target.kind == Kind::Charge {
        return common::subject(facts, &proposal.target);
    }
    let subject = common::known(facts, &proposal.target)?;
    let mut charges = subject.others().filter_map(Subject::read::<Charge>);
    match (charges.next(), charges.next()) {
        (Some(charge), None) => Ok(charge),
        (None, _) => Err(format!("the charge behind {} was not read", proposal.target)),
        (Some(_), Some(_)) => Err(format!("{} was paid by several charges", proposal.target)),
    }
}

/// A refund with what was refunded of its charge before: limits are of both, or one refund in two parts would pass below each.
struct Parts {
    amount: Money,
    before: Money,
    whole: Money,
}

impl Parts {
    fn of(amount: Money, charge: Option<&Charge>) -> Self {
        let before = charge.filter(|charge| charge.currency == amount.currency());
        let before = before.map_or(0, |charge| charge.amount_refunded.max(0));
        let money = |minor| Money::new(minor, amount.currency());
        Self { amount, before: money(before), whole: money(amount.minor().saturating_add(before)) }
    }

    /// With what was refunded before, where something was.
    fn say(&self, words: String) -> String {
        if self.before.is_zero() {
            words
        } else {
            format!("{words}, counting the {} given back before", self.before)
        }
    }
}

/// What the amount alone decides.
fn amounts(looks: &mut Looks, rules: &Rules, parts: &Parts, asked: (&Proposal, &Facts)) {
    let (currency, whole) = (parts.amount.currency(), parts.whole);
    let limit = |rule| rules.amount(rule, currency);
    match limit(Rule::RefundsMax) {
        None => looks.deny(CURRENCY, format!("{currency} has no limit of its own in refunds.max")),
        Some(_) if currency.exponent().is_none() => {
            looks.deny(CURRENCY, format!("the decimals of {currency} are not known"));
        }
        Some(max) => {
            looks.pass(CURRENCY, format!("{currency} can be refunded"));
            let says = parts.say(format!("{max} is the most one refund may be"));
            looks.check(Rule::RefundsMax, !over(whole, max), says);
        }
    }
    match limit(Rule::RefundsAutomatic) {
        Some(automatic) if !over(whole, automatic) => {
            looks.pass(Rule::RefundsAutomatic, parts.say(format!("up to {automatic} one Enter is enough")));
        }
        Some(automatic) => {
            let says = parts.say(format!("above {automatic} a refund must be confirmed"));
            looks.add(Rule::RefundsAutomatic, Mark::Confirm, says);
        }
        None => {
            let says = format!("a refund in {currency} must be confirmed");
            looks.add(Rule::RefundsAutomatic, Mark::Confirm, says);
        }
    }
    if let Some(alone) = limit(Rule::RefundsSecondPerson) {
        let says = parts.say(format!("above {alone} a second person must agree"));
        if over(whole, alone) {
            common::second_person(looks, Rule::RefundsSecondPerson, says, asked);
        } else {
            looks.pass(Rule::RefundsSecondPerson, says);
        }
    }
}

/// Blanks say nothing.
pub(super) fn given(text: Option<&str>) -> bool {
    text.is_some_and(|text| !text.trim().is_empty())
}

/// What has to be said with it.
fn words(looks: &mut Looks, rules: &Rules, proposal: &Proposal, charge: Option<&Charge>) {
    if rules.word(Rule::RefundsReason) != Some("optional") {
        if given(proposal.terms.reason.as_deref()) {
            looks.pass(Rule::RefundsReason, "a reason is given");
        } else {
            looks.lack(Rule::RefundsReason, "a reason must be chosen", "reason");
        }
    }
    let Some(amount) = proposal.refunds() else { return };
    if let Some(without) = rules.amount(Rule::RefundsNoteAbove, amount.currency()) {
        let parts = Parts::of(amount, charge);
        if !over(parts.whole, without) {
            looks.pass(Rule::RefundsNoteAbove, parts.say(format!("up to {without} no note is needed")));
        } else if given(proposal.terms.note.as_deref()) {
            looks.pass(Rule::RefundsNoteAbove, "a note is given");
        } else {
            let says = parts.say(format!("above {without} a note must be written"));
            looks.lack(Rule::RefundsNoteAbove, says, "note");
        }
    }
}

/// What the charge decides: its age, a dispute, what is left of it.
fn the_charge(looks: &mut Looks, rules: &Rules, charge: &Charge, amount: Option<Money>, facts: &Facts) {
    if let Some(most) = rules.number(Rule::RefundsMaxAge) {
        let age = facts.now.since(charge.created).max(0);
        let days = age.checked_div(DAY_S).unwrap_or(i64::MAX);
        let fine = age <= i64::from(most).saturating_mul(DAY_S);
        let says = format!("the payment is {}; {} is the most", old(days), days_words(i64::from(most)));
        looks.check(Rule::RefundsMaxAge, fine, says);
    }
    let disputed = match (charge.disputed, rules.word(Rule::RefundsDisputed)) {
        (false, _) => (Mark::Pass, "the charge is not disputed"),
        (true, Some("allow")) => (Mark::Pass, "the charge is disputed, and may be refunded all the same"),
        (true, Some("confirm")) => (Mark::Confirm, "the charge is disputed: a refund must be confirmed"),
        (true, _) => {
            (Mark::Deny, "the charge is disputed, or was: while a dispute is open, answer it instead")
        }
    };
    looks.add(Rule::RefundsDisputed, disputed.0, disputed.1);
    let Some(amount) = amount.filter(|amount| amount.currency() == charge.currency) else { return };
    let left = charge.left_to_refund();
    if rules.flag(Rule::RefundsPartialOnly) == Some(true) {
        let fine = over(left, amount);
        looks.check(
            Rule::RefundsPartialOnly,
            fine,
            "only a part of what is left may be refunded, never all of it",
        );
    }
    looks.check(LEFT, !over(amount, left), format!("{left} of the charge is left to refund"));
}

fn old(days: i64) -> String {
    if days == 0 { "less than a day old".into() } else { format!("{} old", days_words(days)) }
}

fn days_words(days: i64) -> String {
    if days == 1 { "1 day".into() } else { format!("{days} days") }
}

/// What was refunded before: today's sums, and how often this customer was.
fn counted_today(looks: &mut Looks, rules: &Rules, parts: &Parts, spent: &Fact<Spent>) {
    let amount = parts.amount;
    let currency = amount.currency();
    let caps = CAPS.map(|(rule, sums, who)| (rule, sums, who, rules.amount(rule, currency)));
    let often = rules.often(Rule::RefundsPerCustomer);
    if caps.iter().all(|(.., cap)| cap.is_none()) && often.is_none() {
        return;
    }
    let spent = match spent {
        Fact::Known(spent) => spent,
        Fact::Unknown(why) => {
            looks.deny(SPENT, format!("what was refunded before is not known: {why}"));
            return;
        }
    };
    if spent.local_only {
        let automatic = automatic(rules, currency);
        let says = format!(
            "Stripe could not be asked what was refunded before: until it can, {automatic} is the most"
        );
        looks.check(SPENT, !over(parts.whole, automatic), says);
    }
    for (rule, sums, who, cap) in caps {
        let Some(cap) = cap else { continue };
        let before = counted(sums(spent), currency);
        let after = Money::new(before.minor().saturating_add(amount.minor()), currency);
        let beside = if rule == Rule::CapTeam { outside(spent, currency) } else { String::new() };
        looks.check(rule, !over(after, cap), format!("{who} {before}{beside} → {after} of {cap}"));
    }
    if let Some((most, days)) = often {
        times(looks, spent.times, most, days);
    }
}

/// Of the team's sum, where some of it was not refunded by paydesk.
fn outside(spent: &Spent, currency: Currency) -> String {
    let outside = counted(&spent.outside, currency);
    if outside.is_zero() { String::new() } else { format!(" ({outside} of it outside paydesk)") }
}

/// One more refund of this customer.
fn times(looks: &mut Looks, times: Option<Times>, most: u32, days: u32) {
    let rule = Rule::RefundsPerCustomer;
    // What was counted further back is more than it needs to be, and never less.
    let Some(times) = times.filter(|times| times.days >= days) else {
        looks.deny(rule, "how often this customer was refunded was not counted: try again");
        return;
    };
    let within = days_words(i64::from(days));
    let says = format!(
        "this would be refund {} of {most} to this customer in {within}",
        times.count.saturating_add(1)
    );
    looks.check(rule, times.count < most, says);
}

/// A sum below zero is nobody's: it must not make room.
fn counted(sums: &Sums, currency: Currency) -> Money {
    Money::new(sums.of(currency).minor().max(0), currency)
}

fn automatic(rules: &Rules, currency: Currency) -> Money {
    rules.amount(Rule::RefundsAutomatic, currency).unwrap_or(Money::zero(currency))
}

/// Two currencies have no order, and what cannot be compared is over.
fn over(amount: Money, limit: Money) -> bool {
    amount.compare(limit).is_none_or(std::cmp::Ordering::is_gt)
}

/// The largest amount that limit, caps and charge leave, as long as it is above zero.
pub(super) fn left(rules: &Rules, proposal: &Proposal, facts: &Facts) -> Option<Money> {
    let charge = charge(proposal, facts).ok()?;
    let currency = charge.currency;
    let left = charge.left_to_refund().minor();
    let partial = rules.flag(Rule::RefundsPartialOnly) == Some(true);
    let left = if partial { left.saturating_sub(1) } else { left };
    let before = charge.amount_refunded.max(0);
    let mut most = left.min(rules.amount(Rule::RefundsMax, currency)?.minor().saturating_sub(before));
    let caps = CAPS.map(|(rule, sums, _)| (sums, rules.amount(rule, currency)));
    if caps.iter().any(|(_, cap)| cap.is_some()) || rules.get(Rule::RefundsPerCustomer).is_some() {
        let Fact::Known(spent) = &facts.spent else { return None };
        for (sums, cap) in caps {
            let Some(cap) = cap else { continue };
            most = most.min(cap.minor().saturating_sub(counted(sums(spent), currency).minor()));
        }
        if spent.local_only {
            most = most.min(automatic(rules, currency).minor().saturating_sub(before));
        }
    }
    (most > 0).then(|| Money::new(most, currency))
}

/// Puts beside each denial what would be allowed instead.
pub(super) fn say_what_is_allowed(
    looked: &mut [Looked],
    rules: &Rules,
    (largest, before): (Option<Money>, i64),
) {
    let alone = largest.and_then(|most| {
        let alone = rules.amount(Rule::RefundsSecondPerson, most.currency())?;
        let alone = Money::new(alone.minor().saturating_sub(before), most.currency());
        (!alone.is_negative() && over(most, alone)).then_some(alone)
    });
    let words = match (largest, alone) {
        (None, _) => "nothing may be refunded here now".to_owned(),
        (Some(most), None) => format!("the most you may refund here is {most}"),
        // Above it somebody else has to agree.
        (Some(_), Some(alone)) => format!("the most you may refund here alone is {alone}"),
    };
    if largest.is_none() {
        // What is only not given yet is not what denies it: it is told last.
        looked.sort_by_key(|look| look.lacks.is_some());
    }
    for look in looked {
        match look.mark {
            // Nothing that could be given would help.
            Mark::Deny if largest.is_none() && look.lacks.is_some() => {
                (look.allowed, look.lacks) = (Some(words.clone()), None);
            }
            Mark::Deny if look.allowed.is_none() => look.allowed = Some(words.clone()),
            Mark::SecondPerson => look.allowed = alone.map(|_| words.clone()),
            Mark::Deny | Mark::Pass | Mark::Confirm => {}
        }
    }
}

#[cfg(test)]
#[path = "refund_tests.rs"]
mod tests;
