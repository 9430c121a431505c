//! Tests of the server over real sockets: headers, keys, parameters, faults, broken HTTP.

mod shop;

use reqwest::Method as Verb;
use serde_json::Value;
use shop::{Desk, NOW, Shop, client};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

#[tokio::test]
async fn a_get_carries_the_headers_of_the_api() {
    let desk = Desk::open(|_| {}).await;
    let got = desk.get("/v1/charges/ch_1").await;
    assert_eq!((got.status, got.json()["id"].as_str()), (200, Some("ch_1")));
    assert_eq!(got.header("content-type"), "application/json");
    assert_eq!(got.header("stripe-version"), "2026-10-28.endive");
    assert_eq!(got.header("date"), "Wed, 14 Oct 2026 17:46:40 GMT");
    assert!(got.header("request-id").starts_with("req_"));
    assert_eq!(got.header("stripe-should-retry"), "");
    assert_ne!(desk.get("/v1/charges/ch_1").await.header("request-id"), got.header("request-id"));
}

#[tokio::test]
async fn expansion_and_missing_objects() {
    let desk = Desk::open(|_| {}).await;
    let got = desk.get("/v1/charges/ch_1?expand[]=customer").await;
    assert_eq!(got.json()["customer"]["object"], "customer");
    assert_eq!(
        desk.get("/v1/charges/ch_2").await.error(),
        (404, "resource_missing".to_owned(), "No such charge: 'ch_2'".to_owned())
    );
    let wrong = desk.get("/v1/charges/ch_1?expand[]=foo").await.error();
    assert_eq!((wrong.0, wrong.2.as_str()), (400, "This property cannot be expanded (foo)."));
}

#[tokio::test]
async fn keys_versions_accounts_and_urls_are_checked() {
    let mut desk = Desk::open(|_| {}).await;
    let version = desk.send(Verb::GET, "/v1/count", &[("stripe-version", "1999-01-01")], "").await.unwrap();
    assert_eq!(version.error().2, "Invalid Stripe API version: 1999-01-01");
    let older =
        desk.send(Verb::GET, "/v1/count", &[("stripe-version", "2026-09-30.endive")], "").await.unwrap();
    assert_eq!((older.status, older.header("stripe-version")), (200, "2026-09-30.endive"));
    let account = desk.send(Verb::GET, "/v1/count", &[("stripe-account", "acct_other")], "").await.unwrap();
    assert_eq!((account.status, account.error().1.as_str()), (403, "account_invalid"));
    let own = desk.running.account().to_owned();
    let own = desk.send(Verb::GET, "/v1/count", &[("stripe-account", &own)], "").await.unwrap();
    assert_eq!(own.status, 200);
    let put = desk.send(Verb::PUT, "/v1/count", &[], "").await.unwrap().error();
    assert!(put.0 == 404 && put.2.starts_with("Unrecognized request URL (PUT: /v1/count)."));
    "sk_test_somebodyelses1234".clone_into(&mut desk.key);
    let key = desk.get("/v1/count").await;
    assert_eq!(key.error().2, "Invalid API Key provided: sk_test_****1234");
    assert_eq!((key.status, key.header("www-authenticate")), (401, "Basic realm=\"Stripe\""));
    assert_eq!(desk.running.requests().last().unwrap().key, None);
}

