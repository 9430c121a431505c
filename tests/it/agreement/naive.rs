//! What a file says to a case, as its promises are written: one question after the other, and the first "no" ends it. Slow,
//! plain, and without a line of the engine.

use super::draw::{
    Before, CURRENCIES, Case, Change, Charge, Direction, File, Money, Person, Refund, Section, Value, When,
};

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

/// A slip that somebody could make, planted to see that it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    None,
    /// A limit is not part of what it allows.
    LimitExclusive,
    /// The day's sum is compared before this refund is added.
    CapForgetsItself,
    /// The team's cap is counted over the agent alone.
    TeamIsAgent,
    /// Without Stripe, what this machine counted is taken for all.
    LocalIsEnough,
    /// One refund more than the count allows.
    OnceTooOften,
    /// A currency without a limit takes that of another.
    CurrencyFallsBack,
    /// What the agent's own section says is not read.
    AgentIgnored,
    /// A role forgets what it extends.
    NoInheritance,
    /// A role that names one currency loses the others.
    AmountsReplaced,
    /// A disputed charge is fine where nothing is said.
    DisputeAllowed,
    /// Hours end a minute late.
    HoursInclusive,
    /// The small hours belong to the day that the calendar shows.
    NightIsToday,
    /// Days begin in Greenwich.
    ZoneIgnored,
    /// A confirmation lifts the need for a second person.
    ConfirmBeatsSecond,
    /// One refund in two parts is two small ones.
    PartsForgotten,
    /// What is left of the charge is Stripe's business.
    LeftIgnored,
    /// A discount for ever is short.
    EverIsShort,
    /// `none` is always a fine proration, whatever the plan costs then.
    NoneAlwaysFine,
    /// A trial is counted in days, and their rest is lost.
    TrialRounded,
    /// An assistant is a person like any other.
    AssistantFree,
    /// An assistant with another role is none.
    AssistantByRoleAlone,
    /// A blank reason is a reason.
    BlankIsGiven,
}

impl Bug {
    pub(super) const PLANTED: &[Self] = &[
        Self::LimitExclusive,
        Self::CapForgetsItself,
        Self::TeamIsAgent,
        Self::LocalIsEnough,
        Self::OnceTooOften,
        Self::CurrencyFallsBack,
        Self::AgentIgnored,
        Self::NoInheritance,
        Self::AmountsReplaced,
        Self::DisputeAllowed,
        Self::HoursInclusive,
        Self::NightIsToday,
        Self::ZoneIgnored,
        Self::ConfirmBeatsSecond,
        Self::PartsForgotten,
        Self::LeftIgnored,
        Self::EverIsShort,
        Self::NoneAlwaysFine,
        Self::TrialRounded,
        Self::AssistantFree,
        Self::AssistantByRoleAlone,
        Self::BlankIsGiven,
    ];
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
            Change::Trial { days, seconds } => self.trial(*days, *seconds),
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

    fn refund(&self, refund: &Refund) -> Result<Asks, No> {
        let (Some((amount, currency)), Some(charge)) = (refund.amount, &refund.charge) else {
            return Err(No);
        };
        if self.flag("refunds.allowed") == Some(false) || amount <= 0 || currency != charge.currency {
            return Err(No);
        }
        let most =
            self.amount("refunds.max", currency).filter(|_| CURRENCIES.contains(&currency)).ok_or(No)?;
        let before = if self.bug == Bug::PartsForgotten { 0 } else { charge.refunded };
        let whole = amount + before;
        if self.above(whole, most) {
            return Err(No);
        }
        self.said(refund, (whole, currency))?;
        let disputed = self.of_the_charge(charge, amount)?;
        self.counted((amount, whole), currency)?;
        let automatic =
            self.amount("refunds.automatic", currency).is_some_and(|limit| !self.above(whole, limit));
        let second = self.amount("refunds.second_person_above", currency).is_some_and(|limit| whole > limit);
        Ok(Asks {
            confirm: disputed || !automatic,
            how: Some(Verdict::TypeAmount(amount, currency.to_owned())),
            second,
        })
    }

