//! How a command ends: one exit code for each kind of failure, and the one match that gives it.

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::{
    config::ConfigError,
    gate::Stopped,
    ledger::{Intent, LedgerError},
    policy::{Decision, Mark},
    runtime::signals::End,
    stripe::{ApiError, Failure, NotSent, SetupError, plain::explain},
};

pub const DEFECT: u8 = 1;
pub const USAGE: u8 = 2;
pub const DENIED: u8 = 3;
pub const UNCONFIRMED: u8 = 4;
pub const STRIPE: u8 = 5;
pub const UNKNOWN: u8 = 6;
pub const CONFIG: u8 = 7;
pub const UNREACHABLE: u8 = 8;
pub const DIFFERS: u8 = 9;
/// As shells count those that a signal ended: this, and the signal's number.
pub const BY_SIGNAL: u8 = 128;

/// What each means, for whoever writes scripts.
pub(super) const CODES: &[(u8, &str)] = &[
    (0, "Done."),
    (DEFECT, "A defect of paydesk, or a result that could not be written: please report it."),
    (USAGE, "Usage: an unknown action or parameter, a wrong type; it is named with what it takes."),
    (DENIED, "Denied by the policy; the rule is named, and what would be allowed."),
    (
        UNCONFIRMED,
        "It has to be confirmed: --yes was not given, or --repeat for one like the last; nothing was sent.",
    ),
    (STRIPE, "Stripe answered with an error; its type, code, message and request id are shown."),
    (UNKNOWN, "The outcome is not known: it is kept, and `paydesk pending --resolve` settles it."),
    (CONFIG, "A missing key, or a file that cannot be read or is not valid; it is named."),
    (UNREACHABLE, "Stripe could not be reached, or not in time, and nothing was sent."),
    (
        DIFFERS,
        "A check found a difference; what a change rested on has moved, or it was done by somebody else before.",
    ),
];

/// Why a command did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failed {
    /// Of ours.
    Defect(String),
    /// Unknown action or parameter, wrong type.
    Usage(String),
    Denied(Box<Decision>),
    /// A person has to confirm, and nobody did. Nothing was sent.
    Unconfirmed {
        message: String,
        decision: Option<Box<Decision>>,
    },
    /// It is not as it was when it was decided: moved, done by somebody else, or taken back. Nothing was changed; confirming it
    /// does not help, looking again does.
    Overtaken {
        message: String,
        decision: Option<Box<Decision>>,
    },
    Stripe(Box<ApiError>),
    /// Something may have happened; the intent is kept.
    Unknown {
        message: String,
        intent: Option<Box<Intent>>,
    },
    /// Changes are still unknown after looking; `result` lists what ended and what is open.
    Unsettled {
        message: String,
        result: Value,
    },
    Config(String),
    /// A signal came while nothing was under way, after so many changes that have ended.
    Interrupted {
        end: End,
        sent: usize,
    },
    /// Nothing was sent.
    Unreachable(String),
    /// A check found a difference; `result` is what it found.
    Differs {
        message: String,
        result: Value,
    },
    /// Of several things some were not done; the first of those says how it ends.
    Partly {
        first: Box<Self>,
        message: String,
        result: Value,
    },
    /// The JSON document that was begun has been closed with it.
    Told(Box<Self>),
}

impl Failed {
    /// The codes that scripts rely on: `0` is success.
    pub fn code(&self) -> u8 {
        match self {
            Self::Defect(_) => DEFECT,
            Self::Usage(_) => USAGE,
            Self::Denied(_) => DENIED,
            Self::Unconfirmed { .. } => UNCONFIRMED,
            Self::Stripe(_) => STRIPE,
            Self::Unknown { .. } | Self::Unsettled { .. } => UNKNOWN,
            Self::Config(_) => CONFIG,
            Self::Unreachable(_) => UNREACHABLE,
            Self::Differs { .. } | Self::Overtaken { .. } => DIFFERS,
            Self::Interrupted { end, .. } => BY_SIGNAL.saturating_add(end.number()),
            Self::Told(failed) | Self::Partly { first: failed, .. } => failed.code(),
        }
    }

