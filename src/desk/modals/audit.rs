//! The audit trail, newest first: what was done, by whom, how it ended, and how the chain stands.

use serde::{Deserialize, Serialize};
use tui_input::Input;

use super::{After, Overlay};
use crate::{
    desk::{
        form::edit,
        key::{Code, Key},
        message::{AuditPage, Command, Commands, Message, TaskId},
        sheet::{Item, Line, Sheet, Tone},
        state::State,
    },
    ledger::AuditRecord,
    text::{clean, short_id},
};

const PAGE: usize = 10;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Audit {
    asked: TaskId,
    read: Option<Result<AuditPage, String>>,
    find: Input,
    finding: bool,
    selected: usize,
    /// One record is shown whole.
    whole: bool,
}

impl Audit {
    pub fn open(state: &mut State, commands: &mut Commands) -> Self {
        let asked = ask(state, commands);
        Self { asked, read: None, find: Input::default(), finding: false, selected: 0, whole: false }
    }

    /// The records that have what is looked for.
    fn records(&self) -> Vec<&AuditRecord> {
        let needle = self.find.value().trim().to_lowercase();
        let page = self.read.iter().flatten();
        page.flat_map(|page| &page.records)
            .filter(|record| needle.is_empty() || haystack(record).contains(&needle))
            .collect()
    }

    fn list(&self, state: &State) -> Vec<Item> {
        let Some(read) = &self.read else { return vec![Item::Text(Line::toned("reading…", Tone::Dim))] };
        let page = match read {
            Ok(page) => page,
            Err(why) => {
                return vec![Item::Text(Line::toned(
                    format!("✖ {} · Ctrl-r reads again", clean(why)),
                    Tone::Bad,
                ))];
            }
        };
        let chain = if page.chain_ok { ("✔", Tone::Good) } else { ("✖", Tone::Bad) };
        let mut items =
            vec![Item::Text(Line::toned(format!("{} {}", chain.0, clean(&page.chain)), chain.1)), Item::Gap];
        let records = self.records();
        if records.is_empty() {
            let none =
                if page.records.is_empty() { "nothing was changed yet" } else { "no record has this text" };
            items.push(Item::Text(Line::toned(none, Tone::Dim)));
        }
        let row = |(at, record): (usize, &AuditRecord)| Item::Pick {
            line: row(record, state),
            selected: at == self.selected,
        };
        items.extend(records.into_iter().enumerate().map(row));
        items
    }

    fn one(&self, state: &State) -> Vec<Item> {
        let records = self.records();
        let Some(record) = records.get(self.selected) else { return Vec::new() };
        let zone = state.zone();
        let option = |text: &Option<String>| text.clone().unwrap_or_default();
        let rows = [
            ("Record", record.seq.to_string()),
            ("At", record.at.full(zone)),
            ("What", record.event.clone()),
            ("Action", record.action.replace('_', " ")),
            ("Amount", amount(record)),
            ("Object", record.target.clone()),
            ("Result", option(&record.result_id)),
            ("Agent", record.agent.clone()),
            ("Reason", option(&record.reason)),
            ("Message", option(&record.message)),
            ("Intent", record.intent.clone()),
            ("Request", option(&record.request_id)),
            ("Hash", record.hash.clone()),
            ("Before it", record.previous.clone()),
        ];
        let shown = rows.into_iter().filter(|(_, value)| !value.is_empty());
        shown
            .map(|(label, value)| Item::Pair { label: label.into(), value: Line::plain(clean(&value)) })
            .collect()
    }

    fn go(&mut self, key: Key, state: &mut State, commands: &mut Commands) {
        let last = self.records().len().saturating_sub(1);
        let at = match key.code {
            Code::Down | Code::Char('j') => self.selected.saturating_add(1),
            Code::Up | Code::Char('k') => self.selected.saturating_sub(1),
            Code::PageDown => self.selected.saturating_add(PAGE),
            Code::PageUp => self.selected.saturating_sub(PAGE),
            Code::Home | Code::Char('g') => 0,
            Code::End | Code::Char('G') => last,
            Code::Char('r') if key.ctrl => {
                self.asked = ask(state, commands);
                self.selected
            }
            _ => self.selected,
        };
        self.selected = at.min(last);
    }
}

