//! A second person on another machine: there they see the slip on facts of their own and sign it; here their code is taken.

use super::{
    Gate, Stopped, action_named,
    approval::{CODE_S, Code, Signer, Slip, Word},
    ask::Considered,
    on_ledger,
};
use crate::{
    ledger::{Agreed, Asked, Event, LedgerError, sha256_hex},
    policy::{Outcome, same_person},
    text::clean,
    time::Unix,
};

fn no(field: &str, message: impl Into<String>) -> Stopped {
    Stopped::Invalid { field: field.into(), message: message.into() }
}

impl Gate {
    /// What somebody else asks for on another machine, as this one finds it: on facts read here, by the rules of the person here.
    /// Nothing is sent, whatever they decide.
    pub async fn consider_slip(&self, slip: &Slip) -> Result<Considered, Stopped> {
        let here = &self.identity;
        if (&slip.account, slip.live) != (&here.account, here.live) {
            let mode = |live: bool| if live { "live" } else { "test" };
            return Err(no(
                "proposal",
                format!(
                    "it is about {} in {} mode, this profile about {} in {} mode",
                    clean(&slip.account),
                    mode(slip.live),
                    here.account,
                    mode(here.live)
                ),
            ));
        }
        if self.now() >= slip.expires {
            return Err(no("proposal", "its time is over: it has to be asked for again"));
        }
        let action = action_named(&slip.action)?;
        self.check_account().await?;
        let considered = self.look_at(action, &slip.args, Some((slip.asked, None)), |_, _| {}).await?;
        let proposal = &considered.proposal;
        let call = sha256_hex(proposal.request.canonical().as_bytes());
        if (&proposal.target, proposal.amount, &call) != (&slip.target, slip.amount, &slip.call) {
            let changes =
                vec![format!("what would be done now is not what was asked for: {}", proposal.sentence)];
            return Err(Stopped::Moved { changes, decision: considered.decision });
        }
        Ok(considered)
    }

    /// The code that says yes to it, recorded here before it is given away.
    pub async fn sign(&self, slip: &Slip, signer: &Signer) -> Result<(String, Word), Stopped> {
        let agent = &self.identity.agent;
        if let Some(why) = &self.identity.read_only {
            return Err(no("proposal", format!("nothing is decided here: {why}")));
        }
        self.is_second(agent, &slip.asked_by)?;
        let considered = self.consider_slip(slip).await?;
        if considered.decision.outcome == Outcome::Deny {
            return Err(Stopped::Denied(considered.decision));
        }
        let known = self.in_force().approver(agent).cloned();
        if known.as_ref() != Some(&signer.public()) {
            let line = format!("{agent} = \"{}\"", signer.public());
            let says =
                format!("the policy does not know this key as yours: below [approvers] it takes {line}");
            return Err(no("approvers", says));
        }
        let now = self.now();
        let word = Word {
            proposal: slip.id.clone(),
            hash: slip.hash(),
            account: slip.account.clone(),
            live: slip.live,
            by: agent.clone(),
            expires: Unix(now.plus(CODE_S).0.min(slip.expires.0)),
        };
        let code = signer.sign(&word);
        let event = Event {
            at: now,
            event: "approved".into(),
            agent: agent.clone(),
            target: slip.target.id.clone(),
            intent: slip.id.clone(),
            message: Some(format!(
                "proposal sha256:{} code sha256:{}",
                word.hash,
                sha256_hex(code.as_bytes())
            )),
        };
        on_ledger(&self.ledger, move |ledger| ledger.record_event(&event)).await?;
        Ok((code, word))
    }

    /// Takes the code of a second person for what waits here. It releases nothing by itself: whoever asked confirms it then.
    pub async fn take_code(&self, only: Option<&str>, code: &str) -> Result<Asked, Stopped> {
        let code = Code::parse(code).map_err(|why| no("code", why))?;
        let word = &code.word;
        if only.is_some_and(|only| only != word.proposal) {
            return Err(no("code", format!("this code is for {}", clean(&word.proposal))));
        }
        let asked = match self.asked(&word.proposal).await {
            Ok(asked) => asked,
            Err(LedgerError::NoProposal(id)) => {
                return Err(no("code", format!("it is for {id}, which does not wait here")));
            }
            Err(error) => return Err(error.into()),
        };
        self.heed_policy();
        let signed = self.in_force().approver(&word.by).map(|key| code.is_signed_with(key));
        match signed {
            None => {
                let says = format!(
                    "the policy has no key of {}: [approvers] names whose codes are taken",
                    clean(&word.by)
                );
                return Err(no("code", says));
            }
            Some(false) => {
                let says = format!(
                    "{} did not sign this: it was altered, or made with another key",
                    clean(&word.by)
                );
                return Err(no("code", says));
            }
            Some(true) => {}
        }
        if (&word.account, word.live) != (&asked.account, asked.live) || word.hash != Slip::of(&asked).hash()
        {
            return Err(no("code", format!("it is for something else than {} asks for", asked.id)));
        }
        if self.now() >= word.expires {
            return Err(no(
                "code",
                format!("its time is over since {}: another one is needed", word.expires.rfc3339()),
            ));
        }
        self.is_second(&word.by, &self.identity.agent)?;
        self.is_second(&word.by, &asked.asked_by)?;
        let agreed = Agreed { by: word.by.clone(), at: self.now(), code: Some(code.digest()) };
        self.agreed(&asked.id, agreed).await
    }

    fn is_second(&self, second: &str, first: &str) -> Result<(), Stopped> {
        if !self.in_force().is_person(second) {
            return Err(no("code", "an assistant is no person, and approves nothing"));
        }
        if same_person(second, first) {
            let says = format!("{} asks for it, and cannot be the second person too", clean(first));
            return Err(no("code", says));
        }
        Ok(())
    }
}
