//! What lies over the desk: forms, confirmations, details, lists. A stack; keys go to the topmost. A new one is a file of its
//! own and its two lines here.

pub mod audit;
pub mod cancel;
pub mod close;
pub mod confirm;
pub mod detail;
pub mod filter;
pub mod help;
mod parts;
pub mod quit;
pub mod refund;
mod rules;
pub mod settings;
pub mod tasks;

use super::{
    key::Key,
    message::{Commands, Message},
    sheet::Sheet,
    state::State,
};

/// What a modal does. It is taken off the stack while it handles a message, so it may change the whole state.
pub trait Overlay {
    /// What it shows. Pure.
    fn sheet(&self, state: &State) -> Sheet;

    fn press(&mut self, key: Key, state: &mut State, commands: &mut Commands) -> After;

    /// A paste goes into the focused field. It never confirms.
    fn paste(&mut self, _text: &str, _state: &mut State) {}

    /// A reply to one of its own tasks (`Facts`, `Reply`, `Prepared`, `Audit`); others pass by.
    fn hear(&mut self, _message: &Message, _state: &mut State, _commands: &mut Commands) -> After {
        After::Stay
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
    Detail = detail,
    Audit = audit,
    Settings = settings,
    Tasks = tasks,
    Close = close,
    Filter = filter,
    Help = help,
}
