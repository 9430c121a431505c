//! One record whole: its fields in order of use, the records that it names as rows to follow, and its raw JSON.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tui_input::Input;

use super::{After, Overlay};
use crate::{
    actions::Action,
    desk::{
        flow,
        form::edit,
        json,
        key::{Code, Key},
        keymap, linked,
        links::dashboard_url,
        message::{Command, Commands, Message, TaskId, Trouble},
        panes::PaneId,
        question::{Answer, Question},
        records::{self, Linked},
        sheet::{Item, Line, Sheet, Tone},
        state::State,
    },
    model::AnyId,
    text::{clean, clean_lines},
};

const PAGE: u16 = 20;
/// Rows that header, borders and the bottom lines take.
const FRAME: u16 = 5;
/// Cells of the column of labels, about.
const LABEL: usize = 18;

/// Steps that Esc goes back: objects name each other in circles, and the way home stays short.
const WAY_MOST: usize = 4;

/// The way that was followed: the last one is shown, Esc goes back to the one before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Detail {
    way: Vec<Shown>,
    raw: bool,
    /// What is looked for in the JSON.
    find: Input,
    finding: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Shown {
    id: AnyId,
    raw: Option<Arc<str>>,
    /// The raw JSON in lines, made safe, once it was asked for.
    pretty: Option<Arc<str>>,
    asked: Option<TaskId>,
    trouble: Option<Trouble>,
    /// Among the linked records.
    selected: usize,
    /// Keys go through the linked records; before, what does not fit is seen from its top.
    among_links: bool,
    scroll: u16,
}

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
        let mut detail = Self { way: Vec::new(), raw, find: Input::default(), finding: false };
        detail.follow(id, known, state, commands);
        detail
    }

    fn follow(&mut self, id: AnyId, known: Option<Arc<str>>, state: &mut State, commands: &mut Commands) {
        let asked = known.is_none().then(|| state.ask(Question::Object(id.clone()), false, commands));
        if self.way.len() >= WAY_MOST {
            self.way.remove(0);
        }
        self.way.push(Shown {
            id,
            raw: known,
            pretty: None,
            asked,
            trouble: None,
            selected: 0,
            among_links: false,
            scroll: 0,
        });
        self.break_lines();
    }

    fn top(&self) -> Option<&Shown> {
        self.way.last()
    }

    /// Breaks the JSON into lines, where it is wanted and not yet done.
    fn break_lines(&mut self) {
        let wanted = self.raw;
        if let Some(shown) = self.way.last_mut().filter(|shown| wanted && shown.pretty.is_none()) {
            shown.pretty = shown.raw.as_deref().map(pretty);
        }
    }

    fn press_find(&mut self, key: Key) {
        match key.code {
            Code::Enter => self.finding = false,
            Code::Esc => {
                self.finding = false;
                self.find.reset();
            }
            _ => {
                if edit(&mut self.find, 100, key) {
                    self.next_match(true, true);
                }
            }
        }
    }

    /// Scrolls to the next line that has what is looked for, round and round.
    fn next_match(&mut self, forward: bool, here: bool) {
        let needle = self.find.value().to_lowercase();
        let Some(shown) = self.way.last_mut().filter(|_| !needle.is_empty()) else { return };
        let Some(pretty) = &shown.pretty else { return };
        shown.scroll = json::find(pretty, &needle, shown.scroll, (forward, here));
    }

    fn act(&mut self, key: Key, state: &mut State, commands: &mut Commands) -> After {
        let Some(id) = self.top().map(|shown| shown.id.clone()) else { return After::Close };
        let bound = |action: &&Action| action.key.and_then(Key::parse).is_some_and(|bound| bound.is(key));
        let action = keymap::acting_on(state, id.kind).find(bound);
        if let Some(action) = action {
            return self.begin(action, key, state, commands);
        }
        match key.code {
            Code::Char('u') if !key.ctrl => flow::take_back(state, commands),
            Code::Char('y') => copy(state, commands, id.id.clone().into(), format!("copied {}", id.id)),
            Code::Char('Y') => match self.top().and_then(|shown| shown.raw.as_deref()) {
                Some(raw) => copy(state, commands, pretty(raw), format!("copied the JSON of {}", id.id)),
                None => state.say("it is not read yet", false),
            },
            Code::Char('o') => match dashboard_url(state, &id) {
                Some(url) => {
                    let task = state.start("opening the browser");
                    commands.push(Command::Open { task, url });
                }
                None => {
                    state.say(format!("a {} has no page of its own in the Dashboard", id.kind.noun()), false)
                }
            },
            Code::Char('r') if key.ctrl => {
                let task = state.ask(Question::Object(id), false, commands);
                if let Some(shown) = self.way.last_mut() {
                    shown.asked = Some(task);
                }
            }
            Code::Char('J') => {
                self.raw = !self.raw;
                self.break_lines();
                if let Some(shown) = self.way.last_mut() {
                    shown.scroll = 0;
                }
            }
            Code::Char('/') if self.raw => self.finding = true,
            Code::Char('n') if self.raw => self.next_match(true, false),
            Code::Char('N') if self.raw => self.next_match(false, false),
            Code::Enter if !self.raw && !key.repeat && !self.sees_links(state) => {
                self.go(Key::new(Code::Down), state);
            }
            Code::Enter if !self.raw && !key.repeat => {
                let found = self.top().and_then(|shown| linked(state, shown).into_iter().nth(shown.selected));
                if let Some(link) = found {
                    let known = linked::known_raw(state, &link.id);
                    self.follow(link.id, known, state, commands);
                }
            }
            _ => self.go(key, state),
        }
        After::Stay
    }

    /// Moves through the fields and the links, or through the lines of the JSON.
    fn go(&mut self, key: Key, state: &State) {
        let (raw, sees) = (self.raw, self.sees_links(state));
        let Some(shown) = self.way.last_mut() else { return };
        if raw {
            let lines = shown.pretty.as_deref().map_or(0, |pretty| pretty.lines().count());
            let last = u16::try_from(lines.saturating_sub(1)).unwrap_or(u16::MAX);
            shown.scroll = scrolled(shown.scroll, key).min(last);
            return;
        }
        let last = linked(state, shown).len().saturating_sub(1);
        match key.code {
            Code::Down | Code::Char('j') if sees => {
                shown.selected = shown.selected.saturating_add(1).min(last)
            }
            Code::Down | Code::Char('j') => shown.among_links = true,
            Code::Up | Code::Char('k') if shown.selected == 0 => shown.among_links = false,
            Code::Up | Code::Char('k') => shown.selected = shown.selected.saturating_sub(1),
            Code::End | Code::Char('G') => {
                shown.among_links = true;
                shown.selected = last;
            }
            Code::Home | Code::PageUp | Code::PageDown | Code::Char('g' | ' ') => {
                if matches!(key.code, Code::Home | Code::Char('g')) {
                    shown.selected = 0;
                }
                shown.among_links = false;
                let most = u16::try_from(fields(state, shown).len()).unwrap_or(u16::MAX);
                shown.scroll = scrolled(shown.scroll, key).min(most);
            }
            _ => {}
        }
    }

    /// The selected link is on screen: keys may act on it.
    fn sees_links(&self, state: &State) -> bool {
        self.top().is_some_and(|shown| shown.among_links || fits(state, shown))
    }

    fn begin(&self, action: &'static Action, key: Key, state: &mut State, commands: &mut Commands) -> After {
        let Some(shown) = self.top().filter(|_| !key.repeat) else { return After::Stay };
        let Some(subject) = shown.raw.as_ref().and_then(|raw| linked::subject(&shown.id, raw)) else {
            state.say("it is not read yet", false);
            return After::Stay;
        };
        match flow::begin_on(state, action, (shown.id.clone(), subject), commands) {
            Some(modal) => After::Push(Box::new(modal)),
            None => After::Stay,
        }
    }

    fn items(&self, state: &State, shown: &Shown) -> Vec<Item> {
        let mut items = fields(state, shown);
        let sees = self.sees_links(state);
        let picks = linked::lines(state, &linked(state, shown)).into_iter().enumerate();
        items.extend(picks.map(|(at, line)| Item::Pick { line, selected: sees && at == shown.selected }));
        items
    }

    /// Keys of the actions that can be done to the record as it stands.
    fn action_hints(&self, state: &State) -> Vec<(String, String)> {
        let Some(shown) = self.top() else { return Vec::new() };
        let subject = shown.raw.as_ref().and_then(|raw| linked::subject(&shown.id, raw));
        subject.map(|subject| keymap::applying(state, shown.id.kind, &subject)).unwrap_or_default()
    }

    /// A change of the record has ended: what is shown of it is old.
    fn read_again(&mut self, target: &AnyId, state: &mut State, commands: &mut Commands) {
        for shown in self.way.iter_mut().filter(|shown| shown.id == *target) {
            shown.asked = Some(state.ask(Question::Object(target.clone()), false, commands));
        }
    }

    fn code(&self, shown: &Shown) -> Vec<Item> {
        match &shown.pretty {
            Some(text) => vec![Item::Code { text: text.clone(), find: self.find.value().to_owned() }],
            None => vec![Item::Text(Line::toned("reading…", Tone::Dim))],
        }
    }

    fn foot(&self) -> Line {
        if self.finding {
            return Line::toned("/", Tone::Key).then(format!("{}▏", clean(self.find.value())), Tone::Strong);
        }
        let back = if self.way.len() > 1 { " back to the one before" } else { " back" };
        Line::toned("Esc", Tone::Key).then(back, Tone::Dim)
    }
}

