//! What a decision rests on, read fresh: the object, and what was refunded today, at Stripe and in this ledger together.

use super::{Gate, Stopped, on_ledger, subject};
use crate::{
    actions::{self, Action, Args, FieldError, Moment, Proposal, Subject},
    ledger::{Cap, Counted, LedgerError, Often, Scope, spent},
    model::{AnyId, Charge, Record, Refund},
    money::Money,
    policy::{Fact, Facts, Rule, Rules, Spent, Sums},
    request::Request,
    stripe::plain::explain,
    time::Unix,
};

/// Facts, and which part of the sums this ledger does not hold itself.
pub(super) struct Reading {
    pub(super) facts: Facts,
    pub(super) day_start: Unix,
    /// Where the policy limits how often a customer is refunded: since when, and how often beside this ledger.
    beside: Option<(Unix, i64)>,
    /// Whose refunds are counted together.
    whose: Option<String>,
    outside: Spent,
}

/// A refund as the list shows it.
pub(super) struct Listed {
    /// `re_…`
    pub(super) id: String,
    pub(super) intent: Option<String>,
    pub(super) agent: Option<String>,
    /// As in [`Counted`].
    customer: Option<String>,
    pub(super) amount: Money,
    pub(super) counts: bool,
}

/// The refunds of a day: as Stripe lists them, unless it could not be asked, and as the ledger counts them.
struct Day {
    listed: Option<Vec<Listed>>,
    counted: Result<Vec<Counted>, LedgerError>,
}

impl Day {
    /// The sums, and which part of them the ledger does not hold itself.
    fn spent(&self, agent: &str, customer: Option<&str>) -> (Fact<Spent>, Spent) {
        let counted = match &self.counted {
            Ok(counted) => counted,
            Err(error) => return (Fact::Unknown(error.to_string()), Spent::default()),
        };
        let inside = spent(counted, agent, customer);
        match &self.listed {
            None => (Fact::Known(inside), Spent::default()),
            Some(listed) => {
                let outside = outside(listed, counted, agent, customer);
                (Fact::Known(together(&inside, &outside)), outside)
            }
        }
    }
}

impl Gate {
    /// What the policy decides on, read now.
    pub async fn facts(&self, action: &str, target: &AnyId, args: &Args) -> Facts {
        if let Some(action) = actions::find(action) {
            return self.read_facts(action, (target, args), None).await.facts;
        }
        let unknown = format!("there is no action {}", crate::text::clean(action));
        self.identity.facts(self.now(), Fact::Unknown(unknown.clone()), Fact::Unknown(unknown))
    }

    /// As [`Gate::facts`], without what the intent `except` itself adds to the sums.
    pub(super) async fn read_facts(
        &self,
        action: &'static Action,
        named: (&AnyId, &Args),
        except: Option<&str>,
    ) -> Reading {
        let mut day_start = self.day_start();
        loop {
            let reading = self.read_day(action, named, except, day_start).await;
            // Stripe's answer may have told that it is another day there than this machine thinks.
            let told = self.day_start();
            if told == day_start {
                return reading;
            }
            day_start = told;
        }
    }

    fn day_start(&self) -> Unix {
        self.now().start_of_day(&self.identity.zone)
    }

    /// Today's refunds, of nobody in particular.
    pub async fn spent(&self) -> Fact<Spent> {
        let mut day_start = self.day_start();
        loop {
            let day = self.read_sums(day_start, true, None).await;
            let told = self.day_start();
            if told == day_start {
                let (spent, _) = day.spent(&self.identity.agent, None);
                return match spent {
                    Fact::Known(spent) => Fact::Known(spent.of_nobody()),
                    Fact::Unknown(why) => Fact::Unknown(why),
                };
            }
            day_start = told;
        }
    }

    async fn read_day(
        &self,
        action: &'static Action,
        named: (&AnyId, &Args),
        except: Option<&str>,
        day_start: Unix,
    ) -> Reading {
        // Only refunds are capped by the day. The list of the day is the longer call, so both run at once.
        let capped = action.may_refund();
        let (subject, day) = tokio::join!(
            Box::pin(self.read_subject(action, named)),
            self.read_sums(day_start, capped, except)
        );
        let whose = whose(&subject);
        let (mut spent, outside) = day.spent(&self.identity.agent, whose.as_deref());
        let (mut beside, mut unknown) = (None, None);
        if let (Fact::Known(spent), Some(days)) = (&mut spent, self.often_days().filter(|_| capped)) {
            match self.count_times(&subject, days, except).await {
                Ok(counted) => {
                    spent.times = Some(counted.times);
                    spent.local_only |= counted.local_only;
                    beside = counted.beside;
                }
                Err(why) => unknown = Some(why),
            }
        }
        let spent = unknown.map_or(spent, Fact::Unknown);
        let facts = self.identity.facts(self.now(), subject, spent);
        Reading { facts, day_start, beside, whose, outside }
    }