    fn said(&self, refund: &Refund, (whole, currency): Money) -> Result<(), No> {
        let given = |text: Option<&str>| {
            text.is_some_and(|text| self.bug == Bug::BlankIsGiven || !text.trim().is_empty())
        };
        let reason = self.word("refunds.reason") != Some("optional");
        let note = self.amount("refunds.note_above", currency).is_some_and(|limit| whole > limit);
        if (reason && !given(refund.reason)) || (note && !given(refund.note)) { Err(No) } else { Ok(()) }
    }

    /// Whether it is disputed, and that has to be confirmed.
    fn of_the_charge(&self, charge: &Charge, amount: i64) -> Result<bool, No> {
        let left = charge.taken - charge.refunded;
        let whole = self.flag("refunds.partial_only") == Some(true) && amount >= left;
        let old = self.number("refunds.max_age_days").is_some_and(|days| charge.age_s > days * 86_400);
        if whole || old || (amount > left && self.bug != Bug::LeftIgnored) {
            return Err(No);
        }
        match self.word("refunds.disputed") {
            _ if !charge.disputed => Ok(false),
            Some("allow") => Ok(false),
            Some("confirm") => Ok(true),
            None if self.bug == Bug::DisputeAllowed => Ok(false),
            _ => Err(No),
        }
    }

    fn counted(&self, (amount, whole): (i64, i64), currency: &str) -> Result<(), No> {
        let caps = ["per_agent", "per_team", "per_customer"]
            .map(|of| self.amount(&format!("refunds.daily_cap.{of}"), currency));
        let often = self.value("refunds.max_per_customer");
        if caps.iter().all(Option::is_none) && often.is_none() {
            return Ok(());
        }
        let before: &Before = self.case.before.as_ref().ok_or(No)?;
        let automatic = self.amount("refunds.automatic", currency).unwrap_or(0);
        if before.local_only && self.bug != Bug::LocalIsEnough && self.above(whole, automatic) {
            return Err(No);
        }
        for (at, cap) in caps.into_iter().enumerate() {
            let at = if at == 1 && self.bug == Bug::TeamIsAgent { 0 } else { at };
            let sum =
                before.sums[at].iter().find(|(code, _)| *code == currency).map_or(0, |(_, minor)| *minor);
            let adds = if self.bug == Bug::CapForgetsItself { 1 } else { amount };
            if cap.is_some_and(|cap| sum.max(0) + adds > cap) {
                return Err(No);
            }
        }
        if let Some(Value::Often(most, days)) = often {
            let (count, counted_days) = before.times.ok_or(No)?;
            let more = i64::from(self.bug != Bug::OnceTooOften);
            if counted_days < *days || count + more > *most {
                return Err(No);
            }
        }
        Ok(())
    }

    fn cancel(&self, when: Option<When>, proration: Option<&str>) -> Result<Asks, No> {
        let way = match when.ok_or(No)? {
            When::PeriodEnd => "period_end",
            When::Date => "date",
            When::Now => "now",
        };
        let rule = self.word("subscriptions.proration").unwrap_or("none");
        let credit = match proration {
            None => when == Some(When::PeriodEnd),
            Some("none") => true,
            Some(asked) => asked != "whatever" && (rule == "choose" || rule == asked),
        };
        if !credit || !self.listed("subscriptions.cancel", way) || !self.case.subscription_read {
            return Err(No);
        }
        let word = self.case.word.map(str::trim).filter(|word| !word.is_empty()).unwrap_or("3456");
        Ok(Asks { confirm: true, how: Some(Verdict::TypeName(word.to_owned())), second: false })
    }

