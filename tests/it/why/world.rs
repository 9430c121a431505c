//! Charges whose reason and whose parts are known, since they were made up here: each with the invoice, the subscription and the
//! invoice before, as Stripe would send them. Reckoned by its own arithmetic.

use std::collections::BTreeMap;

use serde_json::{Value, json};

const DAY: i64 = 86_400;
const MONTH: i64 = 30 * DAY;
/// 2026-11-23T12:00:00Z
pub(crate) const NOW: i64 = 1_795_435_200;

pub(crate) const CAUSES: [&str; 17] = [
    "first_payment",
    "renewal",
    "price_change",
    "quantity_change",
    "upgrade",
    "trial_end",
    "usage",
    "one_off",
    "manual_invoice",
    "retry",
    "late_capture",
    "tax_change",
    "discount_expired",
    "currency_difference",
    "duplicate",
    "failed",
    "held",
];

/// One charge, and what is true of it.
pub(crate) struct Told {
    pub(crate) cause: &'static str,
    /// It comes first among the causes; others go along with one.
    pub(crate) first: bool,
    pub(crate) charged: i64,
    /// By kind of part, what all of that kind come to.
    pub(crate) parts: BTreeMap<&'static str, i64>,
    pub(crate) objects: Vec<Value>,
}

/// What an invoice consists of.
#[derive(Clone)]
struct Bill {
    lines: Vec<Value>,
    /// Percent of what is left after the discount, on top.
    tax: i64,
    discount: i64,
    shipping: i64,
    /// The customer's credit before, and the part of it that is used.
    credit: (i64, i64),
    note: i64,
}

struct Maker<'r> {
    rng: &'r mut fastrand::Rng,
    currency: &'static str,
    start: i64,
}

pub(crate) fn told(rng: &mut fastrand::Rng, cause: &'static str) -> Told {
    let currency = rng.choice(["usd", "eur", "jpy", "kwd"]).unwrap();
    let start = NOW - rng.i64(DAY..9 * DAY);
    Maker { rng, currency, start }.told(cause)
}

fn taxed(bill: &Bill) -> (i64, i64, i64) {
    let subtotal: i64 = bill.lines.iter().map(|line| line["amount"].as_i64().unwrap()).sum();
    let base = subtotal - bill.discount;
    // Half up, as tills do it.
    let tax = (base.max(0) * bill.tax + 50) / 100;
    (subtotal, tax, base + tax + bill.shipping)
}

