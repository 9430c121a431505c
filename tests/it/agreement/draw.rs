//! Policy files and cases as plain values, drawn from a seed.

use std::{collections::BTreeMap, fmt::Write as _};

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

pub(super) type Money = (i64, &'static str);

/// The charge that was read.
#[derive(Clone, Debug)]
pub(super) struct Charge {
    pub(super) taken: i64,
    pub(super) refunded: i64,
    pub(super) currency: &'static str,
    pub(super) disputed: bool,
    /// Seconds before now.
    pub(super) age_s: i64,
}

#[derive(Clone, Debug)]
pub(super) struct Refund {
    pub(super) amount: Option<Money>,
    pub(super) reason: Option<&'static str>,
    pub(super) note: Option<&'static str>,
    /// None: it could not be read.
    pub(super) charge: Option<Charge>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    PeriodEnd,
    Date,
    Now,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Up,
    Down,
    Level,
    Unknown,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Refund(Refund),
    CallBack,
    Cancel {
        when: Option<When>,
        proration: Option<&'static str>,
    },
    Keep,
    Pause,
    Details,
    Method,
    Portal(Vec<&'static str>),
    Plan {
        direction: Option<Direction>,
        proration: Option<&'static str>,
        drops: bool,
    },
    Trial {
        days: Option<i64>,
        seconds: i64,
    },
    Discount {
        hundredths: Option<i64>,
        months: Option<i64>,
    },
    TakeDiscount,
    Credit {
        amount: Option<Money>,
        given: Option<Money>,
    },
    /// A part is credited, and a part goes back.
    CreditAndRefund {
        amount: i64,
        given: i64,
        refund: Refund,
    },
    TakeCreditBack,
    Invoice {
        write_off: Option<Money>,
    },
    Held(Vec<&'static str>, Option<Money>),
    Dispute(Vec<&'static str>),
    Read {
        invoices: bool,
    },
    Undecided,
}

pub(super) const KINDS: &[&str] = &[
    "refund",
    "call_back",
    "cancel",
    "keep",
    "pause",
    "details",
    "method",
    "portal",
    "plan",
    "trial",
    "discount",
    "take_discount",
    "credit",
    "credit_and_refund",
    "take_credit_back",
    "invoice",
    "held",
    "dispute",
    "read",
];

/// What was refunded before.
#[derive(Clone, Debug)]
pub(super) struct Before {
    /// Of the agent, the team, the customer.
    pub(super) sums: [Vec<(&'static str, i64)>; 3],
    /// Count and days.
    pub(super) times: Option<(i64, i64)>,
    pub(super) local_only: bool,
}

#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is drawn for itself")]
pub(super) struct Case {
    pub(super) change: Change,
    pub(super) agent: &'static str,
    /// One of [`CHANGES`]: what an assistant's list is asked about.
    pub(super) action: &'static str,
    pub(super) live: bool,
    pub(super) read_only: bool,
    pub(super) now: i64,
    /// Hours east of Greenwich.
    pub(super) zone: i64,
    /// None: it is not known.
    pub(super) before: Option<Before>,
    pub(super) subscription_read: bool,
    pub(super) for_good: bool,
    pub(super) word: Option<&'static str>,
}

impl Case {
    pub(super) fn draw(draw: &mut Draw) -> Self {
        let change = change(draw);
        // Taking something back is never for good.
        let keeps = matches!(change, Change::Keep);
        let known = if draw.chance(60) { 3 } else { AGENTS.len() };
        let agent = draw.one(&AGENTS[..known]);
        Self {
            change,
            agent,
            action: draw.one(&CHANGES),
            live: draw.chance(50),
            read_only: draw.chance(2),
            now: 1_795_435_200 + draw.number(0, 14 * 24 * 2) * 1_800 + draw.one(&[0, 0, 59, -1]),
            zone: draw.number(-11, 12),
            before: draw.maybe(95, before),
            subscription_read: draw.chance(95),
            for_good: draw.chance(15) && !keeps,
            word: draw.one(&[None, Some("Pro"), Some(" ")]),
        }
    }

    /// How much goes back is said: of nothing, nothing is the largest.
    pub(super) fn names_a_refund(&self) -> bool {
        match &self.change {
            Change::Refund(refund) | Change::CreditAndRefund { refund, .. } => refund.amount.is_some(),
            _ => false,
        }
    }

    pub(super) fn kind(&self) -> &'static str {
        match self.change {
            Change::Refund(_) => "refund",
            Change::CallBack => "call_back",
            Change::Cancel { .. } => "cancel",
            Change::Keep => "keep",
            Change::Pause => "pause",
            Change::Details => "details",
            Change::Method => "method",
            Change::Portal(_) => "portal",
            Change::Plan { .. } => "plan",
            Change::Trial { .. } => "trial",
            Change::Discount { .. } => "discount",
            Change::TakeDiscount => "take_discount",
            Change::Credit { .. } => "credit",
            Change::CreditAndRefund { .. } => "credit_and_refund",
            Change::TakeCreditBack => "take_credit_back",
            Change::Invoice { .. } => "invoice",
            Change::Held(..) => "held",
            Change::Dispute(_) => "dispute",
            Change::Read { .. } => "read",
            Change::Undecided => "undecided",
        }
    }
}

const PRORATIONS: [Option<&str>; 6] =
    [None, Some("none"), Some("create_prorations"), Some("always_invoice"), Some("none"), Some("whatever")];

fn money(draw: &mut Draw, most: i64) -> Money {
    (draw.number(1, most), draw.one(&["usd", "usd", "usd", "jpy", "kwd", "zzz"]))
}

fn change(draw: &mut Draw) -> Change {
    match draw.number(0, 31) {
        0..=11 => Change::Refund(refund(draw)),
        12 => Change::CallBack,
        13 | 14 => Change::Cancel {
            when: draw.one(&[
                Some(When::PeriodEnd),
                Some(When::Date),
                Some(When::Now),
                Some(When::Now),
                None,
            ]),
            proration: draw.one(&PRORATIONS),
        },
        15 => Change::Keep,
        16 => draw_flag(draw),
        17 => Change::Portal(draw.some(&["cancel", "pause", "plan", "details", "method"])),
        18 | 19 => Change::Plan {
            direction: draw.one(&[
                Some(Direction::Up),
                Some(Direction::Down),
                Some(Direction::Level),
                Some(Direction::Unknown),
                None,
            ]),
            proration: draw.one(&PRORATIONS),
            drops: draw.chance(15),
        },
        20 => Change::Trial {
            days: draw.maybe(90, |draw| draw.number(-1, 6)),
            seconds: draw.one(&[0, 0, 1, -1]),
        },
        21 | 22 => Change::Discount {
            hundredths: draw.maybe(90, |draw| draw.number(0, 31) * 100 + draw.one(&[0, 0, 1, 50])),
            months: draw.maybe(90, |draw| draw.number(0, 7)),
        },
        23 => Change::TakeDiscount,
        24 => Change::Credit {
            amount: draw.maybe(90, |draw| money(draw, MOST + 5)),
            given: draw.maybe(60, |draw| (draw.number(-1, MOST + 5), draw.one(&["usd", "usd", "jpy"]))),
        },
        25 | 31 => Change::CreditAndRefund {
            amount: draw.number(1, MOST),
            given: draw.number(0, MOST),
            refund: refund(draw),
        },
        26 => Change::TakeCreditBack,
        27 => Change::Invoice {
            write_off: draw.maybe(70, |draw| (draw.number(0, MOST + 5), draw.one(&["usd", "jpy"]))),
        },
        28 => Change::Held(
            draw.some(&["edit", "cancel", "capture", "stage"]),
            draw.maybe(50, |draw| money(draw, MOST)),
        ),
        29 => Change::Dispute(draw.some(&["stage", "submit", "accept"])),
        _ => {
            if draw.chance(20) {
                Change::Undecided
            } else {
                Change::Read { invoices: draw.chance(70) }
            }
        }
    }
}

fn draw_flag(draw: &mut Draw) -> Change {
    match draw.number(0, 2) {
        0 => Change::Pause,
        1 => Change::Details,
        _ => Change::Method,
    }
}

fn refund(draw: &mut Draw) -> Refund {
    let currency = draw.one(&["usd", "usd", "usd", "usd", "usd", "jpy", "kwd", "zzz"]);
    let odd = if draw.chance(4) { draw.one(&["usd", "jpy"]) } else { currency };
    let taken = draw.number(1, MOST * 4);
    let charge = Charge {
        taken,
        refunded: if draw.chance(75) { 0 } else { draw.number(0, taken) },
        currency,
        disputed: draw.chance(8),
        age_s: draw.number(0, 4) * 86_400 + draw.one(&[0, 0, 1, -1, 43_200]),
    };
    Refund {
        amount: draw.maybe(98, |draw| {
            let (from, to) = draw.one(&[(1, 30), (1, MOST), (-1, MOST * 2)]);
            (draw.number(from, to), odd)
        }),
        reason: draw.one(&[
            Some("duplicate"),
            Some("duplicate"),
            Some("duplicate"),
            Some("fraudulent"),
            None,
            Some(" "),
        ]),
        note: draw.one(&[Some("billed twice"), Some("billed twice"), Some("billed twice"), None, Some("")]),
        charge: draw.maybe(97, |_| charge),
    }
}

fn before(draw: &mut Draw) -> Before {
    let mut sums = || CURRENCIES.iter().map(|code| (*code, draw.number(-3, MOST * 2))).collect::<Vec<_>>();
    let sums = [sums(), sums(), sums()];
    let times = draw.maybe(95, |draw| (draw.number(0, 4), draw.one(&[30, 30, 30, 30, 3])));
    Before { sums, times, local_only: draw.chance(12) }
}
