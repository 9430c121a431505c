//! One record whole: its fields in order of use, the records that it names as rows to follow, and its raw JSON.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tui_input::Input;

use super::{After, Overlay};
use crate::{
    desk::{
        form::edit,
        key::{Code, Key},
        links::dashboard_url,
        message::{Command, Commands, Message, TaskId, Trouble},
        panes::PaneId,
        question::{Answer, Question},
        records::{self, Linked},
        sheet::{Item, Line, Sheet, Tone},
        state::State,
    },
    model::{AnyId, ChargeId, Kind},
    text::{clean, clean_lines},
};

const PAGE: u16 = 20;

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
    selected: usize,
    scroll: u16,
}

impl Detail {
    /// The row of a pane, or nothing where it has no record. `raw` opens on its JSON.
    pub fn open(state: &mut State, pane: PaneId, at: usize, raw: bool, commands: &mut Commands) -> Option<Self> {
        let pane = pane.pane();
        let id = (pane.target)(state, at)?;
        let known = (pane.raw)(state, at);
        Some(Self::of(state, id, known, raw, commands))
    }

    /// Any record, asked for where it is not known.
    pub fn of(state: &mut State, id: AnyId, known: Option<Arc<str>>, raw: bool, commands: &mut Commands) -> Self {
        let mut detail = Self { way: Vec::new(), raw, find: Input::default(), finding: false };
        detail.follow(id, known, state, commands);
        detail
    }

    fn follow(&mut self, id: AnyId, known: Option<Arc<str>>, state: &mut State, commands: &mut Commands) {
        let asked = known.is_none().then(|| state.ask(Question::Object(id.clone()), false, commands));
        if self.way.len() >= WAY_MOST {
            self.way.remove(0);
        }
        self.way.push(Shown { id, raw: known, pretty: None, asked, trouble: None, selected: 0, scroll: 0 });
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
        let hits: Vec<u16> = pretty
            .lines()
            .enumerate()
            .filter(|(_, line)| line.to_lowercase().contains(&needle))
            .filter_map(|(at, _)| u16::try_from(at).ok())
            .collect();
        let now = shown.scroll;
        let next = if forward {
            hits.iter().find(|at| **at > now || here && **at == now).or(hits.first())
        } else {
            hits.iter().rev().find(|at| **at < now).or(hits.last())
        };
        shown.scroll = next.copied().unwrap_or(now);
    }

    fn act(&mut self, key: Key, state: &mut State, commands: &mut Commands) -> After {
        let Some(id) = self.top().map(|shown| shown.id.clone()) else { return After::Close };
        match key.code {
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
                None => state.say(format!("a {} has no page of its own in the Dashboard", id.kind.noun()), false),
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
            Code::Enter if !self.raw && !key.repeat => {
                let found = self.top().and_then(|shown| linked(state, shown).into_iter().nth(shown.selected));
                if let Some(link) = found {
                    let known = known_raw(state, &link.id);
                    self.follow(link.id, known, state, commands);
                }
            }
            _ => self.go(key, state),
        }
        After::Stay
    }

