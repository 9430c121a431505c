//! A failed read in words for an agent: what happened, and what to do about it.

use crate::{
    desk::message::Trouble,
    model::Shape,
    stripe::{ErrorKind, Failure, NotSent, plain::explain},
};

pub fn trouble(failure: &Failure) -> Trouble {
    let mut plain = explain(failure);
    // A question changes nothing, wherever it was lost.
    if matches!(failure, Failure::Lost(_) | Failure::Unreadable { .. }) {
        plain.meaning = "nothing was changed by it".into();
        plain.todo = "try again".into();
    }
    let (request_id, retry, missing) = match failure {
        Failure::NotSent(NotSent::Invalid(_)) => (None, false, false),
        Failure::NotSent(_) | Failure::Lost(_) => (None, true, false),
        Failure::Unreadable { headers, .. } => (headers.request_id.clone(), true, false),
        Failure::Refused(error) => {
            let kind = error.error_kind();
            let passes = matches!(kind, ErrorKind::RateLimit | ErrorKind::Locked | ErrorKind::Server);
            (error.headers.request_id.clone(), passes, kind == ErrorKind::Missing)
        }
    };
    Trouble {
        what: format!("{}: {}", plain.what, plain.meaning),
        todo: plain.todo,
        request_id,
        retry,
        missing,
    }
}

/// Stripe answered with something else than was asked for.
pub fn misshapen(shape: &Shape) -> Trouble {
    said(shape.to_string(), "try again, and report it if it comes again")
}

/// A read that panicked.
pub fn crashed() -> Trouble {
    said("reading failed inside paydesk".into(), "try again, and report it: this is a defect")
}

fn said(what: String, todo: &str) -> Trouble {
    Trouble { what, todo: todo.to_owned(), request_id: None, retry: true, missing: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stripe::{ApiError, Headers};

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
    fn what_may_pass_can_be_tried_again_and_what_is_missing_is_marked() {
        assert!(refusal(500, "").retry && refusal(429, "").retry);
        assert!(!refusal(401, "").retry && !refusal(400, "").retry && !refusal(403, "").retry);
        let missing = refusal(404, "No such charge");
        assert!(missing.missing && missing.request_id.as_deref() == Some("req_1"));
        let said = trouble(&Failure::NotSent(NotSent::Connect("connection refused".into())));
        assert!(said.what.contains("connection refused") && said.retry && !said.missing);
    }
}
