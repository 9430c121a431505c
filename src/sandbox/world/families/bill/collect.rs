//! From a draft to money: finalising an invoice, paying it, and what that does to subscription and customer.

use serde_json::{Value, json};

use super::{
    super::{
        super::{
            Universe,
            ids::CATALOG,
            kind::Kind,
            money::Credit,
            value::{flag, int, set, text},
        },
        invoices::subscription_of,
    },
    charge::{Taking, intent_json},
    draft::{Bill, pending_items, settled},
    offs::Off,
    pieces::Piece,
};
use crate::sandbox::{call::Call, error::Refusal};

/// How the payment of a change is dealt with (`payment_behavior`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox::world) enum Manner {
    /// A decline leaves the invoice open.
    Allow,
    /// Nobody tries: the customer pays the open invoice.
    Wait,
}

/// What is billed at once.
pub(in crate::sandbox::world) struct Now<'a> {
    pub(in crate::sandbox::world) subscription: &'a Value,
    pub(in crate::sandbox::world) pieces: &'a [Piece],
    pub(in crate::sandbox::world) offs: &'a [Off],
    pub(in crate::sandbox::world) reason: &'static str,
    pub(in crate::sandbox::world) manner: Manner,
}

/// 400: there is nothing to charge.
pub(in crate::sandbox::world) fn no_method() -> Refusal {
    Refusal::invalid(
        "This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.",
    )
    .code("resource_missing")
}

impl Universe {
    /// What an invoice is paid with: its own method, its subscription's, its customer's.
    pub(in crate::sandbox::world) fn method_of(&mut self, invoice: &Value) -> Option<Value> {
        let subscription = self.by_id(subscription_of(invoice)).unwrap_or(Value::Null);
        let customer = self.by_id(text(invoice, "customer")).unwrap_or(Value::Null);
        let own = [invoice, &subscription]
            .map(|object| text(object, "default_payment_method").to_owned())
            .into_iter()
            .find(|id| !id.is_empty());
        let of_customer =
            customer.pointer("/invoice_settings/default_payment_method").and_then(Value::as_str);
        let method = self.by_id(&own.or_else(|| of_customer.map(str::to_owned))?)?;
        // A detached one belongs to nobody.
        (text(&method, "customer") == text(invoice, "customer")).then_some(method)
    }

    /// Writes the customer with the balance as an invoice, a credit note or nothing at all leaves it.
    pub(in crate::sandbox::world) fn move_balance(
        &mut self,
        call: &Call,
        (invoice, note): (&Value, &str),
        kind: &str,
        amount: i64,
    ) -> String {
        let Some(before) = self.by_id(text(invoice, "customer")).filter(|_| amount != 0) else {
            return String::new();
        };
        let owner = self.owner_of(text(&before, "id")).unwrap_or(CATALOG);
        let credit = Credit {
            amount,
            currency: text(invoice, "currency"),
            kind,
            invoice: Some(text(invoice, "id")),
            note: Some(note).filter(|note| !note.is_empty()),
            ..Credit::default()
        };
        let mut customer = before.clone();
        let moved = self.credit(call, &mut customer, owner, &credit);
        self.say(call, "customer.updated", &customer, Some(&before));
        text(&moved, "id").to_owned()
    }

