//! Why money is asked for: subscriptions, their schedules, invoices and what stands on them.

use super::{
    catalog::{Coupon, Price},
    customer::Customer,
    id::{
        ChargeId, CouponId, CustomerId, DiscountId, InvoiceId, InvoiceItemId, InvoiceLineId,
        InvoicePaymentId, PaymentIntentId, PaymentMethodId, PriceId, ProductId, ScheduleId, SubscriptionId,
        SubscriptionItemId,
    },
    open::{Link, ListOf, Metadata, object, open_enum},
    payment::{PaymentIntent, PaymentMethod, linked},
};
use crate::{
    money::{Currency, Money},
    text::Untrusted,
    time::Unix,
};

open_enum! {
    SubscriptionStatus {
        Incomplete = "incomplete", IncompleteExpired = "incomplete_expired", Trialing = "trialing", Active = "active",
        PastDue = "past_due", Canceled = "canceled", Unpaid = "unpaid", Paused = "paused",
    }
}
open_enum! {
    InvoiceStatus { Draft = "draft", Open = "open", Paid = "paid", Uncollectible = "uncollectible", Void = "void" }
}
open_enum! {
    ScheduledStatus {
        NotStarted = "not_started", Active = "active", Completed = "completed", Released = "released",
        Canceled = "canceled",
    }
}

object! {
    Subscription {
        id: SubscriptionId,
        status: SubscriptionStatus,
        customer: Option<Link<CustomerId, Customer>>,
        currency: Currency,
        created: Unix,
        start_date: Unix,
        items: ListOf<SubscriptionItem>,
        cancel_at_period_end: bool,
        cancel_at: Option<Unix>,
        canceled_at: Option<Unix>,
        ended_at: Option<Unix>,
        cancellation_details: Option<Cancellation>,
        pause_collection: Option<PauseCollection>,
        trial_end: Option<Unix>,
        collection_method: Untrusted,
        default_payment_method: Option<Link<PaymentMethodId, PaymentMethod>>,
        latest_invoice: Option<Link<InvoiceId, Invoice>>,
        discounts: Vec<Link<DiscountId, Discount>>,
        schedule: Option<Link<ScheduleId, SubscriptionSchedule>>,
        livemode: bool,
        metadata: Metadata,
    }
}

object! {
    SubscriptionItem {
        id: SubscriptionItemId,
        price: Price,
        quantity: Option<i64>,
        current_period_start: Unix,
        current_period_end: Unix,
    }
}

object! { Cancellation { comment: Option<Untrusted>, feedback: Option<Untrusted>, reason: Option<Untrusted> } }
object! { PauseCollection { behavior: Untrusted, resumes_at: Option<Unix> } }
object! { Discount { id: DiscountId, source: DiscountSource, end: Option<Unix> } }
object! { DiscountSource { coupon: Option<Link<CouponId, Coupon>> } }
object! { SubscriptionSchedule { id: ScheduleId, status: ScheduledStatus, subscription: Option<Link<SubscriptionId, Subscription>> } }

object! {
    Invoice {
        id: InvoiceId,
        number: Option<Untrusted>,
        status: InvoiceStatus,
        customer: Option<Link<CustomerId, Customer>>,
        currency: Currency,
        created: Unix,
        due_date: Option<Unix>,
        next_payment_attempt: Option<Unix>,
        attempt_count: i64,
        billing_reason: Untrusted,
        collection_method: Untrusted,
        /// Stripe goes on with it by itself: finalises, charges or mails it.
        auto_advance: bool,
        subtotal: i64,
        total: i64,
        amount_due: i64,
        amount_paid: i64,
        /// What was marked as paid outside Stripe.
        amount_paid_off_stripe: Option<i64>,
        amount_remaining: i64,
        starting_balance: i64,
        /// What was left of the customer's balance; none while it is a draft.
        ending_balance: Option<i64>,
        amount_shipping: i64,
        /// Credit notes that lowered what was to be paid.
        pre_payment_credit_notes_amount: i64,
        total_discount_amounts: Vec<DiscountAmount>,
        total_taxes: Vec<TaxAmount>,
        description: Option<Untrusted>,
        period_start: Unix,
        period_end: Unix,
        parent: Option<InvoiceParent>,
        lines: ListOf<InvoiceLine>,
        /// Only when expanded.
        payments: Option<ListOf<InvoicePayment>>,
        status_transitions: StatusTransitions,
        /// Where the customer sees and pays it; none of a draft.
        hosted_invoice_url: Option<Untrusted>,
        livemode: bool,
        metadata: Metadata,
    }
}

