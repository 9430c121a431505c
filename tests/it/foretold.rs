//! What a change of a plan comes to, told on the command line before it is made, beside what is then billed.

use serde_json::Value;

use crate::harness::command::Case;

#[test]
fn a_change_of_plan_says_beforehand_what_it_takes() {
    let case = Case::new();
    let plan = case.plan();
    let (_, listed) = case.json("run list_prices active=true --all");
    let price = |interval: &str| {
        let fits = |one: &&Value| {
            let recurs = &one["recurring"];
            one["currency"] == "usd"
                && one["unit_amount"].as_i64() > Some(10_000)
                && (recurs["interval"] == interval && recurs["usage_type"] == "licensed")
        };
        listed["result"].as_array().unwrap().iter().find(fits).unwrap()["id"].as_str().unwrap()
    };
    let change =
        |interval: &str| format!("run update_subscription subscription={plan} price={}", price(interval));
    // The rhythm stays: the difference waits for the next invoice.
    let (code, dry) = case.json(&format!("{} --dry-run", change("month")));
    let told = &dry["result"]["preview"];
    assert_eq!((code, &told["billed_now"]), (0, &0.into()), "{dry}");
    assert!(
        told["says"].as_str().unwrap().starts_with("nothing is billed now; the next invoice on "),
        "{dry}"
    );
    // A year begins at once, and so does its bill.
    let (_, dry) = case.json(&format!("{} --dry-run", change("year")));
    let told = dry["result"]["preview"]["billed_now"].as_i64().unwrap();
    let (_, out, _) = case.run(&format!("{} --dry-run", change("year")));
    assert!(
        out.lines().any(|line| line.starts_with("preview\t$") && line.ends_with(" is billed now")),
        "{out}"
    );
    let (code, done) = case.json(&format!("{} --yes", change("year")));
    assert_eq!(code, 0, "{done}");
    let bill = done["result"]["latest_invoice"].as_str().unwrap();
    let paid =
        case.json(&format!("run get_invoice invoice={bill}")).1["result"]["amount_due"].as_i64().unwrap();
    // Between the two lie seconds of the plan that was given up.
    assert!(told > 0 && (paid - told).abs() <= 5, "{paid} was billed, and {told} was told");
    let (_, other) =
        case.json(&format!("run refund_charge charge={} reason=duplicate --dry-run", case.charge(4_900)));
    assert!(other["result"]["preview"].is_null(), "{other}");
}
