//! Rules of ending a subscription and of taking that back.
//!
//! `subscriptions.cancel` lists the ways that are allowed, each by itself: `period_end`, `date`, `now`; one implies none
//! of the others. Who may end a subscription in some way may also take an ending back.
//!
//! `subscriptions.proration` says how much may be given back for days already paid when it ends before its time: `none` is
//! always allowed, since it gives nothing; `create_prorations` and `always_invoice` allow themselves; `choose` allows all.

use super::{
    Confirm, Facts, Mark,
    common::{self, Looks},
    rules::{Rule, Rules},
};
use crate::{
    actions::{CREDITS, CancelWhen, Effect, Proposal},
    model::Subscription,
};

const SUBSCRIPTION: &str = "facts.subscription";

pub(super) fn look(looks: &mut Looks, rules: &Rules, proposal: &Proposal, facts: &Facts) -> Confirm {
    let undo = proposal.effect == Effect::Write && proposal.terms.cancel.is_none();
    match rules.words(Rule::SubscriptionsCancel).unwrap_or_default() {
        [] => looks.deny_but(
            Rule::SubscriptionsCancel,
            format!("the role {} may not end subscriptions", rules.role),
            "nothing: ask somebody who may",
        ),
        _ if undo => {
            let says = "who may end a subscription may take that back";
            looks.add(Rule::SubscriptionsCancel, Mark::Confirm, says);
        }
        ways => way(looks, ways, proposal.terms.cancel),
    }
    if !undo {
        proration(looks, rules, proposal);
    }
    if let Err(why) = common::subject::<Subscription>(facts, &proposal.target) {
        looks.deny(SUBSCRIPTION, why);
    }
    if undo { Confirm::Plain } else { Confirm::TypeName(common::confirm_word(proposal)) }
}

fn way(looks: &mut Looks, ways: &[String], when: Option<CancelWhen>) {
    let (word, says) = match when {
        Some(CancelWhen::PeriodEnd) => ("period_end", "at period end"),
        Some(CancelWhen::Now) => ("now", "now"),
        Some(CancelWhen::On(_)) => ("date", "on a date"),
        None => {
            looks.deny(Rule::SubscriptionsCancel, "the proposal does not say when the subscription ends");
            return;
        }
    };
    if ways.iter().any(|way| way == word) {
        looks.add(
            Rule::SubscriptionsCancel,
            Mark::Confirm,
            format!("a subscription may be ended {says}, and that must be confirmed"),
        );
    } else {
        let allowed = format!("it may be ended {}", ways_words(ways));
        looks.deny_but(Rule::SubscriptionsCancel, format!("a subscription may not be ended {says}"), allowed);
    }
}

fn ways_words(ways: &[String]) -> String {
    let words: Vec<_> = ways
        .iter()
        .map(|way| match way.as_str() {
            "period_end" => "at period end",
            "date" => "on a date",
            other => other,
        })
        .collect();
    words.join(" or ")
}

fn proration(looks: &mut Looks, rules: &Rules, proposal: &Proposal) {
    let rule = Rule::SubscriptionsProration;
    let allowed = rules.word(rule).unwrap_or("none");
    match (proposal.terms.cancel, proposal.terms.proration.as_deref()) {
        (Some(CancelWhen::PeriodEnd), None) => looks.pass(rule, "nothing is prorated at period end"),
        (_, None) => looks.deny(rule, "the proposal does not say what happens to days already paid"),
        (_, Some("none")) => looks.pass(rule, "no credit is given for days already paid"),
        (_, Some(asked @ ("create_prorations" | "always_invoice"))) => {
            let fine = allowed == "choose" || allowed == asked;
            let says = format!("credit for days already paid: {} allowed", proration_words(allowed));
            if fine {
                looks.pass(rule, says);
            } else {
                let one = |value| format!("{} (proration={value})", common::said(CREDITS, value));
                let instead = match allowed {
                    "none" => one("none"),
                    _ => format!("{}, or {}", one("none"), one(allowed)),
                };
                looks.deny_but(rule, says, instead);
            }
        }
        (_, Some(other)) => {
            let says = format!("`{}` is no proration that is known", crate::text::clean(other));
            looks.deny_but(rule, says, "no credit (proration=none)");
        }
    }
}

