//! Replies: matched to the task that asked, kept where they belong, and told to the modals.

use serde::de::DeserializeOwned;

use super::{hear, load, search};
use crate::{
    desk::{
        afterwards,
        data::{Rows, Slot},
        message::{Commands, Message, TaskId, Trouble},
        panes::{self, PANES},
        question::{Answer, Question},
        state::{Again, State},
    },
    model::{Account, CustomerId, Page, Record},
    policy::Fact,
};

/// A reply that matches nothing in flight is dropped and counted.
pub(super) fn take(state: &mut State, message: &Message, commands: &mut Commands) {
    let task = match message {
        Message::Reply { task, .. } | Message::Facts { task, .. } | Message::Audit { task, .. } => *task,
        _ => return,
    };
    let Some(finished) = state.finish(task) else { return };
    match (message, finished.question) {
        (Message::Reply { result: Ok(answer), .. }, Some(question)) => {
            state.api.unreachable = false;
            afterwards::notice(state, answer, commands);
            keep(state, task, &question, answer.clone(), commands);
        }
        (Message::Reply { result: Err(trouble), .. }, Some(question)) => {
            fail(state, task, &question, trouble);
            state.failed(&finished.label, trouble.clone(), Some(Again::Ask(question)));
        }
        (Message::Facts { spent, .. }, _) => {
            // What only this machine counted takes no place of what Stripe told: it may be less.
            let whole = matches!(spent, Fact::Known(sums) if !sums.local_only);
            let had_whole = matches!(&state.spent, Fact::Known(sums) if !sums.local_only);
            if whole || !had_whole {
                state.spent = spent.clone();
            }
        }
        _ => {}
    }
    select_wanted(state);
    hear(state, message, commands);
}

fn keep(state: &mut State, task: TaskId, question: &Question, answer: Answer, commands: &mut Commands) {
    let now = state.now_ms;
    match (question, answer) {
        (Question::Account, Answer::Account(account)) => account_read(state, *account),
        (Question::Customers, Answer::Customers(page)) => search::newest(state, page, commands),
        (Question::CustomersByEmail(_) | Question::CustomerSearch(_), Answer::Customers(page)) => {
            search::customers(state, task, page, commands);
        }
        (Question::ChargeSearch(query), Answer::Charges(page)) => {
            search::charges(state, (task, query), &page, commands);
        }
        (Question::InvoiceSearch(_), Answer::Invoices(page)) => {
            search::invoices(state, task, &page, commands);
        }
        (Question::Object(_), Answer::Object(id, record)) => {
            search::object(state, task, &id, &record, commands);
        }
        (Question::Customer(id), Answer::Customer(record)) => {
            state.data.known.insert(id.clone(), (*record).clone());
            state.data.folders.entry(id.clone()).or_default().customer.fill(*record, now);
            search::customer(state, task, id, commands);
        }
        (Question::Charges { customer, after }, Answer::Charges(page)) => {
            let folder = state.data.folders.entry(customer.clone()).or_default();
            let same = after.is_some();
            put(&mut folder.charges, page, same, now, |row| row.id.as_str());
            follow(state, customer, commands);
        }
        (Question::Subscriptions(customer), Answer::Subscriptions(page)) => {
            let mut list = Rows::from(page);
            panes::sort_subscriptions(&mut list.rows);
            state.data.folders.entry(customer.clone()).or_default().subscriptions.fill(list, now);
            follow(state, customer, commands);
        }
        (Question::Invoices { customer, after }, Answer::Invoices(page)) => {
            let folder = state.data.folders.entry(customer.clone()).or_default();
            put(&mut folder.invoices, page, after.is_some(), now, |row| row.id.as_str());
            follow(state, customer, commands);
        }
        (Question::PaymentMethods(customer), Answer::PaymentMethods(page)) => {
            state.data.folders.entry(customer.clone()).or_default().methods.fill(page.into(), now);
        }
        (Question::Products(_), Answer::Products(page)) => {
            state.data.products.extend(page.rows.into_iter().map(|product| (product.id.clone(), product)));
        }
        (Question::Upcoming(id), Answer::Invoice(invoice)) => {
            if let Some(slot) = state.data.folders.values_mut().find_map(|folder| folder.upcoming.get_mut(id))
            {
                slot.fill(*invoice, now);
            }
        }
        (Question::DisputesOf(id), Answer::Disputes(page)) => {
            if let Some(slot) = state.data.folders.values_mut().find_map(|folder| folder.disputes.get_mut(id))
            {
                slot.fill(page.into(), now);
            }
        }
        // For a modal, which hears the message itself.
        _ => {}
    }
}

