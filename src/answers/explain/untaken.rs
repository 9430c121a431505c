//! The words for what was not taken: a charge that was tried, held or given up, an invoice that no charge has paid.

use super::{
    case::{self, Case},
    cause::Cause,
    words::{day_of, plan, the_charge},
};
use crate::{
    model::{Charge, ChargeStatus, InvoiceStatus},
    money::Money,
    text::Untrusted,
};

/// Of what was not taken, or not here; none of what was.
pub(super) fn not_taken(case: &Case<'_>, main: &Cause) -> Option<String> {
    let it = the_charge(case);
    let amount = case.amount().map(|amount| amount.to_string()).unwrap_or_default();
    let method = case.charge.map(Charge::method).unwrap_or_default();
    Some(match main {
        Cause::Failed => {
            let why = case.charge.and_then(|charge| charge.failure_message.as_ref()).map(Untrusted::as_str);
            let why = why
                .filter(|why| !why.is_empty())
                .map(|why| format!(" The bank said: {why}"))
                .unwrap_or_default();
            format!("The payment of {amount} on {} did not go through: nothing was taken.{why}", day_of(case))
        }
        Cause::Held(until) => {
            let until = until.map(|at| format!(" It falls away on {} unless it is taken.", case.day(at)));
            format!(
                "{amount} is only held on {method} since {}: it was not taken.{}",
                day_of(case),
                until.unwrap_or_default()
            )
        }
        Cause::Released => format!(
            "{amount} was held on {method} since {}, and given up: it was not taken, and the line at the bank falls away.",
            day_of(case)
        ),
        Cause::SetupVerification => format!(
            "{amount} was authorised on {} to see whether {method} works: it is no charge, and falls away.",
            day_of(case)
        ),
        Cause::Pending => format!("{it} is on its way: it is not known yet whether it goes through."),
        Cause::Owed => {
            let left = case.invoice.map(|invoice| Money::new(invoice.amount_remaining, invoice.currency));
            let left = left.filter(|left| case.invoice.is_some_and(|invoice| left.minor() != invoice.total));
            let left = left.map(|left| format!(": {left} is still to be paid")).unwrap_or_default();
            format!("{it} for {} is not paid yet{left}.", plan(case))
        }
        Cause::Void => format!("{it} for {} was voided: nothing is owed for it.", plan(case)),
        Cause::WrittenOff => {
            format!(
                "{it} for {} was written off: nobody collects it, though it can still be paid.",
                plan(case)
            )
        }
        Cause::Draft => format!("{it} for {} is a draft: nothing is asked for yet.", plan(case)),
        Cause::PaidOutside(paid) => {
            format!(
                "{it} for {} was marked as paid outside Stripe: {paid}. Nothing was charged for that part.",
                plan(case)
            )
        }
        _ => return None,
    })
}

/// Of a charge that was tried, held or given up.
pub(super) fn is_not_taken(main: &Cause) -> bool {
    matches!(main, Cause::Failed | Cause::Held(_) | Cause::Released | Cause::Pending)
}

/// How the invoice stands that a charge did not pay.
pub(super) fn settled(case: &Case<'_>) -> Option<String> {
    let failed = case.charge.is_some_and(|charge| charge.status == ChargeStatus::Failed);
    let invoice = case.invoice.filter(|_| failed)?;
    let how = match &invoice.status {
        InvoiceStatus::Paid => "was paid otherwise since".to_owned(),
        InvoiceStatus::Open => {
            format!("is still to be paid: {}", Money::new(invoice.amount_remaining, invoice.currency))
        }
        InvoiceStatus::Void => "was voided: nothing is owed for it".to_owned(),
        InvoiceStatus::Uncollectible => "was written off: nobody collects it".to_owned(),
        InvoiceStatus::Draft | InvoiceStatus::Other(_) => return None,
    };
    Some(format!("Invoice {} {how}.", case::title(invoice)))
}