impl Maker<'_> {
    #[expect(clippy::too_many_arguments, reason = "a line of an invoice, field by field")]
    fn line(&mut self, id: &str, unit: i64, quantity: i64, price: &str, product: &str, start: i64) -> Value {
        json!({"id": id, "object": "line_item", "amount": unit * quantity, "currency": self.currency, "quantity": quantity,
            "description": "a line", "period": {"start": start, "end": start + MONTH},
            "pricing": {"price_details": {"price": price, "product": product}, "unit_amount_decimal": unit.to_string()},
            "parent": {"type": "subscription_item_details",
                "subscription_item_details": {"proration": false, "subscription": "sub_1", "subscription_item": "si_1"}}})
    }

    fn part(&mut self, id: &str, amount: i64, (quantity, unit): (i64, i64), product: &str) -> Value {
        let mut line = self.line(id, unit, quantity, "price_1", product, self.start);
        line["amount"] = json!(amount);
        line["parent"]["subscription_item_details"]["proration"] = json!(true);
        line
    }

    fn item(&mut self, id: &str, amount: i64) -> Value {
        json!({"id": id, "object": "line_item", "amount": amount, "currency": self.currency, "quantity": 1,
            "description": "Setup", "period": {"start": self.start, "end": self.start},
            "parent": {"type": "invoice_item_details", "invoice_item_details": {"proration": false}}})
    }

    fn bill(&mut self, lines: Vec<Value>) -> Bill {
        let subtotal: i64 = lines.iter().map(|line| line["amount"].as_i64().unwrap()).sum();
        let sometimes =
            |rng: &mut fastrand::Rng, most: i64| if rng.u8(..3) == 0 { rng.i64(1..most.max(2)) } else { 0 };
        let mut bill = Bill {
            lines,
            tax: self.rng.choice([0, 0, 7, 19, 25]).unwrap(),
            discount: sometimes(self.rng, subtotal / 4),
            shipping: sometimes(self.rng, 900),
            credit: (0, 0),
            note: 0,
        };
        let (_, _, total) = taxed(&bill);
        if self.rng.u8(..3) == 0 {
            let has = self.rng.i64(1..total.max(2));
            // All of it, as long as something is left to pay.
            let used = has.min(total / 2);
            bill.credit = (has, used);
        }
        bill.note = sometimes(self.rng, (total - bill.credit.1) / 3);
        bill
    }

    fn invoice(&mut self, id: &str, at: i64, reason: &str, bill: &Bill) -> (Value, i64) {
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
            "total_taxes": none(tax, json!({"amount": tax, "tax_behavior": "exclusive"})),
            "lines": {"data": bill.lines, "has_more": false},
            "payments": {"data": [{"id": id.replace("in_", "inpay_"), "status": "paid", "amount_paid": due,
                "payment": {"type": "payment_intent", "payment_intent": intent}}]}});
        (invoice, due)
    }

    fn charge(&mut self, n: u8, amount: i64, at: i64) -> [Value; 2] {
        [
            json!({"object": "charge", "id": format!("ch_{n}"), "amount": amount, "amount_captured": amount, "amount_refunded": 0,
                "currency": self.currency, "created": at, "status": "succeeded", "paid": true, "captured": true,
                "customer": "cus_1", "payment_intent": format!("pi_{n}"), "description": "Payment",
                "payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": "4242", "fingerprint": "f"}}}),
            json!({"object": "payment_intent", "id": format!("pi_{n}"), "amount": amount, "currency": self.currency,
                "status": "succeeded", "latest_charge": format!("ch_{n}"), "capture_method": "automatic", "customer": "cus_1"}),
        ]
    }

    fn told(&mut self, cause: &'static str) -> Told {
        match cause {
            "one_off" | "late_capture" | "failed" | "held" | "duplicate" => self.alone(cause),
            _ => self.invoiced(cause),
        }
    }

    /// Without an invoice.
    fn alone(&mut self, cause: &'static str) -> Told {
        let amount = self.rng.i64(1_000..90_000);
        let [mut charge, mut intent] = self.charge(2, amount, self.start);
        let (mut taken, mut objects) = (amount, Vec::new());
        match cause {
            "late_capture" => {
                intent["capture_method"] = json!("manual");
                taken -= self.rng.i64(0..500);
                charge["amount_captured"] = json!(taken);
            }
            "failed" => {
                charge["status"] = json!("failed");
                charge["paid"] = json!(false);
            }
            "held" => {
                charge["captured"] = json!(false);
                charge["amount_captured"] = json!(0);
            }
            "duplicate" => {
                let before = self.start - self.rng.i64(10..20 * 60);
                objects.extend(self.charge(1, amount, before));
            }
            _ => {}
        }
        objects.extend([charge, intent]);
        let less = taken - amount;
        let parts = [("one_off", amount), ("not_taken", less)].into_iter().filter(|(_, minor)| *minor != 0);
        Told { cause, first: cause != "late_capture", charged: taken, parts: parts.collect(), objects }
    }

    fn invoiced(&mut self, cause: &'static str) -> Told {
        let (unit, quantity) = (self.rng.i64(500..40_000), self.rng.i64(1..6));
        let line = |maker: &mut Self, unit, quantity, start| {
            vec![maker.line("il_1", unit, quantity, "price_1", "prod_1", start)]
        };
        let (start, earlier) = (self.start, self.start - MONTH);
        let lines = match cause {
            "upgrade" => {
                let back = self.part("il_1", -(unit / 2), (1, unit), "prod_1");
                vec![back, self.part("il_2", unit * 2, (1, unit * 3), "prod_2")]
            }
            "usage" => {
                let used = self.rng.i64(1..9_999);
                let mut line = self.line("il_1", 1, used, "price_m", "prod_1", start);
                line["amount"] = json!(used * 3);
                vec![line]
            }
            "manual_invoice" => vec![self.item("il_1", unit), self.item("il_2", unit / 3)],
            _ => line(self, unit, quantity, start),
        };
        let mut bill = self.bill(lines);
        let mut before = Bill { lines: line(self, unit, quantity, earlier), ..bill.clone() };
        let (less, fewer) = (self.rng.i64(1..400), self.rng.i64(1..5));
        match cause {
            "price_change" => before.lines = line(self, unit - less, quantity, earlier),
            "quantity_change" => before.lines = line(self, unit, quantity + fewer, earlier),
            "tax_change" => (before.tax, bill.tax) = (7, 19),
            "discount_expired" => {
                before.discount = self.rng.i64(1..unit);
                bill.discount = 0;
                (before.tax, bill.tax) = (0, 0);
            }
            _ => {}
        }
        // What is left to pay has changed with it.
        let (_, _, total) = taxed(&bill);
        bill.credit.1 = bill.credit.1.min(total / 2);
        bill.note = bill.note.min(total / 4);
        let reason = match cause {
            "first_payment" => "subscription_create",
            "upgrade" => "subscription_update",
            "manual_invoice" => "manual",
            _ => "subscription_cycle",
        };
        self.paid(cause, reason, (&bill, &before))
    }

    fn paid(&mut self, cause: &'static str, reason: &str, (bill, before): (&Bill, &Bill)) -> Told {
        let (start, earlier) = (self.start, self.start - MONTH);
        let (mut invoice, due) = self.invoice("in_2", start, reason, bill);
        let [mut charge, intent] = self.charge(2, due, start);
        let mut sub = json!({"object": "subscription", "id": "sub_1", "status": "active", "currency": self.currency,
            "customer": "cus_1", "start_date": start - 3 * MONTH, "items": {"data": [{"id": "si_1", "quantity": 1,
                "current_period_start": start, "current_period_end": start + MONTH, "price": {"id": "price_1",
                "currency": self.currency, "unit_amount": 1, "recurring": {"interval": "month", "interval_count": 1}}}]}});
        let mut objects = Vec::new();
        match cause {
            "trial_end" => sub["trial_end"] = json!(start),
            "retry" => {
                let [mut failed, _] = self.charge(2, due, start - DAY);
                failed["id"] = json!("ch_9");
                failed["status"] = json!("failed");
                failed["paid"] = json!(false);
                objects.push(failed);
                invoice["attempt_count"] = json!(2);
            }
            "currency_difference" => {
                charge["presentment_details"] =
                    json!({"presentment_amount": due * 11 / 10, "presentment_currency": "chf"});
            }
            "usage" => objects.push(json!({"object": "price", "id": "price_m", "currency": self.currency,
                "recurring": {"interval": "month", "interval_count": 1, "usage_type": "metered"}})),
            _ => {}
        }
        if cause != "first_payment" && cause != "trial_end" {
            let (earlier_invoice, paid) = self.invoice("in_1", earlier, "subscription_cycle", before);
            objects.push(earlier_invoice);
            objects.extend(self.charge(1, paid, earlier));
        }
        let (_, tax, _) = taxed(bill);
        let lines: i64 = bill.lines.iter().map(|line| line["amount"].as_i64().unwrap()).sum();
        let kind = match cause {
            "upgrade" => "proration",
            "usage" => "usage",
            "manual_invoice" => "one_off",
            _ => "plan",
        };
        let parts = [
            (kind, lines),
            ("discount", -bill.discount),
            ("shipping", bill.shipping),
            ("tax", tax),
            ("balance", -bill.credit.1),
            ("credit_note", -bill.note),
        ];
        objects.extend([invoice, charge, intent, sub]);
        let first = !matches!(cause, "retry" | "currency_difference");
        let parts = parts.into_iter().filter(|(_, minor)| *minor != 0).collect();
        Told { cause, first, charged: due, parts, objects }
    }
}
