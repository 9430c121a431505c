//! What a draft hears: fresh facts, and why the gate stopped it.

use super::{Draft, Facts, Stage};
use crate::{
    actions::Subject,
    desk::{
        form::{CONFIRM, Form},
        message::{Commands, Message},
        modals::After,
        sheet::Tone,
        state::State,
        verdict::{denial, earlier_words},
    },
    gate::{self, Stopped},
    policy::Fact,
};

impl Draft {
    /// Answers to its own tasks. `fresh` is called when the object was read again.
    pub fn hear(
        &mut self,
        message: &Message,
        state: &mut State,
        commands: &mut Commands,
        fresh: impl FnOnce(&mut Form, &Subject),
    ) -> After {
        match message {
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

    /// Takes the fresh object; what differs from the one on screen is marked, and the next Enter does not confirm.
    fn read(&mut self, subject: &Subject, state: &State, fresh: impl FnOnce(&mut Form, &Subject)) {
        self.facts = Facts::Known;
        let moved = self
            .definition()
            .map(|action| gate::moved(action, &self.seen, subject, &state.zone()))
            .unwrap_or_default();
        let told_already = self.stage == Stage::LookAgain;
        if !moved.is_empty() {
            self.form.set(CONFIRM, "");
            self.stage = Stage::LookAgain;
            if !told_already {
                self.told.extend(moved.into_iter().map(|line| (Tone::Warn, format!("moved: {line}"))));
            }
        }
        self.seen = subject.clone();
        fresh(&mut self.form, subject);
    }

    fn tell(&mut self, tone: Tone, text: impl Into<String>) {
        self.told.push((tone, text.into()));
    }

    /// Nothing was sent: says why, and reads again what the next try will rest on.
    fn stopped(&mut self, stopped: &Stopped, state: &mut State, commands: &mut Commands) {
        self.stage = Stage::Filling;
        self.told.clear();
        match stopped {
            Stopped::Denied(decision) => {
                self.form.set(CONFIRM, "");
                self.tell(
                    Tone::Bad,
                    format!("denied on fresh facts, nothing was sent: {}", denial(&decision.rules)),
                );
            }
            Stopped::Unconfirmed { message, .. } => {
                self.form.set(CONFIRM, "");
                self.tell(Tone::Warn, message.clone());
            }
            Stopped::Moved { changes, .. } => {
                self.form.set(CONFIRM, "");
                self.stage = Stage::LookAgain;
                self.tell(Tone::Bad, "it has moved since you read it: nothing was sent");
                for line in changes {
                    self.tell(Tone::Warn, format!("moved: {line}"));
                }
            }
            Stopped::Invalid { field, message } => {
                self.form.focus(field);
                self.tell(Tone::Bad, format!("{message}: nothing was sent"));
            }
            Stopped::Equal { earlier, message } => {
                self.stage = Stage::Repeat;
                self.tell(Tone::Warn, message.clone());
                self.tell(Tone::Warn, earlier_words(earlier, state));
                return;
            }
            Stopped::Busy { earlier, message } => {
                self.tell(Tone::Bad, message.clone());
                self.tell(Tone::Warn, earlier_words(earlier, state));
            }
            Stopped::Facts(why) => self.tell(Tone::Bad, format!("{why}: nothing was sent")),
            Stopped::Ledger(why) => {
                self.tell(Tone::Bad, format!("it cannot be recorded, so nothing was sent: {why}"));
            }
        }
        self.ask_facts(state, commands);
    }
}
