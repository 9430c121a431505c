//! What a change moves: the merchant's balance, and a customer's credit.

use serde_json::{Map, Value, json};

use super::{
    Universe,
    catalog::CURRENCIES,
    kind::Kind,
    plan::Transaction,
    render::transaction_json,
    value::{int, set, text},
};
use crate::sandbox::call::Call;

/// One change of a customer's credit; a negative amount is credit for the customer.
#[derive(Clone, Debug, Default)]
pub(super) struct Credit<'a> {
    pub(super) amount: i64,
    pub(super) currency: &'a str,
    /// `adjustment`, `applied_to_invoice`, …
    pub(super) kind: &'a str,
    pub(super) description: Option<&'a str>,
    pub(super) invoice: Option<&'a str>,
    pub(super) note: Option<&'a str>,
    pub(super) metadata: Map<String, Value>,
}

impl Universe {
    /// Books a movement of the merchant's balance and gives its id.
    pub(super) fn book(
        &mut self,
        now: i64,
        owner: u32,
        (amount, fee, currency): (i64, i64, &str),
        (kind, source): (&'static str, &str),
    ) -> String {
        let currency = CURRENCIES.into_iter().find(|known| *known == currency).unwrap_or("usd");
        let movement = Transaction {
            created: now,
            amount,
            fee,
            currency,
            kind,
            // The id of the source is at hand; its place is only asked when a history is drawn.
            source: (Kind::Charge, 0),
        };
        let made = self.add(Kind::Transaction, owner, |id| transaction_json(id, &movement, source));
        text(&made, "id").to_owned()
    }

    /// What a customer owes (negative: has as credit) in each currency that ever moved, own currency first.
    pub(super) fn balances_of(&mut self, customer: &Value, owner: u32) -> Map<String, Value> {
        let mut found = Map::new();
        if let Some(own) = customer.get("currency").and_then(Value::as_str) {
            found.insert(own.to_owned(), json!(int(customer, "balance")));
        }
        for movement in self.all_of(Kind::BalanceMove, owner) {
            let ending = json!(int(&movement, "ending_balance"));
            found.entry(text(&movement, "currency").to_owned()).or_insert(ending);
        }
        found
    }

    /// Writes a change of the customer's credit into the customer and beside it; gives the change. The caller
    /// says what happened to the customer.
    pub(super) fn credit(
        &mut self,
        call: &Call,
        customer: &mut Value,
        owner: u32,
        credit: &Credit<'_>,
    ) -> Value {
        if text(customer, "currency").is_empty() {
            set(customer, "currency", credit.currency);
        }
        let balances = self.balances_of(customer, owner);
        let ending = balances.get(credit.currency).and_then(Value::as_i64).unwrap_or(0) + credit.amount;
        let made = self.add(Kind::BalanceMove, owner, |id| {
            json!({
                "id": id, "object": "customer_balance_transaction", "amount": credit.amount,
                "checkout_session": null, "created": call.now, "credit_note": credit.note,
                "currency": credit.currency, "customer": text(customer, "id"), "customer_account": null,
                "description": credit.description, "ending_balance": ending, "invoice": credit.invoice,
                "livemode": false, "metadata": credit.metadata, "type": credit.kind,
            })
        });
        if text(customer, "currency") == credit.currency {
            set(customer, "balance", ending);
        }
        self.put(customer);
        made
    }

    /// Money that the customer sent by bank transfer and nothing is matched with, by currency.
    pub(super) fn cash_of(&mut self, customer: &str, owner: u32) -> Map<String, Value> {
        let Some((currency, mut cash)) = self.planned(owner, |plan| (plan.person.currency, plan.cash)) else {
            return Map::new();
        };
        for refund in self.all_of(Kind::Refund, owner) {
            let from_cash = refund.get("charge").is_some_and(Value::is_null);
            let back = ["canceled", "failed"].contains(&text(&refund, "status"));
            if from_cash && !back && text(&refund, "customer") == customer {
                cash -= int(&refund, "amount");
            }
        }
        if cash == 0 { Map::new() } else { [(currency.to_owned(), json!(cash))].into_iter().collect() }
    }

    /// `cash_balance` of a customer.
    pub(super) fn cash_balance(&mut self, customer: &str, owner: u32) -> Value {
        let cash = self.cash_of(customer, owner);
        let mode = self.unshown.get(&owner).and_then(|unshown| unshown.reconciliation.clone());
        json!({
            "object": "cash_balance", "available": if cash.is_empty() { Value::Null } else { Value::Object(cash) },
            "customer": customer, "customer_account": null, "livemode": false,
            "settings": {
                "reconciliation_mode": mode.as_deref().unwrap_or("automatic"),
                "using_merchant_default": mode.is_none(),
            },
        })
    }
}
