//! Records that share an e-mail address: they are looked for when somebody is opened, and stand together when that is wanted.

use super::load;
use crate::desk::{
    finder, merged,
    message::{Command, Commands, Message},
    panes::PaneId,
    question::{Answer, Question},
    state::State,
};

/// Panes whose rows stand together, with the column that is their date; subscriptions have an order of their own.
const BY_DATE: [(PaneId, usize); 2] = [(PaneId::Charges, 0), (PaneId::Invoices, 1)];

/// Others are looked for when somebody was open for so long.
const REST_MS: i64 = 2_000;

/// Another customer is open: nobody stands beside them yet.
pub(super) fn opened(state: &mut State, commands: &mut Commands) {
    part(state);
    state.shares.others = merged::twins(state);
    look_soon(state, commands);
}

/// Opening somebody waits for none of it.
fn look_soon(state: &mut State, commands: &mut Commands) {
    let at_ms = state.now_ms.saturating_add(REST_MS);
    state.shares.due_ms = Some(at_ms);
    commands.push(Command::Wake { at_ms });
}

pub(super) fn wake(state: &mut State, commands: &mut Commands) {
    let now = state.now_ms;
    if state.shares.due_ms.take_if(|due| *due <= now).is_some() {
        look(state, commands);
    }
}

/// Somebody may have come who has the same address.
pub(super) fn heard(state: &mut State, message: &Message, commands: &mut Commands) {
    let Message::Reply { result: Ok(Answer::Customer(_) | Answer::Customers(_)), .. } = message else {
        return;
    };
    let now = merged::twins(state);
    let before = std::mem::replace(&mut state.shares.others, now);
    if !state.shares.together {
        return;
    }
    let others = state.shares.others.clone();
    for customer in others.iter().filter(|customer| !before.contains(customer)) {
        load::read(state, customer, commands);
    }
}

fn look(state: &mut State, commands: &mut Commands) {
    // As they were read themselves: what a list knew of them may be old.
    let folder = state.open.as_ref().and_then(|id| state.data.folder(id));
    if folder.is_some_and(|folder| folder.customer.value.is_none() && folder.customer.loading.is_some()) {
        look_soon(state, commands);
        return;
    }
    let open = folder.and_then(|folder| folder.customer.value.as_ref());
    let Some(email) = open.and_then(|customer| customer.email.as_ref()).map(ToString::to_string) else {
        return;
    };
    // The search for the address itself found them.
    if state.search.asked_for.eq_ignore_ascii_case(&email) || state.shares.looked_for.as_ref() == Some(&email)
    {
        return;
    }
    if finder::is_whole_email(&email) {
        state.shares.looked_for = Some(email.clone());
        state.ask(Question::CustomersByEmail(email), true, commands);
    }
}

/// All together, or the open one alone again.
pub(super) fn turn(state: &mut State, commands: &mut Commands) {
    if state.shares.together {
        part(state);
        return;
    }
    if state.shares.others.is_empty() {
        state.answer_key("nobody else has this e-mail, as far as is known here");
        return;
    }
    state.shares.together = true;
    state.rows_changed();
    for (pane, column) in BY_DATE {
        let view = state.pane_mut(pane);
        view.sort = view.sort.or(Some((column, true)));
    }
    for customer in state.shares.others.clone() {
        load::read(state, &customer, commands);
    }
}

fn part(state: &mut State) {
    if !std::mem::take(&mut state.shares.together) {
        return;
    }
    state.rows_changed();
    for (pane, column) in BY_DATE {
        let view = state.pane_mut(pane);
        view.sort = view.sort.filter(|sort| *sort != (column, true));
    }
}
