//! What the customer can be told of a change that was made: that it was, with what is left standing now.

use super::{
    reply::{Fact, Reply},
    timeline::refund,
    told,
};
use crate::{
    actions::{FieldKind, Lasts, Moment, PlanMove, Proposal, Subject, TakesOff, find},
    model::{
        Charge, CreditNote, Dispute, DisputeStatus, Invoice, InvoiceStatus, PaymentIntent, Refund,
        Subscription, SubscriptionStatus,
    },
    money::Money,
    time::Unix,
};

/// `after` is the object that came back, `charge` the one that was refunded; `named` says what a subscription is called. None of what
/// no customer is to be told: there is no text for it.
pub fn reply(
    proposal: &Proposal,
    (after, charge): (Option<&Subject>, Option<&Charge>),
    named: impl Fn(&Subscription) -> String,
    moment: &Moment,
) -> Reply {
    let refunded = after.and_then(Subject::read::<Refund>);
    if let Some(refunded) = refunded {
        return refund::reply(refunded, charge, moment);
    }
    // An inquiry took nothing from anybody: that it is closed gives nothing back.
    let inquiry = after
        .and_then(Subject::read::<Dispute>)
        .is_some_and(|row| row.status == DisputeStatus::WarningClosed);
    if inquiry {
        return Reply::none();
    }
    let subscription = after.and_then(Subject::read::<Subscription>);
    let subscription = subscription.map(|row| told::subscription(row, &named(row), moment));
    let invoice = after.and_then(Subject::read::<Invoice>).map(told::invoice);
    // What would itself lack a fact is left away.
    let state = subscription.or(invoice).filter(Reply::is_whole);
    let intent = after.and_then(Subject::read::<PaymentIntent>).map(PaymentIntent::money);
    let amount = proposal.amount.or(proposal.terms.refund).or(proposal.terms.credit).or(intent);
    let case = match after {
        Some(after) if is_pending(proposal, after) => format!("waits_{}", proposal.action),
        _ => format!("done_{}", proposal.action),
    };
    let also = gives(proposal)
        .or_else(|| after.and_then(Subject::read::<CreditNote>).map(|note| goes(note, after, proposal)));
    let own = Reply::new(&case, [("state", Fact::Also(state.into_iter().collect()))])
        .with("also", also.unwrap_or_default())
        .with_some("amount", amount);
    // A choice that was made may have a text of its own; what somebody wrote is none.
    let action = find(&proposal.action);
    let is_choice = |name: &str| {
        let field = action.and_then(|action| action.field(name));
        field.is_some_and(|field| matches!(field.kind, FieldKind::Choice(_)))
    };
    let chosen = proposal.args.0.iter().filter(|(name, _)| is_choice(name));
    let chosen = chosen.map(|(_, value)| Reply { case: format!("{case}_{value}"), ..own.clone() });
    let mut all = chosen.chain([own.clone()]);
    all.find(Reply::is_whole).unwrap_or_else(Reply::none)
}

/// Stripe took the change of a subscription, and makes it once it was paid for: where it was asked to.
pub fn is_pending(proposal: &Proposal, after: &Subject) -> bool {
    let asked = proposal.request.param("payment_behavior") == Some("pending_if_incomplete");
    asked && after.value().get("pending_update").is_some_and(|update| !update.is_null())
}

/// What a discount takes off, and for how long.
fn gives(proposal: &Proposal) -> Option<Vec<Reply>> {
    let (off, lasts) = proposal.terms.gives.as_ref()?;
    let off = match off {
        TakesOff::Percent(percent) => Fact::Percent(percent.clone()),
        TakesOff::Amount(amount) => (*amount).into(),
    };
    let told = |case: &str| Reply::new(case, [("off", off.clone())]);
    Some(vec![match lasts {
        Lasts::Once => told("also_off_once"),
        Lasts::Months(months) => told("also_off_months").with("count", *months),
        Lasts::ForEver => told("also_off_always"),
    }])
}

