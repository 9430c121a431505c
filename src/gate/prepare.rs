//! From what an agent asks to a durable intent: fresh facts, the decision, and the bytes that will be sent.

use std::fmt;

use super::{Gate, Stopped, action_named, facts::Reading, leave, on_ledger, subject};
use crate::{
    actions::{self, Action, Args, FieldError, Moment, Proof, Proposal, Subject},
    ledger::{Asked, Conflict, Head, Intent, IntentState, LedgerError, Reserve, Reserved, sha256_hex},
    model::AnyId,
    policy::{self, Approved, Decision, Fact, Given, NotApproved},
    request::{Method, Request},
    text::short_id,
    time::{Unix, span},
};

/// Stripe's most for a metadata value, in characters.
const METADATA_MOST: usize = 500;
/// How often it is decided again when another desk reserves at the same time.
const RESERVE_MOST: usize = 3;

/// What an agent asks for, and what they saw when they did.
#[derive(Clone)]
pub struct Ask {
    /// Its name in the catalogue.
    pub action: String,
    pub args: Args,
    /// How the person answered what the decision asks.
    pub given: Given,
    /// How long it can be taken back, milliseconds.
    pub hold_ms: i64,
    /// The object as it was on the screen; none where nobody looked (the command line).
    pub seen: Option<Subject>,
    /// The call that they confirmed, in its canonical form; none where nobody saw one.
    pub confirmed: Option<String>,
    /// They know of the equal intent of the last minutes.
    pub repeat_ok: bool,
    /// It is one of several that were confirmed together.
    pub together: bool,
    /// What has to be typed to confirm: the plan's name.
    pub confirm_word: Option<String>,
    /// `prop_…`: the proposal that is confirmed with it.
    pub asked: Option<String>,
}

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ask").field("action", &self.action).field("args", &self.args).finish_non_exhaustive()
    }
}

impl Gate {
    /// Makes the intent durable, or says what stopped it. Nothing is sent yet.
    pub async fn prepare(&self, ask: &Ask) -> Result<Intent, Stopped> {
        let action = action_named(&ask.action)?;
        let target = action.target(&ask.args).map_err(invalid)?;
        self.unless_leaving(self.check_account()).await??;
        let asked = self.asked_of(ask).await?;
        self.heed_policy();
        for _ in 0..RESERVE_MOST {
            let reading = self.read_facts(action, (&target, &ask.args), None);
            let reading = self.unless_leaving(Box::pin(reading)).await?;
            let (approved, limits) = self.approve(action, (ask, asked.as_ref()), &reading)?;
            let head = on_ledger(&self.ledger, |ledger| ledger.head()).await?;
            let mut intent = self.intent(action, approved, &head);
            intent.created = reading.facts.now;
            intent.hold_until_ms = intent.hold_until_ms.saturating_add(ask.hold_ms.max(0));
            match self.reserve(&intent, limits).await {
                Ok(Some(_)) => return Ok(intent),
                Ok(None) => return Err(leave::ending()),
                // Another desk was quicker: look again and decide again.
                Err(Conflict::Cap { .. } | Conflict::Often { .. }) => {}
                Err(Conflict::Busy(earlier)) => return Err(self.busy(earlier)),
                Err(Conflict::Equal(earlier)) => return Err(self.equal(&target, earlier)),
                Err(Conflict::Asked { id, why }) => {
                    return Err(Stopped::Invalid { field: id, message: why });
                }
                Err(Conflict::Ledger(error)) => return Err(error.into()),
            }
        }
        Err(Stopped::Facts("other refunds are being made at this moment: try again".into()))
    }

    /// `None`: it is told to end, see [`Gate::leave`].
    async fn reserve(&self, intent: &Intent, limits: Reserve) -> Result<Option<Reserved>, Conflict> {
        let (intent, leaving) = (intent.clone(), self.leaving.clone());
        on_ledger(&self.ledger, move |ledger| {
            if *leaving.borrow() {
                return Ok(None);
            }
            ledger.reserve(&intent, &limits).map(Some)
        })
        .await
    }

