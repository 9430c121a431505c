//! Choosing an object, or one of many values, for a field or to begin with: known ones at once, Stripe's own as they come,
//! found by a few letters. An id or a Dashboard link may be typed or pasted too.

mod candidate;
mod payment;
mod shown;
#[cfg(test)]
mod tests;

use candidate::Candidate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    After, Overlay,
    list::{self, Move},
    narrow::Narrow,
    parts,
};
use crate::{
    actions::{self, Subject},
    desk::{
        binding::{Binding, Now, bind},
        candidates, fuzzy,
        key::Key,
        linked, listing,
        message::{Commands, Message, TaskId, Trouble},
        question::{Answer, Question},
        records::currency,
        sheet::{Line, Sheet, Tone},
        start,
        state::State,
        usable::Here,
    },
    model::{AnyId, Kind},
};

/// Rows before the end at which the next page is asked for.
const NEAR_END: usize = 10;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pick {
    wants: Wants,
    kind: Option<Kind>,
    title: String,
    here: Here,
    /// Ids that stand there already.
    current: Vec<String>,
    /// It is for a change: what does not fit cannot be chosen.
    #[serde(default)]
    binds: bool,
    narrow: Narrow,
    rows: Vec<Candidate>,
    /// Rows in view, in order.
    found: Vec<usize>,
    asked: Option<TaskId>,
    /// What brings them from Stripe, for its first page.
    question: Option<Question>,
    next: Option<String>,
    trouble: Option<Trouble>,
    /// The charge of the payment in the line is looked for, or why there is none.
    #[serde(default)]
    led: payment::Led,
}

/// What becomes of the chosen one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Wants {
    /// It begins with it: the action's name.
    Start(String),
    /// It goes into a field of the form below.
    Field(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    Choose,
    Go(Move),
    Again,
    Clear,
    Back,
}

const CHOOSE: Binding<Do> = bind(&["<enter>"], Do::Choose, Some("choose"), "choose it");

const TABLE: [Binding<Do>; 3] = [
    bind(&["<c-r>"], Do::Again, Some("ask again"), "ask Stripe for them again"),
    bind(&["<esc>"], Do::Clear, Some("all"), "all of them again"),
    bind(&["<esc>"], Do::Back, Some("back"), "back without choosing"),
];

impl Pick {
    /// For an action that has to be told what it is about.
    pub fn start(state: &mut State, action: &str, kind: Kind, here: &Here, commands: &mut Commands) -> Self {
        let title = format!("{} · which {}?", parts::sentence(&action.replace('_', " ")), kind.noun());
        let wants = Wants::Start(action.to_owned());
        Self::objects(state, wants, (kind, title), here.clone(), commands)
    }

    /// For a field of the form below: objects of a kind.
    pub fn field(
        state: &mut State,
        field: &actions::Field,
        kind: Kind,
        (here, typed, binds): (Here, &str, bool),
        commands: &mut Commands,
    ) -> Self {
        let title = format!("{} · which {}?", field.label, kind.noun());
        let mut pick =
            Self::objects(state, Wants::Field(field.name.to_owned()), (kind, title), here, commands);
        pick.binds = binds;
        pick.narrow.put(typed);
        pick.search();
        pick
    }

    /// For a field of the form below: one of many values.
    pub fn values(field: &str, label: &str, options: &[(String, String)], chosen: Option<&str>) -> Self {
        let mut pick = Self::new(Wants::Field(field.to_owned()), None, label.to_owned(), Here::default());
        pick.rows = options
            .iter()
            .map(|(value, says)| Candidate {
                value: value.clone(),
                cells: vec![Line::plain(says.clone()), Line::toned(value.clone(), Tone::Dim)],
                words: format!("{says} {value}"),
                current: chosen == Some(value.as_str()),
                unfit: None,
                far: (0, 0),
            })
            .collect();
        pick.search();
        pick.narrow.list.at =
            pick.found.iter().position(|at| pick.rows.get(*at).is_some_and(|row| row.current)).unwrap_or(0);
        pick
    }

    fn new(wants: Wants, kind: Option<Kind>, title: String, here: Here) -> Self {
        Self {
            wants,
            kind,
            title,
            here,
            current: Vec::new(),
            binds: false,
            narrow: Narrow::default(),
            rows: Vec::new(),
            found: Vec::new(),
            asked: None,
            question: None,
            next: None,
            trouble: None,
            led: payment::Led::default(),
        }
    }

