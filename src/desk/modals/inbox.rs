//! Proposals that wait for a person, oldest first: who asked for what and why, until when, and how the rules stand to it. Enter opens
//! one in the form that any change has; `x` refuses it with a reason. What takes a second person is copied for them with `y`, and
//! their code goes in with `c`.

use serde::{Deserialize, Serialize};
use tui_input::Input;

use super::{
    After, Overlay, keys,
    list::{self, List, Move},
};
use crate::{
    desk::{
        binding::{self, Binding, Now, bind},
        form::edit,
        key::Key,
        message::{Command, Commands, Message, TaskId},
        sheet::{Field, Item, Line, Sheet, Tone},
        state::State,
        verdict, waiting, words,
    },
    gate::Slip,
    ledger::Asked,
    policy::Outcome,
    text::clean,
    time::span,
};

/// Characters of a reason.
const WHY_MOST: usize = 400;
const CODE_MOST: usize = 4_000;

/// Rows come and go by themselves: what is selected is a proposal, not a place.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Inbox {
    /// `prop_…`
    selected: Option<String>,
    list: List,
    /// The list is being read, or a refusal written.
    asked: Option<TaskId>,
    failed: Option<String>,
    writing: Option<Writing>,
}

/// What is typed about one.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Writing {
    /// `prop_…`
    asked: String,
    what: What,
    input: Input,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum What {
    /// Why it is refused.
    Reason,
    /// A second person's code.
    Code,
}

impl What {
    /// Characters.
    fn most(self) -> usize {
        match self {
            Self::Reason => WHY_MOST,
            Self::Code => CODE_MOST,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    Open,
    Refuse,
    /// To the clipboard, for a second person on another machine.
    Hand,
    Code,
    /// The reason is written.
    Send,
    /// The code is.
    Take,
    Keep,
    Again,
    Go(Move),
    Back,
}

const TABLE: [Binding<Do>; 9] = [
    bind(
        &["<enter>"],
        Do::Open,
        Some("look at it"),
        "the whole proposal in its form: confirmed there as any change",
    ),
    bind(&["x"], Do::Refuse, Some("refuse"), "refuse it, with a reason that whoever asked can read"),
    bind(
        &["y"],
        Do::Hand,
        Some("copy"),
        "copy it for a second person on another machine, who answers with a code",
    ),
    bind(
        &["c"],
        Do::Code,
        Some("code"),
        "give the code of a second person, for whoever asked or agreed to confirm it",
    ),
    bind(&["<enter>"], Do::Take, Some("take it"), "take the code: it is checked, and sends nothing yet"),
    bind(&["<enter>"], Do::Send, Some("refuse it"), "refuse it with this reason"),
    bind(&["<esc>"], Do::Keep, Some("let it wait"), "let it wait on"),
    bind(&["<c-r>"], Do::Again, None, "read again what waits"),
    bind(&["<esc>", "q", "A"], Do::Back, Some("back"), "back"),
];

impl Inbox {
    pub fn open(state: &mut State, commands: &mut Commands) -> Self {
        let asked = Some(waiting::read(state, commands));
        let mut inbox = Self { selected: None, list: List::default(), asked, failed: None, writing: None };
        inbox.select(0, state);
        inbox
    }

    fn select(&mut self, at: usize, state: &State) {
        self.list.at = at.min(state.waiting.len().saturating_sub(1));
        self.selected = state.waiting.get(self.list.at).map(|asked| asked.id.clone());
    }

    fn chosen<'a>(&self, state: &'a State) -> Option<&'a Asked> {
        let selected = self.selected.as_ref()?;
        state.waiting.iter().find(|asked| asked.id == *selected)
    }

    fn is_reading(&self, state: &State) -> bool {
        self.asked.is_some_and(|task| state.tasks.running.contains_key(&task))
    }

    /// What stands above the proposals.
    fn told(&self, state: &State) -> Vec<Item> {
        let again = binding::shown(TABLE, Do::Again);
        let failed = self
            .failed
            .as_ref()
            .map(|why| Item::Text(Line::toned(format!("✖ {} · {again} reads again", clean(why)), Tone::Bad)));
        let none = match state.waiting.is_empty() {
            true if self.is_reading(state) => Some("reading…"),
            true => Some("nothing waits for a person"),
            false => None,
        };
        let none = none.map(|words| Item::Text(Line::toned(words, Tone::Dim)));
        failed.into_iter().chain(none).collect()
    }

