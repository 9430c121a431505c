//! Credit notes: what is left to credit, where it goes, and taking one back.

use serde_json::Value;

use super::{
    super::{
        Args, Done, FieldError, Gate, Moment, Proposal, Sent, Step, Subject, Terms, by_step,
        given::{METADATA, noted, with_all},
        invoices::remaining,
        unreadable,
    },
    CREATE, MAIL, PREVIEW, REASONS, VOID,
};
use crate::{
    model::{Charge, CreditNote, Invoice, InvoiceStatus, Kind, Refund},
    money::Money,
    request::Request,
    text::{clean, short_id},
    time::Unix,
};

pub(super) fn creditable(subject: &Subject) -> Result<(), String> {
    let invoice = subject.read::<Invoice>().ok_or("select an invoice")?;
    match &invoice.status {
        InvoiceStatus::Open | InvoiceStatus::Paid | InvoiceStatus::Uncollectible => {}
        InvoiceStatus::Draft => return Err("it is a draft: change it instead".into()),
        InvoiceStatus::Void => return Err("it is void: nothing is owed".into()),
        InvoiceStatus::Other(_) => return Err(format!("it is {}", invoice.status)),
    }
    if left(invoice, subject).minor() <= 0 {
        return Err(format!("all of it ({}) is credited already", invoice.money()));
    }
    Ok(())
}

/// What credit notes have left of it.
pub fn left(invoice: &Invoice, subject: &Subject) -> Money {
    let object = subject.value();
    let noted = |name: &str| object.get(name).and_then(Value::as_i64).unwrap_or(0);
    let credited =
        noted("pre_payment_credit_notes_amount").saturating_add(noted("post_payment_credit_notes_amount"));
    Money::new(invoice.total.saturating_sub(credited), invoice.currency)
}

/// A credit note, worked out.
struct Worked {
    total: Money,
    /// What is less to pay.
    lowers: Money,
    refund: Option<Money>,
    credit: Option<Money>,
    outside: Option<Money>,
    linked: Option<Money>,
    /// Given by lines, and so by no amount.
    lines: Vec<(String, String)>,
}

fn work_out(args: &Args, invoice: &Invoice, subject: &Subject) -> Result<Worked, FieldError> {
    let currency = invoice.currency;
    let none = Money::zero(currency);
    let sum = |parts: &[Option<Money>]| {
        parts
            .iter()
            .flatten()
            .try_fold(none, |sum, part| sum.checked_add(*part))
            .map_err(|error| FieldError::new("amount", error))
    };
    let (refund, credit, outside) = (
        args.money("refund_amount", currency)?,
        args.money("credit_amount", currency)?,
        args.money("out_of_band_amount", currency)?,
    );
    let linked = linked(args, subject, invoice)?;
    let parts = sum(&[refund, credit, outside, linked])?;
    let (lines, of_lines) = lines(args, invoice, subject)?.unzip();
    let open = if invoice.status == InvoiceStatus::Paid { none } else { remaining(invoice) };
    let total = match (args.money("amount", currency)?, of_lines) {
        (Some(_), Some(_)) => return Err(FieldError::new("lines", "give an amount, or lines, not both")),
        (Some(amount), None) | (None, Some(amount)) => amount,
        (None, None) if open.is_zero() && !parts.is_zero() => parts,
        (None, None) => {
            return Err(FieldError::new("amount", "give the amount of the note, like 20.00, or lines"));
        }
    };
    let most = left(invoice, subject);
    if total.compare(most).is_none_or(std::cmp::Ordering::is_gt) {
        return Err(FieldError::new(
            "amount",
            format!("{total} is more than can still be credited ({most})"),
        ));
    }
    // First less is to be paid; only what is over was paid, and has to go somewhere.
    let lowers = if total.minor() < open.minor() { total } else { open };
    let over = total.checked_sub(lowers).map_err(|error| FieldError::new("amount", error))?;
    if parts != over {
        let goes = "refund_amount, credit_amount, out_of_band_amount or refund=re_…";
        let reason = if over.is_zero() {
            format!("all of the note, {total}, is taken off what is still to pay: leave {goes} out")
        } else {
            format!(
                "{over} of the note is of what was paid: say where it goes, by {goes}, {over} together and not {parts}"
            )
        };
        let field = if refund.is_some() { "refund_amount" } else { "credit_amount" };
        return Err(FieldError::new(field, reason));
    }
    Ok(Worked { total, lowers, refund, credit, outside, linked, lines: lines.unwrap_or_default() })
}

