//! What a draft hears: fresh facts, and why the gate stopped it.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{Draft, Facts, Stage};
use crate::{
    actions::{Args, FieldKind, Moment, Proposal, Subject},
    answers::news::News,
    desk::{
        form::{CONFIRM, Form},
        message::{Commands, Message},
        modals::After,
        question::Answer,
        sheet::Tone,
        state::State,
        verdict::{earlier_words, moment, stands},
    },
    gate::{self, Stopped},
    ledger::Asked,
    policy::{Fact, same_person},
    text,
    time::Unix,
};

/// What a form shows of a proposal that waits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Shared {
    /// As they were proposed, as long as nobody changed them here.
    pub(super) args: Option<Args>,
    /// When: no clock changes what was proposed.
    at: Unix,
    /// The other person who stands behind it.
    pub(super) second: Option<String>,
    /// Why the agent at this desk cannot decide it.
    not_by: Option<String>,
    /// They agreed already.
    agreed: bool,
}

impl Shared {
    fn of(asked: &Asked, state: &State) -> Self {
        let agent = &state.session.agent;
        Self {
            args: Some(asked.proposal.args.clone()),
            at: asked.asked,
            second: asked.second(agent, &state.policy),
            not_by: asked.not_by(agent),
            agreed: asked.agreed.iter().any(|agreed| same_person(&agreed.by, agent)),
        }
    }

    /// Why it cannot be confirmed here as it stands.
    pub(super) fn in_the_way(&self, takes_two: bool) -> Option<String> {
        if self.args.is_none() {
            return Some("this is not what was asked for: refuse that one, and do this apart".into());
        }
        let waits =
            (self.agreed && takes_two).then(|| "you agreed to it: it waits for another person".to_owned());
        self.not_by.clone().or(waits)
    }
}

const CHANGED: &str = "changed since: ";

/// A time as a person writes it: the day alone, where it means its beginning.
fn written(at: Unix, zone: &TimeZone) -> String {
    if at == at.start_of_day(zone) { at.day(zone).to_string() } else { at.rfc3339() }
}

impl Draft {
    /// Answers to its own tasks. `fresh` is called when the object was read again.
    pub fn hear(
        &mut self,
        message: &Message,
        state: &mut State,
        commands: &mut Commands,
        fresh: impl FnOnce(&mut Form, &Subject),
    ) -> After {
        if self.hear_preview(message) {
            self.rests(state);
            self.sync(state);
        }
        match message {
            Message::Reply { result: Ok(Answer::News(_)), .. } => self.hear_news(state, commands),
            Message::Facts { task, subject, spent } if self.facts == Facts::Asked(*task) => {
                self.spent = spent.clone();
                match subject {
                    Fact::Known(subject) => self.read(subject, state, fresh),
                    Fact::Unknown(why) => self.facts = Facts::Failed(why.clone()),
                }
            }
            Message::Prepared { task, result } if self.stage == Stage::Waiting(*task) => match result {
                Ok(_) => return After::Close,
                Err(stopped) => self.stopped(stopped, state, commands),
            },
            Message::Proposed { task, result } if self.stage == Stage::Waiting(*task) => match result {
                Ok(_) => return After::Close,
                Err(stopped) => self.stopped(stopped, state, commands),
            },
            Message::Crashed { task } if self.stage == Stage::Waiting(*task) => {
                self.stage = Stage::Filling;
                self.tell(Tone::Bad, "it broke off while it was being written down: nothing was sent");
                self.ask_facts(state, commands);
            }
            _ => return After::Stay,
        }
        self.sync(state);
        After::Stay
    }

    /// Something happened to the object elsewhere: it is read again, and until then nothing can be confirmed.
    fn hear_news(&mut self, state: &mut State, commands: &mut Commands) {
        let about: Vec<_> =
            state.live.fresh.iter().filter(|news| news.touches.contains(&self.target)).collect();
        // What is being decided is read afresh by the gate.
        if about.is_empty() || self.deciding().is_some() {
            return;
        }
        let says = |news: &&News| {
            let at = news.at.short(state.zone(), state.now());
            Some(format!("{} at {}", news.says.as_ref()?, at.trim()))
        };
        self.heard.extend(about.iter().filter_map(says));
        if !matches!(self.facts, Facts::Asked(_)) {
            self.ask_facts(state, commands);
        }
    }

    /// Takes the fresh object; what differs from the one on screen is marked, and the next Enter does not confirm.
    fn read(&mut self, subject: &Subject, state: &State, fresh: impl FnOnce(&mut Form, &Subject)) {
        self.facts = Facts::Known;
        let before = self.noted.as_ref().unwrap_or(&self.seen);
        let action = self.definition().filter(|_| before.is_read());
        // What was not on screen cannot have moved there.
        let moved =
            action.map(|action| gate::moved(action, before, subject, state.zone())).unwrap_or_default();
        if !before.is_read() {
            self.rest.begin(state.now_ms);
        }
        let heard = std::mem::take(&mut self.heard);
        if !moved.is_empty() {
            self.form.set(CONFIRM, "");
            self.look_again();
            for words in heard {
                self.tell(Tone::Bad, text::clean(&words));
            }
            self.told_moved(&moved);
        }
        let unseen = !self.seen.is_read();
        if self.seen.raw() != subject.raw() {
            self.ask_preview_again();
        }
        self.seen = subject.clone();
        if unseen {
            self.put_in_order();
        }
        fresh(&mut self.form, subject);
    }

