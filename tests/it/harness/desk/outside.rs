//! What happens around a desk: faults, another policy, what somebody else does at Stripe.

use std::sync::Arc;

use paydesk::{
    desk::Message,
    policy::Policy,
    sandbox::{Faults, Running},
};

use super::{super::command::call, Desk};

impl Desk {
    pub(crate) fn faults(&mut self, spec: &str) -> &mut Self {
        self.sandbox.set_faults(Faults::parse(spec).unwrap());
        self
    }

    pub(crate) fn no_faults(&mut self) -> &mut Self {
        self.sandbox.set_faults(Faults::default());
        self
    }

    /// The policy file was edited: what the program does when it notices.
    pub(crate) fn policy(&mut self, policy: Policy) -> &mut Self {
        *self.gate.policy().write().unwrap() = policy.clone();
        self.send(Message::PolicyLoaded { policy: Box::new(policy) })
    }

    /// Somebody else at the same Stripe: over HTTP, past the desk. Panics unless Stripe says 200.
    #[track_caller]
    pub(crate) fn elsewhere(&self, method: &str, path: &str, form: &str) -> serde_json::Value {
        elsewhere(&self.sandbox, method, path, form)
    }

    /// From now on nobody answers.
    pub(crate) fn unplug(&self) {
        self.sandbox.unplug();
        let address = self.sandbox.base_url().trim_start_matches("http://").to_owned();
        let closed = (0..100_000).any(|_| {
            std::thread::yield_now();
            std::net::TcpStream::connect(&address).is_err()
        });
        assert!(closed, "the port stays open");
    }

    /// Somebody else's call, made while the next retry waits.
    pub(crate) fn meanwhile(&self, method: &'static str, path: &str, form: &str) {
        let (sandbox, path, form) = (Arc::clone(&self.sandbox), path.to_owned(), form.to_owned());
        self.while_it_waits(async move {
            elsewhere(&sandbox, method, &path, &form);
        });
    }

    /// Happens once, while the next retry waits, which goes on when this has ended.
    pub(crate) fn while_it_waits(&self, happens: impl Future<Output = ()> + Send + 'static) {
        *self.meanwhile.lock().unwrap() = Some(Box::pin(happens));
    }
}

#[track_caller]
fn elsewhere(sandbox: &Running, method: &str, path: &str, form: &str) -> serde_json::Value {
    let (status, answer) = call(sandbox, method, path, form);
    assert_eq!(status, 200, "{method} {path} {form}: {answer}");
    answer
}
