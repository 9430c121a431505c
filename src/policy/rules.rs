//! Every rule of a policy file, as data: its name, the shape of its value, which changes it speaks about, and what holds
//! when it is left out. Parser, roles, lints and the settings screen all read this table.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{
    actions::{self, Gate},
    money::{Currency, Money},
};

/// What a rule's value looks like in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `{ usd = "500.00", jpy = "50000" }`
    Amounts,
    /// `true` or `false`
    Flag,
    /// A whole number of `unit`, `most` at most.
    Count { unit: &'static str, most: u32 },
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of these words, or `false` for none.
    Words(&'static [&'static str]),
    /// A list of actions that change something, by their names, or `false` for none.
    Changes,
    /// `"08:30"`
    Time,
    /// `{ percent = 20, months = 3 }`
    Discount,
    /// `{ count = 3, days = 30 }`
    Often,
}

/// A value of that shape, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Minor units by currency. Zero is meant literally: nothing.
    Amounts(BTreeMap<Currency, i64>),
    Flag(bool),
    Count(u32),
    Word(String),
    Words(Vec<String>),
    /// Minutes since midnight.
    Time(u32),
    Discount {
        percent: u32,
        months: u32,
    },
    Often {
        count: u32,
        days: u32,
    },
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    pub rule: Rule,
    /// Its place in the file.
    pub name: &'static str,
    pub shape: Shape,
    /// The changes it speaks about; none: all of them.
    pub gate: Option<Gate>,
    /// What holds when the rule is left out.
    pub absent: &'static str,
}

macro_rules! rules {
    ($($rule:ident = $name:literal, $shape:expr, $gate:expr, $absent:literal;)*) => {
        /// A rule, by its place in the file. The order is that of the settings screen.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Rule {
            $(#[serde(rename = $name)] $rule,)*
        }

        impl Rule {
            pub const ALL: &[Info] = &[
                $(Info { rule: Self::$rule, name: $name, shape: $shape, gate: $gate, absent: $absent },)*
            ];

            pub fn info(self) -> Info {
                match self {
                    $(Self::$rule => Info {
                        rule: Self::$rule, name: $name, shape: $shape, gate: $gate, absent: $absent,
                    },)*
                }
            }
        }
    };
}

const REFUND: Option<Gate> = Some(Gate::Refund);
const DAYS_MOST: u32 = 3_650;
const DAYS: Shape = Shape::Count { unit: "days", most: DAYS_MOST };

