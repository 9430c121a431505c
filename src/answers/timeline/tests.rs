//! Every kind of entry by hand, and what the line says of what it does not know.

use jiff::tz::TimeZone;

use super::*;
use crate::model::Kind;

const NOW: i64 = 1_795_435_200;

fn moment() -> Moment {
    Moment { now: Unix(NOW), zone: TimeZone::UTC }
}

#[test]
fn everything_stands_on_one_line_the_newest_first() {
    let mut bag = Bag::default();
    for object in [
        json!({"object": "customer", "id": "cus_1", "created": NOW - 99 * DAY_S}),
        json!({"object": "charge", "id": "ch_1", "amount": 4_900, "currency": "usd", "created": NOW - 3 * DAY_S,
            "status": "succeeded", "captured": true, "description": "Pro",
            "refunds": {"data": [{"id": "re_1", "amount": 2_000, "currency": "usd", "created": NOW - DAY_S,
                "status": "pending", "charge": "ch_1", "metadata": {"paydesk_agent": "maya"}}]}}),
        json!({"object": "charge", "id": "ch_2", "amount": 4_900, "currency": "usd", "created": NOW - 4 * DAY_S,
            "status": "failed", "failure_code": "expired_card"}),
        json!({"object": "invoice", "id": "in_1", "number": "A-1", "status": "paid", "currency": "usd", "total": 4_900,
            "created": NOW - 5 * DAY_S, "status_transitions": {"paid_at": NOW - 3 * DAY_S}}),
        json!({"object": "subscription", "id": "sub_1", "status": "active", "currency": "usd", "start_date": NOW - 60 * DAY_S,
            "canceled_at": NOW - 2 * DAY_S, "cancellation_details": {"feedback": "too_expensive"}}),
    ] {
        let kind = Kind::of_object(object["object"].as_str().unwrap()).unwrap();
        let look = Look::first(Want::Object(AnyId { kind, id: object["id"].as_str().unwrap().to_owned() }));
        bag.take(&look, Ok(look.read(&object.to_string()).unwrap()));
    }
    let waiting = json!({"data": [{"id": "ii_1", "amount": -7_260, "currency": "usd", "date": NOW - 2 * DAY_S - 1,
        "description": "Unused time on Pro"}]});
    let look = Look::first(Want::Waiting(CustomerId::parse("cus_1").unwrap()));
    bag.take(&look, Ok(look.read(&waiting.to_string()).unwrap()));
    let says: Vec<_> = timeline(&bag, &moment()).into_iter().map(|entry| entry.says).collect();
    assert_eq!(
        says,
        [
            "refunded by maya: on its way to the bank",
            "cancelled (too expensive)",
            "credit waits for a next invoice: Unused time on Pro",
            "invoice A-1 is paid",
            "paid with  · Pro",
            "did not go through: the card has expired",
            "invoice A-1 was made",
            "subscription began",
            "became a customer",
        ]
    );
    let gaps = gaps(&bag, &CustomerId::parse("cus_1").unwrap(), &moment());
    assert!(
        gaps[0].contains("from before 24 Oct are not on it: Stripe keeps what tells of them for 30 days"),
        "{gaps:?}"
    );
}

/// Amounts and words of one kind.
fn of_kind(all: &[Entry], kind: EntryKind) -> Vec<String> {
    let of = all.iter().filter(|entry| entry.kind == kind);
    of.map(|entry| format!("{} {}", entry.amount.unwrap(), entry.says)).collect()
}

fn with(mut object: Value, more: &Value) -> Value {
    object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    object
}

///
fn credited() -> Value {
    json!({"object": "invoice", "id": "in_1", "number": "A-12", "status": "paid", "currency": "usd", "total": 4_900,
        "created": NOW - 9 * DAY_S})
}

