//! Money that goes back, question by question.

use super::{
    super::draw::{Before, CURRENCIES, Charge, Money, Refund, Value},
    Asks, Bug, Naive, No, Verdict,
};

impl Naive<'_> {
    pub(super) fn refund(&self, refund: &Refund) -> Result<Asks, No> {
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
}
