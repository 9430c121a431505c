//! Invoices: collecting what is owed, and giving it up.

use super::{
    Action, Answer, Args, Build, Done, Effect, Family, Field, FieldError, FieldKind, Gate, Gives, Moment,
    Proof, Proposal, Reads, Sent, Shown, Subject, Terms, Watch, by_step, post, watch, write,
};
use crate::{
    model::{Invoice, InvoiceId, InvoiceStatus, Kind},
    money::Money,
    request::Request,
};

const INVOICE: Field = Field {
    name: "invoice",
    label: "Invoice",
    kind: FieldKind::Id(Kind::Invoice),
    required: true,
    help: "the invoice; a Dashboard link works too",
    example: "in_1Pgc…",
    param: "invoice",
};

const NOTE: Field = Field {
    name: "note",
    label: "Note",
    kind: FieldKind::Text { most: 400 },
    required: false,
    help: "for colleagues: kept in the audit trail",
    example: "paid by bank transfer on 21 Nov",
    param: "note",
};

const WATCHED: &[Watch] = &[
    watch("status", "status", Shown::Plain),
    watch("total", "total", Shown::Money),
    watch("still to pay", "amount_remaining", Shown::Money),
    watch("paid", "amount_paid", Shown::Money),
    watch("attempts", "attempt_count", Shown::Plain),
    watch("customer", "customer", Shown::Plain),
];

const READS: &[Reads] = &[Reads { field: "invoice", expand: &[], watch: WATCHED }];

pub(super) const ACTIONS: &[Action] = &[
    Action {
        name: "pay_invoice",
        family: Family::Invoices,
        effect: Effect::Money,
        key: Some("p"),
        hint: "collect",
        summary: "Try to collect an open invoice now, or mark it paid outside Stripe",
        endpoint: post("/v1/invoices/{id}/pay"),
        permission: write("invoice"),
        gate: Gate::InvoicesWrite,
        fields: &[
            INVOICE,
            Field {
                name: "paid_out_of_band",
                label: "Outside",
                kind: FieldKind::Bool,
                required: false,
                help: "true: it was paid outside Stripe, and nothing is charged; counts as a write-off",
                example: "false",
                param: "paid_out_of_band",
            },
            NOTE,
        ],
        reads: READS,
        proof: Proof::Object { done: paid, answer: Answer::Itself },
        on: &[Kind::Invoice],
        applies: payable,
        build: Build::Change(pay),
        gives: Gives::One("invoice"),
        refreshes: &[Kind::Invoice, Kind::Charge, Kind::Subscription],
        undo: None,
        metadata: false,
    },
    Action {
        name: "void_invoice",
        family: Family::Invoices,
        effect: Effect::Destructive,
        key: Some("v"),
        hint: "void",
        summary: "Declare a finalised invoice not owed, for good",
        endpoint: post("/v1/invoices/{id}/void"),
        permission: write("invoice"),
        gate: Gate::InvoicesWrite,
        fields: &[INVOICE, NOTE],
        reads: READS,
        proof: Proof::Object { done: voided, answer: Answer::Itself },
        on: &[Kind::Invoice],
        applies: payable,
        build: Build::Change(void),
        gives: Gives::One("invoice"),
        refreshes: &[Kind::Invoice, Kind::Subscription],
        undo: None,
        metadata: false,
    },
];

/// Open, or written off: both can still be paid or declared void.
fn payable(subject: &Subject) -> Result<(), String> {
    let invoice = subject.read::<Invoice>().ok_or("select an invoice")?;
    match &invoice.status {
        InvoiceStatus::Open | InvoiceStatus::Uncollectible => Ok(()),
        InvoiceStatus::Draft => Err("it is a draft: finalise it first".into()),
        InvoiceStatus::Paid => Err("it is already paid".into()),
        InvoiceStatus::Void => Err("it is void: nothing is owed".into()),
        InvoiceStatus::Other(_) => Err(format!("it is {}", invoice.status)),
    }
}

