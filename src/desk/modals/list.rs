//! Moving through what a modal lists: the keys for it, the selected row, and the first one in view. A text without rows to select
//! is scrolled by the same keys.

use serde::{Deserialize, Serialize};

use crate::desk::{
    binding::{Binding, Now, bind},
    sheet::page::View,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// So many rows down, or up.
    Rows(isize),
    PageUp,
    PageDown,
    Top,
    Bottom,
}

const TABLE: [Binding<Move>; 6] = [
    bind(&["<up>", "k"], Move::Rows(-1), Some("move"), "up").held(),
    bind(&["<down>", "j"], Move::Rows(1), Some("move"), "down").held(),
    bind(&["<pgup>", "<c-u>"], Move::PageUp, None, "a page up").held(),
    bind(&["<pgdn>", "<c-d>", "<space>"], Move::PageDown, None, "a page down").held(),
    bind(&["<home>", "g"], Move::Top, None, "to the top"),
    bind(&["<end>", "G"], Move::Bottom, None, "to the end"),
];

/// By keys that are no letters: those narrow the list.
const ARROWS: [Binding<Move>; 6] = [
    bind(&["<up>"], Move::Rows(-1), Some("move"), "up").held(),
    bind(&["<down>"], Move::Rows(1), Some("move"), "down").held(),
    bind(&["<pgup>"], Move::PageUp, None, "a page up").held(),
    bind(&["<pgdn>"], Move::PageDown, None, "a page down").held(),
    bind(&["<home>"], Move::Top, None, "to the top"),
    bind(&["<end>"], Move::Bottom, None, "to the end"),
];

/// The rows of a list that letters narrow.
pub(super) fn arrows<D>(wrap: fn(Move) -> D) -> impl Iterator<Item = Binding<D>> {
    ARROWS.into_iter().map(move |row| row.within(wrap))
}

/// The rows of a modal that has a list.
pub(super) fn table<D>(wrap: fn(Move) -> D) -> impl Iterator<Item = Binding<D>> {
    TABLE.into_iter().map(move |row| row.within(wrap))
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// The selected row.
    pub at: usize,
    /// The first unit of the sheet in view.
    pub top: usize,
}

impl List {
    /// Selects another of `count` rows.
    pub fn select(&mut self, to: Move, count: usize, view: View) {
        self.at = step(self.at, to, view.shown, count.saturating_sub(1));
    }

    /// Moves what is in view.
    pub fn scroll(&mut self, to: Move, view: View) {
        self.top = step(view.first, to, view.shown, view.last);
    }

    /// Rows went, or are others now.
    pub fn within(&mut self, count: usize) {
        self.at = self.at.min(count.saturating_sub(1));
    }

    /// As a sheet has it.
    pub fn scrolled(&self) -> u16 {
        u16::try_from(self.top).unwrap_or(u16::MAX)
    }
}

/// There is somewhere to go in a list to select from.
pub(super) fn selects(count: usize) -> Now {
    Now::on(count > 1)
}

/// There is more of a text than is in view.
pub(super) fn scrolls(view: View) -> Now {
    Now::on(!view.whole())
}

/// A page keeps one row of what was in view.
fn step(from: usize, to: Move, page: usize, last: usize) -> usize {
    let page = page.saturating_sub(1).max(1);
    let to = match to {
        Move::Rows(by) => from.saturating_add_signed(by),
        Move::PageUp => from.saturating_sub(page),
        Move::PageDown => from.saturating_add(page),
        Move::Top => 0,
        Move::Bottom => last,
    };
    to.min(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_ends_at_the_ends() {
        let mut list = List::default();
        let view = View { first: 0, shown: 5, all: 12, last: 7 };
        let mut at = |to| {
            list.select(to, 12, view);
            list.at
        };
        assert_eq!(
            [at(Move::Rows(-1)), at(Move::Rows(1)), at(Move::PageDown), at(Move::Bottom)],
            [0, 1, 5, 11]
        );
        assert_eq!([at(Move::Rows(3)), at(Move::PageUp), at(Move::Top), at(Move::PageUp)], [11, 7, 0, 0]);
        list.at = 4;
        list.within(2);
        assert_eq!(list.at, 1);
        list.within(0);
        assert_eq!(list.at, 0);
    }

    #[test]
    fn scrolling_ends_at_the_last_page_and_turns_round_at_once() {
        let mut list = List::default();
        list.scroll(Move::Bottom, View { first: 0, shown: 5, all: 12, last: 7 });
        assert_eq!(list.top, 7);
        list.scroll(Move::Rows(-1), View { first: 7, shown: 5, all: 12, last: 7 });
        assert_eq!(list.top, 6);
        assert_eq!(scrolls(View { first: 0, shown: 5, all: 5, last: 0 }), Now::Off);
    }
}
