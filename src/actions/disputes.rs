//! Disputes: what is said to the bank, and when it is said for good.

use super::{
    Action, Answer, Args, Build, Choice, Done, Effect, Family, Field, FieldError, FieldKind, Gate, Gives,
    IN_PATH, Moment, Proof, Proposal, READ, Reads, SINCE, Sent, Shown, Step, Subject, UNTIL, Watch, by_mark,
    by_state,
    evidence::{self, file},
    get,
    given::{LINE, METADATA, NOTE, noted, with_all},
    post, read, unreadable, watch, write,
};
use crate::{
    model::{Dispute, DisputeStatus as Status, Kind},
    request::Request,
    text::short_id,
};

const TEXT: FieldKind = FieldKind::Text { most: 20_000 };
/// What is typed to hand evidence in.
const SUBMIT_WORD: &str = "submit";

const DISPUTE: Field = Field::new("dispute", "Dispute", FieldKind::Id(Kind::Dispute))
    .required()
    .help("the dispute; a Dashboard link works too", "du_1Pgc…")
    .param(IN_PATH);

/// Who hands it in.
const SUBMISSION: &[Choice] = &[
    Choice { value: "manual", says: "by hand" },
    Choice { value: "prefer_manual", says: "by hand, by Stripe if nobody does" },
    Choice { value: "prefer_smart_disputes", says: "by Stripe, by hand if it cannot" },
    Choice { value: "smart_disputes", says: "by Stripe" },
];

const WATCHED: &[Watch] = &[
    watch("status", "status", Shown::Plain),
    watch("amount", "amount", Shown::Money),
    watch("answer until", "evidence_details.due_by", Shown::Time),
    watch("handed in", "evidence_details.submission_count", Shown::Plain),
    // Whoever hands it in hands in all of it.
    watch("evidence", "evidence", Shown::Private),
    watch("charge", "charge", Shown::Plain),
];

pub(super) const ACTIONS: &[Action] = &[
    Action {
        name: "list_disputes",
        family: Family::Disputes,
        summary: "List disputes, newest first: of a charge, of a payment, of a time",
        also_called: &["chargebacks"],
        endpoint: get("/v1/disputes"),
        permission: read("dispute"),
        gate: Gate::Disputes,
        fields: &[
            Field::new("charge", "Charge", FieldKind::Id(Kind::Charge))
                .help("only disputes of this charge", "ch_3PxL…"),
            Field::new("payment_intent", "Payment", FieldKind::Id(Kind::PaymentIntent))
                .help("only disputes of this payment", "pi_3PxL…"),
            SINCE,
            UNTIL,
        ],
        on: &[Kind::Charge, Kind::PaymentIntent],
        gives: Gives::List("dispute"),
        ..READ
    },
    Action {
        name: "get_dispute",
        family: Family::Disputes,
        summary: "Show a dispute: amount, reason, deadline, evidence, result",
        also_called: &["chargeback"],
        endpoint: get("/v1/disputes/{id}"),
        permission: read("dispute"),
        gate: Gate::Disputes,
        fields: &[DISPUTE],
        on: &[Kind::Dispute],
        gives: Gives::One("dispute"),
        ..READ
    },
    UPDATE,
    CLOSE,
];

