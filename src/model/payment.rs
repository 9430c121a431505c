//! Money that moved or tried to: charges, payment intents, refunds, cards, balance transactions, events.

use super::{
    billing::{PauseCollection, SubscriptionItem},
    customer::{Account, Customer},
    id::{
        AccountId, BalanceTransactionId, ChargeId, CreditNoteId, CustomerBalanceTransactionId, CustomerId,
        EventId, InvoiceId, PaymentIntentId, PaymentMethodId, RefundId, SourceId,
    },
    open::{Link, ListOf, Metadata, object, open_enum},
};
use crate::{
    money::{Currency, Money},
    text::Untrusted,
    time::Unix,
};

open_enum! { ChargeStatus { Succeeded = "succeeded", Pending = "pending", Failed = "failed" } }
open_enum! {
    RefundStatus {
        Pending = "pending", RequiresAction = "requires_action", Succeeded = "succeeded", Failed = "failed",
        Canceled = "canceled",
    }
}
open_enum! {
    PaymentIntentStatus {
        RequiresPaymentMethod = "requires_payment_method", RequiresConfirmation = "requires_confirmation",
        RequiresAction = "requires_action", RequiresCapture = "requires_capture", Processing = "processing",
        Succeeded = "succeeded", Canceled = "canceled",
    }
}
object! {
    Charge {
        id: ChargeId,
        amount: i64,
        amount_captured: i64,
        amount_refunded: i64,
        currency: Currency,
        created: Unix,
        status: ChargeStatus,
        paid: bool,
        captured: bool,
        /// Only when nothing is left to refund.
        refunded: bool,
        disputed: bool,
        customer: Option<Link<CustomerId, Customer>>,
        payment_intent: Option<Link<PaymentIntentId, PaymentIntent>>,
        description: Option<Untrusted>,
        statement_descriptor: Option<Untrusted>,
        calculated_statement_descriptor: Option<Untrusted>,
        failure_code: Option<Untrusted>,
        failure_message: Option<Untrusted>,
        outcome: Option<ChargeOutcome>,
        receipt_email: Option<Untrusted>,
        billing_details: BillingDetails,
        payment_method_details: Option<MethodDetails>,
        balance_transaction: Option<Link<BalanceTransactionId, BalanceTransaction>>,
        /// What the customer was shown, where that was another currency.
        presentment_details: Option<Presentment>,
        /// Where the money went on to, of a platform's charge.
        transfer_data: Option<TransferData>,
        /// The connected account for which it was made.
        on_behalf_of: Option<Link<AccountId, Account>>,
        /// Only when expanded.
        refunds: Option<ListOf<Refund>>,
        livemode: bool,
        metadata: Metadata,
    }
}

object! {
    ChargeOutcome {
        /// The bank's own code where it declined.
        reason: Option<Untrusted>,
    }
}
object! { TransferData { amount: Option<i64>, destination: Option<Link<AccountId, Account>> } }
object! { Presentment { presentment_amount: i64, presentment_currency: Currency } }
object! { BillingDetails { name: Option<Untrusted>, email: Option<Untrusted>, address: Option<Address> } }
object! { Address { country: Option<Untrusted>, postal_code: Option<Untrusted>, city: Option<Untrusted>, line1: Option<Untrusted> } }

object! {
    /// `payment_method_details`
    MethodDetails {
        #[serde(rename = "type")]
        kind: Untrusted,
        card: Option<Card>,
        sepa_debit: Option<Card>,
    }
}

object! {
    /// A card, or the part that other methods share with it.
    Card {
        brand: Option<Untrusted>,
        last4: Option<Untrusted>,
        exp_month: Option<i64>,
        exp_year: Option<i64>,
        fingerprint: Option<Untrusted>,
        country: Option<Untrusted>,
        funding: Option<Untrusted>,
        /// When a hold falls away by itself.
        capture_before: Option<Unix>,
    }
}

object! {
    PaymentMethod {
        id: PaymentMethodId,
        #[serde(rename = "type")]
        kind: Untrusted,
        card: Option<Card>,
        sepa_debit: Option<Card>,
        customer: Option<Link<CustomerId, Customer>>,
        created: Unix,
    }
}

object! {
    PaymentIntent {
        id: PaymentIntentId,
        amount: i64,
        amount_received: i64,
        amount_capturable: i64,
        currency: Currency,
        created: Unix,
        status: PaymentIntentStatus,
        /// `manual`: held first, taken later.
        capture_method: Untrusted,
        canceled_at: Option<Unix>,
        cancellation_reason: Option<Untrusted>,
        last_payment_error: Option<PaymentError>,
        payment_method: Option<Link<PaymentMethodId, PaymentMethod>>,
        customer: Option<Link<CustomerId, Customer>>,
        latest_charge: Option<Link<ChargeId, Charge>>,
        description: Option<Untrusted>,
        metadata: Metadata,
    }
}