    fn objects(
        state: &mut State,
        wants: Wants,
        (kind, title): (Kind, String),
        here: Here,
        commands: &mut Commands,
    ) -> Self {
        let mut pick = Self::new(wants, Some(kind), title, here);
        pick.current =
            pick.here.first().map(|subject| candidates::named(state, subject, kind)).unwrap_or_default();
        pick.know(state);
        if (pick.rows.is_empty() && !candidates::is_loading(state, kind)) || candidates::is_everybodys(kind) {
            pick.ask(state, commands);
        }
        pick
    }

    fn ask(&mut self, state: &mut State, commands: &mut Commands) {
        let Some(kind) = self.kind else { return };
        let found = candidates::question(state, kind, &self.here);
        self.trouble = None;
        self.question = found.map(|(question, _)| question);
        self.asked = self.question.clone().map(|question| state.ask(question, false, commands));
    }

    fn more(&mut self, state: &mut State, commands: &mut Commands) {
        let near = self.narrow.list.at.saturating_add(NEAR_END) >= self.found.len();
        let Some(Question::Run { action, request, .. }) = &self.question else { return };
        if near && self.asked.is_none() && self.next.is_some() {
            let question =
                Question::Run { action: action.clone(), request: request.clone(), after: self.next.take() };
            self.asked = Some(state.ask(question, false, commands));
        }
    }

    /// What the desk knows goes first; nothing stands twice.
    fn know(&mut self, state: &State) {
        let Some(kind) = self.kind else { return };
        let whose = self.here.id(Kind::Customer).and_then(|id| crate::model::CustomerId::parse(&id.id).ok());
        let known = candidates::known(state, kind, whose.as_ref());
        self.add(state, &known);
    }

    fn add(&mut self, state: &State, records: &[Value]) {
        let columns = listing::columns(&self.object());
        let (selected, was_blank) = (self.chosen(), self.rows.is_empty());
        let own = self.here.first().map(Subject::value).as_ref().and_then(|own| currency(own, own));
        for record in records {
            let Some(id) = record.get("id").and_then(Value::as_str) else { continue };
            let cells = listing::cells(state, columns, record);
            let current = self.current.iter().any(|known| known == id);
            let unfit = own.zip(currency(record, record)).filter(|(own, other)| own != other);
            let noun = self.here.first().map_or("", |own| own.id().kind.noun());
            let unfit = unfit.map(|(own, other)| format!("{id} is in {other}, the {noun} in {own}"));
            let far = candidates::distance(self.here.first(), record);
            let words = listing::haystack(&cells);
            let candidate = Candidate { value: id.to_owned(), words, cells, current, unfit, far };
            match self.rows.iter_mut().find(|row| row.value == id) {
                Some(row) => *row = candidate,
                None => self.rows.push(candidate),
            }
        }
        self.search();
        // What comes later puts nothing else under the agent's hands.
        let stays = |at: &usize| self.rows.get(*at).is_some_and(|row| Some(&row.value) == selected.as_ref());
        if let Some(at) = self.found.iter().position(stays).filter(|_| !was_blank) {
            self.narrow.list.at = at;
        }
    }

    fn object(&self) -> String {
        self.kind.map_or_else(String::new, candidates::object)
    }

    /// Another text: what the one before led to is not meant any more.
    fn looks(&mut self) {
        self.led = payment::Led::default();
        self.search();
    }

    /// Those that have the letters, as well as they match; an id that was typed or pasted comes first.
    fn search(&mut self) {
        let text = self.narrow.value().trim();
        self.found = if text.is_empty() {
            let mut all: Vec<usize> = (0..self.rows.len()).collect();
            all.sort_by_key(|at| self.rows.get(*at).map(|row| row.far));
            all
        } else if let Some(id) = self.typed_id() {
            self.rows.iter().position(|row| row.value == id.id).into_iter().collect()
        } else if self.payment().is_some() {
            Vec::new()
        } else {
            let matched = fuzzy::loosely(text, self.rows.iter().map(|row| row.words.as_str()));
            matched.into_iter().map(|(at, _)| at).collect()
        };
        let typed: Vec<_> = text.split_whitespace().map(str::to_lowercase).collect();
        self.found.sort_by_cached_key(|at| self.rows.get(*at).map(|row| row.rank(&typed)));
        self.narrow.list.within(self.found.len());
    }

