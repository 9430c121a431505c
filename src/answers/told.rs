//! What the customer can be told of a record as it stands: of a charge what became of it since, of a subscription whether it runs, of an
//! invoice whether it is to be paid. Told alike on every way to it.

use super::{
    Bag,
    reply::{Fact, Reply},
};
use crate::{
    actions::Moment,
    model::{
        Charge, ChargeStatus, Dispute, DisputeStatus, Invoice, InvoiceStatus, Recurring, Refund,
        RefundStatus, Subscription, SubscriptionStatus,
    },
    money::Money,
    text::Untrusted,
    time::{DAY_S, Unix},
};

/// By then a bank has shown a refund: ten business days.
pub(super) const SHOWN_S: i64 = 14 * DAY_S;

/// What happened to a charge since it was taken, a sentence each. Of one that was not taken nothing did.
pub fn after(bag: &Bag, charge: &Charge, moment: &Moment) -> Vec<Reply> {
    if charge.status != ChargeStatus::Succeeded || !charge.captured {
        return Vec::new();
    }
    let mut told = refunds(bag, charge, moment);
    told.extend(charge.disputed.then(|| dispute(bag, charge)));
    told
}

/// Its own refunds, as far as they were read.
pub(super) fn refunds_of<'a>(bag: &'a Bag, charge: &'a Charge) -> impl Iterator<Item = &'a Refund> {
    bag.refunds().filter(|refund| refund.charge_id() == Some(&charge.id))
}

