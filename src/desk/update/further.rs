//! Answers of searches and of the list of the newest customers, and what comes behind them as it is scrolled to.

use std::collections::HashSet;

use super::{
    search::{self, expected, list, remember, rest_on, typed},
    traced,
};
use crate::{
    desk::{
        message::{Commands, TaskId},
        question::{Answer, Question},
        state::State,
    },
    model::{Customer, Page},
};

/// Keeps what was found; gives an answer back that belongs to no search.
pub(super) fn keep(
    state: &mut State,
    (task, question): (TaskId, &Question),
    answer: Answer,
    commands: &mut Commands,
) -> Option<Answer> {
    goes_on(state, task, question, &answer);
    match (question.first(), answer) {
        (Question::Customers, Answer::Customers(page)) => newest(state, (task, question), page, commands),
        (Question::CustomersByEmail(_) | Question::CustomerSearch(_), Answer::Customers(page)) => {
            search::customers(state, task, page, commands);
        }
        (Question::ChargeSearch(query), Answer::Charges(page)) => {
            traced::charges(state, (task, query), &page, commands);
        }
        (Question::InvoiceSearch(_), Answer::Invoices(page)) => {
            traced::invoices(state, task, &page, commands);
        }
        (Question::Object(_), Answer::Object(id, record)) => {
            traced::object(state, task, &id, &record, commands);
        }
        (_, answer) => return Some(answer),
    }
    None
}

/// What comes behind an answer, as long as that is the answer to what is in the box.
fn goes_on(state: &mut State, task: TaskId, question: &Question, answer: &Answer) {
    let further = question.further(answer);
    if *question.first() == Question::Customers {
        state.search.newest_further = further;
    } else if state.search.asking.contains(&task) {
        state.search.further.retain(|known| known != question);
        state.search.further.extend(further);
        state.search.trouble = None;
    }
}

/// The end of the list comes near: more of those known here, then what comes behind Stripe's answers.
pub(super) fn more(state: &mut State, commands: &mut Commands) {
    if state.search.more_here {
        state.search.pages_here = state.search.pages_here.saturating_add(1);
        list(state);
        return;
    }
    let further = if typed(state).is_empty() {
        state.search.newest_further.iter().cloned().collect()
    } else {
        state.search.further.clone()
    };
    for question in further {
        let task = state.ask(question, false, commands);
        if !state.search.asking.contains(&task) {
            state.search.asking.push(task);
        }
    }
}

/// The newest customers, a page at a time.
fn newest(
    state: &mut State,
    (task, question): (TaskId, &Question),
    page: Page<Customer>,
    commands: &mut Commands,
) {
    expected(state, task);
    let ids = remember(state, page);
    if *question == Question::Customers {
        state.search.newest = ids;
    } else {
        let known: HashSet<_> = state.search.newest.iter().cloned().collect();
        state.search.newest.extend(ids.into_iter().filter(|id| !known.contains(id)));
    }
    list(state);
    rest_on(state, commands);
}
