//! What happened to an invented customer: which kind of subscriber it is, and the odd events on the way.

use fastrand::Rng;

use super::{
    afterwards,
    billing::{Course, Outcome, Payment, Upgrade},
    calendar::{DAY, HOUR, add_months, civil},
    cases, cast,
    catalog::{self, BUSINESS, METERED, STARTER, TIERED},
    events::REFUND_BOUNCES,
    people::{Names, generator, person, pick, place_part},
    plan::{Card, Plan, Sub},
};

pub(super) const DECLINES: [&str; 6] =
    ["insufficient_funds", "do_not_honor", "generic_decline", "expired_card", "lost_card", "try_again_later"];
/// Which of every fifty has the card whose refunds come back.
const BOUNCING_PLACE: u32 = 5;
const FEEDBACK: [&str; 5] =
    ["too_expensive", "missing_features", "unused", "switched_service", "low_quality"];

/// The whole history of the customer at `index`, up to midnight `base`.
pub(super) fn plan(names: &Names, seed: u64, index: u32, base: i64) -> Plan {
    let mut plan = Plan { person: person(names, seed, index, base), base, ..Plan::default() };
    if cast::history(&mut plan, index) || cases::history(&mut plan, index) {
        afterwards::log(&mut plan);
        return plan;
    }
    let mut rng = generator(seed, index, 3);
    cards(&mut plan, &mut rng, index);
    // Every hundred neighbours show every kind of life; the seed decides who.
    let kind = if plan.person.deleted { 85 } else { (u64::from(index) * 37 + seed % 100) % 100 };
    live(&mut plan, &mut rng, kind);
    if kind >= 90 || rng.u8(..5) == 0 {
        one_offs(&mut plan, &mut rng);
    }
    afterwards::happen(&mut plan, &mut rng, index);
    afterwards::log(&mut plan);
    plan
}

pub(super) fn card(created: i64, brand: &'static str, last4: &str, years: i64, fingerprint: u64) -> Card {
    let (year, month, _) = civil(created.div_euclid(DAY));
    Card {
        created,
        brand,
        last4: last4.to_owned(),
        exp_month: month,
        exp_year: year + years,
        funding: "credit",
        sepa: false,
        fingerprint,
    }
}

fn cards(plan: &mut Plan, rng: &mut Rng, index: u32) {
    let created = plan.person.created + 120;
    let euro = plan.person.currency == "eur";
    for extra in 0..=i64::from(index % 6 == 4) {
        let drawn_brand =
            pick(rng, &["visa", "visa", "visa", "mastercard", "mastercard", "amex", "discover"]);
        let drawn = format!("{:04}", rng.u16(0..10_000));
        // Now and then a test card of Stripe's own.
        let bounces = index % 50 == BOUNCING_PLACE;
        let (brand, digits) =
            if bounces { ("visa", REFUND_BOUNCES.to_owned()) } else { (drawn_brand, drawn) };
        let mut made = card(created + extra * 40 * HOUR, brand, &digits, rng.i64(3..6), rng.u64(..));
        made.funding = pick(rng, &["credit", "credit", "debit", "prepaid"]);
        made.sepa = extra == 0 && euro && index.is_multiple_of(3);
        made.created = made.created.min(plan.base - HOUR);
        plan.cards.push(made);
    }
}

/// A running subscription with nothing special.
pub(super) fn plain_sub(created: i64, price: usize) -> Sub {
    Sub {
        created,
        status: "active",
        price,
        quantity: 1,
        seats: 0,
        extra: None,
        anchor: created,
        period: (created, add_months(created, catalog::spec(price).months)),
        trial: None,
        at_period_end: false,
        cancel_at: None,
        canceled_at: None,
        ended_at: None,
        why: None,
        pause: None,
        paused_why: None,
        coupon: None,
        schedule: None,
        latest_invoice: None,
        days: None,
    }
}

fn live(plan: &mut Plan, rng: &mut Rng, kind: u64) {
    if kind >= 94 && kind != 99 {
        return;
    }
    let (base, currency) = (plan.base, plan.person.currency);
    let created = plan.person.created + rng.i64(200..6_000);
    let age = base - created;
    let rank = rng.usize(STARTER..=BUSINESS);
    let mut sub = plain_sub(created, catalog::plan_price(rank, currency, (55..62).contains(&kind)));
    let mut course = Course { usage: rng.i64(200..9_000), ..Course::default() };
    if rng.u8(..4) == 0 {
        sub.seats = rng.i64(1..12);
        // Seats are billed by the month only.
        if catalog::spec(sub.price).months == 12 {
            sub.seats = 0;
        }
    }
    if currency == "usd" && kind < 10 {
        sub.extra = Some(if kind < 6 { METERED } else { TIERED });
    }
    if kind < 55 && rng.u8(..4) == 0 {
        sub.coupon = Some(rng.usize(..4));
    }
    let mut until = base;
    match kind {
        10..=24 if rank > STARTER && age > 100 * DAY => {
            sub.coupon = None;
            course.upgrade = Some(Upgrade {
                from: catalog::plan_price(rank - 1, currency, false),
                period: rng.i64(0..age / (31 * DAY) - 1),
                passed: rng.i64(50..950),
            });
        }
        62..=71 => until = young_or_still(&mut sub, rng, kind, base, &mut course).unwrap_or(until),
        72..=77 => unpaid(&mut sub, rng, kind, base, &mut course),
        78 | 79 if rank < BUSINESS => sub.schedule = Some(catalog::plan_price(rank + 1, currency, false)),
        80..=89 => ending(&mut sub, rng, kind, base, &mut until),
        _ => {}
    }
    plan.subs.push(sub);
    plan.bill(plan.subs.len() - 1, until, course);
    finish(plan, kind);
    if kind == 93 || kind == 92 {
        let second =
            plain_sub(created + 9 * DAY.min(age / 10), catalog::plan_price(STARTER, currency, false));
        plan.subs.push(second);
        plan.bill(plan.subs.len() - 1, base, Course::default());
    }
}