fn refunds(bag: &Bag, charge: &Charge, moment: &Moment) -> Vec<Reply> {
    let sum = |is: fn(&RefundStatus) -> bool| {
        let meant = refunds_of(bag, charge).filter(|refund| is(&refund.status));
        meant.map(|refund| refund.amount).fold(0, i64::saturating_add)
    };
    let done = sum(|status| *status == RefundStatus::Succeeded);
    let pending = sum(|status| *status == RefundStatus::Pending);
    let waits = sum(|status| *status == RefundStatus::RequiresAction);
    let unread = charge.amount_refunded.saturating_sub(done).saturating_sub(pending).saturating_sub(waits);
    let of = |case: &str, minor: i64| {
        (minor > 0).then(|| Reply::new(case, [("amount", Money::new(minor, charge.currency))]))
    };
    let all = done > 0 && done >= charge.captured_money().minor();
    let newest = refunds_of(bag, charge).max_by_key(|refund| refund.created);
    let is_new = |refund: &Refund| {
        refund.status == RefundStatus::Succeeded && moment.now.since(refund.created) < SHOWN_S
    };
    let back = newest.filter(|refund| refund.status == RefundStatus::Failed);
    [
        of(if all { "after_refunded" } else { "after_refunded_in_part" }, done),
        refunds_of(bag, charge).any(is_new).then(|| Reply::plain("after_banks_take")),
        of("after_refund_pending", pending),
        of("after_refund_waits", waits),
        of("after_refund_unread", unread),
        back.and_then(|refund| of("after_refund_failed", refund.amount)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The one that counts now: an inquiry may have come before it.
pub(super) fn newest_dispute<'bag>(bag: &'bag Bag, charge: &Charge) -> Option<&'bag Dispute> {
    let own = bag.disputes().filter(|dispute| dispute.charge_id() == Some(&charge.id));
    own.max_by_key(|dispute| dispute.created)
}

fn dispute(bag: &Bag, charge: &Charge) -> Reply {
    let Some(newest) = newest_dispute(bag, charge) else {
        return Reply::plain("after_dispute_unread");
    };
    Reply::plain(match &newest.status {
        DisputeStatus::WarningNeedsResponse | DisputeStatus::WarningUnderReview => "after_inquiry",
        DisputeStatus::WarningClosed => "after_inquiry_closed",
        DisputeStatus::NeedsResponse
        | DisputeStatus::UnderReview
        | DisputeStatus::AppealNeedsResponse
        | DisputeStatus::AppealUnderReview => "after_disputed",
        DisputeStatus::Won => "after_dispute_won",
        DisputeStatus::Lost => "after_dispute_lost",
        DisputeStatus::Prevented => "after_dispute_prevented",
        DisputeStatus::Other(_) => "after_dispute_unread",
    })
}

/// When a subscription bills next, or that it ends; nothing where none of both can be promised.
pub fn next(subscription: &Subscription, at: Option<Unix>, moment: &Moment) -> Vec<Reply> {
    if subscription.is_over() {
        return Vec::new();
    }
    let ends = subscription.ends_at();
    if let Some(ends) = ends.filter(|_| !subscription.renews_before_it_ends()) {
        let case = if subscription.is_metered() { "next_ends_usage" } else { "next_ends" };
        return vec![Reply::new(case, [("date", ends)])];
    }
    let promised = at.filter(|at| *at > moment.now);
    let promised = promised.filter(|_| subscription.will_be_invoiced());
    promised.map(|at| Reply::new("next_billing", [("date", at)])).into_iter().chain(then_ends(ends)).collect()
}

/// `$99.00/mo`
fn price(subscription: &Subscription) -> Fact {
    let recurring = subscription.items.data.first().and_then(|item| item.price.recurring.as_ref());
    let price = rate(subscription.amount(), recurring);
    if !subscription.is_metered() || subscription.amount().is_none() {
        return price;
    }
    Fact::say(Reply::new("and_usage", [("price", price)]))
}

/// An amount over and over: `$99.00/mo`.
pub(super) fn rate(amount: Option<Money>, recurring: Option<&Recurring>) -> Fact {
    let Some(amount) = amount else { return Fact::word("varies") };
    let Some(recurring) = recurring else { return amount.into() };
    let unit = recurring.interval.as_str();
    if !["day", "week", "month", "year"].contains(&unit) {
        return amount.into();
    }
    let case = format!("per_{unit}");
    Fact::say(Reply::new(
        &case,
        [("amount", Fact::Money(amount)), ("count", recurring.interval_count.into())],
    ))
}

/// Whether a subscription runs, and when it bills or ends; none where its state tells a customer nothing.
pub fn subscription(subscription: &Subscription, named: &str, moment: &Moment) -> Reply {
    let facts = [("what", Fact::Text(named.to_owned())), ("price", price(subscription))];
    let told = |case: &str| Reply::new(case, facts.clone());
    let ends = subscription.ends_at();
    let pause = subscription.pause_collection.as_ref();
    match &subscription.status {
        SubscriptionStatus::IncompleteExpired => told("subscription_never_began"),
        SubscriptionStatus::Canceled => {
            let ended = subscription.ended_at.or(subscription.canceled_at);
            ended.map_or_else(Reply::none, |ended| told("subscription_over").with("date", ended))
        }
        SubscriptionStatus::Incomplete => told("subscription_incomplete"),
        // Nobody tried to collect what was mailed.
        SubscriptionStatus::PastDue if subscription.collection_method.as_str() == "send_invoice" => {
            told("subscription_invoiced").with("after", then_ends(ends))
        }
        SubscriptionStatus::PastDue => told("subscription_past_due").with("after", then_ends(ends)),
        SubscriptionStatus::Unpaid => told("subscription_unpaid").with("after", then_ends(ends)),
        SubscriptionStatus::Paused => told("subscription_paused").with("after", then_ends(ends)),
        SubscriptionStatus::Active | SubscriptionStatus::Trialing if pause.is_some() => {
            let later = pause.is_some_and(|pause| pause.behavior.as_str() == "keep_as_draft");
            let resumes = pause.and_then(|pause| pause.resumes_at);
            let resumes = resumes.map(|at| Reply::new("after_resumes", [("date", at)]));
            let further: Vec<Reply> =
                then_ends(ends).into_iter().chain(resumes.filter(|_| ends.is_none())).collect();
            told(if later { "subscription_paused_later" } else { "subscription_uncollected" })
                .with("after", further)
        }
        SubscriptionStatus::Active | SubscriptionStatus::Trialing if ends.is_some() => {
            let case = match () {
                () if subscription.renews_before_it_ends() => "subscription_ends_later",
                () if subscription.is_metered() => "subscription_ends_usage",
                () => "subscription_ends",
            };
            told(case).with_some("date", ends)
        }
        SubscriptionStatus::Trialing => {
            let end = subscription.trial_end.or_else(|| subscription.period_end());
            told("subscription_trial").with_some("date", end.filter(|at| *at > moment.now))
        }
        SubscriptionStatus::Active => told("subscription_runs")
            .with_some("date", subscription.period_end().filter(|at| *at > moment.now)),
        SubscriptionStatus::Other(_) => Reply::none(),
    }
}

pub(super) fn then_ends(ends: Option<Unix>) -> Vec<Reply> {
    ends.map(|ends| Reply::new("after_ends", [("date", ends)])).into_iter().collect()
}

/// Whether an invoice is to be paid; none of what is not the customer's yet, or not for us to raise.
pub fn invoice(invoice: &Invoice) -> Reply {
    let outside = invoice.amount_paid_off_stripe.unwrap_or(0);
    let (case, amount) = match &invoice.status {
        InvoiceStatus::Paid if outside > 0 && outside >= invoice.amount_due => {
            ("invoice_paid_outside", invoice.total)
        }
        InvoiceStatus::Paid if outside > 0 => ("invoice_paid_partly_outside", invoice.total),
        InvoiceStatus::Paid if invoice.amount_due == 0 && invoice.total > 0 => {
            ("invoice_settled", invoice.total)
        }
        InvoiceStatus::Paid => ("invoice_paid", invoice.total),
        InvoiceStatus::Open => ("invoice_open", invoice.amount_remaining),
        InvoiceStatus::Void => ("invoice_void", invoice.total),
        InvoiceStatus::Draft | InvoiceStatus::Uncollectible | InvoiceStatus::Other(_) => {
            return Reply::none();
        }
    };
    Reply::new(case, [("amount", Money::new(amount, invoice.currency))])
        .with("number", invoice.title().to_owned())
        .with("date", invoice.created)
        .with("outside", Money::new(outside, invoice.currency))
        .with("after", page(invoice))
}

/// Where the customer sees it: a link, and nothing else that may stand in its place.
fn page(invoice: &Invoice) -> Vec<Reply> {
    let case = match invoice.status {
        InvoiceStatus::Paid => "after_page",
        InvoiceStatus::Open => "after_page_to_pay",
        _ => return Vec::new(),
    };
    let page = invoice.hosted_invoice_url.as_ref().map(Untrusted::as_str);
    let is_link =
        |page: &&str| page.starts_with("https://") && page.bytes().all(|byte| byte.is_ascii_graphic());
    page.filter(is_link).map(|page| Reply::new(case, [("page", page.to_owned())])).into_iter().collect()
}

#[cfg(test)]
#[path = "told_tests.rs"]
mod tests;
