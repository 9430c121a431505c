//! A second person: at another desk on the same ledger, and by a signed code from another machine.

use super::*;
use crate::{
    ledger::{Agreed, AskedState},
    policy::Outcome,
};

const RULES: &str = r#"
version = 1
[refunds]
max = { usd = "90.00" }
automatic = { usd = "5.00" }
second_person_above = { usd = "20.00" }
reason = "optional"
daily_cap = { per_agent = { usd = "150.00" } }
[roles.helper]
refunds.max = { usd = "10.00" }
[agents]
ben = "helper"
[assistant]
actions = ["refund_charge"]
"#;

struct Office {
    stripe: Arc<FakeStripe>,
    clock: Arc<ManualClock>,
    ledger: SharedLedger,
    policy: SharedPolicy,
}

impl Office {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::at(NOW));
        Self {
            stripe: FakeStripe::new(Arc::clone(&clock)),
            clock,
            ledger: Arc::new(Mutex::new(Ledger::in_memory().unwrap())),
            policy: Arc::new(RwLock::new(policy(RULES))),
        }
    }

    /// The same Stripe and the same rules, another machine: a ledger of its own.
    fn elsewhere(&self) -> Self {
        Self {
            stripe: Arc::clone(&self.stripe),
            clock: Arc::clone(&self.clock),
            ledger: Arc::new(Mutex::new(Ledger::in_memory().unwrap())),
            policy: Arc::clone(&self.policy),
        }
    }

    fn identity(agent: &str) -> Identity {
        Identity {
            agent: agent.into(),
            profile: "test".into(),
            account: "acct_1".into(),
            live: false,
            zone: TimeZone::UTC,
            read_only: None,
        }
    }

    fn at(&self, agent: &str) -> Gate {
        self.with(Self::identity(agent))
    }

    fn with(&self, identity: Identity) -> Gate {
        let stripe = Arc::<FakeStripe>::clone(&self.stripe);
        let clock = Arc::<ManualClock>::clone(&self.clock);
        Gate::new(stripe, Arc::clone(&self.ledger), Arc::clone(&self.policy), clock, identity)
    }

    /// Makes a key for this agent, and puts it into the policy file.
    fn key(&self, agent: &str) -> Signer {
        let signer = Signer::read(&Signer::generate().unwrap()).unwrap();
        let text = format!("{RULES}\n[approvers]\n{agent} = \"{}\"\n", signer.public());
        *self.policy.write().unwrap() = policy(&text);
        signer
    }

    fn refunds(&self) -> usize {
        self.stripe.world().refunds.len()
    }

    fn state(&self, id: &str) -> AskedState {
        lock(&self.ledger).asked(id).unwrap().unwrap().state
    }

    fn events(&self) -> Vec<String> {
        let records = lock(&self.ledger).audit(&AuditFilter::default()).unwrap();
        records.iter().map(|record| format!("{} {}", record.event, record.agent)).collect()
    }
}

fn forty() -> Ask {
    refund("ch_1", "40")
}

fn confirming(asked: &crate::ledger::Asked) -> Ask {
    Ask { args: asked.proposal.args.clone(), asked: Some(asked.id.clone()), ..forty() }
}

#[tokio::test]
async fn what_takes_two_waits_and_another_person_sends_it_once() {
    let office = Office::new();
    let (maya, lea) = (office.at("maya"), office.at("lea"));
    assert!(matches!(maya.prepare(&forty()).await, Err(Stopped::Denied(_))), "nobody does it alone");
    let asked = maya.ask_second(&forty()).await.unwrap();
    let Err(Stopped::Denied(decision)) = maya.prepare(&confirming(&asked)).await else { panic!() };
    assert_eq!(decision.outcome, Outcome::SecondPerson, "not by whoever asked");
    assert!(matches!(office.at("Maya ").prepare(&confirming(&asked)).await, Err(Stopped::Denied(_))));
    let intent = lea.prepare(&confirming(&asked)).await.unwrap();
    assert_eq!(intent.proposal.terms.second.as_deref(), Some("maya"));
    assert!(intent.request.params.contains(&("metadata[paydesk_second]".into(), "maya".into())));
    let ended = lea.send(&intent.id, Release::Now, |_| {}).await.unwrap();
    assert_eq!((ended.intent.state, office.refunds()), (IntentState::Settled, 1));
    assert!(lea.prepare(&confirming(&asked)).await.is_err(), "once");
    assert_eq!(office.events(), ["proposed maya", "confirmed lea", "intended lea", "settled lea"]);
}

