//! Signals: those that ask the program to end (SIGTERM, SIGHUP, SIGINT from outside), and stop (SIGTSTP) and go on (SIGCONT)
//! as events.

use tokio::sync::mpsc::Sender;

use super::Event;
use crate::desk::Message;

/// Which signal asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Hangup,
    Interrupt,
    Terminate,
}

impl End {
    pub fn name(self) -> &'static str {
        match self {
            Self::Hangup => "SIGHUP",
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        }
    }

    /// The system's number.
    pub fn number(self) -> u8 {
        match self {
            Self::Hangup => 1,
            Self::Interrupt => 2,
            Self::Terminate => 15,
        }
    }
}

/// Hears every signal that asks to end, from [`Ends::listen`] on: none of them ends the program by itself any more.
#[derive(Debug)]
pub struct Ends {
    #[cfg(unix)]
    heard: [(End, tokio::signal::unix::Signal); 3],
}

impl Ends {
    /// An error means that the system lets nobody listen.
    #[cfg(unix)]
    pub fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            heard: [
                (End::Terminate, signal(SignalKind::terminate())?),
                (End::Hangup, signal(SignalKind::hangup())?),
                (End::Interrupt, signal(SignalKind::interrupt())?),
            ],
        })
    }

    #[cfg(not(unix))]
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {})
    }

    /// The next one.
    #[cfg(unix)]
    pub async fn next(&mut self) -> End {
        let [terminate, hangup, interrupt] = &mut self.heard;
        tokio::select! {
            _ = terminate.1.recv() => terminate.0,
            _ = hangup.1.recv() => hangup.0,
            _ = interrupt.1.recv() => interrupt.0,
        }
    }

    #[cfg(not(unix))]
    pub async fn next(&mut self) -> End {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        End::Interrupt
    }
}

/// From now on a file that may not grow any further is an error of its write, not the end of the program.
#[cfg(unix)]
pub fn outlive_limits() {
    let told = std::sync::Arc::default();
    // Where this is not taken, the system ends the program as it would have.
    let _registered = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, told);
}

#[cfg(not(unix))]
pub fn outlive_limits() {}

fn end(end: End) -> Event {
    if end == End::Hangup { Event::Hangup } else { Event::Desk(Message::Terminate) }
}

/// Listens from now on. An error means that the system lets nobody listen.
#[cfg(unix)]
pub fn forward(events: Sender<Event>) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut ends = Ends::listen()?;
    let mut stop = signal(SignalKind::from_raw(signal_hook::consts::SIGTSTP))?;
    let mut go_on = signal(SignalKind::from_raw(signal_hook::consts::SIGCONT))?;
    tokio::spawn(async move {
        loop {
            let event = tokio::select! {
                heard = ends.next() => end(heard),
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
    let mut ends = Ends::listen()?;
    tokio::spawn(async move { while events.send(end(ends.next().await)).await.is_ok() {} });
    Ok(())
}
