//! What a charge was: the one thing that answers "why", and what went along with it.

use serde::{Deserialize, Serialize};

use super::{case, case::Case, changes, sum, twin, words};
use crate::{
    answers::want::Want,
    model::{
        Charge, ChargeId, ChargeStatus, Invoice, InvoiceLine, InvoiceStatus, PaymentIntentStatus, Price,
    },
    money::Money,
    text::Untrusted,
    time::{DAY_S, HOUR_S, Unix},
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    FirstPayment,
    Renewal,
    /// The price of the same thing moved.
    PriceChange {
        from: Money,
        to: Money,
    },
    QuantityChange {
        from: i64,
        to: i64,
        /// Of what.
        of: String,
    },
    /// Another plan, with prorations where it came within a period.
    Upgrade {
        from: String,
        to: String,
        /// A new period began with it at once.
        #[serde(default)]
        anew: bool,
    },
    TrialEnd,
    Usage(Money),
    /// Bought once, or added to an invoice.
    OneOff,
    ManualInvoice,
    /// It went through after so many attempts that did not.
    Retry(usize),
    /// Authorised first, taken later; when, where that is known.
    LateCapture(Option<Unix>),
    /// Money was asked for to see whether a card works; nothing was taken.
    SetupVerification,
    TaxChange {
        from: Money,
        to: Money,
    },
    DiscountExpired(Money),
    /// What the customer saw, in their own currency.
    CurrencyDifference(Money),
    PaidOutside(Money),
    /// Likely the same payment a second time.
    Duplicate(ChargeId),
    /// It did not go through: nothing was taken.
    Failed,
    /// Authorised, not taken; until when, where that is known.
    Held(Option<Unix>),
    /// Authorised, and given up without being taken.
    Released,
    Pending,
    /// The invoice is not paid yet.
    Owed,
    /// The invoice was voided: nothing is owed.
    Void,
    /// The invoice was written off: nobody collects it.
    WrittenOff,
    /// The invoice is not the customer's yet.
    Draft,
    /// Several charges that a bank shows as one line.
    Merged(usize),
    /// There is no such charge.
    NotOurs,
    Unknown,
}

impl Cause {
    /// As JSON and tests call it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::FirstPayment => "first_payment",
            Self::Renewal => "renewal",
            Self::PriceChange { .. } => "price_change",
            Self::QuantityChange { .. } => "quantity_change",
            Self::Upgrade { .. } => "upgrade",
            Self::TrialEnd => "trial_end",
            Self::Usage(_) => "usage",
            Self::OneOff => "one_off",
            Self::ManualInvoice => "manual_invoice",
            Self::Retry(_) => "retry",
            Self::LateCapture(_) => "late_capture",
            Self::SetupVerification => "setup_verification",
            Self::TaxChange { .. } => "tax_change",
            Self::DiscountExpired(_) => "discount_expired",
            Self::CurrencyDifference(_) => "currency_difference",
            Self::PaidOutside(_) => "paid_outside",
            Self::Duplicate(_) => "duplicate",
            Self::Failed => "failed",
            Self::Held(_) => "held",
            Self::Released => "released",
            Self::Pending => "pending",
            Self::Owed => "owed",
            Self::Void => "void",
            Self::WrittenOff => "written_off",
            Self::Draft => "draft",
            Self::Merged(_) => "merged",
            Self::NotOurs => "not_ours",
            Self::Unknown => "unknown",
        }
    }
}

/// The answer first. Never empty.
pub(super) fn causes(case: &Case<'_>) -> Vec<Cause> {
    let mut causes: Vec<Cause> = Vec::new();
    causes.extend(case.charge.and_then(|charge| not_taken(case, charge)));
    causes.extend(case.charge.and_then(|charge| twin::duplicate(case, charge)).map(Cause::Duplicate));
    causes.extend(case.invoice.filter(|_| case.charge.is_none()).into_iter().flat_map(not_charged));
    match case.invoice {
        Some(invoice) => causes.extend(of_invoice(case, invoice)),
        None if is_unread(case) => {}
        None => causes.push(Cause::OneOff),
    }
    causes.extend(circumstances(case));
    if causes.is_empty() {
        causes.push(Cause::Unknown);
    }
    causes
}

/// Whether it paid an invoice could not be read: nobody knows what it was for.
fn is_unread(case: &Case<'_>) -> bool {
    let intent = case.charge.and_then(Charge::payment_intent_id);
    intent.is_some_and(|intent| case.bag.why_not(&Want::PaidBy(intent.clone())).is_some())
}

