//! `[[example]]`: decisions that the file promises, in words that are checked when it loads and run by `policy test`.

use serde::{Deserialize, Serialize};

use super::{
    Decision, Fact, Facts, Mark, Outcome, Spent, Times, decide::decide_by, file::Policy, role::NO_ROLE,
};
use crate::{
    actions::{self, Args, Gate, Moment, Proposal, Subject},
    model::{Charge, ChargeId, ChargeStatus, Subscription, SubscriptionId, SubscriptionStatus},
    money::{Currency, Money},
    text::nearest,
    time::{DAY_S, Unix},
};

/// Seconds since 1970: a Monday noon, so that hours and days of the week rarely stand in the way of what is tested.
const NOW: Unix = Unix(1_795_435_200);
/// Minor units of the example's charge, where `left` does not say otherwise.
const LEFT: i64 = 99_999_999;

/// One example of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    pub case: Case,
    pub expect: Expect,
    pub line: u32,
}

/// `refund_charge amount=600.00 currency=usd role=agent`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    pub text: String,
    action: String,
    words: Vec<(String, String)>,
}

/// `deny refunds.max`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expect {
    pub outcome: String,
    /// The rule that must have asked for it.
    pub rule: Option<String>,
}

/// How an example went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    pub line: u32,
    pub case: String,
    pub passed: bool,
    /// What was decided, or why the case cannot be decided: "deny refunds.max".
    pub got: String,
    pub expected: String,
}

const REFUND_WORDS: &[&str] = &[
    "amount",
    "currency",
    "role",
    "agent",
    "live",
    "reason",
    "note",
    "age_days",
    "disputed",
    "left",
    "spent_agent",
    "spent_team",
    "spent_customer",
    "times",
];
const CANCEL_WORDS: &[&str] = &["role", "agent", "live", "when", "proration"];
const OUTCOMES: &[&str] = &["allow", "confirm", "second_person", "deny"];

