//! From a draft to paid, void or written off.

use super::{
    super::{
        Args, Done, FieldError, Gate, Moment, Proposal, Sent, Subject, by_step, given::noted, unreadable,
    },
    FINALIZE, PAY, SEND, VOID, WRITE_OFF, remaining,
};
use crate::{
    model::{Invoice, InvoiceStatus, Kind, PaymentMethod},
    money::Money,
    request::Request,
    time::Unix,
};

/// Open, or written off: both can still be paid or declared void.
pub(super) fn payable(subject: &Subject) -> Result<(), String> {
    let invoice = subject.read::<Invoice>().ok_or("select an invoice")?;
    match &invoice.status {
        InvoiceStatus::Open | InvoiceStatus::Uncollectible => Ok(()),
        InvoiceStatus::Draft => Err("it is a draft: finalise it first".into()),
        InvoiceStatus::Paid => Err("it is already paid".into()),
        InvoiceStatus::Void => Err("it is void: nothing is owed".into()),
        InvoiceStatus::Other(_) => Err(format!("it is {}", invoice.status)),
    }
}

pub(super) fn is_draft(subject: &Subject) -> Result<(), String> {
    let invoice = subject.read::<Invoice>().ok_or("select an invoice")?;
    if invoice.status == InvoiceStatus::Draft {
        Ok(())
    } else {
        Err(format!("it is {}: it is final already", invoice.status))
    }
}

pub(super) fn is_open(subject: &Subject) -> Result<(), String> {
    let invoice = subject.read::<Invoice>().ok_or("select an invoice")?;
    if invoice.status == InvoiceStatus::Uncollectible {
        return Err("it is written off already".into());
    }
    payable(subject)
}

pub(super) fn sendable(subject: &Subject) -> Result<(), String> {
    let invoice = subject.read::<Invoice>().ok_or("select an invoice")?;
    payable(subject)?;
    if invoice.collection_method.as_str() == "charge_automatically" {
        return Err(
            "it is charged automatically: Stripe mails only invoices that the customer pays by themselves"
                .into(),
        );
    }
    Ok(())
}

/// The proposal with what all of these say: the amount that is left to pay, and the note.
fn about(
    args: &Args,
    mut proposal: Proposal,
    amount: Money,
    write_off: Option<Money>,
) -> Result<Proposal, FieldError> {
    proposal.amount = Some(amount);
    proposal.terms.write_off = write_off;
    noted(args, proposal)
}

pub(super) fn finalize(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let invoice = subject.named::<Invoice>("invoice", args, is_draft)?;
    // Said although it is the draft's own: what was confirmed is what happens.
    let goes_on = args.flag("auto_advance")?.unwrap_or(invoice.auto_advance);
    let mailed = invoice.collection_method.as_str() == "send_invoice";
    let then = match (goes_on, mailed) {
        (false, _) => "nothing more happens until somebody acts",
        (true, true) => "Stripe mails it to the customer by itself",
        (true, false) => "Stripe charges the customer by itself",
    };
    let due = Money::new(invoice.amount_due, invoice.currency);
    let sentence = format!("finalise invoice {} ({due}): it is owed from now on; {then}", invoice.title());
    let request = Request::post(FINALIZE.endpoint.path, &[invoice.id.as_str()]).with("auto_advance", goes_on);
    about(args, Proposal::of(&FINALIZE, (args, subject), request, sentence), due, None)
}

pub(super) fn pay(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let invoice = subject.named::<Invoice>("invoice", args, payable)?;
    let outside = args.flag("paid_out_of_band")? == Some(true);
    let forgives = args.flag("forgive")? == Some(true);
    let method =
        args.get("payment_method").map(|_| args.any_id("payment_method", Kind::PaymentMethod)).transpose()?;
    let absent = args.flag("off_session")?;
    let charges = method.as_ref().map(|_| "payment_method").or(forgives.then_some("forgive"));
    if let (true, Some(field)) = (outside, charges.or(absent.map(|_| "off_session"))) {
        return Err(FieldError::new(field, "nothing is charged with paid_out_of_band=true: leave it out"));
    }
    let read = subject.other("payment_method").and_then(Subject::read::<PaymentMethod>);
    if let Some(method) = read
        && method.customer_id() != invoice.customer_id()
    {
        return Err(FieldError::new("payment_method", format!("{} is not this customer's", method.id)));
    }
    let left = remaining(invoice);
    let request = Request::post(PAY.endpoint.path, &[invoice.id.as_str()]);
    // Unless it is said, the customer is not there: a bank that wants to see them must say no.
    let request = if outside {
        request.with("paid_out_of_band", true)
    } else {
        request.with("off_session", absent.unwrap_or(true))
    };
    let request =
        request.with_some("payment_method", method.as_ref()).with_some("forgive", forgives.then_some(true));
    let title = invoice.title();
    let with = match (&method, read) {
        (Some(_), Some(read)) => format!(" with {}", read.words()),
        (Some(id), None) => format!(" with {}", crate::text::short_id(&id.id)),
        (None, _) => String::new(),
    };
    let rest = if forgives { "; what is short of it is let go" } else { "" };
    let there =
        if absent == Some(false) { "; the customer is there, to confirm it at their bank" } else { "" };
    let sentence = if outside {
        format!("mark invoice {title} ({left}) paid outside Stripe")
    } else {
        format!("charge {left} for invoice {title} now{with}{rest}{there}")
    };
    let proposal = Proposal::of(&PAY, (args, subject), request, sentence);
    let also = method.map(|_| Gate::PaymentMethod).into_iter().collect();
    about(args, Proposal { also, ..proposal }, left, (outside || forgives).then_some(left))
}