/// Another account than the profile's own: nothing may be changed, and the screen says so.
fn account_read(state: &mut State, account: Record<Account>) {
    let bound = &state.session.bound_to;
    if !bound.is_empty() && *bound != account.id {
        let why = format!("this key belongs to {}, but the profile to {bound}", account.id);
        state.say(why.clone(), false);
        state.session.read_only = Some(why);
    }
    state.session.account = Some(account);
}

fn follow(state: &mut State, customer: &CustomerId, commands: &mut Commands) {
    let prefetch = state.open.as_ref() != Some(customer);
    load::follow(state, customer, prefetch, commands);
}

/// A first page replaces the list; a later one goes behind it, without what is already there.
fn put<T: DeserializeOwned>(
    slot: &mut Slot<Rows<T>>,
    page: Page<T>,
    later: bool,
    now_ms: i64,
    id: fn(&Record<T>) -> &str,
) {
    let mut list = slot.value.take().unwrap_or_default();
    if later {
        let known: std::collections::HashSet<String> =
            list.rows.iter().map(|row| id(row).to_owned()).collect();
        list.rows.extend(page.rows.into_iter().filter(|row| !known.contains(id(row))));
        list.has_more = page.has_more;
        list.unreadable = list.unreadable.saturating_add(page.unreadable);
    } else {
        // What was read behind the first page stays: it is older and does not move.
        let fresh: std::collections::HashSet<String> =
            page.rows.iter().map(|row| id(row).to_owned()).collect();
        let overlap =
            list.rows.iter().position(|row| page.rows.last().is_some_and(|last| id(last) == id(row)));
        let tail = overlap.map(|at| list.rows.split_off(at.saturating_add(1))).unwrap_or_default();
        let has_more = if tail.is_empty() { page.has_more } else { list.has_more };
        let rows =
            page.rows.into_iter().chain(tail.into_iter().filter(|row| !fresh.contains(id(row)))).collect();
        list = Rows { rows, has_more, unreadable: page.unreadable };
    }
    slot.fill(list, now_ms);
}

fn fail(state: &mut State, task: TaskId, question: &Question, trouble: &Trouble) {
    let owner = match question {
        Question::Customer(id)
        | Question::Charges { customer: id, .. }
        | Question::Subscriptions(id)
        | Question::Invoices { customer: id, .. }
        | Question::PaymentMethods(id) => Some(id.clone()),
        Question::Upcoming(id) => holder(state, |folder| folder.upcoming.contains_key(id)),
        Question::DisputesOf(id) => holder(state, |folder| folder.disputes.contains_key(id)),
        _ => None,
    };
    if let Some(folder) = owner.and_then(|id| state.data.folders.get_mut(&id)) {
        let trouble = trouble.clone();
        match question {
            Question::Customer(_) => folder.customer.fail(trouble),
            Question::Charges { .. } => folder.charges.fail(trouble),
            Question::Subscriptions(_) => folder.subscriptions.fail(trouble),
            Question::Invoices { .. } => folder.invoices.fail(trouble),
            Question::PaymentMethods(_) => folder.methods.fail(trouble),
            Question::Upcoming(id) => folder.upcoming.entry(id.clone()).or_default().fail(trouble),
            Question::DisputesOf(id) => folder.disputes.entry(id.clone()).or_default().fail(trouble),
            _ => {}
        }
    }
    search::failed(state, task, trouble);
}

/// What was searched by its id is selected as soon as its pane has it.
fn select_wanted(state: &mut State) {
    let Some(wanted) = state.search.wanted.clone().filter(|_| state.open.is_some()) else { return };
    for pane in PANES.iter().filter(|pane| pane.kind == wanted.kind) {
        let len = (pane.len)(state);
        if let Some(at) = (0..len).find(|at| (pane.target)(state, *at).as_ref() == Some(&wanted)) {
            state.pane_mut(pane.id).selected = at;
            state.focus = pane.id;
            state.search.wanted = None;
        }
    }
}

fn holder(state: &State, has: impl Fn(&crate::desk::data::Folder) -> bool) -> Option<CustomerId> {
    state.data.folders.iter().find(|(_, folder)| has(folder)).map(|(id, _)| id.clone())
}
