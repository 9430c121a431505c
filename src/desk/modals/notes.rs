//! Notes on a customer, the latest first, and a line for a new one. None is changed, or taken away before `ledger_days`.

use serde::{Deserialize, Serialize};
use tui_input::Input;

use super::{
    After, Overlay,
    list::{self, List, Move},
};
use crate::{
    desk::{
        binding::{Binding, Now, bind},
        form::edit,
        key::Key,
        message::{Command, Commands, Message, TaskId},
        notes,
        sheet::{Field, Item, Line, Sheet, Tone},
        state::State,
        update,
    },
    model::CustomerId,
    text::clean,
};

/// Characters of a note; Stripe keeps 500 in a value, with the name of whoever wrote it.
const CHARS_MOST: usize = 400;
const WIDTH: u16 = 92;
const INPUT: u16 = 70;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Notes {
    customer: CustomerId,
    input: Input,
    list: List,
    /// The task that reads them: another desk may have written some, or nobody has opened this customer here.
    reading: Option<TaskId>,
    /// Why they could not be read.
    unread: Option<String>,
    /// The task that writes one down.
    writing: Option<TaskId>,
    /// Why it was not written down.
    failed: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    Write,
    Go(Move),
    Clear,
    Back,
}

const WRITE: Binding<Do> = bind(&["<enter>"], Do::Write, Some("write it down"), "write the note down");
const OUT: [Binding<Do>; 2] = [
    bind(&["<esc>"], Do::Clear, Some("empty the line"), "empty the line"),
    bind(&["<esc>"], Do::Back, Some("back"), "back"),
];

impl Notes {
    pub fn open(state: &mut State, customer: CustomerId, commands: &mut Commands) -> Self {
        Self {
            reading: Some(update::recall(state, Some(customer.clone()), commands)),
            customer,
            input: Input::default(),
            list: List::default(),
            unread: None,
            writing: None,
            failed: None,
        }
    }

    fn text(&self) -> String {
        self.input.value().trim().to_owned()
    }

    fn items(&self, state: &State) -> Vec<Item> {
        let notes = notes::of(state, &self.customer);
        if let Some(why) = &self.unread {
            let words = format!("✖ what was written down here could not be read: {}", clean(why));
            return vec![Item::Text(Line::toned(words, Tone::Bad))];
        }
        if notes.is_empty() {
            let words = if self.reading.is_some() { "reading…" } else { "no note yet" };
            return vec![Item::Text(Line::toned(words, Tone::Dim))];
        }
        let entry = |note: notes::Shown| {
            let place = if note.at_stripe { "at Stripe" } else { "on this machine" };
            let when = note.at.short(state.zone(), state.now());
            let head = Line::toned(format!("✎ {} · {place}", when.trim()), Tone::Dim);
            Item::Entry { lines: vec![head, Line::plain(note.says)], selected: false }
        };
        notes.into_iter().map(entry).collect()
    }

    /// Where a new one goes, and what went wrong with the last.
    fn pinned(&self, state: &State) -> Vec<Item> {
        let field = Field {
            value: self.input.value().to_owned(),
            cursor: self.input.cursor(),
            focused: true,
            width: INPUT,
            placeholder: "what a colleague should know".into(),
        };
        let place = if notes::in_metadata(state) {
            "goes into the customer's metadata at Stripe, and is confirmed like any change"
        } else {
            "stays on this machine, with your name and the time; it cannot be changed any more"
        };
        let mut items = vec![
            Item::Input { label: "Note".into(), field, after: Line::default() },
            Item::Text(Line::toned(place, Tone::Dim)),
        ];
        if let Some(why) = notes::wrong(self.input.value()) {
            items.push(Item::Text(Line::toned(format!("✖ {why}"), Tone::Bad)));
        } else if let Some(why) = &self.failed {
            let words = format!("✖ it was not written down: {}", clean(why));
            items.push(Item::Text(Line::toned(words, Tone::Bad)));
        }
        items
    }

