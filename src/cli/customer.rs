//! `paydesk customer`: the whole desk of one customer, printed.

use serde_json::{Value, json};

use super::{
    exit::Failed,
    find::{ask, raw},
    out::{Done, Shown},
    wire::{Connected, Setup},
};
use crate::{
    desk::{Answer, Question},
    model::{Charge, Customer, CustomerId, Invoice, List, Listed, PaymentMethod, Record, Subscription},
    stripe::{Pages, Priority},
    text,
};

/// Show everything about one customer
#[derive(Debug, clap::Args)]
pub struct Args {
    /// `cus_…`, a Dashboard link, or an e-mail address
    #[arg(value_name = "ID_OR_EMAIL")]
    pub who: String,
}

/// Pages of a hundred, at most: whoever has more has to use a filter, and is told.
const PAGES_MOST: usize = 1_000;

/// A list of the customer's, or why it could not be read: the others are printed all the same.
type Part<T> = Result<List<T>, Failed>;

struct Folder {
    charges: Part<Charge>,
    subscriptions: Part<Subscription>,
    invoices: Part<Invoice>,
    methods: Part<PaymentMethod>,
}

/// What is not there, and why.
struct Missing<'a> {
    part: &'static str,
    why: &'a Failed,
}

impl Folder {
    fn missing(&self) -> Vec<Missing<'_>> {
        let parts = [
            ("charges", self.charges.as_ref().err()),
            ("subscriptions", self.subscriptions.as_ref().err()),
            ("invoices", self.invoices.as_ref().err()),
            ("payment_methods", self.methods.as_ref().err()),
        ];
        parts.into_iter().filter_map(|(part, why)| Some(Missing { part, why: why? })).collect()
    }
}

impl Missing<'_> {
    fn json(&self) -> Value {
        let permission = match self.why {
            Failed::Stripe(error) => error.missing_permission(),
            _ => None,
        };
        json!({"part": self.part, "reason": self.why.message(), "permission": permission})
    }
}

pub(super) async fn customer(args: &Args, setup: &Setup) -> Result<Done, Failed> {
    let wanted = if args.who.contains('@') {
        None
    } else {
        Some(CustomerId::parse(&args.who).map_err(|error| Failed::Usage(error.to_string()))?)
    };
    let connected = setup.connect().await?;
    let id = match wanted {
        Some(id) => id,
        None => by_email(&connected, args.who.trim()).await?,
    };
    let Answer::Customer(customer) = ask(&connected, &Question::Customer(id.clone())).await? else {
        return Err(Failed::Defect("a question about a customer was answered with something else".into()));
    };
    let folder = read(&connected, &id).await?;
    let missing = folder.missing();
    let result = json!({
        "customer": raw(&customer),
        "charges": raws(&folder.charges),
        "subscriptions": raws(&folder.subscriptions),
        "invoices": raws(&folder.invoices),
        "payment_methods": raws(&folder.methods),
        "missing": missing.iter().map(Missing::json).collect::<Vec<_>>(),
    });
    for Missing { part, why } in missing {
        note(&format!("the {} could not be read: {}", part.replace('_', " "), why.message()))?;
    }
    Ok(Done::new("customer", result, show(&customer, &folder, &connected)))
}

/// The one customer with this address. Stripe minds the case; people do not, so it is asked both ways.
pub(super) async fn by_email(connected: &Connected, email: &str) -> Result<CustomerId, Failed> {
    let mut found: Vec<Record<Customer>> = Vec::new();
    let lower = email.to_lowercase();
    for address in [email, &lower] {
        if !found.is_empty() {
            break;
        }
        let question = Question::CustomersByEmail(address.to_owned());
        if let Answer::Customers(page) = ask(connected, &question).await? {
            found = page.rows;
        }
    }
    match found.as_slice() {
        [one] => Ok(one.id.clone()),
        [] => Err(Failed::Usage(format!("no customer has the address {}", text::clean(email)))),
        several => {
            let zone = &connected.zone;
            let one = |customer: &Record<Customer>| {
                format!("{} ({}, since {})", customer.id, customer.title(), customer.created.date(zone))
            };
            let ids: Vec<_> = several.iter().map(one).collect();
            Err(Failed::Usage(format!("several customers have this address: give one of {}", ids.join(", "))))
        }
    }
}