    /// The id that stands in the line, by its own or in a Dashboard link.
    fn typed_id(&self) -> Option<AnyId> {
        AnyId::parse_as(self.narrow.value(), self.kind?).ok()
    }

    fn selected(&self) -> Option<&Candidate> {
        self.found.get(self.narrow.list.at).and_then(|at| self.rows.get(*at))
    }

    /// Why the selected one cannot be chosen.
    fn unfit(&self) -> Option<&str> {
        self.selected().filter(|_| self.binds)?.unfit.as_deref()
    }

    fn chosen(&self) -> Option<String> {
        self.selected().map(|row| row.value.clone()).or_else(|| self.typed_id().map(|id| id.id))
    }

    fn choose(&self, state: &mut State, commands: &mut Commands) -> After {
        let Some(value) = self.chosen().filter(|_| self.unfit().is_none()) else { return After::Stay };
        match &self.wants {
            Wants::Field(field) => {
                if let Some(mut below) = state.modals.pop() {
                    below.give((field, &value), &self.words_of(&value), state);
                    state.modals.push(below);
                }
                After::Close
            }
            Wants::Start(action) => {
                let begun = self.kind.zip(actions::find(action)).and_then(|(kind, action)| {
                    let id = AnyId { kind, id: value };
                    let subject = linked::known(state, &id).unwrap_or_else(|| Subject::unread(&id));
                    let here = self.here.clone().and(subject);
                    start::begin(state, action, &here, false, commands)
                });
                begun.map_or(After::Stay, |modal| After::Replace(Box::new(modal)))
            }
        }
    }
}

impl Overlay for Pick {
    type Do = Do;

    const NAME: &'static str = "Choosing from a list";

    fn sheet(&self, state: &State) -> Sheet {
        self.shown(state)
    }

    fn table() -> Vec<Binding<Do>> {
        [CHOOSE].into_iter().chain(list::arrows(Do::Go)).chain(TABLE).collect()
    }

    fn now(&self, does: Do, _state: &State) -> Now {
        match does {
            Do::Choose => match self.unfit() {
                Some(why) => Now::Dim(why.to_owned()),
                None => Now::on(self.chosen().is_some() || self.can_be_led()),
            },
            Do::Go(_) => list::selects(self.found.len()),
            Do::Again => Now::on(self.kind.is_some() && self.asked.is_none() && self.trouble.is_some()),
            Do::Clear => Now::on(!self.narrow.is_empty()),
            Do::Back => Now::on(self.narrow.is_empty()),
        }
    }

    fn act(&mut self, does: Do, state: &mut State, commands: &mut Commands) -> After {
        match does {
            Do::Choose if self.chosen().is_none() => self.lead(state, commands),
            Do::Choose => return self.choose(state, commands),
            Do::Go(to) => {
                self.narrow.list.select(to, self.found.len(), self.view(state));
                self.more(state, commands);
            }
            Do::Again => self.ask(state, commands),
            Do::Clear => {
                self.narrow.put("");
                self.looks();
            }
            Do::Back => {
                if let Some(asked) = self.asked {
                    state.forget(asked, commands);
                }
                return After::Close;
            }
        }
        After::Stay
    }

    fn types(&self) -> bool {
        true
    }

    fn typed(&mut self, key: Key, _state: &mut State) {
        if self.narrow.typed(key) {
            self.looks();
        }
    }

    fn wheel(rows: isize) -> Option<Do> {
        Some(Do::Go(Move::Rows(rows)))
    }

    fn paste(&mut self, text: &str, _state: &mut State) {
        self.narrow.put(text);
        self.looks();
    }

    fn hear(&mut self, message: &Message, state: &mut State, _commands: &mut Commands) -> After {
        let Message::Reply { task, result } = message else { return After::Stay };
        if self.is_led(*task, result) {
            self.search();
        } else if self.asked == Some(*task) {
            self.asked = None;
            match result {
                Ok(Answer::Rows(page)) => {
                    let before = self.rows.len();
                    let records: Vec<_> = page.rows.iter().map(|row| row.object().clone()).collect();
                    self.add(state, &records);
                    self.next = page.next.clone().filter(|_| page.has_more && self.rows.len() > before);
                }
                Ok(_) => {}
                Err(trouble) => self.trouble = Some(trouble.clone()),
            }
        } else {
            // A list that was on its way may have come.
            self.know(state);
        }
        After::Stay
    }
}
