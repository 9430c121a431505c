//! Disputes: reading, answering with evidence, giving in.

use serde_json::{Map, Value, json};

use super::{
    super::{
        Universe,
        events::DISPUTE_SETTLES_S,
        fields::{bounded, not_empty},
        kind::Kind,
        params::{boolean, choice, cleared, merge_metadata_of, param, text_param, texts, written},
        render::EVIDENCE,
        value::{flag, int, set, text},
    },
    path_id, same,
};
use crate::sandbox::{call::Call, error::Refusal};

/// Evidence that is a file.
const FILES: [&str; 9] = [
    "cancellation_policy",
    "customer_communication",
    "customer_signature",
    "duplicate_charge_documentation",
    "receipt",
    "refund_policy",
    "service_documentation",
    "shipping_documentation",
    "uncategorized_file",
];
const METHODS: [&str; 4] = ["manual", "prefer_manual", "prefer_smart_disputes", "smart_disputes"];
const TEXT_LENGTH: usize = 20_000;
/// All texts together.
const TEXTS_LENGTH: usize = 150_000;

pub(in crate::sandbox) fn disputes(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let scope = world.scope(call, &[(&["charge"], Kind::Charge), (&["payment_intent"], Kind::Intent)])?;
    world.list(call, Kind::Dispute, scope, |dispute| {
        ["charge", "payment_intent"].iter().all(|name| same(call, name, dispute))
    })
}

/// Of so many charges one is suspect to its bank.
const SUSPECT_ONE_OF: u32 = 20;
/// Banks tell within days.
const SUSPECT_S: i64 = 12 * 24 * 3_600;

fn suspect(charge: &Value) -> bool {
    let sum: u32 = text(charge, "id").bytes().map(u32::from).sum();
    sum.is_multiple_of(SUSPECT_ONE_OF) && text(charge, "status") == "succeeded"
}

/// `issfr_…` of a charge, and back.
fn warning_id(charge: &str) -> String {
    format!("issfr_{}", charge.strip_prefix("ch_").unwrap_or(charge))
}

/// Early fraud warnings: each is about a charge, and nobody can act on it any more once that is refunded or disputed.
pub(in crate::sandbox) fn warnings(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let mut charges = call.clone();
    for name in ["starting_after", "ending_before"] {
        if let Some(place) = charges.params.get_mut(name) {
            let id = place.as_str().unwrap_or_default().replacen("issfr_", "ch_", 1);
            *place = Value::String(id);
        }
    }
    let scope = world.scope(call, &[(&["charge"], Kind::Charge), (&["payment_intent"], Kind::Intent)])?;
    let wanted = |charge: &Value| {
        let is = |name: &str, own: &str| text_param(call, &[name]).is_none_or(|id| id == text(charge, own));
        suspect(charge) && is("charge", "id") && is("payment_intent", "payment_intent")
    };
    let mut page = world.list_since(&charges, (Kind::Charge, scope), call.now - SUSPECT_S, wanted)?;
    if let Some(rows) = page.get_mut("data").and_then(Value::as_array_mut) {
        for row in rows {
            *row = json!({
                "id": warning_id(text(row, "id")), "object": "radar.early_fraud_warning",
                "actionable": !flag(row, "refunded") && !flag(row, "disputed"),
                "charge": text(row, "id"), "created": int(row, "created") + 3_600,
                "fraud_type": "made_with_stolen_card", "livemode": false,
                "payment_intent": row.get("payment_intent"),
            });
        }
    }
    Ok(page)
}

/// What a dispute becomes when it is answered; none when it takes no answer.
fn answered(status: &str) -> Option<&'static str> {
    match status {
        "needs_response" => Some("under_review"),
        "warning_needs_response" => Some("warning_under_review"),
        "appeal_needs_response" => Some("appeal_under_review"),
        _ => None,
    }
}

/// Why evidence cannot be changed or handed in.
fn answerable(dispute: &Value) -> Result<(), Refusal> {
    let status = text(dispute, "status");
    let refused = |message: String| Err(Refusal::invalid(message));
    if status.ends_with("under_review") {
        return refused("Evidence for this dispute was already submitted; it is under review.".to_owned());
    }
    if answered(status).is_none() {
        return refused(format!("This dispute is already closed (it has a status of {status})."));
    }
    if dispute.get("evidence_details").is_some_and(|details| flag(details, "past_due")) {
        return refused("The deadline for submitting evidence for this dispute has passed.".to_owned());
    }
    Ok(())
}

pub(in crate::sandbox) fn update(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (before, _) = world.must(Kind::Dispute, path_id(call), "id")?;
    let mut dispute = before.clone();
    merge_metadata_of(call, &mut dispute)?;
    let submit = boolean(call, &["submit"])?;
    let sent =
        param(call, &["evidence"]).is_some_and(|sent| sent.as_object().is_some_and(|sent| !sent.is_empty()));
    if sent || submit.is_some() {
        answerable(&before)?;
    }
    method(call, &mut dispute)?;
    if sent {
        evidence(world, call, &mut dispute)?;
    }
    let has = has_evidence(&dispute);
    // Handing in is the default; staged evidence goes with whatever is sent next.
    let hand_in = submit.unwrap_or(has && answered(text(&before, "status")).is_some());
    if let Some(details) = dispute.get_mut("evidence_details") {
        set(details, "has_evidence", has || flag(details, "has_evidence"));
    }
    if hand_in && answerable(&before).is_ok() {
        submitted(world, call, &mut dispute);
    }
    world.put(&dispute);
    if dispute != before {
        world.say(call, "charge.dispute.updated", &dispute, Some(&before));
    }
    Ok(dispute)
}

