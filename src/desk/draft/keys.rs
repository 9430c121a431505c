//! Keys of a form: the table, what Enter does as the form stands, and what each key does to it.

use super::{Draft, Stage, Standing};
use crate::{
    desk::{
        binding::{Binding, Now, bind},
        choosing::{CHOICES, Choose},
        form::CONFIRM,
        key::Key,
        message::Commands,
        modals::After,
        state::State,
        verdict::Needs,
        words,
    },
    money::Money,
};

/// What a key of a form does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    Enter,
    /// An equal change was made minutes ago, and this one is wanted too.
    OnceMore,
    NextField,
    PreviousField,
    /// The list of what the field may be.
    Pick,
    Choose(Choose),
    /// Reads what the decision rests on again.
    Read,
    /// Out of the question whether to do it once more.
    Return,
    Close,
}

impl Do {
    /// Where the form asks for nothing more, it confirms.
    pub fn confirms(self) -> bool {
        matches!(self, Self::Enter | Self::OnceMore)
    }
}

const TABLE: [Binding<Do>; 8] = [
    bind(
        &["<enter>"],
        Do::Enter,
        // What it does is said as the form stands; where it does nothing yet, nothing is promised.
        None,
        "confirm, or say what is missing: the bottom line says which",
    ),
    bind(&["y"], Do::OnceMore, Some("once more"), "make a change like one of minutes ago once more"),
    bind(&["<c-p>"], Do::Pick, Some("list"), "choose the field's value from a list"),
    bind(&["<tab>", "<down>"], Do::NextField, Some("next field"), "next field").held(),
    bind(&["<s-tab>", "<up>"], Do::PreviousField, None, "previous field").held(),
    bind(&["<c-r>"], Do::Read, None, "read again what the decision rests on"),
    bind(
        &["<esc>"],
        Do::Return,
        Some("back"),
        "back to the form from the question whether to do it once more",
    ),
    bind(&["<esc>"], Do::Close, Some("change nothing"), "close the form: nothing is changed"),
];

/// Every key of a form, and of its choices.
pub fn table() -> Vec<Binding<Do>> {
    let [enter, once_more, pick, next, previous, read, back, close] = TABLE;
    let choices = CHOICES.iter().map(|row| row.within(Do::Choose));
    [enter, once_more, pick, next, previous].into_iter().chain(choices).chain([read, back, close]).collect()
}

/// Turning the wheel goes from field to field, one a turn.
pub fn wheel(rows: isize) -> Do {
    if rows > 0 { Do::NextField } else { Do::PreviousField }
}

/// The key for it, as it is shown.
pub fn key(does: Do) -> String {
    crate::desk::binding::shown(TABLE, does)
}

/// What Enter does now: a word for it, said in the form and on the bottom line.
#[derive(Debug)]
pub enum Enter {
    /// Nothing, or it was pressed already.
    Nothing,
    /// Does not confirm: takes note, shows what is wrong, moves on.
    Moves(String),
    /// Nothing before the field that keys go to is right, and what is wrong with it.
    Waits(String),
    /// Sends nothing, and why.
    Denied(String),
    /// Goes on with the change. `once_more`: only after another one.
    Confirms { what: String, once_more: bool },
    /// Checks what has to be typed, once keys go there.
    Types { what: String },
}

impl Enter {
    fn now(self) -> Now {
        match self {
            Self::Nothing => Now::Off,
            Self::Waits(why) => Now::Dim(why),
            Self::Denied(_) => Now::Says("sends nothing".into()),
            Self::Moves(what) | Self::Types { what } | Self::Confirms { what, once_more: false } => {
                Now::Says(what)
            }
            Self::Confirms { what, once_more: true } => Now::Says(format!("{what}…")),
        }
    }
}

