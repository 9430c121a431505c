//! Charges whose reason and whose parts are known, since they were made up here: each with the invoice, the subscription and the
//! invoice before, as Stripe would send them. Reckoned by its own arithmetic.

mod bill;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use self::bill::{Bill, Maker, taxed};

const DAY: i64 = 86_400;
const MONTH: i64 = 30 * DAY;
/// 2026-11-23T12:00:00Z
pub(crate) const NOW: i64 = 1_795_435_200;

pub(crate) const CAUSES: [&str; 25] = [
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
    "pending",
    "released",
    "setup_verification",
    "owed",
    "void",
    "written_off",
    "draft",
    "paid_outside",
];

/// Invoices that no charge has paid, by their cause, and their status.
const UNPAID: [(&str, &str); 5] = [
    ("owed", "open"),
    ("void", "void"),
    ("written_off", "uncollectible"),
    ("draft", "draft"),
    ("paid_outside", "paid"),
];

/// One charge, and what is true of it.
pub(crate) struct Told {
    pub(crate) cause: &'static str,
    /// It comes first among the causes; others go along with one.
    pub(crate) first: bool,
    pub(crate) charged: i64,
    /// What is asked about.
    pub(crate) about: &'static str,
    /// It was taken from the customer.
    pub(crate) taken: bool,
    /// There is something to tell the customer.
    pub(crate) speaks: bool,
    /// By kind of part, what all of that kind come to.
    pub(crate) parts: BTreeMap<&'static str, i64>,
    pub(crate) objects: Vec<Value>,
}

pub(crate) fn told(rng: &mut fastrand::Rng, cause: &'static str) -> Told {
    let currency = rng.choice(["usd", "eur", "jpy", "kwd"]).unwrap();
    let start = NOW - rng.i64(DAY..9 * DAY);
    Maker { rng, currency, start }.told(cause)
}