    /// Gives the draft its number, uses the customer's balance, and opens it. Nothing due is paid at once.
    pub(in crate::sandbox::world) fn finalize(&mut self, call: &Call, draft: &Value, advance: bool) -> Value {
        let mut invoice = draft.clone();
        let id = text(draft, "id").to_owned();
        let mut customer = self.by_id(text(draft, "customer")).unwrap_or(Value::Null);
        let (balance, sequence) = (int(&customer, "balance"), int(&customer, "next_invoice_sequence"));
        let number = format!("{}-{sequence:04}", text(&customer, "invoice_prefix"));
        set(&mut customer, "next_invoice_sequence", sequence + 1);
        self.put(&customer);
        let (due, ending) = settled(int(draft, "total"), balance, text(draft, "currency"));
        let url = format!("https://invoice.stripe.com/i/acct_sandbox/{id}");
        for (name, value) in [
            ("amount_due", json!(due)),
            ("amount_remaining", json!(due)),
            ("auto_advance", json!(advance)),
            ("automatically_finalizes_at", Value::Null),
            ("effective_at", json!(call.now)),
            ("ending_balance", json!(ending)),
            ("hosted_invoice_url", json!(url)),
            ("invoice_pdf", json!(format!("{url}/pdf"))),
            ("next_payment_attempt", Value::Null),
            ("number", json!(number)),
            ("starting_balance", json!(balance)),
            ("status", json!("open")),
            ("webhooks_delivered_at", json!(call.now)),
        ] {
            set(&mut invoice, name, value);
        }
        stamp(&mut invoice, "finalized_at", call.now);
        self.put(&invoice);
        self.say(call, "invoice.finalized", &invoice, None);
        self.say(call, "invoice.updated", &invoice, Some(draft));
        self.move_balance(call, (&invoice, ""), "applied_to_invoice", ending - balance);
        if due == 0 {
            set(&mut invoice, "attempted", true);
            return self.paid(call, &invoice, (0, 0));
        }
        self.payment_of(call, &invoice);
        invoice
    }

    /// The open payment of an open invoice, with its intent; made when there is none.
    pub(in crate::sandbox::world) fn payment_of(&mut self, call: &Call, invoice: &Value) -> (Value, Value) {
        let id = text(invoice, "id");
        let owner = self.owner_of(id).unwrap_or(CATALOG);
        let open = self
            .all_of(Kind::InvoicePayment, owner)
            .into_iter()
            .find(|payment| text(payment, "invoice") == id && text(payment, "status") == "open");
        let intent = open.as_ref().and_then(|payment| {
            payment.pointer("/payment/payment_intent").and_then(Value::as_str).map(str::to_owned)
        });
        if let (Some(payment), Some(intent)) = (open, intent.and_then(|id| self.by_id(&id))) {
            return (payment, intent);
        }
        let words =
            if subscription_of(invoice).is_empty() { "Payment for Invoice" } else { "Subscription update" };
        let intent = self.add(Kind::Intent, owner, |id| intent_json(id, call.now, invoice, words));
        self.say(call, "payment_intent.created", &intent, None);
        let payment = self.add(Kind::InvoicePayment, owner, |own| {
            json!({
                "id": own, "object": "invoice_payment", "amount_paid": null,
                "amount_requested": int(invoice, "amount_remaining"), "created": call.now,
                "currency": text(invoice, "currency"), "invoice": id, "is_default": true, "livemode": false,
                "payment": {"payment_intent": text(&intent, "id"), "type": "payment_intent"},
                "status": "open", "status_transitions": {"canceled_at": null, "paid_at": null},
            })
        });
        (payment, intent)
    }

    /// The invoice as paid: `amount` more, of which `outside` came another way.
    pub(in crate::sandbox::world) fn paid(
        &mut self,
        call: &Call,
        before: &Value,
        (amount, outside): (i64, i64),
    ) -> Value {
        let mut invoice = before.clone();
        for (name, value) in [
            ("amount_paid", json!(int(before, "amount_paid") + amount)),
            ("amount_paid_off_stripe", json!(int(before, "amount_paid_off_stripe") + outside)),
            ("amount_remaining", json!(0)),
            ("auto_advance", json!(false)),
            ("next_payment_attempt", Value::Null),
            ("status", json!("paid")),
        ] {
            set(&mut invoice, name, value);
        }
        stamp(&mut invoice, "paid_at", call.now);
        self.put(&invoice);
        self.say(call, "invoice.updated", &invoice, Some(before));
        self.say(call, "invoice.paid", &invoice, None);
        self.say(call, "invoice.payment_succeeded", &invoice, None);
        self.relieve(call, &invoice);
        invoice
    }

