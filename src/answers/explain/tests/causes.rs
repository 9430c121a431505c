//! Every cause, each with its sum to the cent.

use super::*;

#[test]
fn a_renewal_is_told_with_the_next_billing_date() {
    let told = check(
        &World::renewal(),
        &["renewal"],
        "The $49.00 charge on 21 Nov was the monthly renewal of Growth.",
    );
    assert_eq!(
        reply(&told),
        "The $49.00 charge on 21 Nov was the monthly renewal of Growth. Your next billing date is 21 Dec."
    );
    let chain: Vec<_> = told.chain.iter().map(|step| step.id.id.as_str()).collect();
    assert_eq!(chain, ["ch_2", "pi_2", "in_2", "sub_1", "price_g", "prod_g"]);
    assert!(told.says.join(" ").contains("The next billing date is 21 Dec."));
}

#[test]
fn any_record_on_the_way_leads_to_the_same_answer() {
    let world = World::renewal().with("sub_1", |sub| sub["latest_invoice"] = json!("in_2"));
    let charge = world.told("ch_2");
    for id in ["pi_2", "in_2", "sub_1"] {
        let told = world.told(id);
        assert_eq!(
            (told.about, told.causes, told.sum),
            (charge.about.clone(), charge.causes.clone(), charge.sum.clone()),
            "{id}"
        );
    }
}

#[test]
fn the_first_payment_and_the_end_of_a_trial() {
    let first =
        World::renewal().with("in_2", |invoice| invoice["billing_reason"] = json!("subscription_create"));
    check(&first, &["first_payment"], "was the first payment for Growth");
    let trial = World::renewal().with("sub_1", |sub| sub["trial_end"] = json!(START));
    check(&trial, &["trial_end", "renewal"], "after its trial, which ended on 21 Nov");
}

#[test]
fn what_moved_since_the_invoice_before_is_the_answer() {
    let price = World::renewal()
        .with("in_1", |invoice| invoice["lines"]["data"] = json!([line("il_1", 3_900, START - MONTH_S)]));
    let told = check(&price, &["price_change", "renewal"], "at its new price: $49.00 instead of $39.00");
    assert!(reply(&told).contains("whose price has changed from $39.00 to $49.00"));
    let seats = World::renewal().costs(14_700, 14_700).with("in_2", |invoice| {
        invoice["lines"]["data"][0]["quantity"] = json!(3);
        invoice["lines"]["data"][0]["amount"] = json!(14_700);
        invoice["lines"]["data"][0]["pricing"]["unit_amount_decimal"] = json!("4900");
    });
    let told = check(&seats, &["quantity_change", "renewal"], "for 3 instead of 1");
    assert!(told.sum.as_ref().unwrap().parts[0].detail.starts_with("3 × $49.00"));
    assert!(reply(&told).contains("was for Growth: 3 instead of 1."), "{}", reply(&told));
    // Of several things one is another number: it was for all of them.
    let storage = |id: &str, start: i64, count: i64| {
        let mut used = line(id, count, start);
        used["quantity"] = json!(count);
        used["pricing"]["unit_amount_decimal"] = json!("1");
        used["pricing"]["price_details"] = json!({"price": "price_s", "product": "prod_s"});
        used["parent"]["subscription_item_details"]["subscription_item"] = json!("si_2");
        used
    };
    let many = World::renewal()
        .and(json!({"object": "product", "id": "prod_s", "name": "Storage"}))
        .with("in_1", |invoice| {
            invoice["lines"]["data"] =
                json!([line("il_1", 4_900, START - MONTH_S), storage("il_8", START - MONTH_S, 268)]);
        })
        .costs(5_169, 5_169)
        .with("in_2", |invoice| {
            invoice["lines"]["data"] = json!([line("il_2", 4_900, START), storage("il_9", START, 269)]);
        });
    let told = check(&many, &["quantity_change", "renewal"], "with 269 of Storage instead of 268");
    assert!(
        reply(&told).contains(
            "was the monthly renewal of Growth and Storage. Of Storage there were 269 instead of 268."
        ),
        "{}",
        reply(&told)
    );
    let plan = World::renewal().and(json!({"object": "product", "id": "prod_s", "name": "Starter"})).with(
        "in_1",
        |invoice| {
            invoice["lines"]["data"][0]["pricing"]["price_details"]["product"] = json!("prod_s");
        },
    );
    check(&plan, &["upgrade", "renewal"], "the change from Starter to Growth");
    let discount = World::renewal().with("in_1", |invoice| {
        invoice["total_discount_amounts"] = json!([{"amount": 900, "discount": "di_1"}]);
    });
    let told = check(&discount, &["discount_expired", "renewal"], "A discount of $9.00 has ended");
    assert!(reply(&told).contains("Your discount of $9.00 has ended"));
    let tax = |minor: i64| json!([{"amount": minor, "tax_behavior": "exclusive"}]);
    let taxed = World::renewal()
        .costs(4_900, 5_880)
        .with("in_2", |invoice| invoice["total_taxes"] = tax(980))
        .with("in_1", |invoice| invoice["total_taxes"] = tax(931));
    check(&taxed, &["tax_change", "renewal"], "The tax went from $9.31 to $9.80");
    let same_rate = World::renewal()
        .costs(4_900, 5_831)
        .with("in_2", |invoice| invoice["total_taxes"] = tax(931))
        .with("in_1", |invoice| invoice["total_taxes"] = tax(931));
    check(&same_rate, &["renewal"], "monthly renewal");
}

