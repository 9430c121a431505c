//! Why a tool did not do what it was asked, in words from which an assistant can go on: what was wrong, and what would be right.

use serde_json::{Value, json};

use super::answer;
use crate::{
    actions::FieldError,
    gate::Stopped,
    ledger::LedgerError,
    policy::{Decision, Mark},
    stripe::{Failure, plain::explain},
};

#[derive(Debug)]
pub(super) struct Trouble {
    kind: &'static str,
    message: String,
    /// Further fields of the error.
    more: Vec<(&'static str, Value)>,
    /// What Stripe itself said.
    stripe: Option<Box<Value>>,
}

impl Trouble {
    fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), more: Vec::new(), stripe: None }
    }

    fn with(mut self, name: &'static str, value: Value) -> Self {
        self.more.push((name, value));
        self
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new("invalid", message)
    }

    pub(super) fn busy(message: impl Into<String>) -> Self {
        Self::new("busy", message)
    }

    pub(super) fn broke_off() -> Self {
        let says = "it broke off inside paydesk. If it was a change, it is not known whether it happened: do not ask again, a \
                    person has to look";
        Self::new("defect", says)
    }

    /// It may have happened.
    pub(super) fn unknown(message: impl Into<String>, intent: &str) -> Self {
        let says = format!("{}. Do not ask again: a person settles it", message.into());
        Self::new("unknown_outcome", says).with("intent", json!(intent))
    }

    /// It was tried, and nothing was changed.
    pub(super) fn refused(message: impl Into<String>, intent: &str) -> Self {
        Self::new("refused", message).with("intent", json!(intent))
    }

    pub(super) fn denied(decision: &Decision) -> Self {
        let worst = decision.in_the_way().next();
        let second = worst.is_some_and(|looked| looked.mark == Mark::SecondPerson);
        let message = if second {
            format!("{}; a person has to ask for it", decision.denial())
        } else {
            decision.denial()
        };
        Self::new("denied", message)
            .with("rule", json!(worst.map(|looked| &looked.rule)))
            .with("allowed", json!(worst.and_then(|looked| looked.allowed.as_ref())))
    }

    pub(super) fn unreadable(what: &str) -> Self {
        Self::new("unreadable", format!("Stripe's answer could not be read: {what}"))
    }

    pub(super) fn json(&self) -> Value {
        let mut error = json!({"kind": self.kind, "message": self.message});
        if let Some(error) = error.as_object_mut() {
            error.extend(self.more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        }
        let mut whole = json!({"error": error});
        if let (Some(whole), Some(said)) = (whole.as_object_mut(), &self.stripe) {
            whole.insert("stripe_data".into(), answer::marked(said.as_ref().clone()));
        }
        whole
    }
}

impl From<FieldError> for Trouble {
    fn from(error: FieldError) -> Self {
        Self::invalid(error.to_string()).with("argument", json!(error.field))
    }
}

impl From<LedgerError> for Trouble {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::NoProposal(_) | LedgerError::Missing(_) | LedgerError::Over { .. } => {
                Self::invalid(error.to_string())
            }
            LedgerError::Waiting(_) => Self::busy(error.to_string()),
            _ => Self::new("ledger", format!("{error}; nothing was sent")),
        }
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        let plain = explain(&failure);
        let Failure::Refused(error) = &failure else {
            return Self::new("network", format!("{}; {}", plain.what, plain.todo));
        };
        // Stripe's own sentence quotes what it was sent: it is kept apart from ours.
        let said = json!({
            "type": error.kind,
            "code": error.code,
            "decline_code": error.decline_code,
            "param": error.param,
            "message": error.message,
            "status": error.status,
            "request_id": error.headers.request_id,
        });
        Self {
            stripe: Some(Box::new(said)),
            ..Self::new("stripe", format!("Stripe refused; {}", plain.todo))
        }
    }
}

impl From<Stopped> for Trouble {
    fn from(stopped: Stopped) -> Self {
        let says = stopped.to_string();
        let nothing = |kind| Self::new(kind, format!("{says}; nothing was sent"));
        match &stopped {
            Stopped::Denied(decision) => Self::denied(decision),
            Stopped::Unconfirmed { .. } | Stopped::Moved { .. } => nothing("moved"),
            Stopped::Invalid { .. } => Self::invalid(says),
            Stopped::Equal { earlier, .. } | Stopped::Busy { earlier, .. } => {
                let kind = if matches!(stopped, Stopped::Equal { .. }) { "repeated" } else { "busy" };
                nothing(kind).with("intent", json!(earlier.id))
            }
            Stopped::Facts(_) | Stopped::Late(_) => nothing("facts"),
            Stopped::Ledger(_) => nothing("ledger"),
        }
    }
}