    /// Takes the rest of an open invoice from a method. A refusal by the bank is written, too.
    pub(in crate::sandbox::world) fn collect(
        &mut self,
        call: &Call,
        before: &Value,
        method: &Value,
    ) -> Result<Value, Refusal> {
        let owner = self.owner_of(text(before, "id")).unwrap_or(CATALOG);
        let amount = int(before, "amount_remaining");
        let (mut payment, intent) = self.payment_of(call, before);
        let taking = Taking { invoice: before, method, amount };
        let (intent, decline) = self.take(call, &taking, intent, owner);
        let mut invoice = before.clone();
        set(&mut invoice, "attempted", true);
        set(&mut invoice, "attempt_count", int(before, "attempt_count") + 1);
        if let Some(decline) = decline {
            self.put(&invoice);
            self.say(call, "invoice.updated", &invoice, Some(before));
            self.say(call, "invoice.payment_failed", &invoice, None);
            return Err(decline.refusal(&intent));
        }
        set(&mut payment, "amount_paid", amount);
        set(&mut payment, "status", "paid");
        stamp(&mut payment, "paid_at", call.now);
        self.put(&payment);
        self.say(call, "invoice_payment.paid", &payment, None);
        Ok(self.paid(call, &invoice, (amount, 0)))
    }

    /// Nothing of the invoice is owed any more: its subscription runs again, and its customer owes nothing.
    pub(in crate::sandbox::world) fn relieve(&mut self, call: &Call, invoice: &Value) {
        let owner = self.owner_of(text(invoice, "id")).unwrap_or(CATALOG);
        let open: Vec<Value> = self
            .all_of(Kind::Invoice, owner)
            .into_iter()
            .filter(|other| text(other, "status") == "open" && text(other, "id") != text(invoice, "id"))
            .collect();
        let of = subscription_of(invoice).to_owned();
        let waits = ["past_due", "unpaid", "incomplete"];
        let subscription = self.by_id(&of).filter(|found| waits.contains(&text(found, "status")));
        if let Some(before) = subscription
            && !open.iter().any(|other| subscription_of(other) == of)
        {
            let mut after = before.clone();
            set(&mut after, "status", "active");
            self.put(&after);
            self.say(call, "customer.subscription.updated", &after, Some(&before));
        }
        if let Some(before) = self.by_id(text(invoice, "customer"))
            && open.is_empty()
            && flag(&before, "delinquent")
        {
            let mut customer = before.clone();
            set(&mut customer, "delinquent", false);
            self.put(&customer);
            self.say(call, "customer.updated", &customer, Some(&before));
        }
    }

    /// Bills pieces and waiting items: an invoice, taken from the saved method or the balance. Gives the
    /// invoice as it ends up.
    pub(in crate::sandbox::world) fn bill_now(&mut self, call: &Call, now: &Now<'_>, owner: u32) -> Value {
        let draft = self.bill_later(call, now, owner);
        self.go_on(call, now, draft)
    }

    /// The same as a draft that goes on by itself.
    pub(in crate::sandbox::world) fn bill_later(&mut self, call: &Call, now: &Now<'_>, owner: u32) -> Value {
        let subscription = now.subscription;
        for piece in now.pieces.iter().filter(|piece| piece.proration) {
            self.wait(call, subscription, piece, owner);
        }
        let pending = pending_items(self, subscription);
        let pieces: Vec<Piece> = now.pieces.iter().filter(|piece| !piece.proration).cloned().collect();
        let id = self.fresh(Kind::Invoice, owner);
        let bill = Bill {
            subscription,
            pieces: &pieces,
            pending: &pending,
            offs: now.offs,
            created: call.now,
            reason: now.reason,
        };
        let mut draft = self.draft(&bill, &id);
        set(&mut draft, "ending_balance", Value::Null);
        set(&mut draft, "auto_advance", true);
        set(&mut draft, "automatically_finalizes_at", call.now + 3_601);
        self.add(Kind::Invoice, owner, |_| draft.clone());
        for mut item in pending {
            set(&mut item, "invoice", id.as_str());
            self.put(&item);
        }
        self.say(call, "invoice.created", &draft, None);
        draft
    }

