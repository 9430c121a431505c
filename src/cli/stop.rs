//! A signal in the middle of a command: what was not sent is taken back at once, and what was is waited for.

use std::{future::Future, pin::pin, time::Duration};

use super::{exit::Failed, out::note};
use crate::{
    gate::Gate,
    ledger::Intent,
    runtime::signals::{End, Ends},
};

/// How long an answer that is on its way is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a command may take to say how that ended which has ended.
const TELLING: Duration = Duration::from_secs(1);

/// Hears signals while a command works.
pub(super) struct Stop(Ends);

impl Stop {
    pub(super) fn listen() -> Result<Self, Failed> {
        Ends::listen().map(Self).map_err(|error| Failed::Defect(format!("signals cannot be heard: {error}")))
    }

    /// Until somebody asks to end.
    pub(super) async fn asked(&mut self) -> End {
        self.0.next().await
    }

    /// Work that changes nothing: a signal ends it at once.
    pub(super) async fn reading<T>(
        &mut self,
        work: impl Future<Output = Result<T, Failed>>,
    ) -> Result<T, Failed> {
        tokio::select! {
            done = work => done,
            end = self.asked() => Err(Failed::Interrupted { end, sent: 0 }),
        }
    }

    /// Work through the gate: once it has sent anything, its end is waited for, until patience ends or a second signal comes.
    pub(super) async fn changing<T>(
        &mut self,
        gate: &Gate,
        work: impl Future<Output = Result<T, Failed>>,
    ) -> Result<T, Failed> {
        let mut work = pin!(work);
        let end = tokio::select! {
            done = &mut work => return done,
            end = self.asked() => end,
        };
        let sent = match gate.leave().await {
            Ok(sent) => sent,
            Err(error) => {
                let message = format!(
                    "ended by {}, and whether something was sent is not known, since {error}; `paydesk pending \
                     --resolve` settles it",
                    end.name()
                );
                return Err(Failed::Unknown { message, intent: None });
            }
        };
        let count = sent.len();
        // What is still open is what has to be named, should it not be waited for.
        let Some(intent) = sent.into_iter().find(|intent| !intent.state.is_final()) else {
            if count == 0 {
                return Err(Failed::Interrupted { end, sent: 0 });
            }
            // Stripe has answered all of it: there is only to be said how it went.
            return tokio::select! {
                done = &mut work => done,
                () = tokio::time::sleep(TELLING) => Err(Failed::Interrupted { end, sent: count }),
                _again = self.asked() => Err(Failed::Interrupted { end, sent: count }),
            };
        };
        // Whoever does not listen misses nothing that matters.
        let _told = note(&format!(
            "{}: waiting up to {} s for Stripe's answer; a second signal ends at once",
            end.name(),
            PATIENCE.as_secs()
        ));
        tokio::select! {
            done = &mut work => done,
            () = tokio::time::sleep(PATIENCE) => Err(unknown(end, intent)),
            _again = self.asked() => Err(unknown(end, intent)),
        }
    }
}

fn unknown(end: End, intent: Intent) -> Failed {
    let message = format!(
        "ended by {} before Stripe had answered, so it is not known whether it happened: {} ({}); `paydesk pending \
         --resolve` settles it with the same idempotency key",
        end.name(),
        intent.proposal.sentence,
        intent.id
    );
    Failed::Unknown { message, intent: Some(Box::new(intent)) }
}
