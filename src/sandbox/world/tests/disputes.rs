//! Answering a dispute and giving one up, stage by stage.

use serde_json::{Value, json};

use super::{
    super::value::int,
    changes::{newest_event, path_of},
    *,
};

/// The smallest world that has a dispute at every stage.
fn world() -> Universe {
    Universe::new(7, 280, NOW)
}

fn at_stage(world: &mut Universe, status: &str) -> Value {
    let found = all(world, "/v1/disputes", json!({}));
    let open =
        |dispute: &&Value| dispute["status"] == status && dispute["evidence_details"]["past_due"] == false;
    found.iter().find(open).unwrap_or_else(|| panic!("no dispute with status {status}")).clone()
}

#[test]
fn every_seed_has_every_stage() {
    for seed in 0..4 {
        let mut world = Universe::new(seed, 280, NOW);
        let found = all(&mut world, "/v1/disputes", json!({}));
        let stages: std::collections::BTreeSet<&str> = found.iter().map(|x| text(x, "status")).collect();
        assert_eq!(stages.len(), 10, "seed {seed}: {stages:?}");
        assert!(found.iter().any(|x| x["evidence_details"]["past_due"] == true), "seed {seed}");
    }
}

#[test]
fn evidence_is_staged_and_then_handed_in() {
    let mut world = world();
    let before = at_stage(&mut world, "needs_response");
    let path = path_of(&before);
    assert_eq!(before["evidence_details"]["submission_method"], "not_submitted");
    let asked =
        json!({"evidence": {"customer_name": "Ada", "product_description": "A plan"}, "submit": "false"});
    let staged = post(&mut world, &path, asked);
    assert_eq!(
        (text(&staged, "status"), text(&staged["evidence"], "customer_name")),
        ("needs_response", "Ada")
    );
    assert_eq!(
        (&staged["evidence_details"]["has_evidence"], int(&staged["evidence_details"], "submission_count")),
        (&json!(true), 0)
    );
    let event = newest_event(&mut world, "charge.dispute.updated");
    assert_eq!(event["data"]["previous_attributes"]["evidence"]["customer_name"], Value::Null);
    let sent = post(&mut world, &path, json!({"evidence": {"service_date": "1 June"}}));
    assert_eq!(text(&sent, "status"), "under_review", "handing in is the default");
    assert_eq!(text(&sent["evidence"], "customer_name"), "Ada");
    assert_eq!(
        (
            int(&sent["evidence_details"], "submission_count"),
            text(&sent["evidence_details"], "submission_method")
        ),
        (1, "manual")
    );
    let late = refused(&mut world, Method::Post, &path, json!({"evidence": {"service_date": "2 June"}}));
    assert!(late.message.contains("already submitted"), "{}", late.message);
    let noted = post(&mut world, &path, json!({"metadata": {"seen": "yes"}}));
    assert_eq!((text(&noted, "status"), &noted["metadata"]["seen"]), ("under_review", &json!("yes")));
}

#[test]
fn each_stage_takes_what_it_takes() {
    let mut world = world();
    // Status, after an answer, after giving in.
    for (status, answered, closed) in [
        ("needs_response", Some("under_review"), Some("lost")),
        ("warning_needs_response", Some("warning_under_review"), Some("warning_closed")),
        ("appeal_needs_response", Some("appeal_under_review"), Some("lost")),
        ("under_review", None, None),
        ("warning_under_review", None, None),
        ("appeal_under_review", None, None),
        ("warning_closed", None, None),
        ("prevented", None, None),
        ("won", None, None),
        ("lost", None, None),
    ] {
        let before = at_stage(&mut world, status);
        let path = path_of(&before);
        let asked = json!({"evidence": {"customer_name": "Ada"}, "submit": "true"});
        let answer = ask_at(&mut world, NOW, Method::Post, &path, asked);
        assert_eq!(answer.as_ref().ok().map(|dispute| text(dispute, "status")), answered, "{status}");
        world.put(&before);
        let end = ask_at(&mut world, NOW, Method::Post, &format!("{path}/close"), json!({}));
        assert_eq!(end.as_ref().ok().map(|dispute| text(dispute, "status")), closed, "{status}");
        if let Err(refusal) = end {
            assert_eq!((refusal.status, refusal.code), (400, None), "{}", refusal.message);
            assert_eq!(world.by_id(text(&before, "id")).unwrap(), before);
        }
    }
}

#[test]
fn giving_in_is_final_and_moves_no_money_twice() {
    let mut world = world();
    let before = at_stage(&mut world, "needs_response");
    let movements = all(&mut world, "/v1/balance_transactions", json!({})).len();
    let path = format!("{}/close", path_of(&before));
    let after = post(&mut world, &path, json!({}));
    assert_eq!(text(&after, "status"), "lost");
    assert_eq!(after["balance_transactions"], before["balance_transactions"]);
    assert_eq!(all(&mut world, "/v1/balance_transactions", json!({})).len(), movements);
    let event = newest_event(&mut world, "charge.dispute.closed");
    assert_eq!(event["data"]["previous_attributes"], json!({"status": "needs_response"}));
    let again = refused(&mut world, Method::Post, &path, json!({}));
    assert!(again.message.contains("already closed"), "{}", again.message);
    let refund = refused(&mut world, Method::Post, "/v1/refunds", json!({"charge": before["charge"]}));
    assert_eq!(refund.code, Some("charge_disputed"));
}

