//! A drawn case as the engine takes it: a proposal and the facts it is decided on.

use jiff::tz::{Offset, TimeZone};
use paydesk::{
    actions::{Args, CancelWhen, Effect, Gate, Off, PlanMove, Proposal, Step, Subject, Terms},
    model::{
        AnyId, Charge, ChargeId, ChargeStatus, CustomerId, Link, Subscription, SubscriptionId,
        SubscriptionStatus,
    },
    money::{Currency, Money},
    policy::{Fact, Facts, Spent, Sums, Times},
    request::Request,
    time::Unix,
};

use super::draw::{self, Case, Change, Direction, Refund, When};

pub(super) struct Built {
    pub(super) proposal: Proposal,
    pub(super) facts: Facts,
}

/// The end of both is what is typed where nothing has a name.
const CHARGE: &str = "ch_123456";
const SUBSCRIPTION: &str = "sub_123456";
const OTHER: &str = "in_123456";

fn money((minor, code): draw::Money) -> Money {
    Money::new(minor, Currency::parse(code).unwrap())
}

fn charge(case: &Case, refund: &Refund) -> Option<Subject> {
    let drawn = refund.charge.as_ref()?;
    Some(Subject::made(&Charge {
        id: ChargeId::from(CHARGE.to_owned()),
        amount: drawn.taken,
        amount_captured: drawn.taken,
        amount_refunded: drawn.refunded,
        captured: true,
        paid: true,
        currency: Currency::parse(drawn.currency).unwrap(),
        disputed: drawn.disputed,
        status: ChargeStatus::Succeeded,
        created: Unix(case.now - drawn.age_s),
        customer: Some(Link::Id(CustomerId::from("cus_1".to_owned()))),
        ..Charge::default()
    }))
}

fn subscription() -> Subject {
    Subject::made(&Subscription {
        id: SubscriptionId::from(SUBSCRIPTION.to_owned()),
        status: SubscriptionStatus::Active,
        ..Subscription::default()
    })
}

fn step(name: &str) -> Step {
    match name {
        "edit" => Step::EditCharge,
        "cancel" => Step::CancelHeld,
        "capture" => Step::CaptureHeld,
        "stage" => Step::StageEvidence,
        "submit" => Step::SubmitEvidence,
        "accept" => Step::AcceptDispute,
        other => panic!("{other}"),
    }
}

/// What the engine is told of the change: its gates, the object, the amount and the terms.
struct Told {
    gate: Gate,
    also: Vec<Gate>,
    target: &'static str,
    amount: Option<Money>,
    terms: Terms,
}

fn told(gate: Gate, target: &'static str) -> Told {
    Told { gate, also: Vec::new(), target, amount: None, terms: Terms::default() }
}

fn said(told: &mut Told, refund: &Refund) {
    told.terms.reason = refund.reason.map(str::to_owned);
    told.terms.note = refund.note.map(str::to_owned);
}

fn of_money(change: &Change) -> Option<Told> {
    Some(match change {
        Change::Refund(refund) => {
            let mut told = Told { amount: refund.amount.map(money), ..told(Gate::Refund, CHARGE) };
            said(&mut told, refund);
            told
        }
        Change::CallBack => with_steps(told(Gate::Refund, OTHER), vec![Step::CallRefundBack]),
        Change::Credit { amount, given } => {
            let mut told = Told { amount: amount.map(money), ..told(Gate::Credit, OTHER) };
            told.terms.credit = given.map(money);
            told
        }
        Change::CreditAndRefund { amount, given, refund } => {
            let mut told = Told { amount: Some(money((*amount, "usd"))), ..told(Gate::Credit, OTHER) };
            told.also = vec![Gate::Refund];
            told.terms.credit = Some(money((*given, "usd")));
            told.terms.refund = refund.amount.map(money);
            said(&mut told, refund);
            told
        }
        Change::TakeCreditBack => with_steps(told(Gate::Credit, OTHER), vec![Step::TakeCreditBack]),
        Change::Invoice { write_off } => {
            let mut told = told(Gate::InvoicesWrite, OTHER);
            told.terms.write_off = write_off.map(money);
            told
        }
        Change::Held(steps, amount) => {
            let edits = !steps.is_empty() && steps.iter().all(|step| *step == "edit");
            let gate = if edits { Gate::ChargeDetails } else { Gate::Payments };
            let told = Told { amount: amount.map(money), ..told(gate, OTHER) };
            with_steps(told, steps.iter().map(|name| step(name)).collect())
        }
        _ => return None,
    })
}

fn with_steps(mut told: Told, steps: Vec<Step>) -> Told {
    told.terms.steps = steps;
    told
}

