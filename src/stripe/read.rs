//! A read that is tried again where that can help, over any transport.

use std::time::Duration;

use super::{
    Failure, NotSent, Reply, Transport, Urgency,
    retry::{self, Access, Next},
};
use crate::request::Request;

/// The last failure where all attempts failed. A server that cannot expand what was asked for, an older one or a stand-in,
/// is asked once more without: what is missing then is shown as missing.
pub async fn read(
    transport: &dyn Transport,
    request: &Request,
    urgency: impl Into<Urgency>,
) -> Result<Reply, Failure> {
    let urgency = urgency.into();
    if request.is_write() {
        // It goes through the gate, which keeps an account of attempts.
        let why = format!(
            "{} {} changes something: it is not sent as a read",
            request.method.name(),
            request.endpoint
        );
        return Err(Failure::NotSent(NotSent::Invalid(why)));
    }
    let mut attempt = 1_u32;
    loop {
        let failure = match transport.attempt(request, urgency.clone()).await {
            Ok(reply) => return Ok(reply),
            Err(failure) => failure,
        };
        if let Some(plain) = unexpanded(request, &failure) {
            return Box::pin(read(transport, &plain, urgency)).await;
        }
        match retry::decide(attempt, &failure, Access::Read, 0, false, fastrand::u16(0..=1_000)) {
            Next::Retry { after_ms } => transport.pause(Duration::from_millis(after_ms)).await,
            Next::Stop(_) => return Err(failure),
        }
        attempt = attempt.saturating_add(1);
    }
}

/// The same question without `expand`, where that was what was refused.
fn unexpanded(request: &Request, failure: &Failure) -> Option<Request> {
    let Failure::Refused(error) = failure else { return None };
    let about = error.message.as_str().to_lowercase().contains("expand") && error.status == 400;
    let mut plain = request.clone();
    plain.params.retain(|(name, _)| name != "expand[]");
    (about && plain.params.len() < request.params.len()).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stripe::ApiError;

    fn refused(status: u16, message: &str) -> Failure {
        Failure::Refused(Box::new(ApiError { status, message: message.into(), ..ApiError::default() }))
    }

    #[test]
    fn only_a_refused_expansion_is_left_out() {
        let request =
            Request::get("/v1/charges", &[]).with("limit", 3).expand("data.refunds").expand("data.x");
        let plain = unexpanded(&request, &refused(400, "Bad expand 'x'")).unwrap();
        assert_eq!(plain.target(), "/v1/charges?limit=3");
        assert_eq!(unexpanded(&plain, &refused(400, "Bad expand 'x'")), None);
        assert_eq!(unexpanded(&request, &refused(400, "no such customer")), None);
        assert_eq!(unexpanded(&request, &refused(403, "may not expand")), None);
        assert_eq!(unexpanded(&request, &Failure::Lost("reset".to_owned())), None);
    }
}