#[test]
fn a_change_within_the_period_says_what_when_and_by_whom() {
    let lines = [proration("il_2", -1_500, 1, 4_900), proration("il_3", 4_500, 3, 4_900)];
    let event = json!({"object": "event", "id": "evt_1", "type": "customer.subscription.updated", "created": START + 3,
        "request": {"id": "req_1", "idempotency_key": "pdk_1"},
        "data": {"object": {"id": "sub_1", "object": "subscription", "metadata": {"paydesk_agent": "maya"}},
            "previous_attributes": {"items": {"data": []}, "quantity": 1}}});
    let world = World::renewal().costs(3_000, 3_000).with("in_2", |invoice| {
        invoice["billing_reason"] = json!("subscription_update");
        invoice["lines"]["data"] = json!(lines);
    });
    let told = check(&world, &["quantity_change"], "changing the number of Growth from 1 to 3");
    assert!(
        told.unknown.join(" ").contains("no event tells who made the change of 21 Nov"),
        "{:?}",
        told.unknown
    );
    let known = world.and(event.clone());
    let told = check(&known, &["quantity_change"], "made on 21 Nov by maya");
    assert_eq!(told.unknown, Vec::<String>::new());
    let mut api = event;
    api["request"] = json!({"id": "req_9", "idempotency_key": null});
    let mut known = known;
    *known.one("evt_1") = api;
    check(&known, &["quantity_change"], "through the API (req_9)");
    // A month and more ago, nobody can tell any more.
    let bag = known.bag();
    let later = Moment { now: Unix(NOW + MONTH_S), zone: TimeZone::UTC };
    let mut bare = World(known.0.into_iter().filter(|value| value["object"] != "event").collect());
    bare.one("ch_2")["created"] = json!(START);
    let told = explain(&bare.bag(), &Ask::About(AnyId::parse("ch_2").unwrap()), &later);
    assert!(told.unknown.join(" ").contains("keeps events for 30 days"), "{:?}", told.unknown);
    drop(bag);
}

#[test]
fn an_upgrade_with_proration_adds_up() {
    let mut dear = proration("il_3", 6_900, 1, 9_900);
    dear["pricing"]["price_details"] = json!({"price": "price_p", "product": "prod_p"});
    let world = World::renewal()
        .and(json!({"object": "product", "id": "prod_p", "name": "Pro"}))
        .costs(5_400, 5_400)
        .with("in_2", |invoice| {
            invoice["billing_reason"] = json!("subscription_update");
            invoice["lines"]["data"] = json!([proration("il_2", -1_500, 1, 4_900), dear]);
        });
    let told = check(&world, &["upgrade"], "came from the change from Growth to Pro, made on 21 Nov");
    let parts: Vec<_> = told.sum.unwrap().parts.iter().map(|part| part.amount.to_string()).collect();
    assert_eq!(parts, ["−$15.00", "$69.00"]);
}

