//! `y`: what an agent can tell the customer about the selected row, made from a template and from what was read, and from
//! nothing else.

use super::{
    gathered,
    panes::{self, Pane},
    state::State,
    verdict::moment,
};
use crate::{
    actions::{Moment, Subject},
    answers::{
        Bag,
        reply::{Fact, NoReply, Reply, Voice},
        timeline, told,
    },
    model::{Charge, ChargeStatus, Invoice, Refund, Subscription},
};

/// How the customer who is open is told.
pub fn voice(state: &State) -> Voice {
    let customer = state.open.as_ref().and_then(|open| state.data.customer(open));
    state.session.languages.voice(customer.map(crate::model::Record::object), moment(state))
}

/// The text about a row of this pane; or why there is none.
pub fn about(state: &State, pane: &Pane, at: usize) -> Result<String, NoReply> {
    let subject = (pane.subject)(state, at).ok_or(NoReply::Nothing)?;
    let now = moment(state);
    let reply = charge(state, &subject, &now)
        .or_else(|| {
            let row = subject.read::<Subscription>()?;
            Some(told::subscription(row, &state.data.plan_name(row), &now))
        })
        .or_else(|| Some(told::invoice(subject.read::<Invoice>()?)))
        .or_else(|| refund(state, &subject));
    reply.ok_or(NoReply::Nothing)?.text(&voice(state))
}

fn charge(state: &State, subject: &Subject, now: &Moment) -> Option<Reply> {
    let charge = subject.read::<Charge>()?;
    let bag = state.open.as_ref().map_or_else(Bag::default, |open| gathered::around(state, open, charge));
    let plan = plan_of(state, charge);
    let after = told::after(&bag, charge, now);
    let case = match &charge.status {
        ChargeStatus::Failed => "charge_failed",
        ChargeStatus::Pending => "charge_pending",
        ChargeStatus::Succeeded if charge.is_released() => "charge_released",
        ChargeStatus::Succeeded if !charge.captured => "charge_held",
        ChargeStatus::Succeeded if after.is_empty() && looks_doubled(state, charge) => "charge_alike",
        ChargeStatus::Succeeded if plan.is_some() => "charge_for_plan",
        ChargeStatus::Succeeded => "charge_one_off",
        // Nobody knows yet: there is nothing to promise.
        ChargeStatus::Other(_) => return None,
    };
    let next = plan.map(|plan| told::next(plan, plan.period_end(), now)).unwrap_or_default();
    let reply = Reply::new(case, [("after", after), ("next", next)])
        .with("amount", charge.money())
        .with("date", charge.created)
        .with("what", panes::charge_purpose(state, charge))
        .with("method", Fact::method(charge.method()));
    Some(reply)
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

fn refund(state: &State, subject: &Subject) -> Option<Reply> {
    let refund = subject.read::<Refund>()?;
    let folder = state.open.as_ref().and_then(|open| state.data.folder(open));
    let mut charges = folder.into_iter().flat_map(|folder| &folder.charges.value).flat_map(|list| &list.rows);
    let charge = charges.find(|charge| Some(&charge.id) == refund.charge_id());
    Some(timeline::refund::reply(refund, charge.map(crate::model::Record::object), &moment(state)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{
        fixture::{press, state, subscription},
        message::Command,
        panes::PaneId,
    };

    fn reply(pane: PaneId, at: usize) -> String {
        about(&state(), pane.pane(), at).unwrap_or_else(|why| why.to_string())
    }

    #[test]
    fn what_is_told_is_what_was_read() {
        let charge = reply(PaneId::Charges, 1);
        assert!(charge.starts_with("The $49.00 charge on 22 Nov was for "), "{charge}");
        assert!(charge.ends_with("paid with visa ··4242. $20.00 of it was refunded."), "{charge}");
        assert_eq!(
            reply(PaneId::Subscriptions, 0),
            "Pro ($99.00/mo) is active. The next billing date is 15 Dec."
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let mut state = state();
        let customer = state.open.clone().unwrap();
        let list = state.data.folders.get_mut(&customer).unwrap().subscriptions.value.as_mut().unwrap();
        let mut bare = subscription();
        bare["items"]["data"][0]["current_period_end"] = serde_json::Value::Null;
        list.rows = vec![crate::model::Record::parse(bare.to_string()).unwrap()];
        state.focus = PaneId::Subscriptions;
        assert_eq!(press(&mut state, "y"), []);
        let said = state.notice.unwrap().text;
        assert!(
            said.contains("the text `subscription_runs` needs the date, which is not known here"),
            "{said}"
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
