//! Leaving in the middle: what was not sent is taken back, what was sent is named, and nothing new begins.

use super::{Gate, Stopped, lock, on_ledger};
use crate::{
    ledger::{Intent, IntentState, LedgerError},
    time::Unix,
};

const LEFT: &str = "paydesk was told to end before it was sent; nothing was sent";

/// Why something does not begin any more.
pub(super) fn ending() -> Stopped {
    Stopped::Ledger("paydesk is ending: nothing new begins".into())
}

impl Gate {
    /// Nothing new begins here from now on, and what this desk holds is taken back. Gives what this process has sent, in its
    /// order and however it stands by now: whoever leaves should wait until that is told.
    pub async fn leave(&self) -> Result<Vec<Intent>, LedgerError> {
        let (leaving, all, now) = (self.leaving.clone(), self.sent.clone(), self.now());
        on_ledger(&self.ledger, move |ledger| {
            // The ledger is held: what reserves or begins an attempt after this sees the flag, and what did before is in a list.
            leaving.send_replace(true);
            let open = match ledger.open_intents() {
                Ok(open) => open,
                // On a ledger that cannot be used nothing was begun, and there is nothing to wait for.
                Err(_shut) if lock(&all).is_empty() => return Ok(Vec::new()),
                Err(error) => return Err(error),
            };
            for intent in open {
                if intent.state == IntentState::Held && ledger.is_own(&intent.id)? {
                    drop(ledger.withdraw(&intent.id, now, LEFT)?);
                }
            }
            let mut sent = Vec::new();
            for id in lock(&all).iter() {
                sent.extend(ledger.get(id)?);
            }
            Ok(sent)
        })
        .await
    }

    /// Whether it was told to end.
    pub fn is_leaving(&self) -> bool {
        *self.leaving.borrow()
    }

    /// Reading that is given up when leaving begins.
    pub(super) async fn unless_leaving<T>(&self, reading: impl Future<Output = T>) -> Result<T, Stopped> {
        let mut told = self.leaving.subscribe();
        tokio::select! {
            biased;
            _told = told.wait_for(|leaving| *leaving) => Err(ending()),
            read = reading => Ok(read),
        }
    }

    /// The attempt is on disk before its first byte. Another one of what was sent already is nothing new; the first of
    /// anything else is, while leaving.
    pub(super) async fn begin_attempt(&self, id: &str, now: Unix) -> Result<Intent, Stopped> {
        let (id, leaving, all) = (id.to_owned(), self.leaving.clone(), self.sent.clone());
        on_ledger(&self.ledger, move |ledger| -> Result<_, Stopped> {
            let mut sent = lock(&all);
            let is_new = !sent.contains(&id);
            if is_new && *leaving.borrow() {
                return Err(ending());
            }
            let begun = ledger.begin_attempt(&id, now)?;
            if is_new {
                sent.push(id);
            }
            Ok(begun)
        })
        .await
    }
}
