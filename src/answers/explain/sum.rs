//! What a charge consists of: each part with its amount, and a sum that equals the charge, or the difference by its name.

use serde::{Deserialize, Serialize};

use super::{case, case::Case, cause::Cause, tiers};
use crate::{
    model::{Charge, ChargeStatus, Invoice, InvoiceLine, InvoiceStatus, Link, Price, TaxAmount},
    money::{Currency, Money},
    text::Untrusted,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// A period of a subscription.
    Plan,
    Usage,
    OneOff,
    Proration,
    Discount,
    Tax,
    Shipping,
    /// The customer's credit, or what they owed before.
    Balance,
    CreditNote,
    /// Paid by another payment, or outside Stripe.
    PaidOtherwise,
    /// Authorised, and not taken.
    NotTaken,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub kind: PartKind,
    pub amount: Money,
    pub what: String,
    /// Quantity and price, tiers, dates.
    pub detail: String,
}

/// What became of what the parts come to. Only one of them was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stand {
    Charged,
    Tried,
    Pending,
    Held,
    Released,
    Owed,
    Void,
    WrittenOff,
    Draft,
    Unknown,
}

impl Stand {
    pub fn word(self) -> &'static str {
        match self {
            Self::Charged => "charged",
            Self::Tried => "tried, not taken",
            Self::Pending => "on its way",
            Self::Held => "held, not taken",
            Self::Released => "released, not taken",
            Self::Owed => "still to be paid",
            Self::Void => "void, not owed",
            Self::WrittenOff => "written off",
            Self::Draft => "not asked for yet",
            Self::Unknown => "in a state that is not known here",
        }
    }

    fn of(case: &Case<'_>) -> Self {
        match (case.charge, case.invoice) {
            (Some(charge), _) => match &charge.status {
                ChargeStatus::Failed => Self::Tried,
                ChargeStatus::Pending => Self::Pending,
                ChargeStatus::Succeeded if charge.captured => Self::Charged,
                ChargeStatus::Succeeded if charge.is_released() => Self::Released,
                ChargeStatus::Succeeded => Self::Held,
                ChargeStatus::Other(_) => Self::Unknown,
            },
            (None, Some(invoice)) => match &invoice.status {
                InvoiceStatus::Paid => Self::Charged,
                InvoiceStatus::Open => Self::Owed,
                InvoiceStatus::Void => Self::Void,
                InvoiceStatus::Uncollectible => Self::WrittenOff,
                InvoiceStatus::Draft => Self::Draft,
                InvoiceStatus::Other(_) => Self::Unknown,
            },
            (None, None) => Self::Unknown,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    pub parts: Vec<Part>,
    /// Of the parts.
    pub total: Money,
    /// What the parts are to come to; whether it was taken says `stand`.
    pub charged: Money,
    pub stand: Stand,
    /// What the parts do not explain; zero where they explain all.
    pub rest: Money,
    /// Tax that the amounts include already.
    pub tax_included: Option<Money>,
    /// Given back since.
    pub refunded: Option<Money>,
}

impl Sum {
    pub fn adds_up(&self) -> bool {
        self.rest.is_zero()
    }
}

/// None where nothing tells what it consists of.
pub(super) fn sum(case: &Case<'_>) -> Option<Sum> {
    let charged = asked(case)?;
    let parts = match case.invoice {
        Some(invoice) => as_it_was(case, of_invoice(case, invoice)),
        None => of_charge(case),
    };
    let total = Money::new(total(&parts), charged.currency());
    let same = parts.iter().all(|part| part.amount.currency() == charged.currency());
    let rest = if same { charged.checked_sub(total).unwrap_or(charged) } else { charged };
    let included = case.invoice.map_or(0, |invoice| taxes(invoice, false));
    // A hold that was given up is booked as if it were refunded.
    let taken = case.charge.filter(|charge| charge.captured);
    let refunded = taken.map(Charge::refunded_money).filter(|money| !money.is_zero());
    let tax_included = (included != 0).then(|| Money::new(included, charged.currency()));
    Some(Sum { parts, total, charged, stand: Stand::of(case), rest, tax_included, refunded })
}

fn total(parts: &[Part]) -> i64 {
    parts.iter().map(|part| part.amount.minor()).fold(0, i64::saturating_add)
}

/// What a charge took or was to take; of an invoice without one, what was or is to be paid by one.
fn asked(case: &Case<'_>) -> Option<Money> {
    let Some(invoice) = case.invoice.filter(|_| case.charge.is_none()) else { return case.amount() };
    let minor = match &invoice.status {
        InvoiceStatus::Open => invoice.amount_remaining,
        _ => invoice.amount_due.saturating_sub(invoice.amount_paid_off_stripe.unwrap_or(0)),
    };
    Some(Money::new(minor, invoice.currency))
}

/// A charge that was not taken asked for what the invoice came to then: credit notes and payments that came later lowered what is
/// left of it since, and are no part of the charge.
fn as_it_was(case: &Case<'_>, parts: Vec<Part>) -> Vec<Part> {
    let Some(charge) = case.charge.filter(|charge| charge.status != ChargeStatus::Succeeded) else {
        return parts;
    };
    let later: [&[PartKind]; 4] = [
        &[],
        &[PartKind::CreditNote],
        &[PartKind::PaidOtherwise],
        &[PartKind::CreditNote, PartKind::PaidOtherwise],
    ];
    let without = |later: &&[PartKind]| {
        parts.iter().filter(|part| !later.contains(&part.kind)).cloned().collect::<Vec<_>>()
    };
    let then = later.iter().map(without).find(|parts| total(parts) == charge.amount);
    then.unwrap_or(parts)
}

/// Taxes on top, or those that the amounts include.
pub(super) fn taxes(invoice: &Invoice, on_top: bool) -> i64 {
    let counted = |tax: &&TaxAmount| (tax.tax_behavior.as_str() == "inclusive") != on_top;
    invoice.total_taxes.iter().filter(counted).map(|tax| tax.amount).fold(0, i64::saturating_add)
}

pub(super) fn discounts(invoice: &Invoice) -> i64 {
    invoice.total_discount_amounts.iter().map(|off| off.amount).fold(0, i64::saturating_add)
}

/// A charge that paid no invoice is one thing.
fn of_charge(case: &Case<'_>) -> Vec<Part> {
    let Some(charge) = case.charge else { return Vec::new() };
    let says = |text: Option<&Untrusted>| text.filter(|text| !text.is_empty()).map(ToString::to_string);
    let intent = || case.intent.and_then(|intent| says(intent.description.as_ref()));
    let what = says(charge.description.as_ref()).or_else(intent).unwrap_or_else(|| "payment".into());
    let mut parts =
        vec![Part { kind: PartKind::OneOff, amount: charge.money(), what, detail: String::new() }];
    let not_taken = charge.captured_money().checked_sub(charge.money());
    if let Ok(less) = not_taken
        && charge.captured
        && charge.status == ChargeStatus::Succeeded
        && !less.is_zero()
    {
        let detail = format!("of {} that were authorised", charge.money());
        parts.push(Part { kind: PartKind::NotTaken, amount: less, what: "not taken".into(), detail });
    }
    parts
}

fn of_invoice(case: &Case<'_>, invoice: &Invoice) -> Vec<Part> {
    let currency = invoice.currency;
    let mut parts: Vec<Part> = case.lines.iter().map(|line| of_line(case, line)).collect();
    let mut add = |kind: PartKind, minor: i64, what: String, detail: String| {
        if minor != 0 {
            parts.push(Part { kind, amount: Money::new(minor, currency), what, detail });
        }
    };
    for off in &invoice.total_discount_amounts {
        let (what, detail) = discount_words(case, off.discount.as_ref());
        add(PartKind::Discount, off.amount.saturating_neg(), what, detail);
    }
    add(PartKind::Shipping, invoice.amount_shipping, "shipping".into(), String::new());
    add(PartKind::Tax, taxes(invoice, true), "tax".into(), String::new());
    let applied = applied_balance(invoice);
    let what = if applied < 0 { "credit balance applied" } else { "owed from before" };
    let after = invoice.ending_balance.unwrap_or(0);
    let left = Money::new(after.saturating_neg(), currency);
    let detail = if after < 0 { format!("{left} of it is left") } else { String::new() };
    add(PartKind::Balance, applied, what.into(), detail);
    add(
        PartKind::CreditNote,
        invoice.pre_payment_credit_notes_amount.saturating_neg(),
        "credit note".into(),
        "issued before it was paid".into(),
    );
    let otherwise = paid_otherwise(case, invoice);
    add(
        PartKind::PaidOtherwise,
        otherwise.saturating_neg(),
        "paid otherwise".into(),
        "by another payment".into(),
    );
    let outside = invoice.amount_paid_off_stripe.unwrap_or(0);
    add(PartKind::PaidOtherwise, outside.saturating_neg(), "paid outside Stripe".into(), String::new());
    parts
}

/// How an invoice moved the customer's balance: below zero where credit paid for it.
pub(super) fn applied_balance(invoice: &Invoice) -> i64 {
    let Some(ending) = invoice.ending_balance else {
        // A draft or a preview takes what it can when it is finalised.
        let most = invoice.total.max(0).saturating_neg();
        return invoice.starting_balance.max(most);
    };
    invoice.starting_balance.saturating_sub(ending)
}

/// By payments other than the one that is explained. A second payment of all of it is none: that is paid twice.
fn paid_otherwise(case: &Case<'_>, invoice: &Invoice) -> i64 {
    let Some(charge) = case.charge else {
        // What is left of an open one tells what was paid of it.
        let outside = invoice.amount_paid_off_stripe.unwrap_or(0);
        let paid = invoice.amount_due.saturating_sub(invoice.amount_remaining).saturating_sub(outside);
        return if invoice.status == InvoiceStatus::Open { paid.max(0) } else { 0 };
    };
    let own = case::payment_by(case.bag, charge).map(|payment| &payment.id);
    let others = case::payments_of(case.bag, &invoice.id)
        .filter(|payment| Some(&payment.id) != own && payment.status.as_str() == "paid");
    let sum: i64 = others.filter_map(|payment| payment.amount_paid).fold(0, i64::saturating_add);
    let due = invoice.amount_due.max(0);
    // Of what failed nothing was.
    let failed = charge.status == ChargeStatus::Failed;
    let taken = if failed { 0 } else { charge.captured_money().minor() };
    if taken.saturating_add(sum) <= due { sum } else { 0 }
}

fn discount_words(
    case: &Case<'_>,
    link: Option<&Link<crate::model::DiscountId, crate::model::Discount>>,
) -> (String, String) {
    let known = |id: &crate::model::DiscountId| {
        let links = case.subscription.map(|row| &row.discounts);
        links.into_iter().flatten().filter_map(Link::object).find(|discount| discount.id == *id)
    };
    let discount = match link {
        Some(Link::Object(discount)) => Some(&**discount),
        Some(Link::Id(id)) => known(id),
        None => None,
    };
    let coupon = discount.and_then(|found| found.source.coupon.as_ref()?.object());
    let Some(coupon) = coupon else { return ("discount".into(), String::new()) };
    let name = coupon.name.as_ref().map(Untrusted::as_str).filter(|name| !name.is_empty());
    (format!("discount {}", name.unwrap_or(coupon.id.as_str())), coupon.words())
}

fn of_line(case: &Case<'_>, line: &InvoiceLine) -> Part {
    let price = case.price_of(line);
    let metered = price.is_some_and(Price::is_metered);
    let kind = match () {
        () if line.is_proration() => PartKind::Proration,
        () if metered => PartKind::Usage,
        () if line.is_regular() => PartKind::Plan,
        () => PartKind::OneOff,
    };
    let period = (line.period.start, line.period.end);
    let dates = (period.0 != period.1 && period.1.0 > 0)
        .then(|| format!("{} – {}", case.day(period.0), case.day(period.1)));
    let counted = match kind {
        PartKind::Proration => line.description.as_ref().map(ToString::to_string),
        _ => tiers::words(line, price).or_else(|| each(line, line.currency)),
    };
    let detail = [counted, dates].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let what = match kind {
        PartKind::OneOff => line.description.as_ref().map_or_else(|| case.name_of(line), ToString::to_string),
        _ => case.name_of(line),
    };
    Part { kind, amount: Money::new(line.amount, line.currency), what, detail }
}

/// `3 × $49.00`, where that is what the line comes to.
fn each(line: &InvoiceLine, currency: Currency) -> Option<String> {
    let unit = unit_amount(line)?;
    let quantity = line.quantity?;
    (quantity != 1 && unit.checked_mul(quantity)? == line.amount)
        .then(|| format!("{quantity} × {}", Money::new(unit, currency)))
}

/// Whole minor units; none where a unit costs parts of one.
pub(super) fn unit_amount(line: &InvoiceLine) -> Option<i64> {
    let decimal = line.pricing.as_ref()?.unit_amount_decimal.as_ref()?.as_str();
    let whole = match decimal.split_once('.') {
        Some((whole, zeros)) if zeros.bytes().all(|byte| byte == b'0') => whole,
        Some(_) => return None,
        None => decimal,
    };
    whole.parse().ok()
}

/// The tax is another share of what it is taken from.
pub(super) fn tax_moved(invoice: &Invoice, before: &Invoice) -> Option<Cause> {
    let of = |invoice: &Invoice| {
        let tax = taxes(invoice, true).saturating_add(taxes(invoice, false));
        let base = invoice.subtotal.saturating_sub(discounts(invoice));
        (tax, base)
    };
    let ((tax, base), (tax_before, base_before)) = (of(invoice), of(before));
    let (now, then) = (
        i128::from(tax).saturating_mul(i128::from(base_before)),
        i128::from(tax_before).saturating_mul(i128::from(base)),
    );
    // Each side was rounded to whole units: less than that apart is the same rate.
    let rounding = i128::from(base.max(base_before)).saturating_mul(2);
    let money = |minor: i64| Money::new(minor, invoice.currency);
    (now.saturating_sub(then).abs() > rounding && base > 0 && base_before > 0)
        .then(|| Cause::TaxChange { from: money(tax_before), to: money(tax) })
}

pub(super) fn discount_went(invoice: &Invoice, before: &Invoice) -> Option<Cause> {
    let (now, then) = (discounts(invoice), discounts(before));
    (then > 0 && now == 0).then(|| Cause::DiscountExpired(Money::new(then, invoice.currency)))
}