#[test]
fn money_back_ends_an_inquiry() {
    let mut world = world();
    let before = at_stage(&mut world, "warning_needs_response");
    let part = json!({"charge": before["charge"], "amount": "1"});
    post(&mut world, "/v1/refunds", part);
    assert_eq!(world.by_id(text(&before, "id")).unwrap(), before);
    post(&mut world, "/v1/refunds", json!({"charge": before["charge"]}));
    assert_eq!(text(&world.by_id(text(&before, "id")).unwrap(), "status"), "warning_closed");
    assert_eq!(newest_event(&mut world, "charge.dispute.closed")["data"]["object"]["id"], before["id"]);
}

#[test]
fn the_bank_decides_as_the_evidence_says() {
    for (word, end, back) in [("winning_evidence", "won", 1), ("losing_evidence", "lost", 0)] {
        let mut world = world();
        let before = at_stage(&mut world, "needs_response");
        let path = path_of(&before);
        let sent = post(&mut world, &path, json!({"evidence": {"uncategorized_text": word}}));
        assert_eq!(text(&sent, "status"), "under_review");
        let after = ask_at(&mut world, NOW + 60, Method::Get, &path, json!({})).unwrap();
        assert_eq!(text(&after, "status"), end);
        let moved = after["balance_transactions"].as_array().unwrap();
        assert_eq!(moved.len(), before["balance_transactions"].as_array().unwrap().len() + back);
        if back == 1 {
            assert_eq!(int(&moved[1], "amount"), int(&before, "amount"));
            let found = get(&mut world, "/v1/events", json!({"type": "charge.dispute.funds_reinstated"}));
            assert_eq!(found["data"][0]["data"]["object"]["id"], before["id"]);
        }
    }
}

#[test]
fn evidence_has_limits() {
    let mut world = world();
    let before = at_stage(&mut world, "needs_response");
    let path = path_of(&before);
    let long = "x".repeat(20_000);
    let much: serde_json::Map<String, Value> = [
        "access_activity_log",
        "cancellation_policy_disclosure",
        "cancellation_rebuttal",
        "duplicate_charge_explanation",
        "product_description",
        "refund_policy_disclosure",
        "refund_refusal_explanation",
        "uncategorized_text",
    ]
    .iter()
    .map(|name| ((*name).to_owned(), json!(long)))
    .collect();
    let missing = Some("resource_missing");
    for (params, code, param) in [
        (
            json!({"evidence": {"product_description": format!("{long}x")}}),
            None,
            "evidence[product_description]",
        ),
        (json!({"evidence": much}), None, "evidence"),
        (json!({"evidence": {"receipt": "file_1"}}), missing, "evidence[receipt]"),
        (json!({"evidence": {"duplicate_charge_id": "ch_1"}}), missing, "evidence[duplicate_charge_id]"),
        (
            json!({"evidence": {"customer_name": ""}}),
            Some("parameter_invalid_empty"),
            "evidence[customer_name]",
        ),
        (json!({"evidence": {"appeal": {"card": {"reason_for_filing": "x"}}}}), None, "evidence[appeal]"),
        (
            json!({"intended_submission_method": "smart_disputes"}),
            Some("smart_disputes_not_available"),
            "intended_submission_method",
        ),
    ] {
        let refusal = refused(&mut world, Method::Post, &path, params);
        assert_eq!((refusal.code, refusal.param.as_deref()), (code, Some(param)), "{}", refusal.message);
        assert_eq!(world.by_id(text(&before, "id")).unwrap(), before);
    }
    let appeal = at_stage(&mut world, "appeal_needs_response");
    let asked = json!({"evidence": {"appeal": {"card": {"reason_for_filing": "New proof"}}}});
    assert_eq!(text(&post(&mut world, &path_of(&appeal), asked), "status"), "appeal_under_review");
}

#[test]
fn an_answer_can_come_too_late() {
    let mut world = world();
    let all = all(&mut world, "/v1/disputes", json!({}));
    let past: Vec<&Value> = all.iter().filter(|x| x["evidence_details"]["past_due"] == true).collect();
    assert_eq!(past.len(), 1);
    let asked = json!({"evidence": {"customer_name": "Ada"}});
    let refusal = refused(&mut world, Method::Post, &path_of(past[0]), asked.clone());
    assert!(refusal.message.contains("deadline"), "{}", refusal.message);
    let open = at_stage(&mut world, "needs_response");
    let due = int(&open["evidence_details"], "due_by");
    assert!(ask_at(&mut world, due + 1, Method::Post, &path_of(&open), asked).is_err());
}