/// Nothing was taken, or not yet.
fn not_taken(case: &Case<'_>, charge: &Charge) -> Option<Cause> {
    match &charge.status {
        ChargeStatus::Failed => Some(Cause::Failed),
        ChargeStatus::Pending => Some(Cause::Pending),
        ChargeStatus::Succeeded if !charge.captured => {
            let verifies = case.invoice.is_none() && verifies(charge.money()) && says_nothing(case, charge);
            let given_up = case.intent.is_some_and(|intent| intent.status == PaymentIntentStatus::Canceled);
            let until = charge.card().and_then(|card| card.capture_before);
            Some(match () {
                () if verifies => Cause::SetupVerification,
                () if given_up || charge.is_released() => Cause::Released,
                () => Cause::Held(until),
            })
        }
        ChargeStatus::Succeeded | ChargeStatus::Other(_) => None,
    }
}

/// So little is asked for to see whether a card works: up to two of a currency's units that have cents. Where the smallest coin is
/// the unit, or a unit is worth several of others, next to nothing.
pub(super) fn verifies(money: Money) -> bool {
    let most = match money.currency().exponent() {
        Some(2) => 200,
        Some(0) => 2,
        Some(_) => 10,
        None => 0,
    };
    (0..=most).contains(&money.minor())
}

/// A payment for something says what for.
fn says_nothing(case: &Case<'_>, charge: &Charge) -> bool {
    let texts = [charge.description.as_ref(), case.intent.and_then(|intent| intent.description.as_ref())];
    texts.into_iter().flatten().all(Untrusted::is_empty) && words::ordered(case).is_none()
}

/// How an invoice stands that no charge has paid.
fn not_charged(invoice: &Invoice) -> Vec<Cause> {
    let outside = invoice.amount_paid_off_stripe.unwrap_or(0);
    let outside = (outside > 0).then(|| Cause::PaidOutside(Money::new(outside, invoice.currency)));
    let stands = match &invoice.status {
        InvoiceStatus::Open => Some(Cause::Owed),
        InvoiceStatus::Void => Some(Cause::Void),
        InvoiceStatus::Uncollectible => Some(Cause::WrittenOff),
        InvoiceStatus::Draft => Some(Cause::Draft),
        InvoiceStatus::Paid | InvoiceStatus::Other(_) => None,
    };
    let tried = stands.is_some() && invoice.attempt_count > 0;
    stands.into_iter().chain(outside).chain(tried.then_some(Cause::Failed)).collect()
}

fn of_invoice(case: &Case<'_>, invoice: &Invoice) -> Vec<Cause> {
    let mut causes = match invoice.billing_reason.as_str() {
        "subscription_create" => vec![Cause::FirstPayment],
        "subscription_cycle" | "subscription" => cycle(case, invoice),
        "subscription_update" => update(case),
        "subscription_threshold" => usage(case).into_iter().collect(),
        _ if invoice.subscription_id().is_some() => vec![Cause::Renewal],
        _ => vec![Cause::ManualInvoice],
    };
    let with_items = invoice.subscription_id().is_some() && case.one_off().any(|line| line.amount != 0);
    if with_items {
        causes.push(Cause::OneOff);
    }
    if causes.is_empty() {
        causes.push(Cause::Unknown);
    }
    causes
}

/// A new period: why it came to another amount than the one before, and then that it is one.
fn cycle(case: &Case<'_>, invoice: &Invoice) -> Vec<Cause> {
    let mut causes = Vec::new();
    if trial_ended(case) {
        causes.push(Cause::TrialEnd);
    } else if let Some(before) = case.before {
        causes.extend(moved(case, before));
        causes.extend(sum::tax_moved(invoice, before));
        causes.extend(sum::discount_went(invoice, before));
    }
    if case.prorations().next().is_some() {
        causes.extend(update(case));
    }
    causes.extend(usage(case));
    // What is used up is the answer only where nothing else is on it.
    let only_usage = case.regular().all(|line| is_metered(case, line) || line.amount == 0);
    if only_usage && matches!(causes.first(), Some(Cause::Usage(_))) {
        causes.push(Cause::Renewal);
    } else if matches!(causes.first(), Some(Cause::Usage(_)) | None) {
        causes.insert(0, Cause::Renewal);
    } else {
        causes.push(Cause::Renewal);
    }
    causes
}

/// The period that is paid for begins where the trial ended.
fn trial_ended(case: &Case<'_>) -> bool {
    let Some(end) = case.subscription.and_then(|subscription| subscription.trial_end) else { return false };
    case.regular().any(|line| line.period.start.since(end).abs() <= HOUR_S)
}

/// The same item in the invoice before, or the same product where items are not told apart.
fn twin<'a>(case: &Case<'a>, before: &'a Invoice, line: &InvoiceLine) -> Option<&'a InvoiceLine> {
    let lines = || case.bag.lines(before).into_iter().filter(|other| other.is_regular());
    let by_item =
        case::item_of(line).and_then(|item| lines().find(|other| case::item_of(other) == Some(item)));
    by_item.or_else(|| lines().find(|other| other.product_id() == line.product_id()))
}