async fn read(connected: &Connected, id: &CustomerId) -> Result<Folder, Failed> {
    let customer = || id.clone();
    let (charges, subscriptions, invoices, methods) = tokio::join!(
        all(connected, Question::Charges { customer: customer(), after: None }),
        all(connected, Question::Subscriptions { customer: customer(), after: None }),
        all(connected, Question::Invoices { customer: customer(), after: None }),
        all(connected, Question::PaymentMethods { customer: customer(), after: None }),
    );
    whole(&charges, "charges")?;
    whole(&subscriptions, "subscriptions")?;
    whole(&invoices, "invoices")?;
    whole(&methods, "payment methods")?;
    Ok(Folder { charges, subscriptions, invoices, methods })
}

async fn all<T: Listed>(connected: &Connected, question: Question) -> Part<T> {
    let pages = Pages::new(&*connected.transport, question.request(), Priority::Waiting);
    Ok(pages.all(PAGES_MOST).await?)
}

/// Null where they could not be read.
fn raws<T>(part: &Part<T>) -> Option<Vec<Value>> {
    part.as_ref().ok().map(|list| list.rows.iter().map(raw).collect())
}

fn rows<T>(part: &Part<T>) -> impl Iterator<Item = &Record<T>> {
    part.iter().flat_map(|list| &list.rows)
}

/// What is left out is said on stderr, never silently.
fn whole<T>(part: &Part<T>, what: &str) -> Result<(), Failed> {
    let Ok(list) = part else { return Ok(()) };
    if list.has_more {
        note(&format!("there are more {what} than are shown here"))?;
    }
    if list.unreadable > 0 {
        note(&format!("{} of the {what} came in a form that is not known here", list.unreadable))?;
    }
    Ok(())
}

fn note(line: &str) -> Result<(), Failed> {
    super::out::note(line).map_err(|error| Failed::Defect(error.to_string()))
}

fn show(customer: &Record<Customer>, folder: &Folder, connected: &Connected) -> Shown {
    let zone = &connected.zone;
    let date = |at: crate::time::Unix| at.date(zone);
    let mut table =
        vec![row("customer", customer.id.as_str(), &date(customer.created), "", customer.title())];
    if let Some(email) = &customer.email {
        table.push(row("e-mail", "", "", "", email.as_str()));
    }
    for charge in rows(&folder.charges) {
        let what = format!("{} {}", charge.words(), charge.method());
        let money = charge.money().to_string();
        table.push(row("charge", charge.id.as_str(), &date(charge.created), &money, &what));
    }
    for subscription in rows(&folder.subscriptions) {
        let ends = subscription.ends_at().map(|at| format!(", ends {}", date(at))).unwrap_or_default();
        let what = format!("{}{ends}", subscription.words());
        let amount = subscription.amount_words();
        table.push(row("subscription", subscription.id.as_str(), "", &amount, &what));
    }
    for invoice in rows(&folder.invoices) {
        let what = format!("{} {}", invoice.title(), invoice.status);
        let money = invoice.money().to_string();
        table.push(row("invoice", invoice.id.as_str(), &date(invoice.created), &money, &what));
    }
    for method in rows(&folder.methods) {
        let id = raw(method).get("id").and_then(Value::as_str).map(text::clean).unwrap_or_default();
        table.push(row("payment method", &id, "", "", &method.words()));
    }
    for Missing { part, why } in folder.missing() {
        table.push(row(&part.replace('_', " "), "", "", "", &format!("not read: {}", why.message())));
    }
    Shown::Table { titles: vec!["Kind", "Id", "Date", "Amount", "What"], rows: table }
}

fn row(kind: &str, id: &str, date: &str, amount: &str, what: &str) -> Vec<String> {
    [kind, id, date, amount, what].into_iter().map(ToOwned::to_owned).collect()
}
