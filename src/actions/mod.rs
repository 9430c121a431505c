//! The catalogue: what an agent can do, as data. Palette, keys, forms, help, command-line parameters, policy class, confirm
//! sentence, ledger line and docs are read from these literals and never typed again.

mod amended;
#[cfg(test)]
mod another;
mod args;
mod crediting;
mod customers;
mod disputes;
mod evidence;
mod field;
#[cfg(test)]
mod fixture;
mod foretell;
mod given;
mod holds;
mod invoices;
mod item;
mod labels;
mod paying;
mod payments;
mod plans;
mod products;
mod proof;
mod proposal;
mod reads;
mod subject;
mod subscriptions;
mod verb;

use std::collections::BTreeMap;

pub use args::{Args, FieldError, Moment};
pub use crediting::left_to_credit;
pub use field::{Choice, Field, FieldKind, HERE, IN_PATH, Other};
pub use item::Item;
pub use proof::{Answer, Done, Listed, MARK, Proof, Sent};
use proof::{by_absence, by_mark, by_state, by_step, unreadable};
pub use proposal::{Becomes, CancelWhen, Lasts, Off, PlanMove, Proposal, Step, TakesOff, Terms};
use reads::watch;
pub use reads::{Reads, Shown, Watch};
use serde::{Deserialize, Serialize};
pub use subject::Subject;
pub use subscriptions::{BEHAVIORS as PRORATIONS, PRORATION as CREDITS, planned_end};

use crate::{
    model::Kind,
    request::{Method, Request},
};

/// The area an action belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    Payments,
    Customers,
    Subscriptions,
    Invoices,
    Products,
    Disputes,
}

/// What an action does to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    Read,
    Write,
    /// Moves or binds money.
    Money,
    /// Cannot be taken back.
    Destructive,
}

/// Which part of the policy decides. A kind of rule, not an action: several actions share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    None,
    Refund,
    Cancel,
    Pause,
    ChangePlan,
    Proration,
    Trial,
    Discount,
    Credit,
    Payments,
    ChargeDetails,
    CustomerDetails,
    PaymentMethod,
    Portal,
    InvoicesView,
    InvoicesWrite,
    Disputes,
}

/// What a restricted key needs: `rak_<resource>_<read|write>` in Stripe's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Permission {
    pub resource: &'static str,
    pub write: bool,
}

impl std::fmt::Display for Permission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.resource, if self.write { "write" } else { "read" })
    }
}

/// What the desk reads and no action does: amounts that wait for a next invoice. The permission, and the list.
pub const BESIDES: (&str, &str) = ("invoice_item", "/v1/invoiceitems");

/// What a key needs for these actions and the desk: by resource, whether it has to write, and for which of them.
pub fn needed<'a>(
    actions: impl Iterator<Item = &'a Action>,
) -> BTreeMap<&'static str, (bool, Vec<&'static str>)> {
    let mut needed: BTreeMap<_, (bool, Vec<_>)> = BTreeMap::new();
    for action in actions {
        let (write, names) = needed.entry(action.permission.resource).or_default();
        *write |= action.permission.write;
        names.push(action.name);
    }
    needed.entry(BESIDES.0).or_default();
    needed
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub method: Method,
    /// With `{id}` placeholders.
    pub path: &'static str,
}

const fn post(path: &'static str) -> Endpoint {
    Endpoint { method: Method::Post, path }
}

const fn get(path: &'static str) -> Endpoint {
    Endpoint { method: Method::Get, path }
}

const fn delete(path: &'static str) -> Endpoint {
    Endpoint { method: Method::Delete, path }
}

const fn read(resource: &'static str) -> Permission {
    Permission { resource, write: false }
}

const fn write(resource: &'static str) -> Permission {
    Permission { resource, write: true }
}

/// Arguments to a call. Pure.
#[derive(Clone, Copy, Debug)]
pub enum Build {
    /// A reading call that its fields make by themselves: ids in the path, the others as parameters of their names.
    Read,
    /// A reading call of a shape of its own.
    ReadBy(fn(&Args, &Moment) -> Result<Request, FieldError>),
    /// A reading call that only the object that it is about makes whole: the items of a subscription, the currency of an
    /// invoice. The object is the first of `reads`.
    ReadOn(fn(&Args, &Subject, &Moment) -> Result<Request, FieldError>),
    /// A frozen proposal.
    Change(fn(&Args, &Subject, &Moment) -> Result<Proposal, FieldError>),
}

