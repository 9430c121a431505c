//! The sealed permission to send: it can only be made here, by deciding here and now. A decision that was stored, sent
//! or typed is no permission.

use super::{Confirm, Decision, Facts, Given, Outcome, decide::decide, file::Policy};
use crate::{actions::Proposal, money::Money};

/// A proposal that the policy allows and a person confirmed. It can neither be copied nor read from anywhere.
#[derive(Debug)]
#[must_use]
pub struct Approved {
    proposal: Proposal,
    decision: Decision,
}

impl Approved {
    pub fn proposal(&self) -> &Proposal {
        &self.proposal
    }

    pub fn decision(&self) -> &Decision {
        &self.decision
    }

    /// What is sent and why it may be: the permission is used up.
    pub fn into_parts(self) -> (Proposal, Decision) {
        (self.proposal, self.decision)
    }
}

/// Why there is no permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotApproved {
    /// Nothing lifts a denial.
    Denied(Decision),
    /// The person at this desk cannot be the second one too.
    SecondPerson(Decision),
    /// What was asked for was not typed.
    Unconfirmed { decision: Decision, message: String },
}

/// Decides, and takes the answer that was given to what the decision asks.
pub fn approve(
    policy: &Policy,
    proposal: Proposal,
    facts: &Facts,
    given: &Given,
) -> Result<Approved, Box<NotApproved>> {
    let decision = decide(policy, &proposal, facts);
    let missing = match &decision.outcome {
        Outcome::Allow => None,
        Outcome::Confirm(how) => unconfirmed(how, given),
        Outcome::SecondPerson => return Err(Box::new(NotApproved::SecondPerson(decision))),
        Outcome::Deny => return Err(Box::new(NotApproved::Denied(decision))),
    };
    match missing {
        None => Ok(Approved { proposal, decision }),
        Some(message) => Err(Box::new(NotApproved::Unconfirmed { decision, message })),
    }
}

/// What is still to be done, if the answer is not what was asked for.
fn unconfirmed(how: &Confirm, given: &Given) -> Option<String> {
    match (how, given) {
        (_, Given::Yes) | (Confirm::Plain, Given::Enter) => None,
        (Confirm::Plain, Given::Typed(_)) => Some("confirm with Enter alone".into()),
        (Confirm::Plain, Given::Nothing) => Some("the policy asks for a confirmation by now".into()),
        (Confirm::TypeAmount(amount), Given::Enter | Given::Nothing) => {
            Some(format!("type the amount to confirm: {}", amount.plain()))
        }
        (Confirm::TypeAmount(amount), Given::Typed(text)) => match Money::parse(text, amount.currency()) {
            Ok(typed) if typed == *amount => None,
            Ok(typed) => Some(format!("{typed} is not the amount: it is {amount}")),
            Err(error) => Some(error.to_string()),
        },
        (Confirm::TypeName(name), Given::Enter | Given::Nothing) => Some(format!("type `{name}` to confirm")),
        (Confirm::TypeName(name), Given::Typed(text)) => {
            let same = text.trim().to_lowercase() == name.trim().to_lowercase();
            (!same).then(|| format!("that is not `{name}`"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::fixture::{cancel, facts, keep, policy, refund, refund_facts, subscription},
        *,
    };

    const RULES: &str = r#"refunds.max = { usd = "500.00" }
        refunds.automatic = { usd = "50.00" }
        refunds.second_person_above = { usd = "300.00" }
        subscriptions.cancel = true"#;

    fn typed(text: &str) -> Given {
        Given::Typed(text.into())
    }

    fn refunded(minor: i64, given: &Given) -> String {
        told(approve(&policy(RULES), refund(minor), &refund_facts(), given))
    }

    fn told(result: Result<Approved, Box<NotApproved>>) -> String {
        match result {
            Ok(_) => "approved".into(),
            Err(why) => match *why {
                NotApproved::Denied(_) => "denied".into(),
                NotApproved::SecondPerson(_) => "second person".into(),
                NotApproved::Unconfirmed { message, .. } => message,
            },
        }
    }

    #[test]
    fn what_is_allowed_takes_any_answer() {
        for given in [Given::Enter, Given::Yes, typed("anything")] {
            assert_eq!(refunded(5_000, &given), "approved");
        }
    }

    #[test]
    fn the_amount_is_typed_exactly() {
        for text in ["99", "99.00", "$99.00", " 99.00 usd "] {
            assert_eq!(refunded(9_900, &typed(text)), "approved", "{text}");
        }
        assert_eq!(refunded(9_900, &Given::Yes), "approved");
        assert_eq!(refunded(9_900, &Given::Enter), "type the amount to confirm: 99.00");
        assert_eq!(refunded(9_900, &typed("99.01")), "$99.01 is not the amount: it is $99.00");
        for text in ["", "yes", "99,00", "€99.00", "9900 "] {
            assert_ne!(refunded(9_900, &typed(text)), "approved", "{text}");
        }
    }

    #[test]
    fn nothing_lifts_a_denial_or_makes_a_second_person() {
        for given in [Given::Enter, Given::Yes, typed("600.00"), typed("400.00")] {
            assert_eq!(refunded(60_000, &given), "denied");
            assert_eq!(refunded(40_000, &given), "second person");
        }
    }

    #[test]
    fn a_name_is_typed_in_any_case() {
        let answer = |given: Given| {
            let mut proposal = cancel(&[]);
            proposal.terms.confirm_word = Some("Pro Plan".into());
            told(approve(&policy(RULES), proposal, &facts(subscription()), &given))
        };
        assert_eq!(answer(typed(" pro plan ")), "approved");
        assert_eq!(answer(Given::Yes), "approved");
        assert_eq!(answer(Given::Enter), "type `Pro Plan` to confirm");
        assert_eq!(answer(typed("pro")), "that is not `Pro Plan`");
    }

    #[test]
    fn a_plain_question_takes_enter_or_yes() {
        let answer = |given: Given| told(approve(&policy(RULES), keep(), &facts(subscription()), &given));
        assert_eq!(answer(Given::Enter), "approved");
        assert_eq!(answer(Given::Nothing), "the policy asks for a confirmation by now");
        assert_eq!(answer(Given::Yes), "approved");
        assert_eq!(answer(typed("y")), "confirm with Enter alone");
    }

    #[test]
    fn what_was_approved_is_what_was_proposed() {
        let approved = approve(&policy(RULES), refund(5_000), &refund_facts(), &Given::Enter).unwrap();
        assert_eq!(approved.proposal(), &refund(5_000));
        let (proposal, decision) = approved.into_parts();
        assert_eq!((proposal, decision.outcome), (refund(5_000), Outcome::Allow));
    }
}