rules! {
    RefundsAllowed = "refunds.allowed", Shape::Flag, REFUND, "yes, within the rules below";
    RefundsMax = "refunds.max", Shape::Amounts, REFUND, "nothing can be refunded";
    RefundsAutomatic = "refunds.automatic", Shape::Amounts, REFUND, "every refund is confirmed";
    RefundsSecondPerson = "refunds.second_person_above", Shape::Amounts, REFUND, "never asked for";
    RefundsReason = "refunds.reason", Shape::Word(&["required", "optional"]), REFUND, "required";
    RefundsNoteAbove = "refunds.note_above", Shape::Amounts, REFUND, "never asked for";
    RefundsMaxAge = "refunds.max_age_days", DAYS, REFUND, "any age";
    RefundsDisputed = "refunds.disputed", Shape::Word(&["deny", "confirm", "allow"]), REFUND, "deny";
    RefundsPartialOnly = "refunds.partial_only", Shape::Flag, REFUND, "no";
    CapAgent = "refunds.daily_cap.per_agent", Shape::Amounts, REFUND, "no cap";
    CapTeam = "refunds.daily_cap.per_team", Shape::Amounts, REFUND, "no cap";
    CapCustomer = "refunds.daily_cap.per_customer", Shape::Amounts, REFUND, "no cap";
    RefundsPerCustomer = "refunds.max_per_customer", Shape::Often, REFUND, "any number";
    SubscriptionsCancel = "subscriptions.cancel", Shape::Words(&["period_end", "date", "now"]), Some(Gate::Cancel), "no";
    SubscriptionsProration = "subscriptions.proration", Shape::Word(&["none", "create_prorations", "always_invoice", "choose"]), Some(Gate::Cancel), "none: nothing is prorated";
    SubscriptionsPause = "subscriptions.pause", Shape::Flag, Some(Gate::Pause), "no";
    SubscriptionsChangePlan = "subscriptions.change_plan", Shape::Words(&["up", "down"]), Some(Gate::ChangePlan), "no";
    SubscriptionsMaxTrial = "subscriptions.max_trial_days", Shape::Count { unit: "days", most: 730 }, Some(Gate::Trial), "none";
    SubscriptionsMaxDiscount = "subscriptions.max_discount", Shape::Discount, Some(Gate::Discount), "none";
    CustomersUpdateEmail = "customers.update_email", Shape::Flag, Some(Gate::CustomerDetails), "no";
    CustomersUpdatePaymentMethod = "customers.update_payment_method", Shape::Flag, Some(Gate::PaymentMethod), "no";
    CustomersViewInvoices = "customers.view_invoices", Shape::Flag, Some(Gate::InvoicesView), "yes";
    CustomersPortalLinks = "customers.portal_links", Shape::Flag, Some(Gate::Portal), "no";
    CustomersMaxCredit = "customers.max_credit", Shape::Amounts, Some(Gate::Credit), "no credit can be given";
    CustomersNotes = "customers.notes", Shape::Word(&["local", "metadata"]), None, "local: kept beside the audit trail on this machine, and shown to no assistant";
    InvoicesChange = "invoices.change", Shape::Flag, Some(Gate::InvoicesWrite), "no";
    InvoicesMaxWriteOff = "invoices.max_write_off", Shape::Amounts, Some(Gate::InvoicesWrite), "nothing can be written off";
    InvoicesMaxItem = "invoices.max_item", Shape::Amounts, Some(Gate::InvoicesWrite), "nothing can be added to an invoice";
    PaymentsEdit = "payments.edit", Shape::Flag, Some(Gate::ChargeDetails), "no";
    PaymentsCancelHeld = "payments.cancel_held", Shape::Flag, Some(Gate::Payments), "no";
    PaymentsCaptureHeld = "payments.capture_held", Shape::Flag, Some(Gate::Payments), "no";
    DisputesStage = "disputes.stage", Shape::Flag, Some(Gate::Disputes), "no";
    DisputesSubmit = "disputes.submit", Shape::Flag, Some(Gate::Disputes), "no";
    DisputesAccept = "disputes.accept", Shape::Flag, Some(Gate::Disputes), "no";
    AssistantActions = "assistant.actions", Shape::Changes, None, "it reads, and changes nothing";
    AssistantWaitHours = "assistant.wait_hours", Shape::Count { unit: "hours", most: 720 }, None, "24 hours";
    KeysMaxAge = "keys.max_age_days", DAYS, None, "keys of any age";
    HoursDays = "hours.days", Shape::Words(&["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), None, "every day";
    HoursFrom = "hours.from", Shape::Time, None, "any hour";
    HoursTo = "hours.to", Shape::Time, None, "any hour";
    ModesLive = "modes.live", Shape::Flag, None, "yes";
    ModesTest = "modes.test", Shape::Flag, None, "yes";
}

impl Rule {
    pub fn name(self) -> &'static str {
        self.info().name
    }

    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|info| info.name == name).map(|info| info.rule)
    }

    /// Whether some rule's name goes on after `prefix.`
    pub(super) fn is_section(prefix: &str) -> bool {
        Self::ALL.iter().any(|info| info.name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.')))
    }
}

impl Info {
    /// Something that the rule speaks about can be done in this version.
    pub fn is_enforced(&self) -> bool {
        self.gate.is_none_or(|gate| actions::all().any(|action| action.gate == gate))
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl From<Rule> for String {
    fn from(rule: Rule) -> Self {
        rule.name().to_owned()
    }
}

/// A rule's value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Set {
    pub value: Value,
    /// The nearest place.
    #[serde(flatten)]
    pub place: Place,
    /// Currencies that stand elsewhere: the nearest place overrides only those that it names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inherited: BTreeMap<Currency, Place>,
}

/// Where something stands in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub line: u32,
    /// The role or agent whose section it stands in; none for the rules that hold for everybody.
    pub role: Option<String>,
}

impl Set {
    pub(super) fn at(value: Value, line: u32, role: Option<&str>) -> Self {
        let role = role.map(str::to_owned);
        Self { value, place: Place { line, role }, inherited: BTreeMap::new() }
    }

    /// Where the amount of this currency stands.
    pub fn place_of(&self, currency: Currency) -> &Place {
        self.inherited.get(&currency).unwrap_or(&self.place)
    }
}

/// Rules as they stand in one section of the file.
pub(super) type Layer = BTreeMap<Rule, Set>;

