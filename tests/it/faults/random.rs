//! Keys pressed at random, with time passing and faults coming and going: no change without its confirmed intent, nothing
//! twice, and six times Esc leads home.

use std::collections::BTreeSet;

use paydesk::{
    desk::{
        Message, State,
        draft::{Draft, Standing},
        form::CONFIRM,
        key::{Code, Key, parse_keys},
        message::{Mouse, MouseKind},
        modals::Modal,
        panes::PaneId,
        update,
        verdict::Needs,
    },
    ledger::{Intent, IntentState},
    money::Money,
    request::Method,
};

use super::*;
use crate::harness::desk::{Desk, NOW, Options};

/// Of each seed.
const PRESSES: usize = 700;

/// What an agent means to do, with a rest after each piece, and now and then a key that does not belong there.
const PLANS: &[&[&str]] = &[
    &["/<c-u>ada@", "<enter>", "2r", "<space>", "<s-tab><c-u>7.50", "<enter>"],
    &["/<c-u>ada@", "<enter>", "2jr", "<space>", "<s-tab><c-u>5", "<enter>", "y"],
    &["/<c-u>alan@", "<enter>", "2r", "<space>", "<enter><enter>", "49.00<enter>"],
    &["/<c-u>ada@", "<enter>", "2jjr", "<space>", "<enter><enter>", "99.00<enter>", "u"],
    &["/<c-u>grace@", "<enter>", "3x", "<enter><enter><enter>", "Pro<enter>"],
    &["/<c-u>grace@", "<enter>", "3X", "<enter><enter>"],
    &[
        "/<c-u>alan@",
        "<enter>",
        "3x",
        "<right>",
        "<enter><enter><enter><enter>",
        "Growth<enter>",
        "q",
        "<esc>",
    ],
];

/// Single keys, and the beginnings of what an agent would do.
const KEYS: &[&str] = &[
    "<enter>",
    "<enter>",
    "<enter>",
    "<enter>",
    "<esc>",
    "<esc>",
    "<space>",
    "<space>",
    "<tab>",
    "<s-tab>",
    "r",
    "r",
    "x",
    "X",
    "1",
    "2",
    "2",
    "3",
    "3",
    "4",
    "j",
    "k",
    "<down>",
    "<up>",
    "<left>",
    "<right>",
    "g",
    "G",
    "u",
    "y",
    "n",
    "z",
    "s",
    "S",
    "f",
    "J",
    "i",
    "o",
    "a",
    ",",
    "T",
    "?",
    "q",
    "w",
    "<c-r>",
    "<c-u>",
    "<c-c>",
    "<bs>",
    "9",
    "0",
    ".",
    "5",
    "<pgdn>",
    "<f1>",
    "<m-x>",
    "é",
    "ada@<enter>",
    "grace@<enter>",
    "2r<space>",
    "<s-tab><c-u>5<enter>",
    "2r<space><s-tab><c-u>7.50<enter>",
    "2jr<space><enter><enter>",
    "99.00<enter>",
    "49.00<enter>",
    "3x",
    "3X",
    "3x<enter><enter>",
    "Pro<enter>",
    "growth<enter>",
    "<esc><esc><esc>/<c-u>ada@",
    "<esc><esc><esc>",
    "3x<right><enter><enter>Pro<enter>",
    "2r<space><enter><enter>99.00<enter>",
];

/// None on what the panes read: those wait in real time before they ask again.
const FAULTS: &[&str] = &[
    "reset-after@POST /v1/refunds#1",
    "reset-before@POST /v1/refunds#1",
    "500-after@POST /v1/refunds#1",
    "503@POST /v1/refunds",
    "429@POST /v1/refunds#%2",
    "409@POST /v1/refunds#1-2",
    "truncated@* /v1/refunds*#%2",
    "garbage@GET /v1/refunds*#%4",
    "html@GET /v1/charges/ch_*#%3",
    "reset-after@POST /v1/subscriptions/*#1",
    "reset-after@DELETE *#1",
];

struct Monkey {
    chance: fastrand::Rng,
    desk: Desk,
    seed: u64,
    /// Confirmations that were given as they were asked for.
    confirmed: usize,
    /// What was pressed last, for messages.
    last: Vec<String>,
}

fn draft(state: &State) -> Option<&Draft> {
    match state.modals.last()? {
        Modal::Refund(modal) => Some(&modal.draft),
        Modal::Cancel(modal) => Some(&modal.draft),
        Modal::Confirm(modal) => Some(&modal.draft),
        _ => None,
    }
}

impl Monkey {
    fn new(seed: u64) -> Self {
        let desk = Desk::open(Options { customers: 60, ..Options::default() });
        Self { chance: fastrand::Rng::with_seed(seed), desk, seed, confirmed: 0, last: Vec::new() }
    }

