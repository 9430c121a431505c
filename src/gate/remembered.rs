//! What the desk remembers beside changes, of the account that it works on: it stays on this machine.

use super::{Gate, on_ledger};
use crate::{
    ledger::{LedgerError, Note, Visit},
    model::CustomerId,
};

impl Gate {
    /// Notes that a customer was opened, where one is named, and gives who was lately, the latest first.
    pub async fn lately(&self, opened: Option<CustomerId>) -> Result<Vec<Visit>, LedgerError> {
        let (account, live, at) = (self.identity.account.clone(), self.identity.live, self.now());
        on_ledger(&self.ledger, move |ledger| {
            let whose = (account.as_str(), live);
            if let Some(customer) = opened {
                ledger.visited(whose, &Visit { customer, at })?;
            }
            ledger.lately(whose)
        })
        .await
    }

    /// What agents wrote down about a customer, the latest first.
    pub async fn notes(&self, customer: &CustomerId) -> Result<Vec<Note>, LedgerError> {
        let (account, live, customer) = (self.identity.account.clone(), self.identity.live, customer.clone());
        on_ledger(&self.ledger, move |ledger| ledger.notes((&account, live), &customer)).await
    }

    /// Adds a note of the agent at this desk.
    pub async fn note(&self, customer: &CustomerId, text: &str) -> Result<(), LedgerError> {
        let (account, live, customer) = (self.identity.account.clone(), self.identity.live, customer.clone());
        let note = Note { author: self.identity.agent.clone(), at: self.now(), text: text.to_owned() };
        on_ledger(&self.ledger, move |ledger| ledger.note((&account, live), (&customer, &note))).await
    }
}
