//! Seven customers whose billing shows what the others show by chance, at any seed and in a small world:
//! invoices in every state, schedules, both pauses, discounts, credit notes, a card that is refused.

use super::{
    afterwards,
    billing::{Course, prorated},
    calendar::{DAY, HOUR, add_months},
    catalog::{self, BUSINESS, GROWTH, METERED, PRO, TIERED},
    life::{card, plain_sub},
    plan::{CreditNote, Move, Person, Plan, Planned, Sub},
};

/// Index, name, e-mail, place. They stand among the invented ones, behind the hostile.
const WHO: [(u32, &str, &str, &str); 7] = [
    (19, "Margaret Hamilton", "margaret@example.com", "US|Cambridge|MA|02139|Vassar Street|1617"),
    (20, "Donald Knuth", "donald@example.com", "US|Stanford|CA|94305|Serra Street|1650"),
    (21, "Katherine Johnson", "katherine@example.com", "US|Hampton|VA|23666|Mercury Boulevard|1757"),
    (22, "Dennis Ritchie", "dennis@example.com", "US|Berkeley Heights|NJ|07922|Mountain Avenue|1908"),
    (23, "Frances Allen", "frances@example.com", "US|Peru|NY|12972|Main Street|1518"),
    (25, "Barbara Liskov", "barbara@example.com", "US|Los Angeles|CA|90012|Spring Street|1213"),
    (26, "Edsger Dijkstra", "edsger@example.com", "US|Austin|TX|78701|Congress Avenue|1512"),
];

/// Changes the person when the index is one of theirs.
pub(super) fn dress(person: &mut Person, index: u32, base: i64) -> bool {
    let Some((_, name, email, place)) = WHO.iter().find(|who| who.0 == index).copied() else { return false };
    *person = Person {
        created: base - i64::from(16 + index % 3) * 31 * DAY,
        name: name.to_owned(),
        email: email.to_owned(),
        phone: Some(format!("+1503555020{}", index % 10)),
        description: None,
        currency: "usd",
        place,
        house: 7,
        metadata: vec![("user_id", format!("u_{}", 10_000 + index))],
        deleted: false,
    };
    true
}

/// Makes the history of one of them; false for anybody else.
pub(super) fn history(plan: &mut Plan, index: u32) -> bool {
    let made = plan.person.created + 300;
    let digits = if index == 26 { "0341" } else { "1881" };
    match index {
        19 => drafted(plan),
        20 => trying(plan),
        21 => scheduled(plan),
        22 => paused(plan),
        23 => credited(plan),
        25 => sent(plan),
        26 => refused(plan),
        _ => return false,
    }
    plan.cards.push(card(made, "visa", digits, 4, 0xCA5E + u64::from(index)));
    true
}

/// Adds a subscription that began `months` before its newest renewal, and bills it.
fn subscribe(
    plan: &mut Plan,
    (price, renewal, months): (usize, i64, i64),
    course: Course,
    dress: impl FnOnce(&mut Sub),
) {
    let mut sub = plain_sub(add_months(renewal, -months), price);
    dress(&mut sub);
    plan.subs.push(sub);
    plan.bill(plan.subs.len() - 1, plan.base, course);
}

/// Invoices go out by mail: one is late, one is not due yet.
fn sent(plan: &mut Plan) {
    let renewal = plan.base - 6 * DAY + 9 * HOUR;
    let course = Course { failing: 2, ..Course::default() };
    subscribe(plan, (catalog::plan_price(PRO, "usd", false), renewal, 6), course, |sub| {
        sub.days = Some(20);
        sub.status = "past_due";
    });
}

/// The bank says no each time: one bill is open, one was given up, one is void.
fn refused(plan: &mut Plan) {
    let renewal = plan.base - 4 * DAY + 11 * HOUR;
    let course = Course { failing: 3, decline: "generic_decline", ..Course::default() };
    subscribe(plan, (catalog::plan_price(GROWTH, "usd", false), renewal, 7), course, |sub| {
        sub.status = "past_due";
    });
    let newest = plan.invoices.len();
    for (back, status) in [(2, "uncollectible"), (3, "void")] {
        let Some(invoice) = newest.checked_sub(back).and_then(|at| plan.invoices.get_mut(at)) else {
            continue;
        };
        invoice.status = status;
        invoice.next_attempt = None;
        let intent = invoice.intent.filter(|_| status == "void");
        if let Some(intent) = intent.and_then(|at| plan.intents.get_mut(at)) {
            intent.status = "canceled";
        }
    }
}