fn of_the_rest(change: &Change, now: i64) -> Told {
    match change {
        Change::Cancel { when, proration } => {
            let mut told = told(Gate::Cancel, SUBSCRIPTION);
            told.terms.proration = proration.map(str::to_owned);
            told.terms.cancel = when.map(|when| match when {
                When::PeriodEnd => CancelWhen::PeriodEnd,
                When::Date => CancelWhen::On(Unix(now + 864_000)),
                When::Now => CancelWhen::Now,
            });
            told
        }
        Change::Keep => told(Gate::Cancel, SUBSCRIPTION),
        Change::Pause => told(Gate::Pause, SUBSCRIPTION),
        Change::Details => told(Gate::CustomerDetails, OTHER),
        Change::Method => told(Gate::PaymentMethod, OTHER),
        Change::Portal(features) => {
            let gate = |feature: &&str| match *feature {
                "cancel" => Gate::Cancel,
                "pause" => Gate::Pause,
                "plan" => Gate::ChangePlan,
                "details" => Gate::CustomerDetails,
                _ => Gate::PaymentMethod,
            };
            Told { also: features.iter().map(gate).collect(), ..told(Gate::Portal, OTHER) }
        }
        Change::Plan { direction, proration, drops } => {
            let mut told = told(Gate::ChangePlan, SUBSCRIPTION);
            told.terms.proration = proration.map(str::to_owned);
            told.terms.plan = direction.map(|direction| match direction {
                Direction::Up => PlanMove::Up,
                Direction::Down => PlanMove::Down,
                Direction::Level => PlanMove::Level,
                Direction::Unknown => PlanMove::Unknown,
            });
            if *drops { with_steps(told, vec![Step::DropSchedule]) } else { told }
        }
        Change::Trial { days, seconds, paid } => {
            let mut told = told(Gate::Trial, SUBSCRIPTION);
            told.terms.free_until = days.map(|days| Unix(now + days * 86_400 + seconds));
            told.terms.paid_until = paid.map(|days| Unix(now + days * 86_400));
            told
        }
        Change::Discount { hundredths, months } => {
            let mut told = told(Gate::Discount, SUBSCRIPTION);
            let small = |number: i64| u32::try_from(number).unwrap();
            told.terms.off = Some(Off { hundredths: hundredths.map(small), months: months.map(small) });
            told
        }
        Change::TakeDiscount => with_steps(told(Gate::Discount, SUBSCRIPTION), vec![Step::TakeDiscount]),
        Change::Dispute(steps) => {
            with_steps(told(Gate::Disputes, OTHER), steps.iter().map(|name| step(name)).collect())
        }
        Change::Read { invoices } => told(if *invoices { Gate::InvoicesView } else { Gate::None }, OTHER),
        _ => told(Gate::None, OTHER),
    }
}

/// What it calls itself; reading is no change, and taking a cancellation back is never for good.
fn effect(case: &Case) -> Effect {
    match case.change {
        Change::Read { .. } => Effect::Read,
        Change::Keep => Effect::Write,
        _ if case.for_good => Effect::Destructive,
        _ => Effect::Money,
    }
}

impl Built {
    pub(super) fn of(case: &Case) -> Self {
        let told = of_money(&case.change).unwrap_or_else(|| of_the_rest(&case.change, case.now));
        let effect = effect(case);
        let request = match effect {
            Effect::Read => Request::get("/v1/charges", &[]),
            _ => Request::post("/v1/charges", &[]),
        };
        let proposal = Proposal {
            action: case.action.into(),
            effect,
            gate: told.gate,
            also: told.also,
            args: Args::default(),
            target: AnyId::parse(told.target).unwrap(),
            customer: None,
            amount: told.amount,
            terms: Terms { confirm_word: case.word.map(str::to_owned), ..told.terms },
            sentence: String::new(),
            request,
        };
        Self { proposal, facts: facts(case) }
    }
}

fn facts(case: &Case) -> Facts {
    let unread = || Fact::Unknown("timed out".to_owned());
    let subject = match &case.change {
        Change::Refund(refund) => charge(case, refund).map_or_else(unread, Fact::Known),
        Change::CreditAndRefund { refund, .. } => {
            let invoice =
                Subject::parse(&AnyId::parse(OTHER).unwrap(), format!("{{\"id\": \"{OTHER}\"}}")).unwrap();
            Fact::Known(match charge(case, refund) {
                Some(charge) => invoice.with("refund_amount", charge),
                None => invoice,
            })
        }
        _ if case.subscription_read => Fact::Known(subscription()),
        _ => unread(),
    };
    let offset = Offset::from_hours(i8::try_from(case.zone).unwrap()).unwrap();
    Facts {
        now: Unix(case.now),
        zone: TimeZone::fixed(offset),
        live: case.live,
        read_only: case.read_only.then(|| "the disk is full".to_owned()),
        agent: case.agent.to_owned(),
        subject,
        spent: case
            .before
            .as_ref()
            .map_or_else(|| Fact::Unknown("offline".to_owned()), |before| Fact::Known(spent(before))),
    }
}

fn spent(before: &draw::Before) -> Spent {
    let sums = |of: &[(&str, i64)]| {
        let mut sums = Sums::default();
        for (code, minor) in of {
            sums.add(money((*minor, code_of(code))));
        }
        sums
    };
    let [agent, team, customer] = &before.sums;
    let small = |number: i64| u32::try_from(number).unwrap();
    Spent {
        agent: sums(agent),
        team: sums(team),
        customer: sums(customer),
        times: before.times.map(|(count, days)| Times { count: small(count), days: small(days) }),
        local_only: before.local_only,
        ..Spent::default()
    }
}

fn code_of(code: &str) -> &'static str {
    draw::CURRENCIES.iter().find(|known| **known == code).unwrap()
}
