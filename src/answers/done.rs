//! What the customer can be told of a change that was made: that it was, with what is left standing now.

use super::{
    reply::{Fact, Reply},
    timeline::refund,
    told,
};
use crate::{
    actions::{FieldKind, Moment, Proposal, Subject, find},
    model::{Charge, Dispute, DisputeStatus, Invoice, PaymentIntent, Refund, Subscription},
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
    let case = format!("done_{}", proposal.action);
    let own =
        Reply::new(&case, [("state", Fact::Also(state.into_iter().collect()))]).with_some("amount", amount);
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
            "Your subscription is cancelled. Pro ($99.00/mo) ends on 15 Dec. You keep access until then, and nothing more is charged."
        );
        let credit = |how: &str| {
            let args = [("subscription", "sub_1"), ("when", "now"), ("proration", how)];
            said("cancel_subscription", &runs, &args, &ends)
        };
        assert!(credit("always_invoice").ends_with("is put as credit on your account."));
        assert!(credit("create_prorations").ends_with("is taken off a next invoice, once there is one."));
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