/// Where the money of a credit note goes.
fn goes(note: &CreditNote, after: Option<&Subject>, proposal: &Proposal) -> Vec<Reply> {
    let minor = |amount: Option<Money>| amount.map_or(0, Money::minor);
    let credit = minor(proposal.args.money("credit_amount", note.currency).ok().flatten());
    let lowers = after.and_then(|after| after.value().get("pre_payment_amount")?.as_i64());
    let of = |case: &str, minor: i64| {
        (minor > 0).then(|| Reply::new(case, [("amount", Money::new(minor, note.currency))]))
    };
    let all = [
        of("also_goes_back", minor(proposal.terms.refund)),
        of("also_credit", credit),
        of("also_less_to_pay", lowers.unwrap_or(0)),
    ];
    all.into_iter().flatten().collect()
}

/// What a change of plan was billed with: `newest` is the newest invoice of the subscription as it came back, and what was made at
/// or after `since` is the change's own. Nothing of what may still move; and nothing billed where that is older.
pub fn billed(newest: &Invoice, since: Unix, otherwise: Reply) -> Option<Reply> {
    if newest.created < since {
        return Some(otherwise);
    }
    if !newest.is_of_a_change() {
        return None;
    }
    let of = |case: &str, minor: i64| Reply::new(case, [("amount", Money::new(minor, newest.currency))]);
    match &newest.status {
        InvoiceStatus::Paid if newest.amount_paid > 0 => Some(of("also_charged", newest.amount_paid)),
        InvoiceStatus::Paid if newest.total < 0 => Some(of("also_credit", newest.total.saturating_neg())),
        InvoiceStatus::Paid => Some(Reply::plain("also_nothing_now")),
        // What is collected by itself may be paid by now, or on its way.
        InvoiceStatus::Open if newest.collection_method.as_str() == "send_invoice" => {
            Some(of("also_to_pay", newest.amount_remaining))
        }
        _ => None,
    }
}