    fn say(&mut self, state: &mut State, commands: &mut Commands) {
        let Some(Writing { asked, what, input }) = self.writing.take() else { return };
        let text = input.value().trim().to_owned();
        self.failed = None;
        let task = state.start(match what {
            What::Reason => "refusing a proposal",
            What::Code => "checking a code",
        });
        self.asked = Some(task);
        commands.push(match what {
            What::Reason => Command::Refuse { task, asked, why: text },
            What::Code => Command::Code { task, asked, code: text },
        });
    }

    fn write(&mut self, what: What, state: &State) {
        let chosen = self.chosen(state).map(|asked| asked.id.clone());
        self.writing = chosen.map(|asked| Writing { asked, what, input: Input::default() });
    }

    fn hand(&self, state: &mut State, commands: &mut Commands) {
        let Some(asked) = self.chosen(state) else { return };
        let what = "the proposal, for a second person's `paydesk approve -`".to_owned();
        state.copy(Slip::of(asked).text(), what, commands);
    }
}

/// What is wanted, by whom and why, and how it stands.
fn lines(asked: &Asked, state: &State) -> Vec<Line> {
    let (proposal, now) = (&asked.proposal, state.now());
    let amount = proposal.amount.map(|amount| format!("{amount}  ")).unwrap_or_default();
    let mut lines =
        vec![Line::toned(amount, Tone::Accent).then(words::sentence(state, proposal), Tone::Strong)];
    let left = asked.expires.since(now);
    let until = match asked.over(now) {
        Some(over) => Line::toned(over, Tone::Bad),
        None => Line::toned(
            format!("until {} (in {})", asked.expires.short(state.zone(), now).trim(), span(left)),
            Tone::Dim,
        ),
    };
    let who = format!("{} asked {} ago · ", clean(&asked.asked_by), span(now.since(asked.asked)));
    let mut who = Line::toned(who, Tone::Plain);
    who.0.extend(until.0);
    lines.push(who);
    lines.extend(asked.why.as_ref().map(|why| Line::toned(format!("“{}”", clean(why)), Tone::Plain)));
    let agreed = asked.agreed.iter().map(|agreed| {
        let by = if agreed.code.is_some() { " by a signed code" } else { "" };
        Line::toned(format!("{} agrees to it{by}", clean(&agreed.by)), Tone::Good)
    });
    lines.extend(agreed);
    lines.push(match asked.not_by(&state.session.agent) {
        Some(_) => Line::toned("⚑ you asked for it: it waits for a second person", Tone::Info),
        None => stands(asked, state),
    });
    lines
}

/// By the rules of the agent at this desk, on what the desk knows; else by what was said when it was asked for.
fn stands(asked: &Asked, state: &State) -> Line {
    let (decision, then) = match waiting::known(state, &asked.proposal) {
        Some(subject) => {
            let mut proposal = asked.proposal.clone();
            proposal.terms.second = asked.second(&state.session.agent, &state.policy);
            (verdict::verdict(state, &proposal, subject, state.spent.clone()), "")
        }
        None => (asked.decision.clone(), "when it was asked for: "),
    };
    let why = decision.in_the_way().next().map(|looked| looked.says.clone()).unwrap_or_default();
    let (glyph, tone) = match decision.outcome {
        Outcome::Allow => ("✔ ", Tone::Good),
        Outcome::Confirm(_) => ("! ", Tone::Warn),
        Outcome::SecondPerson => ("⚑ ", Tone::Info),
        Outcome::Deny => ("✖ ", Tone::Bad),
    };
    Line::toned(format!("{glyph}{then}{}", clean(&why)), tone)
}

impl Overlay for Inbox {
    type Do = Do;

    const NAME: &'static str = "Inbox";

    fn sheet(&self, state: &State) -> Sheet {
        let mut items = self.told(state);
        for asked in &state.waiting {
            let selected = self.selected.as_ref() == Some(&asked.id);
            items.push(Item::Entry { lines: lines(asked, state), selected });
        }
        let mut pinned = Vec::new();
        if let Some(writing) = &self.writing {
            let (label, placeholder) = match writing.what {
                What::Reason => ("Refuse, since", "they read it"),
                What::Code => ("Code", "from `paydesk approve` on the other machine"),
            };
            let field = Field {
                value: writing.input.value().to_owned(),
                cursor: writing.input.cursor(),
                focused: true,
                width: 60,
                placeholder: placeholder.into(),
            };
            pinned.push(Item::Input { label: label.into(), field, after: Line::default() });
        }
        let title = match state.waiting.len() {
            0 => "Inbox".to_owned(),
            1 => "Inbox ── 1 proposal waits".to_owned(),
            count => format!("Inbox ── {count} proposals wait"),
        };
        Sheet {
            title: Line::toned(title, Tone::Accent),
            tone: if state.live() { Tone::Live } else { Tone::Accent },
            items,
            pinned,
            footer: if self.writing.is_some() { keys::answers(self, state) } else { Line::default() },
            width: 100,
            scroll: self.list.scrolled(),
            ..Sheet::default()
        }
    }

