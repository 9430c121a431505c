//! What follows payments: refunds, disputes, holds, credit, credit notes; and the log of the last month.

use fastrand::Rng;

use super::{
    billing::{Outcome, Payment},
    calendar::{DAY, HOUR},
    kind::Kind,
    people::{pick, place_part},
    plan::{Charge, CreditNote, Dispute, Happening, Move, Plan, Refund, Transaction, Way},
};

const AGENTS: [&str; 4] = ["maya", "tom", "ines", "kofi"];
const DISPUTES: [&str; 12] = [
    "needs_response",
    "under_review",
    "won",
    "lost",
    "needs_response",
    "warning_needs_response",
    "warning_under_review",
    "warning_closed",
    "prevented",
    "appeal_needs_response",
    "appeal_under_review",
    "needs_response",
];
const REASONS: [&str; 6] = [
    "fraudulent",
    "product_not_received",
    "subscription_canceled",
    "duplicate",
    "credit_not_processed",
    "unrecognized",
];
/// What a chargeback costs beside its amount, in minor units.
const DISPUTE_FEE: i64 = 1_500;

/// The odd events of an invented customer. Which ones is decided by the index, so that a small world has all.
pub(super) fn happen(plan: &mut Plan, rng: &mut Rng, index: u32) {
    if index % 13 == 5 && paid(plan).is_empty() {
        // A dispute needs something that was paid.
        once(plan, (plan.base - 20 * DAY).max(plan.person.created + HOUR), index);
    }
    let paid = paid(plan);
    if let Some(&newest) = paid.last() {
        if index % 7 == 3 {
            let chosen = pick(rng, &paid);
            refunds(plan, rng, chosen, index / 7 % 7);
        } else if index % 13 == 5 {
            dispute(plan, newest, index / 13, rng.i64(2..18));
        } else if index % 31 == 6 {
            note(plan, newest);
        }
    }
    waiting_payments(plan, index);
    belongings(plan, index);
    if index % 19 == 8 {
        goodwill(plan, -rng.i64(3..40) * 100);
    }
    if index % 43 == 10 {
        plan.coupon = Some(2);
    }
    if index % 37 == 9 && plan.subs.iter().any(|sub| sub.status == "active") {
        plan.waiting.push((plan.base - 3 * HOUR, 1_500, "Setup fee"));
    }
}

/// Places of the charges that went through.
fn paid(plan: &Plan) -> Vec<usize> {
    let through = |charge: &(usize, &Charge)| charge.1.captured && charge.1.status == "succeeded";
    plan.charges.iter().enumerate().filter(through).map(|(place, _)| place).collect()
}

/// A payment for one thing.
fn once(plan: &mut Plan, created: i64, index: u32) {
    plan.pay(Payment {
        created,
        amount: 12_500,
        currency: plan.person.currency,
        card: 0,
        invoice: None,
        text: "Extra support hours",
        order: Some(600_000 + index),
        outcome: Outcome::Paid,
    });
}

/// Payments that wait for somebody, and payments made in an older or a slower way.
fn waiting_payments(plan: &mut Plan, index: u32) {
    let (outcome, way, created) = match index % 61 {
        12 => (Outcome::Held, Way::Saved, plan.base - 5 * HOUR),
        13 => (Outcome::Action, Way::Saved, plan.base - 5 * HOUR),
        14 => (Outcome::Held, Way::Direct, plan.base - 6 * HOUR),
        15 => (Outcome::Paid, Way::Transfer, plan.base - 40 * HOUR),
        // The hold ends on the world's first day.
        16 => (Outcome::Held, Way::Saved, plan.base - 7 * DAY + 20 * HOUR),
        17 => (Outcome::Paid, Way::Direct, plan.base - 30 * HOUR),
        _ => return,
    };
    let intent = plan.pay(Payment {
        created,
        amount: 25_000,
        // Transfers are taken in few currencies.
        currency: match plan.person.currency {
            "kwd" | "brl" if way == Way::Transfer => "usd",
            own => own,
        },
        card: 0,
        invoice: None,
        text: "Deposit",
        order: Some(700_000 + index),
        outcome,
    });
    if let Some(intent) = plan.intents.get_mut(intent) {
        intent.way = way;
    }
    if way == Way::Transfer {
        let (charge, when) = (plan.charges.len() - 1, plan.base - 4 * HOUR);
        plan.give_back(charge, (when, 9_000), "requires_action", ("requested_by_customer", Some("ines")));
    }
}