#[tokio::test]
async fn the_restricted_key_does_what_it_may() {
    let mut desk = Desk::open(|options| options.restrict = "charge:read".parse().unwrap()).await;
    desk.running.restricted_key().clone_into(&mut desk.key);
    assert_eq!(desk.get("/v1/charges/ch_1").await.status, 200);
    let refused = desk.refund("k", "charge=ch_1").await;
    assert_eq!(refused.status, 403);
    assert!(refused.error().2.contains("Having the 'rak_charge_write' permission would allow"));
    let members: Vec<_> = refused.json()["error"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(members, ["message", "type"]);
    desk.running.secret_key().clone_into(&mut desk.key);
    assert_eq!(desk.refund("k", "charge=ch_1").await.status, 200, "nothing was stored under the key");
    assert_eq!(desk.running.requests()[1].key, Some(crate::sandbox::Holder::Restricted));
    let unknown = Options { restrict: "zebra:read".parse().unwrap(), ..Options::default() };
    assert!(matches!(serve(Shop::default(), unknown).await, Err(StartError::Restrict(_))));
}

#[tokio::test]
async fn parameters_are_checked_before_anything_runs() {
    let desk = Desk::open(|_| {}).await;
    assert_eq!(desk.get("/v1/count?created[gte]=5").await.status, 200);
    assert_eq!(desk.get("/v1/count?foo=1").await.error().2, "Received unknown parameter: foo");
    assert_eq!(desk.get("/v1/count?a=%zz").await.status, 400);
    let unknown = desk.refund("k", "charge=ch_1&amuont=5").await.error();
    assert_eq!((unknown.1.as_str(), unknown.0), ("parameter_unknown", 400));
    let missing = desk.refund("k", "amount=5").await.error();
    assert_eq!(missing.1, "parameter_missing");
    assert_eq!(desk.refund("k", "charge=ch_1").await.status, 200, "the key was still free");
    let json = [("content-type", "application/json"), ("idempotency-key", "j")];
    let body = r#"{"charge": "ch_1", "metadata": {"a": "b"}}"#;
    assert_eq!(desk.send(Verb::POST, "/v1/refunds", &json, body).await.unwrap().status, 200);
    let xml = [("content-type", "text/xml")];
    let refused = desk.send(Verb::POST, "/v1/refunds", &xml, "<a/>").await.unwrap();
    assert!(refused.error().2.starts_with("Invalid request (check that your POST content type"));
    assert_eq!(desk.refund("l", &format!("charge={}", "x".repeat(2 << 20))).await.status, 413);
}

#[tokio::test]
async fn a_key_gives_the_first_answer_again_for_a_day() {
    let desk = Desk::open(|_| {}).await;
    let first = desk.refund("k", "charge=ch_1&metadata[a]=1").await;
    assert_eq!((first.header("idempotency-key"), first.header("idempotent-replayed")), ("k", ""));
    assert_eq!(first.header("original-request"), first.header("request-id"));
    assert_eq!(first.header("stripe-should-retry"), "false");
    let again = desk.refund("k", "metadata[a]=1&charge=ch_1").await;
    assert_eq!((again.status, &again.text), (200, &first.text));
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.header("original-request"), first.header("request-id"));
    assert_ne!(again.header("request-id"), first.header("request-id"));
    let other = desk.refund("k", "charge=ch_1").await;
    assert_eq!((other.status, other.json()["error"]["type"].as_str()), (400, Some("idempotency_error")));
    let expand = desk.refund("k", "charge=ch_1&metadata[a]=1&expand[]=charge").await;
    assert_eq!(expand.status, 400, "expand belongs to the parameters");
    desk.clock.shift(24 * 3600 + 1);
    assert_eq!(desk.refund("k", "charge=ch_1&metadata[a]=1").await.json()["id"], "re_2");
    let seen = desk.running.requests();
    assert_eq!([seen[0].executed, seen[1].executed, seen[1].replayed], [true, false, true]);
    assert_eq!(seen[0].params, "charge=ch_1&metadata[a]=1");
}

#[tokio::test]
async fn refusals_of_state_are_stored_and_panics_become_a_stored_500() {
    let desk = Desk::open(|_| {}).await;
    for _ in 0..2 {
        assert_eq!(desk.refund("s", "charge=ch_done").await.error().1, "charge_already_refunded");
        assert_eq!(desk.refund("p", "charge=ch_bug").await.status, 500);
    }
    let replayed: Vec<bool> = desk.running.requests().iter().map(|seen| seen.replayed).collect();
    assert_eq!(replayed, [false, false, true, true]);
    assert_eq!(desk.refund("x", "charge=ch_1").await.status, 200, "the server goes on");
}

