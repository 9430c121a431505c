//! What may still be averted: early fraud warnings and open disputes, sorted by what can still be done and until when.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Bag,
    explain::{day, money},
    want::{Look, Want},
};
use crate::{
    actions::Moment,
    model::{AnyId, Charge, Dispute, DisputeStatus, EarlyFraudWarning, Link},
    money::Money,
    time::{DAY_S, Unix, span},
};

/// So far back there is something that is still open: banks take their time, and ask again.
const BACK_S: i64 = 365 * DAY_S;

/// What can still be done, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Can {
    /// A refund now averts the dispute.
    Refund,
    /// Nothing was taken yet: letting it go does.
    Release,
    /// An inquiry: a refund ends it, an answer may.
    AnswerOrRefund,
    /// Evidence, or acceptance.
    Answer,
    /// The bank decides.
    Wait,
    /// It was not answered in time.
    TooLate,
}

impl Can {
    pub fn words(self) -> &'static str {
        match self {
            Self::Refund => "refund it now: that may spare the dispute, and its fee",
            Self::Release => "release it: it is only held, and nothing was taken",
            Self::AnswerOrRefund => {
                "answer it, or refund it where the policy lets you: so long it is only a question of the bank"
            }
            Self::Answer => "answer it with evidence, or accept it",
            Self::Wait => "nothing: the bank decides",
            Self::TooLate => "nothing: it was not answered in time",
        }
    }
}

/// One warning or one dispute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concern {
    pub can: Can,
    pub due: Option<Unix>,
    pub at: Unix,
    pub amount: Option<Money>,
    /// The charge of a warning, the dispute itself.
    pub about: AnyId,
    pub says: String,
}

fn wants(since: Unix) -> [Want; 2] {
    [Want::WarningsSince(since), Want::DisputesSince(since)]
}

/// Since when it is looked at: from a midnight, so that the question stays the same for a day.
pub fn since(moment: &Moment) -> Unix {
    moment.now.plus(-BACK_S).start_of_day(&moment.zone)
}

pub fn looks(bag: &Bag, since: Unix) -> Vec<Look> {
    wants(since).iter().filter_map(|want| bag.next(want)).collect()
}

/// What could not be read.
pub fn gaps(bag: &Bag, since: Unix) -> Vec<String> {
    let gap = |want: &Want| match bag.why_not(want) {
        Some(why) => Some(format!("{}: {}", want.words(), why.words())),
        None => bag.is_cut(want).then(|| format!("{}: there are more than were read", want.words())),
    };
    wants(since).iter().filter_map(gap).collect()
}

/// What can still be done comes first; of what is alike, what is due first, then the larger amount.
pub fn radar(bag: &Bag, moment: &Moment) -> Vec<Concern> {
    let mut all: Vec<Concern> = bag.warnings().filter_map(warning).collect();
    all.extend(bag.disputes().filter_map(|dispute| disputed(dispute, moment)));
    let amount = |concern: &Concern| concern.amount.map_or(0, Money::minor);
    all.sort_by(|a, b| {
        let due = |concern: &Concern| concern.due.unwrap_or(Unix(i64::MAX));
        (a.can, due(a), std::cmp::Reverse(amount(a)), &a.about).cmp(&(
            b.can,
            due(b),
            std::cmp::Reverse(amount(b)),
            &b.about,
        ))
    });
    all
}

/// A warning that nobody has acted on: neither refunded nor disputed.
fn warning(warning: &EarlyFraudWarning) -> Option<Concern> {
    let charge = warning.charge.as_ref()?;
    let about = match charge {
        Link::Id(id) => id.any(),
        Link::Object(charge) => charge.id.any(),
    };
    let charge: Option<&Charge> = charge.object();
    let over = charge.is_some_and(|charge| {
        charge.refunded || charge.disputed || charge.captured && charge.left_to_refund().is_zero()
    });
    let held = charge.filter(|charge| !charge.captured);
    let kind = warning.fraud_type.as_str().replace('_', " ");
    (warning.actionable && !over).then(|| Concern {
        can: if held.is_some() { Can::Release } else { Can::Refund },
        due: None,
        at: warning.created,
        amount: held.map(Charge::money).or_else(|| charge.map(Charge::left_to_refund)),
        about,
        says: format!("early fraud warning ({kind})"),
    })
}

