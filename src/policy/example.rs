//! `[[example]]`: decisions that the file promises, in words that are checked when it loads and run by `policy test`.

use serde::{Deserialize, Serialize};

use super::{
    Decision, Fact, Facts, Mark, Outcome, Spent, Times, decide::decide_by, file::Policy, role::NO_ROLE,
};
use crate::{
    actions::{self, Action, Args, Effect, Field, FieldKind, HERE, Moment, Proposal, Subject},
    model::{
        Charge, ChargeId, ChargeStatus, Customer, CustomerId, Kind, Subscription, SubscriptionId,
        SubscriptionStatus,
    },
    money::{Currency, Money},
    text::{a, nearest},
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

/// Words of every case.
const WHO: &[&str] = &["role", "agent", "live", "currency"];
/// What can be said of a charge besides.
const OF_A_CHARGE: &[&str] = &["age_days", "disputed", "left"];
/// What has been refunded before, where a change may refund.
const BEFORE: &[&str] = &["spent_agent", "spent_team", "spent_customer", "times"];
/// Stands for a parameter that is left out, where an example would fill it in.
const NONE: &str = "none";
/// A time that a change asks for and that a case does not give.
const SOON: &str = "in 10d";
const OUTCOMES: &[&str] = &["allow", "confirm", "second_person", "deny"];

impl Case {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = text.split_whitespace();
        let action =
            parts.next().ok_or("the case is empty: write refund_charge amount=600.00 currency=usd")?;
        let known = known(action)?;
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
        let (action, kind) = tried(&self.action)?;
        let subject = self.subject(kind)?;
        let moment = Moment { now: NOW, zone: zone.clone() };
        let proposal = self.built(action, &subject, &moment)?;
        let mut spent = Spent::default().of_nobody();
        if action.may_refund() {
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

    /// With what the case says; what a rule may ask for besides is filled in, and a time that is missing is soon.
    fn built(&self, action: &Action, subject: &Subject, moment: &Moment) -> Result<Proposal, String> {
        let mut args = Args::default();
        for field in action.fields {
            let given = match self.word(field.name) {
                _ if Some(field.name) == action.target_field() => Some(subject.id().id.as_str()),
                None if action.may_refund() && is_said_of(field) => Some(field.example),
                given => given.filter(|word| *word != NONE || !action.may_refund()),
            };
            if let Some(value) = given {
                args.set(field.name, value);
            }
        }
        action
            .propose(&args, subject, moment)
            .or_else(|error| {
                let time = action.field(&error.field).filter(|field| field.kind == FieldKind::When);
                match time.filter(|field| args.get(field.name).is_none()) {
                    Some(field) => action.propose(&args.clone().with(field.name, SOON), subject, moment),
                    None => Err(error),
                }
            })
            .map_err(|error| error.to_string())
    }

    /// An object of the kind, with nothing special about it but what the case says.
    fn subject(&self, kind: Kind) -> Result<Subject, String> {
        let currency = self.currency()?;
        if kind == Kind::Charge {
            return self.charge(currency);
        }
        if kind == Kind::Subscription {
            return Ok(Subject::made(&Subscription {
                id: SubscriptionId::from("sub_example".to_owned()),
                status: SubscriptionStatus::Active,
                currency,
                ..Subscription::default()
            }));
        }
        if kind == Kind::Customer {
            return Ok(Subject::made(&Customer {
                id: CustomerId::from("cus_example".to_owned()),
                currency: Some(currency),
                ..Customer::default()
            }));
        }
        Err(format!("there is no example of {}", a(kind.noun())))
    }

    fn charge(&self, currency: Currency) -> Result<Subject, String> {
        let left = self.money("left")?.map_or(LEFT, Money::minor);
        let age_s = self.number("age_days")?.unwrap_or(0).saturating_mul(DAY_S);
        Ok(Subject::made(&Charge {
            id: ChargeId::from("ch_example".to_owned()),
            amount: left,
            amount_captured: left,
            captured: true,
            paid: true,
            currency,
            disputed: self.flag("disputed")?,
            status: ChargeStatus::Succeeded,
            created: NOW.plus(age_s.saturating_neg()),
            ..Charge::default()
        }))
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

/// The change that a case is about, and the kind of object that it is done to.
fn tried(name: &str) -> Result<(&'static Action, Kind), String> {
    let why = |why: &str| format!("`{name}` cannot be tried: {why}");
    let Some(action) = actions::find(name) else {
        let near = nearest(name, actions::all().map(|action| action.name));
        let near = near.map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
        return Err(why(&format!("there is no such action{near}")));
    };
    let target = action.target_field().and_then(|name| action.field(name));
    match target.map(|field| field.kind) {
        _ if action.effect == Effect::Read => Err(why("it changes nothing")),
        Some(FieldKind::Id(kind)) => Ok((action, kind)),
        _ => Err(why("it names nothing that it is done to")),
    }
}

/// The words of a case: its parameters, who it is, and what can be said of its object.
fn known(name: &str) -> Result<Vec<&'static str>, String> {
    let (action, kind) = tried(name)?;
    let of_charge = if kind == Kind::Charge { OF_A_CHARGE } else { &[] };
    let before = if action.may_refund() { BEFORE } else { &[] };
    let own =
        action.fields.iter().map(|field| field.name).filter(|name| Some(*name) != action.target_field());
    Ok(own.chain([WHO, of_charge, before].concat()).collect())
}

/// A word about a refund that a rule may ask for: a note, a reason.
fn is_said_of(field: &Field) -> bool {
    let reason = matches!(field.kind, FieldKind::Choice(_)) && !field.required && field.otherwise.is_empty();
    reason || (matches!(field.kind, FieldKind::Text { .. }) && field.param == HERE)
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
#[path = "example_tests.rs"]
mod tests;