    pub fn exit(&self) -> ExitCode {
        ExitCode::from(self.code())
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Defect(_) => "defect",
            Self::Usage(_) => "invalid",
            Self::Denied(_) => "denied",
            Self::Unconfirmed { .. } => "unconfirmed",
            Self::Stripe(_) => "stripe",
            Self::Unknown { .. } | Self::Unsettled { .. } => "unknown_outcome",
            Self::Config(_) => "config",
            Self::Unreachable(_) => "network",
            Self::Differs { .. } => "difference",
            Self::Overtaken { .. } => "overtaken",
            Self::Interrupted { .. } => "interrupted",
            Self::Told(failed) | Self::Partly { first: failed, .. } => failed.kind(),
        }
    }

    /// In one line, for a person.
    pub fn message(&self) -> String {
        match self {
            Self::Defect(message) => format!("{message} (a defect of paydesk: please report it)"),
            Self::Denied(decision) => decision.denial(),
            Self::Interrupted { end, sent: 0 } => {
                format!("ended by {} before anything was sent: nothing was changed", end.name())
            }
            Self::Interrupted { end, sent } => {
                let name = end.name();
                format!("ended by {name}: {sent} sent before it, each with its answer, and nothing after it")
            }
            Self::Usage(message)
            | Self::Config(message)
            | Self::Unreachable(message)
            | Self::Unconfirmed { message, .. }
            | Self::Overtaken { message, .. }
            | Self::Unknown { message, .. }
            | Self::Unsettled { message, .. }
            | Self::Partly { message, .. }
            | Self::Differs { message, .. } => message.clone(),
            Self::Stripe(error) => stripe(error),
            Self::Told(failed) => failed.message(),
        }
    }

    /// The `error` object of the JSON envelope.
    pub fn json(&self) -> Value {
        match self {
            Self::Told(failed) => return failed.json(),
            Self::Partly { first, message, result } => {
                let mut error = first.json();
                if let Some(fields) = error.as_object_mut() {
                    fields.insert("message".to_owned(), json!(message));
                    fields.insert("result".to_owned(), result.clone());
                }
                return error;
            }
            _ => {}
        }
        let mut error = json!({"kind": self.kind(), "message": self.message(), "rule": null, "stripe": null});
        let mut set = |name: &str, value: Value| {
            if let Some(object) = error.as_object_mut() {
                object.insert(name.to_owned(), value);
            }
        };
        match self {
            Self::Denied(decision) => {
                let looked = decision.in_the_way().next();
                set("rule", json!(looked.map(|looked| &looked.rule)));
                set("allowed", json!(looked.and_then(|looked| looked.allowed.as_ref())));
                set("verdict", json!(decision));
            }
            Self::Unconfirmed { decision: Some(decision), .. } => {
                let asking = decision.rules.iter().find(|looked| looked.mark == Mark::Confirm);
                set("rule", json!(asking.map(|looked| &looked.rule)));
                set("verdict", json!(decision));
            }
            Self::Overtaken { decision: Some(decision), .. } => set("verdict", json!(decision)),
            Self::Stripe(found) => {
                let stripe = json!({
                    "type": found.kind,
                    "code": found.code,
                    "decline_code": found.decline_code,
                    "param": found.param,
                    "message": found.message,
                    "status": found.status,
                    "request_id": found.headers.request_id,
                });
                set("stripe", stripe);
            }
            Self::Unknown { intent: Some(intent), .. } => set("intent", json!(intent.id)),
            Self::Differs { result, .. } | Self::Unsettled { result, .. } => set("result", result.clone()),
            _ => {}
        }
        error
    }
}

/// What it means, Stripe's own sentence, type and code, and the request id last.
fn stripe(error: &ApiError) -> String {
    let mut says = explain(&Failure::Refused(Box::new(error.clone()))).what;
    // Some of the plain words hold Stripe's own already.
    if !says.contains(error.message.as_str()) {
        says = format!("{says}: {}", error.message);
    }
    let codes = [Some(&error.kind), error.code.as_ref(), error.decline_code.as_ref()];
    let codes: Vec<_> =
        codes.into_iter().flatten().filter(|code| !code.is_empty()).map(String::as_str).collect();
    let codes: Vec<_> = codes.into_iter().filter(|code| !says.contains(code)).collect();
    if !codes.is_empty() {
        says = format!("{says} ({})", codes.join(", "));
    }
    match &error.headers.request_id {
        Some(id) if !says.contains(id.as_str()) => format!("{says} · {id}"),
        _ => says,
    }
}

/// A failed read.
impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotSent(NotSent::Invalid(why)) => Self::Usage(why),
            Failure::Refused(error) => Self::Stripe(error),
            Failure::NotSent(_) | Failure::Lost(_) | Failure::Unreadable { .. } => {
                let plain = explain(&failure);
                Self::Unreachable(format!("{}; nothing was changed; {}", plain.what, plain.todo))
            }
        }
    }
}

impl From<ConfigError> for Failed {
    fn from(error: ConfigError) -> Self {
        Self::Config(error.to_string())
    }
}

