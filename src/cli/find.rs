//! `paydesk find`: what the search box does, printed.

use std::collections::HashSet;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    exit::Failed,
    out::{Done, Shown, note},
    wire::{Connected, Setup},
};
use crate::{
    desk::{
        Answer, Question,
        finder::{self, letter},
    },
    model::{AnyId, Charge, Customer, CustomerId, Invoice, Kind, Record, Subscription},
    money::{Currency, Money},
    policy::{self, Outcome},
    stripe::{self, ErrorKind, Priority},
    text,
    time::{Clock as _, SystemClock, Unix},
};

/// Find customers, charges, invoices by whatever is known of them
#[derive(Debug, clap::Args)]
pub struct Args {
    /// An e-mail, a name, a phone number, an id, an invoice number, the last four digits of a card, an amount, a link, or a whole e-mail
    #[arg(value_name = "TEXT", required = true)]
    pub text: Vec<String>,
    /// Everything, not only the first page of each search
    #[arg(long)]
    pub all: bool,
}

/// Pages of a hundred, at most.
const PAGES_MOST: usize = 1_000;

const TITLES: [&str; 7] = ["Kind", "Id", "Customer", "Who", "Date", "Amount", "What"];

/// One object that was found: whose it is, how much, when, and how it stands.
struct Row {
    kind: &'static str,
    id: String,
    customer: Option<CustomerId>,
    who: String,
    at: Option<Unix>,
    amount: String,
    what: String,
    raw: Value,
}

pub(super) async fn find(args: &Args, setup: &Setup) -> Result<Done, Failed> {
    let words = args.text.join(" ");
    let zone = setup.zone();
    let when = finder::When { now: SystemClock.now(), zone: &zone };
    let letter = letter::read(&words, &when);
    let texts = letter.as_ref().map_or_else(
        || vec![words.clone()],
        |letter| letter.clues.iter().map(|clue| clue.text.clone()).collect(),
    );
    if texts.iter().all(|text| finder::questions(text, &when).is_empty()) {
        return Err(Failed::Usage("this is too short to look for: give three characters or more".into()));
    }
    let connected = setup.connect().await?;
    let mut sought = Sought::default();
    // The surest of what a letter names comes first; what leads to nobody is passed over, as the address of whoever is quoted.
    let mut by = None;
    for (at, text) in texts.iter().enumerate() {
        sought = seek(&connected, (text, &when), args.all).await?;
        if !sought.rows.is_empty() || sought.more {
            by = letter.as_ref().and_then(|letter| letter.clues.get(at));
            break;
        }
    }
    if let Some(clue) = by {
        say(&format!("read as a letter: found by {} ({})", clue.text, clue.what))?;
    }
    if sought.more {
        say(if args.all {
            "there is more than is shown here: say more of what you look for"
        } else {
            "there is more than is shown here: --all shows it, or say more of what you look for"
        })?;
    }
    if sought.rows.is_empty() && !sought.more {
        match &letter {
            Some(_) => say(&format!("read as a letter: nothing found by {}", texts.join(", ")))?,
            None => nothing(&words, &when)?,
        }
    }
    let (mut cells, mut raw) = (Vec::new(), Vec::new());
    for row in sought.rows {
        cells.push(row.cells(&connected));
        raw.push(row.raw);
    }
    Ok(Done::new("find", Value::Array(raw), Shown::Table { titles: TITLES.to_vec(), rows: cells }))
}

/// What one text leads to, each once.
#[derive(Default)]
struct Sought {
    rows: Vec<Row>,
    more: bool,
}