/// What a refund that was made already has given back: as much of it as the note is for.
fn linked(args: &Args, subject: &Subject, invoice: &Invoice) -> Result<Option<Money>, FieldError> {
    let part = args.money("amount_refunded", invoice.currency)?;
    let wrong_part = |reason: String| FieldError::new("amount_refunded", reason);
    if args.get("refund").is_none() {
        let alone =
            |_| Err(wrong_part("it is a part of a refund: name that refund too (refund=re_…)".into()));
        return part.map_or(Ok(None), alone);
    }
    let id = args.any_id("refund", Kind::Refund)?;
    let wrong = |reason: String| Err(FieldError::new("refund", reason));
    let Some(refund) = subject.other("refund").and_then(Subject::read::<Refund>) else {
        return wrong(format!("{id} has to be read first"));
    };
    if !refund.counts() {
        return wrong(format!("{id} is {}: it gave nothing back", refund.status));
    }
    if refund.currency != invoice.currency {
        return wrong(format!("{id} is in {}, the invoice in {}", refund.currency, invoice.currency));
    }
    let whole = refund.money();
    match part {
        Some(part) if part.minor() <= 0 || part.minor() > whole.minor() => {
            Err(wrong_part(format!("{part} is no part of {id}: it is {whole}")))
        }
        part => Ok(Some(part.unwrap_or(whole))),
    }
}

/// Parameters of lines, and their sum.
type Lines = (Vec<(String, String)>, Money);

/// None where none is given.
fn lines(args: &Args, invoice: &Invoice, subject: &Subject) -> Result<Option<Lines>, FieldError> {
    let pairs = args.pairs("lines")?;
    if pairs.is_empty() {
        return Ok(None);
    }
    let wrong = |reason: String| FieldError::new("lines", reason);
    if invoice.total != invoice.subtotal || subject.value().get("total_taxes").is_some_and(has_any) {
        return Err(wrong(
            "tax or discounts are on the invoice, so lines alone do not tell the sum: give an amount".into(),
        ));
    }
    let (mut params, mut sum) = (Vec::new(), Money::zero(invoice.currency));
    for (at, (id, part)) in pairs.into_iter().enumerate() {
        let Some(line) = invoice.lines.data.iter().find(|line| line.id.as_str() == id) else {
            let known: Vec<_> = invoice.lines.data.iter().map(|line| line.id.as_str()).collect();
            return Err(wrong(format!("{} is no line of it: it has {}", clean(&id), known.join(", "))));
        };
        let whole = Money::new(line.amount, invoice.currency);
        let part = if part.is_empty() {
            whole
        } else {
            Money::parse(&part, invoice.currency).map_err(|error| wrong(format!("{id}: {error}")))?
        };
        if part.minor() > whole.minor() || part.minor() <= 0 {
            return Err(wrong(format!("{part} cannot be credited of {id}: it is {whole}")));
        }
        sum = sum.checked_add(part).map_err(|error| wrong(error.to_string()))?;
        for (name, value) in [
            ("type", "invoice_line_item".to_owned()),
            ("invoice_line_item", id),
            ("amount", part.minor().to_string()),
        ] {
            params.push((format!("lines[{at}][{name}]"), value));
        }
    }
    Ok(Some((params, sum)))
}

fn has_any(list: &Value) -> bool {
    list.as_array().is_some_and(|list| !list.is_empty())
}

/// The parameters that a preview and the note itself have in common.
fn described(
    request: Request,
    (args, moment): (&Args, &Moment),
    invoice: &Invoice,
    worked: &Worked,
) -> Result<Request, FieldError> {
    let minor = |amount: Option<Money>| amount.map(Money::minor);
    let request = request.with("invoice", &invoice.id);
    let request = if worked.lines.is_empty() {
        request.with("amount", worked.total.minor())
    } else {
        with_all(request, worked.lines.clone())
    };
    let linked = args.get("refund").map(|_| args.any_id("refund", Kind::Refund)).transpose()?;
    let part = args.money("amount_refunded", invoice.currency)?;
    Ok(request
        .with_some("refund_amount", minor(worked.refund))
        .with_some("credit_amount", minor(worked.credit))
        .with_some("out_of_band_amount", minor(worked.outside))
        .with_some("refunds[0][refund]", linked)
        .with_some("refunds[0][amount_refunded]", minor(part))
        .with_some("reason", args.choice("reason", REASONS)?)
        .with_some("memo", args.text("memo", 5_000)?)
        .with_some("effective_at", args.when("effective_at", moment)?.map(|at| at.0)))
}

