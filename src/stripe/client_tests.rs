//! The client against real sockets: what leaves, and how every ending is told apart.

use std::task::{Context, Waker};

use secrecy::SecretString;

use super::*;
use crate::stripe::{
    Priority,
    wire::{Act, Server, answer, json},
};
use crate::time::{ManualClock, SystemClock, Unix};

const KEY: &str = "rk_test_51AbCdEfGhIjKlMnOp4f2a";
const NOON: Unix = Unix(1_795_435_200);

fn settings(url: &str) -> Settings {
    let mut settings = Settings::new(url.parse().unwrap(), SecretString::from(KEY));
    settings.deadlines = Deadlines { connect_s: 1, read_s: 1, write_s: 1 };
    settings.per_second = 0;
    settings.body_bytes_most = 1024 * 1024;
    settings
}

fn client(server: &Server) -> Client {
    Client::new(settings(&server.url), Arc::new(ManualClock::at(NOON))).unwrap()
}

fn charge() -> Request {
    Request::get("/v1/charges/{id}", &["ch_1"])
}

fn refund() -> Request {
    Request::post("/v1/refunds", &[]).with("charge", "ch_1").with("amount", 500).with_key("key-1")
}

async fn attempt(act: Act, request: &Request) -> Result<Reply, Failure> {
    let server = Server::play([act]).await;
    let client = client(&server);
    let outcome = client.attempt(request, Priority::Change.into()).await;
    assert_eq!(server.asked().len(), 1, "nothing is sent twice by an attempt");
    let shown = format!("{outcome:?} {client:?} {:#?}", outcome.as_ref().err());
    assert!(!shown.contains("51AbCd"), "{shown}");
    if let Err(failure) = &outcome {
        assert!(!failure.to_string().contains("51AbCd"), "{failure}");
    }
    outcome
}

/// The status and the reason of an unreadable answer.
async fn unreadable(act: Act) -> (u16, String) {
    match attempt(act, &refund()).await {
        Err(Failure::Unreadable { status, reason, .. }) => (status, reason),
        other => panic!("{other:?}"),
    }
}

fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    let head = request.split("\r\n\r\n").next().unwrap();
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