#[test]
fn a_credit_note_says_where_it_went_and_who_made_it_and_its_refund() {
    let mut bag = of(&[
        credited(),
        json!({"object": "charge", "id": "ch_1", "amount": 4_900, "currency": "usd", "created": NOW - 9 * DAY_S,
            "status": "succeeded", "captured": true, "refunds": {"data": [
                {"id": "re_1", "amount": 2_000, "currency": "usd", "created": NOW - DAY_S, "status": "succeeded",
                    "charge": "ch_1"},
                {"id": "re_2", "amount": 500, "currency": "usd", "created": NOW - 2 * DAY_S, "status": "succeeded",
                    "charge": "ch_1"}]}}),
    ]);
    let note = |id: &str, more: Value| {
        let note = json!({"id": id, "number": format!("A-12-{id}"), "amount": 2_800, "currency": "usd", "created": NOW - DAY_S,
            "status": "issued", "invoice": "in_1", "reason": "duplicate", "metadata": {"paydesk_agent": "maya"}});
        with(note, &more)
    };
    let notes = [
        note(
            "cn_1",
            json!({"refunds": [{"amount_refunded": 2_000, "refund": "re_1"}, {"amount_refunded": 500, "refund": "re_2"}],
            "customer_balance_transaction": "cbtxn_1"}),
        ),
        note(
            "cn_2",
            json!({"status": "void", "invoice": "in_elsewhere0000", "reason": null, "metadata": {}}),
        ),
        note("cn_3", json!({"out_of_band_amount": 700, "metadata": {}})),
    ];
    take(&mut bag, Want::CreditNotes(customer()), &json!({"data": notes}));
    let all = timeline(&bag, &moment());
    assert_eq!(
        of_kind(&all, EntryKind::Credit),
        [
            "$28.00 credit note A-12-cn_3 on invoice A-12 (duplicate): $7.00 given back outside Stripe",
            "$28.00 void by now: credit note A-12-cn_2 on invoice in_else…0000: so much less to pay",
            "$28.00 credit note A-12-cn_1 on invoice A-12 (duplicate): $25.00 given back and the rest to the credit balance, by maya",
        ]
    );
    // The one that the note made is hers; the one that it was only linked to was there before.
    let refunds = of_kind(&all, EntryKind::Refund);
    assert!(refunds[0].starts_with("$20.00 refunded by maya"), "{refunds:?}");
    assert!(refunds[1].starts_with("$5.00 refunded:"), "{refunds:?}");
}

#[test]
fn what_moved_the_balance_is_told_once_and_in_its_direction() {
    let mut bag = of(&[credited()]);
    let entry = |id: &str, kind: &str, amount: i64, more: Value| {
        with(
            json!({"id": id, "type": kind, "amount": amount, "currency": "usd", "created": NOW - DAY_S}),
            &more,
        )
    };
    let moved = [
        entry("cbtxn_1", "credit_note", -300, json!({"invoice": "in_1"})),
        entry("cbtxn_2", "applied_to_invoice", 300, json!({"invoice": "in_1"})),
        entry("cbtxn_6", "applied_to_invoice", -200, json!({"invoice": "in_1"})),
        entry("cbtxn_7", "unapplied_from_invoice", 100, json!({"invoice": "in_1"})),
        entry("cbtxn_8", "unapplied_from_invoice", -100, json!({})),
        entry(
            "cbtxn_3",
            "adjustment",
            -1_000,
            json!({"description": "outage", "metadata": {"paydesk_agent": "lea"}}),
        ),
        entry("cbtxn_4", "adjustment", 1_000, json!({})),
        entry("cbtxn_5", "new_of_stripe", 0, json!({"invoice": "in_1"})),
    ];
    take(&mut bag, Want::BalanceEntries(customer()), &json!({"data": moved}));
    let updated = json!({"id": "evt_1", "object": "event", "type": "customer.updated", "created": NOW - DAY_S,
        "data": {"object": {"object": "customer", "id": "cus_1"}, "previous_attributes": {"balance": 0}}});
    take(&mut bag, Want::EventsAbout(customer()), &json!({"data": [updated]}));
    let all = timeline(&bag, &moment());
    assert_eq!(
        of_kind(&all, EntryKind::Credit),
        [
            "$1.00 credit back",
            "$1.00 an amount owed again from invoice A-12",
            "$2.00 an amount owed was billed with invoice A-12",
            "$0.00 the balance was set, invoice A-12",
            "$10.00 credit taken back, or an amount owed",
            "$10.00 credit given: outage, by lea",
            "$3.00 credit used for invoice A-12",
            "$3.00 credit by a credit note on invoice A-12",
        ]
    );
    assert_eq!(of_kind(&all, EntryKind::Change).len(), 0);
}

