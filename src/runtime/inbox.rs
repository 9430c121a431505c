//! Notices that another process has written to the ledger, and tells the desk when something else waits for a person than before. A
//! look reads one number; nothing is sent, and so nothing drawn, while nothing changes.

use std::{sync::Arc, time::Duration};

use tokio::sync::mpsc::Sender;

use super::Event;
use crate::{
    desk::Message,
    gate::{Gate, on_ledger},
    ledger::Asked,
};

const EVERY: Duration = Duration::from_secs(2);

/// Looks for ever, at once for the first time.
pub async fn watch(gate: Arc<Gate>, events: Sender<Event>) {
    let (mut version, mut known): (Option<i64>, Vec<Asked>) = (None, Vec::new());
    loop {
        // What cannot be read now is read at the next look.
        let now = on_ledger(gate.ledger(), |ledger| ledger.version()).await.ok();
        let over = known.iter().any(|asked| asked.over(gate.now()).is_some());
        if (now != version || over)
            && let Ok(waiting) = gate.waiting().await
        {
            version = now;
            if waiting != known {
                known.clone_from(&waiting);
                if events.send(Event::Desk(Message::Waiting { asked: waiting })).await.is_err() {
                    return;
                }
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}
