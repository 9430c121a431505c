//! `y`: what an agent can tell the customer about the selected row, made from a template and from what was read, and from
//! nothing else.

use super::{
    panes::{self, Pane},
    state::State,
};
use crate::{
    actions::{Moment, Subject},
    answers::{reply::Reply, timeline},
    model::{Charge, ChargeStatus, Invoice, InvoiceStatus, Refund, Subscription},
};

/// The reply about a row of this pane; none where there is nothing to tell a customer.
pub fn about(state: &State, pane: &Pane, at: usize) -> Option<String> {
    let subject = (pane.subject)(state, at)?;
    let reply = charge(state, &subject)
        .or_else(|| subscription(state, &subject))
        .or_else(|| invoice(state, &subject))
        .or_else(|| refund(state, &subject))?;
    reply.text().ok()
}

fn charge(state: &State, subject: &Subject) -> Option<Reply> {
    let charge = subject.read::<Charge>()?;
    let plan = plan_of(state, charge);
    let case = match &charge.status {
        ChargeStatus::Failed => "charge_failed",
        ChargeStatus::Succeeded if charge.disputed => "charge_disputed",
        ChargeStatus::Succeeded if charge.refunded => "charge_refunded",
        ChargeStatus::Succeeded if !charge.refunded_money().is_zero() => "charge_refunded_in_part",
        ChargeStatus::Succeeded if !charge.captured => "charge_held",
        ChargeStatus::Succeeded if looks_doubled(state, charge) => "charge_alike",
        ChargeStatus::Succeeded if plan.is_some() => "charge_for_plan",
        ChargeStatus::Succeeded => "charge_one_off",
        // Nobody knows yet: there is nothing to promise.
        ChargeStatus::Pending | ChargeStatus::Other(_) => return None,
    };
    let next = plan.filter(|plan| !plan.is_over() && plan.ends_at().is_none());
    let next = next
        .and_then(Subscription::period_end)
        .map_or_else(String::new, |end| format!(" Your next billing date is {}.", end.date(state.zone())));
    let names = vec![
        ("amount", charge.money().to_string()),
        ("date", charge.created.date(state.zone())),
        ("what", panes::charge_purpose(state, charge)),
        ("method", charge.method()),
        ("refunded", charge.refunded_money().to_string()),
        ("next", next),
    ];
    Some(Reply::new(case, names))
}

/// It is marked as a likely duplicate: that is not told of as if all were well.
fn looks_doubled(state: &State, charge: &Charge) -> bool {
    let folder = state.open.as_ref().and_then(|id| state.data.folder(id));
    folder.is_some_and(|folder| folder.alike.has(&charge.id))
}

/// The subscription whose invoice the charge paid.
fn plan_of<'a>(state: &'a State, charge: &Charge) -> Option<&'a Subscription> {
    let folder = state.data.folder(state.open.as_ref()?)?;
    let invoice = folder.invoice_of(charge.payment_intent_id()?)?;
    let id = invoice.subscription_id()?;
    let mut rows = folder.subscriptions.value.iter().flat_map(|list| &list.rows);
    rows.find(|row| &row.id == id).map(crate::model::Record::object)
}

fn subscription(state: &State, subject: &Subject) -> Option<Reply> {
    let subscription = subject.read::<Subscription>()?;
    let zone = state.zone();
    let over = subscription.is_over().then(|| subscription.ended_at.or(subscription.canceled_at)).flatten();
    let (case, date) = match (over, subscription.ends_at(), &subscription.pause_collection) {
        (Some(ended), ..) => ("subscription_over", Some(ended)),
        _ if subscription.is_over() => return None,
        (None, Some(ends), _) => ("subscription_ends", Some(ends)),
        (None, None, Some(pause)) if pause.behavior.as_str() == "keep_as_draft" => {
            ("subscription_paused_later", None)
        }
        (None, None, Some(_)) => ("subscription_paused", None),
        (None, None, None) => ("subscription_runs", Some(subscription.period_end()?)),
    };
    let names = vec![
        ("what", state.data.plan_name(subscription)),
        ("price", subscription.amount_words()),
        ("date", date.map_or_else(String::new, |date| date.date(zone))),
    ];
    Some(Reply::new(case, names))
}

fn invoice(state: &State, subject: &Subject) -> Option<Reply> {
    let invoice = subject.read::<Invoice>()?;
    let left = invoice.status == InvoiceStatus::Open;
    let case = match &invoice.status {
        InvoiceStatus::Paid => "invoice_paid",
        InvoiceStatus::Open => "invoice_open",
        InvoiceStatus::Void => "invoice_void",
        // A draft is not the customer's yet, and a written-off one is not for us to raise.
        InvoiceStatus::Draft | InvoiceStatus::Uncollectible | InvoiceStatus::Other(_) => return None,
    };
    let amount = if left { invoice.amount_remaining } else { invoice.total };
    let names = vec![
        ("number", invoice.title().to_owned()),
        ("date", invoice.created.date(state.zone())),
        ("amount", crate::money::Money::new(amount, invoice.currency).to_string()),
    ];
    Some(Reply::new(case, names))
}

fn refund(state: &State, subject: &Subject) -> Option<Reply> {
    let refund = subject.read::<Refund>()?;
    let moment = Moment { now: state.now(), zone: state.zone().clone() };
    let folder = state.open.as_ref().and_then(|open| state.data.folder(open));
    let mut charges = folder.into_iter().flat_map(|folder| &folder.charges.value).flat_map(|list| &list.rows);
    let charge = charges.find(|charge| Some(&charge.id) == refund.charge_id());
    Some(timeline::refund::reply(refund, charge.map(crate::model::Record::object), &moment))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{
        fixture::{press, state},
        message::Command,
        panes::PaneId,
    };

    fn reply(pane: PaneId, at: usize) -> String {
        about(&state(), pane.pane(), at).unwrap_or_default()
    }

    #[test]
    fn what_is_told_is_what_was_read() {
        assert_eq!(
            reply(PaneId::Charges, 1),
            "Of the $49.00 charge on 22 Nov 2026, $20.00 was refunded. Banks take 5 to 10 days to show it on visa ··4242."
        );
        let plan = reply(PaneId::Subscriptions, 0);
        assert!(
            plan.starts_with("Pro ($99.00/mo) is active. The next billing date is 15 Dec 2026."),
            "{plan}"
        );
    }

    #[test]
    fn the_key_copies_it() {
        let mut state = state();
        state.focus = PaneId::Subscriptions;
        let commands = press(&mut state, "y");
        let [Command::Copy { text, .. }] = &commands[..] else { panic!("{commands:?}") };
        assert!(text.starts_with("Pro ($99.00/mo)"), "{text}");
        state.focus = PaneId::Customers;
        assert_eq!(press(&mut state, "y"), []);
        assert!(state.notice.unwrap().text.contains("nothing to tell"));
    }
}