/// What some customers have beside their payments: a history of credit, tax numbers, money not matched yet.
fn belongings(plan: &mut Plan, index: u32) {
    if index % 23 == 11 && plan.moves.is_empty() {
        credit(plan, 40 * DAY, -3_000, "Goodwill for the outage");
        credit(plan, 30 * DAY, 1_000, "Booked twice, taken back");
        credit(plan, 3 * DAY, -500, "Thanks for the report");
    }
    if index % 29 == 4 {
        let digits = 100_000_000 + u64::from(index) * 7_919;
        plan.tax_ids.extend(match place_part(plan.person.place, 0) {
            "US" => Some(("us_ein", format!("{}-{:07}", 10 + index % 80, digits % 10_000_000))),
            "GB" => Some(("gb_vat", format!("GB{digits}"))),
            "JP" => Some(("jp_trn", format!("T1{digits:012}"))),
            "BR" => Some(("br_cnpj", format!("{:02}.345.678/0001-{:02}", index % 90 + 10, index % 90 + 10))),
            "DE" if plan.tax_ids.is_empty() => Some(("eu_vat", format!("DE{digits}"))),
            _ => None,
        });
    }
    if index % 53 == 14 {
        plan.cash = 15_000;
    }
}

fn refunds(plan: &mut Plan, rng: &mut Rng, charge: usize, which: u32) {
    let amount = plan.amount_of(charge);
    let half = (amount / 2).max(1);
    match which {
        0 => plan.refund(charge, amount, "succeeded", rng),
        1 => plan.refund(charge, half, "succeeded", rng),
        2 => {
            plan.refund(charge, half, "succeeded", rng);
            plan.refund(charge, (amount - half) / 2, "succeeded", rng);
        }
        3 => plan.refund(charge, half, "pending", rng),
        4 => plan.refund(charge, half, "failed", rng),
        5 => plan.refund(charge, (amount / 10).max(1), "succeeded", rng),
        _ => plan.refund(charge, amount, "pending", rng),
    }
}

/// Moves the customer's balance; a negative amount is credit.
fn credit(plan: &mut Plan, ago: i64, amount: i64, text: &'static str) {
    let ending = plan.moves.last().map_or(0, |last| last.ending) + amount;
    let created = (plan.base - ago).max(plan.person.created + 60);
    plan.moves.push(Move { created, amount, ending, kind: "adjustment", text: Some(text), note: None });
}

/// Puts credit on the customer's balance.
pub(super) fn goodwill(plan: &mut Plan, amount: i64) {
    credit(plan, 2 * DAY, amount, "Goodwill for the outage");
}

/// Opens a dispute of the whole charge.
pub(super) fn dispute(plan: &mut Plan, charge: usize, which: u32, due_days: i64) {
    let place = usize::try_from(which).unwrap_or(0);
    let status = DISPUTES.get(place % DISPUTES.len()).copied().unwrap_or("lost");
    // One was overlooked.
    let due_days = if place % DISPUTES.len() == DISPUTES.len() - 1 { 0 } else { due_days };
    let (amount, currency) = (plan.amount_of(charge), plan.currency_of(charge));
    let Some(target) = plan.charges.get_mut(charge) else { return };
    target.disputed = true;
    let created = (target.created + 9 * DAY).min(plan.base - 2 * HOUR).max(target.created + 60);
    let number = plan.disputes.len();
    let mut transactions = Vec::new();
    let source = (Kind::Dispute, number);
    let inquiry = status.starts_with("warning") || status == "prevented";
    if !inquiry {
        transactions.push(plan.book(Transaction {
            created,
            amount: -amount,
            fee: DISPUTE_FEE,
            currency,
            kind: "adjustment",
            source,
        }));
        if status == "won" {
            let created = (created + HOUR).min(plan.base - 60);
            transactions.push(plan.book(Transaction {
                created,
                amount,
                fee: 0,
                currency,
                kind: "adjustment",
                source,
            }));
        }
    }
    plan.disputes.push(Dispute {
        created,
        charge,
        status,
        reason: REASONS.get(place % REASONS.len()).copied().unwrap_or("general"),
        due_by: status.ends_with("needs_response").then_some(plan.base + due_days * DAY - 1),
        transactions,
    });
}

/// A credit note on the paid invoice of a charge, given back as customer credit.
fn note(plan: &mut Plan, charge: usize) {
    let Some(intent) = plan.charges.get(charge).and_then(|charge| plan.intents.get(charge.intent)) else {
        return;
    };
    let Some(invoice) = intent.invoice else { return };
    let amount = intent.amount / 5;
    let created = (intent.created + DAY).min(plan.base - HOUR);
    let ending = plan.moves.last().map_or(0, |last| last.ending) - amount;
    plan.moves.push(Move {
        created,
        amount: -amount,
        ending,
        kind: "credit_note",
        text: None,
        note: Some(plan.notes.len()),
    });
    plan.notes.push(CreditNote {
        created,
        invoice,
        amount,
        reason: "product_unsatisfactory",
        refund: None,
        credit: Some(plan.moves.len() - 1),
    });
}

