//! Refund a charge: what is left, how much, why, and the verdict at every keystroke.

use serde::{Deserialize, Serialize};

use super::{After, Overlay, before::Before, parts};
use crate::{
    actions::Subject,
    desk::{
        binding::{self, Binding, Now, bind},
        draft::{self, Draft},
        form::Form,
        key::Key,
        message::{Commands, Message},
        sheet::{Item, Line, Sheet, Tone},
        state::State,
    },
    model::Charge,
    money::Money,
    policy::Mark,
    text::short_id,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refund {
    pub draft: Draft,
    /// The amount is the agent's own: it is not moved with what is left.
    touched: bool,
    #[serde(default)]
    before: Before,
}

impl Refund {
    /// Starts with everything that is left; the focus is where something is still missing.
    pub fn new(mut draft: Draft, state: &State) -> Self {
        // Rare enough for the command line.
        for name in ["instructions_email", "metadata"] {
            draft.form.show(name, false);
        }
        let touched = draft.form.get("amount").is_some();
        if !touched {
            fill(&mut draft.form, &draft.seen);
        }
        draft.sync(state);
        let mut refund = Self { draft, touched, before: Before::default() };
        if refund.asks_reason(state) {
            refund.draft.form.focus("reason");
        }
        refund
    }

    /// For a charge that was taken twice: the reason is given, and Enter goes on with it.
    #[must_use]
    pub fn as_duplicate(mut self, state: &State) -> Self {
        self.draft.form.set("reason", "duplicate");
        self.draft.changed();
        self.draft.rests(state);
        self.draft.sync(state);
        self.draft.form.focus("amount");
        self
    }

    /// The policy refuses for want of a reason.
    fn asks_reason(&self, state: &State) -> bool {
        let Ok(proposal) = self.draft.proposal(state) else { return false };
        let subject = crate::policy::Fact::Known(self.draft.seen.clone());
        let decision = crate::desk::verdict::verdict(state, &proposal, subject, state.spent.clone());
        decision.rules.iter().any(|looked| looked.mark == Mark::Deny && looked.rule.contains("reason"))
    }

    /// What stands there before anybody typed is selected, as it were: a number that begins with this letter takes its place.
    fn edited(&mut self, begins: Option<char>, state: &mut State, edit: impl FnOnce(&mut Draft, &mut State)) {
        let is_number = begins.is_some_and(|letter| letter.is_ascii_digit());
        let is_there = self.draft.is_open() && self.draft.form.focused() == "amount";
        if is_number && is_there && !self.touched {
            self.amount(false, state);
        }
        let before = self.draft.form.get("amount").map(str::to_owned);
        edit(&mut self.draft, state);
        self.touched |= self.draft.form.get("amount") != before.as_deref();
    }

    /// Type the whole rest, or start over.
    fn amount(&mut self, all: bool, state: &State) {
        if all {
            fill(&mut self.draft.form, &self.draft.seen);
        } else {
            self.draft.form.set("amount", "");
        }
        self.draft.form.focus("amount");
        self.touched = !all;
        self.draft.changed();
        self.draft.sync(state);
    }
}

fn fill(form: &mut Form, subject: &Subject) {
    if let Some(charge) = subject.read::<Charge>() {
        form.set("amount", &charge.left_to_refund().plain());
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    Form(draft::Do),
    /// The whole rest.
    All,
    Clear,
    /// Whoever types a number right away means the amount, wherever the form wants them to look first.
    Digit(char),
}

const TABLE: [Binding<Do>; 12] = [
    bind(&["<c-a>"], Do::All, None, "the whole amount that is left"),
    bind(&["<c-u>"], Do::Clear, None, "clear the amount"),
    digit(&["0"], '0'),
    digit(&["1"], '1'),
    digit(&["2"], '2'),
    digit(&["3"], '3'),
    digit(&["4"], '4'),
    digit(&["5"], '5'),
    digit(&["6"], '6'),
    digit(&["7"], '7'),
    digit(&["8"], '8'),
    digit(&["9"], '9'),
];

const fn digit(keys: &'static [&'static str], digit: char) -> Binding<Do> {
    bind(keys, Do::Digit(digit), None, "begin the amount anew with this digit")
}

impl Overlay for Refund {
    type Do = Do;

    const NAME: &'static str = "Refund form";

    fn sheet(&self, state: &State) -> Sheet {
        let mut items = Vec::new();
        if let Some(charge) = self.draft.seen.read::<Charge>() {
            let at = charge.created.short(state.zone(), state.now());
            let line = Line::toned(charge.money().to_string(), Tone::Strong)
                .then(format!(" · {} · {}", at.trim(), charge.method()), Tone::Plain);
            // On a narrow screen the id would cost a line of its own.
            let line = if state.width < parts::ROOMY {
                line
            } else {
                line.then(format!(" · {}", short_id(charge.id.as_str())), Tone::Plain)
            };
            items.push(Item::Pair { label: "Charge".into(), value: line });
            let left = Line::plain(charge.refunded_money().to_string())
                .then("   left to refund  ", Tone::Dim)
                .then(charge.left_to_refund().to_string(), Tone::Strong);
            items.push(Item::Pair { label: "Refunded".into(), value: left });
            items.push(Item::Gap);
            let after = Line::plain(charge.currency.to_string())
                .then(format!("   {}", binding::shown(TABLE, Do::All)), Tone::Key)
                .then(" all", Tone::Dim)
                .then(format!("   {}", binding::shown(TABLE, Do::Clear)), Tone::Key)
                .then(" clear", Tone::Dim);
            items.extend(parts::field(&self.draft, state, "amount", after));
        }
        items.extend(parts::field(&self.draft, state, "reason", Line::default()));
        items.extend(parts::field(&self.draft, state, "note", Line::default()));
        if let Some(charge) = self.draft.seen.read::<Charge>() {
            let amount = self.draft.form.get("amount");
            let amount = amount.and_then(|text| Money::parse(text, charge.currency).ok());
            items.extend(self.before.items(charge, amount, state));
        }
        parts::sheet(&self.draft, state, "Refund", items)
    }

    fn table() -> Vec<Binding<Do>> {
        TABLE.into_iter().chain(draft::table().into_iter().map(|row| row.within(Do::Form))).collect()
    }

    fn now(&self, does: Do, state: &State) -> Now {
        match does {
            Do::Form(does) => self.draft.now(does, state),
            Do::All => Now::on(self.draft.is_open()),
            // Amid words that are no reason it is no amount.
            Do::Digit(_) => {
                let form = &self.draft.form;
                Now::on(self.draft.is_open() && !form.types() && !form.is_astray())
            }
            Do::Clear => Now::on(
                self.draft.is_open() && (self.draft.form.focused() == "amount" || !self.draft.form.types()),
            ),
        }
    }

    fn act(&mut self, does: Do, state: &mut State, commands: &mut Commands) -> After {
        match does {
            Do::Form(does) => return self.draft.act(does, state, commands),
            Do::All => self.amount(true, state),
            Do::Clear => self.amount(false, state),
            Do::Digit(digit) => {
                self.amount(false, state);
                self.typed(Key::char(digit), state);
            }
        }
        After::Stay
    }

    fn types(&self) -> bool {
        self.draft.types()
    }

    fn typed(&mut self, key: Key, state: &mut State) {
        let begins = key.typed();
        self.edited(begins, state, |draft, state| draft.typed(key, state));
    }

    fn confirms(&self, does: Do) -> bool {
        matches!(does, Do::Form(does) if does.confirms())
    }

    fn wheel(rows: isize) -> Option<Do> {
        Some(Do::Form(draft::wheel(rows)))
    }

    fn paste(&mut self, text: &str, state: &mut State) {
        let begins = text.trim_start().chars().next();
        self.edited(begins, state, |draft, state| draft.paste(text, state));
    }

    fn settle(&mut self, state: &mut State, commands: &mut Commands) {
        self.before.settle(self.draft.seen.read::<Charge>(), state, commands);
    }

    fn hear(&mut self, message: &Message, state: &mut State, commands: &mut Commands) -> After {
        self.before.hear(message);
        let touched = self.touched;
        self.draft.hear(message, state, commands, |form, subject| {
            if !touched {
                fill(form, subject);
            }
        })
    }
}

#[cfg(test)]
#[path = "refund_tests/mod.rs"]
mod tests;