/// What is said of the record itself, its id last, and the head of the links.
fn fields(state: &State, shown: &Shown) -> Vec<Item> {
    let mut items = Vec::new();
    if let Some(trouble) = &shown.trouble {
        items.push(Item::Text(Line::toned(format!("✖ {} · {}", trouble.what, trouble.todo), Tone::Bad)));
    }
    let Some(raw) = &shown.raw else {
        if shown.asked.is_some() {
            items.push(Item::Text(Line::toned("reading…", Tone::Dim)));
        }
        return items;
    };
    let rows = records::rows(shown.id.kind, raw, state.zone());
    items.extend(rows.into_iter().map(|(label, value)| Item::Pair { label, value }));
    items.push(Item::Pair { label: "Id".into(), value: Line::toned(clean(&shown.id.id), Tone::Accent) });
    if !linked(state, shown).is_empty() {
        items.push(Item::Divider("linked".into()));
    }
    items
}

/// Everything has room at once, as far as that can be told without drawing it.
fn fits(state: &State, shown: &Shown) -> bool {
    let width = usize::from(state.width).saturating_sub(4).max(1);
    let rows = |item: &Item| match item {
        Item::Pair { value, .. } => value.width().div_ceil(width.saturating_sub(LABEL).max(1)).max(1),
        Item::Text(line) => line.width().div_ceil(width).max(1),
        _ => 1,
    };
    let fields: usize = fields(state, shown).iter().map(rows).sum();
    fields.saturating_add(linked(state, shown).len()) <= usize::from(state.height.saturating_sub(FRAME))
}

