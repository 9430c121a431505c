//! Customers whose desk was opened lately, the latest first; letters narrow them. Only ids and times are kept on disk: who they
//! are is what the desk knows of them, and is read where it knows nothing.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    After, Overlay,
    list::{self, Move},
    narrow::Narrow,
};
use crate::{
    desk::{
        binding::{Binding, Now, bind},
        bottom::key_of,
        fuzzy,
        key::Key,
        keymap::Do as OnDesk,
        listing,
        message::{Commands, Message, TaskId},
        panes,
        question::Question,
        sheet::{Item, Line, Sheet, Tone},
        state::State,
        update,
    },
    ledger::Visit,
    model::CustomerId,
    text::clean,
};

const INPUT: u16 = 46;
const WIDTH: u16 = 96;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Recent {
    narrow: Narrow,
    /// What is remembered is being read.
    asked: Option<TaskId>,
    /// Why it cannot be read.
    trouble: Option<String>,
    /// Who was asked for at Stripe.
    named: BTreeSet<CustomerId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    Open,
    Go(Move),
    Clear,
    Back,
}

const OPEN: Binding<Do> = bind(&["<enter>"], Do::Open, Some("open"), "open the customer's desk");
const OUT: [Binding<Do>; 2] = [
    bind(&["<esc>"], Do::Clear, Some("all"), "all of them again"),
    bind(&["<esc>"], Do::Back, Some("back"), "back"),
];

impl Recent {
    pub fn open(state: &mut State, commands: &mut Commands) -> Self {
        let asked = Some(update::recall(state, None, commands));
        let narrow = Narrow::default();
        let mut recent = Self { narrow, asked, trouble: None, named: BTreeSet::new() };
        recent.name(state, commands);
        recent
    }

    /// Asks who those are of whom the desk knows nothing yet.
    fn name(&mut self, state: &mut State, commands: &mut Commands) {
        let unknown = state.lately.iter().filter(|visit| state.data.customer(&visit.customer).is_none());
        for customer in unknown.map(|visit| visit.customer.clone()).collect::<Vec<_>>() {
            if self.named.insert(customer.clone()) {
                state.ask(Question::Customer(customer), true, commands);
            }
        }
    }

    /// Those that have the letters, as well as they match; all of them where there are none.
    fn found<'a>(&self, state: &'a State) -> Vec<&'a Visit> {
        let letters = self.narrow.value().trim();
        if letters.is_empty() {
            return state.lately.iter().collect();
        }
        let words: Vec<String> = state.lately.iter().map(|visit| words(state, &visit.customer)).collect();
        let found = fuzzy::loosely(letters, words.iter().map(String::as_str));
        found.into_iter().filter_map(|(at, _)| state.lately.get(at)).collect()
    }

    fn chosen(&self, state: &State) -> Option<CustomerId> {
        self.found(state).get(self.narrow.list.at).map(|visit| visit.customer.clone())
    }

    fn items(&self, state: &State, room: usize) -> Vec<Item> {
        let places = listing::places(listing::VISITS, room);
        let row = |(at, visit): (usize, &&Visit)| Item::Pick {
            line: listing::row(listing::VISITS, &places, &cells(state, visit)),
            selected: at == self.narrow.list.at,
        };
        let mut items: Vec<_> = self.found(state).iter().enumerate().map(row).collect();
        if items.is_empty() {
            items.push(Item::Text(self.nothing(state)));
        }
        items
    }

    /// Why there is no row.
    fn nothing(&self, state: &State) -> Line {
        if self.asked.is_some() {
            return Line::toned("reading…", Tone::Dim);
        }
        if !state.lately.is_empty() {
            return Line::toned("nobody here has these letters", Tone::Dim);
        }
        let key = key_of(OnDesk::Search).map(|key| key.to_string()).unwrap_or_default();
        Line::toned("nobody was opened yet: ", Tone::Dim)
            .then(key, Tone::Key)
            .then(" finds a customer, and whoever is opened stands here from then on", Tone::Dim)
    }
}

