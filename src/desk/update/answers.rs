//! Replies: matched to the task that asked, kept where they belong, and told to the modals.

use super::{further, hear, live, load, merge, order, search, selection};
use crate::{
    desk::{
        afterwards,
        message::{Commands, Message, TaskId, Trouble},
        panes::PANES,
        question::{Answer, Question},
        state::{Again, State},
        usable,
    },
    model::{Account, CustomerId, Product, Record},
    policy::Fact,
};

/// Rows that are read to come to one that was searched for.
const WALKED_MOST: usize = 2_000;

/// A reply that matches nothing in flight is dropped and counted.
pub(super) fn take(state: &mut State, message: &Message, commands: &mut Commands) {
    let task = match message {
        Message::Reply { task, .. } | Message::Facts { task, .. } | Message::Audit { task, .. } => *task,
        _ => return,
    };
    let Some(finished) = state.finish(task) else { return };
    let held = selection::held(state);
    match (message, finished.question) {
        (Message::Reply { result: Ok(answer), .. }, Some(question)) => {
            state.api.unreachable = false;
            afterwards::notice(state, answer, commands);
            keep(state, task, &question, answer.clone(), commands);
        }
        (Message::Reply { result: Err(trouble), .. }, Some(question)) => {
            usable::note_lack(state, &trouble.todo);
            if let Question::News { .. } = question {
                // It is asked again by itself, and the list of events says why it is not there.
                live::failed(state, trouble, commands);
            } else if finished.prefetch && matches!(question, Question::Customer(_)) {
                // Only a name was wanted: the id stands in its place.
                fail(state, task, &question, trouble);
            } else {
                fail(state, task, &question, trouble);
                state.failed(&finished.label, trouble.clone(), Some(Again::Ask(question)));
            }
        }
        (Message::Facts { subject, spent, .. }, _) => {
            if let Fact::Unknown(why) = subject {
                usable::note_lack(state, why);
            }
            // What only this machine counted takes no place of what Stripe told: it may be less.
            let whole = matches!(spent, Fact::Known(sums) if !sums.local_only);
            let had_whole = matches!(&state.spent, Fact::Known(sums) if !sums.local_only);
            if whole || !had_whole {
                // One customer's sums say nothing of another.
                state.spent = match spent {
                    Fact::Known(spent) => Fact::Known(spent.of_nobody()),
                    Fact::Unknown(_) => spent.clone(),
                };
            }
        }
        _ => {}
    }
    merge::heard(state, message, commands);
    selection::hold(state, held);
    if matches!(message, Message::Reply { result: Ok(_), .. }) {
        select_wanted(state, commands);
    }
    hear(state, message, commands);
}

fn keep(state: &mut State, task: TaskId, question: &Question, answer: Answer, commands: &mut Commands) {
    let now = state.now_ms;
    let Some(answer) = further::keep(state, (task, question), answer, commands) else { return };
    match (question, answer) {
        (Question::News { .. }, Answer::News(page)) => live::take(state, task, &page, commands),
        (Question::Account, Answer::Account(account)) => account_read(state, *account),
        (Question::Row { customer, row }, Answer::Object(_, record)) => {
            let folder = state.data.folders.entry(customer.clone()).or_default();
            folder.put_row(row, record.raw());
            follow(state, customer, commands);
        }
        (Question::Customer(id), Answer::Customer(record)) => {
            state.data.known.insert(id.clone(), (*record).clone());
            state.data.folders.entry(id.clone()).or_default().customer.fill(*record, now);
            search::customer(state, task, id, commands);
        }
        (Question::Charges { customer, after }, Answer::Charges(page)) => {
            let folder = state.data.folders.entry(customer.clone()).or_default();
            if after.is_none() {
                folder.refunds.clear();
            }
            folder.charges.put(page, after.as_deref(), now);
            folder.scatter();
            folder.find_alike();
            follow(state, customer, commands);
        }
        (Question::Subscriptions { customer, after }, Answer::Subscriptions(page)) => {
            let folder = state.data.folders.entry(customer.clone()).or_default();
            folder.subscriptions.put(page, after.as_deref(), now);
            folder.drop_unbilled();
            folder.find_alike();
            follow(state, customer, commands);
        }
        (Question::Invoices { customer, after }, Answer::Invoices(page)) => {
            let folder = state.data.folders.entry(customer.clone()).or_default();
            folder.invoices.put(page, after.as_deref(), now);
            folder.index_payments();
            follow(state, customer, commands);
        }
        (Question::PaymentMethods { customer, after }, Answer::PaymentMethods(page)) => {
            state.data.folders.entry(customer.clone()).or_default().methods.put(page, after.as_deref(), now);
            follow(state, customer, commands);
        }
        (Question::Products(_), Answer::Products(page)) => {
            state.data.products.extend(page.rows.into_iter().map(|product| (product.id.clone(), product)));
        }
        (Question::Upcoming { customer, subscription }, Answer::Invoice(invoice)) => {
            let folder = state.data.folders.get_mut(customer);
            if let Some(slot) = folder.and_then(|folder| folder.upcoming.get_mut(subscription)) {
                slot.fill(*invoice, now);
            }
        }
        (Question::Waiting(customer), Answer::Waiting(page)) => {
            state.data.folders.entry(customer.clone()).or_default().waiting.put(page, None, now);
        }
        // A price comes with its product: what that is called is known from then on.
        (_, Answer::Rows(page)) => {
            let products = page.rows.iter().filter_map(|row| row.part::<Product>("product"));
            state.data.products.extend(products.map(|product| (product.id.clone(), product)));
        }
        (question, answer) => keep_of_panes(state, question, answer, commands),
    }
}