/// What an action gives back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// One object, as Stripe's `object` names it: `charge`.
    One(&'static str),
    /// Pages of such objects.
    List(&'static str),
}

const SINCE: Field = Field::new("since", "Since", FieldKind::When)
    .help("made at this time or later", "2026-11-01")
    .param("created[gte]");
const UNTIL: Field = Field::new("until", "Before", FieldKind::When)
    .help("made before this time", "yesterday")
    .param("created[lt]");

/// What all reading actions have in common: `Action { name, …, ..READ }`.
const READ: Action = Action {
    name: "",
    family: Family::Payments,
    effect: Effect::Read,
    key: None,
    hint: "show",
    verb: "show {it}",
    summary: "",
    also_called: &[],
    endpoint: get(""),
    permission: read(""),
    gate: Gate::None,
    also: &[],
    fields: &[],
    reads: &[],
    proof: Proof::Untold("it only reads"),
    on: &[],
    applies: |_| Ok(()),
    build: Build::Read,
    gives: Gives::One(""),
    refreshes: &[],
    undo: None,
    metadata: false,
};

/// One named action.
pub struct Action {
    pub name: &'static str,
    pub family: Family,
    pub effect: Effect,
    /// The key that starts it on a row of one of the kinds in `on`.
    pub key: Option<&'static str>,
    /// The word for it on the bottom line.
    pub hint: &'static str,
    /// What it does, with its amount or its object in place: `refund {amount}`, `write {it} off`, `make a portal link`. See
    /// [`Action::does`].
    pub verb: &'static str,
    /// One line for palette, help and docs.
    pub summary: &'static str,
    /// What people call it who do not know its name: the palette finds it by these, and `run` answers them with it.
    pub also_called: &'static [&'static str],
    pub endpoint: Endpoint,
    pub permission: Permission,
    pub gate: Gate,
    /// Further parts of the policy that have a say with some arguments.
    pub also: &'static [Gate],
    pub fields: &'static [Field],
    /// The objects that are read again before anything is sent; the first is what it is done to.
    pub reads: &'static [Reads],
    /// How reading tells whether it was done.
    pub proof: Proof,
    pub on: &'static [Kind],
    /// Whether it can be done to this object in its present state, or why not.
    pub applies: fn(&Subject) -> Result<(), String>,
    pub build: Build,
    /// What comes back.
    pub gives: Gives,
    /// What may look different afterwards.
    pub refreshes: &'static [Kind],
    /// The action that takes it back, where one does.
    pub undo: Option<&'static str>,
    /// Stripe takes `metadata` with it, so the intent's id can be found again by reading.
    pub metadata: bool,
}

impl std::fmt::Debug for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Action({})", self.name)
    }
}

