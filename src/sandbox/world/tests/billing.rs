//! Every endpoint of billing: what a state refuses, in Stripe's words, and what the parameters refuse.

use serde_json::{Value, json};

use super::{super::value::int, *};

/// A small world that has every case.
pub(super) fn small() -> Universe {
    Universe::new(7, 30, NOW)
}

/// Newest object of a list that has these members.
pub(super) fn find(world: &mut Universe, path: &str, params: Value, has: &Value) -> Value {
    let fits =
        |object: &Value| has.as_object().unwrap().iter().all(|(key, value)| object.get(key) == Some(value));
    all(world, path, params).into_iter().find(|object| fits(object)).unwrap_or_else(|| panic!("{path} {has}"))
}

pub(super) fn invoice(world: &mut Universe, email: &str, status: &str) -> Value {
    let owner = customer(world, email);
    find(world, "/v1/invoices", json!({"customer": owner}), &json!({"status": status}))
}

pub(super) fn subscription(world: &mut Universe, email: &str) -> Value {
    let owner = customer(world, email);
    find(world, "/v1/subscriptions", json!({"customer": owner, "status": "all"}), &json!({}))
}

#[test]
fn invoices_refuse_what_their_state_does_not_allow() {
    let not_open = "You can only pass in open invoices. This invoice isn't open.";
    for (email, status, verb, says) in [
        (
            "ada@example.com",
            "paid",
            "finalize",
            "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
        ),
        (
            "edsger@example.com",
            "void",
            "finalize",
            "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
        ),
        ("ada@example.com", "paid", "void", "Invoices with `paid` payments cannot be voided."),
        ("margaret@example.com", "draft", "void", not_open),
        ("edsger@example.com", "void", "void", not_open),
        ("ada@example.com", "paid", "pay", "Invoice is already paid"),
        ("edsger@example.com", "void", "pay", not_open),
        ("ada@example.com", "paid", "mark_uncollectible", not_open),
        ("margaret@example.com", "draft", "mark_uncollectible", not_open),
        (
            "edsger@example.com",
            "uncollectible",
            "mark_uncollectible",
            "This invoice has already been marked uncollectible.",
        ),
        (
            "edsger@example.com",
            "open",
            "send",
            "You can only manually send an invoice if its collection method is 'send_invoice'.",
        ),
        ("barbara@example.com", "paid", "send", "This invoice cannot be sent right now."),
    ] {
        let mut world = small();
        let before = invoice(&mut world, email, status);
        let path = format!("/v1/invoices/{}/{verb}", text(&before, "id"));
        let refusal = refused(&mut world, Method::Post, &path, json!({}));
        assert_eq!(
            (refusal.status, refusal.kind, refusal.code),
            (400, "invalid_request_error", None),
            "{verb} {status}"
        );
        assert!(refusal.message.starts_with(says), "{verb} {status}: {}", refusal.message);
        assert_eq!(world.by_id(text(&before, "id")), Some(before), "nothing has changed");
    }
    let mut world = small();
    for (verb, param) in
        [("finalize", "id"), ("pay", "id"), ("void", "id"), ("mark_uncollectible", "id"), ("send", "invoice")]
    {
        let refusal = refused(&mut world, Method::Post, &format!("/v1/invoices/in_none/{verb}"), json!({}));
        assert_eq!(
            (refusal.status, refusal.code, refusal.param.as_deref()),
            (404, Some("resource_missing"), Some(param))
        );
    }
}

#[test]
fn subscriptions_refuse_what_their_state_does_not_allow() {
    let mut world = small();
    let running = subscription(&mut world, "grace@example.com");
    let paused = subscription(&mut world, "dennis@example.com");
    let scheduled = subscription(&mut world, "katherine@example.com");
    let path = |object: &Value, verb: &str| format!("/v1/subscriptions/{}{verb}", text(object, "id"));
    let refusal = refused(&mut world, Method::Post, &path(&running, "/resume"), json!({}));
    assert_eq!(refusal.message, "You can only resume a subscription if it is `paused`.");
    let refusal = refused(&mut world, Method::Post, &path(&paused, "/pause"), json!({}));
    assert!(refusal.message.contains("status of `paused`"));
    let refusal = refused(&mut world, Method::Post, &path(&scheduled, "/pause"), json!({}));
    assert!(refusal.message.contains("managed by the subscription schedule"));
    let refusal = refused(&mut world, Method::Delete, &path(&running, "/discount"), json!({}));
    assert_eq!((refusal.status, refusal.code), (404, Some("resource_missing")));
    ask_at(&mut world, NOW, Method::Delete, &path(&running, ""), json!({})).unwrap();
    let refusal =
        refused(&mut world, Method::Post, &path(&running, ""), json!({"cancel_at_period_end": "true"}));
    assert_eq!(refusal.code, Some("invalid_canceled_subscription_fields"));
    for verb in ["/resume", "/pause"] {
        assert_eq!(refused(&mut world, Method::Post, &path(&running, verb), json!({})).status, 404);
    }
}