async fn seek(
    connected: &Connected,
    (text, when): (&str, &finder::When<'_>),
    all: bool,
) -> Result<Sought, Failed> {
    let mut sought = Sought::default();
    let mut ids = HashSet::new();
    for question in finder::questions(text, when) {
        let mut next = Some(question);
        for _ in 0..PAGES_MOST {
            let Some(question) = next.take() else { break };
            let page = page_of(connected, (text, when), &question).await?;
            sought.rows.extend(page.rows.into_iter().filter(|row| ids.insert(row.id.clone())));
            next = page.further;
            if !all {
                break;
            }
        }
        sought.more |= next.is_some();
    }
    Ok(sought)
}

fn nothing(words: &str, when: &finder::When<'_>) -> Result<(), Failed> {
    if let Some(why) = finder::no_such_prefix(words) {
        return Err(Failed::Usage(why));
    }
    say(&finder::nothing(words, when, None))
}

/// What one question found, and what comes behind it.
#[derive(Default)]
struct Page {
    rows: Vec<Row>,
    further: Option<Question>,
}

/// An id that does not exist finds nothing; every other failure is one.
async fn page_of(
    connected: &Connected,
    (words, when): (&str, &finder::When<'_>),
    question: &Question,
) -> Result<Page, Failed> {
    let answer = match ask(connected, question).await {
        Ok(answer) => answer,
        Err(Failed::Stripe(error)) if error.error_kind() == ErrorKind::Missing => return Ok(Page::default()),
        Err(failed) => return Err(failed),
    };
    let further = question.further(&answer);
    let rows = match answer {
        Answer::Customers(page) => page.rows.iter().map(customer).collect(),
        Answer::Customer(record) => vec![customer(&record)],
        Answer::Charges(page) => {
            let fits =
                |charge: &&Record<Charge>| finder::charge_fits(query(question.first()), words, when, charge);
            page.rows.iter().filter(fits).map(charge).collect()
        }
        Answer::Invoices(page) => page.rows.iter().map(invoice).collect(),
        Answer::Invoice(record) => vec![invoice(&record)],
        Answer::Object(id, record) => vec![with_owner(connected, object(&id, &record)).await],
        // The finder asks nothing that is answered so.
        Answer::Account(_)
        | Answer::Subscriptions(_)
        | Answer::PaymentMethods(_)
        | Answer::Products(_)
        | Answer::Disputes(_)
        | Answer::Refunds(_)
        | Answer::InvoicePayments(_)
        | Answer::Listed(_)
        | Answer::Waiting(_)
        | Answer::Found(_)
        | Answer::News(_)
        | Answer::One(_)
        | Answer::Rows(_) => Vec::new(),
    };
    Ok(Page { rows, further })
}

/// One question, answered.
pub(super) async fn ask(connected: &Connected, question: &Question) -> Result<Answer, Failed> {
    visible(connected, question)?;
    let reply = stripe::read(&*connected.transport, &question.request(), Priority::Waiting).await?;
    question.read(&reply.body).map_err(|shape| Failed::Unreachable(format!("{shape}: is this Stripe?")))
}

/// The policy hides some of what can be read.
pub(super) fn visible(connected: &Connected, question: &Question) -> Result<(), Failed> {
    let policy = connected.gate.rules();
    let decision = policy::may_see(&policy, &connected.gate.identity().agent, question.gate());
    match decision.outcome {
        Outcome::Allow => Ok(()),
        Outcome::Confirm(_) | Outcome::SecondPerson | Outcome::Deny => {
            Err(Failed::Denied(Box::new(decision)))
        }
    }
}

fn query(question: &Question) -> &str {
    if let Question::ChargeSearch(query) = question { query } else { "" }
}

fn say(line: &str) -> Result<(), Failed> {
    note(line).map_err(|error| Failed::Defect(error.to_string()))
}

/// Whose it is, where the object itself does not name them: a refund or a dispute names its charge. The row is worth
/// showing without, so what cannot be read is left out.
async fn with_owner(connected: &Connected, mut row: Row) -> Row {
    let charge = row.raw.get("charge").and_then(Value::as_str).and_then(AnyId::parse);
    if let (None, Some(charge)) = (&row.customer, charge)
        && let Ok(Answer::Object(_, charge)) = ask(connected, &Question::Object(charge)).await
    {
        row.customer = owner(charge.object());
    }
    if let (true, Some(customer)) = (row.who.is_empty(), &row.customer)
        && let Ok(Answer::Customer(customer)) = ask(connected, &Question::Customer(customer.clone())).await
    {
        customer.title().clone_into(&mut row.who);
    }
    row
}

/// An id, or an object that was expanded.
fn owner(object: &Value) -> Option<CustomerId> {
    let customer = object.get("customer")?;
    let id = customer.as_str().or_else(|| customer.get("id").and_then(Value::as_str));
    id.and_then(|id| CustomerId::parse(id).ok())
}

/// What there is of them, with a dot between.
pub(super) fn joined(parts: &[&str]) -> String {
    parts.iter().copied().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// The object as Stripe sent it.
pub(super) fn raw<T>(record: &Record<T>) -> Value {
    serde_json::from_str(record.raw()).unwrap_or_default()
}

impl Row {
    /// What every object has in the same place.
    fn new(kind: &'static str, raw: Value) -> Self {
        let word = |name: &str| raw.get(name).and_then(Value::as_str).map(text::clean).unwrap_or_default();
        let currency = raw.get("currency").and_then(Value::as_str).and_then(Currency::parse);
        let amount = raw.get("amount").and_then(Value::as_i64).zip(currency);
        let name = raw.pointer("/customer/name").and_then(Value::as_str);
        Self {
            kind,
            id: word("id"),
            customer: owner(&raw),
            who: name.map(text::clean).unwrap_or_default(),
            at: raw.get("created").and_then(Value::as_i64).map(Unix),
            amount: amount
                .map(|(minor, currency)| Money::new(minor, currency).to_string())
                .unwrap_or_default(),
            what: word("status").replace('_', " "),
            raw,
        }
    }

    fn cells(&self, connected: &Connected) -> Vec<String> {
        vec![
            self.kind.to_owned(),
            self.id.clone(),
            self.customer.as_ref().map(ToString::to_string).unwrap_or_default(),
            self.who.clone(),
            self.at.map(|at| at.date(&connected.zone)).unwrap_or_default(),
            self.amount.clone(),
            self.what.clone(),
        ]
    }
}

fn customer(record: &Record<Customer>) -> Row {
    Row {
        customer: Some(record.id.clone()),
        who: record.title().to_owned(),
        what: record.email.as_ref().map(ToString::to_string).unwrap_or_default(),
        ..Row::new("customer", raw(record))
    }
}

fn charge(record: &Record<Charge>) -> Row {
    let what = joined(&[&record.words(), &record.method()]);
    Row { what, ..Row::new("charge", raw(record)) }
}

fn invoice(record: &Record<Invoice>) -> Row {
    let (amount, what) = (record.money().to_string(), joined(&[record.title(), &record.status.to_string()]));
    Row { amount, what, ..Row::new("invoice", raw(record)) }
}

fn subscription(record: &Record<Subscription>) -> Row {
    Row { amount: record.amount_words(), what: record.words(), ..Row::new("subscription", raw(record)) }
}

/// What was found by its id, in the words of its kind.
fn object(id: &AnyId, record: &Record<Value>) -> Row {
    fn typed<T: DeserializeOwned>(record: &Record<Value>, row: fn(&Record<T>) -> Row) -> Option<Row> {
        Record::parse(record.raw().clone()).ok().as_ref().map(row)
    }
    let known = match id.kind {
        Kind::Charge => typed(record, charge),
        Kind::Invoice => typed(record, invoice),
        Kind::Subscription => typed(record, subscription),
        _ => None,
    };
    known.unwrap_or_else(|| Row::new(id.kind.noun(), record.object().clone()))
}
