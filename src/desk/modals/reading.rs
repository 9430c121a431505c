//! The form of a reading action: what it takes, from the catalogue, and Enter shows what it gives.

use serde::{Deserialize, Serialize};

use super::{After, Overlay, parts};
use crate::{
    actions::{self, Action, Args, FieldError, Subject},
    desk::{
        binding::{Binding, Now, bind},
        choosing::{CHOICES, Choose},
        draft::PAUSE_MS,
        form::Form,
        key::Key,
        linked,
        message::{Command, Commands, Message, TaskId},
        picking,
        question::{Answer, Question},
        sheet::{Item, Line, Sheet, Tone},
        start,
        state::State,
        usable::Here,
    },
    model::AnyId,
    request::Request,
};

const WIDTH: u16 = 84;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reading {
    /// The action's name in the catalogue.
    action: String,
    here: Here,
    form: Form,
    /// The object that it is about, being read: some calls are made whole by it.
    asked: Option<(AnyId, TaskId)>,
    /// What it is named as, and when that is asked for: an id that is typed is whole once nobody types any more.
    #[serde(default)]
    due: Option<(AnyId, i64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    Enter,
    Pick,
    NextField,
    PreviousField,
    Choose(Choose),
    Back,
}

const TABLE: [Binding<Do>; 5] = [
    bind(&["<enter>"], Do::Enter, Some("show"), "show what it gives, or say what is missing"),
    bind(&["<c-p>"], Do::Pick, Some("list"), "choose the field's value from a list"),
    bind(&["<tab>", "<down>"], Do::NextField, Some("next field"), "next field").held(),
    bind(&["<s-tab>", "<up>"], Do::PreviousField, None, "previous field").held(),
    bind(&["<esc>"], Do::Back, Some("back"), "back"),
];

impl Reading {
    /// Filled in with what is here; keys go to the first field that something is missing in.
    pub fn new(state: &State, action: &Action, here: Here) -> Self {
        let mut reading =
            Self { action: action.name.to_owned(), form: Form::of(action), here, asked: None, due: None };
        for (name, value) in &reading.here.args(action).0 {
            reading.form.set(name, value);
        }
        if let Err(error) = reading.request(state) {
            reading.form.focus(&error.field);
        }
        reading
    }

    fn definition(&self) -> Option<&'static Action> {
        actions::find(&self.action)
    }

    fn args(&self) -> Args {
        self.form.args()
    }

    fn request(&self, state: &State) -> Result<Request, FieldError> {
        let action = self.definition().ok_or_else(|| FieldError::new("action", "no such action"))?;
        start::call(state, action, &self.args(), &self.here)
    }

    fn wants_list(&self) -> bool {
        self.definition().is_some_and(|action| picking::wants_list(&self.form, action))
    }

    fn pick(&self, state: &mut State, commands: &mut Commands) -> After {
        let picked = self
            .definition()
            .and_then(|action| picking::open(&self.form, action, self.here.clone(), state, commands));
        picked.map_or(After::Stay, |modal| After::Push(Box::new(modal)))
    }

    fn enter(&mut self, state: &mut State, commands: &mut Commands) -> After {
        if self.wants_list() {
            return self.pick(state, commands);
        }
        match (self.request(state), self.definition()) {
            (Ok(request), Some(action)) => {
                let shown = start::run(state, action, &self.args(), request, commands);
                After::Replace(Box::new(shown))
            }
            (Err(error), _) => {
                self.form.focus(&error.field);
                After::Stay
            }
            (Ok(_), None) => After::Close,
        }
    }
}

impl Overlay for Reading {
    type Do = Do;

    const NAME: &'static str = "Form of a reading action";

    fn sheet(&self, state: &State) -> Sheet {
        let Some(action) = self.definition() else { return Sheet::default() };
        let error = self.request(state).err();
        let mut items = vec![Item::Text(Line::toned(action.summary, Tone::Strong)), Item::Gap];
        for entry in self.form.entries() {
            items.extend(parts::plain_field(&self.form, action, (&entry.name, error.as_ref()), state));
        }
        let enter = |words: &str| {
            Line::toned("Enter", Tone::Key)
                .then(format!(" {words}"), Tone::Plain)
                .then("   Esc", Tone::Key)
                .then(" back", Tone::Dim)
        };
        let last = match &error {
            _ if self.wants_list() => enter("opens the list to choose from"),
            Some(error) if self.form.focused() == error.field => {
                Line::toned("Enter shows it once the field is right", Tone::Dim)
            }
            Some(_) => enter("goes to what is missing"),
            None => enter("shows it"),
        };
        Sheet {
            title: Line::toned(parts::sentence(&action.name.replace('_', " ")), Tone::Accent),
            tone: Tone::Accent,
            items,
            pinned: vec![Item::Text(last)],
            width: WIDTH,
            ..Sheet::default()
        }
    }

    fn table() -> Vec<Binding<Do>> {
        let [enter, pick, next, previous, back] = TABLE;
        let choices = CHOICES.iter().map(|row| row.within(Do::Choose));
        [enter, pick, next, previous].into_iter().chain(choices).chain([back]).collect()
    }