    /// A plan from its beginning, more or less to its end.
    fn plan(&mut self) {
        self.pieces(&["<esc><esc><esc><esc><esc><esc>"]);
        let plan = PLANS[self.chance.usize(..PLANS.len())];
        self.pieces(plan);
        self.desk.after_ms(6_000);
    }

    fn pieces(&mut self, pieces: &[&str]) {
        for piece in pieces {
            parse_keys(piece).unwrap().into_iter().for_each(|key| self.press(key));
            if self.chance.u8(..12) == 0 {
                self.step();
            }
            self.desk.settle();
        }
    }

    fn step(&mut self) {
        let mut keys = parse_keys(KEYS[self.chance.usize(..KEYS.len())]).unwrap();
        if keys.len() == 1 && self.chance.u8(..8) == 0 {
            keys[0].repeat = true;
        }
        for key in keys {
            self.press(key);
        }
        let desk = &mut self.desk;
        match self.chance.u8(..60) {
            0..=19 => drop(desk.settle()),
            20..=24 => drop(desk.after_ms(2_000)),
            25 => drop(desk.after_ms(60_000)),
            26 => drop(desk.faults(FAULTS[self.chance.usize(..FAULTS.len())])),
            27..=29 => drop(desk.no_faults()),
            30 => drop(desk.resize(self.chance.u16(1..200), self.chance.u16(1..60))),
            31 => drop(desk.resize(140, 42)),
            32 => drop(desk.send(Message::Paste("99.00\n".into()))),
            33 => {
                let kind =
                    [MouseKind::Click, MouseKind::WheelUp, MouseKind::WheelDown][self.chance.usize(..3)];
                let (column, row) = (self.chance.u16(..200), self.chance.u16(..60));
                let _desk = desk.send(Message::Mouse(Mouse { kind, column, row }));
            }
            34 => drop(desk.send(Message::Wake)),
            35..=38 => assert!(!desk.screen().is_empty()),
            _ => drop(desk.hear()),
        }
    }

    /// A key that makes something be decided was the answer to exactly what was asked.
    fn press(&mut self, key: Key) {
        self.last.push(key.to_string());
        let before = draft(&self.desk.state).cloned();
        let asked = before.as_ref().map(|draft| (draft.standing(&self.desk.state), draft.clone()));
        self.desk.send(Message::Key(key));
        let now = draft(&self.desk.state).and_then(Draft::deciding);
        if now.is_some() && before.as_ref().and_then(Draft::deciding).is_none() {
            let (standing, draft) = asked.unwrap();
            self.was_asked(key, &standing, &draft);
        }
        if let Some(draft) = draft(&self.desk.state) {
            let nowhere = draft.form.focused().is_empty() && draft.form.entries().next().is_some();
            assert!(!nowhere, "{}: the focus is nowhere", self.tale());
        }
        if self.desk.left {
            let next = Desk::beside(&self.desk, Options { customers: 60, ..Options::default() });
            self.desk = next;
        }
    }

    fn was_asked(&mut self, key: Key, standing: &Standing, draft: &Draft) {
        let said_yes = key.code == Code::Enter || (draft.asks_repeat() && key.code == Code::Char('y'));
        assert!(said_yes && !key.repeat, "{}: {key:?} confirmed", self.tale());
        let Standing::Decided(proposal, decision) = standing else { panic!("{}: {standing:?}", self.tale()) };
        let typed = draft.form.get(CONFIRM).unwrap_or_default();
        let fits = match draft.needs(proposal, decision, &self.desk.state) {
            Needs::No(why) | Needs::Given { says: why, .. } => panic!("{}: {why}", self.tale()),
            Needs::Second(_) => panic!("{}: one person confirmed what takes two", self.tale()),
            Needs::Enter => true,
            Needs::Twice => draft.is_armed() || draft.asks_repeat(),
            Needs::Amount(amount) => Money::parse(typed, amount.currency()) == Ok(amount),
            Needs::Word(word) => typed.trim().eq_ignore_ascii_case(word.trim()),
        };
        assert!(fits, "{}: `{typed}` confirmed {}", self.tale(), proposal.sentence);
        self.confirmed += 1;
    }

    fn tale(&self) -> String {
        let from = self.last.len().saturating_sub(30);
        format!("seed {}, after {}", self.seed, self.last[from..].join(" "))
    }