impl Draft {
    pub fn enter_does(&self, standing: &Standing, state: &State) -> Enter {
        if !self.is_open() {
            return Enter::Nothing;
        }
        if self.opens_list() {
            return Enter::Moves("opens the list to choose from".into());
        }
        if self.looks_again() {
            return Enter::Moves("takes note of what changed".into());
        }
        match standing {
            Standing::Wrong(error) if self.form.focused() == error.field => {
                Enter::Waits(self.in_words(&error.reason))
            }
            Standing::Wrong(error) if self.form.entry(&error.field).is_some() => {
                Enter::Moves("shows what is wrong".into())
            }
            Standing::Wrong(error) => Enter::Denied(self.in_words(&error.reason)),
            Standing::Reading => Enter::Moves(format!("waits until the {} is read", self.target.kind.noun())),
            Standing::Decided(proposal, decision) => {
                let needs = self.needs(proposal, decision, state);
                let what = match needs {
                    Needs::Second(_) if self.asked.is_some() => {
                        "agrees: then it waits for another person".into()
                    }
                    Needs::Second(_) => "asks a second person: nothing is sent until they agree".into(),
                    _ => self.doing(proposal.amount, state),
                };
                match needs {
                    needs if self.waits_for_preview(&needs) => {
                        Enter::Moves("waits until Stripe tells what it comes to".into())
                    }
                    Needs::No(why) => Enter::Denied(why),
                    Needs::Given { name, says } if self.form.focused() == name => Enter::Waits(says),
                    Needs::Given { name, .. }
                        if self.form.entry(&name).is_some_and(|entry| !entry.hidden) =>
                    {
                        Enter::Moves(format!("goes to the {}", self.in_words(&name)))
                    }
                    Needs::Given { says, .. } => Enter::Denied(says),
                    Needs::Amount(_) | Needs::Word(_) | Needs::Second(Some(_))
                        if self.form.focused() != CONFIRM =>
                    {
                        Enter::Types { what: "to the confirmation".into() }
                    }
                    needs @ (Needs::Amount(_) | Needs::Word(_) | Needs::Second(Some(_))) => {
                        let right = needs.fits(self.form.get(CONFIRM).unwrap_or_default());
                        Enter::Types { what: if right { what } else { "confirms what is typed".into() } }
                    }
                    Needs::Twice | Needs::Second(None) => {
                        Enter::Confirms { what, once_more: !self.is_armed() }
                    }
                    Needs::Enter => Enter::Confirms { what, once_more: false },
                }
            }
        }
    }

    /// `refunds $20.00`, `cancels Pro`
    fn doing(&self, amount: Option<Money>, state: &State) -> String {
        let amount = amount.map(|amount| amount.to_string());
        let it = words::called(state, &self.target);
        self.definition().map(|action| action.does(amount.as_deref(), &it)).unwrap_or_default()
    }

    /// It can be filled in: it is neither being decided nor asked about.
    pub fn is_open(&self) -> bool {
        self.deciding().is_none() && !self.asks_repeat()
    }

    /// Letters go into a text field.
    pub fn types(&self) -> bool {
        self.is_open() && self.form.types()
    }

    pub fn now(&self, does: Do, state: &State) -> Now {
        let open = self.is_open();
        match does {
            Do::Enter => self.enter_does(&self.standing(state), state).now(),
            Do::OnceMore | Do::Return => Now::on(self.asks_repeat()),
            Do::NextField | Do::PreviousField => Now::on(open && self.form.entries().count() > 1),
            Do::Pick => Now::on(open && self.has_list()),
            Do::Choose(_) => Now::on(open && self.form.chooses()),
            Do::Read if open && self.facts_trouble().is_some() => Now::Says("read again".into()),
            Do::Close if self.deciding().is_some() => Now::Says("close".into()),
            Do::Read | Do::Close => Now::on(open),
        }
    }

    pub fn act(&mut self, does: Do, state: &mut State, commands: &mut Commands) -> After {
        match does {
            Do::Enter if self.opens_list() => return self.pick(state, commands),
            Do::Enter => self.enter(state, commands),
            Do::Pick => return self.pick(state, commands),
            // Good for this one answer of the gate: another equal change, seen later, is asked about again.
            Do::OnceMore => {
                self.repeat_ok = true;
                self.stage = Stage::Filling;
                self.confirm_again(state, commands);
            }
            Do::NextField => self.form.step(true),
            Do::PreviousField => self.form.step(false),
            Do::Choose(choose) => {
                if self.form.choose(choose, state.now_ms) {
                    self.changed();
                }
            }
            Do::Read => {
                self.ask_preview_again();
                self.ask_facts(state, commands);
            }
            Do::Return => self.stage = Stage::Filling,
            Do::Close => {
                if self.deciding().is_some() {
                    state.say("it goes on being decided; u takes it back once it is held", true);
                }
                return After::Close;
            }
        }
        self.sync(state);
        After::Stay
    }

    /// A key for the focused text field.
    pub fn typed(&mut self, key: Key, state: &State) {
        let confirming = self.form.focused() == CONFIRM;
        if self.form.typed(key) {
            if confirming {
                self.says = None;
            } else {
                self.changed();
            }
        }
        self.sync(state);
    }
}
