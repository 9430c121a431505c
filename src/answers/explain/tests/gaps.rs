//! What happened since, what could not be read, what is read, and what a customer says.

use super::*;

#[test]
fn refunds_and_disputes_since_are_told() {
    let world = World::renewal().with("ch_2", |charge| {
        charge["amount_refunded"] = json!(2_000);
        charge["refunds"] = json!({"data": [{"id": "re_1", "amount": 2_000, "currency": "usd", "created": START + DAY_S,
            "status": "succeeded", "charge": "ch_2"}]});
    });
    let told = check(&world, &["renewal"], "$20.00 was refunded on 22 Nov.");
    assert_eq!(told.sum.as_ref().unwrap().refunded.unwrap().to_string(), "$20.00");
    assert!(reply(&told).contains(" $20.00 of it was refunded."));
    let disputed = World::renewal().with("ch_2", |charge| charge["disputed"] = json!(true)).and(json!({"object": "dispute",
        "id": "du_1", "amount": 4_900, "currency": "usd", "created": START + DAY_S, "status": "needs_response",
        "reason": "fraudulent", "charge": "ch_2"}));
    check(&disputed, &["renewal"], "It is disputed at the bank since 22 Nov (fraudulent): needs response.");
}

#[test]
fn what_could_not_be_read_is_said() {
    let mut world = World::renewal();
    world.0.retain(|value| value["object"] != "subscription" && value["object"] != "invoice");
    let mut bag = world.bag();
    let intent = PaymentIntentId::parse("pi_2").unwrap();
    let why = Why::Hidden("this key may not read invoices".into());
    bag.take(&Look::first(Want::PaidBy(intent)), Err(why));
    let told = explain(&bag, &Ask::About(AnyId::parse("ch_2").unwrap()), &moment());
    assert!(
        told.unknown
            .join(" ")
            .contains("Whether it paid an invoice could not be read: this key may not read invoices.")
    );
    let mut bag = World::renewal().bag();
    bag.take(&Look::first(Want::Object(AnyId::parse("ch_9").unwrap())), Err(Why::NoSuch));
    let told = explain(&bag, &Ask::About(AnyId::parse("ch_9").unwrap()), &moment());
    assert_eq!(told.says[0], "Stripe has no charge ch_9 on this account, or it was deleted.");
    assert!(told.says[1].contains("Ask for the line as the bank shows it"), "{:?}", told.says);
    assert!(
        reply(&told).starts_with("We could not find a charge. Could you send us the line"),
        "{}",
        reply(&told)
    );
    assert_eq!((told.causes, told.about), (vec![Cause::NotOurs], None));
}

#[test]
fn what_would_change_the_next_bill_is_named() {
    let world = World::renewal().with("sub_1", |sub| sub["pause_collection"] = json!({"behavior": "void"}));
    let mut bag = world.bag();
    let next = json!({"id": "upcoming", "currency": "usd", "total": 4_900, "amount_due": 3_900, "starting_balance": -1_000,
        "period_end": START + MONTH_S, "lines": {"data": []}});
    let look = Look::first(Want::Upcoming(SubscriptionId::parse("sub_1").unwrap()));
    bag.take(&look, Ok(look.read(&next.to_string()).unwrap()));
    let told = explain(&bag, &Ask::About(AnyId::parse("ch_2").unwrap()), &moment());
    let said = told.says.join(" ");
    assert!(
        said.contains("Nothing more is charged by itself: collection is paused until somebody resumes it."),
        "{said}"
    );
    assert!(!reply(&told).contains("next billing date"), "nothing is promised while it is paused");
    // It goes on before the next bill, or after it.
    let said = |resumes: i64| {
        let mut bag = bag.clone();
        let mut sub = subscription();
        sub["pause_collection"] = json!({"behavior": "keep_as_draft", "resumes_at": resumes});
        let look = Look::first(Want::Object(AnyId::parse("sub_1").unwrap()));
        bag.take(&look, Ok(look.read(&sub.to_string()).unwrap()));
        explain(&bag, &Ask::About(AnyId::parse("ch_2").unwrap()), &moment()).says.join(" ")
    };
    let before = said(START + 20 * DAY_S);
    assert!(
        before.contains(
            "The next billing date is 21 Dec, $39.00: collection is paused until 11 Dec, $10.00 of credit is taken off."
        ),
        "{before}"
    );
    let after = said(START + 40 * DAY_S);
    assert!(
        after.contains("collection is paused until 31 Dec, and goes on then; what falls due meanwhile is collected later."),
        "{after}"
    );
}

