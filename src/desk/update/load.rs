//! What is asked for a customer: everything that does not depend on another answer goes together; what does, follows.

use std::collections::BTreeSet;

use super::{memory, merge, selection};
use crate::{
    desk::{
        data::Slot,
        layout,
        message::{Command, Commands, TaskId},
        panes::{self, PANES, PaneId},
        question::Question,
        state::{PaneState, State, Task},
    },
    model::{AnyId, CustomerId, Kind, ProductId, SubscriptionId},
};

/// How a round of questions is asked.
#[derive(Clone, Copy)]
struct Round {
    /// What was read less than this ago is not read again.
    fresh_ms: i64,
    /// Nobody waits for it yet.
    prefetch: bool,
}

const OPENING: Round = Round { fresh_ms: 10_000, prefetch: false };
const AHEAD: Round = Round { prefetch: true, ..OPENING };
const AGAIN: Round = Round { fresh_ms: 0, prefetch: false };
/// Nobody asked for it, and nobody waits.
const ASIDE: Round = Round { fresh_ms: 0, prefetch: true };

/// Questions of the second round that an agent waits for; what is beyond is read as time allows.
const FOLLOWING_AT_ONCE: usize = 8;
/// Named in one question.
const PRODUCTS_MOST: usize = 100;

/// Opens a customer's desk: what is known is there at once, the rest is asked for together.
pub(super) fn open(state: &mut State, id: &CustomerId, commands: &mut Commands) {
    let new = state.open.as_ref() != Some(id);
    if new {
        state.open = Some(id.clone());
        state.rows_changed();
        leave(state, Some(id), commands);
    }
    merge::opened(state, commands);
    if new {
        for pane in PANES.iter().filter(|pane| pane.is_of_a_customer()) {
            state.panes.insert(pane.id, PaneState::default());
            selection::begin(state, pane.id);
        }
    }
    memory::opened(state, id, commands);
    ask_all(state, id, OPENING, commands);
}

/// Everything on screen, again: the first pages, and what was read behind them as it is scrolled to.
pub(super) fn reload(state: &mut State, commands: &mut Commands) {
    // Names that did not come are asked for again.
    let named = &state.data.products;
    state.data.products_asked.retain(|id| named.contains_key(id));
    match state.open.clone() {
        Some(id) => {
            state.data.folders.entry(id.clone()).or_default().age();
            ask_all(state, &id, AGAIN, commands);
            follow_again(state, &id, commands);
        }
        None => {
            state.ask(Question::Customers, false, commands);
        }
    }
    state.data.lists.values_mut().for_each(Slot::age);
    shown(state, commands);
    spent(state, commands);
}

/// A pane over a list of its own came on screen, or what it shows is old: read once, and what is known stays meanwhile.
pub(super) fn shown(state: &mut State, commands: &mut Commands) {
    let Some(question) = panes::first_page(state, layout::in_place(state)) else { return };
    let known = panes::is_known(state, &question);
    if !known {
        ask_part(state, &question, AGAIN, commands);
    }
    // What waits for an invoice stands above what moved the balance.
    if let Question::Listed { pane: PaneId::Balance, customer: Some(id), .. } = question {
        let folder = state.data.folders.entry(id.clone()).or_default();
        if folder.waiting.is_untouched() {
            ask_part(state, &Question::Waiting(id), AGAIN, commands);
        }
    }
}

/// What is not fresh of another customer, whose rows stand among the open one's.
pub(super) fn read(state: &mut State, id: &CustomerId, commands: &mut Commands) {
    ask_all(state, id, OPENING, commands);
}

/// The first round of a customer, for whoever rests on them in the list.
pub(super) fn prefetch(state: &mut State, id: &CustomerId, commands: &mut Commands) {
    ask_all(state, id, AHEAD, commands);
}

/// Reads of this kind that are on their way are waited for no more.
fn give_up(state: &mut State, is: impl Fn(&Task, &Question) -> bool, commands: &mut Commands) {
    let running = state.tasks.running.iter();
    let tasks: Vec<TaskId> = running
        .filter(|(_, task)| task.question.as_ref().is_some_and(|asked| is(task, asked)))
        .map(|(id, _)| *id)
        .collect();
    for task in tasks {
        state.forget(task, commands);
    }
}

