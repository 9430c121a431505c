//! One record whole: its fields in order of use, the records that it names as rows to follow, and its raw JSON.

mod shown;
mod unasked;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use self::shown::Shown;
use super::{
    After, Modal, Overlay,
    find::{self, Find, Finding},
    list::{self, Move},
    palette::Palette,
};
use crate::{
    actions::Action,
    desk::{
        binding::{Binding, Now, bind},
        changed, flow, json,
        key::Key,
        keymap, linked,
        links::dashboard_url,
        message::{Command, Commands, Message},
        panes::PaneId,
        question::{Answer, Question},
        rest::Rest,
        sheet::{Item, Line, Sheet, Tone},
        state::State,
        usable::Here,
    },
    model::AnyId,
    text::{a, clean},
};

/// Steps that Esc goes back: objects name each other in circles, and the way home stays short.
const WAY_MOST: usize = 4;

/// The way that was followed: the last one is shown, Esc goes back to the one before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Detail {
    way: Vec<Shown>,
    raw: bool,
    /// What is looked for in the JSON.
    find: Find,
    /// When it opened by itself, after a change: nobody asked for it.
    #[serde(default)]
    unasked: Option<Rest>,
}

#[derive(Clone, Copy, Debug)]
pub enum Do {
    /// An action on the record.
    Act(&'static Action),
    Follow,
    Raw,
    Find(Finding),
    /// To the next line with what is looked for, or to the one before.
    Match(bool),
    CopyId,
    /// What the customer can be told of the change that was just made.
    Tell,
    /// By the key that tells, where there is nothing to tell.
    CopyIdToo,
    CopyJson,
    Browser,
    Palette,
    Again,
    TakeBack,
    WayBack,
    Go(Move),
    Back,
}

const TABLE: [Binding<Do>; 14] = [
    bind(&["<enter>"], Do::Follow, Some("follow"), "follow to the selected record"),
    bind(&["J"], Do::Raw, Some("JSON"), "the raw JSON, and back"),
    bind(&["n"], Do::Match(true), Some("next"), "JSON: the next line with what is looked for").held(),
    bind(&["N"], Do::Match(false), None, "JSON: the line before with what is looked for").held(),
    bind(&["U"], Do::WayBack, Some("way back"), "undo the last change: the form that makes it as it was"),
    bind(&["y"], Do::Tell, Some("reply"), "copy what the customer can be told of the change just made"),
    bind(&["i"], Do::CopyId, Some("copy id"), "copy the id"),
    bind(&["y"], Do::CopyIdToo, None, "copy the id"),
    bind(&["Y"], Do::CopyJson, Some("copy JSON"), "copy the JSON"),
    bind(&["o"], Do::Browser, Some("browser"), "open it in Stripe's Dashboard"),
    bind(&[":"], Do::Palette, Some("actions"), "every action, on this record"),
    bind(&["<c-r>"], Do::Again, None, "read it again"),
    bind(&["u"], Do::TakeBack, Some("undo"), "take back the change that is still held"),
    bind(&["<esc>", "q"], Do::Back, Some("back"), "back, one step at a time"),
];

impl Detail {
    /// The row of a pane, or nothing where it has no record. `raw` opens on its JSON.
    pub fn open(
        state: &mut State,
        pane: PaneId,
        at: usize,
        raw: bool,
        commands: &mut Commands,
    ) -> Option<Self> {
        let pane = pane.pane();
        let id = (pane.target)(state, at)?;
        let known = (pane.raw)(state, at);
        Some(Self::of(state, id, known, raw, commands))
    }

    /// Any record, asked for where it is not known.
    pub fn of(
        state: &mut State,
        id: AnyId,
        known: Option<Arc<str>>,
        raw: bool,
        commands: &mut Commands,
    ) -> Self {
        let mut detail = Self { way: Vec::new(), raw, find: Find::default(), unasked: None };
        detail.follow(id, known, state, commands);
        detail
    }

    /// The object that a reading action gives; which one, its answer tells.
    pub fn ask(state: &mut State, id: AnyId, question: Question, commands: &mut Commands) -> Self {
        let asked = state.ask(question.clone(), false, commands);
        let shown = Shown { question: Some(question), ..Shown::new(id, None, Some(asked)) };
        Self { way: vec![shown], raw: false, find: Find::default(), unasked: None }
    }

    fn follow(&mut self, id: AnyId, known: Option<Arc<str>>, state: &mut State, commands: &mut Commands) {
        let asked = known.is_none().then(|| state.ask(Question::Object(id.clone()), false, commands));
        if self.way.len() >= WAY_MOST {
            self.way.remove(0);
        }
        self.way.push(Shown::new(id, known, asked));
        self.break_lines();
    }