/// The line that a key scrolls to.
fn scrolled(scroll: u16, key: Key) -> u16 {
    match key.code {
        Code::Down | Code::Char('j') => scroll.saturating_add(1),
        Code::Up | Code::Char('k') => scroll.saturating_sub(1),
        Code::PageDown | Code::Char(' ') => scroll.saturating_add(PAGE),
        Code::PageUp => scroll.saturating_sub(PAGE),
        Code::Home | Code::Char('g') => 0,
        Code::End | Code::Char('G') => u16::MAX,
        _ => scroll,
    }
}

fn copy(state: &mut State, commands: &mut Commands, text: Arc<str>, what: String) {
    let task = state.start("copying");
    commands.push(Command::Copy { task, text, what });
}

/// In lines of two spaces a step, every token as Stripe wrote it, with everything harmful made visible.
fn pretty(raw: &str) -> Arc<str> {
    clean_lines(&json::pretty(raw)).into()
}

fn linked(state: &State, shown: &Shown) -> Vec<Linked> {
    linked::around(state, &shown.id, shown.raw.as_deref())
}

impl Overlay for Detail {
    fn sheet(&self, state: &State) -> Sheet {
        let Some(shown) = self.top() else { return Sheet::default() };
        let items = if self.raw { self.code(shown) } else { self.items(state, shown) };
        let scroll = if shown.among_links && !self.raw { 0 } else { shown.scroll };
        let way: Vec<_> = self.way.iter().map(|shown| shown.id.kind.noun()).collect();
        let mut title = Line::toned(way.join(" › "), Tone::Accent);
        title = title.then(format!(" · {}", clean(&shown.id.id)), Tone::Dim);
        if shown.asked.is_some() && shown.raw.is_some() {
            title = title.then(" · reading again…", Tone::Dim);
        }
        Sheet {
            title,
            tone: Tone::Accent,
            items,
            footer: self.foot(),
            width: 100,
            scroll,
            full: true,
            ..Sheet::default()
        }
    }