#[tokio::test]
async fn a_post_leaves_as_written() {
    let server = Server::play([]).await;
    let mut settings = settings(&server.url);
    settings.account = Some("acct_1Connected".into());
    let client = Client::new(settings, Arc::new(SystemClock)).unwrap();
    let request = refund().with("metadata[paydesk_note]", "ü & more").expand("charge");
    client.attempt(&request, Priority::Change.into()).await.unwrap();
    let asked = server.asked().remove(0);
    assert!(asked.starts_with("POST /v1/refunds HTTP/1.1\r\n"), "{asked}");
    let (_, body) = asked.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, "charge=ch_1&amount=500&metadata[paydesk_note]=%C3%BC%20%26%20more&expand[]=charge");
    assert_eq!(header(&asked, "authorization"), Some(&*format!("Bearer {KEY}")));
    assert_eq!(header(&asked, "stripe-version"), Some("2026-10-28.endive"));
    assert_eq!(header(&asked, "stripe-account"), Some("acct_1Connected"));
    assert_eq!(header(&asked, "idempotency-key"), Some("key-1"));
    assert_eq!(header(&asked, "content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(header(&asked, "user-agent"), Some(concat!("paydesk/", env!("CARGO_PKG_VERSION"))));
    assert_eq!(header(&asked, "accept-encoding"), Some("gzip"));
    assert_eq!(header(&asked, "content-length"), Some(&*body.len().to_string()));
    assert_eq!(header(&asked, "cookie").or(header(&asked, "referer")), None);
}

#[tokio::test]
async fn reads_and_deletes_carry_their_parameters_in_the_query() {
    let server = Server::play([]).await;
    let client = client(&server);
    let list =
        Request::get("/v1/charges", &[]).with("customer", "cus_1").with("created[gte]", 5).expand("data.x");
    client.attempt(&list, Priority::Waiting.into()).await.unwrap();
    let cancel = Request::delete("/v1/subscriptions/{id}", &["sub_1"]).with("prorate", true);
    client.attempt(&cancel, Priority::Change.into()).await.unwrap();
    let asked = server.asked();
    assert!(
        asked[0].starts_with("GET /v1/charges?customer=cus_1&created[gte]=5&expand[]=data.x HTTP/1.1\r\n")
    );
    assert_eq!(header(&asked[0], "idempotency-key").or(header(&asked[0], "stripe-account")), None);
    assert!(asked[1].starts_with("DELETE /v1/subscriptions/sub_1?prorate=true HTTP/1.1\r\n"));
    assert_eq!(server.connections(), 1, "the connection is kept");
}

#[tokio::test]
async fn what_would_ask_for_something_else_is_never_sent() {
    let server = Server::play([]).await;
    let client = client(&server);
    let mut moved = charge();
    moved.path = "//evil.example/v1/charges".into();
    let mut port = charge();
    port.path = "@evil.example/".into();
    let wrong = [
        Request::get("/v1/charges/{id}", &[".."]),
        Request::get("/v1/charges/{id}/refunds", &["."]),
        Request::get("/v1/charges/{id}", &[""]),
        Request::get("/v1/charges/{id}/refunds", &[""]),
        moved,
        port,
        Request::post("/v1/refunds", &[]).with("charge", "ch_1"),
        refund().with_key("line\r\nbreak"),
        refund().with_key(""),
        refund().with_key(&"k".repeat(256)),
    ];
    for request in wrong {
        let outcome = client.attempt(&request, Priority::Change.into()).await;
        assert!(matches!(outcome, Err(Failure::NotSent(NotSent::Invalid(_)))), "{request:?}: {outcome:?}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_good_answer_comes_with_its_headers() {
    let head = [
        "200 OK",
        "Request-Id: req_2",
        "Original-Request: req_1",
        "Idempotent-Replayed: true",
        "Stripe-Should-Retry: false",
        "Date: Mon, 23 Nov 2026 13:00:00 GMT",
    ];
    let server = Server::play([Act::Say(answer(&head, br#"{"id":"re_1","amount":500}"#))]).await;
    let client = client(&server);
    let reply = client.attempt(&refund(), Priority::Change.into()).await.unwrap();
    assert_eq!((reply.status, &*reply.body), (200, r#"{"id":"re_1","amount":500}"#));
    assert!(reply.headers.is_replay());
    assert_eq!(reply.headers.request_id.as_deref(), Some("req_2"));
    assert_eq!(reply.headers.should_retry, Some(false));
    assert_eq!(client.skew_s(), Some(3_600));
    assert_eq!(client.latency_ms(), Some(0));
    assert_eq!((client.stats().sent, client.stats().in_flight, client.stats().failed), (1, 0, 0));
}

#[tokio::test]
async fn a_compressed_answer_is_unpacked_within_the_limit() {
    let packed = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\xca\x4c\x51\xb2\x52\x4a\xce\x88\x37\x54\xd2\x51\xca\x4f\xca\x4a\x4d\x2e\x01\xf3\x13\x8b\xd2\x53\x95\x6a\x01\x9e\x12\x61\x2b\x1f\x00\x00\x00";
    let head = ["200 OK", "Content-Encoding: gzip"];
    let reply = attempt(Act::Say(answer(&head, packed)), &charge()).await.unwrap();
    assert_eq!(&*reply.body, r#"{"id":"ch_1","object":"charge"}"#);
    let damaged = [&packed[..20], b"rubbish"].concat();
    let (status, reason) = unreadable(Act::Say(answer(&head, &damaged))).await;
    assert_eq!((status, &*reason), (200, "its compression is damaged"));
}

#[tokio::test]
async fn a_refusal_is_decoded() {
    let body =
        r#"{"error":{"type":"invalid_request_error","code":"charge_already_refunded","message":"Gone."}}"#;
    match attempt(json("400 Bad Request", body), &refund()).await {
        Err(Failure::Refused(error)) => {
            assert_eq!((error.status, error.code.as_deref()), (400, Some("charge_already_refunded")));
            assert_eq!(error.to_string(), "Gone. (charge_already_refunded) · req_1");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn refused_connections_carried_nothing() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = Client::new(settings(&url), Arc::new(SystemClock)).unwrap();
    let outcome = client.attempt(&refund(), Priority::Change.into()).await;
    assert!(
        matches!(&outcome, Err(Failure::NotSent(NotSent::Connect(why))) if why.contains("refused")),
        "{outcome:?}"
    );
    assert_eq!(client.stats().failed, 1);
}

#[tokio::test]
async fn a_handshake_that_fails_carried_nothing() {
    // The first speaks no TLS, the second says nothing at all.
    for (act, slow) in [(true, false), (false, true)] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            if act {
                let _sent =
                    tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n")
                        .await;
            }
            std::future::pending::<()>().await;
        });
        let mut settings = settings(&url);
        settings.deadlines.write_s = 10;
        match Client::new(settings, Arc::new(SystemClock)) {
            Ok(client) => match client.attempt(&refund(), Priority::Change.into()).await {
                Err(Failure::NotSent(NotSent::ConnectTimeout(1))) => assert!(slow),
                Err(Failure::NotSent(NotSent::Connect(_))) => assert!(!slow),
                other => panic!("{other:?}"),
            },
            // A machine without certificates says so before anything is asked.
            Err(error) => assert!(matches!(error, SetupError::Tls(_)), "{error}"),
        }
    }
}

#[tokio::test]
async fn a_connection_that_ends_after_the_request_leaves_it_open() {
    for act in [Act::Reset, Act::SayAndClose(Vec::new()), Act::SayAndClose(b"HTTP/1.1 200 O".to_vec())] {
        let outcome = attempt(act.clone(), &refund()).await;
        assert!(matches!(outcome, Err(Failure::Lost(_))), "{act:?}: {outcome:?}");
    }
    let outcome = attempt(Act::SayAndStall(Vec::new()), &refund()).await;
    assert_eq!(outcome, Err(Failure::Lost("no answer came in time".into())));
    let outcome = attempt(Act::SayAndClose(b"SSH-2.0-OpenSSH\r\n\r\n".to_vec()), &refund()).await;
    assert!(matches!(outcome, Err(Failure::Lost(_))), "{outcome:?}");
}

#[tokio::test]
async fn a_kept_connection_that_dies_is_not_mistaken_for_a_refusal() {
    let server = Server::play([json("200 OK", "{}"), Act::Reset]).await;
    let client = client(&server);
    client.attempt(&charge(), Priority::Waiting.into()).await.unwrap();
    let outcome = client.attempt(&refund(), Priority::Change.into()).await;
    assert!(matches!(outcome, Err(Failure::Lost(_))), "{outcome:?}");
    let posts = server.asked().iter().filter(|asked| asked.starts_with("POST")).count();
    assert_eq!(posts, 1, "the write was not repeated behind our back");
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_keeps_its_status() {
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"id\":\"re_".to_vec();
    assert_eq!(unreadable(Act::SayAndClose(cut.clone())).await, (200, "it was cut short".into()));
    assert_eq!(unreadable(Act::SayAndStall(cut)).await, (200, "its end did not come in time".into()));
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"id\"\r\n".to_vec();
    assert_eq!(unreadable(Act::SayAndClose(chunked)).await, (200, "it was cut short".into()));
    let html = answer(&["502 Bad Gateway", "Content-Type: text/html"], b"<html>no</html>");
    assert_eq!(unreadable(Act::Say(html)).await, (502, "it is a web page, not JSON".into()));
    assert_eq!(unreadable(json("200 OK", "")).await.1, "it is empty");
    assert_eq!(unreadable(json("503 Service Unavailable", r#"{"sorry":1}"#)).await.0, 503);
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let announced = b"HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n{".to_vec();
    assert_eq!(unreadable(Act::SayAndStall(announced)).await, (200, "it is larger than 1 MiB".into()));
    let mut endless = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"a\":\"".to_vec();
    endless.resize(20_000_000, b'x');
    assert_eq!(unreadable(Act::SayAndClose(endless)).await, (200, "it is larger than 1 MiB".into()));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::play([]).await;
    for status in ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let location = format!("Location: {}/v1/refunds", elsewhere.url);
        let (code, _) = unreadable(Act::Say(answer(&[status, &location], b"{}"))).await;
        assert!(status.starts_with(&code.to_string()));
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn a_read_is_tried_again_and_a_final_refusal_is_not() {
    let flaky =
        [Act::Reset, Act::Say(answer(&["502 Bad Gateway"], b"<html>")), json("200 OK", r#"{"id":"ch_1"}"#)];
    let server = Server::play(flaky).await;
    let reply = client(&server).read(&charge(), Priority::Waiting).await.unwrap();
    assert_eq!(&*reply.body, r#"{"id":"ch_1"}"#);
    assert_eq!(server.asked().len(), 3);
    let missing =
        r#"{"error":{"type":"invalid_request_error","code":"resource_missing","message":"No such charge"}}"#;
    let server = Server::play([json("404 Not Found", missing)]).await;
    let outcome = client(&server).read(&charge(), Priority::Waiting).await;
    assert!(matches!(outcome, Err(Failure::Refused(_))));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn the_read_loop_sends_no_change() {
    let server = Server::play([]).await;
    let client = client(&server);
    let refused = client.read(&refund(), Priority::Change).await;
    assert!(matches!(&refused, Err(Failure::NotSent(NotSent::Invalid(_)))), "{refused:?}");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_429_slows_the_client_down() {
    let limited = answer(
        &["429 Too Many Requests", "Stripe-Rate-Limited-Reason: global-rate"],
        br#"{"error":{"type":"invalid_request_error","code":"rate_limit","message":"Slow down."}}"#,
    );
    let locked = r#"{"error":{"type":"invalid_request_error","code":"lock_timeout","message":"Locked."}}"#;
    let server = Server::play([json("429 Too Many Requests", locked), Act::Say(limited)]).await;
    let mut settings = settings(&server.url);
    settings.per_second = 25;
    let client = Client::new(settings, Arc::new(ManualClock::at(NOON))).unwrap();
    let _locked = client.attempt(&charge(), Priority::Waiting.into()).await;
    assert_eq!((client.stats().rate_milli, client.stats().limited), (Some(20_000), 0));
    let _limited = client.attempt(&charge(), Priority::Waiting.into()).await;
    assert_eq!((client.stats().rate_milli, client.stats().limited), (Some(10_000), 1));
}

#[tokio::test]
async fn warming_opens_the_connections_that_a_burst_needs() {
    let server = Server::play([]).await;
    let mut settings = settings(&server.url);
    settings.per_second = 25;
    let client = Client::new(settings, Arc::new(ManualClock::at(NOON))).unwrap();
    client.warm(6).await;
    let warm = server.connections();
    assert!((6..=7).contains(&warm), "{warm}");
    let asked = server.asked();
    assert!(asked.iter().all(|asked| asked.starts_with("HEAD / HTTP/1.1\r\n")), "{asked:?}");
    assert!(asked.iter().all(|asked| header(asked, "authorization").is_none()), "no key is shown for it");
    assert_eq!(client.stats().sent, 0, "it is no call, and takes nobody's place");
    let burst = (0..6).map(|_| client.clone()).collect::<Vec<_>>();
    let all = burst.into_iter().map(|client| async move {
        client.read(&charge(), Priority::Waiting).await.unwrap();
    });
    futures_util::future::join_all(all).await;
    assert_eq!(server.connections(), warm, "the burst found them open");
}

#[test]
fn a_client_is_not_made_from_what_is_no_stripe() {
    let make = |url: &str, key: &str| {
        Client::new(Settings::new(url.parse().unwrap(), SecretString::from(key)), Arc::new(SystemClock))
    };
    assert!(matches!(make("http://api.stripe.com", KEY), Err(SetupError::Address(..))));
    assert!(matches!(make("https://api.stripe.com", "pk_live_51AbCdEfGhIjKlMnOp"), Err(SetupError::Key(_))));
    let unlimited = Settings {
        per_second: 0,
        ..Settings::new("http://1.1.1.1".parse().unwrap(), SecretString::from(KEY))
    };
    let local = Settings { base: "http://127.0.0.1:1".parse().unwrap(), ..unlimited.clone() };
    assert_eq!(Client::new(local, Arc::new(SystemClock)).unwrap().stats().rate_milli, None);
    let stripe = Settings { base: settings::STRIPE_URL.parse().unwrap(), ..unlimited };
    match Client::new(stripe, Arc::new(SystemClock)) {
        Ok(client) => {
            assert_eq!(client.stats().rate_milli, Some(20_000), "Stripe is never asked without limit");
        }
        // A machine without certificates says so before anything is asked.
        Err(error) => assert!(matches!(error, SetupError::Tls(_)), "{error}"),
    }
    assert!(format!("{:?}", make("http://127.0.0.1:1", KEY).unwrap()).contains("rk_test_…4f2a"));
}

#[tokio::test]
async fn clones_wait_before_one_limit() {
    let server = Server::play([]).await;
    let clock = Arc::new(ManualClock::at(NOON));
    // 80% of ten: eight a second, and four at once.
    let settings = Settings { per_second: 10, ..settings(&server.url) };
    let one = Client::new(settings, Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
    let other = one.clone();
    for client in [&one, &other, &one, &other] {
        client.attempt(&charge(), Priority::Waiting.into()).await.unwrap();
    }
    let asked = charge();
    let mut fifth = one.attempt(&asked, Priority::Waiting.into());
    let mut sixth = other.attempt(&asked, Priority::Waiting.into());
    let mut context = Context::from_waker(Waker::noop());
    assert!(fifth.as_mut().poll(&mut context).is_pending());
    assert!(sixth.as_mut().poll(&mut context).is_pending());
    assert_eq!((one.stats().waiting, other.stats().waiting), (2, 2));
    assert_eq!(server.asked().len(), 4, "what waits has not left");
    clock.advance_ms(1_000);
    let (fifth, sixth) = tokio::join!(fifth, sixth);
    assert!(fifth.is_ok() && sixth.is_ok());
    assert_eq!(server.asked().len(), 6);
}
