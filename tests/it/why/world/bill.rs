//! What an invoice and its payment consist of, as Stripe would send them.

use serde_json::{Value, json};

use super::MONTH;

/// What an invoice consists of.
#[derive(Clone)]
pub(super) struct Bill {
    pub(super) lines: Vec<Value>,
    /// Percent of what is left after the discount, on top unless it is included.
    pub(super) tax: i64,
    pub(super) included: bool,
    pub(super) discount: i64,
    pub(super) shipping: i64,
    /// The customer's credit before, and the part of it that is used; below zero what they owed before, all of it.
    pub(super) credit: (i64, i64),
    pub(super) note: i64,
    /// By another payment, and outside Stripe.
    pub(super) otherwise: (i64, i64),
}

pub(super) struct Maker<'r> {
    pub(super) rng: &'r mut fastrand::Rng,
    pub(super) currency: &'static str,
    pub(super) start: i64,
}

pub(super) fn taxed(bill: &Bill) -> (i64, i64, i64) {
    let subtotal: i64 = bill.lines.iter().map(|line| line["amount"].as_i64().unwrap()).sum();
    let base = subtotal - bill.discount;
    // Half up, as tills do it.
    let tax = (base.max(0) * bill.tax + 50) / 100;
    (subtotal, tax, base + if bill.included { 0 } else { tax } + bill.shipping)
}

impl Maker<'_> {
    #[expect(clippy::too_many_arguments, reason = "a line of an invoice, field by field")]
    pub(super) fn line(
        &mut self,
        id: &str,
        unit: i64,
        quantity: i64,
        price: &str,
        product: &str,
        start: i64,
    ) -> Value {
        json!({"id": id, "object": "line_item", "amount": unit * quantity, "currency": self.currency, "quantity": quantity,
            "description": "a line", "period": {"start": start, "end": start + MONTH},
            "pricing": {"price_details": {"price": price, "product": product}, "unit_amount_decimal": unit.to_string()},
            "parent": {"type": "subscription_item_details",
                "subscription_item_details": {"proration": false, "subscription": "sub_1", "subscription_item": "si_1"}}})
    }

    pub(super) fn part(
        &mut self,
        id: &str,
        amount: i64,
        (quantity, unit): (i64, i64),
        product: &str,
    ) -> Value {
        let mut line = self.line(id, unit, quantity, "price_1", product, self.start);
        line["amount"] = json!(amount);
        line["parent"]["subscription_item_details"]["proration"] = json!(true);
        line
    }

    pub(super) fn item(&mut self, id: &str, amount: i64) -> Value {
        json!({"id": id, "object": "line_item", "amount": amount, "currency": self.currency, "quantity": 1,
            "description": "Setup", "period": {"start": self.start, "end": self.start},
            "parent": {"type": "invoice_item_details", "invoice_item_details": {"proration": false}}})
    }

    pub(super) fn bill(&mut self, lines: Vec<Value>) -> Bill {
        let subtotal: i64 = lines.iter().map(|line| line["amount"].as_i64().unwrap()).sum();
        let sometimes =
            |rng: &mut fastrand::Rng, most: i64| if rng.u8(..3) == 0 { rng.i64(1..most.max(2)) } else { 0 };
        let mut bill = Bill {
            lines,
            tax: self.rng.choice([0, 0, 7, 19, 25]).unwrap(),
            included: self.rng.u8(..4) == 0,
            discount: sometimes(self.rng, subtotal / 4),
            shipping: sometimes(self.rng, 900),
            credit: (0, 0),
            note: 0,
            otherwise: (0, 0),
        };
        let (_, _, total) = taxed(&bill);
        if self.rng.u8(..3) == 0 {
            let has = self.rng.i64(1..total.max(2));
            // All of it, as long as something is left to pay.
            let used = has.min(total / 2);
            bill.credit = (has, used);
        } else if self.rng.u8(..4) == 0 {
            let owed = self.rng.i64(1..5_000);
            bill.credit = (-owed, -owed);
        }
        bill.note = sometimes(self.rng, (total - bill.credit.1) / 3);
        bill
    }

    pub(super) fn invoice(&mut self, id: &str, at: i64, reason: &str, bill: &Bill) -> (Value, i64) {
        let (subtotal, tax, total) = taxed(bill);
        let due = total - bill.credit.1 - bill.note;
        let intent = id.replace("in_", "pi_");
        let sub = (reason != "manual").then(|| json!({"subscription_details": {"subscription": "sub_1"}}));
        let none = |minor: i64, some: Value| if minor == 0 { json!([]) } else { json!([some]) };
        let invoice = json!({"object": "invoice", "id": id, "number": id, "status": "paid", "currency": self.currency,
            "customer": "cus_1", "created": at, "billing_reason": reason, "attempt_count": 1, "subtotal": subtotal,
            "total": total, "amount_due": due, "amount_paid": due, "amount_shipping": bill.shipping,
            "starting_balance": -bill.credit.0, "ending_balance": bill.credit.1 - bill.credit.0,
            "pre_payment_credit_notes_amount": bill.note, "parent": sub,
            "total_discount_amounts": none(bill.discount, json!({"amount": bill.discount, "discount": "di_1"})),
            "total_taxes": none(tax, json!({"amount": tax, "tax_behavior": if bill.included { "inclusive" } else { "exclusive" }})),
            "lines": {"data": bill.lines, "has_more": false},
            "payments": {"data": [{"id": id.replace("in_", "inpay_"), "status": "paid", "amount_paid": due,
                "payment": {"type": "payment_intent", "payment_intent": intent}}]}});
        (invoice, due)
    }

    pub(super) fn charge(&mut self, n: u8, amount: i64, at: i64) -> [Value; 2] {
        [
            json!({"object": "charge", "id": format!("ch_{n}"), "amount": amount, "amount_captured": amount, "amount_refunded": 0,
                "currency": self.currency, "created": at, "status": "succeeded", "paid": true, "captured": true,
                "customer": "cus_1", "payment_intent": format!("pi_{n}"), "description": "Payment",
                "payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": "4242", "fingerprint": "f"}}}),
            json!({"object": "payment_intent", "id": format!("pi_{n}"), "amount": amount, "currency": self.currency,
                "status": "succeeded", "latest_charge": format!("ch_{n}"), "capture_method": "automatic", "customer": "cus_1"}),
        ]
    }
}
