//! Payments that a bank or a card network calls in question: disputes, and warnings before there is one.

use super::{
    id::{ChargeId, DisputeId, PaymentIntentId},
    open::{Link, object, open_enum},
    payment::{Charge, PaymentIntent, linked},
};
use crate::{
    money::{Currency, Money},
    text::Untrusted,
    time::Unix,
};

open_enum! {
    DisputeStatus {
        WarningNeedsResponse = "warning_needs_response", WarningUnderReview = "warning_under_review",
        WarningClosed = "warning_closed", NeedsResponse = "needs_response", UnderReview = "under_review", Won = "won",
        Lost = "lost", Prevented = "prevented", AppealNeedsResponse = "appeal_needs_response",
        AppealUnderReview = "appeal_under_review",
    }
}

object! {
    Dispute {
        id: DisputeId,
        amount: i64,
        currency: Currency,
        created: Unix,
        status: DisputeStatus,
        reason: Untrusted,
        charge: Option<Link<ChargeId, Charge>>,
        payment_intent: Option<Link<PaymentIntentId, PaymentIntent>>,
        evidence_details: Option<EvidenceDetails>,
        is_charge_refundable: bool,
    }
}

object! {
    /// `radar.early_fraud_warning`: a card network heard from the customer's bank before there is a dispute.
    EarlyFraudWarning {
        id: Untrusted,
        created: Unix,
        /// Nobody has acted on it yet.
        actionable: bool,
        fraud_type: Untrusted,
        charge: Option<Link<ChargeId, Charge>>,
    }
}

object! { EvidenceDetails { due_by: Option<Unix>, has_evidence: bool, past_due: bool, submission_count: i64 } }

linked! {
    EarlyFraudWarning.charge -> ChargeId as charge_id,
    Dispute.charge -> ChargeId as charge_id,
}

impl Dispute {
    pub fn money(&self) -> Money {
        Money::new(self.amount, self.currency)
    }

    pub fn needs_response(&self) -> bool {
        matches!(
            self.status,
            DisputeStatus::NeedsResponse
                | DisputeStatus::WarningNeedsResponse
                | DisputeStatus::AppealNeedsResponse
        )
    }

    pub fn is_open(&self) -> bool {
        !matches!(
            self.status,
            DisputeStatus::Won
                | DisputeStatus::Lost
                | DisputeStatus::WarningClosed
                | DisputeStatus::Prevented
        )
    }
}
