//! What each rule was given to decide on, in words: it stands beside the verdict, so that a decision can be followed later.

use super::{Fact, Facts, refund, rules::Rule};
use crate::{
    actions::{CancelWhen, PlanMove, Proposal},
    money::Money,
    time::Unix,
};

/// Of the rule of this name; empty where there is nothing to tell, as of a file that does not load.
pub(super) fn of(rule: &str, proposal: &Proposal, facts: &Facts) -> String {
    Rule::find(rule).map_or_else(|| built_in(rule, proposal, facts), |rule| of_rule(rule, proposal, facts))
}

fn built_in(rule: &str, proposal: &Proposal, facts: &Facts) -> String {
    match rule {
        refund::AMOUNT | refund::CURRENCY | refund::SPENT => money(proposal.refunds()),
        refund::LEFT => of_what_is_left(proposal, facts),
        "reads" | "actions" | "actions.final" => crate::text::clean(&proposal.action),
        "agents" => crate::text::clean(&facts.agent),
        _ => String::new(),
    }
}

fn of_rule(rule: Rule, proposal: &Proposal, facts: &Facts) -> String {
    let terms = &proposal.terms;
    match rule {
        Rule::RefundsMax | Rule::RefundsAutomatic | Rule::RefundsSecondPerson => money(proposal.refunds()),
        Rule::RefundsReason => word(terms.reason.as_deref(), "no reason"),
        Rule::RefundsNoteAbove => {
            let with = terms.note.as_deref().is_some_and(|note| !note.trim().is_empty());
            format!("{}, {} a note", money(proposal.refunds()), if with { "with" } else { "without" })
        }
        Rule::RefundsMaxAge => refund::charge(proposal, facts)
            .map_or_else(unread, |charge| format!("paid on {}", charge.created.date(&facts.zone))),
        Rule::RefundsDisputed => refund::charge(proposal, facts).map_or_else(unread, |charge| {
            if charge.disputed { "disputed" } else { "not disputed" }.to_owned()
        }),
        Rule::RefundsPartialOnly => of_what_is_left(proposal, facts),
        Rule::CapAgent | Rule::CapTeam | Rule::CapCustomer => today(rule, proposal, facts),
        Rule::RefundsPerCustomer => often(facts),
        Rule::SubscriptionsCancel => when(terms.cancel, facts),
        Rule::SubscriptionsProration => word(terms.proration.as_deref(), "not said"),
        Rule::SubscriptionsChangePlan => plan(terms.plan).to_owned(),
        Rule::SubscriptionsMaxTrial => {
            let until = |at: Unix| format!("until {}", at.date(&facts.zone));
            let paid = terms.paid_until.map(|paid| format!(", paid {}", until(paid))).unwrap_or_default();
            terms.free_until.map_or_else(|| "no end".to_owned(), |end| format!("{}{paid}", until(end)))
        }
        Rule::SubscriptionsMaxDiscount => discount(proposal),
        Rule::CustomersMaxCredit => money(terms.credit.or(proposal.amount)),
        Rule::InvoicesMaxWriteOff => money(terms.write_off),
        Rule::InvoicesMaxItem => money(proposal.amount),
        Rule::HoursDays => now(facts, "%A"),
        Rule::HoursFrom | Rule::HoursTo => now(facts, "%H:%M"),
        Rule::ModesLive | Rule::ModesTest => if facts.live { "live" } else { "test" }.to_owned(),
        Rule::RefundsAllowed
        | Rule::SubscriptionsPause
        | Rule::CustomersUpdateEmail
        | Rule::CustomersUpdatePaymentMethod
        | Rule::CustomersViewInvoices
        | Rule::CustomersPortalLinks
        | Rule::InvoicesChange
        | Rule::PaymentsEdit
        | Rule::PaymentsCancelHeld
        | Rule::PaymentsCaptureHeld
        | Rule::DisputesStage
        | Rule::DisputesSubmit
        | Rule::DisputesAccept
        | Rule::AssistantActions
        | Rule::AssistantWaitHours
        | Rule::KeysMaxAge
        | Rule::CustomersNotes => crate::text::clean(&proposal.action),
    }
}

fn money(amount: Option<Money>) -> String {
    amount.map_or_else(|| "no amount".to_owned(), |amount| amount.to_string())
}

fn word(word: Option<&str>, none: &str) -> String {
    word.map(str::trim).filter(|word| !word.is_empty()).map_or_else(|| none.to_owned(), crate::text::clean)
}

fn unread(_why: String) -> String {
    "not read".into()
}

fn of_what_is_left(proposal: &Proposal, facts: &Facts) -> String {
    let asked = money(proposal.refunds());
    refund::charge(proposal, facts)
        .map_or_else(unread, |charge| format!("{asked} of {} that is left", charge.left_to_refund()))
}

fn today(rule: Rule, proposal: &Proposal, facts: &Facts) -> String {
    let (Some(amount), Fact::Known(spent)) = (proposal.refunds(), &facts.spent) else {
        return "not known".into();
    };
    let Some((_, sums, _)) = refund::CAPS.iter().find(|(cap, ..)| *cap == rule) else { return String::new() };
    let whence = if spent.local_only { "this machine's count" } else { "Stripe's list" };
    format!("{} today by {whence}, and {amount}", sums(spent).of(amount.currency()))
}

fn often(facts: &Facts) -> String {
    match &facts.spent {
        Fact::Known(spent) => spent
            .times
            .map_or_else(|| "not counted".to_owned(), |times| format!("{} before this one", times.count)),
        Fact::Unknown(_) => "not known".into(),
    }
}

fn when(cancel: Option<CancelWhen>, facts: &Facts) -> String {
    match cancel {
        Some(CancelWhen::PeriodEnd) => "at period end".into(),
        Some(CancelWhen::Now) => "now".into(),
        Some(CancelWhen::On(day)) => format!("on {}", day.date(&facts.zone)),
        None => "not said".into(),
    }
}

fn plan(moves: Option<PlanMove>) -> &'static str {
    match moves {
        Some(PlanMove::Up) => "up in price",
        Some(PlanMove::Down) => "down in price",
        Some(PlanMove::Level) => "level in price",
        Some(PlanMove::Unknown) => "a price that cannot be compared",
        None => "no other plan",
    }
}

fn discount(proposal: &Proposal) -> String {
    let Some(off) = proposal.terms.off else { return "a discount that is taken away".into() };
    let percent = off
        .hundredths
        .map_or_else(|| "an unknown part".to_owned(), |off| format!("{} %", super::discount::plain(off)));
    let months = off.months.map_or_else(|| "for ever".to_owned(), |months| format!("for {months} months"));
    format!("{percent} {months}")
}

fn now(facts: &Facts, format: &str) -> String {
    facts.now.zoned(&facts.zone).strftime(format).to_string()
}
