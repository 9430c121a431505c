//! Fields to fill in, in order, with one focused: texts and choices, made from the catalogue's own table of parameters.

use serde::{Deserialize, Serialize};
use tui_input::{Input, InputRequest};

use super::{
    binding::{Binding, bind},
    choosing::{Ahead, Choose},
    key::Key,
    sheet::{Field as Shown, Item, Line, Offer},
};
use crate::{
    actions::{Action, Args, Effect, Field, FieldKind},
    text,
};

/// Characters that a field without a limit of its own takes.
const CHARS_MOST: usize = 200;
/// Characters of a list of values.
const LIST_MOST: usize = 2_000;
/// Cells of a long text field.
const WIDE: u16 = 46;
const NARROW: u16 = 14;

/// The name of the field in which a confirmation is typed. No action has a parameter of this name.
pub const CONFIRM: &str = "confirm";

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Form {
    entries: Vec<Entry>,
    focus: usize,
    /// Letters that were typed on the focused choice.
    #[serde(default)]
    ahead: Ahead,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// The parameter's name in the catalogue.
    pub name: String,
    pub label: String,
    pub value: Value,
    /// Neither shown nor focused nor sent: it means nothing with what else is chosen.
    pub hidden: bool,
    /// A value that was chosen from a list, and the words that it was chosen by.
    #[serde(default)]
    pub about: Option<(String, String)>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Value {
    Text {
        input: Input,
        /// Characters at most.
        most: usize,
        width: u16,
        placeholder: String,
    },
    Choice {
        /// Value and what it is called.
        options: Vec<(String, String)>,
        chosen: Option<usize>,
        /// What stands where nobody chose anything else; without one, a choice may be left open.
        default: Option<usize>,
    },
}

impl Form {
    /// Every parameter of the action but the object that a change is done to, and a field for the confirmation, still hidden.
    pub fn of(action: &Action) -> Self {
        let target = action.target_field().filter(|_| action.effect != Effect::Read);
        let fields = action.fields.iter().filter(|field| Some(field.name) != target);
        let mut entries: Vec<_> = fields.map(entry).collect();
        entries.push(Entry {
            name: CONFIRM.into(),
            label: String::new(),
            value: text_value(CHARS_MOST, NARROW, ""),
            hidden: true,
            about: None,
        });
        Self { entries, focus: 0, ahead: Ahead::default() }
    }

    /// Puts the fields that are wanted first at the front, and keys into the first of them.
    pub fn put_first(&mut self, wanted: impl Fn(&str) -> bool) {
        self.entries.sort_by_key(|entry| !wanted(&entry.name));
        self.focus = 0;
    }

    fn at(&self, name: &str) -> Option<usize> {
        self.entries.iter().position(|entry| entry.name == name)
    }

    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| !entry.hidden)
    }

    /// What stands in a field, its confirmation included; nothing for a hidden one.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.entry(name).filter(|entry| !entry.hidden).and_then(Entry::get)
    }

    pub fn set(&mut self, name: &str, value: &str) {
        let Some(entry) = self.entries.iter_mut().find(|entry| entry.name == name) else { return };
        match &mut entry.value {
            Value::Text { input, .. } => *input = Input::new(value.to_owned()),
            Value::Choice { options, chosen, .. } => {
                *chosen = options.iter().position(|(known, _)| known == value);
            }
        }
    }

    /// Shows or hides a field; the focus moves off a hidden one.
    pub fn show(&mut self, name: &str, shown: bool) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.name == name) {
            entry.hidden = !shown;
        }
        if self.entries.get(self.focus).is_none_or(|entry| entry.hidden) {
            self.step(false);
        }
    }

    pub fn label(&mut self, name: &str, label: impl Into<String>) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.name == name) {
            entry.label = label.into();
        }
    }

    /// The words that the value of a field was chosen by.
    pub fn tell(&mut self, name: &str, words: &str) {
        let Some(entry) = self.entries.iter_mut().find(|entry| entry.name == name) else { return };
        entry.about = entry.get().map(|value| (value.to_owned(), words.to_owned()));
    }

    pub fn focused(&self) -> &str {
        self.entries.get(self.focus).filter(|entry| !entry.hidden).map_or("", |entry| &entry.name)
    }

    pub fn focus(&mut self, name: &str) {
        if let Some(at) = self.at(name).filter(|at| self.entries.get(*at).is_some_and(|entry| !entry.hidden))
        {
            self.focus = at;
            self.ahead = Ahead::default();
        }
    }

    /// The next or previous field that is shown, round and round.
    pub fn step(&mut self, forward: bool) {
        let count = self.entries.len();
        self.ahead = Ahead::default();
        for _ in 0..count {
            let next = if forward {
                self.focus.saturating_add(1)
            } else {
                self.focus.saturating_add(count.saturating_sub(1))
            };
            self.focus = next.checked_rem(count).unwrap_or(0);
            if self.entries.get(self.focus).is_some_and(|entry| !entry.hidden) {
                return;
            }
        }
    }

    /// Keys go into a text.
    pub fn types(&self) -> bool {
        let focused = self.entries.get(self.focus).filter(|entry| !entry.hidden);
        focused.is_some_and(|entry| matches!(entry.value, Value::Text { .. }))
    }

    /// A key for the focused text. Says whether it changed.
    pub fn typed(&mut self, key: Key) -> bool {
        match self.entries.get_mut(self.focus) {
            Some(Entry { value: Value::Text { input, most, .. }, .. }) => edit(input, *most, key),
            _ => false,
        }
    }

    /// Keys go into a choice.
    pub fn chooses(&self) -> bool {
        let focused = self.entries.get(self.focus).filter(|entry| !entry.hidden);
        focused.is_some_and(|entry| matches!(entry.value, Value::Choice { .. }))
    }

    /// Chooses in the focused field. Says whether that changed anything.
    pub fn choose(&mut self, choose: Choose, now_ms: i64) -> bool {
        match self.entries.get_mut(self.focus) {
            Some(Entry { value: Value::Choice { options, chosen, default }, .. }) => {
                let before = *chosen;
                *chosen = self.ahead.choose(options, before, *default, (choose, now_ms));
                *chosen != before
            }
            _ => false,
        }
    }

    /// What letters did to the focused choice.
    pub fn jumped(&self) -> Option<String> {
        match self.entries.get(self.focus).map(|entry| &entry.value) {
            Some(Value::Choice { options, chosen, .. }) => {
                let chosen = chosen.and_then(|at| options.get(at));
                self.ahead.says(chosen.map(|(_, says)| says.as_str()))
            }
            _ => None,
        }
    }

    /// Letters on the focused choice begin none of its options.
    pub fn is_astray(&self) -> bool {
        self.ahead.is_astray()
    }

    /// Puts pasted text into the focused field, as one line. Says whether a value changed.
    pub fn paste(&mut self, pasted: &str) -> bool {
        let Some(Entry { value: Value::Text { input, most, .. }, .. }) = self.entries.get_mut(self.focus)
        else {
            return false;
        };
        let room = most.saturating_sub(input.value().chars().count());
        let head: String = pasted.trim().chars().take(room).collect();
        let before = input.value().len();
        for c in text::clean(&head).chars() {
            input.handle(InputRequest::InsertChar(c));
        }
        input.value().len() != before
    }

    /// How many characters would stand in the field with what is pasted, and how many it takes; none where that is enough.
    pub fn over(&self, pasted: &str) -> Option<(usize, usize)> {
        let Value::Text { input, most, .. } = &self.entries.get(self.focus)?.value else { return None };
        let count = input.value().chars().count().saturating_add(pasted.trim().chars().count());
        (count > *most).then_some((count, *most))
    }

    /// What is filled in, under the catalogue's names.
    pub fn args(&self) -> Args {
        self.entries()
            .filter(|entry| entry.name != CONFIRM)
            .filter_map(|entry| Some((entry.name.as_str(), entry.get()?)))
            .fold(Args::default(), |args, (name, value)| args.with(name, value))
    }

    /// One field as it is drawn, with a word behind it.
    pub fn item(&self, name: &str, after: Line) -> Option<Item> {
        let at = self.at(name)?;
        let entry = self.entries.get(at).filter(|entry| !entry.hidden)?;
        let focused = at == self.focus;
        Some(match &entry.value {
            Value::Text { input, width, placeholder, .. } => Item::Input {
                label: entry.label.clone(),
                field: Shown {
                    value: input.value().to_owned(),
                    cursor: input.cursor(),
                    focused,
                    width: *width,
                    placeholder: placeholder.clone(),
                },
                after,
            },
            Value::Choice { options, chosen, .. } => Item::Choice {
                label: entry.label.clone(),
                options: options
                    .iter()
                    .enumerate()
                    .map(|(at, (_, says))| Offer {
                        says: says.clone(),
                        chosen: Some(at) == *chosen,
                        denied: None,
                    })
                    .collect(),
                focused,
            },
        })
    }
}

