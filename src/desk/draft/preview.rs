//! What Stripe tells beforehand of a change as it is filled in: asked for when nobody typed for a moment, and shown only as
//! long as it speaks of what stands in the form.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Draft;
use crate::{
    actions::{Action, Args, FieldKind, Moment},
    answers::Due,
    desk::{
        message::{Command, Commands, Message, TaskId, Trouble},
        question::{Answer, Question},
        state::State,
        verdict::moment,
    },
    model::{Invoice, Record},
    request::Request,
    time::Unix,
};

/// Nobody types for so long before Stripe is asked.
pub const PAUSE_MS: i64 = 150;
/// As of when it is computed: the change is made as of the same second, so that what was shown is what happens.
const AS_OF: &str = "proration_date";
/// How the preview stands.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Preview {
    /// The call that tells it for the form as it stands; none where there is nothing to tell.
    wanted: Option<Request>,
    /// What was filled in when it was wanted last, and when that was: a time that is given as `in 10d` means the same as long as
    /// nothing else is filled in.
    #[serde(default)]
    filled: (Args, Unix),
    /// Objects that the arguments name besides, as they were asked for with the facts.
    pub(super) named: Args,
    due_ms: Option<i64>,
    /// When it was asked for, by Stripe's clock.
    #[serde(default)]
    asked_at: Unix,
    asked: Option<(TaskId, Request)>,
    read: Option<(Request, Result<Record<Value>, Trouble>)>,
}

/// The preview is one of a credit note: its parts were filled in, and are on the form.
fn is_note(told: &Value) -> bool {
    told.get("object").and_then(Value::as_str) == Some("credit_note")
}