impl Case {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = text.split_whitespace();
        let action =
            parts.next().ok_or("the case is empty: write refund_charge amount=600.00 currency=usd")?;
        let known = match actions::find(action).map(|action| action.gate) {
            Some(Gate::Refund) if action == "refund_charge" => REFUND_WORDS,
            Some(Gate::Cancel) if action == "cancel_subscription" => CANCEL_WORDS,
            _ => {
                return Err(format!("`{action}` cannot be tried: refund_charge and cancel_subscription can"));
            }
        };
        let mut words = Vec::new();
        for part in parts {
            let (name, value) = part.split_once('=').ok_or_else(|| format!("`{part}` is no name=value"))?;
            if !known.contains(&name) {
                let near = nearest(name, known.iter().copied());
                let near = near.map_or_else(String::new, |near| format!(": did you mean `{near}`?"));
                return Err(format!("`{name}` is not known in a case of {action}{near}"));
            }
            words.push((name.to_owned(), value.to_owned()));
        }
        let case = Self { text: text.to_owned(), action: action.to_owned(), words };
        case.proposal().map(|_| case.clone())
    }

    fn word(&self, name: &str) -> Option<&str> {
        self.words.iter().find(|(word, _)| word == name).map(|(_, value)| value.as_str())
    }

    fn number(&self, name: &str) -> Result<Option<i64>, String> {
        let parse = |text: &str| {
            text.parse()
                .ok()
                .filter(|number: &i64| *number >= 0)
                .ok_or_else(|| format!("`{text}` is no number"))
        };
        self.word(name).map(parse).transpose()
    }

    fn flag(&self, name: &str) -> Result<bool, String> {
        match self.word(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(format!("`{name}={other}`: write true or false")),
        }
    }

    fn money(&self, name: &str) -> Result<Option<Money>, String> {
        let currency = self.currency()?;
        self.word(name)
            .map(|text| Money::parse(text, currency).map_err(|error| format!("{name}: {error}")))
            .transpose()
    }

    fn currency(&self) -> Result<Currency, String> {
        let code = self.word("currency").unwrap_or("usd");
        Currency::parse(code)
            .filter(|currency| currency.exponent().is_some())
            .ok_or_else(|| format!("`{code}` is not a currency that paydesk knows"))
    }

    /// The proposal as the catalogue builds it, and the facts it is decided on.
    fn proposal(&self) -> Result<(Proposal, Facts), String> {
        let zone = jiff::tz::TimeZone::UTC;
        let refund = self.action == "refund_charge";
        let (subject, args) = if refund { self.refund()? } else { self.cancel() };
        let action = actions::find(&self.action).ok_or("there is no such action")?;
        let moment = Moment { now: NOW, zone: zone.clone() };
        let proposal = action.propose(&args, &subject, &moment).map_err(|error| error.to_string())?;
        let mut spent = Spent::default().of_nobody();
        if refund {
            let times = self.number("times")?.unwrap_or(0);
            spent.times = Some(Times { count: u32::try_from(times).unwrap_or(u32::MAX), ..Times::NONE });
            for (name, sums) in [
                ("spent_agent", &mut spent.agent),
                ("spent_team", &mut spent.team),
                ("spent_customer", &mut spent.customer),
            ] {
                if let Some(amount) = self.money(name)? {
                    sums.add(amount);
                }
            }
        }
        let facts = Facts {
            now: NOW,
            zone,
            live: self.flag("live")?,
            read_only: None,
            agent: self.word("agent").unwrap_or_default().to_owned(),
            subject: Fact::Known(subject),
            spent: Fact::Known(spent),
        };
        Ok((proposal, facts))
    }

    fn refund(&self) -> Result<(Subject, Args), String> {
        let currency = self.currency()?;
        let left = self.money("left")?.map_or(LEFT, Money::minor);
        let charge = Charge {
            id: ChargeId::from("ch_example".to_owned()),
            amount: left,
            amount_captured: left,
            captured: true,
            paid: true,
            currency,
            disputed: self.flag("disputed")?,
            status: ChargeStatus::Succeeded,
            created: NOW.plus(self.number("age_days")?.unwrap_or(0).saturating_mul(DAY_S).saturating_neg()),
            ..Charge::default()
        };
        let mut args = Args::default()
            .with("charge", "ch_example")
            .with("amount", self.word("amount").unwrap_or_default())
            .with("reason", self.word("reason").unwrap_or("requested_by_customer"))
            .with("note", self.word("note").unwrap_or("an example"));
        // `reason=none` and `note=none` try what happens without.
        args.0.retain(|name, value| !(["reason", "note"].contains(&name.as_str()) && value == "none"));
        Ok((Subject::made(&charge), args))
    }

    fn cancel(&self) -> (Subject, Args) {
        let subscription = Subscription {
            id: SubscriptionId::from("sub_example".to_owned()),
            status: SubscriptionStatus::Active,
            ..Subscription::default()
        };
        let when = self.word("when").unwrap_or("period_end");
        let mut args = Args::default().with("subscription", "sub_example").with("when", when);
        if when == "date" {
            args.set("on", "in 10d");
        }
        if let Some(proration) = self.word("proration") {
            args.set("proration", proration);
        }
        (Subject::made(&subscription), args)
    }

    fn decide(&self, policy: &Policy) -> Result<Decision, String> {
        let (proposal, facts) = self.proposal()?;
        let rules = match self.word("role") {
            Some(role) if !policy.roles().any(|known| known == role) => {
                return Err(format!("there is no role `{role}`"));
            }
            Some(role) => policy.effective_role(role),
            None if self.word("agent").is_none() && policy.role_of("") != NO_ROLE => {
                policy.effective_role(policy.role_of(""))
            }
            None => policy.effective(&facts.agent),
        };
        Ok(decide_by(&rules, policy.hash(), &proposal, &facts))
    }
}

impl Expect {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let outcome = words.next().unwrap_or_default();
        if !OUTCOMES.contains(&outcome) {
            return Err(format!("`{outcome}` is none of {}", OUTCOMES.join(", ")));
        }
        let rule = words.next().map(str::to_owned);
        if words.next().is_some() {
            return Err("only an outcome and one rule are expected: deny refunds.max".into());
        }
        Ok(Self { outcome: outcome.to_owned(), rule })
    }

    fn is_met_by(&self, decision: &Decision) -> bool {
        let (outcome, mark) = outcome(decision);
        let rule = self.rule.as_ref().is_none_or(|rule| {
            decision.rules.iter().any(|looked| looked.mark == mark && looked.rule == *rule)
        });
        outcome == self.outcome && rule
    }
}

