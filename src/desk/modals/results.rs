//! What a reading action gave: the objects as rows, further pages as they are scrolled to, and each opens in its detail.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    After, Modal, Overlay,
    detail::Detail,
    list::{self, List, Move},
    parts,
};
use crate::{
    desk::{
        binding::{Binding, Now, bind},
        listing,
        message::{Commands, Message, TaskId, Trouble},
        question::{Answer, Question},
        sheet::{Item, Line, Sheet, Tone},
        state::State,
    },
    model::{AnyId, Kind, Page, Record},
    text::clean,
};

/// Rows before the end at which the next page is asked for.
const NEAR_END: usize = 10;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Results {
    /// What was asked, for its first page.
    question: Question,
    /// What Stripe calls the objects: `charge`.
    object: String,
    rows: Vec<Record<Value>>,
    /// Where the next page begins.
    next: Option<String>,
    unreadable: usize,
    asked: Option<TaskId>,
    trouble: Option<Trouble>,
    list: List,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    Open,
    CopyId,
    Again,
    Go(Move),
    Back,
}

const TABLE: [Binding<Do>; 4] = [
    bind(&["<enter>"], Do::Open, Some("open"), "the whole record"),
    bind(&["i", "y"], Do::CopyId, Some("copy id"), "copy the id"),
    bind(&["<c-r>"], Do::Again, Some("read again"), "read it again"),
    bind(&["<esc>", "q"], Do::Back, Some("back"), "back, one step at a time"),
];

impl Results {
    pub fn ask(state: &mut State, question: Question, object: &str, commands: &mut Commands) -> Self {
        let asked = Some(state.ask(question.clone(), false, commands));
        Self {
            question,
            object: object.to_owned(),
            rows: Vec::new(),
            next: None,
            unreadable: 0,
            asked,
            trouble: None,
            list: List::default(),
        }
    }

    /// The next page, when its end comes near.
    fn more(&mut self, state: &mut State, commands: &mut Commands) {
        let near = self.list.at.saturating_add(NEAR_END) >= self.rows.len();
        if !near || self.asked.is_some() || self.next.is_none() {
            return;
        }
        if let Question::Run { action, request, .. } = &self.question {
            let (action, request) = (action.clone(), request.clone());
            let question = Question::Run { action, request, after: self.next.clone() };
            self.asked = Some(state.ask(question, false, commands));
        }
    }

    fn take(&mut self, page: &Page<Value>) {
        let known = |row: &Record<Value>| id_of(row).filter(|id| !id.is_empty()).map(str::to_owned);
        let seen: std::collections::HashSet<_> = self.rows.iter().filter_map(known).collect();
        let before = self.rows.len();
        let new = page.rows.iter().filter(|row| known(row).is_none_or(|id| !seen.contains(&id)));
        self.rows.extend(new.cloned());
        self.unreadable = self.unreadable.saturating_add(page.unreadable);
        // A page that brings nothing leads nowhere.
        let next = page.next.clone().filter(|_| page.has_more && self.rows.len() > before);
        self.next = next;
    }

    fn selected(&self) -> Option<&Record<Value>> {
        self.rows.get(self.list.at)
    }

    /// What its detail is called by: a row of a kind that has none is read as its JSON says.
    fn id(&self, row: &Record<Value>) -> Option<AnyId> {
        let object = row.object().get("object").and_then(Value::as_str).unwrap_or(&self.object);
        let kind = Kind::of_object(object).or_else(|| Kind::of_object(&self.object))?;
        Some(AnyId { kind, id: id_of(row)?.to_owned() })
    }

    fn items(&self, state: &State) -> Vec<Item> {
        let columns = listing::columns(&self.object);
        let places = listing::places(columns, room(state));
        // Rows out of sight need no words.
        let near = usize::from(state.height);
        let shown = self.list.at.saturating_sub(near)..=self.list.at.saturating_add(near);
        let row = |(at, record): (usize, &Record<Value>)| {
            let cells = shown.contains(&at).then(|| listing::cells(state, columns, record.object()));
            let line = listing::row(columns, &places, &cells.unwrap_or_default());
            Item::Pick { line, selected: at == self.list.at }
        };
        let mut items: Vec<_> = self.rows.iter().enumerate().map(row).collect();
        if items.is_empty() && self.trouble.is_none() {
            let words = if self.asked.is_some() { "reading…" } else { "Stripe has none" };
            items.push(Item::Text(Line::toned(words, Tone::Dim)));
        }
        items
    }

