//! What a person found at Stripe, written down where the program cannot tell how a change ended. Sends nothing.

use super::{Gate, Stopped, on_ledger};
use crate::ledger::{End, Ending, Intent, IntentState, LedgerError};

/// How the ledger's words begin where a person said how it ended.
pub const BY_HAND: &str = "closed by hand by ";

/// What was found in the ledger, and whether it is this desk's to end.
enum Place {
    Missing,
    Ours(Intent),
    /// Of a desk that runs.
    Theirs(Intent),
}

impl Gate {
    /// A person looked at Stripe and says how it ended. Only for what is unknown or waits at Stripe; the record names
    /// this desk's agent. `Busy`: a desk that runs works on it.
    pub async fn close_by_hand(&self, id: &str, happened: bool) -> Result<Ending, Stopped> {
        let invalid = |message: String| Stopped::Invalid { field: "intent".into(), message };
        if let Some(why) = &self.identity.read_only {
            return Err(invalid(format!("nothing is recorded while it is read-only: {why}")));
        }
        let busy = || invalid(format!("{id} is being worked on at this moment: try again when that is over"));
        let _claim = self.claim(id).ok_or_else(busy)?;
        let intent = match self.place_of(id).await? {
            Place::Missing => return Err(invalid(LedgerError::Missing(id.to_owned()).to_string())),
            Place::Theirs(earlier) => {
                let message =
                    format!("a desk that is running works on {id}: decide there, or close it first");
                return Err(Stopped::Busy { earlier: Box::new(earlier), message });
            }
            Place::Ours(intent) => intent,
        };
        if !matches!(intent.state, IntentState::Unknown | IntentState::WaitingAtStripe) {
            let state = intent.state.name();
            return Err(invalid(format!(
                "{id} is {state}: a person decides only on what is unknown or waits at Stripe"
            )));
        }
        let state = if happened { IntentState::Settled } else { IntentState::Refused };
        let says = if happened { "it happened" } else { "it did not happen" };
        let agent = self.identity.agent.clone();
        let message = Some(format!("{BY_HAND}{agent}: {says}"));
        let end = End { by: Some(agent), ..self.end(state, None, None, message) };
        let id = intent.id;
        let intent = on_ledger(&self.ledger, move |ledger| ledger.finish(&id, &end)).await?;
        Ok(Ending::new(intent, None))
    }

    /// Takes it over from a desk that is gone.
    async fn place_of(&self, id: &str) -> Result<Place, Stopped> {
        let owned = id.to_owned();
        let (account, live) = (self.identity.account.clone(), self.identity.live);
        let place = on_ledger(&self.ledger, move |ledger| -> Result<_, LedgerError> {
            let Some(found) = ledger.get(&owned)? else { return Ok(Ok(Place::Missing)) };
            if (&found.account, found.live) != (&account, live) {
                return Ok(Err(format!(
                    "{owned} belongs to {}, and this profile to {account}",
                    found.account
                )));
            }
            if found.state.is_final() {
                return Ok(Ok(Place::Ours(found)));
            }
            let own = ledger.adopt(&owned)?;
            // Read after it was taken over: its desk may have ended it meanwhile.
            let now = ledger.get(&owned)?.unwrap_or(found);
            let ours = own || now.state.is_final();
            Ok(Ok(if ours { Place::Ours(now) } else { Place::Theirs(now) }))
        });
        place.await?.map_err(|message| Stopped::Invalid { field: "intent".into(), message })
    }
}