/// What is said where a change of plan made no invoice; `after` is the subscription as it came back.
pub fn not_billed(proposal: &Proposal, after: &Subscription) -> Reply {
    let goes_on = after.status == SubscriptionStatus::Active
        && after.ends_at().is_none()
        && after.pause_collection.is_none();
    let next = goes_on && proposal.terms.proration.as_deref() == Some("create_prorations");
    Reply::plain(match proposal.terms.plan.filter(|_| next) {
        Some(PlanMove::Up) => "also_more_with_the_next",
        Some(PlanMove::Down) => "also_less_with_the_next",
        _ => "also_nothing_now",
    })
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        actions::Args,
        answers::reply::Voice,
        model::AnyId,
        time::{DAY_S, Unix},
    };

    const NOW: i64 = 1_795_435_200;

    fn moment() -> Moment {
        Moment { now: Unix(NOW), zone: TimeZone::UTC }
    }

    fn subject(value: &Value) -> Subject {
        let id = AnyId::parse(value["id"].as_str().unwrap()).unwrap();
        Subject::parse(&id, value.to_string()).unwrap()
    }

    /// After the action was done to the first object with these arguments, and the second one came back.
    fn said(action: &str, on: &Value, args: &[(&str, &str)], after: &Value) -> String {
        let args = args.iter().fold(Args::default(), |all, (name, value)| all.with(name, *value));
        let proposal = find(action).unwrap().propose(&args, &subject(on), &moment()).unwrap();
        let charge: Option<Charge> = serde_json::from_value(on.clone()).ok();
        let after = subject(after);
        let reply = reply(&proposal, (Some(&after), charge.as_ref()), |_| "Pro".into(), &moment());
        reply.text(&Voice::english(moment())).unwrap_or_else(|why| why.to_string())
    }

    #[test]
    fn what_was_done_is_told_and_no_other_answer() {
        let customer = json!({"id": "cus_1", "object": "customer", "currency": "usd", "balance": 0});
        let entry = json!({"id": "cbtxn_1", "object": "customer_balance_transaction", "amount": -500, "currency": "usd"});
        let given = [("customer", "cus_1"), ("amount", "5.00")];
        let credited = said("adjust_customer_balance", &customer, &given, &entry);
        assert_eq!(
            credited,
            "We have put $5.00 of credit on your account. It is taken off your next invoice."
        );
        let holder = json!({"id": "cus_1", "object": "customer", "currency": "usd", "balance": -900});
        let taken = [("customer", "cus_1"), ("amount", "5.00"), ("direction", "debit")];
        let debited = said("adjust_customer_balance", &holder, &taken, &entry);
        assert_eq!(debited, "We have taken back $5.00 of the credit on your account.");
        let runs = json!({"id": "sub_1", "object": "subscription", "status": "active", "currency": "usd",
            "items": {"data": [{"id": "si_1", "quantity": 1, "current_period_end": NOW + 22 * DAY_S, "price": {"id": "price_1",
                "currency": "usd", "unit_amount": 9_900, "recurring": {"interval": "month", "interval_count": 1}}}]}});
        let mut ends = runs.clone();
        ends["cancel_at_period_end"] = json!(true);
        assert_eq!(
            said("cancel_subscription", &runs, &[("subscription", "sub_1")], &ends),
            "Your subscription is cancelled. Pro ($99.00/mo) ends on 15 Dec. You keep access until then, and it does not renew."
        );
        let credit = |how: &str| {
            let args = [("subscription", "sub_1"), ("when", "now"), ("proration", how)];
            said("cancel_subscription", &runs, &args, &ends)
        };
        assert!(credit("always_invoice").ends_with("is put as credit on your account."));
        assert!(credit("create_prorations").ends_with("waits as credit until an invoice takes it."));
        assert!(!credit("none").contains("paid for days"));
        assert_eq!(
            said("undo_cancellation", &ends, &[("subscription", "sub_1")], &runs),
            "Your cancellation is taken back. Pro ($99.00/mo) is active. The next billing date is 15 Dec."
        );
        let charge = json!({"id": "ch_1", "object": "charge", "amount": 9_900, "amount_captured": 9_900, "currency": "usd",
            "status": "succeeded", "paid": true, "captured": true, "created": NOW - DAY_S, "payment_method_details":
            {"type": "card", "card": {"brand": "visa", "last4": "4242"}}});
        let refund = json!({"id": "re_1", "object": "refund", "amount": 2_000, "currency": "usd", "created": NOW,
            "status": "succeeded", "charge": "ch_1"});
        let args = [("charge", "ch_1"), ("amount", "20.00"), ("reason", "duplicate")];
        assert_eq!(
            said("refund_charge", &charge, &args, &refund),
            "We gave back $20.00 on 23 Nov to visa ··4242. Banks take 5 to 10 business days; you should see it by 7 Dec."
        );
    }

    #[test]
    fn a_discount_tells_what_it_takes_off_and_how_long() {
        let on = json!({"id": "sub_1", "object": "subscription", "status": "active", "currency": "usd", "discounts": []});
        let told = |coupon: &Value| {
            let id = AnyId { kind: crate::model::Kind::Coupon, id: "SORRY".into() };
            let with = subject(&on).with("coupon", Subject::parse(&id, coupon.to_string()).unwrap());
            let args = Args::default().with("subscription", "sub_1").with("coupon", "SORRY");
            let proposal = find("apply_discount").unwrap().propose(&args, &with, &moment()).unwrap();
            reply(&proposal, (None, None), |_| "Pro".into(), &moment())
                .text(&Voice::english(moment()))
                .unwrap()
        };
        let coupon = |more: Value| {
            let mut all = json!({"id": "SORRY", "object": "coupon", "valid": true});
            all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            told(&all)
        };
        let given = "We have given you a discount.";
        for (more, says) in [
            (json!({"percent_off": 12.5, "duration": "once"}), "It is 12.5%, on your next invoice."),
            (
                json!({"percent_off": 20, "duration": "repeating", "duration_in_months": 3}),
                "It is 20%, for 3 months.",
            ),
            (
                json!({"amount_off": 500, "currency": "usd", "duration": "forever"}),
                "It is $5.00, from now on.",
            ),
        ] {
            assert_eq!(coupon(more), format!("{given} {says}"));
        }
        assert_eq!(coupon(json!({"percent_off": 20, "duration": "a_new_one"})), given);
    }

    #[test]
    fn a_credit_note_tells_where_its_parts_go() {
        let invoice = json!({"id": "in_1", "object": "invoice", "status": "paid", "currency": "usd", "total": 9_900,
            "subtotal": 9_900, "amount_due": 9_900, "amount_paid": 9_900, "amount_remaining": 0});
        let note = |amount: i64, lowers: i64| {
            json!({"id": "cn_1", "object": "credit_note", "status": "issued", "amount": amount, "currency": "usd",
                "pre_payment_amount": lowers})
        };
        let args = [("invoice", "in_1"), ("amount", "50"), ("refund_amount", "20"), ("credit_amount", "30")];
        assert_eq!(
            said("create_credit_note", &invoice, &args, &note(5_000, 0)),
            "We have issued a credit note of $50.00. $20.00 goes back to the way you paid. Banks take 5 to 10 business days to \
             show it. $30.00 is put as credit on your account."
        );
        let mut open = invoice.clone();
        for (name, value) in
            [("status", json!("open")), ("amount_paid", json!(0)), ("amount_remaining", json!(9_900))]
        {
            open[name] = value;
        }
        assert_eq!(
            said("create_credit_note", &open, &[("invoice", "in_1"), ("amount", "20")], &note(2_000, 2_000)),
            "We have issued a credit note of $20.00. $20.00 less is to be paid on the invoice."
        );
    }

    #[test]
    fn a_change_of_plan_tells_what_it_was_billed_with() {
        let told = |more: Value| {
            let mut invoice = json!({"id": "in_2", "object": "invoice", "currency": "usd", "created": NOW + 7,
                "billing_reason": "subscription_update", "collection_method": "charge_automatically"});
            invoice.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let (invoice, otherwise) = (subject(&invoice), Reply::plain("also_more_with_the_next"));
            let told = billed(invoice.read::<Invoice>().unwrap(), Unix(NOW), otherwise);
            told.map(|reply| reply.text(&Voice::english(moment())).unwrap())
        };
        let bill = |status: &str, total: i64, paid: i64| json!({"status": status, "total": total, "amount_paid": paid, "amount_remaining": total - paid});
        let with = |mut bill: Value, name: &str, value: Value| {
            bill[name] = value;
            bill
        };
        let paid = bill("paid", 41_684, 41_684);
        for (invoice, says) in [
            (paid.clone(), Some("$416.84 was charged now.")),
            (bill("paid", -500, 0), Some("$5.00 is put as credit on your account.")),
            // Credit has paid it.
            (bill("paid", 500, 0), Some("Nothing is charged now.")),
            // It may be paid a moment later.
            (bill("open", 41_684, 0), None),
            (
                with(bill("open", 41_684, 0), "collection_method", json!("send_invoice")),
                Some("An invoice of $416.84 is to be paid."),
            ),
            (bill("draft", 500, 0), None),
            // The period came to its end in the same moment.
            (with(paid.clone(), "billing_reason", json!("subscription_cycle")), None),
            // What was billed before the change is no part of it.
            (
                with(paid, "created", json!(NOW - 1)),
                Some("Nothing is charged now: the difference comes with your next invoice."),
            ),
        ] {
            assert_eq!(told(invoice).as_deref(), says);
        }
    }

    #[test]
    fn a_change_of_plan_that_is_not_billed_promises_only_what_comes() {
        let plan = |more: Value| {
            let mut plan =
                json!({"id": "sub_1", "object": "subscription", "status": "active", "currency": "usd"});
            plan.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            subject(&plan)
        };
        let told = |moves: PlanMove, proration: &str, after: &Subject| {
            let args = Args::default().with("subscription", "sub_1");
            let cancel = find("cancel_subscription").unwrap();
            let mut proposal = cancel.propose(&args, &plan(json!({})), &moment()).unwrap();
            (proposal.terms.plan, proposal.terms.proration) = (Some(moves), Some(proration.into()));
            not_billed(&proposal, after.read::<Subscription>().unwrap()).case
        };
        let runs = plan(json!({}));
        assert_eq!(told(PlanMove::Up, "create_prorations", &runs), "also_more_with_the_next");
        assert_eq!(told(PlanMove::Down, "create_prorations", &runs), "also_less_with_the_next");
        for moves in [PlanMove::Level, PlanMove::Unknown] {
            assert_eq!(told(moves, "create_prorations", &runs), "also_nothing_now");
        }
        assert_eq!(told(PlanMove::Up, "none", &runs), "also_nothing_now");
        for other in [
            json!({"status": "trialing"}),
            json!({"cancel_at_period_end": true, "cancel_at": NOW + DAY_S}),
            json!({"pause_collection": {"behavior": "void"}}),
        ] {
            assert_eq!(told(PlanMove::Up, "create_prorations", &plan(other)), "also_nothing_now");
        }
    }

    #[test]
    fn a_change_that_waits_for_its_payment_is_not_told_as_made() {
        let runs = json!({"id": "sub_1", "object": "subscription", "status": "active", "currency": "usd"});
        let mut waits = runs.clone();
        waits["pending_update"] = json!({"expires_at": NOW + DAY_S});
        let told = |more: &[(&str, &str)]| {
            let given: Vec<_> =
                [("subscription", "sub_1"), ("description", "x")].iter().chain(more).copied().collect();
            said("update_subscription", &runs, &given, &waits)
        };
        let waiting = "The change of your subscription is made once it is paid.";
        assert_eq!(told(&[("payment_behavior", "pending_if_incomplete")]), waiting);
        // What waits is another change.
        assert_eq!(told(&[]), "We have changed your subscription.");
    }

    /// A description is no choice, even where it is the word of one.
    #[test]
    fn what_somebody_wrote_chooses_no_text() {
        let customer = json!({"id": "cus_1", "object": "customer", "currency": "usd"});
        let item = json!({"id": "ii_1", "object": "invoiceitem", "amount": 500, "currency": "usd"});
        let args = [("customer", "cus_1"), ("amount", "5.00"), ("description", "credit")];
        let told = said("create_invoice_item", &customer, &args, &item);
        assert_eq!(told, "We have put $5.00 on your next invoice.");
    }

    #[test]
    fn an_inquiry_that_is_closed_gives_nothing_back_and_an_accepted_dispute_does() {
        let disputed = |status: &str| {
            json!({"id": "du_1", "object": "dispute", "amount": 9_900, "currency": "usd",
            "status": status, "charge": "ch_1", "reason": "general", "created": NOW,
            "evidence_details": {"due_by": NOW + DAY_S, "submission_count": 0}})
        };
        let close = |before: &str, after: &str| {
            said("close_dispute", &disputed(before), &[("dispute", "du_1")], &disputed(after))
        };
        assert_eq!(
            close("warning_needs_response", "warning_closed"),
            "there is nothing to tell a customer about this"
        );
        assert!(close("needs_response", "lost").contains("The money goes back to you"));
    }

    #[test]
    fn of_what_no_customer_is_to_be_told_nothing_is() {
        let charge = json!({"id": "ch_1", "object": "charge", "amount": 9_900, "currency": "usd", "status": "succeeded"});
        let told = said("update_charge", &charge, &[("charge", "ch_1"), ("description", "x")], &charge);
        assert_eq!(told, "there is nothing to tell a customer about this");
    }
}
