//! What every change has to pass, whatever it is: the policy is in force, the desk may write, the mode and the hour are
//! right.

use jiff::{ZonedDateTime, civil::Weekday};

use super::{
    Fact, Facts, Looked, Mark,
    role::is_another_person,
    rules::{Rule, Rules},
};
use crate::{
    actions::{Choice, Proposal, Subject},
    model::{AnyId, Object},
};

/// Characters of the id that are typed where nothing has a name.
const TAIL: usize = 4;

/// Our words for one of Stripe's values, and the value in brackets.
pub(super) fn called(choices: &[Choice], value: &str) -> String {
    let found = choices.iter().find(|choice| choice.value == value);
    found.map_or_else(|| value.to_owned(), ToString::to_string)
}

/// Our words for it alone.
pub(super) fn said<'v>(choices: &[Choice], value: &'v str) -> &'v str {
    choices.iter().find(|choice| choice.value == value).map_or(value, |choice| choice.says)
}

/// The rules looked at so far.
#[derive(Debug, Default)]
pub(super) struct Looks(Vec<Looked>);

impl Looks {
    pub(super) fn add(&mut self, rule: impl Into<String>, mark: Mark, says: impl Into<String>) {
        self.0.push(Looked {
            rule: rule.into(),
            mark,
            input: String::new(),
            says: says.into(),
            allowed: None,
            lacks: None,
        });
    }

    pub(super) fn pass(&mut self, rule: impl Into<String>, says: impl Into<String>) {
        self.add(rule, Mark::Pass, says);
    }

    pub(super) fn deny(&mut self, rule: impl Into<String>, says: impl Into<String>) {
        self.add(rule, Mark::Deny, says);
    }

    /// A denial that says what would be allowed.
    pub(super) fn deny_but(
        &mut self,
        rule: impl Into<String>,
        says: impl Into<String>,
        allowed: impl Into<String>,
    ) {
        self.0.push(Looked {
            rule: rule.into(),
            mark: Mark::Deny,
            input: String::new(),
            says: says.into(),
            allowed: Some(allowed.into()),
            lacks: None,
        });
    }

    /// A denial that ends once the parameter is given.
    pub(super) fn lack(&mut self, rule: impl Into<String>, says: impl Into<String>, parameter: &str) {
        let allowed = format!("the same with a {parameter}");
        self.deny_but(rule, says, allowed);
        if let Some(looked) = self.0.last_mut() {
            looked.lacks = Some(parameter.to_owned());
        }
    }

    /// Passes when `fine`, denies otherwise, with the same words.
    pub(super) fn check(&mut self, rule: impl Into<String>, fine: bool, says: impl Into<String>) {
        self.add(rule, if fine { Mark::Pass } else { Mark::Deny }, says);
    }

    /// Whether some rule asks for more than one Enter.
    pub(super) fn asks(&self) -> bool {
        self.0.iter().any(|looked| looked.mark >= Mark::Confirm)
    }

    pub(super) fn done(self) -> Vec<Looked> {
        self.0
    }
}

/// The rules of every change.
pub(super) fn may_change(looks: &mut Looks, rules: &Rules, facts: &Facts) {
    if let Some(closed) = &rules.closed {
        looks.deny(&closed.rule, &closed.why);
    }
    if let Some(why) = &facts.read_only {
        looks.deny("read_only", why);
    }
    let (rule, mode) = if facts.live { (Rule::ModesLive, "live") } else { (Rule::ModesTest, "test") };
    if let Some(may) = rules.flag(rule) {
        let may_words = if may { "may" } else { "may not" };
        looks.check(rule, may, format!("in {mode} mode things {may_words} be changed"));
    }
    hours(looks, rules, &facts.now.zoned(&facts.zone));
}