object! { DiscountAmount { amount: i64, discount: Option<Link<DiscountId, Discount>> } }
object! { TaxAmount { amount: i64, tax_behavior: Untrusted, tax_rate_details: Option<TaxRateDetails> } }
object! { TaxRateDetails { tax_rate: Option<Untrusted> } }
object! { InvoiceParent { subscription_details: Option<SubscriptionParent> } }
object! { SubscriptionParent { subscription: Option<Link<SubscriptionId, Subscription>> } }
object! { StatusTransitions { finalized_at: Option<Unix>, paid_at: Option<Unix>, voided_at: Option<Unix>, marked_uncollectible_at: Option<Unix> } }

object! {
    InvoiceLine {
        id: InvoiceLineId,
        amount: i64,
        currency: Currency,
        description: Option<Untrusted>,
        quantity: Option<i64>,
        period: LinePeriod,
        pricing: Option<LinePricing>,
        parent: Option<LineParent>,
        discount_amounts: Vec<DiscountAmount>,
        taxes: Vec<TaxAmount>,
    }
}

object! {
    /// `invoiceitem`: what waits for an invoice to stand on, or stands on one.
    InvoiceItem {
        id: InvoiceItemId,
        amount: i64,
        currency: Currency,
        date: Unix,
        description: Option<Untrusted>,
        proration: bool,
    }
}

object! { LinePeriod { start: Unix, end: Unix } }
object! { LinePricing { price_details: Option<PriceDetails>, unit_amount_decimal: Option<Untrusted> } }
object! { PriceDetails { price: Option<Link<PriceId, Price>>, product: Option<ProductId> } }
object! { LineParent { #[serde(rename = "type")] kind: Untrusted, subscription_item_details: Option<ItemDetails>, invoice_item_details: Option<ItemDetails> } }
object! {
    ItemDetails {
        proration: bool,
        subscription: Option<Link<SubscriptionId, Subscription>>,
        subscription_item: Option<SubscriptionItemId>,
    }
}

object! {
    /// `invoice_payment`: a row between an invoice and what paid it.
    InvoicePayment {
        id: InvoicePaymentId,
        status: Untrusted,
        amount_paid: Option<i64>,
        amount_requested: i64,
        currency: Currency,
        created: Unix,
        is_default: bool,
        invoice: Option<Link<InvoiceId, Invoice>>,
        payment: InvoicedPayment,
    }
}

object! {
    InvoicedPayment {
        #[serde(rename = "type")]
        kind: Untrusted,
        payment_intent: Option<Link<PaymentIntentId, PaymentIntent>>,
        charge: Option<Link<ChargeId, super::payment::Charge>>,
    }
}

linked! {
    Subscription.customer -> CustomerId as customer_id,
    Subscription.latest_invoice -> InvoiceId as latest_invoice_id,
    Subscription.schedule -> ScheduleId as schedule_id,
    Invoice.customer -> CustomerId as customer_id,
    InvoicePayment.invoice -> InvoiceId as invoice_id,
    InvoicedPayment.payment_intent -> PaymentIntentId as payment_intent_id,
    InvoicedPayment.charge -> ChargeId as charge_id,
}

/// `cancellation_details.reason` of what somebody asked for; the others Stripe does itself.
const ASKED_FOR: &str = "cancellation_requested";

impl Subscription {
    /// Whether somebody asked for its cancellation, and it was not ended by Stripe for want of payment.
    pub fn was_asked_for(&self) -> bool {
        let why = self.cancellation_details.as_ref().and_then(|details| details.reason.as_ref());
        why.is_none_or(|why| why.as_str() == ASKED_FOR)
    }

    /// Stripe has a next invoice for it.
    pub fn will_be_invoiced(&self) -> bool {
        self.bills() && self.pause_collection.is_none()
    }

    /// The earliest end among the items, since "at period end" means that one.
    pub fn period_end(&self) -> Option<Unix> {
        self.items.data.iter().map(|item| item.current_period_end).filter(|end| end.0 > 0).min()
    }

    pub fn period_start(&self) -> Option<Unix> {
        self.items.data.iter().map(|item| item.current_period_start).filter(|start| start.0 > 0).max()
    }

    /// When it will end by itself, as far as it is set: either field may carry it.
    pub fn ends_at(&self) -> Option<Unix> {
        self.cancel_at.or(if self.cancel_at_period_end { self.period_end() } else { None })
    }

    /// Its next bill comes by itself, as far as its status goes.
    pub fn bills(&self) -> bool {
        matches!(
            self.status,
            SubscriptionStatus::Active | SubscriptionStatus::Trialing | SubscriptionStatus::PastDue
        ) && (self.ends_at().is_none() || self.renews_before_it_ends())
    }

    /// Its end is set for a day after the period that runs: it is billed at least once more.
    pub fn renews_before_it_ends(&self) -> bool {
        matches!((self.ends_at(), self.period_end()), (Some(ends), Some(period)) if ends > period)
    }