impl From<SetupError> for Failed {
    fn from(error: SetupError) -> Self {
        Self::Config(error.to_string())
    }
}

impl From<LedgerError> for Failed {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Missing(_) | LedgerError::NoProposal(_) => Self::Usage(error.to_string()),
            LedgerError::Over { .. } | LedgerError::Waiting(_) => {
                Self::Unconfirmed { message: error.to_string(), decision: None }
            }
            _ => Self::Config(error.to_string()),
        }
    }
}

/// Nothing was sent. `cause` is the last call's failure, which says whether Stripe could be asked at all.
pub(super) fn stopped(stopped: Stopped, cause: Option<Failure>) -> Failed {
    match stopped {
        Stopped::Denied(decision) => Failed::Denied(Box::new(decision)),
        Stopped::Unconfirmed { decision, message } => {
            Failed::Unconfirmed { message, decision: Some(Box::new(decision)) }
        }
        Stopped::Moved { changes, decision } => Failed::Overtaken {
            message: format!("it has changed meanwhile, and nothing was sent: {}", changes.join(", ")),
            decision: Some(Box::new(decision)),
        },
        Stopped::Invalid { field, message } => Failed::Usage(format!("{field}: {message}")),
        Stopped::Equal { message, .. } => Failed::Unconfirmed {
            message: format!("{message}; nothing was sent; --repeat does it once more"),
            decision: None,
        },
        Stopped::Busy { earlier, message } => Failed::Unknown {
            message: format!("{message}; nothing more was sent; `paydesk pending --resolve` settles it"),
            intent: Some(earlier),
        },
        Stopped::Facts(message) => match cause {
            Some(Failure::Refused(error)) => Failed::Stripe(error),
            _ => Failed::Unreachable(format!("{message}; nothing was sent")),
        },
        Stopped::Late(message) => Failed::Unreachable(format!("{message}; nothing was sent")),
        Stopped::Ledger(message) => Failed::Config(format!("{message}; nothing was sent")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Looked, Outcome};

    fn denied() -> Failed {
        let looked = |rule: &str, mark, allowed: Option<&str>| Looked {
            rule: rule.into(),
            mark,
            input: String::new(),
            says: "$500.00 is the most".into(),
            allowed: allowed.map(Into::into),
            lacks: None,
        };
        Failed::Denied(Box::new(Decision {
            outcome: Outcome::Deny,
            rules: vec![
                looked("refunds.reason", Mark::Pass, None),
                looked("refunds.max", Mark::Deny, Some("at most $500.00")),
            ],
            policy_hash: "ab".into(),
        }))
    }

    #[test]
    fn a_denial_names_the_rule_and_what_would_be_allowed() {
        let failed = denied();
        assert_eq!(failed.code(), 3);
        assert!(failed.message().contains("refunds.max") && failed.message().contains("at most $500.00"));
        assert!(!failed.message().contains("refunds.reason"));
        let json = failed.json();
        assert_eq!((&json["kind"], &json["rule"]), (&json!("denied"), &json!("refunds.max")));
        assert_eq!(json["allowed"], "at most $500.00");
    }

    #[test]
    fn a_read_that_could_not_leave_is_told_from_one_that_stripe_refused() {
        let lost = Failed::from(Failure::NotSent(NotSent::Connect("refused".into())));
        assert_eq!(lost.code(), UNREACHABLE);
        let error = ApiError { status: 404, code: Some("resource_missing".into()), ..ApiError::default() };
        let refused = Failed::from(Failure::Refused(Box::new(error)));
        assert_eq!(refused.code(), STRIPE);
        assert_eq!(refused.json()["stripe"]["status"], 404);
    }

    #[test]
    fn what_stopped_a_change_decides_the_code() {
        let code = |stop: Stopped, cause: Option<Failure>| stopped(stop, cause).code();
        assert_eq!(code(Stopped::Facts("x".into()), None), UNREACHABLE);
        let decision = Decision { outcome: Outcome::Allow, rules: Vec::new(), policy_hash: "ab".into() };
        // Whoever adds --yes on 4 has not added it here, and would not be helped by it.
        assert_eq!(code(Stopped::Moved { changes: Vec::new(), decision }, None), DIFFERS);
        let refused = Failure::Refused(Box::default());
        assert_eq!(code(Stopped::Facts("x".into()), Some(refused)), STRIPE);
        assert_eq!(code(Stopped::Ledger("full".into()), None), CONFIG);
        assert_eq!(code(Stopped::Invalid { field: "a".into(), message: "b".into() }, None), USAGE);
    }
}
