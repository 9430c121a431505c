//! Tests of disputes: evidence, deadlines, giving in.

use serde_json::{Value, json};

use super::{
    super::fixture::{NOW, done, propose, reading, refused, wire, with},
    *,
};

const ID: (&str, &str) = ("dispute", "du_1");

fn dispute() -> Value {
    json!({"id": "du_1", "status": "needs_response", "amount": 4_900, "currency": "usd", "charge": "ch_1",
        "evidence": {"product_description": null, "uncategorized_text": null}, "metadata": {},
        "evidence_details": {"due_by": NOW.0 + 86_400, "has_evidence": false, "past_due": false}})
}

#[test]
fn disputes_are_read_by_charge_payment_and_time() {
    assert_eq!(reading("get_dispute", &[ID]), "GET /v1/disputes/du_1");
    assert_eq!(
        reading("list_disputes", &[("charge", "ch_1"), ("payment_intent", "pi_1")]),
        "GET /v1/disputes?charge=ch_1&payment_intent=pi_1"
    );
}

#[test]
fn evidence_is_saved_unless_it_is_handed_in() {
    let saved = propose("update_dispute", &dispute(), &[ID, ("product_description", "five seats")]).unwrap();
    assert_eq!(
        saved.request.canonical(),
        "POST /v1/disputes/du_1\nevidence[product_description]=five%20seats&submit=false"
    );
    assert_eq!(saved.sentence, "save what is given for the dispute du_1: nothing goes to the bank yet");
    assert_eq!((saved.effect, saved.terms.steps.as_slice()), (Effect::Write, &[Step::StageEvidence][..]));
    let given = [ID, ("receipt", "file_1"), ("duplicate_charge", "ch_2"), ("submit", "true")];
    let handed = propose("update_dispute", &dispute(), &given).unwrap();
    assert_eq!(
        handed.request.form(),
        "evidence[duplicate_charge_id]=ch_2&evidence[receipt]=file_1&submit=true"
    );
    assert_eq!(
        handed.sentence,
        "hand in all evidence for the dispute du_1 ($49.00): it goes to the bank now, once and for good"
    );
    assert_eq!(handed.effect, Effect::Destructive);
    assert_eq!(handed.terms.steps, [Step::StageEvidence, Step::SubmitEvidence]);
    assert_eq!(handed.terms.confirm_word.as_deref(), Some("submit"));
}

#[test]
fn what_was_saved_can_be_handed_in_alone() {
    let mut saved = dispute();
    saved["evidence_details"]["has_evidence"] = json!(true);
    let proposal = propose("update_dispute", &saved, &[ID, ("submit", "true")]).unwrap();
    assert_eq!(proposal.request.form(), "submit=true");
    assert_eq!(proposal.terms.steps, [Step::SubmitEvidence]);
    refused("update_dispute", &dispute(), &[(&[ID, ("submit", "true")], "no evidence to hand in")]);
}

#[test]
fn wrong_evidence_is_named() {
    let long = "x".repeat(20_001);
    refused(
        "update_dispute",
        &dispute(),
        &[
            (&[ID], "give at least one of duplicate_charge"),
            (&[ID, ("submit", "false")], "give at least one of"),
            (&[ID, ("receipt", "see mail")], "receipt: `see mail` is no file"),
            (&[ID, ("customer_email_address", "ada")], "no e-mail address"),
            (&[ID, ("uncategorized_text", &long)], "20001 characters are too many: Stripe takes 20000"),
            (&[ID, ("duplicate_charge", "du_2")], "is a dispute, but a charge is needed"),
        ],
    );
}

#[test]
fn all_texts_together_fit() {
    let text = "x".repeat(20_000);
    let names = [
        "access_activity_log",
        "cancellation_policy_disclosure",
        "cancellation_rebuttal",
        "duplicate_charge_explanation",
        "product_description",
        "refund_policy_disclosure",
        "refund_refusal_explanation",
    ];
    let mut saved = dispute();
    for name in names {
        saved["evidence"][name] = json!(text);
    }
    let more = "x".repeat(10_001);
    let fits = [ID, ("uncategorized_text", more.get(1..).unwrap())];
    assert!(wire("update_dispute", &saved, &fits).starts_with("POST"));
    let over = [ID, ("uncategorized_text", more.as_str())];
    refused("update_dispute", &saved, &[(&over, "150001 characters: Stripe takes 150000")]);
    let instead = [ID, ("uncategorized_text", more.as_str()), ("product_description", "short")];
    assert!(wire("update_dispute", &saved, &instead).starts_with("POST"), "what is replaced does not count");
}

#[test]
fn the_state_and_the_deadline_decide() {
    let said = [ID, ("product_description", "x")];
    for (status, why) in [
        ("won", "it is won: nothing can be submitted any more"),
        ("lost", "it is lost: nothing can be submitted any more"),
        ("under_review", "the bank looks at it"),
        ("warning_closed", "the inquiry is closed"),
        ("prevented", "nothing to answer"),
    ] {
        let dispute = with(&dispute(), json!({"status": status}));
        refused("update_dispute", &dispute, &[(&said, why)]);
        refused("close_dispute", &dispute, &[(&[ID], why)]);
    }
    for (details, why) in [
        (json!({"due_by": NOW.0, "past_due": false}), "the deadline has passed (23 Nov 2026"),
        (json!({"due_by": NOW.0, "past_due": true}), "the deadline has passed"),
        (json!({"due_by": 0}), "the bank takes no answer"),
    ] {
        let late = with(&dispute(), json!({"evidence_details": details}));
        refused("update_dispute", &late, &[(&said, why)]);
        assert!(wire("close_dispute", &late, &[ID]).starts_with("POST"), "it can still be accepted");
    }
}

#[test]
fn accepting_says_who_keeps_what() {
    let proposal = propose("close_dispute", &dispute(), &[ID]).unwrap();
    assert_eq!(proposal.request.canonical(), "POST /v1/disputes/du_1/close\n");
    assert_eq!(
        proposal.sentence,
        "accept the dispute du_1 as lost, for good: the customer keeps $49.00; do not refund the charge too"
    );
    let inquiry = with(&dispute(), json!({"status": "warning_needs_response"}));
    assert!(
        propose("close_dispute", &inquiry, &[ID]).unwrap().sentence.starts_with("close the inquiry du_1")
    );
    assert!(matches!(done(&proposal, &with(&dispute(), json!({"status": "lost"}))), Done::Yes(Some(_))));
    assert_eq!(done(&proposal, &dispute()), Done::No("du_1 is still open".into()));
}