    /// What is used of a part of it is billed when the period is over.
    pub fn is_metered(&self) -> bool {
        self.items.data.iter().any(|item| item.price.is_metered())
    }

    pub fn is_over(&self) -> bool {
        matches!(self.status, SubscriptionStatus::Canceled | SubscriptionStatus::IncompleteExpired)
    }

    /// Its status, or `paused` where collection is: Stripe leaves the status as it is then.
    pub fn words(&self) -> String {
        if self.pause_collection.is_some() && !self.is_over() {
            "paused".into()
        } else {
            self.status.to_string()
        }
    }

    /// Its state in words, with the date that matters.
    pub fn state_words(&self, date: impl Fn(Unix) -> String) -> String {
        let ends = self.ends_at().map(|end| format!("ends {}", date(end)));
        match &self.status {
            SubscriptionStatus::Active if self.pause_collection.is_some() => "paused".into(),
            SubscriptionStatus::Active => ends.unwrap_or_else(|| {
                self.period_end().map_or_else(|| "active".into(), |end| format!("renews {}", date(end)))
            }),
            SubscriptionStatus::Trialing => ends.unwrap_or_else(|| {
                self.trial_end.map_or_else(|| "trial".into(), |end| format!("trial to {}", date(end)))
            }),
            SubscriptionStatus::Canceled => {
                self.ended_at.map_or_else(|| "canceled".into(), |end| format!("ended {}", date(end)))
            }
            other => other.to_string(),
        }
    }

    /// What it costs besides what is used; none where tiers decide, or usage alone.
    pub fn amount(&self) -> Option<Money> {
        let mut sum = None;
        for item in self.items.data.iter().filter(|item| !item.price.is_metered()) {
            let before = sum.unwrap_or_else(|| Money::zero(self.currency));
            sum = Some(before.checked_add(item.price.amount(item.quantity.unwrap_or(1))?).ok()?);
        }
        sum
    }

    /// `$99.00/mo`, `$99.00/mo + usage`, `varies/mo`
    pub fn amount_words(&self) -> String {
        let per = self.items.data.first().map(|item| item.price.per()).unwrap_or_default();
        let usage = if self.is_metered() { " + usage" } else { "" };
        self.amount().map_or_else(|| format!("varies{per}"), |amount| format!("{amount}{per}{usage}"))
    }
}

impl Invoice {
    /// Made in the middle of a period, for a change of the subscription.
    pub fn is_of_a_change(&self) -> bool {
        self.billing_reason.as_str() == "subscription_update"
    }

    /// The line that says what it is mostly for: of a subscription before others, the largest first.
    pub fn main_line(&self) -> Option<&InvoiceLine> {
        let lines = self.lines.data.iter().filter(|line| !line.is_proration());
        lines.max_by_key(|line| {
            let of_subscription =
                line.parent.as_ref().is_some_and(|parent| parent.subscription_item_details.is_some());
            (of_subscription, line.amount)
        })
    }

    pub fn money(&self) -> Money {
        Money::new(self.total, self.currency)
    }

    pub fn subscription_id(&self) -> Option<&SubscriptionId> {
        match self.parent.as_ref()?.subscription_details.as_ref()?.subscription.as_ref()? {
            Link::Id(id) => Some(id),
            Link::Object(subscription) => Some(&subscription.id),
        }
    }

    /// Open, and either overdue or refused by the bank at least once.
    pub fn is_past_due(&self, now: Unix) -> bool {
        self.status == InvoiceStatus::Open
            && (self.due_date.is_some_and(|due| due < now) || self.attempt_count > 0)
    }

    /// The number, or the id of one that has none yet.
    pub fn title(&self) -> &str {
        self.number
            .as_ref()
            .map(Untrusted::as_str)
            .filter(|number| !number.is_empty())
            .unwrap_or(self.id.as_str())
    }
}

impl InvoiceLine {
    /// What it is for.
    pub fn product_id(&self) -> Option<&ProductId> {
        let details = self.pricing.as_ref()?.price_details.as_ref()?;
        details.product.as_ref().or_else(|| match details.price.as_ref()? {
            Link::Object(price) => price.product_id(),
            Link::Id(_) => None,
        })
    }

    pub fn is_proration(&self) -> bool {
        self.parent.as_ref().is_some_and(|parent| {
            [&parent.subscription_item_details, &parent.invoice_item_details]
                .into_iter()
                .flatten()
                .any(|item| item.proration)
        })
    }

    /// Of a subscription, for a whole period.
    pub fn is_regular(&self) -> bool {
        let of_item = self.parent.as_ref().is_some_and(|parent| parent.subscription_item_details.is_some());
        of_item && !self.is_proration()
    }
}

#[cfg(test)]
#[path = "billing_tests.rs"]
mod tests;
