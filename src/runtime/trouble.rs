//! A failed read in words for an agent: what happened, and what to do about it.

use crate::{
    desk::message::Trouble,
    model::Shape,
    stripe::{ApiError, ErrorKind, Failure, NotSent},
};

pub fn trouble(failure: &Failure) -> Trouble {
    match failure {
        Failure::NotSent(NotSent::Invalid(why)) => {
            said(format!("this cannot be asked: {why}"), "report it: this is a defect of paydesk", false)
        }
        Failure::NotSent(NotSent::GivenUp) => {
            said("gave up waiting for a place under the rate limit".into(), "try again in a moment", true)
        }
        Failure::NotSent(why) => said(
            format!("could not reach Stripe: {why}"),
            "check the network and status.stripe.com, then try again",
            true,
        ),
        Failure::Lost(why) => {
            said(format!("the connection to Stripe failed: {why}"), "try again; nothing was changed", true)
        }
        Failure::Unreadable { status, reason, headers } => Trouble {
            request_id: headers.request_id.clone(),
            ..said(format!("Stripe's answer could not be read (HTTP {status}): {reason}"), "try again", true)
        },
        Failure::Refused(error) => refused(error),
    }
}

/// Stripe answered with something else than was asked for.
pub fn misshapen(shape: &Shape) -> Trouble {
    said(shape.to_string(), "report it if it comes again", true)
}

/// A read that panicked.
pub fn crashed() -> Trouble {
    said("reading failed inside paydesk".into(), "try again, and report it: this is a defect", true)
}

fn said(what: String, todo: &str, retry: bool) -> Trouble {
    Trouble { what, todo: todo.to_owned(), request_id: None, retry, missing: false }
}

fn refused(error: &ApiError) -> Trouble {
    let message = error.message.as_str();
    let kind = error.error_kind();
    let (what, todo, retry) = match kind {
        ErrorKind::Authentication => (
            format!("Stripe does not accept the key: {message}"),
            "make a new restricted key in the Dashboard, and start again with it".into(),
            false,
        ),
        ErrorKind::Permission => (
            match error.missing_permission() {
                Some(permission) => format!("the key lacks the permission {permission}"),
                None => format!("the key may not do this: {message}"),
            },
            "an administrator can grant it under Developers → API keys; the rest of the desk works".into(),
            false,
        ),
        ErrorKind::RateLimit => {
            ("Stripe's rate limit is reached".into(), "wait some seconds, then try again".into(), true)
        }
        ErrorKind::Locked => {
            ("somebody else is changing this at the moment".into(), "try again in a moment".into(), true)
        }
        ErrorKind::Missing => {
            (format!("Stripe has no such object: {message}"), "check the id and the mode".into(), false)
        }
        ErrorKind::Server => (
            format!("Stripe failed (HTTP {}): {message}", error.status),
            "try again; see status.stripe.com".into(),
            true,
        ),
        ErrorKind::KeyInUse
        | ErrorKind::KeyReused
        | ErrorKind::ApprovalRequired
        | ErrorKind::Card
        | ErrorKind::Invalid => {
            (format!("Stripe refused: {message}"), "change what was asked for".into(), false)
        }
    };
    Trouble {
        what,
        todo,
        request_id: error.headers.request_id.clone(),
        retry,
        missing: kind == ErrorKind::Missing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stripe::Headers;

    fn refusal(status: u16, message: &str) -> Trouble {
        let headers = Headers { request_id: Some("req_1".into()), ..Headers::default() };
        trouble(&Failure::Refused(Box::new(ApiError {
            status,
            message: message.into(),
            headers,
            ..ApiError::default()
        })))
    }

    #[test]
    fn a_missing_permission_is_named_with_who_can_help() {
        let said = refusal(403, "Having the 'rak_charge_read' permission would allow this");
        assert_eq!(said.what, "the key lacks the permission rak_charge_read");
        assert!(said.todo.contains("API keys") && !said.retry);
        assert_eq!(said.request_id.as_deref(), Some("req_1"));
    }

    #[test]
    fn what_may_pass_can_be_tried_again_and_what_is_missing_is_marked() {
        assert!(refusal(500, "").retry && refusal(429, "").retry);
        assert!(!refusal(401, "").retry && !refusal(400, "").retry);
        assert!(refusal(404, "No such charge").missing);
        let said = trouble(&Failure::NotSent(NotSent::Connect("connection refused".into())));
        assert!(said.what.contains("connection refused") && said.retry && !said.missing);
    }
}