    fn write(&mut self, state: &mut State, commands: &mut Commands) -> After {
        let text = self.text();
        self.failed = None;
        if notes::in_metadata(state) {
            return match notes::at_stripe(state, &self.customer, &text, commands) {
                Some(form) => After::Replace(Box::new(form)),
                None => After::Stay,
            };
        }
        let task = state.start("writing a note down");
        self.writing = Some(task);
        commands.push(Command::Note { task, customer: self.customer.clone(), text });
        After::Stay
    }
}

impl Overlay for Notes {
    type Do = Do;

    const NAME: &'static str = "Notes";

    fn sheet(&self, state: &State) -> Sheet {
        let mut title = Line::toned("Notes", Tone::Accent);
        if let Some(customer) = state.data.customer(&self.customer) {
            title = title.then(format!(" ── {}", customer.title()), Tone::Plain);
        }
        Sheet {
            title,
            tone: if state.live() { Tone::Live } else { Tone::Accent },
            items: self.items(state),
            pinned: self.pinned(state),
            scroll: self.list.scrolled(),
            width: WIDTH,
            ..Sheet::default()
        }
    }

    fn table() -> Vec<Binding<Do>> {
        [WRITE].into_iter().chain(list::arrows(Do::Go)).chain(OUT).collect()
    }

    fn now(&self, does: Do, state: &State) -> Now {
        let empty = self.input.value().is_empty();
        match does {
            Do::Write if self.writing.is_some() => Now::Dim("one moment: it is being written down".into()),
            Do::Write if self.text().is_empty() => Now::Off,
            Do::Write => notes::wrong(self.input.value()).map_or(Now::On, Now::Dim),
            Do::Go(_) => list::scrolls(self.view(state)),
            Do::Clear => Now::on(!empty),
            Do::Back => Now::on(empty),
        }
    }

    fn act(&mut self, does: Do, state: &mut State, commands: &mut Commands) -> After {
        match does {
            Do::Write => return self.write(state, commands),
            Do::Go(to) => self.list.scroll(to, self.view(state)),
            Do::Clear => self.input.reset(),
            Do::Back => return After::Close,
        }
        After::Stay
    }

    fn types(&self) -> bool {
        true
    }

    fn typed(&mut self, key: Key, _state: &mut State) {
        let _changed = edit(&mut self.input, CHARS_MOST, key);
    }

    fn confirms(&self, does: Do) -> bool {
        matches!(does, Do::Write)
    }

    fn wheel(rows: isize) -> Option<Do> {
        Some(Do::Go(Move::Rows(rows)))
    }

    fn paste(&mut self, text: &str, _state: &mut State) {
        let line = clean(&text.split_whitespace().collect::<Vec<_>>().join(" "));
        let room = CHARS_MOST.saturating_sub(self.input.value().chars().count());
        let pasted: String = line.chars().take(room).collect();
        self.input = Input::new(format!("{}{pasted}", self.input.value()));
    }

    fn hear(&mut self, message: &Message, _state: &mut State, _commands: &mut Commands) -> After {
        let ended = match message {
            Message::Remembered { task, result } => Some((*task, result.as_ref().err().cloned())),
            Message::Crashed { task } => Some((*task, Some("it broke off".into()))),
            _ => None,
        };
        if let Some((_, unread)) = ended.clone().filter(|(task, _)| self.reading == Some(*task)) {
            self.reading = None;
            self.unread = unread;
        }
        if let Some((_, failed)) = ended.filter(|(task, _)| self.writing == Some(*task)) {
            self.writing = None;
            if failed.is_none() {
                // All of them came with it.
                self.unread = None;
                self.input.reset();
                self.list = List::default();
            }
            self.failed = failed;
        }
        After::Stay
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        desk::{
            fixture::{NOW_MS, press, state, tell, text},
            message::Memory,
            summary,
        },
        ledger::Note,
        time::Unix,
    };

    fn open() -> State {
        let mut state = state();
        state.search.typing = false;
        let task = read(&mut state);
        tell(&mut state, &Message::Remembered { task, result: Ok(Memory::default()) });
        state
    }

    /// `n`, and what it asks.
    fn read(state: &mut State) -> TaskId {
        let [Command::Remember { task, whose: Some(_), opened: false }] = press(state, "n")[..] else {
            panic!("it reads")
        };
        task
    }