    /// What the ledger and, where it `asks`, Stripe count since then, without what the intent `except` adds.
    async fn read_sums(&self, day_start: Unix, asks: bool, except: Option<&str>) -> Day {
        let (listed, counted) = tokio::join!(
            async { if asks { self.list_day(day_start).await.ok() } else { None } },
            self.counted(day_start, except),
        );
        let listed = match (listed, &counted) {
            (Some(listed), Ok(counted)) => Some(self.with_notes(listed, counted, day_start).await),
            (listed, _) => listed,
        };
        let ours = |one: &Listed| except.is_some() && one.intent.as_deref() == except;
        let listed = listed.map(|rows| rows.into_iter().filter(|one| !ours(one)).collect());
        Day { listed, counted }
    }

    pub(super) async fn counted(
        &self,
        day_start: Unix,
        except: Option<&str>,
    ) -> Result<Vec<Counted>, LedgerError> {
        let (account, live) = (self.identity.account.clone(), self.identity.live);
        let mut counted =
            on_ledger(&self.ledger, move |ledger| ledger.counted(&account, live, day_start)).await?;
        counted.retain(|one| Some(one.intent.as_str()) != except);
        Ok(counted)
    }

    /// The object that the action is done to, with the others that its arguments name.
    async fn read_subject(&self, action: &'static Action, (target, args): (&AnyId, &Args)) -> Fact<Subject> {
        let expand = action.reads.first().map_or(&[][..], |reads| reads.expand);
        let mut subject = match self.read_object(target, expand).await {
            Ok(subject) => subject,
            Err(why) => return Fact::Unknown(why),
        };
        let others = match action.others(args, &subject.value()) {
            Ok(others) => others,
            Err(error) => return Fact::Unknown(error.to_string()),
        };
        for (reads, id) in others {
            subject = match self.read_object(&id, reads.expand).await {
                Ok(other) => subject.with(reads.field, other),
                Err(why) => return Fact::Unknown(why),
            };
        }
        Fact::Known(subject)
    }

    /// The call of a reading action, after the object that it is about was read where it has to be.
    pub async fn reading(
        &self,
        action: &'static Action,
        args: &Args,
        moment: &Moment,
    ) -> Result<Request, Stopped> {
        let invalid = |error: FieldError| Stopped::Invalid { field: error.field, message: error.reason };
        let subject = if action.reads.is_empty() {
            None
        } else {
            let target = action.target(args).map_err(invalid)?;
            match self.read_subject(action, (&target, args)).await {
                Fact::Known(subject) => Some(subject),
                Fact::Unknown(why) => return Err(Stopped::Facts(why)),
            }
        };
        action.call(args, subject.as_ref(), moment).map_err(invalid)
    }

    async fn read_object(&self, id: &AnyId, expand: &[&str]) -> Result<Subject, String> {
        let request = subject::read_request(id, expand)
            .ok_or_else(|| format!("{} cannot be read", crate::text::a(id.kind.noun())))?;
        let reply = self
            .read(&request)
            .await
            .map_err(|failure| format!("{id} could not be read: {}", explain(&failure)))?;
        Subject::parse(id, reply.body).map_err(|error| error.to_string())
    }

    async fn list_day(&self, day_start: Unix) -> Result<Vec<Listed>, String> {
        let request = Request::get("/v1/refunds", &[]).with("created[gte]", day_start.0).with("limit", 100);
        let rows = self.read_all(request.clone()).await?;
        // Refunds name their customer; where one does not, its charge does.
        let named = rows.iter().all(|row| matches!(customer_field(row), Customer::Named(_)));
        let rows = if named { rows } else { self.read_all(request.expand("data.charge")).await? };
        if rows.iter().any(is_nobodys) {
            return Err("Stripe does not tell whose today's refunds are".into());
        }
        Ok(rows.iter().map(listed).collect())
    }
}

/// The field `customer` of a refund: absent before it existed, null where there is none.
enum Customer {
    Absent,
    Named(Option<String>),
}

fn customer_field(row: &Record<Refund>) -> Customer {
    let value: serde_json::Value = serde_json::from_str(row.raw()).unwrap_or_default();
    let Some(field) = value.get("customer") else { return Customer::Absent };
    let id = field.as_str().or_else(|| field.get("id").and_then(serde_json::Value::as_str));
    Customer::Named(id.map(str::to_owned))
}