    /// How many there are, and what keeps more from being seen.
    fn said(&self) -> Vec<Item> {
        let mut items = Vec::new();
        if let Some(trouble) = &self.trouble {
            items.push(Item::Text(Line::toned(format!("✖ {} · {}", trouble.what, trouble.todo), Tone::Bad)));
        }
        let mut words = format!("{} read", self.rows.len());
        match (&self.next, self.asked) {
            (_, Some(_)) if !self.rows.is_empty() => words.push_str(" · reading on…"),
            (Some(_), _) => words.push_str(" · there are more: going on down reads them"),
            (None, _) => words = format!("{} in all", self.rows.len()),
        }
        if self.unreadable > 0 {
            words = format!("{words} · {} could not be read", self.unreadable);
        }
        if !self.rows.is_empty() {
            items.push(Item::Text(Line::toned(words, Tone::Dim)));
        }
        items
    }
}

fn room(state: &State) -> usize {
    usize::from(state.width).saturating_sub(4)
}

fn id_of(row: &Record<Value>) -> Option<&str> {
    row.object().get("id").and_then(Value::as_str)
}

impl Overlay for Results {
    type Do = Do;

    const NAME: &'static str = "Result of a reading action";

    fn sheet(&self, state: &State) -> Sheet {
        let columns = listing::columns(&self.object);
        let titles = listing::titles(columns, &listing::places(columns, room(state)));
        Sheet {
            title: Line::toned(parts::sentence(&self.question.label()), Tone::Accent),
            tone: Tone::Accent,
            head: if self.rows.is_empty() { Vec::new() } else { vec![Item::Text(titles)] },
            items: self.items(state),
            pinned: self.said(),
            scroll: self.list.scrolled(),
            full: true,
            ..Sheet::default()
        }
    }

    fn table() -> Vec<Binding<Do>> {
        let [open, rest @ .., back] = TABLE;
        [open].into_iter().chain(list::table(Do::Go)).chain(rest).chain([back]).collect()
    }

    fn now(&self, does: Do, _state: &State) -> Now {
        match does {
            Do::Open => Now::on(self.selected().is_some_and(|row| self.id(row).is_some())),
            Do::CopyId => Now::on(self.selected().and_then(id_of).is_some()),
            Do::Again => Now::on(self.asked.is_none()),
            Do::Go(_) => list::selects(self.rows.len()),
            Do::Back => Now::On,
        }
    }

    fn act(&mut self, does: Do, state: &mut State, commands: &mut Commands) -> After {
        match does {
            Do::Open => {
                let found = self.selected().and_then(|row| Some((self.id(row)?, row.raw().clone())));
                let Some((id, raw)) = found else { return After::Stay };
                let detail = Detail::of(state, id, Some(raw), false, commands);
                return After::Push(Box::new(Modal::Detail(detail)));
            }
            Do::CopyId => {
                if let Some(id) = self.selected().and_then(id_of) {
                    state.copy(id, format!("copied {}", clean(id)), commands);
                }
            }
            Do::Again => *self = Self::ask(state, self.question.clone(), &self.object.clone(), commands),
            Do::Go(to) => {
                self.list.select(to, self.rows.len(), self.view(state));
                self.more(state, commands);
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

    fn wheel(rows: isize) -> Option<Do> {
        Some(Do::Go(Move::Rows(rows)))
    }

    fn hear(&mut self, message: &Message, _state: &mut State, _commands: &mut Commands) -> After {
        let Message::Reply { task, result } = message else { return After::Stay };
        if self.asked != Some(*task) {
            return After::Stay;
        }
        self.asked = None;
        self.trouble = None;
        match result {
            Ok(Answer::Rows(page)) => self.take(page),
            Ok(Answer::One(record)) => self.rows = vec![(**record).clone()],
            Ok(_) => {}
            Err(trouble) => self.trouble = Some(trouble.clone()),
        }
        After::Stay
    }
}
