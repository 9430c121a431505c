//! Policy files and cases as plain values, drawn from a seed.

mod change;

use std::{collections::BTreeMap, fmt::Write as _};

pub(super) use change::{Before, Case, Change, Charge, Direction, KINDS, Money, Refund, When};

/// What stands in a section, by the rule's name.
pub(super) type Section = BTreeMap<&'static str, Value>;

#[derive(Clone, Debug)]
pub(super) enum Value {
    /// By currency, in its smallest unit.
    Amounts(Vec<(&'static str, i64)>),
    Flag(bool),
    Number(i64),
    Word(&'static str),
    List(Vec<&'static str>),
    /// Hour and minute.
    Clock(i64, i64),
    Discount(i64, i64),
    Often(i64, i64),
}

/// A role or an agent.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) name: &'static str,
    /// What a role extends, or which role an agent has.
    pub(super) is: Option<&'static str>,
    pub(super) rules: Section,
}

#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) default_role: &'static str,
    pub(super) everybody: Section,
    pub(super) roles: Vec<Person>,
    pub(super) agents: Vec<Person>,
}

pub(super) struct Draw(fastrand::Rng);

impl Draw {
    pub(super) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    pub(super) fn chance(&mut self, percent: u8) -> bool {
        self.0.u8(0..100) < percent
    }

    pub(super) fn number(&mut self, from: i64, to: i64) -> i64 {
        self.0.i64(from..=to)
    }

    pub(super) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.0.usize(0..of.len())]
    }

