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
        (Some(amount), _) => amounts(looks, rules, amount, (proposal, facts)),
    }
    words(looks, rules, proposal);
    match &charge {
        Ok(charge) => the_charge(looks, rules, charge, amount, facts),
        Err(why) => looks.deny(CHARGE, why),
    }
    if let Some(amount) = amount {
        counted_today(looks, rules, amount, &facts.spent);
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

/// What the amount alone decides.
fn amounts(looks: &mut Looks, rules: &Rules, amount: Money, asked: (&Proposal, &Facts)) {
    let currency = amount.currency();
    let limit = |rule| rules.amount(rule, currency);
    match limit(Rule::RefundsMax) {
        None => looks.deny(CURRENCY, format!("{currency} has no limit of its own in refunds.max")),
        Some(_) if currency.exponent().is_none() => {
            looks.deny(CURRENCY, format!("the decimals of {currency} are not known"));
        }
        Some(max) => {
            looks.pass(CURRENCY, format!("{currency} can be refunded"));
            looks.check(Rule::RefundsMax, !over(amount, max), format!("{max} is the most one refund may be"));
        }
    }
    match limit(Rule::RefundsAutomatic) {
        Some(automatic) if !over(amount, automatic) => {
            looks.pass(Rule::RefundsAutomatic, format!("up to {automatic} one Enter is enough"));
        }
        Some(automatic) => {
            let says = format!("above {automatic} a refund must be confirmed");
            looks.add(Rule::RefundsAutomatic, Mark::Confirm, says);
        }
        None => {
            let says = format!("a refund in {currency} must be confirmed");
            looks.add(Rule::RefundsAutomatic, Mark::Confirm, says);
        }
    }
    if let Some(alone) = limit(Rule::RefundsSecondPerson) {
        let says = format!("above {alone} a second person must agree");
        if over(amount, alone) {
            common::second_person(looks, Rule::RefundsSecondPerson, says, asked);
        } else {
            looks.pass(Rule::RefundsSecondPerson, says);
        }
    }
}

/// What has to be said with it.
/// Blanks say nothing.
pub(super) fn given(text: Option<&str>) -> bool {
    text.is_some_and(|text| !text.trim().is_empty())
}

fn words(looks: &mut Looks, rules: &Rules, proposal: &Proposal) {
    if rules.word(Rule::RefundsReason) != Some("optional") {
        if given(proposal.terms.reason.as_deref()) {
            looks.pass(Rule::RefundsReason, "a reason is given");
        } else {
            looks.lack(Rule::RefundsReason, "a reason must be chosen", "reason");
        }
    }
    let Some(amount) = proposal.refunds() else { return };
    if let Some(without) = rules.amount(Rule::RefundsNoteAbove, amount.currency()) {
        if !over(amount, without) {
            looks.pass(Rule::RefundsNoteAbove, format!("up to {without} no note is needed"));
        } else if given(proposal.terms.note.as_deref()) {
            looks.pass(Rule::RefundsNoteAbove, "a note is given");
        } else {
            let says = format!("above {without} a note must be written");
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
        (true, _) => (Mark::Deny, "the charge is disputed: answer the dispute instead"),
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
fn counted_today(looks: &mut Looks, rules: &Rules, amount: Money, spent: &Fact<Spent>) {
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
        looks.check(SPENT, !over(amount, automatic), says);
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
    let mut most = left.min(rules.amount(Rule::RefundsMax, currency)?.minor());
    let caps = CAPS.map(|(rule, sums, _)| (sums, rules.amount(rule, currency)));
    if caps.iter().any(|(_, cap)| cap.is_some()) || rules.get(Rule::RefundsPerCustomer).is_some() {
        let Fact::Known(spent) = &facts.spent else { return None };
        for (sums, cap) in caps {
            let Some(cap) = cap else { continue };
            most = most.min(cap.minor().saturating_sub(counted(sums(spent), currency).minor()));
        }
        if spent.local_only {
            most = most.min(automatic(rules, currency).minor());
        }
    }
    (most > 0).then(|| Money::new(most, currency))
}

/// Puts beside each denial what would be allowed instead.
pub(super) fn say_what_is_allowed(looked: &mut [Looked], rules: &Rules, largest: Option<Money>) {
    let alone = largest.and_then(|most| {
        let alone = rules.amount(Rule::RefundsSecondPerson, most.currency())?;
        (!alone.is_negative() && over(most, alone)).then_some(alone)
    });
    let words = match (largest, alone) {
        (None, _) => "nothing may be refunded here now".to_owned(),
        (Some(most), None) => format!("the most you may refund here is {most}"),
        // Above it somebody else has to agree.
        (Some(_), Some(alone)) => format!("the most you may refund here alone is {alone}"),
    };
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
mod tests {
    use super::{
        super::{
            Decision, Outcome, decide,
            fixture::{self, NOW, currency, looked, policy, refund_facts, strictest, usd},
            largest_refund,
        },
        *,
    };
    use crate::actions::Subject;

    const SKETCH: &str = r#"
        refunds.max = { usd = "500.00" }
        refunds.automatic = { usd = "50.00" }
        refunds.second_person_above = { usd = "300.00" }
        refunds.note_above = { usd = "100.00" }
        refunds.max_age_days = 180
        refunds.daily_cap.per_agent = { usd = "2000.00" }
        refunds.daily_cap.per_customer = { usd = "600.00" }
    "#;

    fn decided(rules: &str, minor: i64, change: impl Fn(&mut Proposal, &mut Facts)) -> Decision {
        let (mut proposal, mut facts) = (fixture::refund(minor), refund_facts());
        change(&mut proposal, &mut facts);
        decide(&policy(rules), &proposal, &facts)
    }

    fn says(rules: &str, minor: i64, change: impl Fn(&mut Proposal, &mut Facts)) -> String {
        let (mut proposal, mut facts) = (fixture::refund(minor), refund_facts());
        change(&mut proposal, &mut facts);
        strictest(&policy(rules), &proposal, &facts)
    }

    fn spend(facts: &mut Facts, agent: i64, customer: i64) {
        let mut spent = Spent::default();
        spent.agent.add(usd(agent));
        spent.customer.add(usd(customer));
        facts.spent = Fact::Known(spent);
    }

    fn with_charge(facts: &mut Facts, alter: impl Fn(&mut Charge)) {
        let mut charge = fixture::charge();
        alter(&mut charge);
        facts.subject = Fact::Known(Subject::made(&charge));
    }

    #[test]
    fn each_threshold_is_part_of_the_smaller_side() {
        let outcome = |minor| decided(SKETCH, minor, |_, _| {}).outcome;
        assert_eq!(outcome(5_000), Outcome::Allow);
        assert_eq!(outcome(5_001), Outcome::Confirm(Confirm::TypeAmount(usd(5_001))));
        assert_eq!(outcome(30_000), Outcome::Confirm(Confirm::TypeAmount(usd(30_000))));
        assert_eq!(outcome(30_001), Outcome::SecondPerson);
        assert_eq!(outcome(50_000), Outcome::SecondPerson);
        assert_eq!(outcome(50_001), Outcome::Deny);
    }

    #[test]
    fn two_persons_are_two_names_that_may_both_do_it() {
        let rules = format!("{SKETCH}\nroles.helper.refunds.max.usd = \"310.00\"\nagents.kim = \"helper\"");
        let with = |other: &str, minor: i64| {
            decided(&rules, minor, |proposal, _| proposal.terms.second = Some(other.into()))
        };
        let two = with("lea", 40_000);
        assert_eq!(two.outcome, Outcome::Confirm(Confirm::TypeAmount(usd(40_000))));
        let says = &looked(&two, "refunds.second_person_above").says;
        assert_eq!(says, "above $300.00 a second person must agree: lea does");
        assert_eq!(looked(&two, "second_person").says, "lea may agree to it");
        for same in ["ben", " Ben", "assistant", "Assistant ", ""] {
            assert_ne!(
                with(same, 40_000).outcome,
                Outcome::Confirm(Confirm::TypeAmount(usd(40_000))),
                "{same}"
            );
        }
        assert_eq!(with("lea", 50_001).outcome, Outcome::Deny, "two lift no denial");
        assert_eq!(with("kim", 31_000).outcome, Outcome::Confirm(Confirm::TypeAmount(usd(31_000))));
        let kim = with("kim", 31_001);
        assert_eq!(kim.outcome, Outcome::Deny);
        let says = &looked(&kim, "second_person").says;
        assert_eq!(says, "kim may not agree to it: $310.00 is the most one refund may be (refunds.max)");
    }

    #[test]
    fn the_words_are_for_the_agent() {
        let decision = decided(SKETCH, 9_900, |_, facts| spend(facts, 31_200, 0));
        let says = |rule: &str| looked(&decision, rule).says.clone();
        assert_eq!(says("refunds.max"), "$500.00 is the most one refund may be");
        assert_eq!(says("refunds.automatic"), "above $50.00 a refund must be confirmed");
        assert_eq!(says("refunds.daily_cap.per_agent"), "you refunded today $312.00 → $411.00 of $2,000.00");
        assert_eq!(says("refunds.reason"), "a reason is given");
        assert_eq!(says("refunds.max_age_days"), "the payment is 1 day old; 180 days is the most");
    }

    #[test]
    fn rules_are_told_in_their_order() {
        let decision = decided(SKETCH, 9_900, |_, _| {});
        let told: Vec<_> = decision.rules.iter().map(|looked| looked.rule.as_str()).collect();
        assert_eq!(
            told,
            [
                "refunds.currency",
                "refunds.max",
                "refunds.automatic",
                "refunds.second_person_above",
                "refunds.reason",
                "refunds.note_above",
                "refunds.max_age_days",
                "refunds.disputed",
                "charge.left",
                "refunds.daily_cap.per_agent",
                "refunds.daily_cap.per_customer",
            ]
        );
    }

    #[test]
    fn a_denial_says_what_would_be_allowed() {
        let allowed = |minor, change: fn(&mut Proposal, &mut Facts)| {
            let decision = decided(SKETCH, minor, change);
            assert_eq!(decision.outcome, Outcome::Deny);
            let denied = decision.rules.into_iter().find(|looked| looked.mark == Mark::Deny).unwrap();
            format!("{}: {}", denied.rule, denied.allowed.unwrap())
        };
        assert_eq!(allowed(60_000, |_, _| {}), "refunds.max: the most you may refund here alone is $300.00");
        assert_eq!(
            allowed(20_000, |_, facts| spend(facts, 181_200, 0)),
            "refunds.daily_cap.per_agent: the most you may refund here is $188.00"
        );
        assert_eq!(
            allowed(1, |_, facts| spend(facts, 0, 60_000)),
            "refunds.daily_cap.per_customer: nothing may be refunded here now"
        );
        assert_eq!(
            allowed(20_000, |proposal, _| proposal.terms.note = None),
            "refunds.note_above: the same with a note"
        );
    }

    #[test]
    fn what_has_to_be_said_has_to_be_said() {
        let blank = |proposal: &mut Proposal, _: &mut Facts| proposal.terms.reason = Some("  ".into());
        assert_eq!(says(SKETCH, 100, blank), "Deny refunds.reason: a reason must be chosen");
        let none = |proposal: &mut Proposal, _: &mut Facts| proposal.terms.note = None;
        assert_eq!(
            says(SKETCH, 10_001, none),
            "Deny refunds.note_above: above $100.00 a note must be written"
        );
        assert!(says(SKETCH, 10_000, none).starts_with("Confirm"));
        let optional = format!("{SKETCH}\nrefunds.reason = \"optional\"");
        assert!(says(&optional, 100, blank).starts_with("Pass"));
    }

    #[test]
    fn a_currency_without_a_limit_of_its_own_is_denied() {
        let rules = "refunds.max = { eur = \"500.00\" }";
        assert_eq!(
            says(rules, 100, |_, _| {}),
            "Deny refunds.currency: USD has no limit of its own in refunds.max"
        );
        assert!(says("", 100, |_, _| {}).contains("refunds.currency"));
        let unknown = |proposal: &mut Proposal, facts: &mut Facts| {
            proposal.amount = Some(Money::new(100, currency("zzz")));
            with_charge(facts, |charge| charge.currency = currency("zzz"));
        };
        assert!(says(SKETCH, 100, unknown).contains("ZZZ has no limit"));
        let other = |proposal: &mut Proposal, _: &mut Facts| {
            proposal.amount = Some(Money::new(100, currency("eur")));
        };
        assert!(says(SKETCH, 100, other).contains("the charge is in USD, the refund in EUR"));
    }

    #[test]
    fn the_charge_decides_too() {
        let old = |_: &mut Proposal, facts: &mut Facts| facts.now = NOW.plus(180 * DAY_S);
        assert!(says(SKETCH, 100, old).contains("the payment is 181 days old; 180 days is the most"));
        let edge = |_: &mut Proposal, facts: &mut Facts| facts.now = NOW.plus(179 * DAY_S);
        assert!(says(SKETCH, 100, edge).starts_with("Pass"));
        let disputed =
            |_: &mut Proposal, facts: &mut Facts| with_charge(facts, |charge| charge.disputed = true);
        assert!(says(SKETCH, 100, disputed).starts_with("Deny refunds.disputed"));
        let confirm = format!("{SKETCH}\nrefunds.disputed = \"confirm\"");
        assert!(says(&confirm, 100, disputed).starts_with("Confirm refunds.disputed"));
        let left = |_: &mut Proposal, facts: &mut Facts| {
            with_charge(facts, |charge| charge.amount_refunded = 99_901);
        };
        assert_eq!(says(SKETCH, 100, left), "Deny charge.left: $0.99 of the charge is left to refund");
    }

    #[test]
    fn only_a_part_means_never_the_rest() {
        let rules = r#"refunds.max = { usd = "5000.00" }
            refunds.partial_only = true"#;
        assert!(says(rules, 100_000, |_, _| {}).starts_with("Deny refunds.partial_only"));
        assert!(says(rules, 99_999, |_, _| {}).starts_with("Confirm"));
    }

    #[test]
    fn what_is_not_known_is_denied_by_name() {
        let unread = |_: &mut Proposal, facts: &mut Facts| facts.subject = Fact::Unknown("timed out".into());
        assert_eq!(says(SKETCH, 100, unread), "Deny facts.charge: the charge could not be read: timed out");
        let other = |_: &mut Proposal, facts: &mut Facts| {
            with_charge(facts, |charge| charge.id = crate::model::ChargeId::parse("ch_2").unwrap());
        };
        assert_eq!(says(SKETCH, 100, other), "Deny facts.charge: ch_2 was read, and not ch_1");
        let kind = |_: &mut Proposal, facts: &mut Facts| {
            facts.subject = Fact::Known(super::super::fixture::subscription());
        };
        assert!(says(SKETCH, 100, kind).contains("sub_123456 was read, and not ch_1"));
        let spent = |_: &mut Proposal, facts: &mut Facts| facts.spent = Fact::Unknown("offline".into());
        assert_eq!(
            says(SKETCH, 100, spent),
            "Deny facts.spent: what was refunded before is not known: offline"
        );
        assert_eq!(
            largest_refund(&policy(SKETCH), &fixture::refund(100), &{
                let mut facts = refund_facts();
                facts.spent = Fact::Unknown("offline".into());
                facts
            }),
            None
        );
    }

    #[test]
    fn without_stripe_only_small_refunds_go_on() {
        let local = |_: &mut Proposal, facts: &mut Facts| {
            facts.spent = Fact::Known(Spent { local_only: true, ..Spent::default() });
        };
        assert!(says(SKETCH, 5_000, local).starts_with("Pass"));
        assert!(says(SKETCH, 5_001, local).starts_with("Deny facts.spent"));
    }

    #[test]
    fn no_amount_and_nothing_are_no_refunds() {
        for amount in [None, Some(usd(0)), Some(usd(-5)), Some(usd(i64::MIN))] {
            let says = says(SKETCH, 100, |proposal, _| proposal.amount = amount);
            assert!(says.starts_with("Deny refunds.amount"), "{says}");
        }
    }

    #[test]
    fn sums_neither_wrap_nor_make_room() {
        let full = |_: &mut Proposal, facts: &mut Facts| spend(facts, i64::MAX, 0);
        assert!(says(SKETCH, 100, full).starts_with("Deny refunds.daily_cap.per_agent"));
        let mut facts = refund_facts();
        spend(&mut facts, i64::MIN, -1);
        assert_eq!(largest_refund(&policy(SKETCH), &fixture::refund(1), &facts), Some(usd(50_000)));
    }

    #[test]
    fn a_role_may_be_without_refunds() {
        let rules = format!("default_role = \"viewer\"\n{SKETCH}\n[roles.viewer]\nrefunds.allowed = false");
        assert_eq!(says(&rules, 100, |_, _| {}), "Deny refunds.allowed: the role viewer may not refund");
    }
}
