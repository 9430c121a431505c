//! Signals as events: leave (SIGTERM, SIGHUP, SIGINT from outside), stop (SIGTSTP) and go on (SIGCONT).

use tokio::sync::mpsc::Sender;

use super::Event;

/// Listens from now on. An error means that the system lets nobody listen.
#[cfg(unix)]
pub fn forward(events: Sender<Event>) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    use crate::desk::Message;

    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut stop = signal(SignalKind::from_raw(signal_hook::consts::SIGTSTP))?;
    let mut go_on = signal(SignalKind::from_raw(signal_hook::consts::SIGCONT))?;
    tokio::spawn(async move {
        loop {
            let event = tokio::select! {
                _ = terminate.recv() => Event::Desk(Message::Terminate),
                _ = hangup.recv() => Event::Hangup,
                _ = interrupt.recv() => Event::Desk(Message::Terminate),
                _ = stop.recv() => Event::Suspend,
                _ = go_on.recv() => Event::Continued,
            };
            if events.send(event).await.is_err() {
                return;
            }
        }
    });
    Ok(())
}

#[cfg(not(unix))]
pub fn forward(events: Sender<Event>) -> std::io::Result<()> {
    use crate::desk::Message;

    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            if events.send(Event::Desk(Message::Terminate)).await.is_err() {
                return;
            }
        }
    });
    Ok(())
}
