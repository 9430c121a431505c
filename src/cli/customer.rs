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

struct Folder {
    charges: List<Charge>,
    subscriptions: List<Subscription>,
    invoices: List<Invoice>,
    /// None: the list could not be read, and a note on stderr says so.
    methods: Option<List<PaymentMethod>>,
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
    let result = json!({
        "customer": raw(&customer),
        "charges": raws(&folder.charges),
        "subscriptions": raws(&folder.subscriptions),
        "invoices": raws(&folder.invoices),
        "payment_methods": folder.methods.as_ref().map(raws),
    });
    Ok(Done::new("customer", result, show(&customer, &folder, &connected)))
}

/// The one customer with this address. Stripe minds the case; people do not, so it is asked both ways.
async fn by_email(connected: &Connected, email: &str) -> Result<CustomerId, Failed> {
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
            let ids: Vec<_> = several.iter().map(|customer| customer.id.to_string()).collect();
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
    let methods = match methods {
        Ok(methods) => Some(methods),
        // They decide nothing here: the rest of the customer is worth more than a failure.
        Err(failed) => {
            note(&format!("the payment methods could not be read: {}", failed.message()))?;
            None
        }
    };
    Ok(Folder { charges: charges?, subscriptions: subscriptions?, invoices: invoices?, methods })
}

async fn all<T: Listed>(connected: &Connected, question: Question) -> Result<List<T>, Failed> {
    let pages = Pages::new(&*connected.transport, question.request(), Priority::Waiting);
    let list = pages.all(PAGES_MOST).await?;
    whole(list.has_more, &question.label())?;
    Ok(list)
}

fn raws<T>(list: &List<T>) -> Vec<Value> {
    list.rows.iter().map(raw).collect()
}

/// What is left out is said on stderr, never silently.
fn whole(has_more: bool, what: &str) -> Result<(), Failed> {
    if has_more {
        note(&format!("there are more {what} than are shown here"))?;
    }
    Ok(())
}

fn note(line: &str) -> Result<(), Failed> {
    super::out::note(line).map_err(|error| Failed::Defect(error.to_string()))
}

fn show(customer: &Record<Customer>, folder: &Folder, connected: &Connected) -> Shown {
    let zone = &connected.zone;
    let date = |at: crate::time::Unix| at.date(zone);
    let mut rows = vec![row("customer", customer.id.as_str(), &date(customer.created), "", customer.title())];
    if let Some(email) = &customer.email {
        rows.push(row("e-mail", "", "", "", email.as_str()));
    }
    for charge in &folder.charges.rows {
        let what = format!("{} {}", charge.words(), charge.method());
        let money = charge.money().to_string();
        rows.push(row("charge", charge.id.as_str(), &date(charge.created), &money, &what));
    }
    for subscription in &folder.subscriptions.rows {
        let ends = subscription.ends_at().map(|at| format!(", ends {}", date(at))).unwrap_or_default();
        let what = format!("{}{ends}", subscription.words());
        let amount = subscription.amount_words();
        rows.push(row("subscription", subscription.id.as_str(), "", &amount, &what));
    }
    for invoice in &folder.invoices.rows {
        let what = format!("{} {}", invoice.title(), invoice.status);
        let money = invoice.money().to_string();
        rows.push(row("invoice", invoice.id.as_str(), &date(invoice.created), &money, &what));
    }
    for method in folder.methods.iter().flat_map(|list| &list.rows) {
        let id = raw(method).get("id").and_then(Value::as_str).map(text::clean).unwrap_or_default();
        rows.push(row("payment method", &id, "", "", &method.words()));
    }
    Shown::Table { titles: vec!["Kind", "Id", "Date", "Amount", "What"], rows }
}

fn row(kind: &str, id: &str, date: &str, amount: &str, what: &str) -> Vec<String> {
    [kind, id, date, amount, what].into_iter().map(ToOwned::to_owned).collect()
}