#[tokio::test]
async fn what_an_assistant_asks_for_takes_two_persons_beside_it() {
    let office = Office::new();
    let asked = office.at("assistant").ask_second(&forty()).await.unwrap();
    let (maya, lea) = (office.at("maya"), office.at("lea"));
    assert!(matches!(maya.prepare(&confirming(&asked)).await, Err(Stopped::Denied(_))), "she is the first");
    maya.agree(&asked.id).await.unwrap();
    let again = maya.agree(&asked.id).await.unwrap_err().to_string();
    assert!(again.contains("maya agreed to it already"), "{again}");
    assert!(matches!(maya.prepare(&confirming(&asked)).await, Err(Stopped::Denied(_))), "nor the second");
    let own = office.at("assistant").prepare(&confirming(&asked)).await.unwrap_err().to_string();
    assert!(own.contains("assistant"), "{own}");
    let intent = lea.prepare(&confirming(&asked)).await.unwrap();
    assert_eq!(intent.proposal.terms.second.as_deref(), Some("maya"));
    assert_eq!(office.events(), ["proposed assistant", "agreed maya", "confirmed lea", "intended lea"]);
}

#[tokio::test]
async fn nobody_agrees_to_what_they_may_not_do() {
    let office = Office::new();
    let asked = office.at("maya").ask_second(&forty()).await.unwrap();
    let ben = office.at("ben").prepare(&confirming(&asked)).await.unwrap_err().to_string();
    assert!(ben.contains("refunds.max"), "{ben}");
    assert!(office.at("ben").agree(&asked.id).await.is_err());
    // Whoever asked may not do it any more either.
    let text = RULES.replace("ben = \"helper\"", "maya = \"helper\"");
    *office.policy.write().unwrap() = policy(&text);
    let said = office.at("lea").prepare(&confirming(&asked)).await.unwrap_err().to_string();
    assert!(said.contains("maya may not agree to it") && said.contains("refunds.max"), "{said}");
    assert_eq!(office.refunds(), 0);
}

#[tokio::test]
async fn what_needs_no_second_person_asks_none_and_what_is_denied_neither() {
    let office = Office::new();
    let maya = office.at("maya");
    let small = maya.ask_second(&refund("ch_1", "10")).await.unwrap_err();
    assert!(matches!(&small, Stopped::Unconfirmed { .. }), "{small}");
    assert!(matches!(maya.ask_second(&refund("ch_1", "95")).await, Err(Stopped::Denied(_))));
    assert!(maya.waiting().await.unwrap().is_empty());
}

#[tokio::test]
async fn only_what_was_asked_for_is_sent() {
    let office = Office::new();
    let asked = office.at("maya").ask_second(&forty()).await.unwrap();
    let other = Ask { args: refund("ch_1", "41").args, ..confirming(&asked) };
    let said = office.at("lea").prepare(&other).await.unwrap_err();
    assert!(matches!(&said, Stopped::Moved { changes, .. } if changes[0].contains("proposed")), "{said}");
    assert_eq!((office.refunds(), office.state(&asked.id)), (0, AskedState::Waiting));
}

#[tokio::test]
async fn a_code_from_another_machine_releases_it_once() {
    let office = Office::new();
    let signer = office.key("lea");
    let maya = office.at("maya");
    let asked = maya.ask_second(&forty()).await.unwrap();
    let away = office.elsewhere();
    let lea = away.at("lea");
    let slip = Slip::parse(&Slip::of(&asked).text()).unwrap();
    let seen = lea.consider_slip(&slip).await.unwrap();
    assert_eq!(seen.decision.outcome, Outcome::SecondPerson);
    let (code, word) = lea.sign(&slip, &signer).await.unwrap();
    assert_eq!(word.expires, NOW.plus(CODE_S));
    assert_eq!(away.events(), ["approved lea"]);
    assert_eq!(office.refunds(), 0);

    let taken = maya.take_code(Some(&asked.id), &code).await.unwrap();
    let digest = Code::parse(&code).unwrap().digest();
    assert_eq!(taken.agreed, [Agreed { by: "lea".into(), at: NOW, code: Some(digest.clone()) }]);
    assert_eq!(office.refunds(), 0, "taking it sends nothing");
    let intent = maya.prepare(&confirming(&asked)).await.unwrap();
    assert_eq!((intent.agent.as_str(), intent.proposal.terms.second.as_deref()), ("maya", Some("lea")));
    maya.send(&intent.id, Release::Now, |_| {}).await.unwrap();
    assert_eq!(office.refunds(), 1);
    assert_eq!(
        office.events(),
        ["proposed maya", "agreed lea", "confirmed maya", "intended maya", "settled maya"]
    );
    let records = lock(&office.ledger).audit(&AuditFilter::default()).unwrap();
    assert_eq!(records[1].message.as_deref(), Some(format!("code sha256:{digest}").as_str()));

    // Used, it is good for nothing more; not for the same thing asked for again either.
    let replayed = maya.take_code(None, &code).await.unwrap_err().to_string();
    assert!(replayed.contains("maya confirmed it already"), "{replayed}");
    let again = maya.ask_second(&forty()).await.unwrap();
    assert_ne!(again.id, asked.id);
    let said = maya.take_code(Some(&again.id), &code).await.unwrap_err().to_string();
    assert!(said.contains(&format!("this code is for {}", asked.id)), "{said}");
}