#[test]
fn usage_items_and_invoices_by_hand() {
    let mut metered = price("price_m", 0);
    metered["recurring"]["usage_type"] = json!("metered");
    let mut used = line("il_3", 1_234, START);
    used["pricing"]["price_details"]["price"] = json!("price_m");
    used["parent"]["subscription_item_details"]["subscription_item"] = json!("si_2");
    let only = World::renewal().and(metered.clone()).costs(1_234, 1_234).with("in_2", |invoice| {
        invoice["lines"]["data"] = json!([used]);
    });
    check(&only, &["usage", "renewal"], "was for the usage of Growth");
    let both = World::renewal().and(metered).costs(6_134, 6_134).with("in_2", |invoice| {
        invoice["lines"]["data"] = json!([line("il_2", 4_900, START), used]);
    });
    let told = check(&both, &["renewal", "usage"], "$12.34 of it is usage");
    assert!(reply(&told).contains("renewal of Growth. $12.34 of it is for usage."), "{}", reply(&told));
    let besides = World::renewal().costs(6_900, 6_900).with("in_2", |invoice| {
        invoice["lines"]["data"] = json!([line("il_2", 4_900, START), item("il_9", 2_000, "Setup help")]);
    });
    check(&besides, &["renewal", "one_off"], "On the invoice is besides: Setup help.");
    let manual = World::renewal().costs(2_000, 2_000).with("in_2", |invoice| {
        invoice["billing_reason"] = json!("manual");
        invoice["parent"] = Value::Null;
        invoice["lines"]["data"] = json!([item("il_9", 2_000, "Setup help")]);
    });
    let told =
        check(&manual, &["manual_invoice"], "paid invoice A-0002, which was made by hand for Setup help");
    assert_eq!(told.next, Next::Never("it is no subscription".into()));
}

#[test]
fn credit_shipping_tax_discount_and_credit_notes_are_parts_of_the_sum() {
    let world = World::renewal().costs(4_900, 4_400).with("in_2", |invoice| {
        invoice["total_discount_amounts"] = json!([{"amount": 1_000, "discount": "di_1"}]);
        invoice["total_taxes"] = json!([{"amount": 300, "tax_behavior": "exclusive"}, {"amount": 77, "tax_behavior": "inclusive"}]);
        invoice["amount_shipping"] = json!(200);
        invoice["total"] = json!(4_400);
        invoice["starting_balance"] = json!(-900);
        invoice["ending_balance"] = json!(-100);
        invoice["pre_payment_credit_notes_amount"] = json!(350);
        invoice["amount_due"] = json!(3_250);
    });
    let world = world.with("ch_2", |charge| {
        charge["amount"] = json!(3_250);
        charge["amount_captured"] = json!(3_250);
    });
    let told = check(&world, &["tax_change", "renewal"], "The tax went from $0.00 to $3.77");
    let sum = told.sum.unwrap();
    let kinds: Vec<_> = sum.parts.iter().map(|part| (part.kind, part.amount.minor())).collect();
    assert_eq!(
        kinds,
        [
            (PartKind::Plan, 4_900),
            (PartKind::Discount, -1_000),
            (PartKind::Shipping, 200),
            (PartKind::Tax, 300),
            (PartKind::Balance, -800),
            (PartKind::CreditNote, -350),
        ]
    );
    assert_eq!(sum.tax_included.unwrap().minor(), 77);
    assert!(sum.parts[4].detail.contains("$1.00 of it is left"));
}

#[test]
fn what_the_parts_do_not_explain_is_named() {
    let world = World::renewal().with("ch_2", |charge| {
        charge["amount"] = json!(5_012);
        charge["amount_captured"] = json!(5_012);
    });
    let told = world.told("ch_2");
    let sum = told.sum.unwrap();
    assert_eq!((sum.adds_up(), sum.rest.to_string()), (false, "$1.12".into()));
    assert!(
        told.says.join(" ").contains("$1.12 is not explained by anything that was read"),
        "{:?}",
        told.says
    );
}