    /// Moves through the links, or through the lines of the JSON.
    fn go(&mut self, key: Key, state: &State) {
        let raw = self.raw;
        let Some(shown) = self.way.last_mut() else { return };
        if raw {
            let lines = shown.pretty.as_deref().map_or(0, |pretty| pretty.lines().count());
            let last = u16::try_from(lines.saturating_sub(1)).unwrap_or(u16::MAX);
            shown.scroll = scrolled(shown.scroll, key).min(last);
            return;
        }
        let last = linked(state, shown).len().saturating_sub(1);
        shown.selected = match key.code {
            Code::Down | Code::Char('j') => shown.selected.saturating_add(1),
            Code::Up | Code::Char('k') => shown.selected.saturating_sub(1),
            Code::Home | Code::Char('g') => 0,
            Code::End | Code::Char('G') => last,
            _ => shown.selected,
        }
        .min(last);
    }

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
        items.push(Item::Pair { label: "Id".into(), value: Line::toned(clean(&shown.id.id), Tone::Accent) });
        let rows = records::rows(shown.id.kind, raw, &state.zone());
        items.extend(rows.into_iter().map(|(label, value)| Item::Pair { label, value }));
        let links = linked(state, shown);
        if !links.is_empty() {
            items.push(Item::Divider("linked".into()));
        }
        items.extend(links.into_iter().enumerate().map(|(at, link)| {
            let line = Line::toned(format!("{:<22}", link.label), Tone::Dim).then(link.id.id, Tone::Accent);
            let line = if link.known.is_empty() { line } else { line.then(format!("  {}", link.known), Tone::Plain) };
            Item::Pick { line, selected: at == shown.selected }
        }));
        items
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

/// In lines of two spaces a step, with everything harmful made visible.
fn pretty(raw: &str) -> Arc<str> {
    let json = serde_json::from_str::<Value>(raw).ok();
    let lines = json.and_then(|json| serde_json::to_string_pretty(&json).ok());
    clean_lines(lines.as_deref().unwrap_or(raw)).into()
}

/// The records that this one names, and those that name it, as far as the desk knows them.
fn linked(state: &State, shown: &Shown) -> Vec<Linked> {
    let mut links = shown.raw.as_deref().map(records::links).unwrap_or_default();
    if shown.id.kind == Kind::Charge {
        for link in around_charge(state, &shown.id.id) {
            if !links.iter().any(|known| known.id == link.id) {
                links.push(link);
            }
        }
    }
    links
}

/// Disputes and the paid invoice: a charge does not name them itself.
fn around_charge(state: &State, id: &str) -> Vec<Linked> {
    let Ok(id) = ChargeId::parse(id) else { return Vec::new() };
    let mut links = Vec::new();
    for folder in state.data.folders.values() {
        let disputes = folder.disputes.get(&id).and_then(|slot| slot.value.as_ref());
        links.extend(disputes.into_iter().flat_map(|list| &list.rows).map(|dispute| Linked {
            id: dispute.id.any(),
            label: "dispute".into(),
            known: format!("{} · {}", dispute.money(), dispute.status),
        }));
        let charge =
            folder.charges.value.iter().flat_map(|list| &list.rows).find(|charge| charge.id == id);
        let Some(intent) = charge.and_then(|charge| charge.payment_intent_id()) else { continue };
        let paid = folder.invoices.value.iter().flat_map(|list| &list.rows).filter(|invoice| {
            let mut payments = invoice.payments.iter().flat_map(|payments| &payments.data);
            payments.any(|payment| payment.payment.payment_intent_id() == Some(intent))
        });
        links.extend(paid.map(|invoice| Linked {
            id: invoice.id.any(),
            label: "paid invoice".into(),
            known: format!("{} · {}", invoice.title(), invoice.money()),
        }));
    }
    links
}

/// The JSON of a record that the desk has already.
fn known_raw(state: &State, id: &AnyId) -> Option<Arc<str>> {
    macro_rules! in_list {
        ($folder:ident . $field:ident) => {
            $folder.$field.value.iter().flat_map(|list| &list.rows).find(|row| row.id.as_str() == id.id).map(|row| row.raw().clone())
        };
    }
    let mut folders = state.data.folders.values();
    match id.kind {
        Kind::Charge => folders.find_map(|folder| in_list!(folder.charges)),
        Kind::Subscription => folders.find_map(|folder| in_list!(folder.subscriptions)),
        Kind::Invoice => folders.find_map(|folder| in_list!(folder.invoices)),
        Kind::PaymentMethod => folders.find_map(|folder| in_list!(folder.methods)),
        Kind::Product => {
            state.data.products.values().find(|product| product.id.as_str() == id.id).map(|row| row.raw().clone())
        }
        _ => None,
    }
}

impl Overlay for Detail {
    fn sheet(&self, state: &State) -> Sheet {
        let Some(shown) = self.top() else { return Sheet::default() };
        let (items, scroll) =
            if self.raw { (self.code(shown), shown.scroll) } else { (Self::fields(state, shown), 0) };
        let way: Vec<_> = self.way.iter().map(|shown| shown.id.kind.noun()).collect();
        let mut title = Line::toned(way.join(" › "), Tone::Accent);
        title = title.then(format!(" · {}", clean(&shown.id.id)), Tone::Dim);
        if shown.asked.is_some() && shown.raw.is_some() {
            title = title.then(" · reading again…", Tone::Dim);
        }
        let first = items.iter().position(|item| matches!(item, Item::Pick { selected: true, .. }));
        let down = first.filter(|_| !self.raw).and_then(|at| u16::try_from(at).ok()).unwrap_or(0);
        // A selected link far down is brought into view.
        let scroll = scroll.max(down.saturating_sub(state.height.saturating_sub(8)));
        Sheet { title, tone: Tone::Accent, items, footer: self.foot(), width: 100, scroll, full: true }
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

    fn hear(&mut self, message: &Message, _state: &mut State, _commands: &mut Commands) -> After {
        let Message::Reply { task, result } = message else { return After::Stay };
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

    fn hints(&self, _state: &State) -> Vec<(String, String)> {
        let hint = |key: &str, word: &str| (key.to_owned(), word.to_owned());
        let mut hints = if self.raw {
            vec![hint("J", "fields"), hint("/", "search"), hint("n", "next")]
        } else {
            vec![hint("Enter", "follow"), hint("J", "JSON")]
        };
        hints.extend([hint("y", "copy id"), hint("Y", "copy JSON"), hint("o", "browser"), hint("Esc", "back")]);
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
            "Id  ch_2",
            "Amount  $49.00",
            "Left  $29.00",
            "Description  Pro ␛[31m",
            "▸customer              cus_1",
            "refund                re_1  $20.00 · succeeded",
            "paid invoice          in_1  A-0012 · $99.00",
        ] {
            assert!(text.contains(piece), "{piece}: {text}");
        }
    }

    #[test]
    fn enter_follows_and_esc_returns() {
        let mut state = detail();
        let (task, id) = asked(&press(&mut state, "j<enter>"));
        assert_eq!(id.id, "pi_1");
        assert!(text(&state).contains("charge › payment intent") && text(&state).contains("reading…"));
        let record = Record::parse(r#"{"id":"pi_1","amount":4900,"currency":"usd","latest_charge":"ch_2"}"#).unwrap();
        tell(&mut state, &Message::Reply { task, result: Ok(Answer::Object(id, Box::new(record))) });
        assert!(text(&state).contains("Amount  $49.00"), "{}", text(&state));
        assert_eq!(press(&mut state, "<enter>"), [], "the charge is known and needs no question");
        press(&mut state, "<esc><esc>");
        assert!(text(&state).contains("▸payment intent"), "{}", text(&state));
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
        let (task, _) = asked(&press(&mut state, "j<enter>"));
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
        let raw = state.data.folders.values().next().unwrap().charges.value.as_ref().unwrap().rows[1].raw().clone();
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
    fn o_opens_the_page_at_stripe() {
        let mut state = detail();
        let commands = press(&mut state, "o");
        assert!(matches!(&commands[..], [Command::Open { url, .. }] if url.ends_with("/test/payments/ch_2")), "{commands:?}");
    }
}