    fn some(&mut self, of: &[&'static str]) -> Vec<&'static str> {
        of.iter().copied().filter(|_| self.chance(50)).collect()
    }

    fn maybe<T>(&mut self, percent: u8, draw: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.chance(percent).then(|| draw(self))
    }
}

pub(super) const CURRENCIES: [&str; 3] = ["usd", "jpy", "kwd"];
/// Digits behind the point.
fn decimals(currency: &str) -> u32 {
    match currency {
        "jpy" => 0,
        "kwd" => 3,
        _ => 2,
    }
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
pub(super) const CHANGES: [&str; 4] =
    ["refund_charge", "cancel_subscription", "pause_subscription", "update_customer"];
/// Amounts that files and cases meet at, and just beside it.
const MOST: i64 = 60;

/// A rule's name, how often it stands in a section (percent), and how its value is drawn.
type Rule = (&'static str, u8, fn(&mut Draw) -> Value);

const AMOUNTS: fn(&mut Draw) -> Value = |draw| {
    let mut amounts = Vec::new();
    for currency in CURRENCIES {
        if draw.chance(if currency == "usd" { 90 } else { 40 }) {
            amounts.push((currency, draw.number(0, MOST)));
        }
    }
    Value::Amounts(amounts)
};
const WIDE: fn(&mut Draw) -> Value = |draw| match AMOUNTS(draw) {
    Value::Amounts(amounts) => {
        Value::Amounts(amounts.into_iter().map(|(code, minor)| (code, minor * 4)).collect())
    }
    other => other,
};
const YES: fn(&mut Draw) -> Value = |draw| Value::Flag(draw.chance(80));

const RULES: &[Rule] = &[
    ("refunds.allowed", 5, YES),
    ("refunds.max", 95, WIDE),
    ("refunds.automatic", 70, AMOUNTS),
    ("refunds.second_person_above", 30, AMOUNTS),
    ("refunds.reason", 40, |draw| Value::Word(draw.one(&["required", "optional"]))),
    ("refunds.note_above", 30, AMOUNTS),
    ("refunds.max_age_days", 25, |draw| Value::Number(draw.number(1, 5))),
    ("refunds.disputed", 40, |draw| Value::Word(draw.one(&["deny", "confirm", "allow"]))),
    ("refunds.partial_only", 15, |draw| Value::Flag(draw.chance(50))),
    ("refunds.daily_cap.per_agent", 30, WIDE),
    ("refunds.daily_cap.per_team", 30, WIDE),
    ("refunds.daily_cap.per_customer", 30, WIDE),
    ("refunds.max_per_customer", 20, |draw| Value::Often(draw.number(0, 5), draw.number(1, 30))),
    ("subscriptions.cancel", 80, |draw| Value::List(draw.some(&["period_end", "date", "now"]))),
    ("subscriptions.proration", 60, |draw| {
        Value::Word(draw.one(&["none", "create_prorations", "always_invoice", "choose"]))
    }),
    ("subscriptions.pause", 70, YES),
    ("subscriptions.change_plan", 80, |draw| Value::List(draw.some(&["up", "down"]))),
    ("subscriptions.max_trial_days", 70, |draw| Value::Number(draw.number(0, 5))),
    ("subscriptions.max_discount", 80, |draw| Value::Discount(draw.number(0, 30), draw.number(0, 6))),
    ("customers.update_email", 70, YES),
    ("customers.update_payment_method", 70, YES),
    ("customers.view_invoices", 50, YES),
    ("customers.portal_links", 70, YES),
    ("customers.max_credit", 80, AMOUNTS),
    ("invoices.change", 80, YES),
    ("invoices.max_write_off", 70, AMOUNTS),
    ("payments.edit", 70, YES),
    ("payments.cancel_held", 70, YES),
    ("payments.capture_held", 70, YES),
    ("disputes.stage", 70, YES),
    ("disputes.submit", 70, YES),
    ("disputes.accept", 70, YES),
    ("assistant.actions", 60, |draw| Value::List(draw.some(&CHANGES))),
    ("assistant.wait_hours", 10, |draw| Value::Number(draw.number(0, 48))),
    ("hours.days", 20, |draw| Value::List(draw.some(&DAYS))),
    ("hours.from", 20, |draw| Value::Clock(draw.number(0, 23), draw.one(&[0, 0, 30]))),
    ("hours.to", 20, |draw| Value::Clock(draw.number(0, 23), draw.one(&[0, 0, 30]))),
    ("modes.live", 8, YES),
    ("modes.test", 8, YES),
];

fn section(draw: &mut Draw, thin: u8) -> Section {
    let mut rules = Section::new();
    for (name, percent, value) in RULES {
        if draw.chance(percent / thin) {
            rules.insert(*name, value(draw));
        }
    }
    rules
}

pub(super) const AGENTS: [&str; 5] = ["maya", "ben", "zoe", "assistant", "nobody"];

impl File {
    pub(super) fn draw(draw: &mut Draw) -> Self {
        let roles = ["senior", "lead", "assistant"];
        let many = draw.chance(40);
        let mut person =
            |name: &'static str, is: Option<&'static str>| Person { name, is, rules: section(draw, 5) };
        let roles_drawn =
            vec![person("senior", None), person("lead", Some("senior")), person("assistant", None)];
        let mut agents =
            vec![person("maya", Some("lead")), person("ben", None), person("zoe", Some("agent"))];
        // Whoever asks through a program may be given a person's role.
        agents.extend(Some(person("assistant", Some("lead"))).filter(|_| many));
        for agent in &mut agents {
            if draw.chance(30) {
                agent.is = Some(draw.one(&roles));
            }
        }
        let mut roles = roles_drawn;
        for role in &mut roles {
            if role.name != "lead" && draw.chance(30) {
                role.is = Some("agent");
            } else if role.name == "senior" && draw.chance(10) {
                role.is = Some("assistant");
            }
        }
        // A person without a word of their own still exists: this says nothing.
        for person in roles.iter_mut().chain(&mut agents).filter(|person| person.is.is_none()) {
            person.rules.insert("assistant.wait_hours", Value::Number(24));
        }
        let default_role = draw.one(&["agent", "agent", "agent", "agent", "senior", "senior", "none"]);
        Self { default_role, everybody: section(draw, 1), roles, agents }
    }

    /// The same with one rule of one section drawn anew, or taken out; and which rule that is.
    pub(super) fn with_one_rule_otherwise(&self, draw: &mut Draw) -> (&'static str, Self) {
        let mut other = self.clone();
        let (name, _, value) = draw.one(RULES);
        let section = match draw.number(0, 3) {
            0 => &mut other.roles[0].rules,
            1 => &mut other.agents[0].rules,
            _ => &mut other.everybody,
        };
        if draw.chance(25) && name != "assistant.wait_hours" {
            section.remove(name);
        } else {
            section.insert(name, value(draw));
        }
        (name, other)
    }

    /// As somebody would write it.
    pub(super) fn text(&self) -> String {
        let mut text = format!("version = 1\ndefault_role = \"{}\"\n", self.default_role);
        let write = |text: &mut String, prefix: &str, rules: &Section| {
            for (name, value) in rules {
                writeln!(text, "{prefix}{name} = {}", written(value)).unwrap();
            }
        };
        write(&mut text, "", &self.everybody);
        for (kind, is, people) in [("roles", "extends", &self.roles), ("agents", "role", &self.agents)] {
            for person in people {
                let prefix = format!("{kind}.{}.", person.name);
                if let Some(of) = person.is {
                    writeln!(text, "{prefix}{is} = \"{of}\"").unwrap();
                }
                write(&mut text, &prefix, &person.rules);
            }
        }
        text
    }
}

fn written(value: &Value) -> String {
    let list = |words: &[&str]| words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
    match value {
        Value::Amounts(amounts) => {
            let one =
                |(code, minor): &(&str, i64)| format!("{code} = \"{}\"", decimal(*minor, decimals(code)));
            format!("{{ {} }}", amounts.iter().map(one).collect::<Vec<_>>().join(", "))
        }
        Value::Flag(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Word(word) => format!("\"{word}\""),
        Value::List(words) if words.is_empty() => "false".into(),
        Value::List(words) => format!("[{}]", list(words)),
        Value::Clock(hour, minute) => format!("\"{hour:02}:{minute:02}\""),
        Value::Discount(percent, months) => format!("{{ percent = {percent}, months = {months} }}"),
        Value::Often(count, days) => format!("{{ count = {count}, days = {days} }}"),
    }
}

fn decimal(minor: i64, decimals: u32) -> String {
    let one = 10_i64.pow(decimals);
    if decimals == 0 {
        minor.to_string()
    } else {
        format!("{}.{:0width$}", minor / one, minor % one, width = decimals as usize)
    }
}
