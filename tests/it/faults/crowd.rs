//! One customer with a hundred thousand charges, ten thousand subscriptions and five hundred cards: all of them are read, page after
//! page, and where not all are shown it is said.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    thread,
};

use serde_json::{Value, json};

use crate::harness::command::{Case, said};

const CHARGES: usize = 100_000;
const SUBSCRIPTIONS: usize = 10_000;
const CARDS: usize = 500;

/// A Stripe that has this one customer. Gives its address; it ends with the tests.
fn one_customer() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || converse(&stream));
        }
    });
    address
}

fn converse(stream: &TcpStream) {
    let mut lines = BufReader::new(stream).lines();
    while let Some(Ok(first)) = lines.next() {
        while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
        let target = first.split(' ').nth(1).unwrap();
        let body = answer(target).to_string();
        let head = format!("HTTP/1.1 200 OK\r\nRequest-Id: req_1\r\nContent-Length: {}\r\n\r\n", body.len());
        let mut out = stream;
        if out.write_all((head + &body).as_bytes()).is_err() {
            return;
        }
    }
}

fn answer(target: &str) -> Value {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let param = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
    let (prefix, all) = match path.rsplit('/').next() {
        Some("charges") => ("ch_", CHARGES),
        Some("subscriptions") => ("sub_", SUBSCRIPTIONS),
        Some("payment_methods") => ("pm_", CARDS),
        Some("account") => return json!({"id": "acct_1", "object": "account"}),
        _ => return json!({"object": "list", "data": [], "has_more": false}),
    };
    let number = |id: &str| id.trim_start_matches(prefix).parse::<usize>().unwrap();
    // Newest first, and the newest has the largest number.
    let left = param("starting_after").map_or(all, |last| number(last) - 1);
    let page = param("limit").map_or(10, |limit| limit.parse().unwrap()).min(left);
    let rows: Vec<Value> = (left - page..left).rev().map(|before| row(prefix, before + 1)).collect();
    json!({"object": "list", "data": rows, "has_more": left > page, "url": path})
}

fn row(prefix: &str, number: usize) -> Value {
    let id = format!("{prefix}{number:06}");
    let created = 1_700_000_000 + number;
    if prefix == "pm_" {
        return json!({"id": id, "object": "payment_method", "type": "card", "customer": "cus_1", "created": created,
            "card": {"brand": "visa", "last4": "4242", "exp_month": 9, "exp_year": 2030}});
    }
    if prefix == "sub_" {
        return json!({"id": id, "object": "subscription", "status": "active", "customer": "cus_1", "currency": "usd",
            "created": created, "start_date": created, "items": {"object": "list", "data": [], "has_more": false}});
    }
    json!({"id": id, "object": "charge", "amount": 4_900, "amount_captured": 4_900, "amount_refunded": 0, "currency": "usd",
        "status": "succeeded", "captured": true, "paid": true, "refunded": false, "disputed": false, "customer": "cus_1",
        "livemode": false, "metadata": {}, "created": created})
}

#[test]
fn a_hundred_thousand_charges_ten_thousand_subscriptions_and_five_hundred_cards_are_all_there() {
    let (case, stripe) = (Case::new(), one_customer());
    let run = |line: &str| {
        let mut command = case.command(line);
        let (code, out, err) = said(command.env("STRIPE_API_BASE", &stripe).output().unwrap());
        assert_eq!(code, 0, "{line}: {err}");
        (out, err)
    };
    for (action, prefix, all) in [
        ("list_charges", "ch_", CHARGES),
        ("list_subscriptions", "sub_", SUBSCRIPTIONS),
        ("list_payment_methods", "pm_", CARDS),
    ] {
        let (out, _) = run(&format!("run {action} customer=cus_1 --all --json"));
        let document: Value = serde_json::from_str(&out).unwrap();
        let rows = document["result"].as_array().unwrap();
        assert_eq!(rows.len(), all, "{action}");
        for (row, number) in rows.iter().zip((1..=all).rev()) {
            assert_eq!(row["id"], format!("{prefix}{number:06}"), "{action}");
        }
        // Fewer are said to be fewer.
        let (out, err) = run(&format!("run {action} customer=cus_1"));
        assert_eq!(out.lines().count(), 101, "{action}: a head and a page");
        assert!(err.contains("there are more than these 100: --all shows all of them"), "{action}: {err}");
    }
}