object! { PaymentError { code: Option<Untrusted>, decline_code: Option<Untrusted>, message: Option<Untrusted> } }

object! {
    Refund {
        id: RefundId,
        amount: i64,
        currency: Currency,
        created: Unix,
        status: RefundStatus,
        reason: Option<Untrusted>,
        failure_reason: Option<Untrusted>,
        pending_reason: Option<Untrusted>,
        /// Where it goes, and by what the bank finds it.
        destination_details: Option<Destination>,
        charge: Option<Link<ChargeId, Charge>>,
        payment_intent: Option<Link<PaymentIntentId, PaymentIntent>>,
        balance_transaction: Option<Link<BalanceTransactionId, BalanceTransaction>>,
        metadata: Metadata,
    }
}

object! { Destination { card: Option<CardDestination> } }
object! {
    CardDestination {
        /// `refund`, `reversal` or `pending`.
        #[serde(rename = "type")]
        kind: Untrusted,
        reference: Option<Untrusted>,
        /// `acquirer_reference_number`
        reference_type: Option<Untrusted>,
    }
}

object! {
    BalanceTransaction {
        id: BalanceTransactionId, amount: i64, fee: i64, net: i64, currency: Currency, created: Unix, available_on: Unix,
        #[serde(rename = "type")]
        kind: Untrusted,
        source: Option<Link<SourceId, serde_json::Value>>,
    }
}

object! { Balance { available: Vec<BalancePart>, pending: Vec<BalancePart> } }
object! { BalancePart { amount: i64, currency: Currency } }

object! {
    CreditNote {
        id: CreditNoteId, number: Option<Untrusted>, amount: i64, currency: Currency, created: Unix, status: Untrusted,
        reason: Option<Untrusted>, invoice: Option<Link<InvoiceId, super::billing::Invoice>>,
        /// The part that went to the customer's balance.
        customer_balance_transaction: Option<Link<CustomerBalanceTransactionId, super::customer::BalanceEntry>>,
        /// What was paid back outside Stripe.
        out_of_band_amount: Option<i64>,
        refunds: Vec<CreditNoteRefund>,
        metadata: Metadata,
    }
}

/// Which of a credit note and its refund is dated first is not said.
const MADE_WITHIN_S: i64 = 60;

object! { CreditNoteRefund { amount_refunded: i64, refund: Option<Link<RefundId, Refund>> } }

object! {
    Event {
        id: EventId,
        /// `event`; those of the second API (`v2.core.event`) are shaped otherwise.
        object: Untrusted,
        #[serde(rename = "type")]
        kind: Untrusted,
        created: Unix,
        livemode: bool,
        data: EventData,
        /// None where Stripe did it by itself, or somebody in the Dashboard.
        request: Option<EventRequest>,
    }
}

object! { EventData { object: EventObject, previous_attributes: Option<serde_json::Value> } }
object! { EventRequest { id: Option<Untrusted>, idempotency_key: Option<Untrusted> } }

object! {
    /// What happened to it is in the type; the object itself is whatever it is.
    EventObject {
        id: Untrusted,
        object: Untrusted,
        customer: Option<Link<CustomerId, Customer>>,
        metadata: Metadata,
        /// Of a subscription.
        items: ListOf<SubscriptionItem>,
        quantity: Option<i64>,
        cancel_at: Option<Unix>,
        cancel_at_period_end: bool,
        pause_collection: Option<PauseCollection>,
        /// Of a customer.
        email: Option<Untrusted>,
    }
}

/// The id behind a link, expanded or not.
macro_rules! linked {
    ($($object:ident . $field:ident -> $id:ident as $name:ident),* $(,)?) => {$(
        impl $object {
            pub fn $name(&self) -> Option<&$id> {
                match self.$field.as_ref()? {
                    Link::Id(id) => Some(id),
                    Link::Object(object) => Some(&object.id),
                }
            }
        }
    )*};
}
pub(super) use linked;

linked! {
    Charge.customer -> CustomerId as customer_id,
    Charge.payment_intent -> PaymentIntentId as payment_intent_id,
    Charge.on_behalf_of -> AccountId as on_behalf_of_id,
    TransferData.destination -> AccountId as destination_id,
    PaymentIntent.customer -> CustomerId as customer_id,
    PaymentIntent.latest_charge -> ChargeId as latest_charge_id,
    Refund.charge -> ChargeId as charge_id,
    Refund.payment_intent -> PaymentIntentId as payment_intent_id,
    PaymentMethod.customer -> CustomerId as customer_id,
    PaymentIntent.payment_method -> PaymentMethodId as payment_method_id,
    CreditNote.invoice -> InvoiceId as invoice_id,
    EventObject.customer -> CustomerId as customer_id,
}