/// An assistant changes only what is listed for it, whatever its agents may do and whichever role the file gives it.
pub(super) fn assistant(looks: &mut Looks, rules: &Rules, proposal: &Proposal) {
    if !rules.is_assistants {
        return;
    }
    let listed = rules.words(Rule::AssistantActions).unwrap_or_default();
    if listed.contains(&proposal.action) {
        let says = format!("an assistant may ask for {}", proposal.action);
        looks.pass(Rule::AssistantActions, says);
        return;
    }
    let allowed =
        if listed.is_empty() { "it may read".into() } else { format!("it may {}", listed.join(", ")) };
    let says = format!("{} is not listed for an assistant", proposal.action);
    looks.deny_but(Rule::AssistantActions, says, allowed);
}

/// A rule that wants two persons: met where another one stands behind it than the agent, who still confirms it.
pub(super) fn second_person(
    looks: &mut Looks,
    rule: Rule,
    says: String,
    (proposal, facts): (&Proposal, &Facts),
) {
    let other = proposal.terms.second.as_deref().filter(|other| is_another_person(&facts.agent, other));
    match other {
        Some(other) => looks.add(rule, Mark::Confirm, format!("{says}: {} does", crate::text::clean(other))),
        None => looks.add(rule, Mark::SecondPerson, says),
    }
}

/// Days and hours are those of the account's zone, as all days here are.
fn hours(looks: &mut Looks, rules: &Rules, now: &ZonedDateTime) {
    let unsigned = |part: i8| u32::try_from(part).unwrap_or(0);
    let minute = unsigned(now.hour()).saturating_mul(60).saturating_add(unsigned(now.minute()));
    let (from, to) = (rules.number(Rule::HoursFrom), rules.number(Rule::HoursTo));
    let (first, end) = (from.unwrap_or(0), to.unwrap_or(24 * 60));
    // Past midnight when it ends before it begins: then the small hours belong to the day before.
    let late = end < first && minute < end;
    if let Some(days) = rules.words(Rule::HoursDays) {
        let weekday = now.weekday();
        let today = match if late { weekday.previous() } else { weekday } {
            Weekday::Monday => "mon",
            Weekday::Tuesday => "tue",
            Weekday::Wednesday => "wed",
            Weekday::Thursday => "thu",
            Weekday::Friday => "fri",
            Weekday::Saturday => "sat",
            Weekday::Sunday => "sun",
        };
        let listed = if days.is_empty() { "no day".into() } else { days.join(", ") };
        let fine = days.iter().any(|day| day == today);
        let still = if late { "the night still belongs to" } else { "today is" };
        looks.check(Rule::HoursDays, fine, format!("changes are made on {listed}; {still} {today}"));
    }
    if from.is_none() && to.is_none() {
        return;
    }
    let fine = late || (first <= minute && (minute < end || end < first));
    let rule = if from.is_some() { Rule::HoursFrom } else { Rule::HoursTo };
    looks.check(
        rule,
        fine,
        format!("changes are made from {} to {}; it is {}", clock(first), clock(end), clock(minute)),
    );
}

/// Whether changes are made at that time; none where the rules name neither days nor hours.
pub fn is_open(rules: &Rules, at: &ZonedDateTime) -> Option<bool> {
    let mut looks = Looks::default();
    hours(&mut looks, rules, at);
    (!looks.0.is_empty()).then(|| looks.0.iter().all(|looked| looked.mark == Mark::Pass))
}

/// Minutes since midnight as `08:30`.
pub(super) fn clock(minutes: u32) -> String {
    let (hour, minute) = (minutes.checked_div(60).unwrap_or(0), minutes.checked_rem(60).unwrap_or(0));
    format!("{hour:02}:{minute:02}")
}

/// What is typed to confirm: the word that the proposal has for it, or the end of the id where it has none.
pub(super) fn confirm_word(proposal: &Proposal) -> String {
    let named = proposal.terms.confirm_word.as_deref().map(str::trim).filter(|word| !word.is_empty());
    named.map_or_else(
        || {
            let id = &proposal.target.id;
            id.chars().skip(id.chars().count().saturating_sub(TAIL)).collect()
        },
        str::to_owned,
    )
}

/// The object as it was read, if it was, or why the decision cannot be made.
pub(super) fn subject<'f, T: Object>(facts: &'f Facts, target: &AnyId) -> Result<&'f T, String> {
    let noun = target.kind.noun();
    known(facts, target)?.read().ok_or_else(|| format!("{target} cannot be read as {}", crate::text::a(noun)))
}