#[test]
fn what_is_still_billed_before_a_subscription_ends_is_told() {
    let said = |change: fn(&mut Value)| {
        let told = World::renewal().with("sub_1", change).told("ch_2");
        (told.says.join(" "), reply(&told))
    };
    let (says, reply) = said(|sub| sub["cancel_at_period_end"] = json!(true));
    assert!(says.contains("Nothing more is charged by itself: the subscription ends on 21 Dec."), "{says}");
    assert!(reply.ends_with("Your subscription ends on 21 Dec, and does not renew."), "{reply}");
    // Later than the period that runs: another one begins before.
    let (says, reply) = said(|sub| sub["cancel_at"] = json!(START + MONTH_S + 10 * DAY_S));
    assert!(says.contains("The next billing date is 21 Dec: the subscription ends on 31 Dec."), "{says}");
    assert!(
        reply.ends_with("Your next billing date is 21 Dec. Your subscription ends on 31 Dec."),
        "{reply}"
    );
    let (says, reply) = said(|sub| {
        sub["cancel_at_period_end"] = json!(true);
        let metered = json!({"id": "price_m", "currency": "usd", "unit_amount": 2, "recurring": {"usage_type": "metered"}});
        sub["items"]["data"].as_array_mut().unwrap().push(json!({"id": "si_m", "price": metered}));
    });
    assert!(says.ends_with("The subscription ends on 21 Dec; what is used until then is billed."), "{says}");
    assert!(reply.ends_with("ends on 21 Dec, and only what is used until then is still charged."), "{reply}");
}

#[test]
fn when_a_payment_that_failed_is_tried_again_is_told() {
    let open = json!({"object": "invoice", "id": "in_9", "status": "open", "currency": "usd", "created": NOW - DAY_S,
        "amount_remaining": 4_900, "total": 4_900, "amount_due": 4_900, "attempt_count": 1,
        "next_payment_attempt": NOW + 2 * DAY_S, "lines": {"data": []},
        "parent": {"subscription_details": {"subscription": "sub_1"}}});
    let past_due = |more: Value| {
        let change = |sub: &mut Value| {
            sub["status"] = json!("past_due");
            sub.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        };
        World::renewal().with("sub_1", change)
    };
    let told = past_due(json!({})).and(open.clone()).told("ch_2");
    let says = told.says.join(" ");
    assert!(says.contains("21 Dec: $49.00 of the last invoice is tried again on 25 Nov."), "{says}");
    let reply = reply(&told);
    assert!(
        reply.ends_with(
            "The payment of $49.00 that did not go through is tried again on 25 Nov. Your next billing date is 21 Dec."
        ),
        "{reply}"
    );
    let ends = past_due(json!({"cancel_at_period_end": true})).and(open.clone()).told("ch_2");
    let says = ends.says.join(" ");
    assert!(
        says.ends_with(
            "The subscription ends on 21 Dec; $49.00 of the last invoice is tried again on 25 Nov."
        ),
        "{says}"
    );
    let reply = super::reply(&ends);
    assert!(reply.ends_with("is tried again on 25 Nov. Your subscription ends on 21 Dec."), "{reply}");
    // What was not tried yet has not failed.
    let mut first = open;
    first["attempt_count"] = json!(0);
    assert!(!super::reply(&past_due(json!({})).and(first).told("ch_2")).contains("tried again"));
}

/// What is read, round by round, until nothing is left, on a server that has these objects.
#[test]
fn the_plan_ends_and_asks_nothing_twice() {
    let world = World::renewal();
    let moment = moment();
    let ask = Ask::About(AnyId::parse("ch_2").unwrap());
    let (mut bag, mut rounds, mut asked) = (Bag::default(), 0, Vec::new());
    loop {
        let looks = looks(&bag, &ask, &moment);
        if looks.is_empty() {
            break;
        }
        rounds += 1;
        assert!(rounds < 8, "{looks:?}");
        for look in looks {
            assert!(!asked.contains(&look), "{look:?} twice");
            let own = match &look.want {
                Want::Object(id) => world.0.iter().find(|value| value["id"] == id.id).map(Value::to_string),
                Want::Charges(_) | Want::Invoices(_) => {
                    let object = if matches!(look.want, Want::Charges(_)) { "charge" } else { "invoice" };
                    let rows: Vec<_> = world.0.iter().filter(|value| value["object"] == object).collect();
                    Some(json!({"object": "list", "data": rows, "has_more": false}).to_string())
                }
                _ => Some(json!({"object": "list", "data": [], "has_more": false, "id": "x"}).to_string()),
            };
            bag.take(&look, own.map_or(Err(Why::NoSuch), |json| Ok(look.read(&json).unwrap())));
            asked.push(look);
        }
    }
    let told = explain(&bag, &ask, &moment);
    assert_eq!(told.causes, [Cause::Renewal]);
    assert!(told.sum.unwrap().adds_up());
    assert!(told.looked.len() > 6);
}

fn said(world: &World, text: &str) -> Explanation {
    let moment = moment();
    let said = Said::parse(text, &moment).unwrap();
    explain(&world.bag(), &Ask::Said(CustomerId::parse("cus_1").unwrap(), said), &moment)
}