impl Charge {
    pub fn money(&self) -> Money {
        Money::new(self.amount, self.currency)
    }

    /// What was really taken: a capture may be smaller than what was authorised. Old answers leave it out.
    pub fn captured_money(&self) -> Money {
        let minor =
            if self.amount_captured > 0 || !self.captured { self.amount_captured } else { self.amount };
        Money::new(minor, self.currency)
    }

    pub fn refunded_money(&self) -> Money {
        Money::new(self.amount_refunded, self.currency)
    }

    /// Authorised, and neither taken nor given up.
    pub fn is_held(&self) -> bool {
        self.status == ChargeStatus::Succeeded && !self.captured && !self.is_released()
    }

    /// It was only held, and the hold was given up: Stripe books that as if it were a refund.
    pub fn is_released(&self) -> bool {
        self.status == ChargeStatus::Succeeded
            && !self.captured
            && (self.refunded || self.amount_refunded > 0)
    }

    /// Never negative; Stripe has the last word.
    pub fn left_to_refund(&self) -> Money {
        let left = self.captured_money().minor().saturating_sub(self.amount_refunded).max(0);
        Money::new(left, self.currency)
    }

    pub fn card(&self) -> Option<&Card> {
        let details = self.payment_method_details.as_ref()?;
        details.card.as_ref().or(details.sepa_debit.as_ref())
    }

    /// `paid`, `disputed`, `$20.00 refunded`: what became of it, in a word or two.
    pub fn words(&self) -> String {
        let refunded = self.refunded_money();
        match &self.status {
            ChargeStatus::Succeeded if self.disputed => "disputed".into(),
            ChargeStatus::Succeeded if self.is_released() => "released".into(),
            ChargeStatus::Succeeded if self.refunded => "refunded".into(),
            ChargeStatus::Succeeded if !refunded.is_zero() => format!("paid, {refunded} refunded"),
            ChargeStatus::Succeeded if !self.captured => "held".into(),
            ChargeStatus::Succeeded => "paid".into(),
            ChargeStatus::Pending | ChargeStatus::Failed | ChargeStatus::Other(_) => self.status.to_string(),
        }
    }

    /// `visa ··4242`, `sepa debit ··3000`, `klarna`
    pub fn method(&self) -> String {
        self.payment_method_details.as_ref().map_or_else(String::new, |details| {
            method_words(&details.kind, details.card.as_ref(), details.sepa_debit.as_ref())
        })
    }
}

impl PaymentMethod {
    pub fn words(&self) -> String {
        method_words(&self.kind, self.card.as_ref(), self.sepa_debit.as_ref())
    }
}

fn method_words(kind: &Untrusted, card: Option<&Card>, debit: Option<&Card>) -> String {
    let kind = kind.as_str().replace('_', " ");
    let brand =
        card.and_then(|card| card.brand.as_ref()).map_or(kind.as_str(), |brand| match brand.as_str() {
            "mastercard" => "mc",
            other => other,
        });
    match card.or(debit).and_then(|details| details.last4.as_ref()) {
        Some(last4) => format!("{brand} ··{last4}"),
        None => brand.to_owned(),
    }
}

impl Card {
    /// `08/27`
    pub fn expiry(&self) -> Option<String> {
        Some(format!("{:02}/{:02}", self.exp_month?, self.exp_year?.rem_euclid(100)))
    }
}

impl PaymentIntent {
    pub fn money(&self) -> Money {
        Money::new(self.amount, self.currency)
    }
}

impl CreditNote {
    pub fn money(&self) -> Money {
        Money::new(self.amount, self.currency)
    }

    /// The number, or the id of one that has none.
    pub fn title(&self) -> &str {
        let number = self.number.as_ref().map(Untrusted::as_str).filter(|number| !number.is_empty());
        number.unwrap_or(self.id.as_str())
    }

    /// Of the refunds that it made, or was linked to.
    pub fn refund_ids(&self) -> impl Iterator<Item = &RefundId> {
        self.refunds.iter().filter_map(|part| match part.refund.as_ref()? {
            Link::Id(id) => Some(id),
            Link::Object(refund) => Some(&refund.id),
        })
    }

    /// It made this refund: one that it is only linked to was there before.
    pub fn made(&self, refund: &Refund) -> bool {
        refund.created.since(self.created) > -MADE_WITHIN_S && self.refund_ids().any(|id| *id == refund.id)
    }
}

impl Refund {
    pub fn money(&self) -> Money {
        Money::new(self.amount, self.currency)
    }

    /// Money that left or will: a failed or cancelled refund came back.
    pub fn counts(&self) -> bool {
        !matches!(self.status, RefundStatus::Failed | RefundStatus::Canceled)
    }
}