pub(super) fn send(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let invoice = subject.named::<Invoice>("invoice", args, sendable)?;
    let object = subject.value();
    let known = object.get("customer_email");
    if known.is_some_and(|email| email.as_str().is_none_or(str::is_empty)) {
        return Err(FieldError::new("invoice", "the customer has no e-mail address: give them one first"));
    }
    let left = remaining(invoice);
    let test = if invoice.livemode { "" } else { " (in test mode Stripe mails nothing)" };
    let sentence = format!("e-mail invoice {} ({left} to pay) to the customer{test}", invoice.title());
    let request = Request::post(SEND.endpoint.path, &[invoice.id.as_str()]);
    about(args, Proposal::of(&SEND, (args, subject), request, sentence), left, None)
}

pub(super) fn write_off(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let invoice = subject.named::<Invoice>("invoice", args, is_open)?;
    let left = remaining(invoice);
    let sentence = format!(
        "write {left} of invoice {} off: Stripe stops collecting it, the customer can still pay it",
        invoice.title()
    );
    let request = Request::post(WRITE_OFF.endpoint.path, &[invoice.id.as_str()]);
    about(args, Proposal::of(&WRITE_OFF, (args, subject), request, sentence), left, Some(left))
}

pub(super) fn void(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let invoice = subject.named::<Invoice>("invoice", args, payable)?;
    let left = remaining(invoice);
    let sentence = format!("void invoice {} ({left}): the customer does not owe it", invoice.title());
    let request = Request::post(VOID.endpoint.path, &[invoice.id.as_str()]);
    about(args, Proposal::of(&VOID, (args, subject), request, sentence), left, Some(left))
}

/// A payment may still be under way where it is open: it is not said that nothing happened. Where it is paid, the customer
/// may have done that themselves meanwhile: a payment carries no mark of ours.
pub(super) fn paid(sent: &Sent<'_>, object: &Subject) -> Done {
    let Some(invoice) = object.read::<Invoice>() else { return unreadable::<Invoice>(object) };
    let id = &invoice.id;
    if invoice.status != InvoiceStatus::Paid {
        return Done::Unseen(format!("{id} is {}", invoice.status));
    }
    let told = by_step(sent, object, true, "paid", invoice.status_transitions.paid_at);
    let outside = sent.request.param("paid_out_of_band") == Some("true");
    match (told, invoice.amount_paid_off_stripe) {
        (Done::Yes(_), Some(off)) if outside && off > 0 => Done::Yes(None),
        (Done::Yes(_), Some(_)) if outside => {
            Done::Before(format!("{id} was paid through Stripe meanwhile; it was not marked by this"))
        }
        (Done::Yes(_), _) => {
            Done::ByKey(format!("{id} was paid after this was sent, and does not show by whose doing"))
        }
        (told, _) => told,
    }
}

pub(super) fn voided(sent: &Sent<'_>, object: &Subject) -> Done {
    let Some(invoice) = object.read::<Invoice>() else { return unreadable::<Invoice>(object) };
    let over = invoice.status == InvoiceStatus::Void;
    by_step(sent, object, over, &invoice.status.to_string(), invoice.status_transitions.voided_at)
}

pub(super) fn finalized(sent: &Sent<'_>, object: &Subject) -> Done {
    let Some(invoice) = object.read::<Invoice>() else { return unreadable::<Invoice>(object) };
    let over = invoice.status != InvoiceStatus::Draft;
    let status = if over { "final" } else { invoice.status.as_str() };
    by_step(sent, object, over, status, invoice.status_transitions.finalized_at)
}

/// What was written off may be paid or void by now.
pub(super) fn written_off(sent: &Sent<'_>, object: &Subject) -> Done {
    let Some(invoice) = object.read::<Invoice>() else { return unreadable::<Invoice>(object) };
    let at: Option<Unix> = invoice.status_transitions.marked_uncollectible_at;
    let over = invoice.status == InvoiceStatus::Uncollectible || at.is_some();
    by_step(sent, object, over, if over { "written off" } else { invoice.status.as_str() }, at)
}