fn take(bag: &mut Bag, want: Want, json: &Value) {
    let look = Look::first(want);
    bag.take(&look, Ok(look.read(&json.to_string()).unwrap()));
}

fn of(objects: &[Value]) -> Bag {
    let mut bag = Bag::default();
    for object in objects {
        let kind = Kind::of_object(object["object"].as_str().unwrap()).unwrap();
        let id = AnyId { kind, id: object["id"].as_str().unwrap().to_owned() };
        take(&mut bag, Want::Object(id), object);
    }
    bag
}

fn said(bag: &Bag) -> Vec<(EntryKind, String)> {
    timeline(bag, &moment()).into_iter().map(|entry| (entry.kind, entry.says)).collect()
}

fn customer() -> CustomerId {
    CustomerId::parse("cus_1").unwrap()
}

/// What the events tell.
fn told(events: &[Value]) -> Vec<(EntryKind, String)> {
    let mut bag = of(&[
        json!({"object": "product", "id": "prod_g", "name": "Growth"}),
        json!({"object": "product", "id": "prod_p", "name": "Pro"}),
        json!({"object": "invoice", "id": "in_1", "number": "A-1", "status": "draft", "currency": "usd", "created": 0}),
    ]);
    take(&mut bag, Want::EventsAbout(customer()), &json!({"data": events, "has_more": false}));
    said(&bag)
}

fn event(kind: &str, object: &Value, before: &Value) -> Value {
    let mut object = object.clone();
    object["customer"] = json!("cus_1");
    json!({"id": format!("evt_{kind}"), "object": "event", "type": kind, "created": NOW - DAY_S,
        "request": {"id": "req_9"}, "data": {"object": object, "previous_attributes": before}})
}

#[test]
fn what_only_events_tell_of_mails_and_ways_to_pay() {
    let card = json!({"id": "pm_1", "object": "payment_method"});
    for (kind, object, says) in [
        ("invoice.sent", json!({"id": "in_1", "object": "invoice"}), "invoice A-1 was e-mailed"),
        ("payment_method.attached", card.clone(), "a way to pay was added"),
    ] {
        let told = told(&[event(kind, &object, &json!(null))]);
        assert_eq!(told, [(EntryKind::Change, format!("{says}, through the API (req_9)"))]);
    }
    // Of a card that was removed the customer stands only in what was before.
    let mut gone = event("payment_method.detached", &card, &json!({"customer": "cus_1"}));
    gone["data"]["object"]["customer"] = json!(null);
    assert_eq!(
        told(&[gone]),
        [(EntryKind::Change, "a way to pay was removed, through the API (req_9)".into())]
    );
}

#[test]
fn a_changed_plan_is_told_from_and_to() {
    let items = |product: &str, minor: i64, quantity: i64| {
        json!({"data": [{"id": "si_1", "quantity": quantity, "price": {"id": "price_1", "currency": "usd",
            "unit_amount": minor, "product": product, "recurring": {"interval": "month", "interval_count": 1}}}]})
    };
    let changed = |after: Value, before: Value| {
        let mut subscription = json!({"id": "sub_1", "object": "subscription", "currency": "usd"});
        for (name, value) in after.as_object().unwrap() {
            subscription[name] = value.clone();
        }
        let says = told(&[event("customer.subscription.updated", &subscription, &before)]).remove(0).1;
        says.strip_suffix(", through the API (req_9)").unwrap().to_owned()
    };
    assert_eq!(
        changed(
            json!({"items": items("prod_p", 9_900, 1)}),
            json!({"items": items("prod_g", 4_900, 1), "plan": {}})
        ),
        "its plan was changed from Growth ($49.00/mo) to Pro ($99.00/mo)"
    );
    assert_eq!(
        changed(
            json!({"items": items("prod_p", 9_900, 3)}),
            json!({"items": items("prod_p", 9_900, 2), "quantity": 2})
        ),
        "its plan was changed from 2 × Pro ($99.00/mo) to 3 × Pro ($99.00/mo)"
    );
    assert_eq!(
        changed(json!({"quantity": 3}), json!({"quantity": 2})),
        "its quantity was changed from 2 to 3"
    );
    assert_eq!(changed(json!({}), json!({"items": {}})), "its plan, price or quantity was changed");
    let ends = json!({"cancel_at_period_end": true});
    assert_eq!(changed(ends, json!({"cancel_at_period_end": false})), "it was set to end");
    assert_eq!(changed(json!({}), json!({"cancel_at_period_end": true})), "it was set to go on");
    assert_eq!(changed(json!({}), json!({"pause_collection": {"behavior": "void"}})), "it goes on again");
    let pause = json!({"pause_collection": {"behavior": "void"}});
    assert_eq!(changed(pause, json!({"pause_collection": null})), "it was paused");
}