    /// What Stripe was asked to change is what intents say, byte for byte.
    fn changes_have_their_intents(&self) {
        // What is sent while this looks has its intent first.
        let requests = self.desk.sandbox.requests();
        self.desk.sandbox.forget_requests();
        let intents = self.desk.gate.ledger().lock().unwrap().recent(10_000).unwrap();
        assert!(intents.len() <= self.confirmed, "{}: {} intents", self.tale(), intents.len());
        for seen in &requests {
            let preview = seen.path.ends_with("create_preview");
            if matches!(&*seen.method, "GET" | "HEAD") || preview {
                continue;
            }
            let is_it = |intent: &&Intent| {
                intent.request.path == seen.path
                    && match intent.request.method {
                        Method::Post => {
                            seen.method == "POST"
                                && intent.request.idempotency_key == seen.idempotency_key
                                && intent.request.body().as_deref() == Some(seen.params.as_str())
                        }
                        Method::Delete => seen.method == "DELETE",
                        Method::Get => false,
                    }
            };
            let found = intents.iter().find(is_it);
            let intent = found.unwrap_or_else(|| panic!("{}: no intent for {seen:?}", self.tale()));
            assert!(intent.first_sent.is_some(), "{}: {intent:?}", self.tale());
            let done = !matches!(intent.state, IntentState::Held | IntentState::Withdrawn);
            assert!(done, "{}: {intent:?}", self.tale());
        }
    }

    fn escape_leads_home(&self) {
        let mut state = self.desk.state.clone();
        let now = state.now_ms;
        let escape = Key::new(Code::Esc);
        for _ in 0..6 {
            drop(update(&mut state, now, Message::Key(escape)));
        }
        let open: String = format!("{:?}", state.modals).chars().take(300).collect();
        assert!(state.modals.is_empty(), "{}: {open}", self.tale());
        for _ in 0..6 {
            drop(update(&mut state, now, Message::Key(escape)));
        }
        assert!(state.focus == PaneId::Customers && !state.zoomed, "{}: {:?}", self.tale(), state.focus);
        assert!(!state.quitting || self.desk.state.quitting, "{}", self.tale());
    }

    /// Lets everything end, and compares the ledger with Stripe.
    fn the_end(&mut self) -> usize {
        for _ in 0..2 {
            self.desk.no_faults().after_ms(61_000);
            let next = Desk::beside(&self.desk, Options { customers: 60, ..Options::default() });
            self.desk = next;
        }
        let list = self.desk.elsewhere("GET", &format!("/v1/refunds?created[gte]={NOW}&limit=100"), "");
        assert_eq!(list["has_more"], false);
        let rows = list["data"].as_array().unwrap();
        let marks: Vec<_> =
            rows.iter().map(|row| row["metadata"]["paydesk_intent"].as_str().unwrap().to_owned()).collect();
        assert_eq!(marks.iter().collect::<BTreeSet<_>>().len(), marks.len(), "{}: twice", self.tale());
        let intents = intents_all(&self.desk);
        for intent in intents.iter().filter(|intent| intent.proposal.action == "refund_charge") {
            let made = marks.contains(&intent.id);
            match intent.state {
                IntentState::Settled => assert!(made, "{}: {intent:?}", self.tale()),
                IntentState::Refused | IntentState::Withdrawn => {
                    assert!(!made, "{}: {intent:?}", self.tale());
                }
                _ => {}
            }
        }
        let sum: i64 = rows.iter().map(|row| row["amount"].as_i64().unwrap()).sum();
        assert!(sum <= 60_000, "{}: {sum} is more than the day's cap", self.tale());
        whole_or_empty(&self.desk);
        intents.iter().filter(|intent| intent.state == IntentState::Settled).count()
    }
}

fn intents_all(desk: &Desk) -> Vec<Intent> {
    desk.gate.ledger().lock().unwrap().recent(10_000).unwrap()
}

fn whole_or_empty(desk: &Desk) {
    let verified = desk.gate.ledger().lock().unwrap().verify().unwrap();
    assert!(matches!(verified, Verified::Whole(_)), "{verified:?}");
}

fn run(seed: u64) -> usize {
    let mut monkey = Monkey::new(seed);
    let mut looked = 0;
    while monkey.last.len() < PRESSES {
        if monkey.chance.u8(..30) == 0 {
            monkey.plan();
        } else {
            monkey.step();
        }
        if monkey.last.len() >= looked + 50 {
            looked = monkey.last.len();
            monkey.desk.hear();
            monkey.changes_have_their_intents();
            monkey.escape_leads_home();
        }
    }
    monkey.the_end()
}

fn runs(seeds: std::ops::RangeInclusive<u64>) {
    let settled: usize = seeds.map(run).sum();
    assert!(settled >= 4, "too little happened: {settled}");
}

#[test]
fn random_keys_change_nothing_that_was_not_confirmed() {
    runs(1..=2);
}

#[test]
fn other_random_keys_change_nothing_that_was_not_confirmed() {
    runs(3..=4);
}
