//! `paydesk customer`: the whole desk of one customer, printed.

use serde_json::{Value, json};

use super::{
    exit::Failed,
    find::{ask, joined, raw, visible},
    out::{Done, Shown},
    wire::{Connected, Setup},
};
use crate::{
    desk::{
        Answer, Question,
        data::{Data, Slot},
        summary::{self, Totals},
    },
    model::{
        Charge, Customer, CustomerId, Dispute, IdError, Invoice, InvoiceItem, List, Listed, PaymentMethod,
        ProductId, Record, Subscription,
    },
    money::Money,
    stripe::{Pages, Priority},
    text,
    time::Unix,
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

/// Products named in one question.
const NAMED_AT_ONCE: usize = 100;

/// A list of the customer's, or why it could not be read: the others are printed all the same.
type Part<T> = Result<List<T>, Failed>;

struct Folder {
    charges: Part<Charge>,
    subscriptions: Part<Subscription>,
    invoices: Part<Invoice>,
    methods: Part<PaymentMethod>,
    disputes: Part<Dispute>,
    waiting: Part<InvoiceItem>,
    /// The names of what the subscriptions are for.
    data: Data,
    totals: Totals,
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
            ("disputes", self.disputes.as_ref().err()),
            ("waiting_for_an_invoice", self.waiting.as_ref().err()),
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
        Some(CustomerId::parse(&args.who).map_err(|error| no_id(&args.who, &error))?)
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
        "disputes": raws(&folder.disputes),
        "waiting_for_an_invoice": raws(&folder.waiting),
        "summary": summary(&customer, &folder, &connected),
        "missing": missing.iter().map(Missing::json).collect::<Vec<_>>(),
    });
    for Missing { part, why } in missing {
        note(&format!("the {} could not be read: {}", part.replace('_', " "), why.message()))?;
    }
    Ok(Done::new("customer", result, show(&customer, &folder, &connected)))
}

/// A name is no id, and another command looks for names.
fn no_id(who: &str, error: &IdError) -> Failed {
    let name = matches!(error, IdError::UnknownPrefix { .. } | IdError::Malformed { .. });
    let find = if name {
        format!("; `paydesk find {}` looks for a name", text::clean(who.trim()))
    } else {
        String::new()
    };
    Failed::Usage(format!("{error}{find}"))
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
    let (charges, subscriptions, invoices, methods, waiting) = tokio::join!(
        all(connected, Question::Charges { customer: customer(), after: None }),
        all(connected, Question::Subscriptions { customer: customer(), after: None }),
        all(connected, Question::Invoices { customer: customer(), after: None }),
        all(connected, Question::PaymentMethods { customer: customer(), after: None }),
        all(connected, Question::Waiting(customer())),
    );
    let disputes = disputes(connected, id, &charges).await;
    let data = names(connected, &subscriptions).await;
    whole(&charges, "charges")?;
    whole(&subscriptions, "subscriptions")?;
    whole(&invoices, "invoices")?;
    whole(&methods, "payment methods")?;
    whole(&disputes, "disputes")?;
    whole(&waiting, "amounts that wait for an invoice")?;
    let totals = totals(&charges, &disputes);
    Ok(Folder { charges, subscriptions, invoices, methods, disputes, waiting, data, totals })
}

/// Of each disputed charge.
async fn disputes(connected: &Connected, id: &CustomerId, charges: &Part<Charge>) -> Part<Dispute> {
    let mut found = List::default();
    for charge in rows(charges).filter(|charge| charge.disputed) {
        let question = Question::DisputesOf { customer: id.clone(), charge: charge.id.clone(), after: None };
        let list: List<Dispute> = all(connected, question).await?;
        found.unreadable = found.unreadable.saturating_add(list.unreadable);
        found.rows.extend(list.rows);
    }
    Ok(found)
}

/// Plans are printed by their short ids where their names cannot be read.
async fn names(connected: &Connected, subscriptions: &Part<Subscription>) -> Data {
    let items = rows(subscriptions).flat_map(|row| &row.items.data);
    let mut ids: Vec<ProductId> = items.filter_map(|item| item.price.product_id().cloned()).collect();
    ids.sort();
    ids.dedup();
    let mut data = Data::default();
    for some in ids.chunks(NAMED_AT_ONCE) {
        if let Ok(Answer::Products(page)) = ask(connected, &Question::Products(some.to_vec())).await {
            data.products.extend(page.rows.into_iter().map(|product| (product.id.clone(), product)));
        }
    }
    data
}

/// As the desk's head has them.
fn totals(charges: &Part<Charge>, disputes: &Part<Dispute>) -> Totals {
    let mut folder = crate::desk::data::Folder::default();
    if let Ok(list) = charges {
        folder.charges.fill(list.clone(), 0);
    }
    for dispute in rows(disputes) {
        if let Some(charge) = dispute.charge_id() {
            let slot: &mut Slot<List<Dispute>> = folder.disputes.entry(charge.clone()).or_default();
            slot.value.get_or_insert_default().rows.push(dispute.clone());
        }
    }
    summary::totals(&folder)
}

