//! A failed read in words for an agent: what happened, and what to do about it.

use crate::{
    desk::message::Trouble,
    model::Shape,
    stripe::{ErrorKind, Failure, NotSent, plain::explain},
};

pub fn trouble(failure: &Failure) -> Trouble {
    if let Some(trouble) = not_permitted(failure) {
        return trouble;
    }
    let mut plain = explain(failure);
    // A question changes nothing, wherever it was lost.
    if matches!(failure, Failure::Lost(_) | Failure::Unreadable { .. }) {
        plain.meaning = "nothing was changed by it".into();
    }
    let (retry, missing) = match failure {
        Failure::NotSent(NotSent::Invalid(_)) => (false, false),
        Failure::NotSent(_) | Failure::Lost(_) | Failure::Unreadable { .. } => (true, false),
        Failure::Refused(error) => {
            let kind = error.error_kind();
            let passes = matches!(kind, ErrorKind::RateLimit | ErrorKind::Locked | ErrorKind::Server);
            (passes, kind == ErrorKind::Missing)
        }
    };
    Trouble {
        what: format!("{}: {}", plain.what, plain.meaning),
        todo: plain.todo,
        request_id: failure.headers().and_then(|headers| headers.request_id.clone()),
        retry,
        missing,
    }
}

/// The key is narrower than the desk: which permission it lacks, and whom to ask for it.
fn not_permitted(failure: &Failure) -> Option<Trouble> {
    let Failure::Refused(error) = failure else { return None };
    let permission = error.missing_permission().filter(|_| error.error_kind() == ErrorKind::Permission)?;
    let (resource, access) = permission.strip_prefix("rak_")?.rsplit_once('_')?;
    Some(Trouble {
        what: format!("this key may not {access} {}s", resource.replace('_', " ")),
        todo: format!("ask your lead to grant it the permission {permission}; Ctrl-r reads again"),
        request_id: error.headers.request_id.clone(),
        retry: false,
        missing: false,
    })
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
    fn a_missing_permission_is_named_with_whom_to_ask() {
        let said = refusal(
            403,
            "Having the 'rak_payment_method_read' permission would allow this request to continue.",
        );
        assert_eq!(said.what, "this key may not read payment methods");
        assert!(said.todo.contains("rak_payment_method_read") && said.todo.contains("lead"), "{}", said.todo);
        assert!(refusal(403, "no").what.contains("lacks a permission"));
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