impl Action {
    /// By its own name, or by the one that Stripe has for it.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        let own = self.fields.iter().find(|field| field.name == name);
        own.or_else(|| self.fields.iter().find(|field| field.param == name))
    }

    /// The first of its other names that has all of the text's words, or their beginnings, in their order.
    pub fn called(&self, text: &str) -> Option<&'static str> {
        crate::text::called(self.also_called, text)
    }

    /// Money may go back to a customer by it: the day's refunds have to be known.
    pub fn may_refund(&self) -> bool {
        self.gate == Gate::Refund || self.also.contains(&Gate::Refund)
    }

    /// The frozen proposal of a change.
    pub fn propose(&self, args: &Args, subject: &Subject, moment: &Moment) -> Result<Proposal, FieldError> {
        match self.build {
            Build::Change(build) => build(args, subject, moment),
            Build::Read | Build::ReadBy(_) | Build::ReadOn(_) => Err(FieldError::new(
                "action",
                format!("{} changes nothing: there is nothing to confirm", self.name),
            )),
        }
    }

    /// A line that does it on the command line. Where nothing but the object is required, it is given something to change.
    pub fn example(&self) -> String {
        let required = self.fields.iter().filter(|field| field.required);
        let bare = required.clone().all(|field| Some(field.name) == self.target_field());
        let more = self.fields.iter().find(|field| !field.required && field.name != "note");
        let more = more.filter(|_| bare && self.effect == Effect::Write);
        let given = required.chain(more).map(|field| {
            let plain = |letter: char| letter.is_alphanumeric() || "_-.:/@…,=+".contains(letter);
            let quote = match field.example {
                example if example.chars().all(plain) => "",
                example if example.contains('\'') => "\"",
                _ => "'",
            };
            format!(" {}={quote}{}{quote}", field.name, field.example)
        });
        format!("paydesk run {}{}", self.name, given.collect::<String>())
    }

    /// The call of a reading action, without limit and cursor. Those that need the object that they are about say so: see
    /// [`Action::call`].
    pub fn request(&self, args: &Args, moment: &Moment) -> Result<Request, FieldError> {
        self.call(args, None, moment)
    }

    /// The call of any reading action, without limit and cursor; with the object where its `reads` name one.
    pub fn call(
        &self,
        args: &Args,
        subject: Option<&Subject>,
        moment: &Moment,
    ) -> Result<Request, FieldError> {
        match (self.build, subject) {
            (Build::Read, _) => self.by_fields(args, moment),
            (Build::ReadBy(build), _) => build(args, moment),
            (Build::ReadOn(build), Some(subject)) => build(args, subject, moment),
            (Build::ReadOn(_), None) => {
                let field = self.target_field().unwrap_or_default();
                Err(FieldError::new(field, "it has to be read first"))
            }
            (Build::Change(_), _) => {
                Err(FieldError::new("action", format!("{} is a change, not a reading", self.name)))
            }
        }
    }

    fn by_fields(&self, args: &Args, moment: &Moment) -> Result<Request, FieldError> {
        let (mut ids, mut params) = (Vec::new(), Vec::new());
        for field in self.fields {
            let found = field.params(args, moment)?;
            if field.param == IN_PATH {
                ids.extend(found.into_iter().map(|(_, id)| id));
            } else {
                params.extend(found);
            }
        }
        let ids: Vec<_> = ids.iter().map(String::as_str).collect();
        let request = match self.endpoint.method {
            Method::Post => Request::post(self.endpoint.path, &ids),
            Method::Get | Method::Delete => Request::get(self.endpoint.path, &ids),
        };
        Ok(params.into_iter().fold(request, |request, (name, value)| request.with(&name, value)))
    }
}

/// One slice a file, one or two files a family: literals stand there, and what they call stands with them or, where that is long,
/// in files below (`subscriptions/pausing.rs`).
const FAMILIES: &[&[Action]] = &[
    payments::ACTIONS,
    holds::ACTIONS,
    customers::ACTIONS,
    paying::ACTIONS,
    subscriptions::ACTIONS,
    plans::ACTIONS,
    invoices::ACTIONS,
    crediting::ACTIONS,
    products::ACTIONS,
    disputes::ACTIONS,
    #[cfg(test)]
    another::ACTIONS,
];

pub fn all() -> impl Iterator<Item = &'static Action> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

pub fn find(name: &str) -> Option<&'static Action> {
    all().find(|action| action.name == name)
}

/// The action that people call so.
pub fn called(text: &str) -> Option<&'static Action> {
    all().find(|action| action.called(text).is_some())
}

/// Our words for a value that Stripe has in its objects of this name: of a subscription's `pause_collection.behavior`, `void`.
/// They are the choice's that sets it.
pub fn says(object: &str, path: &str, value: &str) -> Option<&'static str> {
    let sets = |action: &&Action| {
        action.effect > Effect::Read && matches!(action.gives, Gives::One(gives) if gives == object)
    };
    let fields = all().filter(sets).flat_map(|action| action.fields).filter(|field| field.path() == path);
    let mut choices = fields.filter_map(|field| match field.kind {
        FieldKind::Choice(choices) => choices.iter().find(|choice| choice.value == value),
        _ => None,
    });
    choices.next().map(|choice| choice.says)
}

/// The first action behind this part of the policy that does this to the world: what refunds, what cancels.
pub fn by(gate: Gate, effect: Effect) -> Option<&'static Action> {
    all().find(|action| action.gate == gate && action.effect == effect)
}

#[cfg(test)]
mod tests;