/// What single panes show: by charge, and lists of their own.
fn keep_of_panes(state: &mut State, question: &Question, answer: Answer, commands: &mut Commands) {
    let now = state.now_ms;
    match (question, answer) {
        (Question::DisputesOf { customer, charge, after }, Answer::Disputes(page)) => {
            let folder = state.data.folders.entry(customer.clone()).or_default();
            folder.disputes.entry(charge.clone()).or_default().put(page, after.as_deref(), now);
            folder.scatter();
            folder.find_alike();
            follow(state, customer, commands);
        }
        (Question::RefundsOf { customer, charge, after }, Answer::Refunds(page)) => {
            let folder = state.data.folders.entry(customer.clone()).or_default();
            folder.refunds.entry(charge.clone()).or_default().put(page, after.as_deref(), now);
            folder.scatter();
            follow(state, customer, commands);
        }
        (Question::Listed { pane, customer: Some(customer), after }, Answer::Listed(page)) => {
            let folder = state.data.folders.entry(customer.clone()).or_default();
            folder.put_listed((*pane, customer), page, after.as_deref(), now);
        }
        (Question::Listed { pane, customer: None, after }, Answer::Listed(page)) => {
            state.data.lists.entry(*pane).or_default().put(page, after.as_deref(), now);
        }
        // For a modal, which hears the message itself.
        _ => {}
    }
}

/// Another account than the profile's own: nothing may be changed, and the screen says so.
fn account_read(state: &mut State, account: Record<Account>) {
    let bound = &state.session.bound_to;
    if !bound.is_empty() && bound != account.id.as_str() {
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

fn fail(state: &mut State, task: TaskId, question: &Question, trouble: &Trouble) {
    if let Some(part) = state.data.part(question) {
        part.fail(trouble.clone());
    }
    search::failed(state, task, trouble);
}

/// What the customer was found by is selected as soon as its pane has it. Further back in a long list, it is read up to.
pub(super) fn select_wanted(state: &mut State, commands: &mut Commands) {
    let Some(wanted) = state.search.wanted.clone().filter(|_| state.open.is_some()) else { return };
    for pane in PANES.iter().filter(|pane| pane.kind == wanted.kind) {
        order::arrange(state, pane.id);
        if selection::select_target(state, pane.id, &wanted) {
            state.focus = pane.id;
            state.search.wanted = None;
            return;
        }
        let further = (pane.has_more)(state) && !(pane.loading)(state);
        if further && (pane.len)(state) < WALKED_MOST {
            load::more(state, pane.id, commands);
        } else if further {
            state.search.wanted = None;
            state.say(format!("{} is further back than {WALKED_MOST} rows", wanted.id), false);
        }
    }
}