/// What is still on its way for customers who were read ahead, and are neither open nor selected any more, is given up.
pub(super) fn leave(state: &mut State, selected: Option<&CustomerId>, commands: &mut Commands) {
    let open = state.open.clone();
    let left = |customer: &CustomerId| Some(customer) != open.as_ref() && Some(customer) != selected;
    give_up(state, |task, asked| task.prefetch && asked.customer().is_some_and(left), commands);
}

fn ask_all(state: &mut State, id: &CustomerId, round: Round, commands: &mut Commands) {
    let customer = || id.clone();
    for question in [
        Question::Customer(customer()),
        Question::Charges { customer: customer(), after: None },
        Question::Subscriptions { customer: customer(), after: None },
        Question::Invoices { customer: customer(), after: None },
        Question::PaymentMethods { customer: customer(), after: None },
    ] {
        ask_part(state, &question, round, commands);
    }
    follow(state, id, round.prefetch, commands);
}

/// Asks for one part of a customer's folder or a list of the account's own, unless it is fresh.
fn ask_part(state: &mut State, question: &Question, round: Round, commands: &mut Commands) {
    if let Some(id) = question.customer() {
        state.data.folders.entry(id.clone()).or_default();
    }
    let now = state.now_ms;
    if state.data.part(question).is_some_and(|part| part.is_fresh(now, round.fresh_ms)) {
        return;
    }
    let task = state.ask(question.clone(), round.prefetch, commands);
    if let Some(part) = state.data.part(question) {
        *part.loading() = Some(task);
    }
}

/// The round that depends on the first: product names, previews of the next invoices, evidence of disputes, and what did not
/// fit onto a full page. It holds nothing back: each part is drawn when it comes.
pub(super) fn follow(state: &mut State, id: &CustomerId, prefetch: bool, commands: &mut Commands) {
    let products = products(state, id);
    for some in products.chunks(PRODUCTS_MOST) {
        state.data.products_asked.extend(some.iter().cloned());
        state.ask(Question::Products(some.to_vec()), prefetch, commands);
    }
    let Some(folder) = state.data.folders.get(id) else { return };
    let customer = || id.clone();
    let running = folder.subscriptions.value.iter().flat_map(|list| &list.rows);
    let upcoming = running
        .filter(|subscription| subscription.will_be_invoiced())
        .filter(|subscription| folder.upcoming.get(&subscription.id).is_none_or(Slot::is_wanted))
        .map(|row| Question::Upcoming { customer: customer(), subscription: row.id.clone() });
    let charges = || folder.charges.value.iter().flat_map(|list| &list.rows);
    let disputed = charges()
        .filter(|charge| charge.disputed && !folder.disputes.contains_key(&charge.id))
        .map(|row| Question::DisputesOf { customer: customer(), charge: row.id.clone(), after: None });
    let refunded = charges()
        .filter(|charge| charge.refunds.as_ref().is_some_and(|refunds| refunds.has_more))
        .filter(|charge| !folder.refunds.contains_key(&charge.id))
        .map(|row| Question::RefundsOf { customer: customer(), charge: row.id.clone(), after: None });
    let methods = folder.methods.goes_on();
    let methods = methods.map(|next| Question::PaymentMethods { customer: customer(), after: Some(next) });
    let evidence = folder.disputes.iter().filter_map(|(charge, slot)| {
        Some(Question::DisputesOf {
            customer: customer(),
            charge: charge.clone(),
            after: Some(slot.goes_on()?),
        })
    });
    let refunds = folder.refunds.iter().filter_map(|(charge, slot)| {
        Some(Question::RefundsOf {
            customer: customer(),
            charge: charge.clone(),
            after: Some(slot.goes_on()?),
        })
    });
    // Whoever is billed on sees it on the next bill.
    let mut all = folder.subscriptions.value.iter().flat_map(|list| &list.rows).peekable();
    let ended = all.peek().is_some() && all.all(|subscription| !subscription.will_be_invoiced());
    let waiting = (ended && folder.waiting.is_untouched()).then(|| Question::Waiting(customer()));
    let more = methods.into_iter().chain(evidence).chain(refunds).chain(waiting);
    let questions: Vec<_> = disputed.chain(refunded).chain(more).chain(upcoming).collect();
    for (at, question) in questions.iter().enumerate() {
        // Hundreds of previews must not stand before what an agent opens next.
        let prefetch = prefetch || at >= FOLLOWING_AT_ONCE;
        ask_part(state, question, Round { prefetch, ..AGAIN }, commands);
    }
}

