//! Parameters of actions: what they are called, what they take, and what they are sent as.

use super::{Args, FieldError, Item, Moment};
use crate::model::{Kind, PaymentIntentId};

/// One value of a choice, with a word about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    pub value: &'static str,
    pub says: &'static str,
}

impl std::fmt::Display for Choice {
    /// Our words, and Stripe's value in brackets where it is another: whoever reads may know one of them alone.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.says == self.value {
            f.write_str(self.says)
        } else {
            write!(f, "{} ({})", self.says, self.value)
        }
    }
}

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    Id(Kind),
    /// In the currency of the object acted on.
    Money,
    Choice(&'static [Choice]),
    /// Characters at most.
    Text {
        most: usize,
    },
    /// Several, with commas between them; characters at most, each.
    Texts {
        most: usize,
    },
    Int {
        least: i64,
        most: i64,
    },
    When,
    Bool,
    /// `name=value, name=value`: metadata. An empty value takes the name away.
    Pairs,
    /// What a subscription holds: see [`Args::items`].
    Items,
}

impl FieldKind {
    /// What may be written, in a few words: for help, docs and schemas.
    pub fn takes(self) -> String {
        match self {
            Self::Id(kind) => format!("{} id", kind.noun()),
            Self::Money => "amount".into(),
            Self::Choice(choices) => {
                let values: Vec<_> = choices.iter().map(|choice| choice.value).collect();
                values.join(", ")
            }
            Self::Text { most } => format!("text, {most} characters at most"),
            Self::Texts { most } => format!("texts with commas between them, {most} characters at most each"),
            Self::Int { least, most } => format!("whole number from {least} to {most}"),
            Self::When => "time".into(),
            Self::Bool => "true or false".into(),
            Self::Pairs => "name=value, with commas between pairs".into(),
            Self::Items => "prices: price_1:2, +price_1:2, si_1=price_2:3, si_1:4, -si_1".into(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    pub label: &'static str,
    pub kind: FieldKind,
    pub required: bool,
    pub help: &'static str,
    pub example: &'static str,
    /// Its form name at Stripe, where that is another than its own; [`IN_PATH`] for an id that stands in the path, [`HERE`]
    /// for what stays with paydesk.
    pub param: &'static str,
    /// The option of a choice that is meant where nobody chooses; blank where none is.
    pub otherwise: &'static str,
    /// A word that stands for itself at Stripe, and not for the time that people mean by it: `now`. Blank where there is none.
    pub word: &'static str,
    /// Evidence: the reasons of a dispute that ask for it first, in Stripe's words. None for any other field.
    pub asked_for: Option<&'static [&'static str]>,
}

/// What else than its own id a field may be given, where it leads to the object: somebody has to ask Stripe which one that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Other {
    /// A customer's address.
    Email(String),
    /// The payment that a charge came of: it is what links to the Dashboard lead to.
    Payment(PaymentIntentId),
}

/// The `param` of a field whose id fills the path's placeholder.
pub const IN_PATH: &str = "{id}";

/// The `param` of a field that is not sent under a name of its own: a note, a direction.
pub const HERE: &str = "{here}";

impl Field {
    /// A field that may be left out. Chained with what else is to be said of it.
    pub const fn new(name: &'static str, label: &'static str, kind: FieldKind) -> Self {
        Self {
            name,
            label,
            kind,
            required: false,
            help: "",
            example: "",
            param: name,
            otherwise: "",
            word: "",
            asked_for: None,
        }
    }

    #[must_use]
    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// What it is for, and an example.
    #[must_use]
    pub const fn help(self, help: &'static str, example: &'static str) -> Self {
        Self { help, example, ..self }
    }

    #[must_use]
    pub const fn param(self, param: &'static str) -> Self {
        Self { param, ..self }
    }

    #[must_use]
    pub const fn otherwise(self, otherwise: &'static str) -> Self {
        Self { otherwise, ..self }
    }

