//! The client's own limit against a Stripe that has one: it is kept, so that nothing comes back as too fast.

use std::sync::Arc;

use paydesk::{
    model::{Charge, Refund},
    request::Request,
    sandbox::{self, Options},
    stripe::{Client, Pages, Priority, Settings, Transport as _},
    time::SystemClock,
};

/// What Stripe lets an account in test mode ask a second.
const TEST_PER_S: u32 = 25;

async fn sandbox() -> (sandbox::Running, Client) {
    let options = Options { customers: 20, rate_limit: Some(TEST_PER_S), ..Options::default() };
    let running = sandbox::start(options).await.unwrap();
    let key = running.secret_key().to_owned();
    let settings = Settings::new(running.base_url().parse().unwrap(), key.into());
    (running, Client::new(settings, Arc::new(SystemClock)).unwrap())
}

#[tokio::test]
async fn a_burst_by_several_never_is_too_fast() {
    let (running, client) = sandbox().await;
    let paths = ["/v1/charges", "/v1/customers", "/v1/invoices", "/v1/subscriptions", "/v1/refunds"];
    let asks = (0..45).map(|number| {
        // Each asks through a clone of its own, as the desk, the gate and what is read ahead do.
        let (client, path) = (client.clone(), paths[number % paths.len()]);
        let priority = [Priority::Waiting, Priority::Prefetch, Priority::Change][number % 3];
        async move { client.read(&Request::get(path, &[]).with("limit", 1), priority).await }
    });
    let answers = futures_util::future::join_all(asks).await;
    assert!(answers.iter().all(Result::is_ok));
    let statuses: Vec<_> = running.requests().iter().map(|seen| seen.status).collect();
    assert_eq!(statuses, vec![Some(200); 45]);
    running.stop().await;
}

#[tokio::test]
async fn without_it_the_same_burst_is_too_fast() {
    let (running, _) = sandbox().await;
    let key = running.secret_key().to_owned();
    let settings =
        Settings { per_second: 0, ..Settings::new(running.base_url().parse().unwrap(), key.into()) };
    let client = Client::new(settings, Arc::new(SystemClock)).unwrap();
    let account = Request::get("/v1/account", &[]);
    let asks = (0..200).map(|_| client.attempt(&account, Priority::Waiting.into()));
    let _answers = futures_util::future::join_all(asks).await;
    assert!(running.requests().iter().any(|seen| seen.status == Some(429)));
    running.stop().await;
}

#[tokio::test]
async fn a_list_that_grows_is_walked_without_doubles_and_gaps() {
    let (running, client) = sandbox().await;
    let list = || Request::get("/v1/refunds", &[]).with("limit", 2);
    let before = Pages::<Refund>::new(&client, list(), Priority::Waiting).all(50).await.unwrap();
    assert!(before.rows.len() > 5 && !before.has_more, "{}", before.rows.len());
    let charges = Request::get("/v1/charges", &[]).with("limit", 100);
    let charges = Pages::<Charge>::new(&client, charges, Priority::Waiting).all(1).await.unwrap();
    let mut open = charges.rows.iter().filter(|charge| {
        let raw: serde_json::Value = serde_json::from_str(charge.raw()).unwrap();
        raw["status"] == "succeeded"
            && raw["captured"] == true
            && raw["disputed"] == false
            && raw["amount_refunded"] == 0
    });
    let mut pages = Pages::<Refund>::new(&client, list(), Priority::Waiting);
    let mut seen = Vec::new();
    while let Some(page) = pages.next().await {
        seen.extend(page.unwrap().iter().map(|row| row.id.to_string()));
        if let Some(charge) = open.next() {
            let refund =
                Request::post("/v1/refunds", &[]).with("charge", charge.id.as_str()).with("amount", 50);
            let refund = refund.with_key(&format!("key-{}", seen.len()));
            client.attempt(&refund, Priority::Change.into()).await.unwrap();
        }
    }
    let known: Vec<String> = before.rows.iter().map(|row| row.id.to_string()).collect();
    assert_eq!(seen, known);
    running.stop().await;
}
