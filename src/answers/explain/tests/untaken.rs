//! What was not taken: attempts that failed, holds that were given up, invoices that no charge has paid.

use super::*;

/// A charge of the invoice that did not go through.
fn tried() -> World {
    World::renewal().with("ch_2", |charge| {
        charge["status"] = json!("failed");
        charge["paid"] = json!(false);
        charge["captured"] = json!(false);
        charge["amount_captured"] = json!(0);
    })
}

/// The invoice in that state, with so much left to be paid.
fn stands(world: World, status: &str, left: i64) -> World {
    world.with("in_2", |invoice| {
        invoice["status"] = json!(status);
        invoice["amount_paid"] = json!(0);
        invoice["amount_remaining"] = json!(left);
        invoice["payments"]["data"][0]["status"] = json!("open");
        invoice["payments"]["data"][0]["amount_paid"] = json!(null);
    })
}

#[test]
fn a_failed_attempt_is_explained_by_what_the_invoice_came_to_then() {
    let noted = stands(tried(), "open", 3_900).with("in_2", |invoice| {
        invoice["pre_payment_credit_notes_amount"] = json!(1_000);
        invoice["amount_due"] = json!(3_900);
    });
    let told = check(&noted, &["failed", "renewal"], "nothing was taken");
    let sum = told.sum.as_ref().unwrap();
    assert_eq!((sum.stand, sum.charged.minor()), (Stand::Tried, 4_900));
    let says = told.says.join(" ");
    assert!(says.contains("It was for the monthly renewal of Growth."), "{says}");
    assert!(
        says.contains("Invoice A-0002 is still to be paid: $39.00.") && !says.contains("not explained"),
        "{says}"
    );
    assert!(reply(&told).ends_with("is open: $39.00 is still to be paid."), "{}", reply(&told));
    // It is tried once more.
    let again = stands(tried(), "open", 4_900)
        .with("in_2", |invoice| invoice["next_payment_attempt"] = json!(NOW + 2 * DAY_S))
        .with("sub_1", |sub| sub["status"] = json!("past_due"));
    let told = again.told("ch_2");
    assert!(
        reply(&told).ends_with("The payment of $49.00 that did not go through is tried again on 25 Nov."),
        "{}",
        reply(&told)
    );
    // One that came to less by the note already.
    let before = noted.with("ch_2", |charge| charge["amount"] = json!(3_900));
    let told = check(&before, &["failed", "renewal"], "nothing was taken");
    assert_eq!(told.sum.unwrap().parts.len(), 2);
}

#[test]
fn an_invoice_that_no_charge_paid_says_how_it_stands() {
    for (status, cause, words, told_customer) in [
        (
            "open",
            "owed",
            "Invoice A-0002 over $49.00 on 21 Nov for Growth is not paid yet.",
            "$49.00 is still to be paid",
        ),
        ("void", "void", "was voided: nothing is owed for it.", "Nothing is to be paid"),
        ("uncollectible", "written_off", "was written off", "nothing to tell"),
    ] {
        let world = stands(tried(), status, 4_900);
        let told = world.told("in_2");
        let causes: Vec<_> = told.causes.iter().map(Cause::code).collect();
        assert_eq!(causes, [cause, "failed", "renewal"]);
        let says = told.says.join(" ");
        assert!(
            says.contains(words) && says.contains("It was tried once, and did not go through."),
            "{says}"
        );
        assert!(reply(&told).contains(told_customer), "{status}: {}", reply(&told));
        assert!(told.sum.unwrap().adds_up(), "{status}");
    }
    // Marked as paid outside after an attempt that failed.
    let outside = stands(tried(), "paid", 0).with("in_2", |invoice| {
        invoice["amount_paid"] = json!(4_900);
        invoice["amount_paid_off_stripe"] = json!(4_900);
    });
    let told = outside.told("in_2");
    assert_eq!(told.causes.first().map(Cause::code), Some("paid_outside"));
    let sum = told.sum.as_ref().unwrap();
    assert!(sum.adds_up() && sum.charged.is_zero(), "{sum:?}");
    assert!(reply(&told).contains("marked as paid in another way"), "{}", reply(&told));
    let told = outside.told("ch_2");
    assert!(
        told.says.join(" ").contains("$49.00 of the invoice was paid outside Stripe."),
        "{:?}",
        told.says
    );
    assert!(told.sum.unwrap().adds_up());
}

#[test]
fn a_hold_that_was_given_up_is_neither_held_nor_refunded() {
    let mut world = World::renewal();
    world.0.retain(|value| value["object"] != "invoice");
    let held = world.with("ch_2", |charge| {
        charge["captured"] = json!(false);
        charge["amount_captured"] = json!(0);
    });
    let released = held.with("pi_2", |intent| intent["status"] = json!("canceled")).with("ch_2", |charge| {
        charge["amount_refunded"] = json!(4_900);
        charge["refunded"] = json!(true);
        charge["refunds"] = json!({"data": [{"id": "re_1", "amount": 4_900, "currency": "usd", "created": START + DAY_S,
            "status": "succeeded", "charge": "ch_2"}]});
    });
    let told = check(&released, &["released", "one_off"], "given up: it was not taken");
    let says = told.says.join(" ");
    assert!(!says.contains("refunded") && told.sum.unwrap().refunded.is_none(), "{says}");
    let text = reply(&released.told("ch_2"));
    assert!(text.contains("has been released") && !text.contains("refunded"), "{text}");
}

#[test]
fn a_check_of_a_card_is_told_from_a_small_hold_by_currency_and_purpose() {
    let cause = |minor: i64, currency: &str, purpose: Option<&str>| {
        let mut world = World::renewal();
        world.0.retain(|value| value["object"] != "invoice");
        let world = world.with("ch_2", |charge| {
            charge["captured"] = json!(false);
            charge["amount"] = json!(minor);
            charge["currency"] = json!(currency);
            charge["description"] = json!(purpose);
        });
        world.told("ch_2").causes.first().map(Cause::code).unwrap()
    };
    for (minor, currency, purpose, code) in [
        (150, "usd", None, "setup_verification"),
        (100, "eur", None, "setup_verification"),
        (1, "jpy", None, "setup_verification"),
        (100, "jpy", None, "held"),
        (100, "kwd", None, "held"),
        (201, "usd", None, "held"),
        (150, "usd", Some("Sticker"), "held"),
    ] {
        assert_eq!(cause(minor, currency, purpose), code, "{minor} {currency} {purpose:?}");
    }
}