/// What can be shown of it.
#[derive(Debug)]
pub enum Foretold<'a> {
    /// Nothing is filled in that it would be about, or Stripe tells nothing of such a change.
    Nothing,
    Asking,
    Told(&'a Record<Value>),
    Failed(&'a Trouble),
}

impl Draft {
    /// The preview of the form as it stands.
    pub fn foretold(&self) -> Foretold<'_> {
        let preview = &self.preview;
        let Some(wanted) = &preview.wanted else { return Foretold::Nothing };
        match &preview.read {
            Some((request, Ok(record))) if request == wanted => Foretold::Told(record),
            Some((request, Err(trouble))) if request == wanted => Foretold::Failed(trouble),
            _ => Foretold::Asking,
        }
    }

    /// Stripe was asked what the next bill comes to, and nothing was said of it that can be read.
    pub(super) fn is_untold(&self, state: &State) -> bool {
        match self.foretold() {
            Foretold::Failed(_) => true,
            Foretold::Told(record) => !is_note(record.object()) && self.due(state).is_none(),
            Foretold::Nothing | Foretold::Asking => false,
        }
    }

    /// What Stripe says that it comes to, where it previewed an invoice.
    pub fn due(&self, state: &State) -> Option<Due> {
        let Foretold::Told(record) = self.foretold() else { return None };
        let told = record.object();
        let is_invoice = told.get("object").and_then(Value::as_str) == Some("invoice");
        let invoice = is_invoice.then(|| Invoice::deserialize(told).ok()).flatten()?;
        let folder = invoice.customer_id().and_then(|id| state.data.folder(id));
        let others = folder.into_iter().flat_map(|folder| folder.upcoming.values());
        let others = others.filter(|slot| slot.trouble.is_none() && !slot.is_old);
        let others = others.filter_map(|slot| slot.value.as_ref()).map(Record::object);
        let asked = (self.as_of, self.preview.asked_at);
        Some(Due::of(&invoice, others, &self.args(), (asked, state.zone())))
    }

    /// The date of the preview, for a change that takes it.
    pub(super) fn dated(&self, args: &mut Args, action: &Action) {
        let takes = |one: &Action| one.field(AS_OF).is_some();
        let told = action.teller().is_some_and(takes) && takes(action) && action.is_told_of(args);
        if told && args.get(AS_OF).is_none() {
            args.set(AS_OF, self.as_of.0.to_string());
        }
    }

    /// Fields that are filled in by themselves are not shown.
    pub(super) fn hide_dated(&mut self) {
        if self.definition().is_some_and(|action| action.teller().is_some()) {
            self.form.show(AS_OF, false);
        }
    }

    fn wanted(&self, state: &State) -> Option<Request> {
        let action = self.definition().filter(|_| self.is_open() && self.seen.is_read())?;
        let then = Moment { now: self.preview.filled.1, ..moment(state) };
        action.foretell(&self.args(), &self.seen, &then)
    }

    /// The objects that are named besides the one that it is done to, as far as their ids are whole.
    fn named(&self) -> Args {
        let mut named = Args::default();
        let Some(action) = self.definition() else { return named };
        let args = self.args();
        for reads in action.reads.iter().skip(1) {
            let Some(field) = action.field(reads.field) else { continue };
            let whole = match field.kind {
                // What stands behind the object is read for it, whatever the amount is.
                _ if reads.link.is_some() => {
                    if args.get(field.name).is_some() {
                        named.set(field.name, "given");
                    }
                    continue;
                }
                FieldKind::Id(kind) => args.any_id(field.name, kind).is_ok(),
                _ => args.get(field.name).is_some() && args.items(field.name).is_ok(),
            };
            if let Some(value) = args.get(field.name).filter(|_| whole) {
                named.set(field.name, value);
            }
        }
        named
    }

    /// After every message: what the form stands for now is asked about, once nobody types any more.
    pub fn settle(&mut self, state: &mut State, commands: &mut Commands) {
        // What is being decided or asked about stays as it was told.
        if !self.is_open() {
            return;
        }
        self.choose_the_only(state);
        let args = self.args();
        if args != self.preview.filled.0 {
            self.preview.filled = (args, state.now());
        }
        let wanted = self.wanted(state);
        let named = self.named();
        if wanted != self.preview.wanted || (named != self.preview.named && self.preview.due_ms.is_none()) {
            self.preview.wanted = wanted;
            if let Some((task, _)) = self.preview.asked.take() {
                state.forget(task, commands);
            }
            let due = state.now_ms.saturating_add(PAUSE_MS);
            self.preview.due_ms = Some(due);
            commands.push(Command::Wake { at_ms: due });
            // What has to be typed goes by what is told.
            self.sync(state);
        }
        if self.preview.due_ms.is_none_or(|due| due > state.now_ms) {
            return;
        }
        self.preview.due_ms = None;
        // The verdict rests on what is named besides, and so does the preview.
        if named != self.preview.named {
            self.preview.named = named;
            self.ask_facts(state, commands);
        }
        self.ask_preview(state, commands);
    }

    fn ask_preview(&mut self, state: &mut State, commands: &mut Commands) {
        let Some(wanted) = self.preview.wanted.clone() else { return };
        let known =
            self.preview.read.as_ref().is_some_and(|(request, read)| *request == wanted && read.is_ok());
        let teller = self.definition().and_then(Action::teller);
        if let Some(teller) = teller.filter(|_| !known) {
            let action = teller.name.to_owned();
            let question = Question::Run { action, request: wanted.clone(), after: None };
            self.preview.asked_at = state.now().plus(state.api.skew_s);
            self.preview.asked = Some((state.ask(question, false, commands), wanted));
        }
    }

    /// What was told speaks of an object that is another one by now, or the agent wants it anew.
    pub(super) fn ask_preview_again(&mut self) {
        (self.preview.wanted, self.preview.read) = (None, None);
    }

    /// The answer, for whatever it was asked for. Says whether there is something new to be seen.
    pub(super) fn hear_preview(&mut self, message: &Message) -> bool {
        let Message::Reply { task, result } = message else { return false };
        let Some((_, request)) = self.preview.asked.take_if(|(asked, _)| asked == task) else { return false };
        let read = match result {
            Ok(Answer::One(record)) => Ok((**record).clone()),
            Ok(_) => return false,
            Err(trouble) => Err(trouble.clone()),
        };
        self.preview.read = Some((request, read));
        true
    }
}
