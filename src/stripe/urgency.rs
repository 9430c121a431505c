//! How urgently a call is wanted, which can change while it waits for its turn: what was read ahead is suddenly looked at.

use tokio::sync::watch;

use super::Priority;

/// The priority of a call, or of all attempts at it.
#[derive(Clone, Debug)]
pub enum Urgency {
    Fixed(Priority),
    /// As whoever holds the other end says.
    Told(watch::Receiver<Priority>),
    /// A change, which leaves before this or not at all: milliseconds since 1970.
    Until(i64),
}

impl From<Priority> for Urgency {
    fn from(priority: Priority) -> Self {
        Self::Fixed(priority)
    }
}

/// Raises what was begun with less urgency.
#[derive(Debug)]
pub struct Raise(watch::Sender<Priority>);

impl Raise {
    pub fn to(&self, priority: Priority) {
        self.0.send_if_modified(|now| {
            let raised = priority < *now;
            *now = priority.min(*now);
            raised
        });
    }
}

impl Urgency {
    pub fn told(begins: Priority) -> (Raise, Self) {
        let (raise, told) = watch::channel(begins);
        (Raise(raise), Self::Told(told))
    }

    pub fn now(&self) -> Priority {
        match self {
            Self::Fixed(priority) => *priority,
            Self::Told(told) => *told.borrow(),
            Self::Until(_) => Priority::Change,
        }
    }

    /// When it is of no use any more, by the clock on the wall.
    pub fn until_ms(&self) -> Option<i64> {
        match self {
            Self::Until(until_ms) => Some(*until_ms),
            Self::Fixed(_) | Self::Told(_) => None,
        }
    }

    /// Returns when it is above `before`; never where nobody can raise it any more.
    pub async fn above(&mut self, before: Priority) {
        if let Self::Told(told) = self
            && told.wait_for(|now| *now < before).await.is_ok()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}
