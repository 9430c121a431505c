//! Subscriptions, credit and invoices, question by question.

use super::{
    super::draw::{Direction, Money, Value, When},
    Asks, Bug, Naive, No, Verdict,
};

impl Naive<'_> {
    pub(super) fn cancel(&self, when: Option<When>, proration: Option<&str>) -> Result<Asks, No> {
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
    pub(super) fn portal(&self, features: &[&str]) -> Result<Asks, No> {
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

    pub(super) fn plan(
        &self,
        direction: Option<Direction>,
        proration: Option<&str>,
        drops: bool,
    ) -> Result<Asks, No> {
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

    pub(super) fn trial(&self, days: Option<i64>, seconds: i64, paid: i64) -> Result<Asks, No> {
        let most = self.number("subscriptions.max_trial_days").unwrap_or(0);
        let asked = days.ok_or(No)? - paid;
        let late = asked * 86_400 + seconds > most * 86_400;
        let late = if self.bug == Bug::TrialRounded { asked > most } else { late };
        if most == 0 || late || !self.case.subscription_read { Err(No) } else { Ok(Asks::enter()) }
    }

    pub(super) fn discount(&self, hundredths: Option<i64>, months: Option<i64>) -> Result<Asks, No> {
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

    pub(super) fn credit(&self, amount: Option<Money>, given: Option<Money>) -> Result<Asks, No> {
        let about = amount.filter(|(minor, _)| *minor > 0).ok_or(No)?;
        match given {
            Some((0, _)) => {}
            Some((minor, _)) if minor < 0 => return Err(No),
            Some(given) => self.within("customers.max_credit", given)?,
            None => self.within("customers.max_credit", about)?,
        }
        Ok(Asks::amount(about))
    }

    pub(super) fn invoice(&self, write_off: Option<Money>) -> Result<Asks, No> {
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
