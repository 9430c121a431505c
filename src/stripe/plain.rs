//! Failures in a person's words: what happened, what it means, what to do. For the screen and the command line alike.

use serde::{Deserialize, Serialize};

use super::{ApiError, ErrorKind, Failure, NotSent};

/// Three sentences without full stops at the end, so that ids can be picked up whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plain {
    pub what: String,
    pub meaning: String,
    pub todo: String,
}

impl std::fmt::Display for Plain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}; {}", self.what, self.meaning, self.todo)
    }
}

fn plain(what: impl Into<String>, meaning: impl Into<String>, todo: impl Into<String>) -> Plain {
    Plain { what: what.into(), meaning: meaning.into(), todo: todo.into() }
}

/// Of a read, which can be repeated as it is. What a change may have done in spite of the failure is the gate's to say.
pub fn explain(failure: &Failure) -> Plain {
    match failure {
        Failure::NotSent(NotSent::Certificate(why)) => plain(
            format!(
                "the server that answered for Stripe is not trusted: its certificate is not accepted ({why})"
            ),
            "nothing was sent",
            "ask whoever runs this network",
        ),
        Failure::NotSent(why) => plain(
            format!("could not reach Stripe ({why})"),
            "nothing was sent",
            "look at the network and at status.stripe.com, then try again",
        ),
        Failure::Lost(why) => plain(
            format!("the connection was lost after sending ({why})"),
            "no answer came back",
            "try again",
        ),
        Failure::Unreadable { status, reason, .. } => plain(
            format!("Stripe's answer could not be read (HTTP {status}, {reason})"),
            "what it says is not known",
            "try again",
        ),
        Failure::Refused(error) => refused(error),
    }
}

/// Codes whose meaning is more than their status.
const BY_CODE: &[(&str, &str, &str, &str)] = &[
    (
        "charge_already_refunded",
        "the charge is already refunded in full",
        "nothing is left to give back",
        "reload the charge and look at its refunds",
    ),
    (
        "charge_disputed",
        "the charge is disputed",
        "the bank took the money back already, so Stripe refuses a refund",
        "answer the dispute instead",
    ),
    (
        "refund_disputed_payment",
        "the payment is disputed",
        "the bank took the money back already, so Stripe refuses a refund",
        "answer the dispute instead",
    ),
    (
        "charge_not_refundable",
        "the charge cannot be refunded",
        "its state or the way it was paid does not allow it",
        "reload the charge",
    ),
    (
        "balance_insufficient",
        "the Stripe balance does not cover it",
        "nothing was done",
        "have the balance topped up, then try again",
    ),
    (
        "insufficient_funds",
        "the Stripe balance does not cover it",
        "nothing was done",
        "have the balance topped up, then try again",
    ),
    (
        "action_blocked",
        "a rule of this Stripe account forbids it",
        "nothing was done",
        "ask an administrator of the account",
    ),
    (
        "anomalous_money_movement_request",
        "Stripe held it back as unusual",
        "nothing was done",
        "ask an administrator to look at the account's settings",
    ),
    (
        "invoice_upcoming_none",
        "No upcoming invoices, says Stripe",
        "nothing more will be billed",
        "reload the subscription",
    ),
    ("amount_too_small", "the amount is below what Stripe takes", "nothing was done", "give a larger amount"),
];

fn refused(error: &ApiError) -> Plain {
    let by_code = BY_CODE.iter().find(|(code, ..)| error.code.as_deref() == Some(*code));
    if let Some((_, what, meaning, todo)) = by_code {
        return plain(*what, *meaning, *todo);
    }
    match error.error_kind() {
        ErrorKind::Authentication => plain(
            "Stripe does not take the key",
            "it is wrong, revoked or expired",
            "log in again with a valid key",
        ),
        ErrorKind::Permission => {
            if let Some(account) = error.unreached_account() {
                return plain(
                    format!("this key does not reach the account {account}"),
                    "nothing was done",
                    "name an account that is connected to the key's own, or none (STRIPE_ACCOUNT, `account`)",
                );
            }
            let named = error.missing_permission().map_or_else(
                || "the key lacks a permission".to_owned(),
                |permission| format!("the key lacks the permission {permission}"),
            );
            let todo = "have it granted in the Dashboard under Developers, API keys, or use another key";
            plain(named, "nothing was done", todo)
        }
        ErrorKind::RateLimit => {
            plain("Stripe limits how fast it is asked", "nothing was done", "wait a little and try again")
        }
        ErrorKind::Locked => {
            plain("somebody else is changing this object", "nothing was done", "wait a little and try again")
        }
        ErrorKind::KeyInUse => plain(
            "the first attempt is still running at Stripe",
            "it may yet be done",
            "wait until paydesk has looked it up",
        ),
        ErrorKind::KeyReused => plain(
            "Stripe knows this idempotency key from another request",
            "what that one did has to be looked at first",
            "report this: it should not happen",
        ),
        ErrorKind::ApprovalRequired => {
            let id = error.approval_request.as_deref().unwrap_or("see the Dashboard");
            plain(
                format!("Stripe waits for a second person ({id})"),
                "Stripe does it by itself once it is approved there",
                "do not send it again; ask somebody to approve it in the Dashboard",
            )
        }
        ErrorKind::Card => plain(
            format!("declined: {}", error.says()),
            "the bank or the balance said no, and nothing was done",
            "use another way to pay, or try later",
        ),
        ErrorKind::Missing => plain(
            format!("Stripe knows no such object: {}", error.says()),
            "the id is wrong, or belongs to another account or mode",
            "check the id and whether this desk works live or in test mode",
        ),
        ErrorKind::Invalid => plain(
            format!("Stripe refused it: {}", error.says()),
            "nothing was done",
            "reload the object and look at what changed",
        ),
        ErrorKind::Server => plain(
            format!("Stripe failed: {}", error.says()),
            "the trouble is Stripe's own",
            "look at status.stripe.com, then try again",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, code: Option<&str>, message: &str) -> Plain {
        explain(&Failure::Refused(Box::new(ApiError {
            status,
            code: code.map(Into::into),
            message: message.into(),
            ..ApiError::default()
        })))
    }

    #[test]
    fn the_permission_is_named() {
        let said = refusal(
            403,
            None,
            "Having the 'rak_refund_write' permission would allow this request to continue.",
        );
        assert!(said.what.contains("rak_refund_write"), "{said}");
    }

    #[test]
    fn a_code_says_more_than_its_status() {
        assert!(refusal(400, Some("charge_already_refunded"), "x").what.contains("already refunded"));
        assert!(refusal(400, Some("approval_required"), "x").todo.contains("do not send it again"));
        assert!(refusal(401, None, "x").todo.contains("log in"));
    }

    #[test]
    fn what_may_have_happened_is_never_called_nothing() {
        for failure in [
            Failure::Lost("reset".into()),
            Failure::Unreadable { status: 200, reason: "cut".into(), headers: Box::default() },
            Failure::Refused(Box::new(ApiError { status: 500, ..ApiError::default() })),
        ] {
            let said = explain(&failure).to_string();
            assert!(!said.contains("nothing was"), "{said}");
        }
    }
}