/// Neither the refund nor its charge tells whose it is: a server that is asked to expand the charge, and does not.
fn is_nobodys(row: &Record<Refund>) -> bool {
    let unexpanded = row.charge.as_ref().is_some_and(|charge| charge.object().is_none());
    unexpanded && matches!(customer_field(row), Customer::Absent)
}

pub(super) fn listed(row: &Record<Refund>) -> Listed {
    let mark = |name: &str| {
        let found = row.metadata.iter().find(|(key, _)| key.as_str() == name);
        found.map(|(_, value)| value.as_str().to_owned())
    };
    let by_charge = || {
        let charge = row.charge.as_ref().and_then(|charge| charge.object());
        charge.and_then(Charge::customer_id).map(ToString::to_string)
    };
    let customer = match customer_field(row) {
        Customer::Named(customer) => customer,
        Customer::Absent => by_charge(),
    };
    Listed {
        id: row.id.to_string(),
        intent: mark("paydesk_intent"),
        agent: mark("paydesk_agent"),
        customer: customer.or_else(|| row.charge_id().map(ToString::to_string)),
        amount: row.money(),
        counts: row.counts(),
    }
}

/// The customer, or the payment itself where it has none.
pub(super) fn whose(subject: &Fact<Subject>) -> Option<String> {
    match subject {
        Fact::Known(subject) => {
            Some(subject.customer().map_or_else(|| subject.id().id.clone(), |id| id.to_string()))
        }
        Fact::Unknown(_) => None,
    }
}

/// What Stripe shows beside what the ledger counts. Where a refund that the ledger counts came back, it is less
/// than nothing.
fn outside(listed: &[Listed], counted: &[Counted], agent: &str, customer: Option<&str>) -> Spent {
    let mut sums = Spent::default();
    for one in listed {
        let known = counted.iter().find(|known| Some(&known.intent) == one.intent.as_ref());
        let (amount, by, whose) = match (known, one.counts) {
            (None, true) => (one.amount, one.agent.as_deref(), one.customer.as_deref()),
            (Some(known), false) => {
                let back = Money::new(known.amount.minor().saturating_neg(), known.amount.currency());
                (back, Some(known.agent.as_str()), known.customer.as_deref())
            }
            (Some(_), true) | (None, false) => continue,
        };
        sums.team.add(amount);
        if one.intent.is_none() {
            sums.outside.add(amount);
        }
        if by == Some(agent) {
            sums.agent.add(amount);
        }
        if customer.is_some() && whose == customer {
            sums.customer.add(amount);
        }
    }
    sums
}

fn together(inside: &Spent, outside: &Spent) -> Spent {
    let both = |one: &Sums, other: &Sums| {
        let mut sum = one.clone();
        for (currency, minor) in &other.0 {
            sum.add(Money::new(*minor, *currency));
        }
        sum
    };
    Spent {
        agent: both(&inside.agent, &outside.agent),
        team: both(&inside.team, &outside.team),
        customer: both(&inside.customer, &outside.customer),
        outside: outside.outside.clone(),
        times: None,
        local_only: false,
    }
}

impl Reading {
    /// What the ledger has to look at again when it takes the intent in: somebody may be quicker. Beyond the policy's own
    /// limits it is decided again, on fresh facts.
    pub(super) fn limits(&self, rules: &Rules, proposal: &Proposal) -> (Vec<Cap>, Option<Often>) {
        let Some(amount) = proposal.refunds() else { return (Vec::new(), None) };
        let customer = self.whose.clone().unwrap_or_default();
        let (agent, sums) = (self.facts.agent.clone(), &self.outside);
        let scopes = [
            (Rule::CapAgent, Scope::Agent(agent), &sums.agent),
            (Rule::CapTeam, Scope::Team, &sums.team),
            (Rule::CapCustomer, Scope::Customer(customer.clone()), &sums.customer),
        ];
        let currency = amount.currency();
        let cap = |(rule, scope, outside): (Rule, Scope, &Sums)| {
            let most_minor = rules.amount(rule, currency)?.minor();
            Some(Cap { scope, currency, most_minor, already_outside_minor: outside.of(currency).minor() })
        };
        let often = rules.often(Rule::RefundsPerCustomer).zip(self.beside);
        let often =
            often.map(|((most, _), (since, beside))| Often { customer, since, most: most.into(), beside });
        (scopes.into_iter().filter_map(cap).collect(), often)
    }
}

#[cfg(test)]
#[path = "facts_tests.rs"]
mod tests;
