//! Giving money back, and calling a refund back.

use serde_json::Value;

use super::{
    super::{
        Args, FieldError, Moment, Proposal, Step, Subject,
        given::{METADATA, email, noted, with_all},
    },
    CANCEL_REFUND, REFUND_CHARGE, REFUND_REASONS,
};
use crate::{
    model::{Charge, ChargeStatus, Refund, RefundStatus},
    request::Request,
    text,
};

pub(super) fn can_be_called_back(subject: &Subject) -> Result<(), String> {
    let refund = subject.read::<Refund>().ok_or("select a refund")?;
    match &refund.status {
        RefundStatus::RequiresAction => Ok(()),
        RefundStatus::Canceled => Err("it is already cancelled".into()),
        RefundStatus::Failed => Err("it failed: the money is back in the balance".into()),
        RefundStatus::Succeeded => Err("it is done: money that was sent cannot be called back".into()),
        RefundStatus::Pending => {
            Err("it is on its way to the bank: it cannot be called back any more".into())
        }
        RefundStatus::Other(_) => Err(format!("it is {}", refund.status)),
    }
}

/// It names no amount: what does not leave counts against no cap.
pub(super) fn call_back(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let refund = subject.named::<Refund>("refund", args, can_be_called_back)?;
    let id = refund.id.as_str();
    let sentence =
        format!("call back the refund {}: the customer does not get {}", text::short_id(id), refund.money());
    let request = Request::post(CANCEL_REFUND.endpoint.path, &[id]);
    let mut proposal = Proposal::of(&CANCEL_REFUND, (args, subject), request, sentence);
    proposal.terms.steps = vec![Step::CallRefundBack];
    noted(args, proposal)
}

pub(super) fn refundable(subject: &Subject) -> Result<(), String> {
    let charge = subject.read::<Charge>().ok_or("select a charge")?;
    if charge.status == ChargeStatus::Failed {
        return Err("the payment failed: nothing was taken".into());
    }
    if charge.status == ChargeStatus::Pending {
        return Err("the payment is still pending: it can be refunded once it has gone through".into());
    }
    if !charge.captured {
        return Err("the money is only held: cancel the payment instead".into());
    }
    if charge.refunded || charge.left_to_refund().is_zero() {
        return Err(format!("{} is already refunded in full", charge.money()));
    }
    Ok(())
}

pub(super) fn refund(args: &Args, subject: &Subject, moment: &Moment) -> Result<Proposal, FieldError> {
    let charge = subject.named::<Charge>("charge", args, refundable)?;
    let left = charge.left_to_refund();
    let amount = args.money("amount", charge.currency)?.unwrap_or(left);
    if amount.compare(left).is_none_or(std::cmp::Ordering::is_gt) {
        return Err(FieldError::new("amount", format!("{amount} is more than is left to refund ({left})")));
    }
    let reason = args.choice("reason", REFUND_REASONS)?;
    let email = email("instructions_email", args)?;
    // The amount is always sent, so that what was confirmed is what is asked for, whatever happened meanwhile.
    let request = Request::post(REFUND_CHARGE.endpoint.path, &[])
        .with("charge", &charge.id)
        .with("amount", amount.minor())
        .with_some("reason", reason)
        .with_some("instructions_email", email);
    let request = with_all(request, METADATA.params(args, moment)?);
    let mut proposal = Proposal::of(&REFUND_CHARGE, (args, subject), request, sentence(charge, amount));
    proposal.amount = Some(amount);
    proposal.terms.reason = reason.map(Into::into);
    proposal.terms.partial = Some(amount != left);
    noted(args, proposal)
}

/// What a refund's status says beyond "done".
pub(super) fn refund_says(refund: &Value) -> Option<String> {
    let refund: Refund = serde::Deserialize::deserialize(refund).ok()?;
    let why = |reason: &Option<text::Untrusted>| {
        reason.as_ref().map(|reason| format!(": {}", reason.as_str().replace('_', " "))).unwrap_or_default()
    };
    match &refund.status {
        RefundStatus::Failed => Some(format!(
            "Stripe made the refund and it failed{}; the money is back in the balance",
            why(&refund.failure_reason)
        )),
        RefundStatus::Canceled => Some("the refund was cancelled at Stripe".into()),
        RefundStatus::Pending => Some(format!("pending at Stripe{}", why(&refund.pending_reason))),
        RefundStatus::RequiresAction => Some("Stripe asked the customer where to send it".into()),
        RefundStatus::Succeeded | RefundStatus::Other(_) => None,
    }
}

pub(super) fn sentence(charge: &Charge, amount: crate::money::Money) -> String {
    let method = charge.method();
    let to = if method.is_empty() { String::new() } else { format!(" to {method}") };
    format!("refund {amount} of {}{to}", text::short_id(charge.id.as_str()))
}