const UPDATE: Action = Action {
    name: "update_dispute",
    family: Family::Disputes,
    effect: Effect::Destructive,
    key: Some("r"),
    hint: "answer",
    verb: "answer {it}",
    summary: "Save evidence for a dispute, or hand it in to the bank for good",
    also_called: &["answer", "respond", "evidence", "fight", "contest", "chargeback"],
    endpoint: post("/v1/disputes/{id}"),
    permission: write("dispute"),
    gate: Gate::Disputes,
    also: &[],
    fields: &[
        DISPUTE,
        Field::new("duplicate_charge", "Duplicate of", FieldKind::Id(Kind::Charge))
            .help("the earlier charge that looks the same", "ch_3PxL…")
            .param("evidence[duplicate_charge_id]")
            .asked_for(&["duplicate"]),
        Field::new("duplicate_charge_explanation", "Why it is none", TEXT)
            .help(
                "how the disputed charge differs from the one that looks the same",
                "two seats, one charge each",
            )
            .param("evidence[duplicate_charge_explanation]")
            .asked_for(&["duplicate"]),
        file(
            "duplicate_charge_documentation",
            "What tells them apart",
            "evidence[duplicate_charge_documentation]",
            "file: what tells the earlier charge apart",
        )
        .asked_for(&["duplicate"]),
        Field::new("cancellation_rebuttal", "Why it was not cancelled", TEXT)
            .help("why the subscription was not cancelled", "no cancellation was asked for before 22 Nov")
            .param("evidence[cancellation_rebuttal]")
            .asked_for(&["subscription_canceled"]),
        file(
            "cancellation_policy",
            "Your cancellation policy",
            "evidence[cancellation_policy]",
            "file: your cancellation policy as the customer saw it",
        )
        .asked_for(&["subscription_canceled"]),
        Field::new("cancellation_policy_disclosure", "How cancelling was shown", TEXT)
            .help(
                "how and when the customer was shown your cancellation policy before buying",
                "shown at checkout, above the button",
            )
            .param("evidence[cancellation_policy_disclosure]")
            .asked_for(&["subscription_canceled"]),
        Field::new("refund_refusal_explanation", "Why nothing is refunded", TEXT)
            .help("why there is nothing to refund", "used for the whole month")
            .param("evidence[refund_refusal_explanation]")
            .asked_for(&["credit_not_processed", "product_unacceptable"]),
        file(
            "refund_policy",
            "Your refund policy",
            "evidence[refund_policy]",
            "file: your refund policy as the customer saw it",
        )
        .asked_for(&["credit_not_processed", "product_unacceptable"]),
        Field::new("refund_policy_disclosure", "How refunds were shown", TEXT)
            .help("that the customer was shown your refund policy before buying", "linked in every receipt")
            .param("evidence[refund_policy_disclosure]")
            .asked_for(&["credit_not_processed", "product_unacceptable"]),
        Field::new("product_description", "What was sold", TEXT)
            .help("what was sold", "Team plan, five seats, November")
            .param("evidence[product_description]")
            .asked_for(&["product_unacceptable", "unrecognized", "general"]),
        Field::new("service_date", "When the service began", LINE)
            .help("when the service began, as people write dates", "1 November 2026")
            .param("evidence[service_date]")
            .asked_for(&["product_not_received"]),
        file(
            "service_documentation",
            "Proof of the service",
            "evidence[service_documentation]",
            "file: that the service was provided",
        )
        .asked_for(&["product_not_received"]),
        Field::new("shipping_date", "When it was shipped", LINE)
            .help("when it was shipped, as people write dates", "2 November 2026")
            .param("evidence[shipping_date]")
            .asked_for(&["product_not_received"]),
        Field::new("shipping_carrier", "Who shipped it", LINE)
            .help("who shipped it; commas between several", "DHL")
            .param("evidence[shipping_carrier]")
            .asked_for(&["product_not_received"]),
        Field::new("shipping_tracking_number", "Tracking number", LINE)
            .help("the carrier's number; commas between several", "JD014600003")
            .param("evidence[shipping_tracking_number]")
            .asked_for(&["product_not_received"]),
        Field::new("shipping_address", "Where it was shipped to", LINE)
            .help("where it was shipped to, complete", "12 Analytical Way, London")
            .param("evidence[shipping_address]")
            .asked_for(&["product_not_received"]),
        file(
            "shipping_documentation",
            "Proof of shipping",
            "evidence[shipping_documentation]",
            "file: that it was shipped to the address",
        )
        .asked_for(&["product_not_received"]),
        Field::new("access_activity_log", "Signs of use", TEXT)
            .help("logs that show that the customer used it", "2026-11-02 10:14 signed in from 203.0.113.7")
            .param("evidence[access_activity_log]")
            .asked_for(&["fraudulent", "product_not_received", "subscription_canceled", "unrecognized"]),
        file(
            "customer_communication",
            "What the customer wrote",
            "evidence[customer_communication]",
            "file: what the customer wrote",
        )
        .asked_for(&["product_unacceptable", "subscription_canceled", "general"]),
        Field::new("customer_name", "Customer's name", LINE)
            .help("the customer's name", "Ada Lovelace")
            .param("evidence[customer_name]")
            .asked_for(&["fraudulent", "unrecognized"]),
        Field::new("customer_email_address", "Customer's e-mail", LINE)
            .help("the customer's e-mail address", "ada@example.com")
            .param("evidence[customer_email_address]")
            .asked_for(&["fraudulent", "unrecognized"]),
        Field::new("customer_purchase_ip", "IP of the purchase", LINE)
            .help("the IP address of the purchase", "203.0.113.7")
            .param("evidence[customer_purchase_ip]")
            .asked_for(&["fraudulent"]),
        Field::new("billing_address", "Billing address", LINE)
            .help("the customer's billing address", "12 Analytical Way, London")
            .param("evidence[billing_address]")
            .asked_for(&["fraudulent"]),
        file(
            "customer_signature",
            "Signed contract",
            "evidence[customer_signature]",
            "file: a contract with the customer's signature",
        )
        .asked_for(&["fraudulent"]),
        file("receipt", "Receipt", "evidence[receipt]", "file: a receipt that the customer was sent")
            .asked_for(&["unrecognized"]),
        Field::new("uncategorized_text", "Whatever else helps", TEXT)
            .help("whatever else helps", "the customer wrote on 20 Nov that all is well")
            .param("evidence[uncategorized_text]")
            .asked_for(&["general"]),
        file(
            "uncategorized_file",
            "Another file",
            "evidence[uncategorized_file]",
            "file: whatever else helps",
        )
        .asked_for(&[]),
        Field::new("intended_submission_method", "By whom", FieldKind::Choice(SUBMISSION))
            .help("who is to hand it in", "manual"),
        METADATA,
        NOTE,
        // What is for good stands last.
        Field::new("submit", "Submit to the bank (final)", FieldKind::Bool)
            .help("true: all evidence goes to the bank now, once and for good; saved when left out", "false"),
    ],
    reads: &[Reads { field: "dispute", link: None, expand: &[], watch: WATCHED }],
    proof: Proof::Object { done: by_mark, answer: Answer::Itself },
    on: &[Kind::Dispute],
    applies: answerable,
    build: Build::Change(update),
    gives: Gives::One("dispute"),
    refreshes: &[Kind::Dispute],
    undo: Some("update_dispute"),
    metadata: true,
};

