//! The log of calls, off unless asked for: which endpoint, how it ended, how long it took. No parameters, no bodies, no
//! names, no keys: the endpoint is logged with its placeholders.

use std::{
    fmt,
    fs::File,
    io::{self, Write as _},
    path::Path,
    sync::{Arc, Mutex},
};

use serde_json::json;

use crate::{
    config::{ConfigError, only_for_owner},
    request::Request,
    stripe::{Attempt, Failure, Reply, Transport, Urgency},
    time::Clock,
};

/// A transport that writes down what another one does.
pub struct Logged {
    inner: Arc<dyn Transport>,
    out: Mutex<File>,
    clock: Arc<dyn Clock>,
}

impl Logged {
    /// Makes the file for its owner only, and refuses one that others can read.
    pub fn append(
        path: &Path,
        inner: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConfigError> {
        let failed = |error: io::Error| ConfigError::File {
            path: path.to_owned(),
            reason: format!("the log cannot be written: {error}"),
        };
        let mut options = std::fs::OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let out = options.open(path).map_err(failed)?;
        // A terminal or a pipe belongs to whoever opened it.
        if out.metadata().map_err(failed)?.is_file() {
            only_for_owner(path)?;
        }
        Ok(Self { inner, out: Mutex::new(out), clock })
    }

    /// A log that cannot be written stops nothing.
    fn write(&self, request: &Request, began_ms: i64, outcome: &Result<Reply, Failure>) {
        let now = self.clock.now();
        let (status, request_id, error) = match outcome {
            Ok(reply) => (Some(reply.status), reply.headers.request_id.as_deref(), None),
            Err(Failure::Refused(error)) => (
                Some(error.status),
                error.headers.request_id.as_deref(),
                Some(format!("{:?} {}", error.error_kind(), error.code.as_deref().unwrap_or_default())),
            ),
            Err(Failure::Unreadable { status, headers, reason }) => {
                (Some(*status), headers.request_id.as_deref(), Some(reason.clone()))
            }
            Err(Failure::Lost(reason)) => (None, None, Some(format!("lost: {reason}"))),
            Err(Failure::NotSent(reason)) => (None, None, Some(format!("not sent: {reason}"))),
        };
        let line = json!({
            "at": now.rfc3339(),
            "method": request.method.name(),
            "endpoint": request.endpoint,
            "status": status,
            "request_id": request_id,
            "ms": self.clock.now_ms().saturating_sub(began_ms),
            "error": error,
        });
        if let Ok(mut out) = self.out.lock() {
            let _written = writeln!(out, "{line}");
        }
    }
}

impl Transport for Logged {
    fn attempt<'a>(&'a self, request: &'a Request, urgency: Urgency) -> Attempt<'a> {
        Box::pin(async move {
            let began_ms = self.clock.now_ms();
            let outcome = self.inner.attempt(request, urgency).await;
            self.write(request, began_ms, &outcome);
            outcome
        })
    }
}

impl fmt::Debug for Logged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logged").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        stripe::{ApiError, NotSent, Priority},
        time::ManualClock,
    };

    struct Refusing;

    impl Transport for Refusing {
        fn attempt<'a>(&'a self, request: &'a Request, _urgency: Urgency) -> Attempt<'a> {
            Box::pin(async move {
                if request.is_write() {
                    return Err(Failure::NotSent(NotSent::GivenUp));
                }
                let message = "No such customer: ada@example.com".into();
                Err(Failure::Refused(Box::new(ApiError { status: 404, message, ..ApiError::default() })))
            })
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("log");
        let open = || Logged::append(&path, Arc::new(Refusing), Arc::new(ManualClock::default()));
        drop(open().unwrap());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        drop(open().unwrap());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let refused = open().unwrap_err().to_string();
        assert!(refused.contains("mode 644") && refused.contains("chmod 600"), "{refused}");
    }

    #[tokio::test]
    async fn a_line_tells_the_call_and_nothing_about_the_customer() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("log");
        let clock = Arc::new(ManualClock::default());
        let logged = Logged::append(&path, Arc::new(Refusing), clock).unwrap();
        let read = Request::get("/v1/customers/{id}", &["cus_secret"]).with("email", "ada@example.com");
        logged.attempt(&read, Priority::Waiting.into()).await.unwrap_err();
        logged.attempt(&Request::post("/v1/refunds", &[]), Priority::Change.into()).await.unwrap_err();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 2);
        assert!(text.contains(r#""endpoint":"/v1/customers/{id}","status":404"#), "{text}");
        assert!(text.contains("not sent"), "{text}");
        assert!(!text.contains("ada@") && !text.contains("cus_secret"), "{text}");
    }
}
