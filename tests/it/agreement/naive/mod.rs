//! What a file says to a case, as its promises are written: one question after the other, and the first "no" ends it. Slow,
//! plain, and without a line of the engine.

mod bug;
mod bills;
mod refund;

pub(super) use bug::Bug;

use super::draw::{CURRENCIES, Case, Change, File, Money, Person, Section, Value};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Allow,
    /// A second Enter.
    Enter,
    TypeAmount(i64, String),
    TypeName(String),
    SecondPerson,
    Deny,
}

impl Verdict {
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Enter => "enter",
            Self::TypeAmount(..) => "type_amount",
            Self::TypeName(_) => "type_name",
            Self::SecondPerson => "second_person",
            Self::Deny => "deny",
        }
    }
}

/// A "no", whatever else there is.
struct No;
/// What is asked for: nothing, or a confirmation, or a second person besides.
#[derive(Default)]
struct Asks {
    confirm: bool,
    how: Option<Verdict>,
    second: bool,
}

impl Asks {
    fn enter() -> Self {
        Self { confirm: true, ..Self::default() }
    }

    fn amount((minor, currency): Money) -> Self {
        Self { confirm: true, how: Some(Verdict::TypeAmount(minor, currency.to_owned())), second: false }
    }
}

pub(super) fn decide(file: &File, case: &Case, bug: Bug) -> Verdict {
    Naive { file, case, bug }.decide()
}

/// Counted down until it is not denied, with a reason and a note.
pub(super) fn largest(file: &File, case: &Case, bug: Bug) -> Option<i64> {
    let with = |amount: i64| {
        let mut case = case.clone();
        let (Change::Refund(refund) | Change::CreditAndRefund { refund, .. }) = &mut case.change else {
            return case;
        };
        let currency = refund.charge.as_ref().map_or("usd", |charge| charge.currency);
        refund.amount = Some((amount, currency));
        if refund.reason.is_none_or(|reason| reason.trim().is_empty()) {
            refund.reason = Some("requested_by_customer");
        }
        if refund.note.is_none_or(|note| note.trim().is_empty()) {
            refund.note = Some("note");
        }
        case
    };
    (1..=300).rev().find(|amount| decide(file, &with(*amount), bug) != Verdict::Deny)
}

struct Naive<'a> {
    file: &'a File,
    case: &'a Case,
    bug: Bug,
}