fn outcome(decision: &Decision) -> (&'static str, Mark) {
    match decision.outcome {
        Outcome::Allow => ("allow", Mark::Pass),
        Outcome::Confirm(_) => ("confirm", Mark::Confirm),
        Outcome::SecondPerson => ("second_person", Mark::SecondPerson),
        Outcome::Deny => ("deny", Mark::Deny),
    }
}

/// Runs every example of the file, in its order.
pub fn run_examples(policy: &Policy) -> Vec<Ran> {
    let run = |example: &Example| {
        let expected = [Some(example.expect.outcome.clone()), example.expect.rule.clone()];
        let expected = expected.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let (passed, got) = match example.case.decide(policy) {
            Err(why) => (false, why),
            Ok(decision) => {
                let (word, mark) = outcome(&decision);
                let asked = decision.rules.iter().filter(|looked| looked.mark == mark && mark != Mark::Pass);
                let words: Vec<_> =
                    std::iter::once(word).chain(asked.map(|looked| looked.rule.as_str())).collect();
                (example.expect.is_met_by(&decision), words.join(" "))
            }
        };
        Ran { line: example.line, case: example.case.text.clone(), passed, got, expected }
    };
    policy.examples().iter().map(run).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::fixture::policy, *};

    fn runs(rules: &str, case: &str, expect: &str) -> Ran {
        let text = format!("{rules}\n[[example]]\ncase = \"{case}\"\nexpect = \"{expect}\"");
        run_examples(&policy(&text)).remove(0)
    }

    #[test]
    fn the_built_in_examples_hold() {
        let ran = run_examples(&Policy::builtin());
        assert!(ran.len() >= 7);
        for ran in ran {
            assert!(ran.passed, "line {}: {} gave {}, not {}", ran.line, ran.case, ran.got, ran.expected);
        }
    }

    #[test]
    fn a_broken_promise_is_told_with_what_came() {
        let rules = "refunds.max = { usd = \"10.00\" }";
        let ran = runs(rules, "refund_charge amount=11.00", "allow");
        assert!(!ran.passed);
        assert_eq!((ran.got.as_str(), ran.line), ("deny refunds.max", 4));
        assert!(runs(rules, "refund_charge amount=9.00 note=none", "confirm refunds.automatic").passed);
        assert!(!runs(rules, "refund_charge amount=11.00", "deny refunds.reason").passed);
        assert!(
            runs(rules, "refund_charge amount=11.00 role=nobody", "allow").got.contains("no role `nobody`")
        );
    }

    #[test]
    fn the_facts_of_a_case_count() {
        let rules = "refunds.max = { usd = \"500.00\" }\nrefunds.max_age_days = 30\nmodes.live = false
            refunds.max_per_customer = { count = 3, days = 30 }";
        for (case, rule) in [
            ("age_days=31", "refunds.max_age_days"),
            ("disputed=true", "refunds.disputed"),
            ("reason=none", "refunds.reason"),
            ("live=true", "modes.live"),
            ("times=3", "refunds.max_per_customer"),
        ] {
            let ran = runs(rules, &format!("refund_charge amount=1.00 {case}"), &format!("deny {rule}"));
            assert!(ran.passed, "{case}: {}", ran.got);
        }
        assert!(runs(rules, "refund_charge amount=1.00 age_days=30", "confirm").passed);
    }

    #[test]
    fn cases_are_checked_when_they_are_read() {
        let wrong = |text: &str| Case::parse(text).unwrap_err();
        assert!(wrong("").contains("empty"));
        assert!(wrong("refund_everything").contains("cannot be tried"));
        assert!(wrong("refund_charge amuont=5").contains("did you mean `amount`"));
        assert!(wrong("refund_charge amount=5,00").contains("thousands"));
        assert!(wrong("refund_charge amount").contains("no name=value"));
        assert!(wrong("refund_charge amount=5 disputed=maybe").contains("true or false"));
        assert!(wrong("cancel_subscription when=later").contains("not one of"));
        assert!(Expect::parse("maybe").unwrap_err().contains("none of allow"));
        assert!(Expect::parse("deny a b").is_err());
    }
}