pub(super) fn preview(args: &Args, subject: &Subject, moment: &Moment) -> Result<Request, FieldError> {
    let invoice = subject.named::<Invoice>("invoice", args, creditable)?;
    let worked = work_out(args, invoice, subject)?;
    let request = described(Request::get(PREVIEW.endpoint.path, &[]), (args, moment), invoice, &worked)?;
    let request = request.with_some("email_type", args.choice("email_type", MAIL)?);
    Ok(with_all(request, METADATA.params(args, moment)?))
}

pub(super) fn create(args: &Args, subject: &Subject, moment: &Moment) -> Result<Proposal, FieldError> {
    let invoice = subject.named::<Invoice>("invoice", args, creditable)?;
    let worked = work_out(args, invoice, subject)?;
    if worked.refund.is_some() && subject.others().filter_map(Subject::read::<Charge>).count() > 1 {
        let reason =
            "several payments paid it: refund the one that is meant, and name that refund here (refund=re_…)";
        return Err(FieldError::new("refund_amount", reason));
    }
    let mail = args.choice("email_type", MAIL)?.unwrap_or("credit_note");
    let request = described(Request::post(CREATE.endpoint.path, &[]), (args, moment), invoice, &worked)?;
    // Said although it is Stripe's default: the defaults of an account's version are not ours.
    let request = with_all(request.with("email_type", mail), METADATA.params(args, moment)?);
    let mut proposal = Proposal::of(&CREATE, (args, subject), request, says(invoice, &worked, mail));
    proposal.amount = Some(worked.total);
    let gone =
        [worked.refund, worked.linked].into_iter().flatten().try_fold(worked.total, Money::checked_sub);
    proposal.terms = Terms {
        reason: args.choice("reason", REASONS)?.map(Into::into),
        credit: Some(gone.map_err(|error| FieldError::new("amount", error))?),
        refund: worked.refund,
        ..Terms::default()
    };
    proposal.also = worked.refund.map(|_| Gate::Refund).into_iter().collect();
    noted(args, proposal)
}

fn says(invoice: &Invoice, worked: &Worked, mail: &str) -> String {
    let lowers = Some(worked.lowers).filter(|lowers| !lowers.is_zero());
    let parts: Vec<_> = [
        lowers.map(|amount| format!("the customer pays {amount} less")),
        worked.refund.map(|amount| format!("{amount} go back to the customer")),
        worked.credit.map(|amount| format!("the customer gets {amount} of credit")),
        worked.outside.map(|amount| format!("{amount} were given back outside Stripe")),
        worked.linked.map(|amount| format!("{amount} were refunded already")),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mail = if mail == "none" { "" } else { "; the customer gets it by e-mail" };
    format!("credit {} of invoice {}: {}{mail}", worked.total, invoice.title(), parts.join(", "))
}

pub(super) fn voidable(subject: &Subject) -> Result<(), String> {
    let note = subject.read::<CreditNote>().ok_or("select a credit note")?;
    if note.status.as_str() == "void" {
        return Err("it is void already".into());
    }
    let object = subject.value();
    if object.get("post_payment_amount").and_then(Value::as_i64).unwrap_or(0) > 0 {
        return Err("something of it went back to the customer: that cannot be taken back".into());
    }
    let invoice = note.invoice.as_ref().and_then(|invoice| invoice.object());
    match invoice {
        Some(invoice) if invoice.status != InvoiceStatus::Open => {
            Err(format!("its invoice is {}: a note is taken back only while it is open", invoice.status))
        }
        _ => Ok(()),
    }
}

pub(super) fn void(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let note = subject.named::<CreditNote>("credit_note", args, voidable)?;
    let amount = Money::new(note.amount, note.currency);
    let id = note.id.as_str();
    let sentence =
        format!("take the credit note {} back: the customer owes {amount} more again", short_id(id));
    let request = Request::post(VOID.endpoint.path, &[id]);
    let mut proposal = Proposal::of(&VOID, (args, subject), request, sentence);
    proposal.amount = Some(amount);
    proposal.terms.steps = vec![Step::TakeCreditBack];
    noted(args, proposal)
}

pub(super) fn voided(sent: &Sent<'_>, object: &Subject) -> Done {
    let Some(note) = object.read::<CreditNote>() else {
        return unreadable::<CreditNote>(object);
    };
    let at = object.value().get("voided_at").and_then(Value::as_i64).map(Unix);
    by_step(sent, object, note.status.as_str() == "void", note.status.as_str(), at)
}