#[tokio::test]
async fn a_second_request_with_a_running_key_is_a_conflict() {
    let desk = Desk::faulty("slow=1200@POST *#1").await;
    let (first, second) = tokio::join!(desk.refund("k", "charge=ch_1"), async {
        desk.until(|running| running.control.begun() == 1).await;
        desk.refund("k", "charge=ch_1").await
    });
    assert_eq!(
        (first.status, second.error().1.as_str(), second.status),
        (200, "idempotency_key_in_use", 409)
    );
    assert_eq!(desk.refund("k", "charge=ch_1").await.header("idempotent-replayed"), "true");
}

#[tokio::test]
async fn a_reset_before_executes_nothing_and_one_after_executes_once() {
    let desk = Desk::faulty("reset-before@POST *#1,reset-after@POST *#2").await;
    assert!(desk.try_refund("a", "charge=ch_1").await.is_err());
    assert!(desk.try_refund("b", "charge=ch_1").await.is_err());
    let settled = desk.refund("b", "charge=ch_1").await;
    assert_eq!(
        (settled.header("idempotent-replayed"), settled.json()["id"].as_str()),
        ("true", Some("re_1"))
    );
    assert_eq!(desk.refunds().await, 1);
    let status: Vec<_> = desk.running.requests().iter().map(|seen| (seen.status, seen.executed)).collect();
    assert_eq!(status[..3], [(None, false), (None, true), (Some(200), false)]);
}

#[tokio::test]
async fn a_500_is_stored_whether_it_executed_or_not() {
    let desk = Desk::faulty("500@POST *#1,500-after@POST *#2").await;
    for key in ["a", "b", "a", "b"] {
        let got = desk.refund(key, "charge=ch_1").await;
        assert_eq!((got.status, got.header("stripe-should-retry")), (500, "false"));
        assert_eq!(got.json()["error"]["type"], "api_error");
    }
    assert_eq!(desk.refunds().await, 1);
}

#[tokio::test]
async fn answers_before_the_endpoint_leave_the_key_free() {
    let desk = Desk::faulty("429=7#1,429#2,409#3,lock-timeout#4,503#5,401-expired#6,html#7").await;
    let mut got = Vec::new();
    for _ in 0..8 {
        got.push(desk.refund("k", "charge=ch_1").await);
    }
    let statuses: Vec<_> = got.iter().map(|got| got.status).collect();
    assert_eq!(statuses, [429, 429, 409, 429, 503, 401, 502, 200]);
    assert_eq!((got[0].header("retry-after"), got[1].header("retry-after")), ("7", ""));
    assert_eq!(got[0].header("stripe-rate-limited-reason"), "global-rate");
    assert_eq!((got[3].error().1.as_str(), got[3].header("stripe-should-retry")), ("lock_timeout", "true"));
    assert_eq!(got[3].header("stripe-rate-limited-reason"), "");
    assert_eq!(got[5].error().1, "api_key_expired");
    assert_eq!((got[6].header("content-type"), got[6].text.starts_with("<html>")), ("text/html", true));
    assert_eq!(got[7].header("idempotent-replayed"), "");
}

#[tokio::test]
async fn an_answer_lost_on_the_way_was_executed() {
    let desk = Desk::faulty("truncated#1,html-after#2,garbage#3,drip=1#4,stall=1#5").await;
    assert!(desk.try_refund("a", "charge=ch_1").await.is_err());
    assert_eq!(desk.refund("b", "charge=ch_1").await.status, 502);
    let garbage = desk.refund("c", "charge=ch_1").await;
    assert!(garbage.status == 200 && serde_json::from_str::<Value>(&garbage.text).is_err());
    assert_eq!(desk.refund("d", "charge=ch_1").await.json()["id"], "re_4");
    assert_eq!(desk.refund("e", "charge=ch_1").await.json()["id"], "re_5");
    assert_eq!(desk.refunds().await, 5);
}

#[tokio::test]
async fn what_a_client_gave_up_is_finished() {
    let desk = Desk::faulty("slow=150@POST *#1").await;
    tokio::select! {
        answered = desk.try_refund("k", "charge=ch_1") => panic!("not given up: {answered:?}"),
        () = desk.until(|running| running.control.begun() == 1) => {}
    }
    desk.until(|running| !running.requests().is_empty()).await;
    assert_eq!(desk.refund("k", "charge=ch_1").await.header("idempotent-replayed"), "true");
    assert_eq!(desk.refunds().await, 1);
}

