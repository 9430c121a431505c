//! `paydesk find`: what the search box does, printed.

use serde_json::Value;

use super::{
    exit::Failed,
    out::{Done, Shown, note},
    wire::{Connected, Setup},
};
use crate::{
    desk::{Answer, Question, finder},
    model::{Charge, Customer, Invoice, Record},
    stripe::{self, ErrorKind, Priority},
    text,
};

/// Find customers, charges, invoices by whatever is known of them
#[derive(Debug, clap::Args)]
pub struct Args {
    /// An e-mail, a name, a phone number, an id, an invoice number, the last four digits of a card, an amount, a link
    #[arg(value_name = "TEXT", required = true)]
    pub text: Vec<String>,
}

struct Row {
    cells: Vec<String>,
    raw: Value,
}

pub(super) async fn find(args: &Args, setup: &Setup) -> Result<Done, Failed> {
    let words = args.text.join(" ");
    let questions = finder::questions(&words);
    if questions.is_empty() {
        return Err(Failed::Usage("this is too short to look for: give three characters or more".into()));
    }
    let connected = setup.connect().await?;
    let mut rows: Vec<Row> = Vec::new();
    for question in questions {
        for row in rows_of(&connected, &words, &question).await? {
            if !rows.iter().any(|known| known.raw.get("id") == row.raw.get("id")) {
                rows.push(row);
            }
        }
    }
    if rows.is_empty() {
        say(
            "nothing found; somebody new may be missing for a minute: a whole e-mail or an id finds them at once",
        )?;
    }
    let titles = vec!["Kind", "Id", "Customer", "What"];
    let (cells, raw): (Vec<_>, Vec<_>) = rows.into_iter().map(|row| (row.cells, row.raw)).unzip();
    Ok(Done::new("find", Value::Array(raw), Shown::Table { titles, rows: cells }))
}

/// An id that does not exist finds nothing; every other failure is one.
async fn rows_of(connected: &Connected, words: &str, question: &Question) -> Result<Vec<Row>, Failed> {
    match ask(connected, question).await {
        Ok(answer) => rows(connected, words, question, answer),
        Err(Failed::Stripe(error)) if error.error_kind() == ErrorKind::Missing => Ok(Vec::new()),
        Err(failed) => Err(failed),
    }
}

/// One question, answered.
pub(super) async fn ask(connected: &Connected, question: &Question) -> Result<Answer, Failed> {
    let reply = stripe::read(&*connected.transport, &question.request(), Priority::Waiting).await?;
    question.read(&reply.body).map_err(|shape| Failed::Unreachable(format!("{shape}: is this Stripe?")))
}

fn query(question: &Question) -> &str {
    if let Question::ChargeSearch(query) = question { query } else { "" }
}

fn rows(connected: &Connected, words: &str, question: &Question, answer: Answer) -> Result<Vec<Row>, Failed> {
    whole(&answer)?;
    Ok(rows_in(connected, words, question, answer))
}

/// What is left out is said on stderr, never silently.
fn whole(answer: &Answer) -> Result<(), Failed> {
    let more = match answer {
        Answer::Customers(page) => page.has_more,
        Answer::Charges(page) => page.has_more,
        Answer::Invoices(page) => page.has_more,
        _ => false,
    };
    if more { say("there are more than are shown here: say more of what you look for") } else { Ok(()) }
}

fn say(line: &str) -> Result<(), Failed> {
    note(line).map_err(|error| Failed::Defect(error.to_string()))
}

fn rows_in(connected: &Connected, words: &str, question: &Question, answer: Answer) -> Vec<Row> {
    match answer {
        Answer::Customers(page) => page.rows.iter().map(customer).collect(),
        Answer::Customer(record) => vec![customer(&record)],
        Answer::Charges(page) => page
            .rows
            .iter()
            .filter(|charge| finder::charge_fits(query(question), words, charge))
            .map(|record| charge(record, connected))
            .collect(),
        Answer::Invoices(page) => page.rows.iter().map(|record| invoice(record, connected)).collect(),
        Answer::Invoice(record) => vec![invoice(&record, connected)],
        Answer::Object(id, record) => {
            let owner = record.object().get("customer").map(owner_of).unwrap_or_default();
            let what = record.object().get("status").and_then(Value::as_str).unwrap_or_default();
            let cells = vec![id.kind.noun().to_owned(), id.id.clone(), owner, text::clean(what)];
            vec![Row { cells, raw: record.object().clone() }]
        }
        // The finder asks nothing that is answered so.
        Answer::Account(_)
        | Answer::Subscriptions(_)
        | Answer::PaymentMethods(_)
        | Answer::Products(_)
        | Answer::Disputes(_)
        | Answer::Refunds(_)
        | Answer::InvoicePayments(_) => Vec::new(),
    }
}

/// An id, or an object that was expanded.
fn owner_of(value: &Value) -> String {
    let id = value.as_str().or_else(|| value.get("id").and_then(Value::as_str));
    text::clean(id.unwrap_or_default())
}

/// The object as Stripe sent it.
pub(super) fn raw<T>(record: &Record<T>) -> Value {
    serde_json::from_str(record.raw()).unwrap_or_default()
}

fn customer(record: &Record<Customer>) -> Row {
    let email = record.email.as_ref().map(ToString::to_string).unwrap_or_default();
    let id = record.id.to_string();
    Row {
        cells: vec!["customer".into(), id.clone(), id, format!("{} {email}", record.title())],
        raw: raw(record),
    }
}

fn charge(record: &Record<Charge>, connected: &Connected) -> Row {
    let owner = record.customer_id().map(ToString::to_string).unwrap_or_default();
    let what = format!(
        "{} {} {} {}",
        record.created.short(&connected.zone).trim_start(),
        record.money(),
        record.words(),
        record.method()
    );
    Row { cells: vec!["charge".into(), record.id.to_string(), owner, what], raw: raw(record) }
}

fn invoice(record: &Record<Invoice>, connected: &Connected) -> Row {
    let raw = raw(record);
    let owner = raw.get("customer").map(owner_of).unwrap_or_default();
    let what = format!(
        "{} {} {} {}",
        record.created.short(&connected.zone).trim_start(),
        record.title(),
        record.money(),
        record.status
    );
    Row { cells: vec!["invoice".into(), record.id.to_string(), owner, what], raw }
}
