//! Which of a customer's charges stand out as likely duplicates, and the line that says so: found once whenever the charges change,
//! not for each frame.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Cause, Group, Sign, Verdict};
use crate::{
    model::ChargeId,
    money::Money,
    time::{Unix, span},
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    amount: Money,
    count: usize,
    /// From the first to the last.
    span_s: i64,
    newest: Option<Unix>,
    basis: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Marks {
    /// The newest first.
    marks: Vec<Mark>,
    charges: BTreeSet<ChargeId>,
}

/// What they have in common, in two words.
fn basis(group: &Group<'_>) -> &'static str {
    match group.verdict {
        Verdict::Twice(Cause::TwoSubscriptions) => "same product",
        Verdict::Twice(Cause::OldAndNew) => "old and new subscription",
        _ if group.signs.contains(&Sign::SameCard) => "same card",
        Verdict::Twice(Cause::SameInvoice) => "same invoice",
        _ => "same order",
    }
}

impl Marks {
    /// Of groups that were found. What is only held was not taken, and is no mark.
    pub fn of(groups: &[Group<'_>]) -> Self {
        let mut marks = Self::default();
        let taken =
            |group: &&Group<'_>| group.is_likely() && group.verdict != Verdict::Twice(Cause::HoldAndCapture);
        for group in groups.iter().filter(taken) {
            let Some(amount) = group.charges.first().map(|member| member.amount) else { continue };
            marks.charges.extend(group.charges.iter().map(|member| member.id.as_ref().clone()));
            marks.marks.push(Mark {
                amount,
                count: group.charges.len(),
                span_s: group.span_s(),
                newest: group.newest(),
                basis: basis(group).to_owned(),
            });
        }
        marks.marks.sort_by_key(|mark| std::cmp::Reverse(mark.newest));
        marks
    }

    pub fn has(&self, charge: &ChargeId) -> bool {
        self.charges.contains(charge)
    }

    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// `2 charges of $99.00, 4 min apart, same card: likely a duplicate`
    pub fn words(&self) -> Option<String> {
        let Mark { amount, count, span_s, basis, .. } = self.marks.first()?;
        let time = span(*span_s);
        let (time, likely) = if *count > 2 {
            (format!("within {time}"), "likely duplicates")
        } else {
            (format!("{time} apart"), "likely a duplicate")
        };
        let more = match self.marks.len().saturating_sub(1) {
            0 => String::new(),
            more => format!(" · {more} more like this"),
        };
        Some(format!("{count} charges of {amount}, {time}, {basis}: {likely}{more}"))
    }
}
