//! What the policy says to a proposal on the facts that the desk has, and what it takes to confirm it. The gate decides
//! again, on facts of its own, before anything is sent.

use std::fmt;

use super::state::State;
use crate::{
    actions::{Effect, Moment, Proposal, Subject},
    gate::Identity,
    ledger::{Intent, IntentState},
    money::Money,
    policy::{self, Confirm, Decision, Fact, Facts, Looked, Mark, Outcome, Spent},
    text::Hidden,
};

/// Time and place of the agent.
pub fn moment(state: &State) -> Moment {
    Moment { now: state.now(), zone: state.zone().clone() }
}

/// The engine that guards the call, asked before the call.
pub fn verdict(state: &State, proposal: &Proposal, subject: Fact<Subject>, spent: Fact<Spent>) -> Decision {
    policy::decide(&state.policy, proposal, &facts(state, subject, spent))
}

/// As the gate makes them: by Stripe's clock, in the account's zone.
fn facts(state: &State, subject: Fact<Subject>, spent: Fact<Spent>) -> Facts {
    let session = &state.session;
    let identity = Identity {
        agent: session.agent.clone(),
        profile: session.profile.clone(),
        account: session.bound_to.clone(),
        live: state.live(),
        zone: session.day_zone.clone(),
        read_only: session.read_only.clone(),
    };
    identity.facts(state.now().plus(state.api.skew_s), subject, spent)
}

/// What it takes to confirm.
#[derive(PartialEq, Eq)]
pub enum Needs {
    Enter,
    Twice,
    Amount(Money),
    Word(String),
    /// It cannot be confirmed by one person: another one is asked, once the amount was typed where there is one.
    Second(Option<Money>),
    /// Nothing stands in the way but that this parameter is not given yet, and in the rule's words.
    Given {
        name: String,
        says: String,
    },
    /// It cannot be confirmed at all, and what could be instead. Why, the rules say.
    No(String),
}

impl fmt::Debug for Needs {
    /// What kind of answer: words and names are people's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Enter => f.write_str("Enter"),
            Self::Twice => f.write_str("Twice"),
            Self::Second(amount) => write!(f, "Second({amount:?})"),
            Self::Amount(amount) => write!(f, "Amount({amount:?})"),
            Self::Word(word) => write!(f, "Word({:?})", Hidden(word)),
            Self::Given { name, .. } => write!(f, "Given({name})"),
            Self::No(why) => write!(f, "No({:?})", Hidden(why)),
        }
    }
}

impl Needs {
    pub fn of(proposal: &Proposal, decision: &Decision, confirm_word: Option<&str>) -> Self {
        let destructive = proposal.effect == Effect::Destructive;
        match (&decision.outcome, confirm_word) {
            (Outcome::Deny, _) => {
                lacking(&decision.rules).unwrap_or_else(|| Self::No(instead(&decision.rules)))
            }
            (Outcome::SecondPerson, _) => Self::Second(proposal.amount.filter(|amount| amount.minor() > 0)),
            (Outcome::Confirm(Confirm::TypeAmount(amount)), _) => Self::Amount(*amount),
            (Outcome::Confirm(Confirm::TypeName(word)), _) => Self::Word(word.clone()),
            // What cannot be taken back is never one key away, whatever the policy lets through.
            (Outcome::Allow | Outcome::Confirm(Confirm::Plain), Some(word)) if destructive => {
                Self::Word(word.to_owned())
            }
            (Outcome::Allow, _) if !destructive => Self::Enter,
            (Outcome::Allow | Outcome::Confirm(Confirm::Plain), _) => Self::Twice,
        }
    }
}

impl Needs {
    /// What has to be typed.
    pub fn wanted(&self) -> Option<String> {
        match self {
            Self::Amount(amount) | Self::Second(Some(amount)) => Some(amount.plain()),
            Self::Word(word) => Some(word.clone()),
            Self::Enter | Self::Twice | Self::Second(None) | Self::Given { .. } | Self::No(_) => None,
        }
    }

    /// Whether this is what has to be typed.
    pub fn fits(&self, typed: &str) -> bool {
        match self {
            Self::Amount(amount) | Self::Second(Some(amount)) => {
                Money::parse(typed, amount.currency()) == Ok(*amount)
            }
            Self::Word(word) => typed.trim().to_lowercase() == word.trim().to_lowercase(),
            Self::Enter | Self::Twice | Self::Second(None) | Self::Given { .. } | Self::No(_) => false,
        }
    }
}

/// The first parameter that is missing, where every denial ends once something is given.
fn lacking(rules: &[Looked]) -> Option<Needs> {
    let mut denials = rules.iter().filter(|looked| looked.mark == Mark::Deny).peekable();
    let first = denials.peek().and_then(|looked| Some((looked.lacks.clone()?, looked.says.clone())));
    let (name, says) = first.filter(|_| denials.all(|looked| looked.lacks.is_some()))?;
    Some(Needs::Given { name, says })
}

/// What would be allowed where this is denied, each once; what only has to be given is not what stands in the way.
fn instead(rules: &[Looked]) -> String {
    let mut allowed: Vec<&str> = Vec::new();
    let denials = rules.iter().filter(|looked| looked.mark == Mark::Deny && looked.lacks.is_none());
    for words in denials.filter_map(|looked| looked.allowed.as_deref()) {
        if !allowed.contains(&words) {
            allowed.push(words);
        }
    }
    if allowed.is_empty() {
        "denied: nothing is sent".into()
    } else {
        format!("denied · allowed: {}", allowed.join("; "))
    }
}