/// Goes to the bank. As in Stripe's test mode, a certain text decides what the bank will say.
fn submitted(world: &mut Universe, call: &Call, dispute: &mut Value) {
    let next = answered(text(dispute, "status")).unwrap_or("under_review");
    set(dispute, "status", next);
    if let Some(details) = dispute.get_mut("evidence_details") {
        let count = int(details, "submission_count") + 1;
        set(details, "submission_count", count);
        set(details, "submission_method", "manual");
    }
    let says = dispute.pointer("/evidence/uncategorized_text").and_then(Value::as_str);
    if ["winning_evidence", "losing_evidence"].map(Some).contains(&says) {
        world.due.insert((call.now + DISPUTE_SETTLES_S, text(dispute, "id").to_owned()));
    }
}

fn method(call: &Call, dispute: &mut Value) -> Result<(), Refusal> {
    match choice(call, &["intended_submission_method"], &METHODS)? {
        Some("smart_disputes") => Err(Refusal::invalid("Smart Disputes is not available for this dispute.")
            .code("smart_disputes_not_available")
            .param("intended_submission_method")),
        Some(method) => {
            set(dispute, "intended_submission_method", method);
            Ok(())
        }
        None => Ok(()),
    }
}

fn has_evidence(dispute: &Value) -> bool {
    let evidence = dispute.get("evidence").and_then(Value::as_object);
    evidence
        .is_some_and(|evidence| evidence.values().any(Value::is_string) || evidence.contains_key("appeal"))
}

/// Reads `evidence` into the dispute.
fn evidence(world: &mut Universe, call: &Call, dispute: &mut Value) -> Result<(), Refusal> {
    let mut found = dispute.get("evidence").cloned().unwrap_or_else(|| json!({}));
    for name in EVIDENCE {
        let path = ["evidence", name];
        not_empty(call, &path)?;
        let Some(sent) = bounded(call, &path, TEXT_LENGTH)? else { continue };
        if FILES.contains(&name) {
            // Nothing was ever uploaded here.
            return Err(Refusal::missing("file upload", sent, &written(&path)));
        }
        if name == "duplicate_charge_id" {
            world.must(Kind::Charge, sent, &written(&path))?;
        }
        set(&mut found, name, sent);
    }
    let texts = found.as_object().map(Map::values).into_iter().flatten().filter_map(Value::as_str);
    if texts.map(|text| text.chars().count()).sum::<usize>() > TEXTS_LENGTH {
        return Err(Refusal::invalid(format!(
            "The combined character count of all text evidence fields must be at most {TEXTS_LENGTH}."
        ))
        .param("evidence"));
    }
    appeal(call, text(dispute, "status"), &mut found)?;
    if param(call, &["evidence", "enhanced_evidence"]).is_some_and(Value::is_object) {
        return Err(Refusal::invalid(
            "This dispute is not eligible for enhanced evidence; see `enhanced_eligibility_types`.",
        )
        .param("evidence[enhanced_evidence]"));
    }
    set(dispute, "evidence", found);
    Ok(())
}

fn appeal(call: &Call, status: &str, evidence: &mut Value) -> Result<(), Refusal> {
    let path = ["evidence", "appeal"];
    if cleared(call, &path) {
        if let Some(members) = evidence.as_object_mut() {
            members.shift_remove("appeal");
        }
        return Ok(());
    }
    if param(call, &path).is_none() {
        return Ok(());
    }
    if status != "appeal_needs_response" {
        return Err(Refusal::invalid("This dispute cannot be appealed.").param("evidence[appeal]"));
    }
    let [first, second] = path;
    let reason = bounded(call, &[first, second, "card", "reason_for_filing"], TEXT_LENGTH)?;
    if let Some(file) = texts(call, &[first, second, "card", "supporting_files"]).first() {
        return Err(Refusal::missing("file upload", file, "evidence[appeal][card][supporting_files]"));
    }
    set(evidence, "appeal", json!({"card": {"reason_for_filing": reason, "supporting_files": []}}));
    Ok(())
}

/// Gives in: a chargeback is lost, an inquiry is over.
pub(in crate::sandbox) fn close(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (before, _) = world.must(Kind::Dispute, path_id(call), "id")?;
    let status = text(&before, "status");
    let end = match status {
        "needs_response" | "appeal_needs_response" => "lost",
        "warning_needs_response" => "warning_closed",
        "won" | "lost" | "warning_closed" | "prevented" => {
            return Err(Refusal::invalid(format!(
                "This dispute is already closed (it has a status of {status})."
            )));
        }
        _ => {
            return Err(Refusal::invalid(format!(
                "This dispute cannot be closed because it has a status of {status}."
            )));
        }
    };
    let mut dispute = before.clone();
    set(&mut dispute, "status", end);
    world.put(&dispute);
    world.say(call, "charge.dispute.closed", &dispute, Some(&before));
    Ok(dispute)
}
