//! The table: what each action is given, what refuses and denies it, and where its success is to be seen.

mod objects;
mod reads;

pub(super) use objects::Names;
pub(super) use reads::READS;

pub(super) type Pairs = &'static [(&'static str, &'static str)];

/// How the state of an object refuses.
#[derive(Clone, Copy)]
pub(super) enum Refusal {
    /// The same once more.
    Again(&'static str),
    /// The same on something else.
    Of(Pairs, &'static str),
    /// No state refuses it.
    Never,
}
pub(super) use Refusal::{Again, Never, Of};

/// Where a success shows: what is read, a pointer into it, and what stands there then. `@` names an object below.
pub(super) type Shows = (&'static str, &'static str, &'static str);
/// Stripe keeps nothing of it that can be read.
pub(super) const NOWHERE: Shows = ("", "", "");

/// Action, what is given (`@` names an object below), how it is refused, the rule without which it is denied, and where its
/// success shows.
pub(super) struct Case(
    pub(super) &'static str,
    pub(super) Pairs,
    pub(super) Refusal,
    pub(super) &'static str,
    pub(super) Shows,
);

impl Case {
    /// The same as it is refused once it was done, and why; none where no state refuses it.
    pub(super) fn refused(
        &self,
        names: &Names<'_>,
        mut given: Vec<(&'static str, String)>,
    ) -> Option<(Vec<(&'static str, String)>, &'static str)> {
        let (other, why) = match self.2 {
            Never => return None,
            Again(why) => (Vec::new(), why),
            Of(other, why) => (names.pairs(other), why),
        };
        given.retain(|(known, _)| other.iter().all(|(name, _)| name != known));
        given.extend(other);
        Some((given, why))
    }
}

pub(super) const CHANGES: &[Case] = &[
    Case(
        "update_charge",
        &[("charge", "@charge"), ("description", "gift")],
        Never,
        "payments.edit",
        ("/v1/charges/@charge", "/description", "gift"),
    ),
    Case(
        "refund_charge",
        &[("charge", "@charge"), ("amount", "1.00"), ("reason", "duplicate"), ("note", "x")],
        Of(&[("charge", "@failed")], "nothing was taken"),
        "refunds.currency",
        ("/v1/charges/@charge", "/amount_refunded", "100"),
    ),
    Case(
        "cancel_payment",
        &[("payment_intent", "@held"), ("cancellation_reason", "abandoned")],
        Again("already cancelled"),
        "payments.cancel_held",
        ("/v1/payment_intents/@held", "/status", "canceled"),
    ),
    Case(
        "capture_payment",
        &[("payment_intent", "@held")],
        Again("already captured"),
        "payments.capture_held",
        ("/v1/payment_intents/@held", "/status", "succeeded"),
    ),
    Case(
        "cancel_refund",
        &[("refund", "@waiting")],
        Again("already cancelled"),
        "refunds.max",
        ("/v1/refunds/@waiting", "/status", "canceled"),
    ),
    Case(
        "update_customer",
        &[("customer", "@customer"), ("name", "Ada"), ("address_city", "London")],
        Of(&[("customer", "@gone")], "deleted"),
        "customers.update_email",
        ("/v1/customers/@customer", "/address/city", "London"),
    ),
    Case(
        "adjust_customer_balance",
        &[("customer", "@customer"), ("amount", "5"), ("description", "sorry")],
        Of(&[("customer", "@gone")], "deleted"),
        "customers.max_credit",
        ("/v1/customers/@customer/balance_transactions", "/data/0/description", "sorry"),
    ),
    Case(
        "set_default_payment_method",
        &[("customer", "@cards"), ("payment_method", "@spare")],
        Again("already what the customer pays with"),
        "customers.update_payment_method",
        ("/v1/customers/@cards", "/invoice_settings/default_payment_method", "@spare"),
    ),
    Case(
        "detach_payment_method",
        &[("payment_method", "@spare")],
        Again("belongs to nobody"),
        "customers.update_payment_method",
        ("/v1/payment_methods/@spare", "/customer", "null"),
    ),
    Case(
        "remove_customer_discount",
        &[("customer", "@favoured")],
        Again("no discount on the customer"),
        "subscriptions.max_discount",
        ("/v1/customers/@favoured", "/discount", "null"),
    ),
    Case(
        "create_portal_session",
        &[("customer", "@customer"), ("flow", "payment_method_update")],
        Of(&[("customer", "@gone")], "deleted"),
        "customers.portal_links",
        NOWHERE,
    ),
    Case(
        "update_subscription",
        &[
            ("subscription", "@plan"),
            ("price", "@dearer"),
            ("proration_behavior", "always_invoice"),
            ("proration_date", "1h"),
        ],
        Again("on that plan already"),
        "subscriptions.change_plan",
        ("/v1/subscriptions/@plan", "/items/data/0/price/id", "@dearer"),
    ),
    Case(
        "update_subscription",
        &[("subscription", "@plan"), ("items", "@item=@dearer:2, +@seat:3")],
        Of(&[("subscription", "@over")], "already cancelled"),
        "subscriptions.change_plan",
        ("/v1/subscriptions/@plan", "/items/data/1/price/id", "@seat"),
    ),
    Case(
        "cancel_subscription",
        &[("subscription", "@plan"), ("when", "now"), ("feedback", "unused")],
        Again("already cancelled"),
        "subscriptions.cancel",
        ("/v1/subscriptions/@plan", "/status", "canceled"),
    ),
    Case(
        "undo_cancellation",
        &[("subscription", "@ending")],
        Again("not set to end"),
        "subscriptions.cancel",
        ("/v1/subscriptions/@ending", "/cancel_at", "null"),
    ),
    Case(
        "pause_subscription",
        &[("subscription", "@plan"), ("behavior", "keep_as_draft"), ("resumes_at", "in 30d")],
        Again("resume it first"),
        "subscriptions.pause",
        ("/v1/subscriptions/@plan", "/pause_collection/behavior", "keep_as_draft"),
    ),
    Case(
        "resume_subscription",
        &[("subscription", "@collection")],
        Again("not paused"),
        "subscriptions.pause",
        ("/v1/subscriptions/@collection", "/pause_collection", "null"),
    ),
    Case(
        "resume_subscription",
        &[("subscription", "@paused")],
        Again("not paused"),
        "subscriptions.pause",
        ("/v1/subscriptions/@paused", "/status", "active"),
    ),
    Case(
        "extend_trial",
        &[("subscription", "@trial"), ("trial_end", "in 10d"), ("missing_payment_method", "pause")],
        Of(&[("subscription", "@over")], "already cancelled"),
        "subscriptions.max_trial_days",
        ("/v1/subscriptions/@trial", "/trial_settings/end_behavior/missing_payment_method", "pause"),
    ),
    Case(
        "extend_trial",
        &[("subscription", "@trial"), ("trial_end", "now")],
        Again("no trial to end"),
        "invoices.change",
        ("/v1/subscriptions/@trial", "/status", "active"),
    ),
    Case(
        "apply_discount",
        &[("subscription", "@plan"), ("coupon", "WELCOME20")],
        Again("on the subscription already"),
        "subscriptions.max_discount",
        ("/v1/subscriptions/@plan?expand[]=discounts", "/discounts/0/source/coupon", "WELCOME20"),
    ),
    Case(
        "apply_discount",
        &[("subscription", "@cheaper"), ("promotion_code", "@code")],
        Of(&[("promotion_code", "@ended")], "not active any more"),
        "subscriptions.max_discount",
        ("/v1/subscriptions/@cheaper?expand[]=discounts", "/discounts/1/promotion_code", "@code"),
    ),
    Case(
        "remove_subscription_discount",
        &[("subscription", "@cheaper")],
        Again("no discount on the subscription itself"),
        "subscriptions.max_discount",
        ("/v1/subscriptions/@cheaper", "/discounts", "[]"),
    ),
    Case(
        "release_subscription_schedule",
        &[("schedule", "@schedule"), ("preserve_cancel_date", "true")],
        Again("released already"),
        "subscriptions.change_plan",
        ("/v1/subscription_schedules/@schedule", "/status", "released"),
    ),
    Case(
        "finalize_invoice",
        &[("invoice", "@draft"), ("auto_advance", "false")],
        Again("it is final already"),
        "invoices.change",
        ("/v1/invoices/@draft", "/status", "open"),
    ),
    Case(
        "pay_invoice",
        &[("invoice", "@open"), ("paid_out_of_band", "true")],
        Again("already paid"),
        "invoices.change",
        ("/v1/invoices/@open", "/status", "paid"),
    ),
    Case(
        "send_invoice",
        &[("invoice", "@mailed")],
        Of(&[("invoice", "@open")], "charged automatically"),
        "invoices.change",
        ("/v1/events?type=invoice.sent", "/data/0/data/object/id", "@mailed"),
    ),
    Case(
        "mark_invoice_uncollectible",
        &[("invoice", "@open")],
        Again("written off already"),
        "invoices.change",
        ("/v1/invoices/@open", "/status", "uncollectible"),
    ),
    Case(
        "void_invoice",
        &[("invoice", "@open")],
        Again("it is void"),
        "invoices.change",
        ("/v1/invoices/@open", "/status", "void"),
    ),
    Case(
        "create_invoice_item",
        &[("customer", "@customer"), ("amount", "5"), ("direction", "credit"), ("description", "sorry")],
        Of(&[("customer", "@gone")], "deleted"),
        "invoices.change",
        ("/v1/invoiceitems?customer=@customer", "/data/0/amount", "-500"),
    ),
    Case(
        "create_invoice_item",
        &[("customer", "@drafted"), ("amount", "5"), ("invoice", "@draft")],
        Of(&[("customer", "@customer"), ("invoice", "@open")], "another customer's"),
        "invoices.change",
        ("/v1/invoiceitems?invoice=@draft", "/data/0/amount", "500"),
    ),
    Case(
        "create_credit_note",
        &[("invoice", "@paid"), ("credit_amount", "1.00"), ("email_type", "none")],
        Of(&[("invoice", "@draft")], "it is a draft"),
        "customers.max_credit",
        ("/v1/credit_notes?invoice=@paid", "/data/0/amount", "100"),
    ),
    Case(
        "create_credit_note",
        &[("invoice", "@paid"), ("refund_amount", "1.00"), ("reason", "duplicate"), ("note", "x")],
        Of(&[("invoice", "@draft")], "it is a draft"),
        "refunds.currency",
        ("/v1/credit_notes?invoice=@paid", "/data/0/reason", "duplicate"),
    ),
    Case(
        "void_credit_note",
        &[("credit_note", "@note")],
        Again("void already"),
        "customers.max_credit",
        ("/v1/credit_notes/@note", "/status", "void"),
    ),
    Case(
        "update_dispute",
        &[("dispute", "@dispute"), ("product_description", "a subscription")],
        Of(&[("dispute", "@lost")], "lost"),
        "disputes.stage",
        ("/v1/disputes/@dispute", "/evidence/product_description", "a subscription"),
    ),
    Case(
        "close_dispute",
        &[("dispute", "@dispute")],
        Again("lost"),
        "disputes.accept",
        ("/v1/disputes/@dispute", "/status", "lost"),
    ),
];

/// Everything may be done, and large amounts too.
pub(super) const ALL: &str = r#"version = 1
[refunds]
max = { usd = "500.00" }
[subscriptions]
cancel = true
pause = true
change_plan = true
proration = "choose"
max_trial_days = 60
max_discount = { percent = 90, months = 24 }
[customers]
update_email = true
update_payment_method = true
portal_links = true
max_credit = { usd = "500.00", eur = "500.00", gbp = "500.00" }
[invoices]
change = true
max_write_off = { usd = "5000.00" }
max_item = { usd = "5000.00" }
[payments]
edit = true
cancel_held = true
capture_held = true
[disputes]
stage = true
submit = true
accept = true
"#;
