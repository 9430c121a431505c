//! Intents for tests, as the gate would make them.

use super::{Intent, IntentState, audit::sha256_hex};
use crate::{
    actions::{Args, Effect, Gate, Proposal, Terms},
    model::{AnyId, CustomerId},
    money::{Currency, Money},
    policy::{Decision, Outcome},
    request::Request,
    time::Unix,
};

pub(crate) const NOW: Unix = Unix(1_795_435_200); // 2026-11-23T12:00:00Z

pub(crate) fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

/// A refund of `minor` US cents of `charge`, whose customer is `cus_1`, by maya.
pub(crate) fn refund(id: &str, charge: &str, minor: i64) -> Intent {
    let request = Request::post("/v1/refunds", &[])
        .with("charge", charge)
        .with("amount", minor)
        .with("metadata[paydesk_intent]", id)
        .with_key(&format!("pdk_{id}"));
    let bare = Request::post("/v1/refunds", &[]).with("charge", charge).with("amount", minor);
    Intent {
        id: id.into(),
        state: IntentState::Held,
        proposal: Proposal {
            action: "refund_charge".into(),
            effect: Effect::Money,
            gate: Gate::Refund,
            also: Vec::new(),
            args: Args::default().with("charge", charge),
            target: AnyId::parse(charge).unwrap(),
            customer: CustomerId::parse("cus_1").ok(),
            amount: Some(usd(minor)),
            terms: Terms {
                reason: Some("duplicate".into()),
                note: Some("Ada says so".into()),
                ..Terms::default()
            },
            sentence: format!("refund {} of {charge}", usd(minor)),
            request: bare,
        },
        request_hash: sha256_hex(request.canonical().as_bytes()),
        request,
        decision: Decision { outcome: Outcome::Allow, rules: Vec::new(), policy_hash: "00".into() },
        agent: "maya".into(),
        profile: "test".into(),
        account: "acct_1".into(),
        live: false,
        created: NOW,
        hold_until_ms: NOW.0 * 1_000 + 5_000,
        first_sent: None,
        attempts: 0,
        request_id: None,
        result_id: None,
        message: None,
    }
}