impl Entry {
    /// What is known of the value that stands there.
    pub fn said(&self) -> Option<&str> {
        let (value, words) = self.about.as_ref()?;
        (self.get() == Some(value)).then_some(words.as_str())
    }

    /// Nothing where it is blank.
    pub fn get(&self) -> Option<&str> {
        match &self.value {
            Value::Text { input, .. } => Some(input.value()).filter(|value| !value.trim().is_empty()),
            Value::Choice { options, chosen, .. } => options.get((*chosen)?).map(|(value, _)| value.as_str()),
        }
    }
}

/// Keys of every one-line text.
pub const TEXT: &[Binding<InputRequest>] = &[
    bind(&["<bs>"], InputRequest::DeletePrevChar, None, "delete the letter before"),
    bind(&["<del>"], InputRequest::DeleteNextChar, None, "delete the letter after"),
    bind(&["<c-w>"], InputRequest::DeletePrevWord, None, "delete the word before"),
    bind(&["<c-k>"], InputRequest::DeleteTillEnd, None, "delete up to the end"),
    bind(&["<c-u>"], InputRequest::DeleteLine, None, "delete everything"),
    bind(&["<left>"], InputRequest::GoToPrevChar, None, "a letter back"),
    bind(&["<right>"], InputRequest::GoToNextChar, None, "a letter on"),
    bind(&["<home>", "<c-a>"], InputRequest::GoToStart, None, "to the start"),
    bind(&["<end>", "<c-e>"], InputRequest::GoToEnd, None, "to the end"),
];