    #[must_use]
    pub const fn word(self, word: &'static str) -> Self {
        Self { word, ..self }
    }

    /// Its value is that word.
    pub fn is_word(&self, args: &Args) -> bool {
        !self.word.is_empty() && args.get(self.name) == Some(self.word)
    }

    #[must_use]
    pub const fn asked_for(self, reasons: &'static [&'static str]) -> Self {
        Self { asked_for: Some(reasons), ..self }
    }

    /// Where its value stands in Stripe's object: `pause_collection.behavior` of `pause_collection[behavior]`.
    pub fn path(&self) -> String {
        self.param.replace('[', ".").replace(']', "")
    }

    /// What it is given in the place of an id.
    pub fn by_other(&self, args: &Args) -> Option<Other> {
        let given = args.get(self.name)?;
        match self.kind {
            FieldKind::Id(Kind::Customer) if given.contains('@') => Some(Other::Email(given.to_owned())),
            FieldKind::Id(Kind::Charge) => PaymentIntentId::parse(given).ok().map(Other::Payment),
            _ => None,
        }
    }

    /// What can be said about its value before the object is known: amounts wait for their currency.
    pub fn check(&self, args: &Args, moment: &Moment) -> Result<(), FieldError> {
        if args.get(self.name).is_none() {
            let missing = || match self.kind {
                FieldKind::Choice(_) => format!("it is required: one of {}", self.kind.takes()),
                _ => format!("it is required: give {}={}", self.name, self.example),
            };
            return if self.required { Err(FieldError::new(self.name, missing())) } else { Ok(()) };
        }
        match self.kind {
            FieldKind::Id(kind) => args.any_id(self.name, kind).map(drop),
            FieldKind::Choice(choices) => args.choice(self.name, choices).map(drop),
            FieldKind::Text { most } => args.text(self.name, most).map(drop),
            FieldKind::Texts { most } => args.texts(self.name, most).map(drop),
            FieldKind::Int { least, most } => args.int(self.name, least, most).map(drop),
            FieldKind::When => args.when(self.name, moment).map(drop),
            FieldKind::Bool => args.flag(self.name).map(drop),
            FieldKind::Pairs => args.pairs(self.name).map(drop),
            FieldKind::Items => args.items(self.name).map(drop),
            FieldKind::Money => Ok(()),
        }
    }

    /// What it adds to a call: form names and values. Nothing where it was left out. Amounts need the currency of what they
    /// are about, and so have no place here.
    pub fn params(&self, args: &Args, moment: &Moment) -> Result<Vec<(String, String)>, FieldError> {
        self.check(args, moment)?;
        let one =
            |value: Option<String>| value.map(|value| (self.param.to_owned(), value)).into_iter().collect();
        Ok(match self.kind {
            FieldKind::Id(kind) if args.get(self.name).is_some() => {
                one(Some(args.any_id(self.name, kind)?.id))
            }
            FieldKind::When if self.is_word(args) => one(Some(self.word.to_owned())),
            FieldKind::When => one(args.when(self.name, moment)?.map(|at| at.0.to_string())),
            FieldKind::Bool => one(args.flag(self.name)?.map(|flag| flag.to_string())),
            FieldKind::Texts { most } => {
                let texts = args.texts(self.name, most)?;
                texts.into_iter().map(|text| (self.param.to_owned(), text.to_owned())).collect()
            }
            FieldKind::Pairs => {
                let pairs = args.pairs(self.name)?;
                pairs.into_iter().map(|(name, value)| (format!("{}[{name}]", self.param), value)).collect()
            }
            FieldKind::Items => Item::params(&args.items(self.name)?, self.param),
            FieldKind::Id(_) | FieldKind::Choice(_) | FieldKind::Text { .. } | FieldKind::Int { .. } => {
                one(args.get(self.name).map(str::to_owned))
            }
            FieldKind::Money => Vec::new(),
        })
    }
}