const CLOSE: Action = Action {
    name: "close_dispute",
    family: Family::Disputes,
    effect: Effect::Destructive,
    key: None,
    hint: "accept",
    verb: "accept {it} as lost",
    summary: "Accept a dispute as lost, for good",
    also_called: &["give up", "accept", "concede", "chargeback"],
    endpoint: post("/v1/disputes/{id}/close"),
    permission: write("dispute"),
    gate: Gate::Disputes,
    also: &[],
    fields: &[DISPUTE, NOTE],
    reads: &[Reads { field: "dispute", link: None, expand: &[], watch: WATCHED }],
    proof: Proof::Object { done: closed, answer: Answer::Itself },
    on: &[Kind::Dispute],
    applies: open,
    build: Build::Change(close),
    gives: Gives::One("dispute"),
    refreshes: &[Kind::Dispute, Kind::Charge],
    undo: None,
    metadata: false,
};

fn open(subject: &Subject) -> Result<(), String> {
    let dispute = subject.read::<Dispute>().ok_or("select a dispute")?;
    match &dispute.status {
        Status::NeedsResponse | Status::WarningNeedsResponse | Status::AppealNeedsResponse => Ok(()),
        Status::Won => Err("it is won: nothing can be submitted any more".into()),
        Status::Lost => Err("it is lost: nothing can be submitted any more".into()),
        Status::WarningClosed => Err("the inquiry is closed: nothing can be submitted any more".into()),
        Status::Prevented => Err("it was prevented: there is nothing to answer".into()),
        Status::UnderReview | Status::WarningUnderReview | Status::AppealUnderReview => {
            Err("evidence was handed in, and the bank looks at it: nothing can be changed now".into())
        }
        Status::Other(_) => Err(format!("it is {}", dispute.status)),
    }
}

