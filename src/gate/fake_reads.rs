//! What the small Stripe for tests answers to reads.

#![expect(clippy::arithmetic_side_effects, reason = "sums in tests are small")]

use serde_json::{Value, json};

use super::fake::{Answer, World, refusal};
use crate::request::Request;

impl World {
    pub(super) fn read(&self, request: &Request) -> Answer {
        if request.path == "/v1/refunds" {
            let since: i64 = request.param("created[gte]").map_or(0, |text| text.parse().unwrap());
            let rows: Vec<_> = self
                .refunds
                .iter()
                .filter(|refund| request.param("charge").is_none_or(|charge| refund["charge"] == charge))
                .filter(|refund| refund["created"].as_i64().unwrap() >= since)
                .collect();
            let from = request
                .param("starting_after")
                .map_or(0, |last| rows.iter().position(|refund| refund["id"] == last).unwrap() + 1);
            let page: Vec<_> = rows.iter().skip(from).take(100).collect();
            let body = json!({"object": "list", "data": page, "has_more": rows.len() > from + 100});
            return Ok((200, body.to_string()));
        }
        if request.path == "/v1/credit_notes" {
            let notes: Vec<_> =
                self.objects.values().filter(|object| object["object"] == "credit_note").collect();
            return Ok((200, json!({"object": "list", "data": notes, "has_more": false}).to_string()));
        }
        if request.path == "/v1/charges" {
            let customer = request.param("customer").unwrap();
            let theirs = |charge: &&Value| charge["object"] == "charge" && charge["customer"] == customer;
            let page: Vec<_> = self.objects.values().filter(theirs).collect();
            return Ok((200, json!({"object": "list", "data": page, "has_more": false}).to_string()));
        }
        if request.path.ends_with("/balance_transactions") {
            return Ok((200, json!({"object": "list", "data": self.balance, "has_more": false}).to_string()));
        }
        let id = request.path.rsplit('/').next().unwrap();
        let refund = || self.refunds.iter().find(|refund| refund["id"] == id);
        match self.objects.get(id).or_else(refund) {
            Some(object) => Ok((200, object.to_string())),
            None => Err(refusal(404, "resource_missing", "No such object")),
        }
    }
}
