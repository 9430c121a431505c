//! What is asked of a policy: the change, and what went before.

use super::{AGENTS, CHANGES, CURRENCIES, Draw, MOST};

pub(crate) type Money = (i64, &'static str);

/// The charge that was read.
#[derive(Clone, Debug)]
pub(crate) struct Charge {
    pub(crate) taken: i64,
    pub(crate) refunded: i64,
    pub(crate) currency: &'static str,
    pub(crate) disputed: bool,
    /// Seconds before now.
    pub(crate) age_s: i64,
}

#[derive(Clone, Debug)]
pub(crate) struct Refund {
    pub(crate) amount: Option<Money>,
    pub(crate) reason: Option<&'static str>,
    pub(crate) note: Option<&'static str>,
    /// None: it could not be read.
    pub(crate) charge: Option<Charge>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    PeriodEnd,
    Date,
    Now,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Up,
    Down,
    Level,
    Unknown,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub(crate) enum Change {
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
        /// Days for which it is paid anyway.
        paid: Option<i64>,
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

pub(crate) const KINDS: &[&str] = &[
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
pub(crate) struct Before {
    /// Of the agent, the team, the customer.
    pub(crate) sums: [Vec<(&'static str, i64)>; 3],
    /// Count and days.
    pub(crate) times: Option<(i64, i64)>,
    pub(crate) local_only: bool,
}

#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is drawn for itself")]
pub(crate) struct Case {
    pub(crate) change: Change,
    pub(crate) agent: &'static str,
    /// One of [`CHANGES`]: what an assistant's list is asked about.
    pub(crate) action: &'static str,
    pub(crate) live: bool,
    pub(crate) read_only: bool,
    pub(crate) now: i64,
    /// Hours east of Greenwich.
    pub(crate) zone: i64,
    /// None: it is not known.
    pub(crate) before: Option<Before>,
    pub(crate) subscription_read: bool,
    pub(crate) for_good: bool,
    pub(crate) word: Option<&'static str>,
}

impl Case {
    pub(crate) fn draw(draw: &mut Draw) -> Self {
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
    pub(crate) fn names_a_refund(&self) -> bool {
        match &self.change {
            Change::Refund(refund) | Change::CreditAndRefund { refund, .. } => refund.amount.is_some(),
            _ => false,
        }
    }

    pub(crate) fn kind(&self) -> &'static str {
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
            paid: draw.maybe(40, |draw| draw.number(-1, 3)),
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
