//! What lies over the desk: forms, confirmations, details, lists. A stack; keys go to the topmost. A new one is a file of its
//! own and its two lines here.

use super::{
    key::Key,
    message::{Commands, Message, TaskId},
    sheet::Sheet,
    state::State,
};

/// What a modal does. It is taken off the stack while it handles a message, so it may change the whole state.
pub trait Overlay {
    /// What it shows. Pure.
    fn sheet(&self, state: &State) -> Sheet;

    fn press(&mut self, key: Key, state: &mut State, commands: &mut Commands) -> After;

    /// A paste goes into the focused field. It never confirms.
    fn paste(&mut self, text: &str, state: &mut State) {
        let _ignored = (text, state);
    }

    /// A reply to one of its own tasks (`Facts`, `Reply`, `Prepared`, `Audit`); others pass by.
    fn hear(&mut self, message: &Message, state: &mut State, commands: &mut Commands) -> After {
        let _ignored = (message, state, commands);
        After::Stay
    }

    /// The task that decides on the change which was confirmed here: its end is this modal's to tell.
    fn deciding(&self) -> Option<TaskId> {
        None
    }

    /// Keys for the bottom line.
    fn hints(&self, state: &State) -> Vec<(String, String)>;
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
        $(pub mod $module;)*

        #[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
        pub enum Modal { $($name($module::$name)),* }

        impl Modal {
            pub fn overlay(&self) -> &dyn Overlay {
                match self { $(Self::$name(modal) => modal),* }
            }

            pub fn overlay_mut(&mut self) -> &mut dyn Overlay {
                match self { $(Self::$name(modal) => modal),* }
            }
        }
    };
}

modals! {
    Refund = refund,
    Cancel = cancel,
    Confirm = confirm,
    Quit = quit,
    Help = help,
}

mod parts;

/// Tells every modal of a reply, topmost first. Says whether it ended a change's deciding that one of them waited for.
pub fn tell(state: &mut State, message: &Message, commands: &mut Commands) -> bool {
    let mut heard = false;
    for at in (0..state.modals.len()).rev() {
        if at >= state.modals.len() {
            continue;
        }
        let mut modal = state.modals.remove(at);
        let waited = modal.overlay().deciding();
        let after = modal.overlay_mut().hear(message, state, commands);
        heard |= waited.is_some() && waited != modal.overlay().deciding()
            || matches!(after, After::Close) && waited.is_some();
        put_back(state, at, modal, after);
    }
    heard
}

/// Puts a modal that was taken off at `at` back, as it wished.
pub fn put_back(state: &mut State, at: usize, modal: Modal, after: After) {
    let at = at.min(state.modals.len());
    match after {
        After::Stay => state.modals.insert(at, modal),
        After::Close => {}
        After::Replace(other) => state.modals.insert(at, *other),
        After::Push(other) => {
            state.modals.insert(at, *other);
            state.modals.insert(at, modal);
        }
    }
}
