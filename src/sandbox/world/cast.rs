//! The three customers that every world has, at any seed: the ones the conversations are about.

use super::{
    afterwards,
    billing::{Course, Outcome, Payment},
    calendar::{DAY, HOUR, add_months},
    catalog::{self, GROWTH, PRO},
    life::{card, plain_sub},
    plan::{Person, Plan},
};

/// Index of the last one.
pub(super) const LAST_OF_CAST: u32 = 2;
/// Order that was charged twice.
const ORDER: u32 = 20_611;

const WHO: [(&str, &str, &str); 3] = [
    ("Ada Lovelace", "ada@example.com", "US|Portland|OR|97205|Alder Street|1503"),
    ("Grace Hopper", "grace@example.com", "US|Boston|MA|02116|Newbury Street|1617"),
    ("Alan Turing", "alan@example.com", "US|Chicago|IL|60614|Halsted Street|1312"),
];

/// Changes the person when the index is one of theirs.
pub(super) fn dress(person: &mut Person, index: u32, base: i64) -> bool {
    let Some((name, email, place)) = usize::try_from(index).ok().and_then(|at| WHO.get(at)).copied() else {
        return false;
    };
    *person = Person {
        created: base - i64::from(14 - index) * 31 * DAY,
        name: name.to_owned(),
        email: email.to_owned(),
        phone: Some(format!("+1503555010{index}")),
        description: None,
        currency: "usd",
        place,
        house: 12,
        metadata: vec![("user_id", format!("u_{}", index + 1))],
        deleted: false,
    };
    true
}

/// Makes the history of the three; false for anybody else.
pub(super) fn history(plan: &mut Plan, index: u32) -> bool {
    let made = plan.person.created + 300;
    match index {
        0 => ada(plan, made),
        1 => {
            plan.cards.push(card(made, "visa", "4444", 4, 0x6ACE));
            renewing(plan, PRO, plan.base - 8 * DAY + 15 * HOUR, 9);
        }
        2 => {
            plan.cards.push(card(made, "mastercard", "5454", 4, 0xA1A2));
            renewing(plan, GROWTH, plan.base - DAY + 10 * HOUR, 6);
        }
        _ => return false,
    }
    true
}

/// A monthly subscription whose newest renewal was at `renewal`, `months` after it began.
fn renewing(plan: &mut Plan, rank: usize, renewal: i64, months: i64) {
    let start = add_months(renewal, -months);
    // A month's end can move the day; the anchor that comes back to `renewal` is wanted.
    plan.subs.push(plain_sub(start, catalog::plan_price(rank, "usd", false)));
    let place = plan.subs.len() - 1;
    if add_months(start, months) == renewal {
        plan.bill(place, plan.base, Course::default());
    } else if let Some(sub) = plan.subs.get_mut(place) {
        sub.anchor = renewal;
        sub.created = renewal;
        plan.bill(place, plan.base, Course::default());
    }
}

fn ada(plan: &mut Plan, made: i64) {
    plan.cards.push(card(made, "visa", "4242", 5, 0xADA0));
    let yesterday = plan.base - DAY;
    // The renewal's invoice is taken an hour after it is made; the second charge follows four minutes later.
    renewing(plan, PRO, yesterday + 13 * HOUR, 10);
    let first = plan.intents.len() - 1;
    let again = plan.intents.get_mut(first).map_or(yesterday, |intent| {
        intent.order = Some(ORDER);
        intent.created + 240
    });
    let once = |created, amount, currency, text, order| Payment {
        created,
        amount,
        currency,
        card: 0,
        invoice: None,
        text,
        order,
        outcome: Outcome::Paid,
    };
    plan.pay(once(again, 9_900, "usd", "Subscription update", Some(ORDER)));
    let growth = plan.subs.len();
    let paused = add_months(yesterday + 9 * HOUR, -4) + 3 * DAY;
    plan.subs.push(plain_sub(paused, catalog::plan_price(GROWTH, "usd", false)));
    if let Some(sub) = plan.subs.get_mut(growth) {
        sub.pause = Some(("void", Some(plan.base + 60 * DAY)));
    }
    let charged_from = plan.charges.len();
    plan.bill(growth, plan.base - 60 * DAY, Course::default());
    if let Some(sub) = plan.subs.get_mut(growth) {
        let mut months = 0;
        while add_months(sub.anchor, months + 1) <= plan.base {
            months += 1;
        }
        sub.period = (add_months(sub.anchor, months), add_months(sub.anchor, months + 1));
    }
    let when = plan.charges.get(charged_from).map_or(made, |charge| charge.created);
    plan.give_back(
        charged_from,
        (when + 2 * DAY, 2_000),
        "succeeded",
        ("requested_by_customer", Some("maya")),
    );
    plan.pay(once(yesterday - 20 * DAY, 12_000, "jpy", "Workshop in Tokyo", Some(20_199)));
    afterwards::dispute(plan, plan.charges.len() - 1, 0, 6);
    afterwards::goodwill(plan, -1_000);
}

#[cfg(test)]
mod tests {
    use super::{
        super::{kind::Kind, life, people::Names, plan::Transaction},
        *,
    };

    /// Every day of a year, so that ends of months are among them.
    fn days() -> impl Iterator<Item = i64> {
        (0..366).map(|day| (20_780 + day) * DAY)
    }

    #[test]
    fn ada_was_charged_twice_yesterday_four_minutes_apart() {
        let names = Names::new();
        for base in days() {
            let plan = life::plan(&names, 5, 0, base);
            let twice: Vec<_> = plan
                .intents
                .iter()
                .filter(|intent| intent.order == Some(ORDER) && intent.amount == 9_900)
                .collect();
            assert_eq!(twice.len(), 2, "{base}");
            assert_eq!(twice[1].created - twice[0].created, 240);
            assert!(twice[0].created >= base - DAY && twice[1].created < base, "{base}");
            assert!(twice[0].invoice.is_some() && twice[1].invoice.is_none());
            assert_eq!(plan.moves[0].ending, -1_000);
            assert_eq!(plan.refunds[0].amount, 2_000);
            assert_eq!(plan.amount_of(plan.refunds[0].charge), 4_900);
            assert_eq!(plan.currency_of(plan.disputes[0].charge), "jpy");
            assert!(plan.subs[0].period.0 < base && plan.subs[0].period.1 > base);
            assert!(plan.subs[1].pause.is_some() && plan.subs[1].period.1 > base);
        }
    }

    #[test]
    fn alan_renewed_yesterday_and_grace_will_in_three_weeks() {
        let names = Names::new();
        for base in days() {
            let alan = life::plan(&names, 5, 2, base);
            let last = alan.charges.last().unwrap();
            assert!(last.created >= base - DAY && last.created < base, "{base}");
            assert_eq!(alan.intents.last().unwrap().amount, 4_900);
            let grace = life::plan(&names, 5, 1, base);
            assert_eq!(grace.subs.len(), 1);
            let left = (grace.subs[0].period.1 - base) / DAY;
            assert!((17..=24).contains(&left), "{left} days at {base}");
        }
    }

    #[test]
    fn a_movement_names_its_source() {
        let plan = life::plan(&Names::new(), 5, 0, 20_780 * DAY);
        let charges = plan.transactions.iter().filter(|Transaction { kind, .. }| *kind == "charge").count();
        assert_eq!(charges, plan.charges.len());
        assert!(plan.transactions.iter().any(|movement| movement.source.0 == Kind::Dispute));
    }
}