    fn press(&mut self, key: Key, state: &mut State, commands: &mut Commands) -> After {
        if self.finding {
            self.press_find(key);
            return After::Stay;
        }
        if key.code != Code::Esc {
            return self.act(key, state, commands);
        }
        if self.raw && !self.find.value().is_empty() {
            self.find.reset();
        } else {
            self.way.pop();
        }
        self.break_lines();
        if self.way.is_empty() { After::Close } else { After::Stay }
    }

    fn paste(&mut self, text: &str, _state: &mut State) {
        if self.finding {
            self.find = Input::new(clean(text.trim()).chars().take(100).collect());
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
                Ok(Answer::Object(_, record)) => {
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

    fn hints(&self, state: &State) -> Vec<(String, String)> {
        let hint = |key: &str, word: &str| (key.to_owned(), word.to_owned());
        let mut hints = self.action_hints(state);
        hints.extend(if self.raw {
            vec![hint("J", "fields"), hint("/", "search"), hint("n", "next")]
        } else {
            vec![hint("Enter", "follow"), hint("J", "JSON")]
        });
        hints.extend([
            hint("y", "copy id"),
            hint("Y", "copy JSON"),
            hint("o", "browser"),
            hint("Esc", "back"),
        ]);
        hints
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        desk::fixture::{press, state, tell, text},
        model::Record,
    };

    fn detail() -> State {
        let mut state = state();
        state.focus = PaneId::Charges;
        state.pane_mut(PaneId::Charges).selected = 1;
        press(&mut state, "<enter>");
        state
    }

    fn asked(commands: &[Command]) -> (TaskId, AnyId) {
        let ask = |command: &Command| match command {
            Command::Ask { task, question: Question::Object(id), .. } => Some((*task, id.clone())),
            _ => None,
        };
        commands.iter().find_map(ask).unwrap()
    }

    #[test]
    fn a_charge_shows_its_fields_and_what_it_is_linked_to() {
        let text = text(&detail());
        for piece in [
            "Amount  $49.00\nStatus  succeeded\nCreated",
            "Left to refund  $29.00",
            "Description  Pro ␛[31m",
            "Id  ch_2\n── linked\n▸paid invoice         A-0012 · $99.00 · ● paid",
            "refund               $20.00 · succeeded",
            "customer             Ada Lovelace",
        ] {
            assert!(text.contains(piece), "{piece}: {text}");
        }
    }

    #[test]
    fn enter_follows_and_esc_returns() {
        let mut state = detail();
        let (task, id) = asked(&press(&mut state, "jjj<enter>"));
        assert_eq!(id.id, "pi_1");
        assert!(text(&state).contains("charge › payment intent") && text(&state).contains("reading…"));
        let record =
            Record::parse(r#"{"id":"pi_1","amount":4900,"currency":"usd","latest_charge":"ch_2"}"#).unwrap();
        tell(&mut state, &Message::Reply { task, result: Ok(Answer::Object(id, Box::new(record))) });
        assert!(text(&state).contains("Amount  $49.00"), "{}", text(&state));
        assert_eq!(press(&mut state, "<enter>"), [], "the charge is known and needs no question");
        press(&mut state, "<esc><esc>");
        assert!(text(&state).contains("▸payment intent "), "{}", text(&state));
        press(&mut state, "<esc>");
        assert!(state.modals.is_empty());
    }

    #[test]
    fn going_in_circles_keeps_the_way_home_short() {
        let mut state = detail();
        let (task, id) = asked(&press(&mut state, "j<enter>"));
        let json = r#"{"id":"pi_1","latest_charge":"ch_2"}"#;
        let answer = Answer::Object(id, Box::new(Record::parse(json).unwrap()));
        tell(&mut state, &Message::Reply { task, result: Ok(answer) });
        for _ in 0..20 {
            press(&mut state, "<enter>g<enter>");
        }
        press(&mut state, "<esc><esc><esc><esc>");
        assert!(state.modals.is_empty());
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let mut state = detail();
        let (task, _) = asked(&press(&mut state, "jjj<enter>"));
        let trouble = Trouble {
            what: "no such payment intent".into(),
            todo: "check the mode".into(),
            request_id: None,
            retry: false,
            missing: true,
        };
        tell(&mut state, &Message::Reply { task, result: Err(trouble) });
        assert!(text(&state).contains("✖ no such payment intent · check the mode"), "{}", text(&state));
    }

    #[test]
    fn the_json_is_shown_searched_and_copied() {
        let mut state = detail();
        press(&mut state, "J/last4<enter>");
        let shown = text(&state);
        assert!(shown.contains("code /last4/") && shown.contains("\n  \"amount\": 4900,"), "{shown}");
        let scroll = |state: &State| state.modals[0].overlay().sheet(state).scroll;
        let at = usize::from(scroll(&state));
        let raw =
            state.data.folders.values().next().unwrap().charges.value.as_ref().unwrap().rows[1].raw().clone();
        assert!(pretty(&raw).lines().nth(at).unwrap().contains("last4"));
        let commands = press(&mut state, "Yy");
        let copied: Vec<_> = commands
            .iter()
            .filter_map(|command| match command {
                Command::Copy { text, .. } => Some(text.to_string()),
                _ => None,
            })
            .collect();
        assert_eq!((copied.len(), copied[0].starts_with("{\n"), copied[1].as_str()), (2, true, "ch_2"));
        press(&mut state, "<esc>J");
        assert!(text(&state).contains("Amount  $49.00"));
    }

    #[test]
    fn the_keys_of_the_record_s_actions_work_here_too() {
        let mut state = detail();
        assert!(state.modals[0].overlay().hints(&state).contains(&("r".into(), "refund".into())));
        press(&mut state, "r");
        assert!(text(&state).contains("Refund ── Ada Lovelace"), "{}", text(&state));
        press(&mut state, "<esc>");
        assert!(text(&state).contains("Left to refund"));
        state.session.read_only = Some("by flag".into());
        press(&mut state, "r");
        assert_eq!(state.modals.len(), 1);
    }

    #[test]
    fn a_small_screen_starts_at_the_top_and_the_links_are_reached_by_going_down() {
        let mut state = detail();
        (state.width, state.height) = (60, 14);
        assert!(!text(&state).contains('▸'));
        assert_eq!(press(&mut state, "<enter>"), [], "a link that is not on screen is not followed");
        assert!(text(&state).contains("▸paid invoice"));
        press(&mut state, "<up>");
        assert!(!text(&state).contains('▸'));
    }

    #[test]
    fn o_opens_the_page_at_stripe() {
        let mut state = detail();
        let commands = press(&mut state, "o");
        assert!(
            matches!(&commands[..], [Command::Open { url, .. }] if url.ends_with("/test/payments/ch_2")),
            "{commands:?}"
        );
    }
}
