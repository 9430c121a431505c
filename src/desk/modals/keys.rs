//! From a key to what a modal does, for all modals alike: its table says which keys there are and the modal which of them can be
//! used now, and dispatch, bottom line and help are three readings of that.

use super::{After, Modal, Overlay, help::Help};
use crate::desk::{
    binding::{self, Binding, Hint, Now, Told},
    key::Key,
    keymap,
    message::Commands,
    sheet::{Line, Tone},
    state::State,
};

/// Rows that can be used, or say why not.
pub(super) fn rows<M: Overlay>(modal: &M, state: &State) -> Vec<(Binding<M::Do>, Now)> {
    let all = modal.acting(state).into_iter().chain(M::table());
    all.map(|row| (row, modal.now(row.does, state))).filter(|(_, now)| *now != Now::Off).collect()
}

pub(super) fn press<M: Overlay>(
    modal: &mut M,
    key: Key,
    state: &mut State,
    commands: &mut Commands,
) -> After {
    let types = modal.types();
    if types && key.typed().is_some() {
        modal.typed(key, state);
        return After::Stay;
    }
    match rows(modal, state).into_iter().find(|(row, _)| row.has(key)) {
        Some((row, _)) if key.repeat && !row.held => {}
        Some((_, Now::Dim(why))) => state.answer_key(why),
        Some((row, _)) => return modal.act(row.does, state, commands),
        None if keymap::asks_help().any(|help| help.is(key)) => {
            let help = Help::new(self::help(modal, state));
            return After::Push(Box::new(Modal::Help(help)));
        }
        None if types => modal.typed(key, state),
        None => keymap::say_nothing(state, key),
    }
    After::Stay
}

/// A click on the hint of a key, or on what it would open. It answers nothing that the keyboard has to answer.
pub(super) fn click<M: Overlay>(
    modal: &mut M,
    key: Key,
    state: &mut State,
    commands: &mut Commands,
) -> After {
    let row = rows(modal, state).into_iter().find(|(row, _)| row.has(key));
    if row.is_some_and(|(row, _)| modal.confirms(row.does)) {
        state.answer_key(format!("a click confirms nothing: {key} does, on the keyboard"));
        return After::Stay;
    }
    press(modal, key, state, commands)
}

pub(super) fn wheel<M: Overlay>(
    modal: &mut M,
    rows: isize,
    state: &mut State,
    commands: &mut Commands,
) -> After {
    match M::wheel(rows).filter(|does| modal.now(*does, state) != Now::Off) {
        Some(does) => modal.act(does, state, commands),
        None => After::Stay,
    }
}

/// The bottom line; the help is on it where it shows more.
pub(super) fn hints<M: Overlay>(modal: &M, state: &State) -> Vec<Hint> {
    let rows = rows(modal, state);
    let more = rows.iter().any(|(row, now)| row.hint.is_none() && *now == Now::On);
    let key = keymap::asks_help().find(|key| !modal.types() || key.typed().is_none());
    let key = key.filter(|key| more && !rows.iter().any(|(row, _)| row.has(*key)));
    let mut hints = binding::hints(rows, modal.types());
    if let Some(key) = key {
        hints.push(Hint { keys: vec![key], word: "help".into(), dim: false });
    }
    hints
}

pub(super) fn help<M: Overlay>(modal: &M, state: &State) -> Vec<Told> {
    binding::help(rows(modal, state))
}

/// Every key of the table, whether it can be used now or not.
pub(super) fn all<M: Overlay>() -> Vec<Told> {
    binding::help(M::table().into_iter().map(|row| (row, Now::On)))
}

/// What a modal asks, as the last line in its box: the keys that answer.
pub(super) fn answers<M: Overlay>(modal: &M, state: &State) -> Line {
    let mut line = Line::default();
    for hint in hints(modal, state) {
        let gap = if line.0.is_empty() { "" } else { "   " };
        line = line.then(gap, Tone::Plain).then(hint.label(), Tone::Key);
        line = line.then(format!(" {}", hint.word), Tone::Dim);
    }
    line
}
