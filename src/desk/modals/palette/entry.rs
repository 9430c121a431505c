//! What a row of the palette stands for: an action of the catalogue, or what a key of the desk does.

use serde::{Deserialize, Serialize};

use crate::{
    actions::{self, Action},
    desk::{
        binding::Binding,
        keymap::{self, Do},
    },
    text,
};

/// As the state keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Named {
    /// By the action's name.
    Action(String),
    Desk(Do),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Entry {
    Action(&'static Action),
    Desk(Binding<Do>),
}

impl Named {
    pub(super) fn entry(&self) -> Option<Entry> {
        match self {
            Self::Action(name) => actions::find(name).map(Entry::Action),
            Self::Desk(does) => keymap::desk().find(|row| row.does == *does).map(Entry::Desk),
        }
    }
}

impl Entry {
    pub(super) fn named(&self) -> Named {
        match self {
            Self::Action(action) => Named::Action(action.name.to_owned()),
            Self::Desk(row) => Named::Desk(row.does),
        }
    }

    /// `refund charge`, `audit trail`
    pub(super) fn title(&self) -> String {
        match self {
            Self::Action(action) => action.name.replace('_', " "),
            Self::Desk(row) => row.name.unwrap_or_default().to_owned(),
        }
    }

    /// What letters are looked for in, as long as the title: `refund_charge`, `audit_trail`.
    pub(super) fn name(&self) -> String {
        self.title().to_ascii_lowercase().replace(' ', "_")
    }

    /// What it does, in a sentence.
    pub(super) fn summary(&self) -> &'static str {
        match self {
            Self::Action(action) => action.summary,
            Self::Desk(row) => row.help,
        }
    }

    /// The first of its other names that the text means.
    pub(super) fn called(&self, text: &str) -> Option<&'static str> {
        match self {
            Self::Action(action) => action.called(text),
            Self::Desk(row) => text::called(row.words, text),
        }
    }
}
