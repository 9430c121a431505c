//! What is asked for a customer: everything that does not depend on another answer goes together; what does, follows.

use crate::{
    desk::{
        data::{Folder, Slot},
        message::{Command, Commands, TaskId},
        panes::PaneId,
        question::Question,
        state::{PaneState, State},
    },
    model::{CustomerId, Kind, ProductId, Record, Subscription, SubscriptionId, SubscriptionStatus},
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

/// Opens a customer's desk: what is known is there at once, the rest is asked for together.
pub(super) fn open(state: &mut State, id: &CustomerId, commands: &mut Commands) {
    if state.open.as_ref() != Some(id) {
        state.open = Some(id.clone());
        state.rows_changed();
        for pane in [PaneId::Charges, PaneId::Subscriptions, PaneId::Invoices] {
            state.panes.insert(pane, PaneState::default());
        }
    }
    ask_all(state, id, OPENING, commands);
}

/// Everything on screen, again.
pub(super) fn reload(state: &mut State, commands: &mut Commands) {
    match state.open.clone() {
        Some(id) => ask_all(state, &id, AGAIN, commands),
        None => {
            state.ask(Question::Customers, false, commands);
        }
    }
    spent(state, commands);
}

/// The first round of a customer, for whoever rests on them in the list.
pub(super) fn prefetch(state: &mut State, id: &CustomerId, commands: &mut Commands) {
    ask_all(state, id, AHEAD, commands);
}

fn ask_all(state: &mut State, id: &CustomerId, round: Round, commands: &mut Commands) {
    for question in [
        Question::Customer(id.clone()),
        Question::Charges { customer: id.clone(), after: None },
        Question::Subscriptions(id.clone()),
        Question::Invoices { customer: id.clone(), after: None },
        Question::PaymentMethods(id.clone()),
    ] {
        ask_slot(state, id, &question, round, commands);
    }
    follow(state, id, round.prefetch, commands);
}

/// Asks for one part of a folder, unless it is fresh.
fn ask_slot(state: &mut State, id: &CustomerId, question: &Question, round: Round, commands: &mut Commands) {
    let now = state.now_ms;
    let folder = state.data.folders.entry(id.clone()).or_default();
    let fresh = match question {
        Question::Customer(_) => is_fresh(&folder.customer, now, round.fresh_ms),
        Question::Charges { .. } => is_fresh(&folder.charges, now, round.fresh_ms),
        Question::Subscriptions(_) => is_fresh(&folder.subscriptions, now, round.fresh_ms),
        Question::Invoices { .. } => is_fresh(&folder.invoices, now, round.fresh_ms),
        Question::PaymentMethods(_) => is_fresh(&folder.methods, now, round.fresh_ms),
        _ => false,
    };
    if fresh {
        return;
    }
    let task = state.ask(question.clone(), round.prefetch, commands);
    if let Some(folder) = state.data.folders.get_mut(id) {
        mark_loading(folder, question, Some(task));
    }
}

fn is_fresh<T>(slot: &Slot<T>, now_ms: i64, fresh_ms: i64) -> bool {
    slot.value.is_some() && slot.trouble.is_none() && now_ms.saturating_sub(slot.read_at_ms) < fresh_ms
}

fn mark_loading(folder: &mut Folder, question: &Question, task: Option<TaskId>) {
    match question {
        Question::Customer(_) => folder.customer.loading = task,
        Question::Charges { .. } => folder.charges.loading = task,
        Question::Subscriptions(_) => folder.subscriptions.loading = task,
        Question::Invoices { .. } => folder.invoices.loading = task,
        Question::PaymentMethods(_) => folder.methods.loading = task,
        Question::Upcoming(id) => folder.upcoming.entry(id.clone()).or_default().loading = task,
        Question::DisputesOf(id) => folder.disputes.entry(id.clone()).or_default().loading = task,
        _ => {}
    }
}

/// The round that depends on the first: product names, previews of the next invoices, evidence of disputes. It holds nothing
/// back: each part is drawn when it comes.
pub(super) fn follow(state: &mut State, id: &CustomerId, prefetch: bool, commands: &mut Commands) {
    let Some(folder) = state.data.folders.get(id) else { return };
    let subscriptions: Vec<&Subscription> =
        folder.subscriptions.value.iter().flat_map(|list| &list.rows).map(Record::object).collect();
    let mut products: Vec<ProductId> = subscriptions
        .iter()
        .flat_map(|subscription| &subscription.items.data)
        .filter_map(|item| item.price.product_id().cloned())
        .filter(|product| !state.data.products_asked.contains(product))
        .collect();
    products.sort();
    products.dedup();
    let upcoming: Vec<SubscriptionId> = subscriptions
        .iter()
        .filter(|subscription| will_be_invoiced(subscription))
        .map(|subscription| subscription.id.clone())
        .filter(|subscription| !folder.upcoming.contains_key(subscription))
        .collect();
    let disputed: Vec<_> = folder
        .charges
        .value
        .iter()
        .flat_map(|list| &list.rows)
        .filter(|charge| charge.disputed && !folder.disputes.contains_key(&charge.id))
        .map(|charge| charge.id.clone())
        .collect();
    if !products.is_empty() {
        state.data.products_asked.extend(products.iter().cloned());
        state.ask(Question::Products(products), prefetch, commands);
    }
    let questions =
        upcoming.into_iter().map(Question::Upcoming).chain(disputed.into_iter().map(Question::DisputesOf));
    for question in questions {
        ask_slot(state, id, &question, Round { prefetch, ..AGAIN }, commands);
    }
}

/// Stripe has a next invoice for it.
fn will_be_invoiced(subscription: &Subscription) -> bool {
    matches!(
        subscription.status,
        SubscriptionStatus::Active | SubscriptionStatus::Trialing | SubscriptionStatus::PastDue
    ) && subscription.ends_at().is_none()
        && subscription.pause_collection.is_none()
}

/// The next page of a list, when its end comes near.
pub(super) fn more(state: &mut State, pane: PaneId, commands: &mut Commands) {
    let Some(id) = state.open.clone() else { return };
    let Some(folder) = state.data.folders.get(&id) else { return };
    let question = match pane {
        PaneId::Charges => folder.charges.value.as_ref().filter(|list| list.has_more).and_then(|list| {
            Some(Question::Charges { customer: id.clone(), after: Some(list.rows.last()?.id.clone()) })
        }),
        PaneId::Invoices => folder.invoices.value.as_ref().filter(|list| list.has_more).and_then(|list| {
            Some(Question::Invoices { customer: id.clone(), after: Some(list.rows.last()?.id.to_string()) })
        }),
        PaneId::Customers | PaneId::Subscriptions => None,
    };
    if let Some(question) = question {
        ask_slot(state, &id, &question, AGAIN, commands);
    }
}

/// Reads again what a change of `kinds` may have moved for a customer.
pub(in crate::desk) fn refresh(state: &mut State, id: &CustomerId, kinds: &[Kind], commands: &mut Commands) {
    if !state.data.folders.contains_key(id) {
        return;
    }
    let mut questions = vec![];
    for kind in kinds {
        match kind {
            Kind::Charge | Kind::Refund => {
                questions.push(Question::Charges { customer: id.clone(), after: None });
            }
            Kind::Subscription => questions.push(Question::Subscriptions(id.clone())),
            Kind::Invoice => {
                questions.push(Question::Invoices { customer: id.clone(), after: None });
                if let Some(folder) = state.data.folders.get_mut(id) {
                    folder.upcoming.clear();
                }
            }
            Kind::Customer => questions.push(Question::Customer(id.clone())),
            _ => {}
        }
    }
    questions.dedup();
    for question in questions {
        ask_slot(state, id, &question, AGAIN, commands);
    }
    spent(state, commands);
}

/// Today's refunds, for the title and as a head start for the next verdict.
pub(in crate::desk) fn spent(state: &mut State, commands: &mut Commands) {
    let task = state.start("today's refunds");
    commands.push(Command::Spent { task });
}