#[test]
fn an_amount_and_a_day_find_the_charge_even_roughly() {
    let world = World::renewal();
    for text in ["49 2d", "$49.00 21 Nov", "49.00 on 21 Nov", "21 Nov", "49", "49 yesterday", "49 on 19 Nov"]
    {
        let told = said(&world, text);
        assert_eq!(told.about.map(|id| id.id).as_deref(), Some("ch_2"), "{text}: {:?}", told.says);
    }
    assert!(said(&world, "49 yesterday").says[0].contains("a day earlier"));
    let taxed = World::renewal().costs(4_900, 5_831).with("in_2", |invoice| {
        invoice["total_taxes"] = json!([{"amount": 931, "tax_behavior": "exclusive"}]);
    });
    assert!(said(&taxed, "49 21 Nov").says[0].contains("without $9.31 of tax"));
    let shown = World::renewal().with("ch_2", |charge| {
        charge["presentment_details"] = json!({"presentment_amount": 4_550, "presentment_currency": "eur"});
    });
    assert!(said(&shown, "45.50 EUR 21 Nov").says[0].contains("is what was shown for $49.00"));
    assert!(said(&world, "45 EUR 21 Nov").says[0].contains("the bank makes EUR of it"));
    let two =
        World::renewal().and(charge("ch_4", "pi_4", 1_100, START + 60)).and(intent("pi_4", "ch_4", 1_100));
    let told = said(&two, "60 21 Nov");
    assert_eq!(told.causes.first(), Some(&Cause::Merged(2)), "{:?}", told.says);
    let three = two.and(charge("ch_5", "pi_5", 700, START + 90)).and(intent("pi_5", "ch_5", 700));
    let told = said(&three, "67,00 21 Nov");
    assert_eq!(told.causes.first(), Some(&Cause::Merged(3)), "{:?}", told.says);
    assert!(told.says[0].contains("the bank may show all as one line"), "{:?}", told.says);
    for (change, says) in [
        (json!({"status": "failed", "paid": false}), "falls away by itself"),
        (json!({"captured": false, "amount_captured": 0}), "falls away unless it is taken"),
    ] {
        let world = World::renewal().with("ch_2", |charge| {
            charge.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        });
        let told = said(&world, "49,00 $ 21 Nov");
        assert!(told.says[0].contains(says), "{:?}", told.says);
    }
}

#[test]
fn no_such_charge_says_what_was_searched_and_what_to_ask() {
    let told = said(&World::renewal(), "77 yesterday");
    assert_eq!(told.causes, [Cause::NotOurs]);
    let all = told.says.join(" ");
    assert!(all.contains("No charge of 77 around 22 Nov was found among 2 of this customer"), "{all}");
    assert!(all.contains("last four digits"), "{all}");
    assert!(reply(&told).starts_with("We could not find a charge of 77"));
    let card = json!({"object": "payment_method", "id": "pm_1", "type": "card", "created": START, "customer": "cus_1",
        "card": {"brand": "visa", "last4": "1881"}});
    let told = said(&World::renewal().and(card), "1.00 21 Nov");
    assert_eq!(told.causes, [Cause::SetupVerification]);
    assert!(told.says[0].contains("visa ··1881 was saved on 21 Nov"), "{:?}", told.says);
    assert!(Said::parse("soon", &moment()).unwrap_err().contains("49.00 yesterday"));
}

#[test]
fn no_next_date_is_told_that_will_not_come() {
    for (status, why) in [
        ("paused", "the subscription is paused"),
        ("unpaid", "nothing is collected until that is settled"),
        ("incomplete", "its first payment has not gone through"),
    ] {
        let told = World::renewal().with("sub_1", |sub| sub["status"] = json!(status)).told("ch_2");
        assert!(matches!(&told.next, Next::Never(said) if said.contains(why)), "{status}: {:?}", told.next);
        assert!(!reply(&told).contains("next billing date"), "{status}: {}", reply(&told));
    }
    let stale = World::renewal().with("sub_1", |sub| {
        sub["items"]["data"][0]["current_period_end"] = json!(NOW - DAY_S);
    });
    let told = stale.told("ch_2");
    assert!(matches!(&told.next, Next::Unknown(said) if said.contains("ended on 22 Nov")), "{:?}", told.next);
    assert!(!reply(&told).contains("next billing date"), "{}", reply(&told));
}

#[test]
fn a_dispute_that_is_over_is_told_as_it_ended() {
    let disputed = |status: &str| {
        World::renewal().with("ch_2", |charge| charge["disputed"] = json!(true)).and(
            json!({"object": "dispute",
            "id": "du_1", "amount": 4_900, "currency": "usd", "created": START + DAY_S, "status": status,
            "reason": "fraudulent", "charge": "ch_2"}),
        )
    };
    let told =
        check(&disputed("lost"), &["renewal"], "It was disputed at the bank on 22 Nov (fraudulent): lost.");
    assert!(reply(&told).contains("and the money goes back to you"), "{}", reply(&told));
    let told = disputed("needs_response").told("ch_2");
    assert!(reply(&told).contains("It cannot be refunded meanwhile."), "{}", reply(&told));
}