    /// What a customer may do at a link, whoever makes it must be able to do in every way.
    fn portal(&self, features: &[&str]) -> Result<Asks, No> {
        self.flagged("customers.portal_links")?;
        for feature in features {
            let may = match *feature {
                "cancel" => ["period_end", "now"].iter().all(|way| self.listed("subscriptions.cancel", way)),
                "plan" => ["up", "down"].iter().all(|way| self.listed("subscriptions.change_plan", way)),
                "pause" => self.flag("subscriptions.pause") == Some(true),
                "details" => self.flag("customers.update_email") == Some(true),
                _ => false,
            };
            if !may {
                return Err(No);
            }
        }
        Ok(Asks::enter())
    }

    fn plan(&self, direction: Option<Direction>, proration: Option<&str>, drops: bool) -> Result<Asks, No> {
        let may = |way: &str| self.listed("subscriptions.change_plan", way);
        let (up, down) = (may("up"), may("down"));
        let fine = match direction {
            _ if drops && !(up && down) => false,
            Some(Direction::Up) => up,
            Some(Direction::Down) => down,
            Some(Direction::Unknown) => up && down,
            Some(Direction::Level) | None => up || down,
        };
        let looked = direction.is_some() || proration.is_some();
        let cheaper = matches!(direction, Some(Direction::Down | Direction::Level));
        let rule = self.word("subscriptions.proration").unwrap_or("none");
        let fine = fine
            && (!looked
                || match proration {
                    None | Some("whatever") => false,
                    Some("none") if cheaper || self.bug == Bug::NoneAlwaysFine => true,
                    Some(asked) => rule == "choose" || rule == asked,
                });
        if fine && self.case.subscription_read { Ok(Asks::enter()) } else { Err(No) }
    }

    fn trial(&self, days: Option<i64>, seconds: i64) -> Result<Asks, No> {
        let most = self.number("subscriptions.max_trial_days").unwrap_or(0);
        let asked = days.ok_or(No)?;
        let late = asked * 86_400 + seconds > most * 86_400;
        let late = if self.bug == Bug::TrialRounded { asked > most } else { late };
        if most == 0 || late || !self.case.subscription_read { Err(No) } else { Ok(Asks::enter()) }
    }

    fn discount(&self, hundredths: Option<i64>, months: Option<i64>) -> Result<Asks, No> {
        let Some(Value::Discount(percent, longest)) = self.value("subscriptions.max_discount") else {
            return Err(No);
        };
        if *percent == 0 || *longest == 0 || hundredths.ok_or(No)? > percent * 100 {
            return Err(No);
        }
        match months {
            Some(months) if months <= *longest => Ok(Asks::enter()),
            None if self.bug == Bug::EverIsShort => Ok(Asks::enter()),
            _ => Err(No),
        }
    }

    fn within(&self, rule: &str, (amount, currency): Money) -> Result<(), No> {
        let most = self.amount(rule, currency).ok_or(No)?;
        if self.above(amount, most) { Err(No) } else { Ok(()) }
    }

    fn credit(&self, amount: Option<Money>, given: Option<Money>) -> Result<Asks, No> {
        let about = amount.filter(|(minor, _)| *minor > 0).ok_or(No)?;
        match given {
            Some((0, _)) => {}
            Some((minor, _)) if minor < 0 => return Err(No),
            Some(given) => self.within("customers.max_credit", given)?,
            None => self.within("customers.max_credit", about)?,
        }
        Ok(Asks::amount(about))
    }

    fn invoice(&self, write_off: Option<Money>) -> Result<Asks, No> {
        self.flagged("invoices.change")?;
        if self.flag("customers.view_invoices") == Some(false) {
            return Err(No);
        }
        match write_off.filter(|(minor, _)| *minor != 0) {
            None => Ok(Asks::enter()),
            Some(amount) => {
                self.within("invoices.max_write_off", amount)?;
                Ok(Asks::amount(amount))
            }
        }
    }
}