fn ask(state: &mut State, commands: &mut Commands) -> TaskId {
    let task = state.start("audit trail");
    commands.push(Command::Audit { task });
    task
}

fn amount(record: &AuditRecord) -> String {
    record.money().map(|amount| amount.to_string()).unwrap_or_default()
}

/// What a filter looks in.
fn haystack(record: &AuditRecord) -> String {
    let option = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        record.event.clone(),
        record.agent.clone(),
        record.action.replace('_', " "),
        record.target.clone(),
        record.intent.clone(),
        amount(record),
        option(&record.reason),
        option(&record.result_id),
        option(&record.request_id),
        option(&record.message),
    ]
    .join("\n")
    .to_lowercase()
}

/// Glyph, word and meaning of what happened.
fn event(record: &AuditRecord) -> (String, Tone) {
    let (glyph, tone) = match record.event.as_str() {
        "settled" | "acknowledged" => ("✔", Tone::Good),
        "refused" | "came_back" => ("✖", Tone::Bad),
        "unknown" => ("?", Tone::Bad),
        "withdrawn" => ("↶", Tone::Dim),
        "intended" | "held" => ("◌", Tone::Info),
        _ => ("·", Tone::Plain),
    };
    (format!("{glyph} {:<11}", clean(&record.event.replace('_', " "))), tone)
}

fn row(record: &AuditRecord, state: &State) -> Line {
    let (words, tone) = event(record);
    Line::toned(format!("{}  ", record.at.short(state.zone(), state.now())), Tone::Dim)
        .then(words, tone)
        .then(format!("{:>12}  ", amount(record)), Tone::Strong)
        .then(format!("{:<20} ", record.action.replace('_', " ")), Tone::Plain)
        .then(short_id(&clean(&record.target)), Tone::Plain)
        .then(format!("  {}", clean(&record.agent)), Tone::Dim)
}

impl Overlay for Audit {
    fn sheet(&self, state: &State) -> Sheet {
        let items = if self.whole { self.one(state) } else { self.list(state) };
        let footer = if self.finding || !self.find.value().is_empty() {
            let cursor = if self.finding { "▏" } else { "" };
            Line::toned("/", Tone::Key).then(format!("{}{cursor}", clean(self.find.value())), Tone::Strong)
        } else {
            Line::toned("Esc", Tone::Key).then(" back", Tone::Dim)
        };
        let down =
            items.iter().position(|item| matches!(item, Item::Pick { selected: true, .. })).unwrap_or(0);
        let down = u16::try_from(down).unwrap_or(u16::MAX);
        Sheet {
            title: Line::toned(if self.whole { "Audit record" } else { "Audit trail" }, Tone::Accent),
            tone: Tone::Accent,
            items,
            footer,
            width: 100,
            // The selected record is kept in view.
            scroll: down.saturating_sub(state.height.saturating_sub(8)),
            full: true,
            ..Sheet::default()
        }
    }

    fn press(&mut self, key: Key, state: &mut State, commands: &mut Commands) -> After {
        match (key.code, self.finding) {
            (Code::Enter, true) => self.finding = false,
            (Code::Esc, true) => {
                self.finding = false;
                self.find.reset();
            }
            (_, true) => {
                edit(&mut self.find, 80, key);
                self.selected = 0;
            }
            (Code::Esc, false) if self.whole => self.whole = false,
            (Code::Esc, false) if !self.find.value().is_empty() => self.find.reset(),
            (Code::Esc, false) => return After::Close,
            (Code::Enter, false) => self.whole = !self.records().is_empty(),
            (Code::Char('/'), false) => {
                self.whole = false;
                self.finding = true;
            }
            (_, false) => self.go(key, state, commands),
        }
        After::Stay
    }