/// What letters are looked for in.
fn words(state: &State, id: &CustomerId) -> String {
    let known = state.data.customer(id).map(|customer| panes::haystack(customer));
    format!("{} {id}", known.unwrap_or_default())
}

fn cells(state: &State, visit: &Visit) -> Vec<Line> {
    let opened = Line::toned(visit.at.short(state.zone(), state.now()), Tone::Dim);
    let Some(customer) = state.data.customer(&visit.customer) else {
        return vec![Line::toned(visit.customer.to_string(), Tone::Dim), Line::default(), opened];
    };
    let email = customer.email.as_ref().map(ToString::to_string).unwrap_or_default();
    let open = state.open.as_ref() == Some(&visit.customer);
    let name = if customer.deleted { "(deleted)" } else { customer.title() };
    let tone = if open { Tone::Accent } else { Tone::Plain };
    let email = if email == name { String::new() } else { email };
    vec![Line::toned(name, tone), Line::toned(email, Tone::Dim), opened]
}

/// Cells of a row, as the sheet will have them.
fn room(state: &State) -> usize {
    let width = if WIDTH.saturating_add(4) > state.width { state.width } else { WIDTH };
    usize::from(width.saturating_sub(4))
}

impl Overlay for Recent {
    type Do = Do;

    const NAME: &'static str = "Recent customers";

    fn sheet(&self, state: &State) -> Sheet {
        let count = match (self.found(state).len(), state.lately.len()) {
            (_, 0) => String::new(),
            (found, all) => format!("{found} of {all}"),
        };
        let mut head = vec![self.narrow.item("Find", (INPUT, "name, e-mail or id"), count)];
        if !self.found(state).is_empty() {
            let places = listing::places(listing::VISITS, room(state));
            head.push(Item::Text(listing::titles(listing::VISITS, &places)));
        }
        let trouble = self.trouble.as_ref().map(|why| {
            Item::Text(Line::toned(
                format!("✖ who was opened before cannot be told: {}", clean(why)),
                Tone::Bad,
            ))
        });
        Sheet {
            title: Line::toned("Recent customers", Tone::Accent),
            tone: if state.live() { Tone::Live } else { Tone::Accent },
            head,
            items: self.items(state, room(state)),
            pinned: trouble.into_iter().collect(),
            scroll: self.narrow.list.scrolled(),
            width: WIDTH,
            ..Sheet::default()
        }
    }

    fn table() -> Vec<Binding<Do>> {
        [OPEN].into_iter().chain(list::arrows(Do::Go)).chain(OUT).collect()
    }

    fn now(&self, does: Do, state: &State) -> Now {
        match does {
            Do::Open => Now::on(self.chosen(state).is_some()),
            Do::Go(_) => list::selects(self.found(state).len()),
            Do::Clear => Now::on(!self.narrow.is_empty()),
            Do::Back => Now::on(self.narrow.is_empty()),
        }
    }

    fn act(&mut self, does: Do, state: &mut State, commands: &mut Commands) -> After {
        match does {
            Do::Open => {
                if let Some(customer) = self.chosen(state) {
                    update::visit(state, &customer, commands);
                    return After::Close;
                }
            }
            Do::Go(to) => {
                let (count, view) = (self.found(state).len(), self.view(state));
                self.narrow.list.select(to, count, view);
            }
            Do::Clear => self.narrow.put(""),
            Do::Back => return After::Close,
        }
        After::Stay
    }

    fn types(&self) -> bool {
        true
    }

    fn typed(&mut self, key: Key, _state: &mut State) {
        let _changed = self.narrow.typed(key);
    }

    fn wheel(rows: isize) -> Option<Do> {
        Some(Do::Go(Move::Rows(rows)))
    }

    fn paste(&mut self, text: &str, _state: &mut State) {
        self.narrow.put(text);
    }

    fn hear(&mut self, message: &Message, state: &mut State, commands: &mut Commands) -> After {
        if let Message::Remembered { task, result } = message
            && self.asked == Some(*task)
        {
            self.asked = None;
            self.trouble = result.as_ref().err().cloned();
            self.name(state, commands);
        }
        self.narrow.list.within(self.found(state).len());
        After::Stay
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        desk::{
            fixture::{press, state, tell, text},
            message::{Command, Memory},
        },
        time::Unix,
    };

