//! What the tests of this room share: a charge, a subscription, proposals as the catalogue builds them, and facts.

use jiff::tz::TimeZone;

use super::{Decision, Fact, Facts, Looked, Policy, Spent, decide};
use crate::{
    actions::{self, Args, Moment, Proposal, Subject},
    model::{
        Charge, ChargeId, ChargeStatus, CustomerId, Link, Subscription, SubscriptionId, SubscriptionStatus,
    },
    money::{Currency, Money},
    time::{DAY_S, Unix},
};

/// 2026-11-23T12:00:00Z, a Monday.
pub(super) const NOW: Unix = Unix(1_795_435_200);

pub(super) fn policy(rules: &str) -> Policy {
    Policy::parse(&format!("version = 1\n{rules}"), "policy.toml").unwrap()
}

pub(super) fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

pub(super) fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

/// $1,000.00, paid a day ago.
pub(super) fn charge() -> Charge {
    Charge {
        id: ChargeId::parse("ch_1").unwrap(),
        amount: 100_000,
        amount_captured: 100_000,
        captured: true,
        paid: true,
        currency: Currency::USD,
        status: ChargeStatus::Succeeded,
        created: NOW.plus(-DAY_S),
        customer: Some(Link::Id(CustomerId::parse("cus_1").unwrap())),
        ..Charge::default()
    }
}

pub(super) fn facts(subject: Subject) -> Facts {
    Facts {
        now: NOW,
        zone: TimeZone::UTC,
        live: false,
        read_only: None,
        agent: "ben".into(),
        subject: Fact::Known(subject),
        spent: Fact::Known(Spent::default().of_nobody()),
    }
}

pub(super) fn refund_facts() -> Facts {
    facts(Subject::made(&charge()))
}

pub(super) fn build(action: &str, subject: &Subject, args: &Args) -> Proposal {
    let moment = Moment { now: NOW, zone: TimeZone::UTC };
    actions::find(action).unwrap().propose(args, subject, &moment).unwrap()
}

/// A refund of the charge, with a reason and a note.
pub(super) fn refund(minor: i64) -> Proposal {
    let args = Args::default()
        .with("charge", "ch_1")
        .with("amount", usd(minor).plain())
        .with("reason", "duplicate")
        .with("note", "billed twice");
    build("refund_charge", &Subject::made(&charge()), &args)
}

pub(super) fn subscription() -> Subject {
    Subject::made(&Subscription {
        id: SubscriptionId::parse("sub_123456").unwrap(),
        status: SubscriptionStatus::Active,
        cancel_at: Some(NOW.plus(DAY_S)),
        ..Subscription::default()
    })
}

pub(super) fn cancel(args: &[(&str, &str)]) -> Proposal {
    let all = Args::default().with("subscription", "sub_123456");
    let args = args.iter().fold(all, |all, (name, value)| all.with(name, *value));
    build("cancel_subscription", &subscription(), &args)
}

pub(super) fn keep() -> Proposal {
    build("undo_cancellation", &subscription(), &Args::default().with("subscription", "sub_123456"))
}

pub(super) fn looked<'d>(decision: &'d Decision, rule: &str) -> &'d Looked {
    decision
        .rules
        .iter()
        .find(|looked| looked.rule == rule)
        .unwrap_or_else(|| panic!("{rule} was not looked at: {:?}", decision.rules))
}

/// `Deny refunds.max: $500.00 is the most one refund may be`: the strictest rules that were looked at.
pub(super) fn strictest(policy: &Policy, proposal: &Proposal, facts: &Facts) -> String {
    let decision = decide(policy, proposal, facts);
    let mark = decision.rules.iter().map(|looked| looked.mark).max().unwrap();
    let words = decision.rules.iter().filter(|looked| looked.mark == mark);
    let words: Vec<_> = words.map(|looked| format!("{}: {}", looked.rule, looked.says)).collect();
    format!("{mark:?} {}", words.join("; "))
}