    fn top(&self) -> Option<&Shown> {
        self.way.last()
    }

    /// Breaks the JSON into lines, where it is wanted and not yet done.
    fn break_lines(&mut self) {
        if self.raw
            && let Some(shown) = self.way.last_mut()
        {
            shown.break_lines();
        }
    }

    /// Scrolls to the next line that has what is looked for, round and round.
    fn next_match(&mut self, forward: bool, here: bool) {
        let needle = self.find.value().to_lowercase();
        let Some(shown) = self.way.last_mut().filter(|_| !needle.is_empty()) else {
            return;
        };
        let Some(pretty) = &shown.pretty else { return };
        let now = u16::try_from(shown.json.at).unwrap_or(u16::MAX);
        shown.json.at = json::find(pretty, &needle, now, (forward, here)).into();
        shown.json.top = shown.json.at;
    }

    /// Moves through the fields and the links, or through the lines of the JSON.
    fn go(&mut self, to: Move, state: &State) {
        let view = self.view(state);
        let raw = self.raw;
        let Some(shown) = self.way.last_mut() else {
            return;
        };
        if raw {
            shown.json.scroll(to, view);
            shown.json.at = shown.json.top;
        } else {
            shown.go(to, state);
        }
    }

    fn begin(&self, action: &'static Action, state: &mut State, commands: &mut Commands) -> After {
        let begun = self.top().and_then(|shown| Some((shown.id.clone(), shown.subject()?)));
        match begun.and_then(|on| flow::begin_on(state, action, on, commands)) {
            Some(modal) => After::Push(Box::new(modal)),
            None => After::Stay,
        }
    }

    /// A change of the record has ended: what is shown of it is old.
    fn read_again(&mut self, target: &AnyId, state: &mut State, commands: &mut Commands) {
        for shown in self.way.iter_mut().filter(|shown| shown.id == *target) {
            shown.asked = Some(state.ask(shown.question(), false, commands));
        }
    }

    fn code(&self, shown: &Shown) -> Vec<Item> {
        match &shown.pretty {
            Some(text) => vec![Item::Code { text: text.clone(), find: self.find.value().to_owned() }],
            None => vec![Item::Text(Line::toned("reading…", Tone::Dim))],
        }
    }
}

impl Overlay for Detail {
    type Do = Do;

    const NAME: &'static str = "Detail of a record";

    fn sheet(&self, state: &State) -> Sheet {
        let Some(shown) = self.top() else {
            return Sheet::default();
        };
        let (items, list) =
            if self.raw { (self.code(shown), &shown.json) } else { (shown.items(state), &shown.list) };
        let way: Vec<_> = self.way.iter().map(|shown| shown.id.kind.noun()).collect();
        let mut title = Line::toned(way.join(" › "), Tone::Accent);
        title = title.then(format!(" · {}", clean(&shown.id.id)), Tone::Dim);
        if self.is_unasked() {
            title = title.then(" · changed just now", Tone::Good);
        }
        if shown.asked.is_some() && shown.raw.is_some() {
            title = title.then(" · reading again…", Tone::Dim);
        }
        Sheet {
            title,
            tone: Tone::Accent,
            items,
            footer: if self.raw { self.find.line() } else { Line::default() },
            scroll: list.scrolled(),
            full: true,
            ..Sheet::default()
        }
    }

    fn table() -> Vec<Binding<Do>> {
        let [follow, raw, rest @ .., back] = TABLE;
        let find = find::table(Do::Find);
        let rows = [follow, raw].into_iter().chain(find).chain(rest);
        rows.chain(list::table(Do::Go)).chain([back]).collect()
    }

    fn acting(&self, state: &State) -> Vec<Binding<Do>> {
        let kind = self.top().map(|shown| shown.id.kind);
        kind.into_iter().flat_map(|kind| keymap::acting(state, kind)).map(|row| row.within(Do::Act)).collect()
    }