impl<'a> Naive<'a> {
    fn role(&self) -> &'a str {
        let own =
            self.file.agents.iter().find(|agent| agent.name == self.case.agent).and_then(|agent| agent.is);
        let default = if self.case.agent == "assistant" { "assistant" } else { self.file.default_role };
        own.unwrap_or(default)
    }

    /// By name, or by a role that is the assistant's or comes from it.
    fn is_assistant(&self) -> bool {
        let mut role = Some(self.role());
        while let Some(name) = role {
            if name == "assistant" {
                return true;
            }
            role = self.file.roles.iter().find(|one| one.name == name).and_then(|one| one.is);
        }
        self.case.agent == "assistant"
    }

    /// The sections that hold, nearest first.
    fn sections(&self) -> Vec<&'a Section> {
        let named = |people: &'a [Person], name: &str| people.iter().find(|person| person.name == name);
        let mut sections = Vec::new();
        if let Some(agent) =
            named(&self.file.agents, self.case.agent).filter(|_| self.bug != Bug::AgentIgnored)
        {
            sections.push(&agent.rules);
        }
        let mut role = named(&self.file.roles, self.role());
        while let Some(one) = role {
            sections.push(&one.rules);
            role =
                one.is.filter(|_| self.bug != Bug::NoInheritance).and_then(|of| named(&self.file.roles, of));
        }
        sections.push(&self.file.everybody);
        sections
    }

    fn value(&self, rule: &str) -> Option<&'a Value> {
        self.sections().into_iter().find_map(|section| section.get(rule))
    }

    /// Of this currency: a section that names only others leaves it as it was.
    fn amount(&self, rule: &str, currency: &str) -> Option<i64> {
        for section in self.sections() {
            let Some(Value::Amounts(amounts)) = section.get(rule) else { continue };
            if let Some((_, minor)) = amounts.iter().find(|(code, _)| *code == currency) {
                return Some(*minor);
            }
            if self.bug == Bug::AmountsReplaced {
                return None;
            }
        }
        (self.bug == Bug::CurrencyFallsBack && currency != "usd").then(|| self.amount(rule, "usd")).flatten()
    }

    fn any_amount(&self, rule: &str) -> bool {
        CURRENCIES.iter().any(|code| self.amount(rule, code).is_some_and(|minor| minor > 0))
    }

    fn flag(&self, rule: &str) -> Option<bool> {
        match self.value(rule) {
            Some(Value::Flag(flag)) => Some(*flag),
            _ => None,
        }
    }

    fn word(&self, rule: &str) -> Option<&'a str> {
        match self.value(rule) {
            Some(Value::Word(word)) => Some(word),
            _ => None,
        }
    }

    fn number(&self, rule: &str) -> Option<i64> {
        match self.value(rule) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }

    fn listed(&self, rule: &str, word: &str) -> bool {
        matches!(self.value(rule), Some(Value::List(words)) if words.contains(&word))
    }

    fn above(&self, amount: i64, limit: i64) -> bool {
        if self.bug == Bug::LimitExclusive { amount >= limit } else { amount > limit }
    }

    fn decide(&self) -> Verdict {
        if let Change::Read { invoices } = self.case.change {
            let hidden = invoices && self.flag("customers.view_invoices") == Some(false);
            return if hidden { Verdict::Deny } else { Verdict::Allow };
        }
        let Ok(asks) = self.may_change().and_then(|()| self.change()) else { return Verdict::Deny };
        let asks = if self.case.for_good { self.for_good(asks) } else { asks };
        match asks {
            Asks { second: true, confirm, .. } if !(confirm && self.bug == Bug::ConfirmBeatsSecond) => {
                Verdict::SecondPerson
            }
            Asks { confirm: true, how, .. } => how.unwrap_or(Verdict::Enter),
            _ => Verdict::Allow,
        }
    }

    /// Never by a key alone: the amount is typed, or the name, or the end of the id.
    fn for_good(&self, mut asks: Asks) -> Asks {
        if asks.how.is_none() {
            let word = self.case.word.map(str::trim).filter(|word| !word.is_empty());
            asks.how = Some(match (self.about(), self.case.word) {
                (Some((minor, currency)), None) if minor > 0 => {
                    Verdict::TypeAmount(minor, currency.to_owned())
                }
                _ => Verdict::TypeName(word.unwrap_or("3456").to_owned()),
            });
        }
        asks.confirm = true;
        asks
    }

    /// The money that it is about.
    fn about(&self) -> Option<Money> {
        match &self.case.change {
            Change::Refund(refund) => refund.amount,
            Change::CreditAndRefund { amount, .. } => Some((*amount, "usd")),
            Change::Credit { amount, .. } | Change::Held(_, amount) => *amount,
            _ => None,
        }
    }

    fn may_change(&self) -> Result<(), No> {
        let mode = if self.case.live { "modes.live" } else { "modes.test" };
        let nobody = self.role() == "none";
        let refused = nobody || self.case.read_only || self.flag(mode) == Some(false) || !self.in_hours();
        let assistant = match self.bug {
            Bug::AssistantFree => false,
            Bug::AssistantByRoleAlone => self.role() == "assistant",
            _ => self.is_assistant(),
        };
        if refused || (assistant && !self.listed("assistant.actions", self.case.action)) {
            Err(No)
        } else {
            Ok(())
        }
    }

    /// Days are the account's, and a night belongs to the day on which it began.
    fn in_hours(&self) -> bool {
        let zone = if self.bug == Bug::ZoneIgnored { 0 } else { self.case.zone };
        let local = self.case.now + zone * 3_600;
        let minute = local.rem_euclid(86_400) / 60;
        let clock = |rule: &str| match self.value(rule) {
            Some(Value::Clock(hour, minute)) => Some(hour * 60 + minute),
            _ => None,
        };
        let from = clock("hours.from").unwrap_or(0);
        let to = clock("hours.to").unwrap_or(1_440);
        let end = if self.bug == Bug::HoursInclusive { to + 1 } else { to };
        let over_midnight = to < from;
        let inside =
            if over_midnight { minute >= from || minute < end } else { minute >= from && minute < end };
        let of_yesterday = over_midnight && minute < to && self.bug != Bug::NightIsToday;
        // 1 January 1970 was a Thursday.
        let day = local.div_euclid(86_400) - i64::from(of_yesterday);
        let name =
            ["thu", "fri", "sat", "sun", "mon", "tue", "wed"][usize::try_from(day.rem_euclid(7)).unwrap()];
        inside && (self.value("hours.days").is_none() || self.listed("hours.days", name))
    }

    fn flagged(&self, rule: &str) -> Result<Asks, No> {
        if self.flag(rule) == Some(true) { Ok(Asks::enter()) } else { Err(No) }
    }

    fn change(&self) -> Result<Asks, No> {
        match &self.case.change {
            Change::Refund(refund) => self.refund(refund),
            Change::CallBack => {
                let may = self.flag("refunds.allowed") != Some(false) && self.any_amount("refunds.max");
                if may { Ok(Asks::enter()) } else { Err(No) }
            }
            Change::Cancel { when, proration } => self.cancel(*when, *proration),
            Change::Keep => match self.value("subscriptions.cancel") {
                Some(Value::List(ways)) if !ways.is_empty() && self.case.subscription_read => {
                    Ok(Asks::enter())
                }
                _ => Err(No),
            },
            Change::Pause => self.flagged("subscriptions.pause"),
            Change::Details => self.flagged("customers.update_email"),
            Change::Method => self.flagged("customers.update_payment_method"),
            Change::Portal(features) => self.portal(features),
            Change::Plan { direction, proration, drops } => self.plan(*direction, *proration, *drops),
            Change::Trial { days, seconds, paid } => self.trial(*days, *seconds, paid.unwrap_or(0).max(0)),
            Change::Discount { hundredths, months } => self.discount(*hundredths, *months),
            Change::TakeDiscount => match self.value("subscriptions.max_discount") {
                Some(Value::Discount(percent, _)) if *percent > 0 => Ok(Asks::enter()),
                _ => Err(No),
            },
            Change::Credit { amount, given } => self.credit(*amount, *given),
            Change::CreditAndRefund { amount, given, refund } => {
                let asks = self.credit(Some((*amount, "usd")), Some((*given, "usd")))?;
                let back = self.refund(refund)?;
                Ok(Asks { second: back.second, ..asks })
            }
            Change::TakeCreditBack => {
                if self.any_amount("customers.max_credit") {
                    Ok(Asks::enter())
                } else {
                    Err(No)
                }
            }
            Change::Invoice { write_off } => self.invoice(*write_off),
            Change::Held(steps, amount) => {
                // What stands beside a charge is no matter of money that is held.
                let edits = [("edit", "payments.edit")];
                let held = [("cancel", "payments.cancel_held"), ("capture", "payments.capture_held")];
                let edited = steps.iter().all(|step| *step == "edit");
                let asks = self.steps(steps, if edited { &edits } else { &held })?;
                Ok(amount.filter(|_| !self.case.for_good).map_or(asks, Asks::amount))
            }
            Change::Dispute(steps) => {
                let rules = [
                    ("stage", "disputes.stage"),
                    ("submit", "disputes.submit"),
                    ("accept", "disputes.accept"),
                ];
                self.steps(steps, &rules)
            }
            Change::Read { .. } | Change::Undecided => Err(No),
        }
    }

    fn steps(&self, steps: &[&str], rules: &[(&str, &str)]) -> Result<Asks, No> {
        if steps.is_empty() {
            return Err(No);
        }
        for step in steps {
            let rule = rules.iter().find(|(name, _)| name == step).ok_or(No)?.1;
            self.flagged(rule)?;
        }
        Ok(Asks::enter())
    }
}
