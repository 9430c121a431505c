//! What would change something, sent where there is nothing to change: an object that does not exist. Stripe's answer tells whether the
//! key might; it goes past policy and ledger because there is nothing that they could keep account of.

use super::Gate;
use crate::{
    actions::{self, Action, Effect},
    request::{Method, Request},
    stripe::{Failure, Priority, Reply, Transport as _},
};

/// No object has this id.
pub const NOBODY: &str = "paydesk_doctor";

impl Gate {
    /// Tries whether the key may write to such objects. None where no change of one is only about an object that has to exist: what
    /// makes new ones is never tried.
    pub async fn try_harmless(&self, resource: &str) -> Option<Result<Reply, Failure>> {
        let request =
            harmless(resource).filter(|request| request.path.split('/').any(|part| part == NOBODY))?;
        Some(self.line.attempt(&request, Priority::Waiting.into()).await)
    }
}

/// A change without a parameter, of an object that does not exist.
fn harmless(resource: &str) -> Option<Request> {
    let fits = |action: &&Action| {
        action.effect != Effect::Read
            && action.endpoint.method != Method::Get
            && action.permission.resource == resource
            && action.endpoint.path.contains('{')
    };
    let action = actions::all().find(fits)?;
    let ids = vec![NOBODY; action.endpoint.path.matches('{').count()];
    Some(match action.endpoint.method {
        Method::Delete => Request::delete(action.endpoint.path, &ids),
        Method::Post | Method::Get => Request::post(action.endpoint.path, &ids)
            .with_key(&format!("pdk_nothing_{:016x}", fastrand::u64(..))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_there_is_ever_written_to() {
        let mut tried = 0;
        for (resource, (write, _)) in actions::needed(actions::all()) {
            let Some(request) = harmless(resource) else { continue };
            assert!(write, "{resource}");
            assert!(request.path.split('/').any(|part| part == NOBODY), "{}", request.path);
            assert!(request.params.is_empty(), "{}", request.path);
            tried += 1;
        }
        assert!(tried >= 5, "{tried}");
        assert!(harmless("nothing_such").is_none());
    }
}
