//! Which fields of a record are shown, a table a kind, in the order of their use.

use crate::model::Kind;

/// Label and where the value stands (`a.b.c`), or what the models say better than one field does (`@left`). What it is, money or
/// time or text, its last name and its type tell.
pub(super) type Field = (&'static str, &'static str);

const CHARGE: &[Field] = &[
    ("Amount", "amount"),
    ("Status", "status"),
    ("Created", "created"),
    ("Method", "@method"),
    ("Description", "description"),
    ("Refunded", "amount_refunded"),
    ("Left to refund", "@left"),
    ("Captured", "@captured"),
    ("Disputed", "disputed"),
    ("Failure", "failure_message"),
    ("Outcome", "outcome.seller_message"),
    ("Risk", "outcome.risk_level"),
    ("On the statement", "calculated_statement_descriptor"),
    ("Billed to", "billing_details.name"),
    ("E-mail", "billing_details.email"),
    ("Receipt to", "receipt_email"),
    ("Receipt", "receipt_url"),
];
const SUBSCRIPTION: &[Field] = &[
    ("Price", "@price"),
    ("Status", "status"),
    ("Period ends", "@period_end"),
    ("Since", "start_date"),
    ("Cancels at", "cancel_at"),
    ("At period end", "cancel_at_period_end"),
    ("Cancelled at", "canceled_at"),
    ("Ended at", "ended_at"),
    ("Why", "cancellation_details.feedback"),
    ("Comment", "cancellation_details.comment"),
    ("Trial to", "trial_end"),
    ("Paused", "pause_collection.behavior"),
    ("Resumes at", "pause_collection.resumes_at"),
    ("Collected", "collection_method"),
    ("Anchor", "billing_cycle_anchor"),
    ("Description", "description"),
];
/// The label of an invoice's lines.
pub(super) const LINE: &str = "Line";

const INVOICE: &[Field] = &[
    ("Number", "number"),
    ("Total", "total"),
    ("Status", "status"),
    ("Created", "created"),
    (LINE, "@lines"),
    ("Subtotal", "subtotal"),
    ("Due", "amount_due"),
    ("Paid", "amount_paid"),
    ("Remaining", "amount_remaining"),
    ("From balance", "starting_balance"),
    ("Why", "billing_reason"),
    ("Due on", "due_date"),
    ("Next try", "next_payment_attempt"),
    ("Tries", "attempt_count"),
    ("Paid at", "status_transitions.paid_at"),
    ("Voided at", "status_transitions.voided_at"),
    ("Description", "description"),
    ("Page", "hosted_invoice_url"),
];
const CUSTOMER: &[Field] = &[
    ("Name", "name"),
    ("E-mail", "email"),
    ("Phone", "phone"),
    ("Since", "created"),
    ("Balance", "@balance"),
    ("Delinquent", "delinquent"),
    ("Country", "address.country"),
    ("City", "address.city"),
    ("Language", "preferred_locales.0"),
    ("Tax", "tax_exempt"),
    ("Description", "description"),
    ("Deleted", "deleted"),
];
const PAYMENT_INTENT: &[Field] = &[
    ("Amount", "amount"),
    ("Received", "amount_received"),
    ("Can be captured", "amount_capturable"),
    ("Status", "status"),
    ("Created", "created"),
    ("Error", "last_payment_error.message"),
    ("Cancelled at", "canceled_at"),
    ("Why", "cancellation_reason"),
    ("Description", "description"),
];
const REFUND: &[Field] = &[
    ("Amount", "amount"),
    ("Status", "status"),
    ("Reason", "reason"),
    ("Failed because", "failure_reason"),
    ("Pends because", "pending_reason"),
    ("Created", "created"),
    ("Reference", "destination_details.card.reference"),
];
const DISPUTE: &[Field] = &[
    ("Amount", "amount"),
    ("Status", "status"),
    ("Reason", "reason"),
    ("Answer until", "evidence_details.due_by"),
    ("Evidence", "evidence_details.has_evidence"),
    ("Too late", "evidence_details.past_due"),
    ("Submitted", "evidence_details.submission_count"),
    ("Refundable", "is_charge_refundable"),
    ("Created", "created"),
];
const PRODUCT: &[Field] = &[
    ("Name", "name"),
    ("Description", "description"),
    ("Active", "active"),
    ("Created", "created"),
    ("Deleted", "deleted"),
];
const PRICE: &[Field] = &[
    ("Amount", "unit_amount"),
    ("Exactly", "unit_amount_decimal"),
    ("Every", "recurring.interval"),
    ("Count", "recurring.interval_count"),
    ("Usage", "recurring.usage_type"),
    ("Name", "nickname"),
    ("Key", "lookup_key"),
    ("Active", "active"),
    ("Created", "created"),
];
const BALANCE_TRANSACTION: &[Field] = &[
    ("Amount", "amount"),
    ("Fee", "fee"),
    ("Net", "net"),
    ("Type", "type"),
    ("Status", "status"),
    ("Created", "created"),
    ("Available on", "available_on"),
    ("Description", "description"),
];

const PAYMENT_METHOD: &[Field] = &[
    ("Type", "type"),
    ("Brand", "card.brand"),
    ("Last four", "card.last4"),
    ("Last four", "sepa_debit.last4"),
    ("Month", "card.exp_month"),
    ("Year", "card.exp_year"),
    ("Funding", "card.funding"),
    ("Country", "card.country"),
    ("Billed to", "billing_details.name"),
    ("E-mail", "billing_details.email"),
    ("Saved", "created"),
];
const CREDIT_NOTE: &[Field] = &[
    ("Number", "number"),
    ("Amount", "amount"),
    ("Status", "status"),
    ("Reason", "reason"),
    ("Created", "created"),
    ("Before payment", "pre_payment_amount"),
    ("After payment", "post_payment_amount"),
    ("Outside Stripe", "out_of_band_amount"),
    ("Memo", "memo"),
    ("Voided at", "voided_at"),
    ("PDF", "pdf"),
];
const BALANCE_ENTRY: &[Field] = &[
    ("Amount", "@amount"),
    ("Balance then", "@then"),
    ("Why", "type"),
    ("Created", "created"),
    ("Note", "description"),
];
const EVENT: &[Field] = &[
    ("Event", "type"),
    ("Created", "created"),
    ("About", "data.object.object"),
    ("Whose id is", "data.object.id"),
    ("Asked by", "request.id"),
    ("With key", "request.idempotency_key"),
];

pub(super) fn table(kind: Kind) -> Option<&'static [Field]> {
    Some(match kind {
        Kind::Charge => CHARGE,
        Kind::Subscription => SUBSCRIPTION,
        Kind::Invoice => INVOICE,
        Kind::Customer => CUSTOMER,
        Kind::PaymentIntent => PAYMENT_INTENT,
        Kind::Refund => REFUND,
        Kind::Dispute => DISPUTE,
        Kind::Product => PRODUCT,
        Kind::Price => PRICE,
        Kind::BalanceTransaction => BALANCE_TRANSACTION,
        Kind::PaymentMethod => PAYMENT_METHOD,
        Kind::CreditNote => CREDIT_NOTE,
        Kind::CustomerBalanceTransaction => BALANCE_ENTRY,
        Kind::Event => EVENT,
        _ => return None,
    })
}
