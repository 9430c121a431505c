//! A change while it is filled in: the object as the agent read it, the form, the live verdict, the confirmation, and what
//! stopped it last time. The modals of actions draw it; nothing here knows one action from another.

mod answers;
mod enter;
mod keys;
mod lists;
mod options;
mod preview;
mod said;
mod whole;

pub use keys::{Do, Enter, key, table, wheel};
pub use preview::{Foretold, PAUSE_MS};
use whole::only_money;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    form::{CONFIRM, Form},
    message::{Command, Commands, TaskId},
    rest::Rest,
    sheet::Tone,
    state::State,
    verdict::{Needs, moment, verdict},
};
use crate::{
    actions::{self, Action, Args, Effect, Field, FieldError, FieldKind, Gate, Proposal, Subject},
    model::AnyId,
    money::Money,
    policy::{Decision, Fact, Spent},
    text,
    time::Unix,
};

/// Letters of an id that have to be typed where nothing else can be told.
const UNTOLD_WORD: usize = 4;

fn asks_for(field: &Field, reason: &str) -> bool {
    field.asked_for.is_some_and(|reasons| reasons.contains(&reason))
}

/// What a customer owes or pays by it: what stands on the bill, told without asking Stripe.
fn owed(proposal: &Proposal) -> Option<Money> {
    let pays = proposal.gate == Gate::InvoicesWrite && proposal.effect == Effect::Money;
    let terms = &proposal.terms;
    let own = pays && terms.steps.is_empty() && terms.write_off.is_none();
    proposal.amount.filter(|amount| own && amount.minor() > 0)
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Draft {
    /// The action's name in the catalogue.
    pub action: String,
    pub target: AnyId,
    /// The object as it is shown: what the agent confirms.
    pub seen: Subject,
    /// The object as the agent last took note of it, while something has moved since.
    noted: Option<Subject>,
    pub form: Form,
    /// What has to be typed where a name confirms.
    pub confirm_word: Option<String>,
    spent: Fact<Spent>,
    facts: Facts,
    stage: Stage,
    /// What others did to the object meanwhile, until it is seen what came of it.
    #[serde(default)]
    heard: Vec<String>,
    /// What moved, or what stopped it last time.
    pub told: Vec<(Tone, String)>,
    /// Why the last key did nothing.
    pub says: Option<String>,
    /// The agent knows of an equal change minutes ago and wants this one too.
    repeat_ok: bool,
    /// `prop_…`: the proposal that it came from, to be confirmed with it.
    #[serde(default)]
    pub asked: Option<String>,
    #[serde(default)]
    shared: Option<answers::Shared>,
    preview: preview::Preview,
    /// When the form was opened, by Stripe's clock.
    as_of: Unix,
    /// What Enter confirms came up, or became something else, other than by the agent's own typing.
    #[serde(default)]
    rest: Rest,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Facts {
    Asked(TaskId),
    Known,
    /// Why they could not be read.
    Failed(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    Filling,
    /// The policy asks for a second Enter, and the first was given.
    Armed,
    /// Something moved under the agent's eyes: the next Enter only acknowledges it.
    LookAgain,
    /// An equal change was made minutes ago: only `y` goes on.
    Repeat,
    /// It is being decided on fresh facts and written down.
    Waiting(TaskId),
}

/// What can be said about the draft as it stands.
#[derive(Debug)]
pub enum Standing {
    /// A field cannot be taken as it is.
    Wrong(FieldError),
    /// Fresh facts are on their way.
    Reading,
    Decided(Box<Proposal>, Decision),
}

impl Draft {
    /// A form for the object, with fresh facts on their way.
    pub fn new(
        action: &'static Action,
        target: AnyId,
        seen: Subject,
        state: &mut State,
        commands: &mut Commands,
    ) -> Self {
        let mut draft = Self {
            action: action.name.to_owned(),
            target,
            seen,
            noted: None,
            form: Form::of(action),
            confirm_word: None,
            spent: state.spent.clone(),
            facts: Facts::Known,
            stage: Stage::Filling,
            heard: Vec::new(),
            told: Vec::new(),
            says: None,
            repeat_ok: false,
            asked: None,
            shared: None,
            preview: preview::Preview::default(),
            as_of: state.now().plus(state.api.skew_s),
            rest: Rest::default(),
        };
        draft.rests(state);
        draft.hide_dated();
        draft.put_in_order();
        draft.ask_facts(state, commands);
        draft
    }

    /// What the reason of a dispute asks for stands first.
    fn put_in_order(&mut self) {
        let Some(action) = self.definition().filter(|_| self.seen.is_read()) else { return };
        let reason = self.reason();
        if action.fields.iter().any(|field| field.asked_for.is_some()) {
            let wanted = |name: &str| action.field(name).is_some_and(|field| asks_for(field, &reason));
            self.form.put_first(wanted);
        }
    }

    /// Of a dispute, in Stripe's words.
    fn reason(&self) -> String {
        self.seen.value().get("reason").and_then(Value::as_str).map(text::clean).unwrap_or_default()
    }

    /// The reason that asks for this field first; blank where it is evidence that may help besides. None for any other field.
    pub fn asked_by(&self, name: &str) -> Option<String> {
        let field = self.definition()?.field(name)?;
        field.asked_for?;
        let reason = self.reason();
        Some(if asks_for(field, &reason) { reason.replace('_', " ") } else { String::new() })
    }

    fn ask_facts(&mut self, state: &mut State, commands: &mut Commands) {
        let task = state.start(format!("reading the {}", self.target.kind.noun()));
        self.facts = Facts::Asked(task);
        let (action, target, args) = (self.action.clone(), self.target.clone(), self.preview.named.clone());
        commands.push(Command::Facts { task, action, target, args });
    }

    pub fn definition(&self) -> Option<&'static Action> {
        actions::find(&self.action)
    }

    /// Today's refunds as the verdict counts them.
    pub fn spent(&self) -> &Fact<Spent> {
        &self.spent
    }

    /// Facts could not be read and can be asked for again.
    pub fn facts_trouble(&self) -> Option<&str> {
        match &self.facts {
            Facts::Failed(why) => Some(why),
            Facts::Asked(_) | Facts::Known => None,
        }
    }

    /// What is filled in, with the object that it is done to.
    pub fn args(&self) -> Args {
        if let Some(frozen) = self.shared.as_ref().and_then(|shared| shared.args.clone()) {
            return frozen;
        }
        let mut args = self.form.args();
        if let Some(action) = self.definition() {
            if let Some(field) = action.target_field() {
                args.set(field, self.target.id.clone());
            }
            self.dated(&mut args, action);
        }
        args
    }

    /// The proposal that the form stands for now, through the catalogue.
    pub fn proposal(&self, state: &State) -> Result<Proposal, FieldError> {
        let action = self.definition().ok_or_else(|| FieldError::new("action", "no such action"))?;
        let args = self.args();
        // What cannot be done at all is said before what is missing to do it.
        if let (true, Err(why)) = (self.seen.is_read(), (action.applies)(&self.seen)) {
            return Err(FieldError::new(action.target_field().unwrap_or_default(), why));
        }
        // Left out, an amount means everything: on a form that has to be said, not left blank.
        let asked = self.shared.as_ref().is_some_and(|shared| shared.args.is_some());
        if let Some(field) = only_money(action).filter(|field| !asked && args.get(field.name).is_none()) {
            return Err(FieldError::new(field.name, "give an amount"));
        }
        let mut proposal = action.propose(&args, &self.seen, &self.built_at(state))?;
        // Without a word of the form's own, the action's stands.
        if self.confirm_word.is_some() {
            proposal.terms.confirm_word.clone_from(&self.confirm_word);
        }
        proposal.terms.second = self.shared.as_ref().and_then(|shared| shared.second.clone());
        Ok(proposal)
    }

    pub fn standing(&self, state: &State) -> Standing {
        if !self.seen.is_read() && matches!(self.facts, Facts::Asked(_)) {
            return Standing::Reading;
        }
        let proposal = match self.proposal(state) {
            Ok(proposal) => proposal,
            Err(error) => {
                // What cannot be allowed is said before what is missing to ask for it.
                return match self.chosen_and_denied(state) {
                    Some((proposal, decision)) => Standing::Decided(Box::new(proposal), decision),
                    None => Standing::Wrong(error),
                };
            }
        };
        let subject = match &self.facts {
            Facts::Asked(_) => return Standing::Reading,
            Facts::Known => Fact::Known(self.seen.clone()),
            Facts::Failed(why) => Fact::Unknown(why.clone()),
        };
        let decision = verdict(state, &proposal, subject, self.spent.clone());
        Standing::Decided(Box::new(proposal), decision)
    }

    pub fn needs(&self, proposal: &Proposal, decision: &Decision, state: &State) -> Needs {
        let needs = match Needs::of(proposal, decision, self.confirm_word.as_deref()) {
            // What is taken at once is typed, as Stripe says that it comes to.
            Needs::Twice => match self.taken_now(state).or_else(|| owed(proposal)) {
                Some(amount) => Needs::Amount(amount),
                // What it takes cannot be told: that it may take something is not confirmed by a key alone.
                None if self.is_untold(state) && proposal.effect == Effect::Money => {
                    Needs::Word(self.untold_word())
                }
                None => Needs::Twice,
            },
            needs => needs,
        };
        match self.shared.as_ref().and_then(|shared| shared.in_the_way(matches!(needs, Needs::Second(_)))) {
            Some(why) if !matches!(needs, Needs::No(_) | Needs::Given { .. }) => Needs::No(why),
            _ => needs,
        }
    }

    /// The amount is one that was filled in.
    fn asks_amount(&self) -> bool {
        self.definition()
            .is_some_and(|action| action.fields.iter().any(|field| field.kind == FieldKind::Money))
    }

    /// What the change takes as soon as it is sent, where Stripe told.
    fn taken_now(&self, state: &State) -> Option<Money> {
        self.due(state)?.taken_now()
    }

    /// The last letters of the id: they can be typed, whatever anything is called.
    fn untold_word(&self) -> String {
        let id = &self.target.id;
        id.chars().skip(id.chars().count().saturating_sub(UNTOLD_WORD)).collect()
    }

    /// Shows the field for the confirmation where one has to be typed.
    pub fn sync(&mut self, state: &State) {
        let label = match self.standing(state) {
            Standing::Decided(proposal, decision) => match self.needs(&proposal, &decision, state) {
                Needs::Amount(amount) if self.taken_now(state) == Some(amount) => {
                    Some(format!("Type {}, billed now, to confirm", amount.plain()))
                }
                Needs::Amount(amount) if !self.asks_amount() => {
                    Some(format!("Type {} to confirm", amount.plain()))
                }
                // Of several amounts it is said which.
                Needs::Amount(_) if self.definition().is_some_and(|it| only_money(it).is_none()) => {
                    Some("Type the whole amount again to confirm".to_owned())
                }
                Needs::Amount(_) => Some("Type the amount again to confirm".to_owned()),
                Needs::Word(word) if self.is_untold(state) => {
                    Some(format!("Type {word}, the end of its id, to confirm without a preview"))
                }
                Needs::Word(word) => Some(format!("Type {word} to confirm")),
                Needs::Second(Some(_)) if self.asked.is_some() => {
                    Some("Type the amount again to agree".to_owned())
                }
                Needs::Second(Some(_)) => Some("Type the amount again to ask a second person".to_owned()),
                Needs::Enter | Needs::Twice | Needs::Second(None) | Needs::Given { .. } | Needs::No(_) => {
                    None
                }
            },
            Standing::Wrong(_) | Standing::Reading => None,
        };
        self.form.show(CONFIRM, label.is_some());
        self.form.label(CONFIRM, label.unwrap_or_default());
    }

    /// The task that decides on it, once it is confirmed.
    pub fn deciding(&self) -> Option<TaskId> {
        match self.stage {
            Stage::Waiting(task) => Some(task),
            _ => None,
        }
    }

    pub fn is_armed(&self) -> bool {
        self.stage == Stage::Armed
    }

    /// Something moved, and Enter only acknowledges it.
    pub fn looks_again(&self) -> bool {
        self.stage == Stage::LookAgain
    }

    pub fn asks_repeat(&self) -> bool {
        self.stage == Stage::Repeat
    }

    /// A field other than the confirmation changed: whatever was confirmed so far was for something else.
    pub fn changed(&mut self) {
        if self.stage != Stage::LookAgain {
            self.stage = Stage::Filling;
        }
        self.says = None;
        self.rest.end();
        self.repeat_ok = false;
        self.form.set(CONFIRM, "");
        if let Some(shared) = &mut self.shared {
            shared.args = None;
        }
    }

    pub fn paste(&mut self, text: &str, state: &State) {
        if self.deciding().is_some() || self.stage == Stage::Repeat {
            return;
        }
        if self.form.focused() == CONFIRM {
            self.says = Some("type it: a paste confirms nothing".into());
        } else {
            let over = self.form.over(text);
            if self.form.paste(text) {
                self.changed();
            }
            // Nobody hands in a letter that ends in the middle without knowing it.
            self.says = over
                .map(|(count, most)| {
                    format!("{count} characters are too many: Stripe takes {most}; the rest was left out")
                })
                .or(self.says.take());
        }
        self.sync(state);
    }

    /// What is wrong with the value of a field, whatever stands in the others.
    pub fn wrong_by_itself(&self, name: &str, state: &State) -> Option<FieldError> {
        let args = self.args();
        let field = self.definition()?.field(name).filter(|field| args.get(field.name).is_some())?;
        field.check(&args, &moment(state)).err()
    }
}