/// What the desk's head and panes say, computed.
fn summary(customer: &Customer, folder: &Folder, connected: &Connected) -> Value {
    let money = |money: &Money| json!({"amount": money.minor(), "currency": money.currency().code()});
    let sums = |sums: &[Money]| folder.charges.is_ok().then(|| sums.iter().map(money).collect::<Vec<_>>());
    let date = |at: Unix| at.date(&connected.zone);
    let plans = folder.subscriptions.as_ref().ok().map(|list| {
        let plan = |row: &Record<Subscription>| {
            json!({"id": row.id.as_str(), "plan": folder.data.plan_name(row), "price": row.amount_words(),
                "state": row.state_words(date)})
        };
        list.rows.iter().map(plan).collect::<Vec<_>>()
    });
    json!({
        "paid": sums(&folder.totals.paid),
        "refunded": sums(&folder.totals.refunded),
        "there_is_more": folder.totals.more,
        "disputes_open": folder.charges.is_ok().then_some(folder.totals.disputes_open),
        "credit_balance": customer.credit().as_ref().map(money),
        "payment_overdue": customer.delinquent,
        "deleted": customer.deleted,
        "subscriptions": plans,
    })
}

async fn all<T: Listed>(connected: &Connected, question: Question) -> Part<T> {
    visible(connected, &question)?;
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
    let date = |at: Unix| at.date(&connected.zone);
    let since = if customer.deleted { String::new() } else { date(customer.created) };
    let title = if customer.deleted {
        "deleted: only what Stripe still lists of them is known"
    } else {
        customer.title()
    };
    let mut table = vec![row("customer", customer.id.as_str(), &since, "", title)];
    if let Some(email) = &customer.email {
        table.push(row("e-mail", "", "", "", email.as_str()));
    }
    table.extend(sums(customer, folder));
    for charge in rows(&folder.charges) {
        let what = joined(&[&charge.words(), &charge.method()]);
        let money = charge.money().to_string();
        table.push(row("charge", charge.id.as_str(), &date(charge.created), &money, &what));
    }
    for subscription in rows(&folder.subscriptions) {
        let what = joined(&[&folder.data.plan_name(subscription), &subscription.state_words(date)]);
        let since = date(subscription.start_date);
        table.push(row(
            "subscription",
            subscription.id.as_str(),
            &since,
            &subscription.amount_words(),
            &what,
        ));
    }
    for invoice in rows(&folder.invoices) {
        let what = joined(&[invoice.title(), &invoice.status.to_string()]);
        let money = invoice.money().to_string();
        table.push(row("invoice", invoice.id.as_str(), &date(invoice.created), &money, &what));
    }
    for item in rows(&folder.waiting) {
        let amount = Money::new(item.amount, item.currency).to_string();
        let what = item.description.as_ref().map(ToString::to_string).unwrap_or_default();
        table.push(row("waits for an invoice", item.id.as_str(), &date(item.date), &amount, &what));
    }
    for method in rows(&folder.methods) {
        let id = raw(method).get("id").and_then(Value::as_str).map(text::clean).unwrap_or_default();
        table.push(row("payment method", &id, "", "", &method.words()));
    }
    for dispute in rows(&folder.disputes) {
        let due = dispute.evidence_details.as_ref().and_then(|evidence| evidence.due_by);
        let due = due.filter(|_| dispute.is_open()).map(|due| format!("answer until {}", date(due)));
        let status = dispute.status.to_string().replace('_', " ");
        let what = joined(&[&status, dispute.reason.as_str(), due.as_deref().unwrap_or_default()]);
        let money = dispute.money().to_string();
        table.push(row("dispute", dispute.id.as_str(), &date(dispute.created), &money, &what));
    }
    for Missing { part, why } in folder.missing() {
        table.push(row(&part.replace('_', " "), "", "", "", &format!("not read: {}", why.message())));
    }
    Shown::Table { titles: vec!["Kind", "Id", "Date", "Amount", "What"], rows: table }
}

/// What was paid and given back, a line a currency; what stands to the customer's credit, or what they owe.
fn sums(customer: &Customer, folder: &Folder) -> Vec<Vec<String>> {
    let more = if folder.totals.more { "and more, further back" } else { "" };
    let lines = |kind: &'static str, sums: &[Money]| -> Vec<Vec<String>> {
        sums.iter().map(|sum| row(kind, "", "", &sum.to_string(), more)).collect()
    };
    let mut table = lines("paid", &folder.totals.paid);
    table.extend(lines("refunded", &folder.totals.refunded));
    if let Some(credit) = customer.credit() {
        let what =
            if credit.is_negative() { "owed, added to the next invoice" } else { "for the next invoice" };
        table.push(row("credit balance", "", "", &credit.to_string(), what));
    }
    if customer.delinquent {
        table.push(row("payment overdue", "", "", "", ""));
    }
    table
}

fn row(kind: &str, id: &str, date: &str, amount: &str, what: &str) -> Vec<String> {
    [kind, id, date, amount, what].into_iter().map(ToOwned::to_owned).collect()
}