#[tokio::test]
async fn the_rate_limit_is_the_accounts() {
    let desk = Desk::open(|options| options.rate_limit = Some(2)).await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(desk.get("/v1/count").await.status);
    }
    assert_eq!(statuses, [200, 200, 429]);
    desk.clock.shift(1);
    assert_eq!(desk.get("/v1/count").await.status, 200);
}

#[tokio::test]
async fn http_2_is_spoken_too() {
    let mut desk = Desk::faulty("reset-after@POST *#1").await;
    desk.client = client().http2_prior_knowledge().build().unwrap();
    assert_eq!(desk.get("/v1/charges/ch_1").await.status, 200);
    assert!(desk.try_refund("k", "charge=ch_1").await.is_err());
    assert_eq!(desk.refund("k", "charge=ch_1").await.header("idempotent-replayed"), "true");
}

/// What comes back for bytes that no client would send.
async fn raw(desk: &Desk, bytes: &[u8]) -> String {
    let address = desk.running.base_url().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may have closed before the last byte left.
    drop(stream.write_all(bytes).await);
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer).await);
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn broken_http_ends_its_own_connection_only() {
    let desk = Desk::open(|_| {}).await;
    assert!(raw(&desk, b"\x00\x01\x02 nonsense\r\n\r\n").await.starts_with("HTTP/1.1 400"));
    let long = format!("GET /v1/count HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(200_000));
    assert!(raw(&desk, long.as_bytes()).await.starts_with("HTTP/1.1 431"));
    let ends = b"GET /v1/count HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    assert!(raw(&desk, ends).await.starts_with("HTTP/1.1 401"));
    assert_eq!(desk.get("/v1/count").await.status, 200);
}

#[tokio::test]
async fn many_at_once_each_get_their_answer() {
    let desk = Desk::open(|_| {}).await;
    let keys: Vec<String> = (0..100).map(|number| format!("k{number}")).collect();
    let all = keys.iter().map(|key| desk.refund(key, "charge=ch_1"));
    let got = futures_util::future::join_all(all).await;
    assert!(got.iter().all(|got| got.status == 200));
    assert_eq!(desk.refunds().await, 100);
}

#[tokio::test]
async fn the_real_world_refunds_once_under_one_key() {
    let clock = Clock::fixed(NOW);
    let running = start(Options { clock: clock.clone(), customers: 20, ..Options::default() }).await.unwrap();
    let key = running.secret_key().to_owned();
    let desk = Desk { running, clock, client: client().build().unwrap(), key };
    let account = desk.get("/v1/account").await.json();
    assert_eq!(account["id"], desk.running.account());
    let charges = desk.get("/v1/charges?limit=100&expand[]=data.customer").await.json();
    let whole = |charge: &&Value| {
        charge["status"] == "succeeded"
            && charge["captured"] == true
            && charge["disputed"] == false
            && charge["amount_refunded"] == 0
    };
    let charge = charges["data"].as_array().unwrap().iter().find(whole).unwrap();
    assert_eq!(charge["customer"]["object"], "customer");
    let body = format!("charge={}&amount=100", charge["id"].as_str().unwrap());
    let (first, again) = (desk.refund("k", &body).await, desk.refund("k", &body).await);
    assert_eq!((first.status, again.text == first.text), (200, true), "{}", first.text);
    let found = desk.get(&format!("/v1/refunds?{}", body.replace("&amount=100", ""))).await.json();
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn stopping_closes_the_port() {
    let desk = Desk::open(|_| {}).await;
    let address = desk.running.base_url().trim_start_matches("http://").to_owned();
    let taken = Options { listen: address.parse().unwrap(), ..Options::default() };
    assert!(matches!(serve(Shop::default(), taken).await, Err(StartError::Listen { .. })));
    assert!(
        format!("{:?}", desk.running).contains(&address) && !format!("{:?}", desk.running).contains("sk_")
    );
    desk.running.stop().await;
    assert!(TcpStream::connect(&address).await.is_err());
}