/// The object as it was read, of whatever kind.
pub(super) fn known<'f>(facts: &'f Facts, target: &AnyId) -> Result<&'f Subject, String> {
    match &facts.subject {
        Fact::Unknown(why) => Err(format!("the {} could not be read: {why}", target.kind.noun())),
        Fact::Known(subject) if subject.id() != target => {
            Err(format!("{} was read, and not {target}", subject.id()))
        }
        Fact::Known(subject) => Ok(subject),
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::{
        super::fixture::{NOW, policy, refund, refund_facts, strictest},
        *,
    };
    use crate::time::{DAY_S, HOUR_S};

    fn at(rules: &str, change: impl Fn(&mut Facts)) -> String {
        let mut facts = refund_facts();
        change(&mut facts);
        let rules = format!("refunds.max.usd = \"500.00\"\nrefunds.automatic.usd = \"500.00\"\n{rules}");
        strictest(&policy(&rules), &refund(100), &facts)
    }

    #[test]
    fn a_desk_that_only_reads_changes_nothing() {
        let read_only = |facts: &mut Facts| facts.read_only = Some("the disk is full".into());
        assert_eq!(at("", read_only), "Deny read_only: the disk is full");
    }

    #[test]
    fn modes_can_be_closed_one_by_one() {
        assert_eq!(
            at("modes.live = false", |facts| facts.live = true),
            "Deny modes.live: in live mode things may not be changed"
        );
        assert!(at("modes.live = false", |_| {}).starts_with("Pass"));
        assert!(at("modes.test = false", |_| {}).starts_with("Deny modes.test"));
    }

    #[test]
    fn days_are_those_of_the_account() {
        let days = "hours.days = [\"mon\"]";
        assert!(at(days, |_| {}).starts_with("Pass"));
        let sunday = |facts: &mut Facts| facts.now = NOW.plus(-DAY_S);
        assert_eq!(at(days, sunday), "Deny hours.days: changes are made on mon; today is sun");
        let tokyo = |facts: &mut Facts| {
            facts.zone = TimeZone::get("Asia/Tokyo").unwrap();
            facts.now = NOW.plus(3 * HOUR_S);
        };
        assert!(at(days, tokyo).contains("today is tue"));
        assert!(at("hours.days = false", |_| {}).contains("on no day"));
    }

    #[test]
    fn a_shift_past_midnight_belongs_to_the_day_it_began() {
        let night = "hours = { days = [\"mon\"], from = \"22:00\", to = \"06:00\" }";
        let after_noon = |hours: i64| move |facts: &mut Facts| facts.now = NOW.plus(hours * HOUR_S);
        for (hours, fine) in [(-9, false), (0, false), (10, true), (15, true), (18, false), (34, false)] {
            assert_eq!(at(night, after_noon(hours)).starts_with("Pass"), fine, "{hours} hours after noon");
        }
        assert!(
            at(night, after_noon(-9)).contains("changes are made on mon; the night still belongs to sun")
        );
    }

    #[test]
    fn hours_end_when_they_say_and_may_pass_midnight() {
        let noon = |rules: &str| at(rules, |_| {}).starts_with("Pass");
        assert!(noon("hours = { from = \"12:00\", to = \"12:01\" }"));
        assert!(!noon("hours = { from = \"08:00\", to = \"12:00\" }"));
        assert!(!noon("hours.from = \"12:01\""));
        assert!(noon("hours.to = \"12:01\""));
        assert!(!noon("hours = { from = \"22:00\", to = \"06:00\" }"));
        assert!(noon("hours = { from = \"22:00\", to = \"12:30\" }"));
        assert!(noon("hours = { from = \"11:00\", to = \"06:00\" }"));
        assert!(!noon("hours = { from = \"12:00\", to = \"12:00\" }"));
        assert!(
            at("hours.from = \"13:30\"", |_| {})
                .contains("Deny hours.from: changes are made from 13:30 to 24:00; it is 12:00")
        );
    }
}
