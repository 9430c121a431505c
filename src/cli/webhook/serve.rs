//! The HTTP side: bounded in connections, time and size; whoever breaks the protocol ends their own connection only.

use std::{
    convert::Infallible,
    fmt::Write as _,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::{
    Method, Request, Response, StatusCode, body::Incoming, server::conn::http1, service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, Semaphore},
};

use crate::{
    actions::MARK,
    cli::{
        exit::Failed,
        out::{note, write_some},
        table::separated,
    },
    model::{Event, Record},
    stripe::webhook::{BODY_BYTES_MOST, HEADER, Refused, Secrets, Seen, Taken, receive},
    time::Clock,
};

const CONNECTIONS_MOST: usize = 64;
const HEAD_TIME: Duration = Duration::from_secs(10);
const BODY_TIME: Duration = Duration::from_secs(10);
const HEAD_BYTES_MOST: usize = 16 * 1_024;

/// What receives: the secrets, and what came before.
pub(super) struct Desk {
    secrets: Secrets,
    clock: Arc<dyn Clock>,
    json: bool,
    /// Held while a line is printed, so that lines stand in the order in which they were taken.
    seen: Mutex<Seen>,
    /// A line could not be written: nothing is taken any more.
    closed: AtomicBool,
    /// And that was not because nobody reads them.
    broken: AtomicBool,
    ended: Notify,
}

impl Desk {
    pub(super) fn new(secrets: Secrets, clock: Arc<dyn Clock>, json: bool) -> Self {
        Self {
            secrets,
            clock,
            json,
            seen: Mutex::default(),
            closed: AtomicBool::new(false),
            broken: AtomicBool::new(false),
            ended: Notify::new(),
        }
    }

    /// Answered after its line was printed: what Stripe is told was taken was taken. `false`: its line could not be printed, and
    /// Stripe is to deliver it again.
    fn take(&self, header: Option<&str>, body: &[u8]) -> Result<bool, Refused> {
        let event = receive(&self.secrets, header, body, self.clock.now())?;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if self.closed.load(Ordering::SeqCst) {
            return Ok(false);
        }
        let taken = seen.take(&event);
        if !taken.counts() {
            return Ok(true);
        }
        let written = write_some(&line(&event, taken, self.json));
        let printed = matches!(written, Ok(true));
        if !printed {
            self.broken.store(written.is_err(), Ordering::SeqCst);
            self.closed.store(true, Ordering::SeqCst);
            self.ended.notify_one();
        }
        Ok(printed)
    }

    /// Why it ended.
    fn end(&self) -> Result<(), Failed> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(Failed::Defect(
                "a line could not be written; its event was not taken, and Stripe delivers it again".into(),
            ));
        }
        Ok(())
    }
}

/// One line, of ids and of Stripe's own words alone.
fn line(event: &Record<Event>, taken: Taken, json: bool) -> String {
    let object = &event.data.object;
    let intent = object.metadata.iter().find(|(name, _)| name.as_str() == MARK);
    let intent = intent.map(|(_, value)| value.as_str());
    let mode = if event.livemode { "live" } else { "test" };
    if json {
        let mut line = json!({
            "at": event.created.rfc3339(),
            "type": event.kind,
            "object": object.object,
            "object_id": object.id,
            "taken": taken.name(),
            "intent": intent,
            "mode": mode,
            "event": event.id,
        })
        .to_string();
        line.push('\n');
        return line;
    }
    let cells = [
        &event.created.rfc3339(),
        event.kind.as_str(),
        object.id.as_str(),
        taken.name(),
        intent.unwrap_or_default(),
        mode,
        event.id.as_str(),
    ];
    separated(&[cells.map(str::to_owned).to_vec()])
}

/// Until nobody reads the lines any more.
pub(super) async fn serve(listener: TcpListener, desk: Arc<Desk>) -> Result<(), Failed> {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MOST));
    loop {
        if desk.closed.load(Ordering::SeqCst) {
            return desk.end();
        }
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return Ok(()) };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = desk.ended.notified() => return desk.end(),
        };
        match accepted {
            Ok((stream, _)) => {
                let desk = Arc::clone(&desk);
                tokio::spawn(async move {
                    converse(stream, desk).await;
                    drop(permit);
                });
            }
            // Out of file handles, mostly: it passes.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

async fn converse(stream: TcpStream, desk: Arc<Desk>) {
    let service = service_fn(move |request| answer(Arc::clone(&desk), request));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_BYTES_MOST)
        .serve_connection(TokioIo::new(stream), service);
    drop(served.await);
}

async fn answer(desk: Arc<Desk>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.method() != Method::POST {
        return Ok(says(StatusCode::METHOD_NOT_ALLOWED, "events come by POST"));
    }
    let header =
        request.headers().get(HEADER).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let collected = Limited::new(request.into_body(), BODY_BYTES_MOST).collect();
    let taken = match tokio::time::timeout(BODY_TIME, collected).await {
        Ok(Ok(body)) => desk.take(header.as_deref(), &body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Refused::TooLarge),
        Ok(Err(_)) | Err(_) => return Ok(says(StatusCode::REQUEST_TIMEOUT, "the body did not come whole")),
    };
    Ok(match taken {
        Ok(true) => says(StatusCode::OK, "taken"),
        Ok(false) => says(StatusCode::SERVICE_UNAVAILABLE, "not taken"),
        Err(refused) => {
            // Whoever does not listen misses nothing that matters.
            let _told = note(&format!("a delivery was refused: {refused}"));
            let status = match refused {
                Refused::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
                _ => StatusCode::BAD_REQUEST,
            };
            // What was wrong is nobody's business who cannot sign.
            says(status, "refused")
        }
    })
}

fn says(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    let mut line = String::with_capacity(text.len().saturating_add(1));
    let _ok = writeln!(line, "{text}");
    let mut response = Response::new(Full::new(Bytes::from(line)));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Record;

    #[test]
    fn a_line_holds_ids_and_no_person() {
        let event: Record<Event> = Record::parse(
            r#"{"id":"evt_1","object":"event","type":"customer.updated","created":1795435200,"livemode":true,
                "data":{"object":{"id":"cus_1","object":"customer","name":"Ada Lovelace","email":"ada@example.com",
                "metadata":{"paydesk_intent":"int_1","note":"=1+1"}}}}"#,
        )
        .unwrap();
        assert_eq!(
            line(&event, Taken::New, false),
            "2026-11-23T12:00:00Z\tcustomer.updated\tcus_1\tnew\tint_1\tlive\tevt_1\n"
        );
        let json = line(&event, Taken::Late, true);
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(
            (&read["taken"], &read["object"], &read["intent"]),
            (&"late".into(), &"customer".into(), &"int_1".into())
        );
        assert!(json.ends_with("}\n") && !json.contains("Ada") && !json.contains("1+1"), "{json}");
    }
}