impl Plan {
    pub(super) fn amount_of(&self, charge: usize) -> i64 {
        self.charges.get(charge).and_then(|charge| self.intents.get(charge.intent)).map_or(0, |x| x.amount)
    }

    pub(super) fn currency_of(&self, charge: usize) -> &'static str {
        self.charges
            .get(charge)
            .and_then(|charge| self.intents.get(charge.intent))
            .map_or("usd", |x| x.currency)
    }

    fn refund(&mut self, charge: usize, amount: i64, status: &'static str, rng: &mut Rng) {
        let after = self.charges.get(charge).map_or(0, |charge| charge.created);
        // A pending one would be settled after some days.
        let wait = if status == "pending" { 0 } else { rng.i64(HOUR..6 * DAY) };
        let latest = self.base - 3 * HOUR;
        let created = (if status == "pending" { latest } else { after + wait }).min(latest).max(after + 1);
        let reason = pick(rng, &["requested_by_customer", "duplicate", ""]);
        let agent = (rng.u8(..2) == 0).then(|| pick(rng, &AGENTS));
        self.give_back(charge, (created, amount), status, (reason, agent));
    }

    /// A refund with its movements of the balance. `note`: reason (may be empty) and agent.
    pub(super) fn give_back(
        &mut self,
        charge: usize,
        (created, amount): (i64, i64),
        status: &'static str,
        (reason, agent): (&'static str, Option<&'static str>),
    ) {
        let place = self.refunds.len();
        let mut movement = Transaction {
            created,
            amount: -amount,
            fee: 0,
            currency: self.currency_of(charge),
            kind: "refund",
            source: (Kind::Refund, place),
        };
        let transaction = Some(self.book(movement.clone()));
        let failure = (status == "failed").then(|| {
            movement.created = (created + 2 * HOUR).min(self.base - 60);
            movement.amount = amount;
            movement.kind = "refund_failure";
            ("expired_or_canceled_card", self.book(movement))
        });
        if let Some(charge) = self.charges.get_mut(charge).filter(|_| status != "failed") {
            charge.refunded += amount;
        }
        self.refunds.push(Refund {
            created,
            charge,
            amount,
            status,
            reason: Some(reason).filter(|reason| !reason.is_empty()),
            agent,
            transaction,
            failure,
        });
    }
}

/// Writes the log of the last thirty days.
pub(super) fn log(plan: &mut Plan) {
    let from = plan.base - 30 * DAY;
    let mut found = Vec::new();
    let mut say = |created: i64, name: &'static str, object: (Kind, usize)| {
        if created >= from {
            found.push(Happening { created, name, object });
        }
    };
    say(plan.person.created, "customer.created", (Kind::Customer, 0));
    for (place, sub) in plan.subs.iter().enumerate() {
        say(sub.created, "customer.subscription.created", (Kind::Subscription, place));
        match (sub.ended_at, sub.canceled_at) {
            (Some(ended), _) => say(ended, "customer.subscription.deleted", (Kind::Subscription, place)),
            (None, Some(at)) => say(at, "customer.subscription.updated", (Kind::Subscription, place)),
            _ => {}
        }
    }
    for (place, invoice) in plan.invoices.iter().enumerate() {
        say(invoice.created, "invoice.created", (Kind::Invoice, place));
        match invoice.paid_at {
            Some(paid) => say(paid, "invoice.paid", (Kind::Invoice, place)),
            None if invoice.status == "open" => {
                say(invoice.created + HOUR + 6, "invoice.payment_failed", (Kind::Invoice, place));
            }
            None => {}
        }
    }
    for (place, charge) in plan.charges.iter().enumerate() {
        let name = if charge.status == "failed" { "charge.failed" } else { "charge.succeeded" };
        say(charge.created, name, (Kind::Charge, place));
    }
    for (place, refund) in plan.refunds.iter().enumerate() {
        say(refund.created, "refund.created", (Kind::Refund, place));
        say(refund.created, "charge.refunded", (Kind::Charge, refund.charge));
    }
    for (place, dispute) in plan.disputes.iter().enumerate() {
        say(dispute.created, "charge.dispute.created", (Kind::Dispute, place));
    }
    found.sort_by_key(|happening| happening.created);
    plan.happenings = found;
}