    fn now(&self, does: Do, state: &State) -> Now {
        let Some(shown) = self.top() else {
            return Now::Off;
        };
        match does {
            Do::Find(does) if self.raw && shown.pretty.is_some() => self.find.now(does),
            _ if self.find.typing() => Now::Off,
            Do::Find(_) => Now::Off,
            Do::Act(action) => keymap::applies(state, action, shown.subject().as_ref(), "it is not read yet"),
            Do::Follow => Now::on(!self.raw && shown.selected_link(state).is_some()),
            Do::Raw if self.raw => Now::Says("fields".into()),
            Do::Match(_) => Now::on(self.raw && !self.find.is_empty()),
            Do::CopyJson if shown.raw.is_none() => Now::Dim("it is not read yet".into()),
            Do::Browser if dashboard_url(state, &shown.id).is_none() => {
                Now::Dim(format!("{} has no page of its own in the Dashboard", a(shown.id.kind.noun())))
            }
            Do::TakeBack => Now::on(flow::can_take_back(state)),
            Do::WayBack => changed::way_back(state)
                .filter(|_| changed::is_of(state, &shown.id))
                .map_or(Now::Off, |undo| Now::Says(format!("way back: {}", undo.hint))),
            Do::Tell => Now::on(changed::tells(state) && changed::is_of(state, &shown.id)),
            // Whoever tells twice after a change wants the row's reply, as on the desk.
            Do::CopyIdToo => {
                Now::on(!(self.is_unasked() || changed::tells(state) && changed::is_of(state, &shown.id)))
            }
            Do::Go(_) if self.raw => list::scrolls(self.view(state)),
            Do::Go(_) => Now::on(shown.can_move(state)),
            Do::Back if self.raw && !self.find.is_empty() => Now::Says("clear the search".into()),
            Do::Back if self.way.len() > 1 => Now::Says("the one before".into()),
            // Stripe shows some kinds in their lists alone.
            Do::Again => Now::on(shown.asked.is_none() && shown.can_be_read()),
            Do::Raw | Do::Palette | Do::CopyId | Do::CopyJson | Do::Browser | Do::Back => Now::On,
        }
    }

    fn act(&mut self, does: Do, state: &mut State, commands: &mut Commands) -> After {
        let Some(shown) = self.way.last_mut() else {
            return After::Close;
        };
        let id = shown.id.clone();
        match does {
            Do::Act(action) => return self.begin(action, state, commands),
            Do::Follow => {
                if let Some(link) = shown.selected_link(state) {
                    let known = linked::known_raw(state, &link.id);
                    self.follow(link.id, known, state, commands);
                }
            }
            Do::Raw => self.raw = !self.raw,
            Do::Find(does) => self.find.act(does),
            Do::Match(forward) => self.next_match(forward, false),
            Do::Tell => drop(changed::tell(state, commands)),
            Do::WayBack => match changed::go_back(state, commands) {
                Some(form) => return After::Push(Box::new(form)),
                None => state.say("the last change has no way back that could be taken now", false),
            },
            Do::CopyId | Do::CopyIdToo => state.copy(id.id.clone(), format!("copied {}", id.id), commands),
            Do::CopyJson => {
                if let Some(text) = shown.pretty() {
                    state.copy(text, format!("copied the JSON of {}", id.id), commands);
                }
            }
            Do::Browser => {
                if let Some(url) = dashboard_url(state, &id) {
                    let task = state.start("opening the browser");
                    commands.push(Command::Open { task, url });
                }
            }
            Do::Palette => {
                let here = Here::on_record(state, shown.subject());
                return After::Push(Box::new(Modal::Palette(Palette::open(state, here))));
            }
            Do::Again => shown.asked = Some(state.ask(shown.question(), false, commands)),
            Do::TakeBack => flow::take_back(state, commands),
            Do::Go(to) => self.go(to, state),
            Do::Back if self.raw && !self.find.is_empty() => self.find.clear(),
            Do::Back => {
                self.way.pop();
            }
        }
        self.break_lines();
        if self.way.is_empty() { After::Close } else { After::Stay }
    }

    fn types(&self) -> bool {
        self.find.typing()
    }

    fn typed(&mut self, key: Key, _state: &mut State) {
        if self.find.typed(key) {
            self.next_match(true, true);
        }
    }

    fn wheel(rows: isize) -> Option<Do> {
        Some(Do::Go(Move::Rows(rows)))
    }

    fn paste(&mut self, text: &str, _state: &mut State) {
        if self.find.paste(text) {
            self.next_match(true, true);
        }
    }

    fn hear(&mut self, message: &Message, state: &mut State, commands: &mut Commands) -> After {
        let (task, result) = match message {
            Message::Reply { task, result } => (task, result),
            Message::Ended { ending, .. } => {
                self.read_again(&ending.intent.proposal.target, state, commands);
                return After::Stay;
            }
            _ => return After::Stay,
        };
        for shown in self.way.iter_mut().filter(|shown| shown.asked == Some(*task)) {
            shown.asked = None;
            match result {
                Ok(Answer::One(record) | Answer::Object(_, record)) => {
                    shown.told_its_id(record);
                    changed::seen(state, &shown.id, record.raw());
                    shown.raw = Some(record.raw().clone());
                    shown.pretty = None;
                    shown.trouble = None;
                }
                Ok(_) => {}
                Err(trouble) => shown.trouble = Some(trouble.clone()),
            }
        }
        self.break_lines();
        After::Stay
    }
}

#[cfg(test)]
mod tests;