/// Collection is paused, and drafts are kept; a discount for ever, seats, tiers, and amounts that wait.
fn drafted(plan: &mut Plan) {
    let renewal = plan.base - 3 * DAY + 10 * HOUR;
    let course = Course { drafts: 2, usage: 3_000, ..Course::default() };
    subscribe(plan, (catalog::plan_price(BUSINESS, "usd", false), renewal, 5), course, |sub| {
        sub.seats = 5;
        sub.extra = Some(TIERED);
        sub.coupon = Some(1);
        sub.pause = Some(("keep_as_draft", None));
    });
    plan.waiting.push((plan.base - 5 * HOUR, 1_500, "Setup fee"));
    plan.waiting.push((plan.base - 4 * HOUR, -700, "Goodwill for a slow start"));
}

/// In a trial, with a discount for the first bill and counted calls.
fn trying(plan: &mut Plan) {
    let created = plan.base - 3 * DAY + 8 * HOUR;
    let mut sub = plain_sub(created, catalog::plan_price(PRO, "usd", false));
    let end = created + 14 * DAY;
    sub.status = "trialing";
    sub.trial = Some((created, end));
    sub.period = (created, end);
    sub.anchor = end;
    sub.coupon = Some(4);
    sub.extra = Some(METERED);
    plan.subs.push(sub);
    plan.bill(0, plan.base, Course::default());
}

/// A schedule raises the price with the next period, another has not begun; credit waits.
fn scheduled(plan: &mut Plan) {
    let renewal = plan.base - 9 * DAY + 14 * HOUR;
    let next = catalog::plan_price(BUSINESS, "usd", false);
    subscribe(plan, (catalog::plan_price(GROWTH, "usd", false), renewal, 8), Course::default(), |sub| {
        sub.schedule = Some(next);
    });
    let created = plan.base - 6 * HOUR;
    plan.planned.push(Planned { created, status: "not_started", price: next, start: plan.base + 40 * DAY });
    afterwards::goodwill(plan, -2_500);
}

/// The period stands still, and the schedules of before are over.
fn paused(plan: &mut Plan) {
    let renewal = plan.base - 12 * DAY + 7 * HOUR;
    let price = catalog::plan_price(PRO, "usd", false);
    subscribe(plan, (price, renewal, 4), Course::default(), |sub| {
        sub.status = "paused";
        sub.paused_why = Some("pause_requested");
    });
    for (days, status) in [(90, "released"), (70, "canceled"), (60, "completed")] {
        let created = plan.base - days * DAY;
        plan.planned.push(Planned { created, status, price, start: created });
    }
}

/// Credit notes of every kind: given back to the card, to the balance, taken off an open bill, and void.
fn credited(plan: &mut Plan) {
    let renewal = plan.base - 40 * DAY;
    subscribe(plan, (catalog::plan_price(PRO, "usd", true), renewal, 12), Course::default(), |_| {});
    let course = Course { failing: 1, decline: "insufficient_funds", ..Course::default() };
    let monthly = plan.base - 5 * DAY + 6 * HOUR;
    subscribe(plan, (catalog::plan_price(GROWTH, "usd", false), monthly, 3), course, |sub| {
        sub.status = "past_due";
    });
    let note = |created, invoice, amount| CreditNote {
        created,
        invoice,
        amount,
        pre: 0,
        void: false,
        reason: "order_change",
        refund: None,
        credit: None,
    };
    let when = renewal + 2 * DAY;
    let Some(charge) = plan.charges.iter().position(|charge| charge.created > renewal) else { return };
    let Some(paid) = plan.charges.get(charge).and_then(|charge| plan.intents.get(charge.intent)) else {
        return;
    };
    let Some(yearly) = paid.invoice else { return };
    let tenth = prorated(paid.amount, 1, 10);
    plan.give_back(charge, (when, tenth), "succeeded", ("requested_by_customer", None));
    plan.notes.push(CreditNote { refund: Some(0), ..note(when, yearly, tenth) });
    let (created, kind) = (when + HOUR, "credit_note");
    plan.moves.push(Move { created, amount: -2_000, ending: -2_000, kind, text: None, note: Some(1) });
    plan.notes.push(CreditNote { credit: Some(0), ..note(created, yearly, 2_000) });
    let Some(open) = plan.invoices.iter().rposition(|invoice| invoice.status == "open") else { return };
    let created = plan.base - 2 * DAY;
    plan.notes.push(CreditNote { pre: 1_000, ..note(created, open, 1_000) });
    plan.notes.push(CreditNote { pre: 500, void: true, ..note(created + HOUR, open, 500) });
}
