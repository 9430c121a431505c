//! One record of the way: what is known of it, which of its links is selected, and how far it is scrolled.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::list::{List, Move};
use crate::{
    actions::Subject,
    desk::{
        json, layout, linked,
        message::{TaskId, Trouble},
        question::Question,
        records::{self, Linked},
        sheet::{
            Item, Line, Sheet, Tone,
            page::{self, View},
        },
        state::State,
    },
    model::{AnyId, Record},
    text::{clean, clean_lines},
};

/// Where in a charge's fields stands what it paid for.
const PAID_FOR_AT: usize = 4;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Shown {
    pub(super) id: AnyId,
    pub(super) raw: Option<Arc<str>>,
    /// The raw JSON in lines, made safe, once it was asked for.
    pub(super) pretty: Option<Arc<str>>,
    pub(super) asked: Option<TaskId>,
    /// The reading action that brought it; none where it is simply the object.
    #[serde(default)]
    pub(super) question: Option<Question>,
    pub(super) trouble: Option<Trouble>,
    /// The selected one of the links, and how far fields and links are scrolled.
    pub(super) list: List,
    /// How far the JSON is scrolled, and the line where a search stands.
    pub(super) json: List,
}

impl Shown {
    pub(super) fn new(id: AnyId, raw: Option<Arc<str>>, asked: Option<TaskId>) -> Self {
        let (list, json) = (List::default(), List::default());
        Self { id, raw, pretty: None, asked, question: None, trouble: None, list, json }
    }

    /// What reads it again.
    pub(super) fn question(&self) -> Question {
        self.question.clone().unwrap_or_else(|| Question::Object(self.id.clone()))
    }

    pub(super) fn can_be_read(&self) -> bool {
        self.question.is_some() || !self.id.kind.endpoint().is_empty()
    }

    /// Which object it is, where only its answer tells.
    pub(super) fn told_its_id(&mut self, record: &Record<Value>) {
        if let Some(id) = record.object().get("id").and_then(Value::as_str).filter(|_| self.id.id.is_empty())
        {
            id.clone_into(&mut self.id.id);
        }
    }

    pub(super) fn break_lines(&mut self) {
        if self.pretty.is_none() {
            self.pretty = self.raw.as_deref().map(pretty);
        }
    }

    /// The JSON in lines, whether it is shown or not.
    pub(super) fn pretty(&self) -> Option<Arc<str>> {
        self.pretty.clone().or_else(|| self.raw.as_deref().map(pretty))
    }

    /// What an action on it is done to.
    pub(super) fn subject(&self) -> Option<Subject> {
        linked::subject(&self.id, self.raw.as_ref()?)
    }

    fn links(&self, state: &State) -> Vec<Linked> {
        linked::around(state, &self.id, self.raw.as_deref())
    }

    /// The link that keys act on: the selected one, where it is on screen.
    pub(super) fn selected_link(&self, state: &State) -> Option<Linked> {
        let at = self.list.at;
        self.links(state).into_iter().nth(at).filter(|_| self.sees(at, state))
    }

    fn sees(&self, link: usize, state: &State) -> bool {
        self.view(state).has(self.fields(state).len().saturating_add(link))
    }

    /// Fields and links as they are in view with nothing selected.
    fn view(&self, state: &State) -> View {
        let sheet = Sheet {
            items: self.rows(state, None),
            scroll: self.list.scrolled(),
            full: true,
            ..Sheet::default()
        };
        page::place(&sheet, layout::arrange(state).body).view
    }

    pub(super) fn can_move(&self, state: &State) -> bool {
        !self.view(state).whole() || self.links(state).len() > 1
    }

    /// Through the links as far as they are in view, and through the fields before them.
    pub(super) fn go(&mut self, to: Move, state: &State) {
        let count = self.links(state).len();
        let view = self.view(state);
        let next = match to {
            Move::Rows(by) if self.sees(self.list.at, state) => self.list.at.checked_add_signed(by),
            _ => None,
        };
        match next.filter(|next| *next < count) {
            Some(next) => {
                self.list.at = next;
                let first = self.fields(state).len();
                while !self.sees(next, state) {
                    let down = first.saturating_add(next) >= self.view(state).first;
                    let before = self.list.top;
                    self.list.scroll(Move::Rows(if down { 1 } else { -1 }), self.view(state));
                    if self.list.top == before {
                        break;
                    }
                }
            }
            None if view.whole() => self.list.select(to, count, View { shown: count, ..view }),
            None => {
                self.list.scroll(to, view);
                self.adopt(to, count, state);
            }
        }
    }

    /// What was scrolled to is selected: a link in view, the first or last of them at the ends.
    fn adopt(&mut self, to: Move, count: usize, state: &State) {
        let last = count.saturating_sub(1);
        self.list.at = match to {
            Move::Top => 0,
            Move::Bottom => last,
            _ if self.sees(self.list.at, state) => self.list.at,
            _ => (0..count).find(|link| self.sees(*link, state)).unwrap_or(self.list.at),
        };
    }

    pub(super) fn items(&self, state: &State) -> Vec<Item> {
        let selected = Some(self.list.at).filter(|at| self.sees(*at, state));
        self.rows(state, selected)
    }

    fn rows(&self, state: &State, selected: Option<usize>) -> Vec<Item> {
        let mut items = self.fields(state);
        let links = linked::lines(state, &self.links(state)).into_iter().enumerate();
        items.extend(links.map(|(at, line)| Item::Pick { line, selected: Some(at) == selected }));
        items
    }

    /// What is said of the record itself, its id last, and the head of the links.
    fn fields(&self, state: &State) -> Vec<Item> {
        let mut items = Vec::new();
        if let Some(trouble) = &self.trouble {
            items.push(Item::Text(Line::toned(format!("✖ {}", trouble.line()), Tone::Bad)));
        }
        let Some(raw) = &self.raw else {
            if self.asked.is_some() {
                items.push(Item::Text(Line::toned("reading…", Tone::Dim)));
            }
            return items;
        };
        let changed = state.changed.as_ref().filter(|changed| changed.target == self.id);
        let marked = changed.into_iter().flat_map(|changed| &changed.lines);
        items.extend(marked.map(|line| Item::Text(Line::toned(format!("± {}", clean(line)), Tone::Warn))));
        let rows = records::rows(self.id.kind, raw, state.zone());
        items.extend(rows.into_iter().map(|(label, value)| Item::Pair { label, value }));
        // Amount, state, date and method first; then what it was for.
        let at = PAID_FOR_AT.min(items.len());
        let paid_for = linked::paid_for(state, &self.id).into_iter();
        items.splice(at..at, paid_for.map(|(label, value)| Item::Pair { label, value }));
        items.push(Item::Pair { label: "Id".into(), value: Line::toned(clean(&self.id.id), Tone::Accent) });
        if !self.links(state).is_empty() {
            items.push(Item::Divider("linked".into()));
        }
        items
    }
}

/// In lines of two spaces a step, every token as Stripe wrote it, with everything harmful made visible.
pub(super) fn pretty(raw: &str) -> Arc<str> {
    clean_lines(&json::pretty(raw)).into()
}