#[test]
fn attempts_holds_and_late_captures() {
    let retried = World::renewal()
        .and({
            let mut failed = charge("ch_x", "pi_2", 4_900, START - DAY_S);
            failed["status"] = json!("failed");
            failed["paid"] = json!(false);
            failed
        })
        .with("in_2", |invoice| invoice["attempt_count"] = json!(2));
    check(&retried, &["renewal", "retry"], "It went through at the second attempt.");
    let bare = |change: fn(&mut Value)| {
        let mut world = World::renewal();
        world.0.retain(|value| value["object"] != "invoice");
        world.with("ch_2", change)
    };
    let late = bare(|charge| {
        charge["description"] = json!("Hotel");
        charge["amount_captured"] = json!(4_000);
        charge["balance_transaction"] = json!({"id": "txn_1", "created": START + 2 * DAY_S});
    })
    .with("pi_2", |intent| intent["capture_method"] = json!("manual"));
    let told = check(&late, &["one_off", "late_capture"], "authorised on 21 Nov and taken later on 23 Nov");
    assert_eq!(told.sum.unwrap().charged.to_string(), "$40.00");
    let held = bare(|charge| charge["captured"] = json!(false));
    check(&held, &["held", "one_off"], "$49.00 is only held on visa ··4242 since 21 Nov");
    let probe = bare(|charge| {
        charge["captured"] = json!(false);
        charge["amount"] = json!(100);
    });
    check(&probe, &["setup_verification", "one_off"], "it is no charge, and falls away");
    let failed = bare(|charge| {
        charge["status"] = json!("failed");
        charge["paid"] = json!(false);
        charge["failure_message"] = json!("Your card has insufficient funds.");
    });
    let told = check(
        &failed,
        &["failed", "one_off"],
        "did not go through: nothing was taken. The bank said: Your card has",
    );
    assert!(reply(&told).contains("did not go through"));
}

#[test]
fn other_currencies_payments_outside_and_second_payments() {
    let shown = World::renewal().with("ch_2", |charge| {
        charge["presentment_details"] = json!({"presentment_amount": 4_550, "presentment_currency": "eur"});
    });
    check(&shown, &["renewal", "currency_difference"], "The customer saw it as €45.50");
    let outside = World::renewal().with("in_2", |invoice| {
        invoice["amount_paid_off_stripe"] = json!(4_900);
        invoice["payments"] = json!({"data": []});
    });
    let told = outside.told("in_2");
    assert_eq!(told.causes.iter().map(Cause::code).collect::<Vec<_>>(), ["paid_outside", "renewal"]);
    assert!(told.says.join(" ").contains("was marked as paid outside Stripe: $49.00"), "{:?}", told.says);
    assert!(reply(&told).contains("Nothing was charged for it here"), "{}", reply(&told));
    assert!(told.sum.as_ref().unwrap().adds_up(), "{:?}", told.sum);
    let again =
        World::renewal().and(charge("ch_3", "pi_3", 4_900, START + 240)).and(intent("pi_3", "ch_3", 4_900));
    let told = again.told("ch_3");
    assert_eq!(told.causes.first().map(Cause::code), Some("duplicate"));
    assert!(reply(&told).contains("second payment of the same thing"), "{:?}", told.reply);
    check(&again, &["renewal"], "monthly renewal");
    // The one that stays has a reason of its own, and the other is told beside it.
    let said = again.told("ch_2").says.join(" ");
    assert!(said.contains("Another charge, of $49.00 on 21 Nov, was likely for the same:"), "{said}");
}

/// Two plans that run side by side: each charge is a renewal, and no answer to "why was I charged twice".
#[test]
fn one_of_two_plans_that_run_side_by_side_tells_of_the_other() {
    let mut second = subscription();
    second["id"] = json!("sub_2");
    second["items"]["data"][0]["id"] = json!("si_2");
    let mut beside = line("il_3", 4_900, START + DAY_S);
    beside["parent"]["subscription_item_details"]["subscription"] = json!("sub_2");
    let mut other = invoice("in_3", START + DAY_S, "subscription_cycle", &[beside]);
    other["parent"]["subscription_details"]["subscription"] = json!("sub_2");
    other["payments"] = json!({"data": [{"id": "inpay_3", "status": "paid",
        "payment": {"type": "payment_intent", "payment_intent": "pi_3"}}]});
    let world = World::renewal()
        .and(second)
        .and(other)
        .and(charge("ch_3", "pi_3", 4_900, START + DAY_S))
        .and(intent("pi_3", "ch_3", 4_900));
    for (id, day) in [("ch_2", "22 Nov"), ("ch_3", "21 Nov")] {
        let told = world.told(id);
        assert_eq!(told.causes.first().map(Cause::code), Some("renewal"), "{id}: {told:?}");
        let says = format!(
            "Another charge, of $49.00 on {day}, was likely for the same: two subscriptions to the same product."
        );
        assert!(told.says.contains(&says), "{id}: {:?}", told.says);
    }
    let alone = World::renewal().told("ch_2").says.join(" ");
    assert!(!alone.contains("likely for the same"), "{alone}");
}