    #[test]
    fn none_is_said_only_once_they_were_read() {
        let mut state = state();
        state.search.typing = false;
        let task = read(&mut state);
        assert!(text(&state).contains("reading…") && !text(&state).contains("no note"), "{}", text(&state));
        let result = Ok(memory(&state, &["lost her card"]));
        tell(&mut state, &Message::Remembered { task, result });
        assert!(text(&state).contains("lost her card"), "{}", text(&state));
        press(&mut state, "<esc>");
        let task = read(&mut state);
        tell(&mut state, &Message::Remembered { task, result: Err("the disk is gone".into()) });
        assert!(text(&state).contains("could not be read: the disk is gone"), "{}", text(&state));
    }

    fn written(state: &mut State, keys: &str) -> Option<(TaskId, String)> {
        press(state, keys).into_iter().find_map(|command| match command {
            Command::Note { task, text, .. } => Some((task, text)),
            _ => None,
        })
    }

    fn memory(state: &State, texts: &[&str]) -> Memory {
        let at = Unix(NOW_MS / 1_000);
        let notes = texts.iter().map(|text| Note { author: "lea".into(), at, text: (*text).into() });
        Memory { lately: Vec::new(), notes: state.open.clone().map(|open| (open, notes.collect())) }
    }

    #[test]
    fn a_note_is_written_shown_and_counted_in_the_head() {
        let mut state = open();
        assert!(text(&state).contains("Notes ── Ada Lovelace\nno note yet"), "{}", text(&state));
        assert_eq!(press(&mut state, "<enter>"), [], "an empty line is no note");
        let (task, said) = written(&mut state, "called,<space>pays<space>by<space>card<enter>").unwrap();
        assert_eq!(said, "called, pays by card");
        assert_eq!(written(&mut state, "<enter>"), None, "once");
        let memory = memory(&state, &["called, pays by card", "is kind\u{1b}[2J"]);
        tell(&mut state, &Message::Remembered { task, result: Ok(memory) });
        let shown = text(&state);
        assert!(shown.contains("lea: called, pays by card") && shown.contains("lea: is kind␛[2J"), "{shown}");
        assert!(shown.contains("Note [▏]"), "the line is empty again: {shown}");
        assert!(summary::head(&state).marks.text().contains("✎ 2 notes"));
        press(&mut state, "<esc>");
        assert!(state.modals.is_empty());
    }

    #[test]
    fn a_card_number_is_refused_in_a_sentence() {
        let mut state = open();
        assert_eq!(written(&mut state, "4242<space>4242<space>4242<space>4242<enter>"), None);
        let says = "looks like a card number, which is never written down: ··4242 is enough";
        assert!(text(&state).contains(says), "{}", text(&state));
        assert!(state.notice.as_ref().unwrap().text.contains(says));
        press(&mut state, "<esc>");
        crate::desk::fixture::paste(&mut state, "it was 5555-5555-5555-4444\n thanks");
        assert_eq!(written(&mut state, "<enter>"), None);
        assert!(text(&state).contains("··4444"), "{}", text(&state));
    }

    #[test]
    fn what_could_not_be_written_stays_in_the_line() {
        let mut state = open();
        let (task, _) = written(&mut state, "called<enter>").unwrap();
        tell(&mut state, &Message::Remembered { task, result: Err("the disk is full".into()) });
        let shown = text(&state);
        assert!(
            shown.contains("[called▏]") && shown.contains("not written down: the disk is full"),
            "{shown}"
        );
    }

    #[test]
    fn by_the_policy_it_is_a_change_of_the_customer_like_any_other() {
        let mut state = open();
        let rules = "version = 1\n[customers]\nupdate_email = true\nnotes = \"metadata\"\n";
        state.policy = crate::policy::Policy::parse(rules, "policy.toml").unwrap();
        assert!(text(&state).contains("metadata at Stripe"), "{}", text(&state));
        let commands = press(&mut state, "called,<space>twice<enter>");
        assert!(commands.iter().any(|command| matches!(command, Command::Facts { .. })), "{commands:?}");
        let shown = text(&state);
        assert!(shown.contains("note_2026-11-23T12:00:00Z=maya: called\\, twice"), "{shown}");
    }
}