/// Puts a letter into a text, or does what a key of [`TEXT`] does. Says whether the text changed.
pub fn edit(input: &mut Input, most: usize, key: Key) -> bool {
    let bound = TEXT.iter().find(|row| row.has(key)).map(|row| row.does);
    let letter = key.typed().filter(|_| input.value().chars().count() < most).map(InputRequest::InsertChar);
    bound.or(letter).and_then(|request| input.handle(request)).is_some_and(|changed| changed.value)
}

fn text_value(most: usize, width: u16, placeholder: &str) -> Value {
    Value::Text { input: Input::default(), most, width, placeholder: placeholder.to_owned() }
}

fn entry(field: &Field) -> Entry {
    let example = format!("e.g. {}", field.example);
    let value = match field.kind {
        FieldKind::Id(_) => text_value(CHARS_MOST, WIDE, &example),
        FieldKind::Money => text_value(24, NARROW, &example),
        FieldKind::When => text_value(40, WIDE, &example),
        FieldKind::Text { most } => text_value(most, WIDE, ""),
        FieldKind::Int { .. } => text_value(20, NARROW, &example),
        FieldKind::Texts { .. } | FieldKind::Pairs | FieldKind::Items => {
            text_value(LIST_MOST, WIDE, &example)
        }
        FieldKind::Choice(choices) => {
            let default = choices.iter().position(|choice| choice.value == field.otherwise);
            let options = choices.iter().map(|choice| (choice.value.to_owned(), choice.says.to_owned()));
            Value::Choice { options: options.collect(), chosen: default, default }
        }
        FieldKind::Bool => Value::Choice {
            options: vec![("true".into(), "yes".into()), ("false".into(), "no".into())],
            chosen: None,
            default: None,
        },
    };
    Entry { name: field.name.to_owned(), label: field.label.to_owned(), value, hidden: false, about: None }
}

#[cfg(test)]
#[path = "form_tests.rs"]
mod tests;