/// Another price, another quantity, another plan.
fn moved<'a>(case: &Case<'a>, before: &'a Invoice) -> Vec<Cause> {
    let mut causes = Vec::new();
    for line in case.regular().filter(|line| !is_metered(case, line)) {
        let Some(other) = twin(case, before, line) else { continue };
        if line.product_id() != other.product_id() {
            causes.push(upgrade(case.name_of(other), case.name_of(line)));
            continue;
        }
        let money = |minor: i64| Money::new(minor, line.currency);
        match (sum::unit_amount(other), sum::unit_amount(line)) {
            (Some(from), Some(to)) if from != to => {
                causes.push(Cause::PriceChange { from: money(from), to: money(to) });
            }
            _ => {}
        }
        match (other.quantity, line.quantity) {
            (Some(from), Some(to)) if from != to => {
                causes.push(Cause::QuantityChange { from, to, of: case.name_of(line) });
            }
            _ => {}
        }
    }
    causes
}

fn is_metered(case: &Case<'_>, line: &InvoiceLine) -> bool {
    case.price_of(line).is_some_and(Price::is_metered)
}

fn usage(case: &Case<'_>) -> Option<Cause> {
    used(case).map(Cause::Usage)
}

/// What of it is for usage; none where nothing is.
pub(super) fn used(case: &Case<'_>) -> Option<Money> {
    let lines = case.regular().filter(|line| is_metered(case, line) && line.amount > 0);
    let sum = lines.map(|line| line.amount).fold(0, i64::saturating_add);
    (sum > 0).then(|| Money::new(sum, case.invoice.map(|invoice| invoice.currency).unwrap_or_default()))
}

fn upgrade(from: String, to: String) -> Cause {
    Cause::Upgrade { from, to, anew: false }
}

/// A change within a period: of the number, of the price, or of the plan.
fn update(case: &Case<'_>) -> Vec<Cause> {
    let (back, forth) = changes::sides(case);
    let mut causes = Vec::new();
    for line in &forth {
        let same_item = |other: &&&InvoiceLine| {
            case::item_of(other).is_some() && case::item_of(other) == case::item_of(line)
        };
        let other = back.iter().find(same_item).or_else(|| back.first());
        causes.extend(match other {
            None => Some(upgrade(String::new(), case.name_of(line))),
            Some(other) if other.product_id() != line.product_id() => {
                Some(upgrade(case.name_of(other), case.name_of(line)))
            }
            Some(other) => {
                match (other.quantity, line.quantity, sum::unit_amount(other), sum::unit_amount(line)) {
                    (Some(from), Some(to), _, _) if from != to => {
                        Some(Cause::QuantityChange { from, to, of: case.name_of(line) })
                    }
                    (_, _, Some(from), Some(to)) if from != to => {
                        let money = |minor: i64| Money::new(minor, line.currency);
                        Some(Cause::PriceChange { from: money(from), to: money(to) })
                    }
                    _ => Some(upgrade(case.name_of(other), case.name_of(line))),
                }
            }
        });
    }
    causes.dedup();
    // Only credit came of it, or a new period that began at once.
    if causes.is_empty() {
        let plan = || case.plan().unwrap_or_default();
        let from = back.first().map(|line| case.name_of(line)).unwrap_or_default();
        causes.push(match changes::begun(case) {
            _ if back.is_empty() => Cause::Renewal,
            Some((old, new)) => Cause::Upgrade { from: case.name_of(old), to: case.name_of(new), anew: true },
            None => upgrade(from, plan()),
        });
    }
    causes
}

/// What went along with it, whatever it was for.
fn circumstances(case: &Case<'_>) -> Vec<Cause> {
    let mut causes = Vec::new();
    if let Some(charge) = case.charge {
        let failed = case.failed_before().len();
        let attempts = case.invoice.map_or(0, |invoice| usize::try_from(invoice.attempt_count).unwrap_or(0));
        let tries = failed.max(attempts.saturating_sub(1));
        if tries > 0 && charge.status == ChargeStatus::Succeeded {
            causes.push(Cause::Retry(tries));
        }
        if charge.captured && is_manual_capture(case) {
            causes.push(Cause::LateCapture(captured_at(charge)));
        }
        if let Some(shown) = &charge.presentment_details
            && shown.presentment_currency != charge.currency
        {
            let money = Money::new(shown.presentment_amount, shown.presentment_currency);
            causes.push(Cause::CurrencyDifference(money));
        }
    }
    if let Some(invoice) = case.invoice {
        let outside = invoice.amount_paid_off_stripe.unwrap_or(0);
        if outside > 0 && case.charge.is_some() {
            causes.insert(0, Cause::PaidOutside(Money::new(outside, invoice.currency)));
        }
    }
    causes
}

fn is_manual_capture(case: &Case<'_>) -> bool {
    case.intent.is_some_and(|intent| intent.capture_method.as_str() == "manual")
}

/// Only where the movement of the balance came with the charge, and on another day.
fn captured_at(charge: &Charge) -> Option<Unix> {
    let booked = charge.balance_transaction.as_ref()?.object()?;
    (booked.created.since(charge.created) >= DAY_S).then_some(booked.created)
}