/// The invoice that the arguments name, after it was checked that it is the one which was read.
fn named<'a>(args: &Args, subject: &'a Subject) -> Result<(InvoiceId, &'a Invoice), FieldError> {
    let id = args.id("invoice", InvoiceId::parse)?;
    payable(subject).map_err(|reason| FieldError::new("invoice", reason))?;
    let invoice = subject.read::<Invoice>().ok_or_else(|| FieldError::new("invoice", "select an invoice"))?;
    if invoice.id != id {
        let reason = format!("{id} is not the invoice that was read ({})", invoice.id);
        return Err(FieldError::new("invoice", reason));
    }
    Ok((id, invoice))
}

fn remaining(invoice: &Invoice) -> Money {
    Money::new(invoice.amount_remaining, invoice.currency)
}

fn pay(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let (id, invoice) = named(args, subject)?;
    let outside = args.flag("paid_out_of_band")? == Some(true);
    let note = args.text("note", 400)?;
    let left = remaining(invoice);
    let request = Request::post("/v1/invoices/{id}/pay", &[id.as_str()]);
    // The customer is not there: a bank that wants to see them must say no.
    let request =
        if outside { request.with("paid_out_of_band", true) } else { request.with("off_session", true) };
    let title = invoice.title();
    Ok(Proposal {
        action: "pay_invoice".into(),
        effect: Effect::Money,
        gate: Gate::InvoicesWrite,
        also: Vec::new(),
        args: args.clone(),
        target: id.any(),
        customer: invoice.customer_id().cloned(),
        amount: Some(left),
        terms: Terms { note: note.map(Into::into), write_off: outside.then_some(left), ..Terms::default() },
        sentence: if outside {
            format!("mark invoice {title} ({left}) paid outside Stripe")
        } else {
            format!("charge {left} for invoice {title} now")
        },
        request,
    })
}

fn void(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let (id, invoice) = named(args, subject)?;
    let note = args.text("note", 400)?;
    let left = remaining(invoice);
    Ok(Proposal {
        action: "void_invoice".into(),
        effect: Effect::Destructive,
        gate: Gate::InvoicesWrite,
        also: Vec::new(),
        args: args.clone(),
        target: id.any(),
        customer: invoice.customer_id().cloned(),
        amount: Some(left),
        terms: Terms { note: note.map(Into::into), write_off: Some(left), ..Terms::default() },
        sentence: format!("void invoice {} ({left})", invoice.title()),
        request: Request::post("/v1/invoices/{id}/void", &[id.as_str()]),
    })
}

