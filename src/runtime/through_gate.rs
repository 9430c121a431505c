//! The gate as the runtime uses it: its results as endings and notes of the desk.

use std::sync::{Arc, Mutex, PoisonError};

use super::changes::{Changes, Later, Notes};
use crate::{
    actions::{Args, Subject},
    desk::message::{AuditPage, Change, Memory},
    gate::{Ask, Gate, Looked, Progress, Raised, Release, SharedLedger, Stopped, aside, on_ledger},
    ledger::{Asked, AuditFilter, Checked, Ending, Intent, LedgerError, PART, Verified},
    model::{AnyId, CustomerId},
    policy::{Fact, Spent},
    time::span,
};

/// Records that the screen shows.
const AUDIT_MOST: usize = 500;

/// The real [`Changes`].
#[derive(Clone, Debug)]
pub struct ThroughGate {
    gate: Arc<Gate>,
    /// How far the audit chain was found whole in this sitting.
    checked: Arc<Mutex<Checked>>,
}

impl ThroughGate {
    pub fn new(gate: Arc<Gate>) -> Self {
        Self { gate, checked: Arc::default() }
    }

    /// What the ledger says about an intent that was not sent after all, and why.
    async fn as_it_stands(&self, intent: &str, why: &Stopped) -> Option<Ending> {
        let id = intent.to_owned();
        let found = on_ledger(self.gate.ledger(), move |ledger| ledger.get(&id)).await.ok()??;
        let message = found.message.clone().or_else(|| Some(why.to_string()));
        let moved = match why {
            Stopped::Moved { changes, .. } => changes.clone(),
            _ => Vec::new(),
        };
        Some(Ending { moved, ..Ending::new(Intent { message, ..found }, None) })
    }
}

/// `None` where there is nothing worth a word.
pub fn words(progress: &Progress) -> Option<String> {
    match progress {
        Progress::Checking | Progress::Sending { attempt: 1 } => None,
        Progress::Sending { attempt } => Some(format!("sending, attempt {attempt}")),
        Progress::Waiting { after_ms, why, .. } => {
            let seconds = i64::try_from(after_ms.div_ceil(1_000)).unwrap_or(i64::MAX);
            Some(format!("{why}: again in {}", span(seconds)))
        }
        Progress::LookingUp => Some("looking up whether it happened".into()),
    }
}

/// The newest records and how the chain stands. The ledger is held for a part of the chain at a time, so that no change waits
/// for the whole of it.
fn audit_page(ledger: &SharedLedger, checked: &mut Checked) -> Result<AuditPage, LedgerError> {
    let locked = || ledger.lock().unwrap_or_else(PoisonError::into_inner);
    let mut records = locked().audit(&AuditFilter { most: AUDIT_MOST, ..AuditFilter::default() })?;
    records.reverse();
    let noted = locked().noted();
    let (chain, chain_ok) = match checked.go_on(noted, |after| locked().chain(after, PART))? {
        Verified::Whole(head) => (
            format!(
                "{} {}, the chain is whole",
                head.count,
                if head.count == 1 { "record" } else { "records" }
            ),
            true,
        ),
        Verified::Broken { seq, what } => (format!("the chain is broken at record {seq}: {what}"), false),
    };
    let about = locked().about(&records)?;
    let customers =
        about.iter().filter_map(|(intent, about)| Some((intent.clone(), about.customer.clone()?))).collect();
    let ends = about.iter().filter_map(|(intent, about)| Some((intent.clone(), about.ends?))).collect();
    Ok(AuditPage { records, customers, ends, chain, chain_ok })
}

fn ask(change: Change) -> Ask {
    Ask {
        action: change.action,
        args: change.args,
        given: change.given,
        hold_ms: change.hold_ms,
        seen: Some(change.seen),
        confirmed: Some(change.confirmed),
        repeat_ok: change.repeat_ok,
        together: false,
        confirm_word: change.confirm_word,
        asked: change.asked,
    }
}