/// Trials, and the two kinds of pause. Gives the moment when billing stopped, if it did.
fn young_or_still(sub: &mut Sub, rng: &mut Rng, kind: u64, base: i64, course: &mut Course) -> Option<i64> {
    match kind {
        62..=66 => {
            sub.created = base - rng.i64(DAY..12 * DAY);
            let end = sub.created + 14 * DAY;
            sub.trial = Some((sub.created, end));
            sub.period = (sub.created, end);
            sub.anchor = end;
            sub.status = "trialing";
        }
        67..=69 => {
            let behavior = pick(rng, &["keep_as_draft", "mark_uncollectible", "void"]);
            sub.pause = Some((behavior, (kind == 68).then_some(base + 30 * DAY)));
            course.drafts = i64::from(behavior == "keep_as_draft");
        }
        _ => {
            sub.status = "paused";
            sub.paused_why = Some(if kind == 70 { "pause_requested" } else { "final_payment_failure" });
            return Some((base - 20 * DAY).max(sub.created + 1));
        }
    }
    None
}

fn unpaid(sub: &mut Sub, rng: &mut Rng, kind: u64, base: i64, course: &mut Course) {
    course.decline = pick(rng, &DECLINES);
    course.failing = 1;
    match kind {
        72..=75 => sub.status = "past_due",
        76 => {
            sub.status = "unpaid";
            course.failing = 2;
        }
        _ => {
            sub.created = base - rng.i64(HOUR..20 * HOUR);
            sub.anchor = sub.created;
            sub.status = "incomplete";
        }
    }
}

fn ending(sub: &mut Sub, rng: &mut Rng, kind: u64, base: i64, until: &mut i64) {
    let feedback = Some(pick(rng, &FEEDBACK));
    let age = base - sub.created;
    if kind <= 82 {
        sub.at_period_end = true;
        sub.canceled_at = Some(base - rng.i64(HOUR..(age / 20).max(2 * HOUR)));
        sub.why = Some(("cancellation_requested", feedback));
        return;
    }
    let ended = base - rng.i64(HOUR..age.max(2 * HOUR));
    sub.status = "canceled";
    sub.ended_at = Some(ended);
    sub.canceled_at = Some(ended);
    sub.why = Some(if kind == 89 { ("payment_failed", None) } else { ("cancellation_requested", feedback) });
    *until = ended;
}

/// What can only be said once the periods are known.
fn finish(plan: &mut Plan, kind: u64) {
    let Some(sub) = plan.subs.last_mut() else { return };
    if sub.at_period_end {
        sub.cancel_at = Some(sub.period.1);
    } else if kind == 79 && sub.schedule.is_none() {
        sub.cancel_at = Some(sub.period.1 + 10 * DAY);
        sub.canceled_at = Some(plan.base - HOUR);
    }
}

fn one_offs(plan: &mut Plan, rng: &mut Rng) {
    let (base, currency) = (plan.base, plan.person.currency);
    let age = (base - plan.person.created - HOUR).max(2 * HOUR);
    let texts = ["Onboarding workshop", "Data import", "Extra support hours", "Printed handbook"];
    for number in 0..rng.u32(1..4) {
        let outcome = match rng.u8(..10) {
            0 => Outcome::Declined(pick(rng, &DECLINES)),
            _ => Outcome::Paid,
        };
        plan.pay(Payment {
            created: base - rng.i64(HOUR..age),
            amount: catalog::spec(catalog::plan_price(rng.usize(..4), currency, false)).amount + 1_000,
            currency,
            card: 0,
            invoice: None,
            text: pick(rng, &texts),
            order: Some(rng.u32(10_000..99_999) * 10 + number),
            outcome,
        });
    }
    if place_part(plan.person.place, 0) == "DE" {
        plan.tax_ids.push(("eu_vat", format!("DE{}", rng.u32(100_000_000..999_999_999))));
    }
}