/// What holds for one agent, inheritance done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    pub role: String,
    /// They hold for the assistant, or for a role that is one: it changes only what is listed for it.
    pub(super) is_assistants: bool,
    pub(super) set: Layer,
    /// Why nothing may be changed: no file, a broken one, or an agent whom the file gives no role.
    pub(super) closed: Option<Closed>,
}

/// A policy that lets nobody change anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Closed {
    /// `policy.file` or `agents`
    pub(super) rule: String,
    pub(super) why: String,
}

impl Rules {
    pub fn get(&self, rule: Rule) -> Option<&Set> {
        self.set.get(&rule)
    }

    /// The amount that `rule` gives for `currency`.
    pub fn amount(&self, rule: Rule, currency: Currency) -> Option<Money> {
        self.amounts(rule)?.get(&currency).map(|minor| Money::new(*minor, currency))
    }

    pub fn amounts(&self, rule: Rule) -> Option<&BTreeMap<Currency, i64>> {
        if let Some(Value::Amounts(amounts)) = self.value(rule) { Some(amounts) } else { None }
    }

    pub fn flag(&self, rule: Rule) -> Option<bool> {
        if let Some(Value::Flag(flag)) = self.value(rule) { Some(*flag) } else { None }
    }

    /// A whole number, or minutes since midnight.
    pub fn number(&self, rule: Rule) -> Option<u32> {
        if let Some(Value::Count(number) | Value::Time(number)) = self.value(rule) {
            Some(*number)
        } else {
            None
        }
    }

    pub fn word(&self, rule: Rule) -> Option<&str> {
        if let Some(Value::Word(word)) = self.value(rule) { Some(word) } else { None }
    }

    pub fn words(&self, rule: Rule) -> Option<&[String]> {
        if let Some(Value::Words(words)) = self.value(rule) { Some(words) } else { None }
    }

    /// So many refunds at most, in so many days.
    pub fn often(&self, rule: Rule) -> Option<(u32, u32)> {
        if let Some(Value::Often { count, days }) = self.value(rule) { Some((*count, *days)) } else { None }
    }

    /// The most percent that may be taken off, and for how many months.
    pub fn discount(&self, rule: Rule) -> Option<(u32, u32)> {
        if let Some(Value::Discount { percent, months }) = self.value(rule) {
            Some((*percent, *months))
        } else {
            None
        }
    }

    fn value(&self, rule: Rule) -> Option<&Value> {
        self.set.get(&rule).map(|set| &set.value)
    }
}

/// Lays `above` over `below`. Amounts merge by currency, so that a role says only what differs; the rest is replaced.
pub(super) fn lay_over(below: &mut Layer, above: &Layer) {
    for (rule, set) in above {
        let mut set = set.clone();
        if let (Value::Amounts(amounts), Some(under)) = (&mut set.value, below.get(rule))
            && let Value::Amounts(below) = &under.value
        {
            for (currency, minor) in below {
                amounts.entry(*currency).or_insert_with(|| {
                    set.inherited.insert(*currency, under.place_of(*currency).clone());
                    *minor
                });
            }
        }
        below.insert(*rule, set);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_lead_back() {
        for info in Rule::ALL {
            assert_eq!(Rule::find(info.name), Some(info.rule));
            assert_eq!(info.rule.name(), info.name);
            assert!(!Rule::is_section(info.name), "{} is a rule and a section", info.name);
            let json = serde_json::to_string(&info.rule).unwrap();
            assert_eq!(json, format!("\"{}\"", info.name));
        }
    }

    #[test]
    fn amounts_merge_by_currency_and_the_rest_is_replaced() {
        let usd = Currency::USD;
        let eur = Currency::parse("eur").unwrap();
        let set = |value| Set::at(value, 1, None);
        let mut below = Layer::from([
            (Rule::RefundsMax, set(Value::Amounts([(usd, 100), (eur, 90)].into()))),
            (Rule::SubscriptionsCancel, set(Value::Words(vec!["now".into()]))),
        ]);
        let above = Layer::from([
            (Rule::RefundsMax, set(Value::Amounts([(usd, 500)].into()))),
            (Rule::SubscriptionsCancel, set(Value::Words(vec![]))),
        ]);
        lay_over(&mut below, &above);
        let Value::Amounts(max) = &below[&Rule::RefundsMax].value else { panic!() };
        assert_eq!((max[&usd], max[&eur]), (500, 90));
        assert_eq!(below[&Rule::SubscriptionsCancel].value, Value::Words(vec![]));
    }
}
