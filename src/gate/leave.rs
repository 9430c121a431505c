//! Leaving in the middle: what was not sent is taken back, and what is being sent is named.

use std::sync::{Arc, atomic::Ordering};

use super::{Gate, on_ledger};
use crate::ledger::{Intent, IntentState, LedgerError};

const LEFT: &str = "paydesk was told to end before it was sent; nothing was sent";

impl Gate {
    /// Nothing new begins here from now on, and what this desk holds is taken back. Gives what is being sent at this
    /// moment: whoever leaves should wait for it.
    pub async fn leave(&self) -> Result<Vec<Intent>, LedgerError> {
        let (leaving, now) = (Arc::clone(&self.leaving), self.now());
        on_ledger(&self.ledger, move |ledger| {
            // The ledger is held: what reserves after this sees the flag, and what did before is in the list.
            leaving.store(true, Ordering::Relaxed);
            let mut sending = Vec::new();
            for intent in ledger.open_intents()? {
                if !ledger.is_own(&intent.id)? {
                    continue;
                }
                match intent.state {
                    IntentState::Held => drop(ledger.withdraw(&intent.id, now, LEFT)?),
                    IntentState::Sending => sending.push(intent),
                    IntentState::Unknown
                    | IntentState::WaitingAtStripe
                    | IntentState::Settled
                    | IntentState::Refused
                    | IntentState::Withdrawn => {}
                }
            }
            Ok(sending)
        })
        .await
    }
}