/// What was read after the first pages, once more.
fn follow_again(state: &mut State, id: &CustomerId, commands: &mut Commands) {
    let Some(folder) = state.data.folders.get(id) else { return };
    let customer = || id.clone();
    let bills = |id: &SubscriptionId| {
        let mut rows = folder.subscriptions.value.iter().flat_map(|list| &list.rows);
        rows.any(|row| row.id == *id && row.will_be_invoiced())
    };
    let upcoming = folder.upcoming.keys().filter(|id| bills(id));
    let upcoming = upcoming
        .map(|subscription| Question::Upcoming { customer: customer(), subscription: subscription.clone() });
    let disputes = folder.disputes.keys().map(|charge| Question::DisputesOf {
        customer: customer(),
        charge: charge.clone(),
        after: None,
    });
    let refunds = folder.refunds.keys().map(|charge| Question::RefundsOf {
        customer: customer(),
        charge: charge.clone(),
        after: None,
    });
    let waiting = (!folder.waiting.is_untouched()).then(|| Question::Waiting(customer()));
    for question in waiting.into_iter().chain(disputes).chain(refunds).chain(upcoming).collect::<Vec<_>>() {
        ask_part(state, &question, AGAIN, commands);
    }
}

/// Products of the customer's subscriptions that nobody asked for yet.
fn products(state: &State, id: &CustomerId) -> Vec<ProductId> {
    let list = state.data.folders.get(id).and_then(|folder| folder.subscriptions.value.as_ref());
    let items = list.into_iter().flat_map(|list| &list.rows).flat_map(|row| &row.items.data);
    let mut products: Vec<ProductId> = items
        .filter_map(|item| item.price.product_id().cloned())
        .filter(|product| !state.data.products_asked.contains(product))
        .collect();
    products.sort();
    products.dedup();
    products
}

/// The next page of a list, when its end comes near.
pub(super) fn more(state: &mut State, pane: PaneId, commands: &mut Commands) {
    if pane == PaneId::Customers {
        super::further::more(state, commands);
    } else if let Some(question) = (pane.pane().more)(state) {
        ask_part(state, &question, AGAIN, commands);
    }
}

/// Reads again what a change of `target` may have moved for a customer: the row itself, wherever in its list it is, and the
/// first pages of `kinds`.
pub(in crate::desk) fn refresh(
    state: &mut State,
    (id, target): (&CustomerId, &AnyId),
    kinds: &[Kind],
    commands: &mut Commands,
) {
    let Some(folder) = state.data.folders.get(id) else { return };
    // Refunds and disputes stand at their charges.
    let row = folder.charge_of(&target.id).map(|charge| charge.id.any());
    let row = row.or_else(|| folder.has_row(target).then(|| target.clone()));
    let row = row.filter(|row| !row.kind.endpoint().is_empty());
    let mut questions: Vec<_> =
        row.map(|row| Question::Row { customer: id.clone(), row }).into_iter().collect();
    for kind in kinds {
        questions.extend(moved(state, (id, target), *kind));
    }
    questions.dedup();
    // An answer to what was asked before the change would be taken for what it left behind.
    let is_old = |asked: &Question| {
        let same = |anew: &Question| anew.brings_the_same(asked);
        asked.customer() == Some(id) && (asked.follows() || questions.iter().any(same))
    };
    give_up(state, |_, asked| is_old(asked), commands);
    for question in questions {
        ask_part(state, &question, AGAIN, commands);
    }
    follow(state, id, false, commands);
    spent(state, commands);
}

/// What the bills to come rest on.
const BILLED: &[Kind] = &[Kind::Subscription, Kind::Invoice, Kind::InvoiceItem, Kind::Customer];