    fn table() -> Vec<Binding<Do>> {
        let [keys @ .., back] = TABLE;
        keys.into_iter().chain(list::table(Do::Go)).chain([back]).collect()
    }

    fn now(&self, does: Do, state: &State) -> Now {
        let chosen = self.chosen(state).is_some();
        match does {
            Do::Send | Do::Take => match &self.writing {
                Some(writing) if (writing.what == What::Code) != (does == Do::Take) => Now::Off,
                Some(writing) if writing.input.value().trim().is_empty() => Now::Dim(match writing.what {
                    What::Reason => "give a reason: whoever asked reads it".into(),
                    What::Code => "paste the code that the second person gave you".into(),
                }),
                writing => Now::on(writing.is_some()),
            },
            Do::Keep => Now::on(self.writing.is_some()),
            _ if self.writing.is_some() => Now::Off,
            Do::Open | Do::Hand => Now::on(chosen),
            Do::Refuse | Do::Code => match &state.session.read_only {
                _ if !chosen => Now::Off,
                Some(why) => Now::Dim(format!("nothing is decided while it is read-only: {why}")),
                None if self.is_reading(state) => Now::Dim("one moment: it is being read".into()),
                None => Now::On,
            },
            Do::Again => Now::on(!self.is_reading(state)),
            Do::Go(_) => list::selects(state.waiting.len()),
            Do::Back => Now::On,
        }
    }

    fn act(&mut self, does: Do, state: &mut State, commands: &mut Commands) -> After {
        match does {
            Do::Open => {
                let chosen = self.chosen(state).cloned();
                if let Some(modal) = chosen.and_then(|asked| waiting::take_up(state, &asked, commands)) {
                    return After::Push(Box::new(modal));
                }
            }
            Do::Refuse => self.write(What::Reason, state),
            Do::Code => self.write(What::Code, state),
            Do::Hand => self.hand(state, commands),
            Do::Send | Do::Take => self.say(state, commands),
            Do::Keep => self.writing = None,
            Do::Again => {
                self.failed = None;
                self.asked = Some(waiting::read(state, commands));
            }
            Do::Go(to) => {
                let at = state.waiting.iter().position(|asked| Some(&asked.id) == self.selected.as_ref());
                self.list.at = at.unwrap_or(self.list.at);
                self.list.select(to, state.waiting.len(), self.view(state));
                self.select(self.list.at, state);
                self.list.top = self.view(state).first;
            }
            Do::Back => return After::Close,
        }
        After::Stay
    }

    fn types(&self) -> bool {
        self.writing.is_some()
    }

    fn typed(&mut self, key: Key, _state: &mut State) {
        if let Some(writing) = &mut self.writing {
            let _changed = edit(&mut writing.input, writing.what.most(), key);
        }
    }

    fn confirms(&self, does: Do) -> bool {
        matches!(does, Do::Send | Do::Take)
    }

    fn wheel(rows: isize) -> Option<Do> {
        Some(Do::Go(Move::Rows(rows)))
    }

    fn paste(&mut self, text: &str, _state: &mut State) {
        if let Some(writing) = &mut self.writing {
            let room = writing.what.most().saturating_sub(writing.input.value().chars().count());
            let is_code = writing.what == What::Code;
            let whole: String =
                text.trim().chars().filter(|letter| !(is_code && letter.is_whitespace())).collect();
            let pasted: String = clean(&whole).chars().take(room).collect();
            writing.input = Input::new(format!("{}{pasted}", writing.input.value()));
        }
    }

    fn hear(&mut self, message: &Message, state: &mut State, _commands: &mut Commands) -> After {
        let ended = match message {
            Message::Inbox { task, result } => Some((*task, result.as_ref().err().cloned())),
            Message::Crashed { task } => Some((*task, Some("it broke off".into()))),
            _ => None,
        };
        if let Some((_, failed)) = ended.filter(|(task, _)| self.asked == Some(*task)) {
            self.asked = None;
            self.failed = failed;
        }
        if self.chosen(state).is_none() {
            self.writing = None;
            self.select(self.list.at, state);
        }
        After::Stay
    }
}