/// What is wrong with the code, and what is said.
#[tokio::test]
async fn a_code_that_is_not_right_releases_nothing() {
    let office = Office::new();
    let signer = office.key("lea");
    let maya = office.at("maya");
    let asked = maya.ask_second(&forty()).await.unwrap();
    let slip = Slip::of(&asked);
    let word = Word {
        proposal: asked.id.clone(),
        hash: slip.hash(),
        account: "acct_1".into(),
        live: false,
        by: "lea".into(),
        expires: NOW.plus(60),
    };
    let other = Signer::read(&Signer::generate().unwrap()).unwrap();
    let good = signer.sign(&word);
    let rows = [
        ("cut", good.get(..good.len() - 5).unwrap().to_owned(), "copy it again"),
        ("another key", other.sign(&word), "did not sign"),
        (
            "another hash",
            signer.sign(&Word { hash: Slip { amount: None, ..slip.clone() }.hash(), ..word.clone() }),
            "something else",
        ),
        (
            "another account",
            signer.sign(&Word { account: "acct_2".into(), ..word.clone() }),
            "something else",
        ),
        ("live", signer.sign(&Word { live: true, ..word.clone() }), "something else"),
        ("over", signer.sign(&Word { expires: NOW, ..word.clone() }), "time is over"),
        ("no key of theirs", signer.sign(&Word { by: "zoe".into(), ..word.clone() }), "no key of zoe"),
        (
            "not waiting",
            signer.sign(&Word { proposal: "prop_9".into(), ..word.clone() }),
            "does not wait here",
        ),
        ("no code", "hello".into(), "no approval code"),
    ];
    for (name, code, says) in rows {
        let said = maya.take_code(None, &code).await.unwrap_err().to_string();
        assert!(said.contains(says), "{name}: {said}");
    }
    // At the desk of whoever signed it, it would be one person's.
    let own = office.at("lea").take_code(None, &good).await.unwrap_err().to_string();
    assert!(own.contains("cannot be the second person too"), "{own}");
    assert_eq!(office.events(), ["proposed maya"], "nothing of it was noted as agreed");
    assert!(matches!(maya.prepare(&confirming(&asked)).await, Err(Stopped::Denied(_))));
    office.clock.advance_ms(61_000);
    assert!(maya.take_code(None, &good).await.unwrap_err().to_string().contains("time is over"));
}

#[tokio::test]
async fn nobody_signs_for_themselves_nor_what_they_may_not_do_nor_what_moved() {
    let office = Office::new();
    let signer = office.key("maya");
    let asked = office.at("maya").ask_second(&forty()).await.unwrap();
    let (slip, away) = (Slip::of(&asked), office.elsewhere());
    let said = |stopped: Result<_, Stopped>| stopped.map(|_: (String, Word)| ()).unwrap_err().to_string();
    assert!(said(away.at("maya").sign(&slip, &signer).await).contains("cannot be the second person too"));
    assert!(said(away.at("assistant").sign(&slip, &signer).await).contains("no person"));
    assert!(said(away.at("ben").sign(&slip, &signer).await).contains("refunds.max"));
    let unknown = said(away.at("lea").sign(&slip, &signer).await);
    assert!(unknown.contains("below [approvers] it takes lea = \"ed25519:"), "{unknown}");
    let signer = office.key("lea");
    let live = Identity { live: true, ..Office::identity("lea") };
    assert!(said(away.with(live).sign(&slip, &signer).await).contains("in test mode"));
    let read_only = Identity { read_only: Some("by flag".into()), ..Office::identity("lea") };
    assert!(said(away.with(read_only).sign(&slip, &signer).await).contains("by flag"));
    let altered = Slip { amount: Some(usd(100)), ..slip.clone() };
    assert!(said(away.at("lea").sign(&altered, &signer).await).contains("not what was asked for"));
    office.clock.advance_ms(DAY_S * 1_000);
    assert!(said(away.at("lea").sign(&slip, &signer).await).contains("time is over"));
    assert!(away.events().is_empty());
}

#[tokio::test]
async fn a_code_stands_for_nobody_whose_key_was_taken_out_of_the_file() {
    let office = Office::new();
    let signer = office.key("lea");
    let maya = office.at("maya");
    let asked = maya.ask_second(&forty()).await.unwrap();
    let (code, _) = office.elsewhere().at("lea").sign(&Slip::of(&asked), &signer).await.unwrap();
    *office.policy.write().unwrap() = policy(RULES);
    let said = maya.take_code(None, &code).await.unwrap_err().to_string();
    assert!(said.contains("no key of lea"), "{said}");
}