/// The bills to come are read again. One that is on its way may have been made before what moved.
fn wear_upcoming(state: &mut State, id: &CustomerId, commands: &mut Commands) {
    let is_its = |asked: &Question| matches!(asked, Question::Upcoming { customer, .. } if customer == id);
    give_up(state, |_, asked| is_its(asked), commands);
    if let Some(folder) = state.data.folders.get_mut(id) {
        folder.upcoming.values_mut().for_each(Slot::wear);
    }
}

/// Reads again what moved without this desk: each row once, or the first page of their list where more than `most` of a kind did, or
/// one that is not there yet.
pub(super) fn moved_elsewhere(
    state: &mut State,
    id: &CustomerId,
    rows: &BTreeSet<AnyId>,
    most: usize,
    commands: &mut Commands,
) {
    let kinds: BTreeSet<Kind> = rows.iter().map(|row| row.kind).collect();
    if kinds.iter().any(|kind| BILLED.contains(kind)) {
        wear_upcoming(state, id, commands);
    }
    let mut questions = Vec::new();
    for kind in kinds {
        let of_kind: Vec<&AnyId> = rows.iter().filter(|row| row.kind == kind).collect();
        let there = |row: &&&AnyId| state.data.folder(id).is_some_and(|folder| folder.has_row(row));
        let known = of_kind.iter().filter(there).count();
        match kind {
            // It stands at its charge, which moved too.
            Kind::Refund => {}
            _ if known == of_kind.len() && known <= most && !kind.endpoint().is_empty() => {
                let row = |row: &AnyId| Question::Row { customer: id.clone(), row: row.clone() };
                questions.extend(of_kind.into_iter().map(row));
            }
            _ => {
                if let Some(target) = of_kind.first() {
                    questions.extend(moved(state, (id, target), kind));
                }
            }
        }
    }
    questions.extend(again(state, id, Kind::Event));
    for question in questions {
        ask_part(state, &question, ASIDE, commands);
    }
    follow(state, id, true, commands);
}

/// What brings a kind of rows anew. A list that is not on screen is read when it is shown next.
fn moved(state: &mut State, (id, target): (&CustomerId, &AnyId), kind: Kind) -> Vec<Question> {
    let customer = id.clone();
    let after = None;
    let listed = again(state, id, kind);
    let Some(folder) = state.data.folders.get_mut(id) else { return listed };
    let mut questions = match kind {
        Kind::Charge | Kind::Refund => vec![Question::Charges { customer, after }],
        Kind::Subscription => {
            folder.waiting = Slot::default();
            vec![Question::Subscriptions { customer, after }]
        }
        Kind::Invoice => {
            folder.upcoming.values_mut().for_each(Slot::wear);
            folder.waiting = Slot::default();
            vec![Question::Invoices { customer, after }]
        }
        Kind::Customer => {
            // Their balance and their discount are on every bill to come.
            folder.upcoming.values_mut().for_each(Slot::wear);
            vec![Question::Customer(customer)]
        }
        Kind::PaymentMethod => vec![Question::PaymentMethods { customer, after }],
        Kind::Dispute => {
            let of = folder.charge_of(&target.id).map(|charge| charge.id.clone());
            of.map(|charge| Question::DisputesOf { customer, charge, after }).into_iter().collect()
        }
        _ => vec![],
    };
    questions.extend(listed);
    questions
}

/// The first pages of the lists of a kind that panes show alone.
fn again(state: &mut State, id: &CustomerId, kind: Kind) -> Vec<Question> {
    let on_screen = layout::in_place(state);
    let mut questions = vec![];
    for pane in PANES.iter().filter(|pane| pane.kind == kind && pane.source.is_some()) {
        let Some(question) = panes::first_page(state, pane.id) else { continue };
        let open = question.customer().is_none_or(|customer| customer == id);
        if open && pane.id == on_screen {
            questions.push(question);
        } else {
            let folder = state.data.folders.get_mut(id);
            let lists = folder.map(|folder| &mut folder.lists);
            for lists in lists.into_iter().chain([&mut state.data.lists]) {
                lists.get_mut(&pane.id).into_iter().for_each(Slot::age);
            }
        }
    }
    questions
}

/// Today's refunds, for the title and as a head start for the next verdict.
pub(in crate::desk) fn spent(state: &mut State, commands: &mut Commands) {
    let task = state.start("today's refunds");
    commands.push(Command::Spent { task });
}