fn disputed(dispute: &Dispute, moment: &Moment) -> Option<Concern> {
    if !dispute.is_open() {
        return None;
    }
    let due = dispute.evidence_details.as_ref().and_then(|details| details.due_by);
    let due = due.filter(|_| dispute.needs_response());
    let late = due.is_some_and(|due| due <= moment.now);
    let can = match &dispute.status {
        _ if late => Can::TooLate,
        DisputeStatus::WarningNeedsResponse => Can::AnswerOrRefund,
        _ if dispute.needs_response() => Can::Answer,
        _ => Can::Wait,
    };
    let reason = dispute.reason.as_str().replace('_', " ");
    let until = match due {
        Some(due) if late => format!("was due {}, ", day(moment, due)),
        Some(due) => format!("due {} (in {}), ", day(moment, due), span(due.since(moment.now))),
        None => String::new(),
    };
    Some(Concern {
        can,
        due,
        at: dispute.created,
        amount: Some(dispute.money()),
        about: dispute.id.any(),
        // The day first: it must not be what a narrow screen cuts.
        says: format!("{until}{} ({reason})", dispute.status),
    })
}

pub const TITLES: [&str; 6] = ["what can be done", "due", "amount", "currency", "about", "says"];

/// For a spreadsheet: days in the zone of whoever reads them, amounts without their currency.
pub fn rows(concerns: &[Concern], zone: &TimeZone) -> Vec<Vec<String>> {
    let row = |concern: &Concern| {
        vec![
            concern.can.words().to_owned(),
            concern.due.map(|due| due.date(zone)).unwrap_or_default(),
            concern.amount.map(Money::plain).unwrap_or_default(),
            concern.amount.map(|amount| amount.currency().code().to_owned()).unwrap_or_default(),
            concern.about.id.clone(),
            concern.says.clone(),
        ]
    };
    concerns.iter().map(row).collect()
}

pub fn json(concerns: &[Concern], gaps: &[String], since: Unix) -> Value {
    let one = |concern: &Concern| {
        json!({
            "can": concern.can, "what": concern.can.words(), "due": concern.due.map(|due| due.0), "at": concern.at.0,
            "amount": concern.amount.map(money), "about": concern.about.id, "says": concern.says,
        })
    };
    json!({"concerns": concerns.iter().map(one).collect::<Vec<_>>(), "not_known": gaps, "since": since.0})
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_435_200;

    #[test]
    fn what_can_still_be_done_comes_first_and_the_sooner_due_before_the_later() {
        let moment = Moment { now: Unix(NOW), zone: TimeZone::UTC };
        let mut bag = Bag::default();
        let dispute = |id: &str, status: &str, due: i64| {
            json!({"id": id, "amount": 9_900, "currency": "usd", "created": NOW - 5 * DAY_S, "status": status,
                "reason": "fraudulent", "charge": "ch_1", "evidence_details": {"due_by": NOW + due}})
        };
        let warning = |id: &str, refunded: bool, actionable: bool| {
            json!({"id": id, "created": NOW - DAY_S, "actionable": actionable, "fraud_type": "made_with_stolen_card",
                "charge": {"id": format!("ch_{id}"), "amount": 500, "amount_captured": 500, "captured": true, "currency": "usd",
                    "refunded": refunded}})
        };
        let since = since(&moment);
        for (want, rows) in [
            (
                Want::WarningsSince(since),
                vec![
                    warning("a", false, true),
                    warning("b", true, true),
                    warning("c", false, false),
                    json!({"id": "held", "created": NOW - DAY_S, "actionable": true, "fraud_type": "misc", "charge":
                        {"id": "ch_held", "amount": 25_000, "captured": false, "currency": "usd", "status": "succeeded"}}),
                ],
            ),
            (
                Want::DisputesSince(since),
                vec![
                    dispute("du_late", "needs_response", -DAY_S),
                    dispute("du_far", "needs_response", 9 * DAY_S),
                    dispute("du_near", "needs_response", 2 * DAY_S),
                    dispute("du_ask", "warning_needs_response", 4 * DAY_S),
                    dispute("du_won", "won", 4 * DAY_S),
                    dispute("du_wait", "under_review", 4 * DAY_S),
                ],
            ),
        ] {
            let look = Look::first(want);
            let page = json!({"data": rows, "has_more": false}).to_string();
            bag.take(&look, Ok(look.read(&page).unwrap()));
        }
        let all = radar(&bag, &moment);
        let order: Vec<_> = all.iter().map(|one| one.about.id.as_str()).collect();
        assert_eq!(order, ["ch_a", "ch_held", "du_ask", "du_near", "du_far", "du_wait", "du_late"]);
        assert_eq!(all[3].says, "due 25 Nov (in 2 days), needs response (fraudulent)");
        assert_eq!(all[0].can.words(), "refund it now: that may spare the dispute, and its fee");
        assert_eq!((all[1].can, all[1].amount.unwrap().to_string()), (Can::Release, "$250.00".into()));
        let rows = rows(&all, &TimeZone::UTC);
        assert!(rows.iter().all(|row| row.len() == TITLES.len()));
        assert_eq!(rows[3][1..5], ["25 Nov 2026", "99.00", "usd", "du_near"]);
        assert!(gaps(&bag, since).is_empty() && looks(&bag, since).is_empty());
    }
}
