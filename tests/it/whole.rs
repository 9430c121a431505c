//! `paydesk customer`: everything of one customer at once, its sums, what could not be read, and whom an address means.

use serde_json::Value;

use crate::harness::command::{Case, call, said};

fn rows<'a>(told: &'a Value, part: &str) -> &'a Vec<Value> {
    told["result"][part].as_array().unwrap_or_else(|| panic!("{part}: {told}"))
}

#[test]
fn everything_is_there_and_its_sums_are_those_of_the_charges() {
    let case = Case::new();
    let (code, told) = case.json("customer ada@example.com");
    assert_eq!((code, &told["action"]), (0, &"customer".into()), "{told}");
    assert_eq!(told["result"]["customer"]["email"], "ada@example.com");
    for part in ["charges", "subscriptions", "invoices", "payment_methods"] {
        assert!(!rows(&told, part).is_empty(), "{part}");
    }
    assert_eq!(rows(&told, "missing"), &Vec::<Value>::new());
    let sum = |of: &dyn Fn(&Value) -> i64| -> i64 {
        let charges = rows(&told, "charges").iter();
        charges.filter(|charge| charge["currency"] == "usd").map(of).sum()
    };
    let taken = sum(&|charge| {
        if charge["status"] == "succeeded" { charge["amount_captured"].as_i64().unwrap() } else { 0 }
    });
    let back = sum(&|charge| charge["amount_refunded"].as_i64().unwrap());
    let summary = &told["result"]["summary"];
    let usd = |name: &str| {
        let sums = summary[name].as_array().unwrap();
        sums.iter().find(|sum| sum["currency"] == "usd").map_or(0, |sum| sum["amount"].as_i64().unwrap())
    };
    assert!(taken > 0, "{told}");
    assert_eq!((usd("paid"), usd("refunded")), (taken, back), "{summary}");
    let plans: Vec<_> = rows(&told, "subscriptions").iter().map(|row| &row["id"]).collect();
    let said: Vec<_> = summary["subscriptions"].as_array().unwrap().iter().map(|row| &row["id"]).collect();
    assert_eq!(plans, said);
    // The address in other letters is the same person, and so is the id.
    let id = told["result"]["customer"]["id"].as_str().unwrap();
    for who in ["ADA@Example.com", id] {
        let (code, again) = case.json(&format!("customer {who}"));
        assert_eq!((code, &again["result"]["customer"]["id"]), (0, &id.into()), "{who}");
    }
}

#[test]
fn the_table_names_each_kind_of_row() {
    let case = Case::new();
    let (code, text, err) = case.run("customer ada@example.com");
    assert_eq!((code, err.as_str()), (0, ""), "{text}");
    for kind in ["customer\t", "e-mail\t", "charge\t", "subscription\t", "invoice\t", "payment method\t"] {
        assert!(text.lines().any(|line| line.starts_with(kind)), "{kind}\n{text}");
    }
    assert!(text.contains("visa ··"), "{text}");
}

#[test]
fn what_waits_for_an_invoice_is_told_with_its_sign() {
    let case = Case::new();
    let (_, told) = case.json("customer ada@example.com");
    let id = told["result"]["customer"]["id"].as_str().unwrap();
    let before = rows(&told, "waiting_for_an_invoice").len();
    let form = format!("customer={id}&amount=-500&currency=usd&description=Sorry");
    let (status, made) = call(&case.running, "POST", "/v1/invoiceitems", &form);
    assert_eq!(status, 200, "{made}");
    let (_, told) = case.json(&format!("customer {id}"));
    let waits = rows(&told, "waiting_for_an_invoice");
    assert_eq!(waits.len(), before + 1, "{told}");
    assert!(waits.iter().any(|item| item["amount"] == -500 && item["description"] == "Sorry"), "{told}");
    let (_, text, _) = case.run(&format!("customer {id}"));
    assert!(
        text.lines().any(|line| line.starts_with("waits for an invoice\t") && line.contains("Sorry")),
        "{text}"
    );
}

#[test]
fn what_the_key_may_not_read_is_named_and_the_rest_is_there() {
    use paydesk::sandbox::Options;
    let restrict = "*:write,dispute:none,invoice:none".parse().unwrap();
    let case = Case::with(Options { restrict, ..Options::default() });
    let run = |line: &str| {
        let mut command = case.command(line);
        said(command.env("STRIPE_API_KEY", case.running.restricted_key()).output().unwrap())
    };
    let (code, out, err) = run("customer ada@example.com --json");
    assert_eq!(code, 0, "{out}{err}");
    let told: Value = serde_json::from_str(&out).unwrap();
    let missing: Vec<_> = rows(&told, "missing").iter().map(|one| one["part"].as_str().unwrap()).collect();
    assert!(missing.contains(&"invoices"), "{told}");
    assert!(told["result"]["invoices"].is_null() && !rows(&told, "charges").is_empty(), "{told}");
    let (_, text, err) = run("customer ada@example.com");
    assert!(text.contains("not read: ") && err.contains("the invoices could not be read"), "{text}{err}");
}

#[test]
fn who_is_nobody_is_said_to_be() {
    let case = Case::new();
    for (who, says) in [
        ("nobody@example.com", "no customer has the address nobody@example.com"),
        ("cus_doesnotexist", "cus_doesnotexist"),
        ("Ada", "`paydesk find Ada` looks for a name"),
        ("ch_1", "customer"),
    ] {
        let (code, out, err) = case.run(&format!("customer {who}"));
        assert!(code != 0 && out.is_empty() && err.contains(says), "{who}: {out}{err}");
    }
}
