//! The audit trail, newest first: what was done, by whom, how it ended, and how the chain stands.

mod rows;

use serde::{Deserialize, Serialize};

use super::{
    After, Overlay,
    find::{self, Find, Finding},
    list::{self, List, Move},
};
use crate::{
    desk::{
        binding::{self, Binding, Now, bind},
        key::Key,
        message::{AuditPage, Command, Commands, Message, TaskId},
        sheet::{Item, Line, Sheet, Tone},
        state::State,
    },
    ledger::AuditRecord,
    text::clean,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Audit {
    asked: TaskId,
    read: Option<Result<AuditPage, String>>,
    find: Find,
    list: List,
    /// The selected record is shown whole.
    whole: Option<List>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    Whole,
    /// The next record, or the one before, while one is shown whole.
    Beside(Move),
    Find(Finding),
    Again,
    Go(Move),
    Back,
}

const TABLE: [Binding<Do>; 5] = [
    bind(&["<enter>"], Do::Whole, Some("whole record"), "the whole record"),
    bind(
        &["<left>", "N"],
        Do::Beside(Move::Rows(-1)),
        Some("other record"),
        "the record above, while one is shown whole",
    )
    .held(),
    bind(
        &["<right>", "n"],
        Do::Beside(Move::Rows(1)),
        Some("other record"),
        "the record below, while one is shown whole",
    )
    .held(),
    bind(&["<c-r>"], Do::Again, Some("read again"), "read the trail again"),
    bind(&["<esc>", "q", "a"], Do::Back, Some("back"), "back, one step at a time"),
];

impl Audit {
    pub fn open(state: &mut State, commands: &mut Commands) -> Self {
        let asked = ask(state, commands);
        Self { asked, read: None, find: Find::default(), list: List::default(), whole: None }
    }

    /// The records that have what is looked for.
    fn records(&self) -> Vec<&AuditRecord> {
        let needle = self.find.needle();
        let page = self.read.iter().flatten();
        page.flat_map(|page| &page.records)
            .filter(|record| {
                let whose = || self.customer(record).unwrap_or_default().to_lowercase();
                needle.is_empty() || haystack(record).contains(&needle) || whose().contains(&needle)
            })
            .collect()
    }

    /// Whose object it was done to.
    fn customer(&self, record: &AuditRecord) -> Option<&str> {
        let page = self.read.as_ref()?.as_ref().ok()?;
        page.customers.get(&record.intent).map(String::as_str)
    }

    fn list(&self, state: &State) -> Vec<Item> {
        let Some(read) = &self.read else { return vec![Item::Text(Line::toned("reading…", Tone::Dim))] };
        let page = match read {
            Ok(page) => page,
            Err(why) => {
                let again = binding::shown(TABLE, Do::Again);
                let words = format!("✖ {} · {again} reads again", clean(why));
                return vec![Item::Text(Line::toned(words, Tone::Bad))];
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
        let lines = rows::rows(page, &records, state).into_iter().enumerate();
        items.extend(lines.map(|(at, line)| Item::Pick { line, selected: at == self.list.at }));
        items
    }

    fn one(&self, state: &State) -> Vec<Item> {
        let records = self.records();
        let Some(record) = records.get(self.list.at) else { return Vec::new() };
        let zone = state.zone();
        let option = |text: &Option<String>| text.clone().unwrap_or_default();
        let rows = [
            ("Record", record.seq.to_string()),
            ("At", record.at.full(zone)),
            ("What", record.event.clone()),
            ("Action", record.action.replace('_', " ")),
            ("Amount", amount(record)),
            ("Object", record.target.clone()),
            ("Customer", self.customer(record).unwrap_or_default().to_owned()),
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

impl Overlay for Audit {
    type Do = Do;

    const NAME: &'static str = "Audit trail";

    fn sheet(&self, state: &State) -> Sheet {
        let (title, items, list) = match &self.whole {
            Some(list) => ("Audit record", self.one(state), list),
            None => ("Audit trail", self.list(state), &self.list),
        };
        Sheet {
            title: Line::toned(title, Tone::Accent),
            tone: Tone::Accent,
            items,
            footer: self.find.line(),
            scroll: list.scrolled(),
            full: true,
            ..Sheet::default()
        }
    }

    fn table() -> Vec<Binding<Do>> {
        let [whole, above, below, again, back] = TABLE;
        let find = find::table(Do::Find);
        [whole, above, below]
            .into_iter()
            .chain(find)
            .chain([again])
            .chain(list::table(Do::Go))
            .chain([back])
            .collect()
    }

    fn now(&self, does: Do, state: &State) -> Now {
        let whole = self.whole.is_some();
        match does {
            Do::Find(Finding::Start) if whole => Now::Off,
            Do::Find(does) => self.find.now(does),
            _ if self.find.typing() => Now::Off,
            Do::Whole => Now::on(!whole && !self.records().is_empty()),
            Do::Beside(_) => Now::on(whole && self.records().len() > 1),
            Do::Go(_) if whole => list::scrolls(self.view(state)),
            Do::Go(_) => list::selects(self.records().len()),
            Do::Back if whole => Now::Says("all records".into()),
            Do::Back if !self.find.is_empty() => Now::Says("show all".into()),
            Do::Again => Now::on(!state.tasks.running.contains_key(&self.asked)),
            Do::Back => Now::On,
        }
    }

    fn act(&mut self, does: Do, state: &mut State, commands: &mut Commands) -> After {
        let view = self.view(state);
        let count = self.records().len();
        match (does, &mut self.whole) {
            (Do::Find(does), _) => self.find.act(does),
            (Do::Whole, _) => self.whole = Some(List::default()),
            (Do::Beside(to), whole) => {
                *whole = Some(List::default());
                self.list.select(to, count, view);
            }
            (Do::Again, _) => self.asked = ask(state, commands),
            (Do::Go(to), Some(list)) => list.scroll(to, view),
            (Do::Go(to), None) => {
                self.list.select(to, count, view);
                self.list.top = self.view(state).first;
            }
            (Do::Back, whole @ Some(_)) => *whole = None,
            (Do::Back, None) if self.find.is_empty() => return After::Close,
            (Do::Back, None) => self.find.clear(),
        }
        After::Stay
    }

    fn types(&self) -> bool {
        self.find.typing()
    }

    fn typed(&mut self, key: Key, _state: &mut State) {
        if self.find.typed(key) {
            self.list = List::default();
        }
    }

    fn paste(&mut self, text: &str, _state: &mut State) {
        if self.find.paste(text) {
            self.list = List::default();
        }
    }

    fn wheel(rows: isize) -> Option<Do> {
        Some(Do::Go(Move::Rows(rows)))
    }

    fn hear(&mut self, message: &Message, _state: &mut State, _commands: &mut Commands) -> After {
        if let Message::Audit { task, result } = message
            && *task == self.asked
        {
            self.read = Some(result.clone());
            self.list.within(self.records().len());
        }
        After::Stay
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
        let customers = [("int_1".to_owned(), "cus_QxB1LmTz3fAa".to_owned())].into();
        AuditPage {
            records,
            customers,
            ends: std::collections::BTreeMap::new(),
            chain: "2 records, unbroken".into(),
            chain_ok,
        }
    }

    #[test]
    fn records_are_listed_and_filtered_as_is_typed() {
        let mut state = audit(Ok(page(true)));
        let shown = text(&state);
        assert!(
            shown.contains("✔ 2 records, unbroken") && shown.contains("▸22 Nov 13:01:02  ✔ settled"),
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
    fn the_agent_stays_on_a_small_screen_and_the_rest_gives_way_in_order() {
        let mut state = audit(Ok(page(true)));
        let row = |state: &State| {
            let shown = text(state);
            shown.lines().find(|line| line.contains("intended")).unwrap().trim_end().to_owned()
        };
        assert_eq!(
            row(&state),
            " 22 Nov 13:01:01  ◌ intended  $99.00  refund charge  sam   ch_1  cus_QxB…3fAa  duplicate"
        );
        state.width = 80;
        assert!(row(&state).ends_with("refund charge  sam   ch_1"), "{}", row(&state));
        state.width = 60;
        assert_eq!(row(&state), " 22 Nov 13:01  ◌ intended  $99.00  refund charge  sam");
        state.width = 50;
        assert_eq!(row(&state), " 22 Nov 13:01  ◌ intended  refund charge  sam");
        press(&mut state, "/cus_qxb");
        assert!(text(&state).contains("intended") && !text(&state).contains("settled"), "{}", text(&state));
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
        assert!(text(&state).contains("▸22 Nov 13:01:01  ◌ intended"), "{}", text(&state));
    }

    #[test]
    fn a_broken_chain_and_an_unreadable_trail_are_said() {
        assert!(text(&audit(Ok(page(false)))).contains("✖ 2 records"));
        let mut state = audit(Err("disk I/O error".into()));
        assert!(text(&state).contains("✖ disk I/O error · Ctrl-r reads again"));
        assert!(matches!(press(&mut state, "<c-r>")[..], [Command::Audit { .. }]));
    }
}