fn answerable(subject: &Subject) -> Result<(), String> {
    open(subject)?;
    let details = subject.read::<Dispute>().and_then(|dispute| dispute.evidence_details.as_ref());
    match details {
        Some(details) if details.past_due => {
            Err("the deadline has passed: nothing can be submitted any more".into())
        }
        Some(details) if details.due_by.is_some_and(|due| due.0 == 0) => {
            Err("the bank takes no answer to it".into())
        }
        _ => Ok(()),
    }
}

fn update(args: &Args, subject: &Subject, moment: &Moment) -> Result<Proposal, FieldError> {
    let dispute = subject.named::<Dispute>("dispute", args, answerable)?;
    let details = dispute.evidence_details.as_ref();
    if let Some(due) = details.and_then(|details| details.due_by).filter(|due| *due <= moment.now) {
        let due = due.full(&moment.zone);
        let reason = format!("the deadline has passed ({due}): nothing can be submitted any more");
        return Err(FieldError::new("dispute", reason));
    }
    let submit = args.flag("submit")? == Some(true);
    let mut params = evidence::given_of(UPDATE.fields, args, submit, moment)?;
    let new = params.iter().any(|(name, _)| name.starts_with("evidence["));
    let saved = details.is_some_and(|details| details.has_evidence);
    if submit && !new && !saved {
        return Err(FieldError::new("submit", "there is no evidence to hand in: give some"));
    }
    evidence::room(UPDATE.fields, &params, &subject.value())?;
    // Always said: left out, Stripe hands it in.
    params.push(("submit".into(), submit.to_string()));
    let (id, amount) = (short_id(dispute.id.as_str()), dispute.money());
    let sentence = if submit {
        format!(
            "hand in all evidence for the dispute {id} ({amount}): it goes to the bank now, once and for good"
        )
    } else {
        format!("save what is given for the dispute {id}: nothing goes to the bank yet")
    };
    let request = with_all(Request::post(UPDATE.endpoint.path, &[dispute.id.as_str()]), params);
    let mut proposal = Proposal::of(&UPDATE, (args, subject), request, sentence);
    let stages = (new || !submit).then_some(Step::StageEvidence);
    proposal.terms.steps = stages.into_iter().chain(submit.then_some(Step::SubmitEvidence)).collect();
    proposal.terms.confirm_word = submit.then(|| SUBMIT_WORD.to_owned());
    // What is only saved can be saved again.
    proposal.effect = if submit { Effect::Destructive } else { Effect::Write };
    noted(args, proposal)
}

fn close(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let dispute = subject.named::<Dispute>("dispute", args, open)?;
    let (id, amount) = (short_id(dispute.id.as_str()), dispute.money());
    let sentence = if dispute.status == Status::WarningNeedsResponse {
        format!("close the inquiry {id} about {amount} without an answer, for good")
    } else {
        format!(
            "accept the dispute {id} as lost, for good: the customer keeps {amount}; do not refund the charge too"
        )
    };
    let request = Request::post(CLOSE.endpoint.path, &[dispute.id.as_str()]);
    let mut proposal = Proposal::of(&CLOSE, (args, subject), request, sentence);
    proposal.amount = Some(amount);
    proposal.terms.steps = vec![Step::AcceptDispute];
    noted(args, proposal)
}

fn closed(_sent: &Sent<'_>, object: &Subject) -> Done {
    match object.read::<Dispute>() {
        Some(dispute) => {
            let over = matches!(dispute.status, Status::Lost | Status::WarningClosed);
            by_state(object, over, if over { "closed" } else { "still open" })
        }
        None => unreadable::<Dispute>(object),
    }
}

#[cfg(test)]
#[path = "disputes_tests.rs"]
mod tests;