impl Changes for ThroughGate {
    fn facts<'a>(
        &'a self,
        action: &'a str,
        target: &'a AnyId,
        args: &'a Args,
    ) -> Later<'a, (Fact<Subject>, Fact<Spent>)> {
        Box::pin(async move {
            let facts = self.gate.facts(action, target, args).await;
            (facts.subject, facts.spent)
        })
    }

    fn spent(&self) -> Later<'_, Fact<Spent>> {
        Box::pin(self.gate.spent())
    }

    fn prepare(&self, change: Change) -> Later<'_, Result<Intent, Stopped>> {
        Box::pin(async move { self.gate.prepare(&ask(change)).await })
    }

    fn ask_second(&self, change: Change) -> Later<'_, Result<Asked, Stopped>> {
        Box::pin(async move { self.gate.ask_second(&ask(change)).await })
    }

    fn send<'a>(&'a self, intent: &'a str, notes: Notes) -> Later<'a, Option<Ending>> {
        Box::pin(async move {
            let progress = move |progress: Progress| {
                if let Some(note) = words(&progress) {
                    notes.say(note);
                }
            };
            match self.gate.send(intent, Release::AfterHold, progress).await {
                Ok(ending) => Some(ending),
                Err(stopped) => self.as_it_stands(intent, &stopped).await,
            }
        })
    }

    fn withdraw<'a>(&'a self, intent: &'a str) -> Later<'a, Option<Ending>> {
        Box::pin(async move {
            let (gate, id) = (Arc::clone(&self.gate), intent.to_owned());
            match aside(move || gate.withdraw(&id)).await.ok()? {
                Ok(intent) => Some(Ending::new(intent, None)),
                Err(stopped) => self.as_it_stands(intent, &stopped).await,
            }
        })
    }

    fn close<'a>(&'a self, intent: &'a str, happened: bool) -> Later<'a, Option<Ending>> {
        Box::pin(async move {
            match self.gate.close_by_hand(intent, happened).await {
                Ok(ending) => Some(ending),
                Err(stopped) => {
                    let Ending { intent, result, .. } = self.as_it_stands(intent, &stopped).await?;
                    let message = Some(format!("nothing was recorded: {stopped}"));
                    let message = if intent.state.is_final() { intent.message } else { message };
                    Some(Ending::new(Intent { message, ..intent }, result))
                }
            }
        })
    }

    fn recover(&self, notes: Notes) -> Later<'_, Result<(), String>> {
        Box::pin(async move {
            let told = self.gate.recover_telling(|ending| notes.ended(ending)).await;
            told.map_err(|stopped| stopped.to_string())
        })
    }

    fn look_after(&self, only: Vec<String>) -> Later<'_, Result<Looked, String>> {
        Box::pin(async move { self.gate.look_after(only).await.map_err(|stopped| stopped.to_string()) })
    }

    fn acknowledge<'a>(&'a self, raised: &'a Raised) -> Later<'a, Result<(), String>> {
        Box::pin(async move { self.gate.acknowledge(raised).await.map_err(|stopped| stopped.to_string()) })
    }

    fn remember(&self, whose: Option<CustomerId>, opened: bool) -> Later<'_, Result<Memory, String>> {
        Box::pin(async move {
            let visit = whose.clone().filter(|_| opened);
            let lately = self.gate.lately(visit).await.map_err(|error| error.to_string())?;
            let notes = match whose {
                Some(customer) => {
                    let notes = self.gate.notes(&customer).await.map_err(|error| error.to_string())?;
                    Some((customer, notes))
                }
                None => None,
            };
            Ok(Memory { lately, notes })
        })
    }

    fn note<'a>(&'a self, customer: &'a CustomerId, text: &'a str) -> Later<'a, Result<Memory, String>> {
        Box::pin(async move {
            self.gate.note(customer, text).await.map_err(|error| error.to_string())?;
            self.remember(Some(customer.clone()), false).await
        })
    }

    fn inbox(&self) -> Later<'_, Result<Vec<Asked>, String>> {
        Box::pin(async move { self.gate.waiting().await.map_err(|error| error.to_string()) })
    }

    fn refuse<'a>(&'a self, asked: &'a str, why: &'a str) -> Later<'a, Result<Vec<Asked>, String>> {
        Box::pin(async move {
            self.gate.refuse(asked, why).await.map_err(|error| error.to_string())?;
            self.inbox().await
        })
    }

    fn take_code<'a>(&'a self, asked: &'a str, code: &'a str) -> Later<'a, Result<Vec<Asked>, String>> {
        Box::pin(async move {
            self.gate.take_code(Some(asked), code).await.map_err(|stopped| stopped.to_string())?;
            self.inbox().await
        })
    }

    fn audit(&self) -> Later<'_, Result<AuditPage, String>> {
        Box::pin(async move {
            let (ledger, checked) = (Arc::clone(self.gate.ledger()), Arc::clone(&self.checked));
            let page = aside(move || {
                audit_page(&ledger, &mut checked.lock().unwrap_or_else(PoisonError::into_inner))
            });
            page.await?.map_err(|error| error.to_string())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Ledger, Store as _};

    #[test]
    fn an_empty_ledger_has_a_whole_chain() {
        let ledger: SharedLedger = Arc::new(Mutex::new(Ledger::in_memory().unwrap()));
        let page = audit_page(&ledger, &mut Checked::default()).unwrap();
        assert!(page.chain_ok && page.records.is_empty(), "{page:?}");
    }

    #[test]
    fn waiting_says_why_and_how_long() {
        let waiting = Progress::Waiting { attempt: 1, after_ms: 1_500, why: "Stripe is busy".into() };
        assert_eq!(words(&waiting).as_deref(), Some("Stripe is busy: again in 2 s"));
        assert_eq!(words(&Progress::Checking), None);
    }

    #[tokio::test]
    async fn settling_that_cannot_begin_says_why() {
        use crate::{
            gate::{Identity, fake::FakeStripe},
            ledger::samples::{NOW, refund},
            policy::Policy,
            time::ManualClock,
        };
        let clock = Arc::new(ManualClock::at(NOW));
        let stripe = FakeStripe::new(Arc::clone(&clock));
        let account = serde_json::json!({"id": "acct_2", "object": "account"});
        stripe.world().objects.insert("account".into(), account);
        let mut ledger = Ledger::in_memory().unwrap();
        let open = refund("int_1", "ch_1", 2_000);
        ledger.reserve(&open, &crate::ledger::Reserve::default()).unwrap();
        let identity = Identity {
            agent: "maya".into(),
            profile: "test".into(),
            account: open.account.clone(),
            live: open.live,
            zone: jiff::tz::TimeZone::UTC,
            read_only: None,
        };
        let policy = Arc::new(std::sync::RwLock::new(Policy::without_file(false)));
        let gate = Gate::new(stripe, Arc::new(std::sync::Mutex::new(ledger)), policy, clock, identity);
        let changes = ThroughGate::new(Arc::new(gate.with_account_to_check()));
        let (events, _heard) = tokio::sync::mpsc::channel(9);
        let notes = Notes::new(events, crate::desk::message::TaskId(1));
        let why = changes.recover(notes).await.unwrap_err();
        assert!(why.contains("acct_2"), "{why}");
    }
}