/// `done`, `not known yet how it ended`
pub fn stands(state: IntentState) -> &'static str {
    match state {
        IntentState::Held => "still held",
        IntentState::Sending => "being sent",
        IntentState::Settled => "done",
        IntentState::Refused => "refused",
        IntentState::Withdrawn => "taken back",
        IntentState::Unknown => "not known yet how it ended",
        IntentState::WaitingAtStripe => "waiting at Stripe",
    }
}

/// `maya, 22 Nov 14:01: refund $99.00 of ch_… (done)`
pub fn earlier_words(earlier: &Intent, state: &State) -> String {
    let stands = stands(earlier.state);
    let at = earlier.created.short(state.zone(), state.now());
    format!("{}, {}: {} ({stands})", earlier.agent, at.trim(), earlier.proposal.sentence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::fixture::{intent, state};

    fn needs(outcome: Outcome, effect: Effect, word: Option<&str>) -> Needs {
        let mut proposal = intent("int_1", IntentState::Held).proposal;
        proposal.effect = effect;
        let looked = |mark, says: &str, allowed: Option<&str>| Looked {
            rule: "refunds.max".into(),
            mark,
            input: String::new(),
            says: says.into(),
            allowed: allowed.map(Into::into),
            lacks: None,
        };
        let rules = vec![
            looked(Mark::Pass, "fine", None),
            looked(Mark::Deny, "$500.00 is the most", Some("at most $500.00")),
        ];
        Needs::of(&proposal, &Decision { outcome, rules, policy_hash: String::new() }, word)
    }

    #[test]
    fn what_cannot_be_taken_back_is_never_one_key_away() {
        assert_eq!(needs(Outcome::Allow, Effect::Money, None), Needs::Enter);
        assert_eq!(needs(Outcome::Allow, Effect::Destructive, None), Needs::Twice);
        assert_eq!(needs(Outcome::Allow, Effect::Destructive, Some("Pro")), Needs::Word("Pro".into()));
        let plain = Outcome::Confirm(Confirm::Plain);
        assert_eq!(needs(plain.clone(), Effect::Write, Some("Pro")), Needs::Twice);
        assert_eq!(needs(plain, Effect::Destructive, Some("Pro")), Needs::Word("Pro".into()));
    }

    #[test]
    fn what_is_only_missing_is_asked_for_and_not_refused() {
        let proposal = intent("int_1", IntentState::Held).proposal;
        let looked = |rule: &str, lacks: Option<&str>| Looked {
            rule: rule.into(),
            mark: Mark::Deny,
            input: String::new(),
            says: format!("about {rule}"),
            allowed: Some(format!("less {rule}")),
            lacks: lacks.map(Into::into),
        };
        let needs = |rules: Vec<Looked>| {
            let decision = Decision { outcome: Outcome::Deny, rules, policy_hash: String::new() };
            Needs::of(&proposal, &decision, None)
        };
        let (reason, note) = (looked("reason", Some("reason")), looked("note", Some("note")));
        let asked = Needs::Given { name: "reason".into(), says: "about reason".into() };
        assert_eq!(needs(vec![reason.clone(), note]), asked);
        let no = Needs::No("denied · allowed: less max".into());
        assert_eq!(needs(vec![reason, looked("max", None)]), no);
    }

    #[test]
    fn no_key_confirms_a_denial_or_stands_in_for_a_second_person() {
        let denied = needs(Outcome::Deny, Effect::Money, Some("Pro"));
        assert_eq!(denied, Needs::No("denied · allowed: at most $500.00".into()));
        for word in [None, Some("Pro")] {
            let asks = needs(Outcome::SecondPerson, Effect::Destructive, word);
            assert_eq!(asks, Needs::Second(Some(Money::new(9_900, crate::money::Currency::USD))));
            assert!(asks.fits("99.00") && !asks.fits("") && !asks.fits("9.90"));
        }
        assert!(!Needs::Second(None).fits("") && Needs::Second(None).wanted().is_none());
    }

    #[test]
    fn what_is_shown_is_decided_where_and_when_the_gate_decides() {
        let mut state = state();
        state.session.day_zone = jiff::tz::TimeZone::get("Asia/Tokyo").unwrap();
        state.api.skew_s = 7_200;
        let policy = "version = 1\nrefunds.max.usd = \"500.00\"\nhours.to = \"22:30\"";
        state.policy = policy::Policy::parse(policy, "policy.toml").unwrap();
        let proposal = intent("int_1", IntentState::Held).proposal;
        let unknown = || Fact::Unknown("offline".into());
        let decision = verdict(&state, &proposal, unknown(), Fact::Unknown("offline".into()));
        // Noon by this machine in UTC; in Tokyo, by Stripe's clock, it is 23:00.
        let says = decision.denial();
        assert!(says.contains("it is 23:00"), "{says}");
    }

    #[test]
    fn an_earlier_change_is_named_with_who_when_and_how_it_stands() {
        let words = earlier_words(&intent("int_1", IntentState::Unknown), &state());
        assert_eq!(
            words,
            "sam, 23 Nov 11:59: refund $99.00 of ch_1 to visa ··4242 (not known yet how it ended)"
        );
    }
}