    fn visit(id: &str, at: i64) -> Visit {
        Visit { customer: CustomerId::parse(id).unwrap(), at: Unix(1_795_400_000 + at) }
    }

    /// The list, once what is remembered was read; with what it asks then.
    fn recent(lately: Vec<Visit>) -> (State, Vec<Command>) {
        let mut state = state();
        state.search.typing = false;
        let [Command::Remember { task, whose: None, opened: false }] = press(&mut state, "H")[..] else {
            panic!("it reads")
        };
        let asked =
            tell(&mut state, &Message::Remembered { task, result: Ok(Memory { lately, notes: None }) });
        (state, asked)
    }

    #[test]
    fn who_is_unknown_is_read_and_who_is_known_is_named() {
        let (mut state, asked) = recent(vec![visit("cus_9", 60), visit("cus_1", 0)]);
        let [Command::Ask { task, question, prefetch: true }] = &asked[..] else { panic!("{asked:?}") };
        assert_eq!(*question, Question::Customer(CustomerId::parse("cus_9").unwrap()));
        let shown = text(&state);
        assert!(shown.contains("▸cus_9") && shown.contains(" Ada Lovelace"), "{shown}");
        let json = r#"{"id":"cus_9","object":"customer","name":"Bob\u001b","email":"bob@example.com"}"#;
        let result = Ok(question.read(json).unwrap());
        assert_eq!(tell(&mut state, &Message::Reply { task: *task, result }), []);
        let shown = text(&state);
        assert!(shown.contains("▸Bob␛") && shown.contains("bob@example.com"), "{shown}");
        assert!(shown.contains("22 Nov") || shown.contains("23 Nov"), "{shown}");
    }

    #[test]
    fn letters_narrow_and_enter_opens() {
        let (mut state, _) = recent(vec![visit("cus_9", 60), visit("cus_1", 0)]);
        press(&mut state, "lovl");
        let shown = text(&state);
        assert!(shown.contains("1 of 2") && shown.contains("▸Ada Lovelace"), "{shown}");
        press(&mut state, "<esc>");
        assert!(text(&state).contains("2 of 2"));
        press(&mut state, "xyzxyz");
        assert!(text(&state).contains("nobody here has these letters"));
        press(&mut state, "<esc>");
        let commands = press(&mut state, "<enter>");
        assert!(state.modals.is_empty());
        assert_eq!(state.open.as_ref().unwrap().as_str(), "cus_9");
        let opened = CustomerId::parse("cus_9").ok();
        assert!(commands.iter().any(
            |command| matches!(command, Command::Remember { whose: who, opened: true, .. } if *who == opened)
        ));
    }

    #[test]
    fn nobody_yet_says_how_somebody_gets_here_and_a_failure_says_why() {
        let (mut state, _) = recent(vec![]);
        assert!(text(&state).contains("nobody was opened yet: / finds a customer"), "{}", text(&state));
        press(&mut state, "<esc>");
        let [Command::Remember { task, .. }] = press(&mut state, "H")[..] else { panic!() };
        tell(&mut state, &Message::Remembered { task, result: Err("the disk is full".into()) });
        assert!(text(&state).contains("cannot be told: the disk is full"), "{}", text(&state));
    }

    #[test]
    fn what_was_opened_in_this_sitting_stands_here_though_nothing_can_be_kept() {
        let (mut state, _) = recent(vec![visit("cus_9", 0)]);
        let commands = press(&mut state, "<enter>");
        let task = commands.iter().find_map(|command| match command {
            Command::Remember { task, .. } => Some(*task),
            _ => None,
        });
        tell(&mut state, &Message::Remembered { task: task.unwrap(), result: Err("no".into()) });
        assert_eq!(state.lately.len(), 1);
        assert_eq!(state.lately[0].at, state.now());
    }
}