    fn now(&self, does: Do, state: &State) -> Now {
        match does {
            Do::Enter if self.wants_list() => Now::Says("choose from a list".into()),
            Do::Enter => match self.request(state) {
                Err(error) if self.form.focused() == error.field => {
                    let reason = &error.reason;
                    Now::Dim(self.definition().map_or_else(|| reason.clone(), |it| it.on_form(reason)))
                }
                Err(_) => Now::Says("what is missing".into()),
                Ok(_) => Now::On,
            },
            Do::Pick => {
                Now::on(self.definition().is_some_and(|action| picking::has_list(&self.form, action)))
            }
            Do::NextField | Do::PreviousField => Now::on(self.form.entries().count() > 1),
            Do::Choose(_) => Now::on(self.form.chooses()),
            Do::Back => Now::On,
        }
    }

    fn act(&mut self, does: Do, state: &mut State, commands: &mut Commands) -> After {
        match does {
            Do::Enter => return self.enter(state, commands),
            Do::Pick => return self.pick(state, commands),
            Do::NextField => self.form.step(true),
            Do::PreviousField => self.form.step(false),
            Do::Choose(choose) => _ = self.form.choose(choose, state.now_ms),
            Do::Back => return After::Close,
        }
        After::Stay
    }

    fn types(&self) -> bool {
        self.form.types()
    }

    fn typed(&mut self, key: Key, _state: &mut State) {
        self.form.typed(key);
    }

    fn wheel(rows: isize) -> Option<Do> {
        Some(if rows > 0 { Do::NextField } else { Do::PreviousField })
    }

    fn paste(&mut self, text: &str, _state: &mut State) {
        self.form.paste(text);
    }

    /// What the call needs to know of its object is read as soon as that is named.
    fn settle(&mut self, state: &mut State, commands: &mut Commands) {
        let named = self.definition().and_then(|action| action.target(&self.args()).ok());
        let Some(id) = named else { return };
        let here = self.here.subject(id.kind);
        if here.is_some_and(|subject| *subject.id() == id && subject.is_read()) {
            return;
        }
        if let Some(subject) = linked::known(state, &id) {
            self.here = self.here.clone().and(subject);
        } else if self.asked.as_ref().is_none_or(|(asked, _)| *asked != id) {
            match self.due.take().filter(|(due, _)| *due == id) {
                Some((id, at)) if at <= state.now_ms => {
                    let task = state.ask(Question::Object(id.clone()), false, commands);
                    self.asked = Some((id, task));
                }
                Some(due) => self.due = Some(due),
                None => {
                    let at_ms = state.now_ms.saturating_add(PAUSE_MS);
                    self.due = Some((id, at_ms));
                    commands.push(Command::Wake { at_ms });
                }
            }
        }
    }

    fn hear(&mut self, message: &Message, _state: &mut State, _commands: &mut Commands) -> After {
        if let Message::Reply { task, result: Ok(Answer::Object(id, record)) } = message
            && self.asked.as_ref().is_some_and(|(_, asked)| asked == task)
            && let Ok(subject) = Subject::parse(id, record.raw().clone())
        {
            self.here = self.here.clone().and(subject);
        }
        After::Stay
    }

    fn give(&mut self, (field, value): (&str, &str), words: &str, _state: &mut State) {
        if let Some(action) = self.definition() {
            picking::put(&mut self.form, action, (field, value), words);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::desk::{
        fixture::{press, state, text},
        message::Command,
        modals::Modal,
        panes::PaneId,
        state::State,
    };

    fn form(keys: &str) -> (State, Vec<Command>) {
        let mut state = state();
        state.search.typing = false;
        state.focus = PaneId::Charges;
        press(&mut state, ":");
        let commands = press(&mut state, keys);
        (state, commands)
    }

    #[test]
    fn a_search_asks_for_its_words_and_runs() {
        let (mut state, _) = form("search_charges<enter>");
        assert!(text(&state).contains("Query [▏]"), "{}", text(&state));
        assert!(text(&state).contains("Stripe's query language"), "what the field is for");
        assert_eq!(press(&mut state, "<enter>"), []);
        let commands = press(&mut state, "amount>10<enter>");
        let [Command::Ask { question, .. }] = &commands[..] else { panic!("{commands:?}") };
        assert_eq!(question.request().param("query"), Some("amount>10"));
        assert!(matches!(state.modals[..], [Modal::Results(_)]));
    }

    #[test]
    fn tab_fills_in_what_a_reading_could_do_without_and_says_what_is_wrong_as_it_is_typed() {
        let (mut state, _) = form("list_charges<tab>");
        let shown = text(&state);
        assert!(shown.contains("Customer [cus_1"), "{shown}");
        press(&mut state, "<tab><tab>next week");
        assert!(text(&state).contains("next week"), "{}", text(&state));
        assert!(text(&state).contains("Enter shows it once the field is right"), "{}", text(&state));
        assert_eq!(press(&mut state, "<enter>"), []);
        let commands = press(&mut state, "<c-u>2026-11-01<enter>");
        let [Command::Ask { question, .. }] = &commands[..] else { panic!("{commands:?}") };
        assert_eq!(question.request().param("created[gte]"), Some("1793491200"));
    }
}