#[test]
fn disputes_notes_and_declines_that_may_not_be_told() {
    let bag = of(&[
        json!({"object": "customer", "id": "cus_1", "created": NOW - 9 * DAY_S,
            "metadata": {"note_2026-11-22T13:01:07Z": "maya: called, wants a copy"}}),
        json!({"object": "charge", "id": "ch_1", "amount": 4_900, "currency": "usd", "created": NOW - 3 * DAY_S,
            "status": "failed", "failure_code": "card_declined", "outcome": {"reason": "stolen_card"}}),
        json!({"object": "dispute", "id": "du_1", "amount": 4_900, "currency": "usd", "created": NOW - 2 * DAY_S,
            "charge": "ch_1", "reason": "product_not_received", "status": "needs_response"}),
    ]);
    assert_eq!(
        said(&bag),
        [
            (EntryKind::Note, "maya: called, wants a copy".into()),
            (EntryKind::Dispute, "disputed at the bank (product not received): needs response".into()),
            (
                EntryKind::Failure,
                "did not go through: the card is reported stolen (not to be told: say that the bank declined it)".into()
            ),
            (EntryKind::Customer, "became a customer".into()),
        ]
    );
}

#[test]
fn who_refunded_is_told_by_its_event_where_it_was_done_elsewhere() {
    let refund = |age: i64, metadata: Value| {
        json!({"object": "charge", "id": "ch_1", "amount": 4_900, "currency": "usd", "created": 0,
            "status": "succeeded", "captured": true,
            "refunds": {"data": [{"id": "re_1", "amount": 2_000, "currency": "usd", "created": NOW - age,
                "status": "pending", "charge": "ch_1", "metadata": metadata}]}})
    };
    let asked = |bag: &Bag| {
        looks(bag, &customer(), &moment())
            .into_iter()
            .map(|look| look.want)
            .find(|want| matches!(want, Want::RefundMade(..)))
    };
    let created = |request: Value| {
        json!({"data": [
            {"id": "evt_0", "object": "event", "type": "refund.created", "created": NOW, "request": null,
                "data": {"object": {"id": "re_other", "object": "refund"}}},
            {"id": "evt_1", "object": "event", "type": "refund.created", "created": NOW, "request": request,
                "data": {"object": {"id": "re_1", "object": "refund"}}}], "has_more": false})
    };
    for (request, says) in [
        (json!({"id": "req_9"}), "refunded through the API (req_9): on its way to the bank"),
        (json!(null), "refunded by Stripe itself or in the Dashboard: on its way to the bank"),
    ] {
        let mut bag = of(&[refund(DAY_S, json!({}))]);
        let want = asked(&bag).unwrap();
        assert!(Look::first(want.clone()).request().target().contains("types[]=refund.created"));
        take(&mut bag, want, &created(request));
        assert_eq!(asked(&bag), None, "it is asked once");
        assert_eq!(said(&bag), [(EntryKind::Refund, says.to_owned())]);
    }
    // Ours says so itself, and of an old one nothing can be asked any more.
    assert_eq!(asked(&of(&[refund(DAY_S, json!({"paydesk_agent": "maya"}))])), None);
    let old = of(&[refund(40 * DAY_S, json!({}))]);
    assert_eq!(asked(&old), None);
    assert_eq!(said(&old), [(EntryKind::Refund, "refunded: on its way to the bank".into())]);
    let refund = old.refunds().next().unwrap();
    assert_eq!(made_by(&old, refund, &moment()).unwrap_err(), "Stripe keeps what tells of it for 30 days");
}