impl Maker<'_> {
    fn told(&mut self, cause: &'static str) -> Told {
        match cause {
            "failed" | "held" | "pending" if self.rng.bool() => self.invoiced(cause),
            "one_off" | "late_capture" | "failed" | "held" | "duplicate" | "pending" | "released"
            | "setup_verification" => self.alone(cause),
            _ => self.invoiced(cause),
        }
    }

    /// Without an invoice.
    fn alone(&mut self, cause: &'static str) -> Told {
        let checks = cause == "setup_verification";
        let amount = match (checks, self.currency) {
            (true, "jpy") => self.rng.i64(1..=2),
            (true, "kwd") => self.rng.i64(1..=10),
            (true, _) => self.rng.i64(1..=200),
            // Small purchases are held too.
            (false, _) if cause == "held" => self.rng.i64(1..90_000),
            (false, _) => self.rng.i64(1_000..90_000),
        };
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
            "held" | "setup_verification" => {
                charge["captured"] = json!(false);
                charge["amount_captured"] = json!(0);
                if checks {
                    charge["description"] = Value::Null;
                }
            }
            "pending" => {
                charge["status"] = json!("pending");
                charge["paid"] = json!(false);
            }
            "released" => {
                charge["captured"] = json!(false);
                charge["amount_captured"] = json!(0);
                charge["amount_refunded"] = json!(amount);
                charge["refunded"] = json!(true);
                intent["status"] = json!("canceled");
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
        let is_taken = matches!(cause, "one_off" | "late_capture" | "duplicate");
        Told {
            cause,
            first: cause != "late_capture",
            charged: taken,
            about: "ch_2",
            taken: is_taken,
            speaks: true,
            parts: parts.collect(),
            objects,
        }
    }

    /// A second item that stays as it was.
    fn second(&mut self, amount: i64, start: i64) -> Value {
        let mut line = self.line("il_7", amount, 1, "price_7", "prod_7", start);
        line["parent"]["subscription_item_details"]["subscription_item"] = json!("si_7");
        line
    }

    /// What the cause puts on the invoice.
    fn lines(&mut self, cause: &str, within: bool, (unit, quantity): (i64, i64)) -> Vec<Value> {
        match cause {
            "upgrade" => {
                let back = self.part("il_1", -(unit / 2), (1, unit), "prod_1");
                vec![back, self.part("il_2", unit * 2, (1, unit * 3), "prod_2")]
            }
            "price_change" if within => {
                let back = self.part("il_1", -(unit / 2), (quantity, unit), "prod_1");
                vec![back, self.part("il_2", unit, (quantity, unit * 2), "prod_1")]
            }
            "quantity_change" if within => {
                let back = self.part("il_1", -(unit / 2), (quantity, unit), "prod_1");
                vec![back, self.part("il_2", unit * 3, (quantity + 2, unit), "prod_1")]
            }
            "usage" => {
                let used = self.rng.i64(1..9_999);
                let mut line = self.line("il_1", 1, used, "price_m", "prod_1", self.start);
                line["amount"] = json!(used * 3);
                vec![line]
            }
            "manual_invoice" => vec![self.item("il_1", unit), self.item("il_2", unit / 3)],
            _ => vec![self.line("il_1", unit, quantity, "price_1", "prod_1", self.start)],
        }
    }

    fn invoiced(&mut self, cause: &'static str) -> Told {
        let (unit, quantity) = (self.rng.i64(500..40_000), self.rng.i64(1..6));
        // Half of what can also come within a period does.
        let within = matches!(cause, "price_change" | "quantity_change") && self.rng.bool();
        let plain = !within && !matches!(cause, "upgrade" | "usage" | "manual_invoice");
        let second = self.rng.i64(100..5_000);
        let has_second = plain && self.rng.u8(..3) == 0;
        let earlier = self.start - MONTH;
        let line = |maker: &mut Self, unit, quantity| {
            vec![maker.line("il_1", unit, quantity, "price_1", "prod_1", earlier)]
        };
        let mut lines = self.lines(cause, within, (unit, quantity));
        lines.extend(has_second.then(|| self.second(second, self.start)));
        let mut bill = self.bill(lines);
        let mut before = Bill { lines: line(self, unit, quantity), ..bill.clone() };
        let (less, fewer) = (self.rng.i64(1..400), self.rng.i64(1..5));
        match cause {
            "price_change" if !within => before.lines = line(self, unit - less, quantity),
            "quantity_change" if !within => before.lines = line(self, unit, quantity + fewer),
            "tax_change" => (before.tax, bill.tax) = (7, 19),
            "discount_expired" => {
                before.discount = self.rng.i64(1..unit);
                bill.discount = 0;
                (before.tax, bill.tax) = (0, 0);
            }
            _ => {}
        }
        before.lines.extend(has_second.then(|| self.second(second, earlier)));
        // What is left to pay has changed with it.
        let (_, _, total) = taxed(&bill);
        bill.credit.1 = bill.credit.1.min(total / 2);
        bill.note = bill.note.min(total / 4);
        let due = total - bill.credit.1 - bill.note;
        if matches!(cause, "renewal" | "price_change" | "trial_end" | "usage" | "manual_invoice") {
            let mut part = || if self.rng.u8(..4) == 0 { self.rng.i64(1..(due / 3).max(2)) } else { 0 };
            bill.otherwise = (part(), part());
        }
        let reason = match cause {
            "first_payment" => "subscription_create",
            "manual_invoice" => "manual",
            _ if within || cause == "upgrade" => "subscription_update",
            _ => "subscription_cycle",
        };
        self.paid(cause, reason, (&bill, &before))
    }

    /// What was paid besides, and what was given back since: no part of the charge.
    fn besides(&mut self, bill: &Bill, invoice: &mut Value, charge: &mut Value) -> Vec<Value> {
        let taken = charge["amount"].as_i64().unwrap();
        if bill.otherwise.1 > 0 {
            invoice["amount_paid_off_stripe"] = json!(bill.otherwise.1);
        }
        if self.rng.u8(..5) == 0 && taken > 1 {
            charge["amount_refunded"] = json!(taken / 2);
            charge["refunds"] = json!({"data": [{"id": "re_1", "object": "refund", "amount": taken / 2, "status": "succeeded",
                "currency": self.currency, "created": self.start + 60, "charge": "ch_2"}]});
        }
        if bill.otherwise.0 == 0 {
            return Vec::new();
        }
        let row = json!({"id": "inpay_8", "status": "paid", "amount_paid": bill.otherwise.0,
            "payment": {"type": "payment_intent", "payment_intent": "pi_8"}});
        invoice["payments"]["data"].as_array_mut().unwrap().push(row);
        invoice["payments"]["data"][0]["amount_paid"] = json!(taken);
        self.charge(8, bill.otherwise.0, self.start - 9 * DAY / 2).to_vec()
    }

    /// The charge was not taken. What of the credit note was there already when it was tried.
    fn untaken(
        &mut self,
        cause: &str,
        (due, note): (i64, i64),
        invoice: &mut Value,
        charge: &mut Value,
    ) -> i64 {
        open(invoice, due);
        charge["amount_refunded"] = json!(0);
        charge["refunds"] = Value::Null;
        match cause {
            "held" => (charge["captured"], charge["amount_captured"]) = (json!(false), json!(0)),
            "pending" => (charge["status"], charge["paid"]) = (json!("pending"), json!(false)),
            _ => {
                (charge["status"], charge["paid"]) = (json!("failed"), json!(false));
                // It may have come after the attempt.
                if self.rng.bool() {
                    charge["amount"] = json!(due + note);
                    return 0;
                }
            }
        }
        note
    }

    fn paid(&mut self, cause: &'static str, reason: &str, (bill, before): (&Bill, &Bill)) -> Told {
        let (start, earlier) = (self.start, self.start - MONTH);
        let (mut invoice, due) = self.invoice("in_2", start, reason, bill);
        let [mut charge, intent] = self.charge(2, due - bill.otherwise.0 - bill.otherwise.1, start);
        let mut sub = json!({"object": "subscription", "id": "sub_1", "status": "active", "currency": self.currency,
            "customer": "cus_1", "start_date": start - 3 * MONTH, "items": {"data": [{"id": "si_1", "quantity": 1,
                "current_period_start": start, "current_period_end": start + MONTH, "price": {"id": "price_1",
                "currency": self.currency, "unit_amount": 1, "recurring": {"interval": "month", "interval_count": 1}}}]}});
        let mut objects = self.besides(bill, &mut invoice, &mut charge);
        let mut note = bill.note;
        match cause {
            "failed" | "held" | "pending" => {
                note = self.untaken(cause, (due, note), &mut invoice, &mut charge);
            }
            "trial_end" => sub["trial_end"] = json!(start),
            "retry" => {
                let [mut failed, _] = self.charge(2, due, start - DAY);
                failed["id"] = json!("ch_9");
                (failed["status"], failed["paid"]) = (json!("failed"), json!(false));
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
        let told = Told {
            cause,
            first: !matches!(cause, "retry" | "currency_difference"),
            charged: charge["amount"].as_i64().unwrap(),
            about: "ch_2",
            taken: !matches!(cause, "failed" | "held" | "pending"),
            speaks: true,
            parts: parts(cause, reason, bill, note),
            objects,
        };
        if let Some((_, status)) = UNPAID.iter().find(|(unpaid, _)| *unpaid == cause) {
            self.unpaid(told, (status, due), (invoice, charge, intent, sub))
        } else {
            let objects = told.objects.into_iter().chain([invoice, charge, intent, sub]).collect();
            Told { objects, ..told }
        }
    }

    /// No charge has paid the invoice; half of them were tried.
    fn unpaid(
        &mut self,
        mut told: Told,
        (status, due): (&str, i64),
        (mut invoice, mut charge, intent, sub): (Value, Value, Value, Value),
    ) -> Told {
        open(&mut invoice, due);
        invoice["status"] = json!(status);
        if status == "paid" {
            invoice["amount_paid"] = json!(due);
            invoice["amount_paid_off_stripe"] = json!(due);
            invoice["amount_remaining"] = json!(0);
            told.parts.insert("paid_otherwise", -due);
        }
        if self.rng.bool() {
            (charge["status"], charge["paid"]) = (json!("failed"), json!(false));
            told.objects.extend([charge, intent]);
        } else {
            invoice["payments"] = json!({"data": []});
            invoice["attempt_count"] = json!(0);
        }
        told.objects.extend([invoice, sub]);
        let charged = if status == "paid" { 0 } else { due };
        let speaks = !matches!(told.cause, "written_off" | "draft");
        Told { charged, about: "in_2", taken: status == "paid", speaks, ..told }
    }
}

/// Nothing of it is paid.
fn open(invoice: &mut Value, due: i64) {
    invoice["status"] = json!("open");
    invoice["amount_paid"] = json!(0);
    invoice["amount_remaining"] = json!(due);
    invoice["payments"]["data"][0]["status"] = json!("open");
    invoice["payments"]["data"][0]["amount_paid"] = Value::Null;
}

fn parts(cause: &str, reason: &str, bill: &Bill, note: i64) -> BTreeMap<&'static str, i64> {
    let (_, tax, _) = taxed(bill);
    let lines: i64 = bill.lines.iter().map(|line| line["amount"].as_i64().unwrap()).sum();
    let kind = match cause {
        _ if reason == "subscription_update" => "proration",
        "usage" => "usage",
        "manual_invoice" => "one_off",
        _ => "plan",
    };
    let parts = [
        (kind, lines),
        ("discount", -bill.discount),
        ("shipping", bill.shipping),
        ("tax", if bill.included { 0 } else { tax }),
        ("balance", -bill.credit.1),
        ("credit_note", -note),
        ("paid_otherwise", -bill.otherwise.0 - bill.otherwise.1),
    ];
    parts.into_iter().filter(|(_, minor)| *minor != 0).collect()
}