    /// Takes a draft as far as it goes: kept where collection is paused, else final, and paid.
    pub(in crate::sandbox::world) fn go_on(&mut self, call: &Call, now: &Now<'_>, mut draft: Value) -> Value {
        let paused = now.subscription.pointer("/pause_collection/behavior").and_then(Value::as_str);
        if paused == Some("keep_as_draft") {
            for name in ["automatically_finalizes_at", "next_payment_attempt"] {
                set(&mut draft, name, Value::Null);
            }
            set(&mut draft, "auto_advance", false);
            self.put(&draft);
            return draft;
        }
        if text(&draft, "collection_method") == "send_invoice" {
            return draft;
        }
        let invoice = self.finalize(call, &draft, now.manner == Manner::Allow);
        if text(&invoice, "status") != "open" {
            return invoice;
        }
        match paused {
            Some("void") => return self.void(call, &invoice),
            Some("mark_uncollectible") => return self.uncollectible(call, &invoice, "subscription_paused"),
            _ => {}
        }
        let method = self.method_of(&invoice).filter(|_| now.manner == Manner::Allow);
        let result = method.map(|method| self.collect(call, &invoice, &method));
        let id = text(&invoice, "id").to_owned();
        match result {
            Some(Ok(paid)) => paid,
            _ => self.by_id(&id).unwrap_or(invoice),
        }
    }

    /// Cancels the open payment of an invoice that nobody pays any more.
    pub(in crate::sandbox::world) fn drop_payment(&mut self, call: &Call, invoice: &Value, reason: &str) {
        let owner = self.owner_of(text(invoice, "id")).unwrap_or(CATALOG);
        for mut payment in self.all_of(Kind::InvoicePayment, owner) {
            if text(&payment, "invoice") != text(invoice, "id") || text(&payment, "status") != "open" {
                continue;
            }
            set(&mut payment, "status", "canceled");
            stamp(&mut payment, "canceled_at", call.now);
            self.put(&payment);
            let intent = payment.pointer("/payment/payment_intent").and_then(Value::as_str).unwrap_or("");
            if let Some(before) = self.by_id(intent) {
                let mut intent = before.clone();
                set(&mut intent, "status", "canceled");
                set(&mut intent, "canceled_at", call.now);
                set(&mut intent, "cancellation_reason", reason);
                self.put(&intent);
                self.say(call, "payment_intent.canceled", &intent, Some(&before));
            }
        }
    }

    /// The open or given-up invoice as void: what it had used of the customer's balance comes back.
    pub(in crate::sandbox::world) fn void(&mut self, call: &Call, before: &Value) -> Value {
        let mut invoice = before.clone();
        set(&mut invoice, "status", "void");
        set(&mut invoice, "auto_advance", false);
        set(&mut invoice, "next_payment_attempt", Value::Null);
        stamp(&mut invoice, "voided_at", call.now);
        self.put(&invoice);
        self.drop_payment(call, &invoice, "void_invoice");
        let used = int(before, "ending_balance") - int(before, "starting_balance");
        self.move_balance(call, (&invoice, ""), "unapplied_from_invoice", -used);
        self.say(call, "invoice.updated", &invoice, Some(before));
        self.say(call, "invoice.voided", &invoice, None);
        let first =
            self.by_id(subscription_of(&invoice)).filter(|found| text(found, "status") == "incomplete");
        if let Some(waiting) = first {
            let mut ended = waiting.clone();
            set(&mut ended, "status", "incomplete_expired");
            set(&mut ended, "ended_at", call.now);
            self.put(&ended);
            self.say(call, "customer.subscription.updated", &ended, Some(&waiting));
        }
        self.relieve(call, &invoice);
        invoice
    }

    /// The open invoice as given up.
    pub(in crate::sandbox::world) fn uncollectible(
        &mut self,
        call: &Call,
        before: &Value,
        why: &str,
    ) -> Value {
        let mut invoice = before.clone();
        set(&mut invoice, "status", "uncollectible");
        set(&mut invoice, "status_details", json!({"uncollectible": {"reason": why}}));
        set(&mut invoice, "auto_advance", false);
        set(&mut invoice, "next_payment_attempt", Value::Null);
        stamp(&mut invoice, "marked_uncollectible_at", call.now);
        self.put(&invoice);
        self.say(call, "invoice.updated", &invoice, Some(before));
        self.say(call, "invoice.marked_uncollectible", &invoice, None);
        invoice
    }
}

/// When the object came into its state.
pub(in crate::sandbox::world) fn stamp(object: &mut Value, name: &str, now: i64) {
    if let Some(times) = object.get_mut("status_transitions") {
        set(times, name, now);
    }
}