    fn paste(&mut self, text: &str, _state: &mut State) {
        if self.finding {
            self.find = Input::new(clean(text.trim()).chars().take(80).collect());
            self.selected = 0;
        }
    }

    fn hear(&mut self, message: &Message, _state: &mut State, _commands: &mut Commands) -> After {
        if let Message::Audit { task, result } = message
            && *task == self.asked
        {
            self.read = Some(result.clone());
            self.selected = self.selected.min(self.records().len().saturating_sub(1));
        }
        After::Stay
    }

    fn hints(&self, _state: &State) -> Vec<(String, String)> {
        let hint = |key: &str, word: &str| (key.to_owned(), word.to_owned());
        vec![
            hint("Enter", "whole record"),
            hint("/", "filter"),
            hint("Ctrl-r", "read again"),
            hint("Esc", "back"),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        desk::fixture::{press, state, tell, text},
        time::Unix,
    };

    fn record(seq: i64, event: &str, agent: &str) -> AuditRecord {
        AuditRecord {
            seq,
            at: Unix(1_795_352_460 + seq),
            event: event.into(),
            intent: format!("int_{seq}"),
            agent: agent.into(),
            action: "refund_charge".into(),
            target: "ch_1".into(),
            amount: Some(9_900),
            currency: Some("usd".into()),
            reason: Some("duplicate".into()),
            request_id: None,
            result_id: None,
            message: Some("a\u{1b}[2Jb".into()),
            previous: "00".into(),
            hash: "ff".into(),
        }
    }

    fn audit(result: Result<AuditPage, String>) -> State {
        let mut state = state();
        state.search.typing = false;
        let commands = press(&mut state, "a");
        let [Command::Audit { task }] = commands[..] else { panic!("{commands:?}") };
        assert!(text(&state).contains("reading…"));
        tell(&mut state, &Message::Audit { task, result });
        state
    }

    fn page(chain_ok: bool) -> AuditPage {
        let records = vec![record(2, "settled", "maya"), record(1, "intended", "sam")];
        AuditPage { records, chain: "2 records, unbroken".into(), chain_ok }
    }

    #[test]
    fn records_are_listed_and_filtered_as_is_typed() {
        let mut state = audit(Ok(page(true)));
        let shown = text(&state);
        assert!(
            shown.contains("✔ 2 records, unbroken") && shown.contains("▸22 Nov 13:01  ✔ settled"),
            "{shown}"
        );
        press(&mut state, "/sam");
        assert!(!text(&state).contains("settled") && text(&state).contains("◌ intended"), "{}", text(&state));
        press(&mut state, "<enter><esc>");
        assert!(text(&state).contains("settled"));
        press(&mut state, "<esc>");
        assert!(state.modals.is_empty());
    }

    #[test]
    fn one_record_is_shown_whole_and_harmless() {
        let mut state = audit(Ok(page(true)));
        press(&mut state, "j<enter>");
        let shown = text(&state);
        for piece in ["Record  1", "Amount  $99.00", "Message  a␛[2Jb", "Intent  int_1", "Hash  ff"] {
            assert!(shown.contains(piece), "{piece}: {shown}");
        }
        press(&mut state, "<esc>");
        assert!(text(&state).contains("▸22 Nov 13:01  ◌ intended"), "{}", text(&state));
    }

    #[test]
    fn a_broken_chain_and_an_unreadable_trail_are_said() {
        assert!(text(&audit(Ok(page(false)))).contains("✖ 2 records"));
        let mut state = audit(Err("disk I/O error".into()));
        assert!(text(&state).contains("✖ disk I/O error · Ctrl-r reads again"));
        assert!(matches!(press(&mut state, "<c-r>")[..], [Command::Audit { .. }]));
    }
}