    /// The proposal that is to be confirmed with it, where there is one.
    async fn asked_of(&self, ask: &Ask) -> Result<Option<Asked>, Stopped> {
        let Some(id) = &ask.asked else { return Ok(None) };
        match self.asked(id).await {
            Ok(asked) => {
                self.is_person()?;
                Ok(Some(asked))
            }
            Err(LedgerError::NoProposal(_)) => {
                Err(Stopped::Invalid { field: id.clone(), message: "there is no such proposal".into() })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Asks the policy, on facts that were read just now. Also gives what has to hold when it is taken in.
    fn approve(
        &self,
        action: &Action,
        asks: (&Ask, Option<&Asked>),
        reading: &Reading,
    ) -> Result<(Approved, Reserve), Stopped> {
        let (proposal, basis) = self.rebuilt(action, asks, reading)?;
        let rules = self.in_force();
        let approved = policy::approve(&rules, proposal, &reading.facts, &asks.0.given);
        let approved = approved.map_err(|no| match *no {
            NotApproved::Denied(decision) | NotApproved::SecondPerson(decision) => Stopped::Denied(decision),
            NotApproved::Unconfirmed { decision, message } => Stopped::Unconfirmed { decision, message },
        })?;
        let (caps, often) = reading.limits(&rules.effective(&reading.facts.agent), approved.proposal());
        let limits = Reserve {
            day_start: reading.day_start,
            caps,
            often,
            repeat_ok: asks.0.repeat_ok,
            together: asks.0.together,
            basis,
            asked: asks.0.asked.clone(),
        };
        Ok((approved, limits))
    }

    /// Builds the proposal anew on what was read, or says what is no longer as it was seen. What was asked for is built as of then,
    /// and has to come to the same call: what was agreed to is what is sent.
    pub(super) fn rebuilt(
        &self,
        action: &Action,
        (ask, asked): (&Ask, Option<&Asked>),
        reading: &Reading,
    ) -> Result<(Proposal, Vec<crate::ledger::Basis>), Stopped> {
        let facts = &reading.facts;
        let fresh = match &facts.subject {
            Fact::Known(subject) => subject,
            Fact::Unknown(why) => return Err(Stopped::Facts(why.clone())),
        };
        let zone = &self.identity.zone;
        let build = |subject: &Subject| {
            let times = (facts.now, asked.map(|asked| asked.asked));
            self.propose(action, &ask.args, subject, times).map(|mut proposal| {
                proposal.terms.second = asked.and_then(|asked| self.other_person(asked));
                if ask.confirm_word.is_some() {
                    proposal.terms.confirm_word.clone_from(&ask.confirm_word);
                }
                proposal
            })
        };
        let basis = subject::basis(action, fresh, zone);
        let seen = ask.seen.as_ref();
        let changes = seen.map(|seen| subject::moved(action, seen, fresh, zone)).unwrap_or_default();
        let proposal = build(fresh);
        if !changes.is_empty() {
            // What was seen still builds, even where what was read no longer does: already refunded, say.
            let proposal = proposal.or_else(|error| seen.map_or(Err(error), build)).map_err(invalid)?;
            return Err(Stopped::Moved { changes, decision: self.decide(&proposal, reading) });
        }
        let proposal = proposal.map_err(invalid)?;
        let call = proposal.request.canonical();
        let other = |was: &str| format!("what would be sent is no longer what was {was}: look at it again");
        let changes = if ask.confirmed.as_ref().is_some_and(|confirmed| *confirmed != call) {
            vec![other("confirmed")]
        } else if asked.is_some_and(|asked| asked.proposal.request.canonical() != call) {
            vec![other("proposed")]
        } else {
            return Ok((proposal, basis));
        };
        Err(Stopped::Moved { changes, decision: self.decide(&proposal, reading) })
    }

    /// As of now; what was asked for as of then, so that no clock changes what it is, and it has to be possible now too.
    pub(super) fn propose(
        &self,
        action: &Action,
        args: &Args,
        subject: &Subject,
        (now, then): (Unix, Option<Unix>),
    ) -> Result<Proposal, FieldError> {
        let moment = |now| Moment { now, zone: self.identity.zone.clone() };
        let proposal = action.propose(args, subject, &moment(now))?;
        match then {
            None => Ok(proposal),
            Some(then) => action.propose(args, subject, &moment(then)),
        }
    }

    /// Who stands behind it beside the person at this desk.
    pub(super) fn other_person(&self, asked: &Asked) -> Option<String> {
        asked.second(&self.identity.agent, &self.in_force())
    }

    pub(super) fn decide(&self, proposal: &Proposal, reading: &Reading) -> Decision {
        let rules = self.in_force();
        policy::decide(&rules, proposal, &reading.facts)
    }

    /// The only maker of intents, and it takes an approval.
    fn intent(&self, action: &Action, approved: Approved, head: &Head) -> Intent {
        let (proposal, decision) = approved.into_parts();
        let id = format!("int_{}", uuid::Uuid::now_v7().simple());
        let request = self.frozen_request(action, &proposal, &id, &head.hash);
        // Random: derived from nothing that can repeat.
        let key = format!("pdk_{}", uuid::Uuid::new_v4().simple());
        let request = if request.method == Method::Post { request.with_key(&key) } else { request };
        Intent {
            id,
            state: IntentState::Held,
            request_hash: sha256_hex(request.canonical().as_bytes()),
            request,
            proposal,
            decision,
            agent: self.identity.agent.clone(),
            profile: self.identity.profile.clone(),
            account: self.identity.account.clone(),
            live: self.identity.live,
            created: self.now(),
            hold_until_ms: self.clock.now_ms(),
            first_sent: None,
            attempts: 0,
            request_id: None,
            result_id: None,
            message: None,
        }
    }

    /// The call as it would leave, for whoever looks first: what is made only as it is written down ends in `…`.
    pub fn foreseen(&self, proposal: &Proposal) -> Request {
        let Some(action) = actions::find(&proposal.action) else { return proposal.request.clone() };
        let request = self.frozen_request(action, proposal, "int_…", "…");
        if request.method == Method::Post { request.with_key("pdk_…") } else { request }
    }

    /// The proposal's call with our marks, where Stripe heeds them.
    fn frozen_request(&self, action: &Action, proposal: &Proposal, id: &str, head: &str) -> Request {
        let mut request = proposal.request.clone();
        if request.method != Method::Post {
            return request;
        }
        // Where a change has two calls, not each of them takes metadata: the action's own does.
        if action.metadata && request.endpoint == action.endpoint.path {
            let terms = &proposal.terms;
            // Metadata is merged key by key, so an update clears what an earlier change left behind.
            let update = matches!(action.proof, Proof::Object { .. });
            let blank = || update.then(String::new);
            let words = |text: &Option<String>| text.as_deref().map(cut).or_else(blank);
            request = request
                .with(&format!("metadata[{}]", actions::MARK), id)
                .with("metadata[paydesk_agent]", cut(&self.identity.agent))
                .with_some("metadata[paydesk_second]", words(&terms.second))
                .with_some("metadata[paydesk_reason]", words(&terms.reason))
                .with_some("metadata[paydesk_note]", words(&terms.note))
                .with("metadata[paydesk_audit_head]", head);
        }
        request
    }

    fn ago(&self, earlier: &Intent) -> String {
        format!("{} ago", span(self.now().since(earlier.created)))
    }

    fn busy(&self, earlier: Box<Intent>) -> Stopped {
        let what = match earlier.state {
            IntentState::Held => "waits to be sent",
            IntentState::Sending => "is being sent",
            IntentState::WaitingAtStripe => "waits at Stripe",
            IntentState::Unknown | IntentState::Settled | IntentState::Refused | IntentState::Withdrawn => {
                "is not settled: it may have happened"
            }
        };
        let message = format!(
            "{} of {} by {}, {}, {what} ({})",
            earlier.proposal.action,
            short_id(&earlier.proposal.target.id),
            earlier.agent,
            self.ago(&earlier),
            earlier.id
        );
        Stopped::Busy { earlier, message }
    }

    fn equal(&self, target: &AnyId, earlier: Box<Intent>) -> Stopped {
        let did = if earlier.proposal.target == *target {
            "did the same"
        } else {
            "gave this customer the same amount back of another payment"
        };
        let message = format!(
            "{} {did} {}: {} ({})",
            earlier.agent,
            self.ago(&earlier),
            earlier.proposal.sentence,
            earlier.id
        );
        Stopped::Equal { earlier, message }
    }
}

pub(super) fn invalid(error: FieldError) -> Stopped {
    Stopped::Invalid { field: error.field, message: error.reason }
}

fn cut(text: &str) -> String {
    text.chars().take(METADATA_MOST).collect()
}