/// A payment may still be under way where it is open: it is not said that nothing happened. Where it is paid, the customer
/// may have done that themselves meanwhile: a payment carries no mark of ours.
fn paid(sent: &Sent<'_>, object: &Subject) -> Done {
    let Some(invoice) = object.read::<Invoice>() else { return unreadable(object) };
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

fn voided(sent: &Sent<'_>, object: &Subject) -> Done {
    let Some(invoice) = object.read::<Invoice>() else { return unreadable(object) };
    let over = invoice.status == InvoiceStatus::Void;
    by_step(sent, object, over, &invoice.status.to_string(), invoice.status_transitions.voided_at)
}

fn unreadable(object: &Subject) -> Done {
    Done::CannotTell(format!("{} cannot be read as an invoice", object.id()))
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::{model::Record, time::Unix};

    fn invoice(more: &str) -> Subject {
        let base = r#"{"id":"in_1","number":"A-7","status":"open","currency":"usd","total":9900,"amount_remaining":4900,
            "customer":"cus_1""#;
        // A field named twice: the later one counts.
        let json: serde_json::Value = serde_json::from_str(&format!("{base}{more}}}")).unwrap();
        Subject::of(&Record::<Invoice>::parse(json.to_string()).unwrap())
    }

    fn build(action: &str, more: &str, args: &[(&str, &str)]) -> Result<Proposal, String> {
        let args = args
            .iter()
            .fold(Args::default().with("invoice", "in_1"), |all, (name, value)| all.with(name, *value));
        let moment = Moment { now: Unix(0), zone: TimeZone::UTC };
        let action = super::super::find(action).unwrap();
        action.propose(&args, &invoice(more), &moment).map_err(|error| error.to_string())
    }

    #[test]
    fn each_way_to_pay_is_its_own_request() {
        let card = build("pay_invoice", "", &[]).unwrap();
        assert_eq!(card.request.canonical(), "POST /v1/invoices/in_1/pay\noff_session=true");
        assert_eq!(card.sentence, "charge $49.00 for invoice A-7 now");
        assert_eq!(card.terms.write_off, None);
        let cash = build("pay_invoice", "", &[("paid_out_of_band", "true")]).unwrap();
        assert_eq!(cash.request.form(), "paid_out_of_band=true");
        assert_eq!(cash.terms.write_off, cash.amount, "what nobody was charged for is given up");
    }

    #[test]
    fn voiding_gives_up_what_was_still_to_pay() {
        let proposal = build("void_invoice", "", &[("note", "billed twice")]).unwrap();
        assert_eq!(proposal.request.canonical(), "POST /v1/invoices/in_1/void\n");
        assert_eq!(proposal.sentence, "void invoice A-7 ($49.00)");
        assert_eq!(proposal.terms.write_off.unwrap().minor(), 4_900);
        assert_eq!(proposal.terms.note.as_deref(), Some("billed twice"));
    }

    #[test]
    fn the_state_of_the_invoice_decides() {
        for (status, why) in
            [("paid", "already paid"), ("void", "nothing is owed"), ("draft", "finalise it first")]
        {
            let said = payable(&invoice(&format!(r#","status":"{status}""#))).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
        assert!(payable(&invoice(r#","status":"uncollectible""#)).is_ok());
        assert!(
            build("void_invoice", "", &[("invoice", "in_2")])
                .unwrap_err()
                .contains("not the invoice that was read")
        );
    }

    #[test]
    fn what_was_done_is_told_by_the_state_and_its_time() {
        let asked = |action: &str, args: &[_], done: fn(&Sent<'_>, &Subject) -> Done, more: &str| {
            let proposal = build(action, "", args).unwrap();
            let request = &proposal.request;
            let sent = Sent { intent: "int_1", proposal: &proposal, request, since: Unix(100) };
            done(&sent, &invoice(more))
        };
        let told =
            |action: &str, done: fn(&Sent<'_>, &Subject) -> Done, more: &str| asked(action, &[], done, more);
        let paid_at = |at: i64| format!(r#","status":"paid","status_transitions":{{"paid_at":{at}}}"#);
        assert!(
            matches!(told("pay_invoice", paid, &paid_at(100)), Done::ByKey(_)),
            "by a card, but by whom?"
        );
        let outside =
            |off: &str| asked("pay_invoice", &[("paid_out_of_band", "true")], paid, &(paid_at(100) + off));
        assert_eq!(outside(r#","amount_paid_off_stripe":4900"#), Done::Yes(None));
        assert!(
            matches!(outside(r#","amount_paid_off_stripe":0"#), Done::Before(_)),
            "the customer paid by card"
        );
        assert!(matches!(outside(""), Done::ByKey(_)), "a version of Stripe that does not tell");
        assert!(matches!(told("pay_invoice", paid, &paid_at(99)), Done::Before(_)));
        assert!(matches!(told("pay_invoice", paid, ""), Done::Unseen(_)), "it may be on its way");
        let void_at = r#","status":"void","status_transitions":{"voided_at":100}"#;
        assert_eq!(told("void_invoice", voided, void_at), Done::Yes(None));
        assert_eq!(told("void_invoice", voided, ""), Done::No("in_1 is open".into()));
        assert!(matches!(told("void_invoice", voided, r#","status":"void""#), Done::CannotTell(_)));
    }
}