fn proration_words(allowed: &str) -> String {
    match allowed {
        "none" => "none is".into(),
        "choose" => "any is".into(),
        other => format!("only {} or none is", common::called(CREDITS, other)),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            Decision, Fact, Outcome, decide,
            fixture::{self, cancel, facts, keep, policy, strictest, subscription},
        },
        *,
    };

    const RULES: &str = r#"subscriptions.cancel = ["period_end", "now"]
        subscriptions.proration = "create_prorations""#;

    fn says(rules: &str, args: &[(&str, &str)]) -> String {
        strictest(&policy(rules), &cancel(args), &facts(subscription()))
    }

    fn decided(proposal: &Proposal) -> Decision {
        decide(&policy(RULES), proposal, &facts(subscription()))
    }

    #[test]
    fn each_way_stands_for_itself() {
        let now = [("when", "now")];
        let date = [("when", "date"), ("on", "in 10d")];
        assert!(says(RULES, &[]).starts_with("Confirm subscriptions.cancel"));
        assert!(says(RULES, &now).starts_with("Confirm"));
        assert_eq!(
            says(RULES, &date),
            "Deny subscriptions.cancel: a subscription may not be ended on a date"
        );
        assert!(says("subscriptions.cancel = [\"now\"]", &[]).starts_with("Deny"));
        assert!(says("subscriptions.cancel = true", &date).starts_with("Confirm"));
        for none in ["subscriptions.cancel = false", ""] {
            assert!(says(none, &now).starts_with("Deny subscriptions.cancel: the role agent may not end"));
        }
    }

    #[test]
    fn a_denial_says_which_ways_are_left() {
        let decision = decided(&cancel(&[("when", "date"), ("on", "in 10d")]));
        let allowed = fixture::looked(&decision, "subscriptions.cancel").allowed.clone();
        assert_eq!(allowed.as_deref(), Some("it may be ended at period end or now"));
    }

    #[test]
    fn credit_is_what_the_policy_says_or_none() {
        let asks = |setting: &str, asked: &str| {
            let rules = format!("subscriptions.cancel = true\n{setting}");
            says(&rules, &[("when", "now"), ("proration", asked)]).starts_with("Confirm")
        };
        let set = |word: &str| format!("subscriptions.proration = \"{word}\"");
        for setting in ["", "none", "create_prorations", "always_invoice", "choose"] {
            let line = if setting.is_empty() { String::new() } else { set(setting) };
            assert!(asks(&line, "none"), "{setting}");
            for asked in ["create_prorations", "always_invoice"] {
                assert_eq!(asks(&line, asked), setting == asked || setting == "choose", "{setting} {asked}");
            }
        }
        let mut unsaid = cancel(&[("when", "now")]);
        unsaid.terms.proration = None;
        assert_eq!(decided(&unsaid).outcome, Outcome::Deny);
        unsaid.terms.proration = Some("whatever".into());
        assert_eq!(decided(&unsaid).outcome, Outcome::Deny);
    }

    #[test]
    fn a_denied_credit_says_in_words_what_is_allowed() {
        let told = |setting: &str| {
            let rules =
                policy(&format!("subscriptions.cancel = true\nsubscriptions.proration = \"{setting}\""));
            let asked = cancel(&[("when", "now"), ("proration", "always_invoice")]);
            let decision = decide(&rules, &asked, &facts(subscription()));
            let rule = fixture::looked(&decision, "subscriptions.proration");
            (rule.says.clone(), rule.allowed.clone().unwrap_or_default())
        };
        let said = |says: &str, allowed: &str| (says.to_owned(), allowed.to_owned());
        assert_eq!(
            told("none"),
            said("credit for days already paid: none is allowed", "no credit (proration=none)")
        );
        assert_eq!(
            told("create_prorations"),
            said(
                "credit for days already paid: only credit on a next invoice (create_prorations) or none is allowed",
                "no credit (proration=none), or credit on a next invoice (proration=create_prorations)"
            )
        );
    }

    #[test]
    fn the_name_is_typed_or_the_end_of_the_id() {
        let name = |word: Option<&str>| {
            let mut proposal = cancel(&[]);
            proposal.terms.confirm_word = word.map(Into::into);
            decided(&proposal).outcome
        };
        assert_eq!(name(Some(" Pro plan ")), Outcome::Confirm(Confirm::TypeName("Pro plan".into())));
        for none in [None, Some(" ")] {
            assert_eq!(name(none), Outcome::Confirm(Confirm::TypeName("3456".into())));
        }
    }

    #[test]
    fn taking_it_back_is_a_plain_confirm() {
        assert_eq!(decided(&keep()).outcome, Outcome::Confirm(Confirm::Plain));
        let rules = policy("subscriptions.cancel = false");
        assert_eq!(decide(&rules, &keep(), &facts(subscription())).outcome, Outcome::Deny);
    }

    #[test]
    fn what_was_not_read_or_not_said_is_denied() {
        let mut unread = facts(subscription());
        unread.subject = Fact::Unknown("timed out".into());
        assert!(strictest(&policy(RULES), &cancel(&[]), &unread).contains("could not be read: timed out"));
        assert!(
            strictest(&policy(RULES), &cancel(&[]), &fixture::refund_facts())
                .contains("ch_1 was read, and not sub_123456")
        );
        let mut unsaid = cancel(&[]);
        unsaid.terms.cancel = None;
        assert_eq!(decided(&unsaid).outcome, Outcome::Deny);
    }
}
