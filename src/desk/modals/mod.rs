//! What lies over the desk: forms, confirmations, details, lists. A stack; keys go to the topmost. A new one is a file of its
//! own and its two lines here.

mod about;
mod answered;
pub mod audit;
mod before;
pub mod cancel;
pub mod close;
pub mod confirm;
pub mod detail;
pub mod duplicates;
pub mod events;
pub mod explain;
pub mod export;
pub mod filter;
pub mod find;
pub mod help;
mod foretold;
pub mod inbox;
mod keys;
pub mod letter;
pub mod list;
pub mod monitor;
pub mod notes;
mod narrow;
pub mod outcomes;
pub mod palette;
mod parts;
pub mod pick;
pub mod profiles;
pub mod quit;
pub mod reading;
pub mod recent;
pub mod refund;
pub mod results;
mod rules;
pub mod settings;
pub mod tasks;
#[cfg(test)]
mod tests;
pub mod timeline;

use super::{
    binding::{Binding, Hint, Now, Told},
    key::Key,
    layout,
    message::{Commands, Message},
    sheet::{
        Sheet,
        page::{self, View},
    },
    state::State,
};

/// What a modal does. It is taken off the stack while it handles a message, so it may change the whole state.
pub trait Overlay {
    /// What its keys do.
    type Do: Copy;

    /// What the docs call it.
    const NAME: &'static str;

    /// What it shows. Pure.
    fn sheet(&self, state: &State) -> Sheet;

    /// Every key that it knows, in the order in which hints and help show them.
    fn table() -> Vec<Binding<Self::Do>>;

    /// Keys that come from what it shows: they stand before the table's.
    fn acting(&self, _state: &State) -> Vec<Binding<Self::Do>> {
        Vec::new()
    }

    /// Whether it can be done now. Two rows that can be done at once share no key.
    fn now(&self, does: Self::Do, state: &State) -> Now;

    /// Does it. Only called for what can be done now.
    fn act(&mut self, does: Self::Do, state: &mut State, commands: &mut Commands) -> After;

    /// A text field takes letters before the table does, and other keys after it.
    fn types(&self) -> bool {
        false
    }

    /// A key for the text field.
    fn typed(&mut self, _key: Key, _state: &mut State) {}

    /// What turning the wheel does, by so many rows down.
    fn wheel(_rows: isize) -> Option<Self::Do> {
        None
    }

    /// It confirms, sends or records something: no click does it.
    fn confirms(&self, _does: Self::Do) -> bool {
        false
    }

    /// A paste goes into the focused field. It never confirms.
    fn paste(&mut self, _text: &str, _state: &mut State) {}

    /// What was chosen for a field of it, in the list that lay over it: name, value, and the words that it was chosen by.
    fn give(&mut self, _field: (&str, &str), _words: &str, _state: &mut State) {}

    /// A reply to one of its own tasks (`Facts`, `Reply`, `Prepared`, `Audit`); others pass by.
    fn hear(&mut self, _message: &Message, _state: &mut State, _commands: &mut Commands) -> After {
        After::Stay
    }

    /// After every message: what it wants asked or hidden as it stands now.
    fn settle(&mut self, _state: &mut State, _commands: &mut Commands) {}

    /// What of its sheet is in view.
    fn view(&self, state: &State) -> View {
        page::place(&self.sheet(state), layout::arrange(state).body).view
    }
}

/// What becomes of a modal after a message.
#[derive(Debug)]
pub enum After {
    Stay,
    Close,
    /// Close it and open another in its place.
    Replace(Box<Modal>),
    /// Open another on top of it.
    Push(Box<Modal>),
}

macro_rules! modals {
    ($($name:ident = $module:ident),* $(,)?) => {
        #[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
        pub enum Modal { $($name($module::$name)),* }

        impl Modal {
            pub fn sheet(&self, state: &State) -> Sheet {
                match self { $(Self::$name(modal) => modal.sheet(state)),* }
            }

            pub fn press(&mut self, key: Key, state: &mut State, commands: &mut Commands) -> After {
                match self { $(Self::$name(modal) => keys::press(modal, key, state, commands)),* }
            }

            pub fn click(&mut self, key: Key, state: &mut State, commands: &mut Commands) -> After {
                match self { $(Self::$name(modal) => keys::click(modal, key, state, commands)),* }
            }

            pub fn wheel(&mut self, rows: isize, state: &mut State, commands: &mut Commands) -> After {
                match self { $(Self::$name(modal) => keys::wheel(modal, rows, state, commands)),* }
            }

            pub fn paste(&mut self, text: &str, state: &mut State) {
                match self { $(Self::$name(modal) => modal.paste(text, state)),* }
            }

            pub fn give(&mut self, field: (&str, &str), words: &str, state: &mut State) {
                match self { $(Self::$name(modal) => modal.give(field, words, state)),* }
            }

            pub fn hear(&mut self, message: &Message, state: &mut State, commands: &mut Commands) -> After {
                match self { $(Self::$name(modal) => modal.hear(message, state, commands)),* }
            }

            pub fn settle(&mut self, state: &mut State, commands: &mut Commands) {
                match self { $(Self::$name(modal) => modal.settle(state, commands)),* }
            }

            /// The bottom line.
            pub fn hints(&self, state: &State) -> Vec<Hint> {
                match self { $(Self::$name(modal) => keys::hints(modal, state)),* }
            }

            /// Keys and what they do, as it stands.
            pub fn help(&self, state: &State) -> Vec<Told> {
                match self { $(Self::$name(modal) => keys::help(modal, state)),* }
            }

            /// The keys of each row that can be used, and how it stands.
            #[cfg(test)]
            fn rows(&self, state: &State) -> Vec<(Vec<Key>, Now)> {
                match self { $(Self::$name(modal) => keys::rows(modal, state)
                    .into_iter().map(|(row, now)| (row.keys().collect(), now)).collect()),* }
            }

            #[cfg(test)]
            fn types(&self) -> bool {
                match self { $(Self::$name(modal) => modal.types()),* }
            }
        }

        /// Each modal's name and all of its keys, for the docs.
        pub fn tables() -> Vec<(&'static str, Vec<Told>)> {
            vec![$((<$module::$name as Overlay>::NAME, keys::all::<$module::$name>())),*]
        }
    };
}

modals! {
    Refund = refund,
    Cancel = cancel,
    Outcomes = outcomes,
    Confirm = confirm,
    Quit = quit,
    Detail = detail,
    Explain = explain,
    Duplicates = duplicates,
    Timeline = timeline,
    Monitor = monitor,
    Audit = audit,
    Settings = settings,
    Tasks = tasks,
    Close = close,
    Filter = filter,
    Export = export,
    Palette = palette,
    Results = results,
    Pick = pick,
    Reading = reading,
    Inbox = inbox,
    Recent = recent,
    Profiles = profiles,
    Notes = notes,
    Events = events,
    Letter = letter,
    Help = help,
}
