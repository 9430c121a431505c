//! After a crash, a lost answer, another desk's end: what was left open is settled by reading, and sent again only with
//! the same key, while Stripe surely still knows it.

use std::sync::{Mutex, PoisonError};

use super::{
    Found, Gate, Progress, Stopped, attempts::Facts, leave, lock, look::is_accepted, on_ledger,
    send::NOT_KNOWN,
};
use crate::{
    ledger::{Basis, Ending, Intent, IntentState, LedgerError},
    stripe::retry::KEY_AGE_MOST_S,
};

impl Gate {
    /// As [`Gate::recover_telling`], told at the end.
    pub async fn recover(&self) -> Result<Vec<Ending>, Stopped> {
        let endings = Mutex::new(Vec::new());
        self.recover_telling(|ending| {
            lock(&endings).push(ending);
            std::future::ready(())
        })
        .await?;
        Ok(endings.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// Settles what this account has open and no running desk is at work on: at start, and on `pending --resolve`. Once paydesk
    /// is told to end, what is left is named and stays as it is. Each ending is told while nothing else can end it: nobody hears
    /// of an older one after a newer.
    pub async fn recover_telling<T>(&self, mut tell: impl FnMut(Ending) -> T + Send) -> Result<(), Stopped>
    where
        T: Future<Output = ()> + Send,
    {
        let open = on_ledger(&self.ledger, |ledger| ledger.open_intents()).await?;
        if !open.is_empty() {
            self.unless_leaving(self.check_account()).await??;
        }
        for intent in open {
            let here = &self.identity;
            if (&intent.account, intent.live) != (&here.account, here.live) {
                continue;
            }
            // Claimed first: what a task of this process is at work on is not ours to touch.
            let Some(_claim) = self.claim(&intent.id) else { continue };
            match Box::pin(self.recover_one(&intent.id)).await {
                Ok(Some(ending)) => tell(ending).await,
                Ok(None) => {}
                // The others are looked at all the same.
                Err(stopped) => {
                    let message = Some(stopped.to_string());
                    tell(Ending::new(Intent { message, ..intent }, None)).await;
                }
            }
        }
        Ok(())
    }

    async fn recover_one(&self, id: &str) -> Result<Option<Ending>, Stopped> {
        if self.is_leaving() {
            return Err(leave::ending());
        }
        let owned = id.to_owned();
        let found = on_ledger(&self.ledger, move |ledger| -> Result<_, LedgerError> {
            let was_own = ledger.is_own(&owned)?;
            if !ledger.adopt(&owned)? {
                return Ok(None);
            }
            // Read after it was taken over: what was listed may have moved since.
            Ok(ledger.get(&owned)?.map(|intent| (intent, was_own)))
        });
        let Some((intent, was_own)) = found.await? else { return Ok(None) };
        match intent.state {
            IntentState::Held => {
                if was_own && !self.is_late(intent.hold_until_ms) {
                    return Ok(None);
                }
                let (id, now) = (intent.id, self.now());
                let why = "never sent: its desk ended before, so nothing happened";
                let intent = on_ledger(&self.ledger, move |ledger| ledger.withdraw(&id, now, why)).await?;
                Ok(Some(Ending::new(intent, None)))
            }
            IntentState::Sending | IntentState::Unknown | IntentState::WaitingAtStripe => {
                Ok(Some(Box::pin(self.settle_open(intent)).await?))
            }
            IntentState::Settled | IntentState::Refused | IntentState::Withdrawn => Ok(None),
        }
    }

    async fn settle_open(&self, intent: Intent) -> Result<Ending, Stopped> {
        let (why, surely, stands) = match self.unless_leaving(self.resolve_by_reading(&intent)).await? {
            Found::Done { result_id, message, raw } => {
                let end = self.end(IntentState::Settled, None, Some(result_id), message);
                return Ok(self.conclude(intent, end, Some(raw)).await);
            }
            // Stripe had taken it, and it is done by now.
            Found::ByKey { raw, .. } if is_accepted(&intent) => {
                let end = self.end(IntentState::Settled, None, None, None);
                return Ok(self.conclude(intent, end, Some(raw)).await);
            }
            Found::Before(why) => {
                let end = self.end(IntentState::Refused, None, None, Some(why));
                return Ok(self.conclude(intent, end, None).await);
            }
            Found::CannotTell(why) => return Ok(self.leave_open(intent, &why).await),
            // Where it stands already, and no key tells whose doing that is, a second one would do it to something else.
            Found::ByKey { why, .. } if intent.request.idempotency_key.is_none() => {
                return Ok(self.leave_open(intent, &why).await);
            }
            Found::ByKey { why, .. } => (why, false, true),
            Found::NotThere { why, surely } => (why, surely, false),
        };
        if intent.state == IntentState::WaitingAtStripe {
            return Ok(Ending::new(intent, None));
        }
        if intent.first_sent.is_some() && self.key_age_s(&intent) < KEY_AGE_MOST_S {
            // Where it stands already, what it rested on has moved, and the key alone tells what was whose.
            return if stands {
                self.resend(intent, None, &mut |_: Progress| {}).await
            } else {
                self.send_again(intent, &why).await
            };
        }
        if surely {
            let message = format!("it did not happen: {why}; do it again if it is still wanted");
            let end = self.end(IntentState::Refused, None, None, Some(message));
            return Ok(self.conclude(intent, end, None).await);
        }
        // No age in the sentence: it is said once, not anew with each look.
        let why = format!(
            "{why}; Stripe may have forgotten its key, so it is not sent again by itself: look, and decide"
        );
        Ok(self.leave_open(intent, &why).await)
    }

    /// What is not there is sent once more, if what was approved may still leave.
    async fn send_again(&self, intent: Intent, found: &str) -> Result<Ending, Stopped> {
        let basis = self.basis_of(&intent.id).await?;
        if let Err(stopped) = self.unless_leaving(self.still_right(&intent, &basis)).await? {
            let why = format!("{found}; it is not sent again, since {stopped}");
            return Ok(self.leave_open(intent, &why).await);
        }
        let facts = intent.request.idempotency_key.is_none().then(|| Facts::unread(basis));
        self.resend(intent, facts, &mut |_: Progress| {}).await
    }

    async fn basis_of(&self, id: &str) -> Result<Vec<Basis>, LedgerError> {
        let id = id.to_owned();
        on_ledger(&self.ledger, move |ledger| ledger.basis(&id)).await
    }

    /// Stays unknown, with what was found. Said once: the trail does not grow with each look.
    async fn leave_open(&self, intent: Intent, why: &str) -> Ending {
        let message = format!("{NOT_KNOWN}{why}");
        let said = intent.state == IntentState::Unknown && intent.message.as_deref() == Some(&message);
        if said || intent.state == IntentState::WaitingAtStripe {
            return Ending::new(intent, None);
        }
        let end = self.end(IntentState::Unknown, None, None, Some(message));
        self.conclude(intent, end, None).await
    }
}