#[test]
fn schedules_end_once() {
    let mut world = small();
    let owner = customer(&mut world, "dennis@example.com");
    let over = all(&mut world, "/v1/subscription_schedules", json!({"customer": owner}));
    assert_eq!(over.len(), 3);
    for schedule in over {
        for verb in ["release", "cancel"] {
            let path = format!("/v1/subscription_schedules/{}/{verb}", text(&schedule, "id"));
            let refusal = refused(&mut world, Method::Post, &path, json!({}));
            let says = format!(
                "You cannot {verb} a subscription schedule that is currently in the `{}` status.",
                text(&schedule, "status")
            );
            assert!(refusal.message.starts_with(&says), "{}", refusal.message);
        }
    }
    let owner = customer(&mut world, "katherine@example.com");
    let waiting =
        get(&mut world, "/v1/subscription_schedules", json!({"customer": owner, "scheduled": "true"}));
    assert_eq!(
        (waiting["data"].as_array().unwrap().len(), &waiting["data"][0]["status"]),
        (1, &json!("not_started"))
    );
    let path = format!("/v1/subscription_schedules/{}/cancel", text(&waiting["data"][0], "id"));
    assert_eq!(post(&mut world, &path, json!({}))["status"], "canceled");
    let running = subscription(&mut world, "katherine@example.com");
    let path = format!("/v1/subscription_schedules/{}/release", text(&running, "schedule"));
    let released = post(&mut world, &path, json!({}));
    assert_eq!(
        (&released["status"], &released["released_subscription"]),
        (&json!("released"), &running["id"])
    );
    assert!(released["subscription"].is_null() && int(&released, "released_at") == NOW);
    assert!(subscription(&mut world, "katherine@example.com")["schedule"].is_null());
    let path = format!("/v1/subscriptions/{}", text(&running, "id"));
    assert_eq!(
        post(&mut world, &path, json!({"cancel_at_period_end": "true"}))["cancel_at_period_end"],
        true
    );
}

#[test]
fn a_schedule_takes_its_subscription_with_it() {
    let mut world = small();
    let running = subscription(&mut world, "katherine@example.com");
    let path = format!("/v1/subscription_schedules/{}/cancel", text(&running, "schedule"));
    let schedule = post(&mut world, &path, json!({}));
    assert_eq!((&schedule["status"], int(&schedule, "canceled_at")), (&json!("canceled"), NOW));
    let ended = subscription(&mut world, "katherine@example.com");
    assert_eq!((&ended["status"], &ended["schedule"]), (&json!("canceled"), &Value::Null));
    let last = world.by_id(text(&ended, "latest_invoice")).unwrap();
    assert!(int(&last, "total") < 0, "the unused time is credited");
}

#[test]
fn lists_narrow_by_what_they_are_asked() {
    let mut world = small();
    let count = |world: &mut Universe, path: &str, params: Value| all(world, path, params).len();
    let barbara = customer(&mut world, "barbara@example.com");
    let late = json!({"customer": barbara, "status": "open", "due_date": {"lt": NOW.to_string()}});
    assert_eq!(count(&mut world, "/v1/invoices", late), 1);
    assert_eq!(count(&mut world, "/v1/invoices", json!({"customer": barbara, "status": "open"})), 2);
    let sent = json!({"collection_method": "send_invoice"});
    assert!(all(&mut world, "/v1/subscriptions", sent).iter().any(|x| x["customer"] == barbara.as_str()));
    let soon = json!({"current_period_end": {"lte": (NOW + 40 * 86_400).to_string()}});
    assert!(all(&mut world, "/v1/subscriptions", soon).iter().all(|x| x["customer"] != ""));
    let margaret = customer(&mut world, "margaret@example.com");
    assert_eq!(count(&mut world, "/v1/invoiceitems", json!({"customer": margaret, "pending": "true"})), 2);
    let frances = customer(&mut world, "frances@example.com");
    assert_eq!(count(&mut world, "/v1/credit_notes", json!({"customer": frances})), 4);
    let notes = all(&mut world, "/v1/credit_notes", json!({"customer": frances}));
    let lines = format!("/v1/credit_notes/{}/lines", text(&notes[0], "id"));
    assert_eq!(count(&mut world, &lines, json!({})), 1);
    assert_eq!(count(&mut world, "/v1/promotion_codes", json!({"code": "first time"})), 0);
    let ada = customer(&mut world, "ada@example.com");
    assert_eq!(count(&mut world, "/v1/promotion_codes", json!({"customer": ada})), 1);
    assert_eq!(count(&mut world, "/v1/products", json!({"active": "false"})), 1);
    let refusal = refused(
        &mut world,
        Method::Get,
        "/v1/products",
        json!({"ids": ["prod_x"], "starting_after": "prod_x"}),
    );
    assert_eq!(refusal.status, 400);
    let refusal = refused(&mut world, Method::Get, "/v1/invoices", json!({"status": "late"}));
    assert_eq!(refusal.message, "Invalid status: must be one of draft, open, void, paid, or uncollectible");
}