    /// The next Enter only takes note; until then, everything that moves is told from what was noted last.
    fn look_again(&mut self) {
        self.stage = Stage::LookAgain;
        self.noted.get_or_insert_with(|| self.seen.clone());
    }

    /// `changed since: refunded $0.00 → $20.00`, in the place of what was told before.
    fn told_moved(&mut self, changes: &[String]) {
        self.told.retain(|(_, line)| !line.starts_with(CHANGED));
        for line in changes {
            self.tell(Tone::Warn, format!("{CHANGED}{}", line.replacen(": ", " ", 1)));
        }
    }

    /// The form of a change that was stopped while it was held, filled in as it was. It has to be confirmed anew, after a look
    /// at what moved.
    #[must_use]
    pub fn again(mut self, proposal: &Proposal, moved: &[String], state: &State) -> Self {
        self.fill(proposal, state);
        self.look_again();
        self.tell(Tone::Bad, "it moved while it was held: nothing was sent");
        self.told_moved(moved);
        self
    }

    /// The form of a proposal that waits, filled in as it was proposed, with who asked and why above it.
    #[must_use]
    pub fn proposed(mut self, asked: &Asked, state: &State) -> Self {
        self.fill(&asked.proposal, state);
        self.asked = Some(asked.id.clone());
        self.shared = Some(Shared::of(asked, state));
        let why = asked.why.as_ref().map(|why| format!(": {}", text::clean(why))).unwrap_or_default();
        self.tell(Tone::Info, format!("{} asks for it{why}", text::clean(&asked.asked_by)));
        for agreed in &asked.agreed {
            self.tell(Tone::Info, format!("{} agrees to it", text::clean(&agreed.by)));
        }
        self
    }

    /// Now; when it was asked for, where what is shown was asked for.
    pub(super) fn built_at(&self, state: &State) -> Moment {
        let now = moment(state);
        match self.shared.as_ref().filter(|shared| shared.args.is_some()) {
            Some(shared) => Moment { now: shared.at, ..now },
            None => now,
        }
    }

    fn fill(&mut self, proposal: &Proposal, state: &State) {
        for (name, value) in &proposal.args.0 {
            let kind = self.definition().and_then(|action| action.field(name)).map(|field| field.kind);
            let at = value.parse().ok().filter(|_| kind == Some(FieldKind::When)).map(Unix);
            self.form.set(name, &at.map_or_else(|| value.clone(), |at| written(at, state.zone())));
        }
        self.confirm_word.clone_from(&proposal.terms.confirm_word);
    }

    fn tell(&mut self, tone: Tone, text: impl Into<String>) {
        self.told.push((tone, text.into()));
    }

    /// Nothing was sent: says why, and reads again what the next try will rest on.
    fn stopped(&mut self, stopped: &Stopped, state: &mut State, commands: &mut Commands) {
        self.stage = Stage::Filling;
        self.told.clear();
        // A yes to "once more" was one to that answer; the next one asks anew.
        self.repeat_ok = false;
        match stopped {
            Stopped::Denied(decision) => {
                self.form.set(CONFIRM, "");
                self.tell(Tone::Bad, format!("nothing was sent: on fresh facts, {}", decision.denial()));
            }
            Stopped::Unconfirmed { message, .. } => {
                self.form.set(CONFIRM, "");
                self.tell(Tone::Warn, message.clone());
            }
            Stopped::Moved { changes, .. } => {
                self.form.set(CONFIRM, "");
                self.look_again();
                self.tell(Tone::Bad, "it has moved since you read it: nothing was sent");
                self.told_moved(changes);
            }
            Stopped::Invalid { field, message } => {
                self.form.focus(field);
                self.tell(Tone::Bad, format!("{message}: nothing was sent"));
            }
            Stopped::Equal { earlier, message } => {
                self.stage = Stage::Repeat;
                self.tell(Tone::Warn, message.clone());
                self.tell(Tone::Warn, format!("that one is {}", stands(earlier.state)));
                return;
            }
            Stopped::Busy { earlier, message } => {
                self.tell(Tone::Bad, message.clone());
                self.tell(Tone::Warn, earlier_words(earlier, state));
            }
            Stopped::Facts(why) | Stopped::Late(why) => {
                self.tell(Tone::Bad, format!("{why}: nothing was sent"));
            }
            Stopped::Ledger(why) => {
                self.tell(Tone::Bad, format!("it cannot be recorded, so nothing was sent: {why}"));
            }
        }
        self.ask_facts(state, commands);
    }
}
