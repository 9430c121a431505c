//! `paydesk explain`: why somebody was charged, to the cent.

use super::{
    customer::by_email,
    exit::Failed,
    out::{Done, Shown},
    wire::{Connected, Setup},
};
use crate::{
    actions::{Gate, Moment},
    answers::{
        Bag, Look, Want, Why,
        explain::{self, Ask, Explanation, Next, Said},
        reply::Voice,
    },
    model::{AnyId, CustomerId, Kind},
    policy::{self, Outcome},
    stripe::gather,
};

/// Say why somebody was charged, to the cent
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["id", "customer"]))]
pub struct Args {
    /// A charge, payment intent, invoice, subscription, refund or dispute; a Dashboard link works too
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    /// Whose charge, where only an amount or a day is known: `cus_…` or an e-mail address
    #[arg(long, value_name = "WHO", conflicts_with = "id")]
    pub customer: Option<String>,
    /// What the customer says was charged, roughly: 49, $49.00, "45 EUR"
    #[arg(long, value_name = "AMOUNT", requires = "customer")]
    pub amount: Option<String>,
    /// The day, roughly: yesterday, "22 Nov", 2026-11-22
    #[arg(long, value_name = "DAY", requires = "customer")]
    pub on: Option<String>,
}

const KINDS: [Kind; 6] =
    [Kind::Charge, Kind::PaymentIntent, Kind::Invoice, Kind::Subscription, Kind::Refund, Kind::Dispute];

pub(super) async fn explain(args: &Args, setup: &Setup) -> Result<Done, Failed> {
    let id = args.id.as_deref().map(wanted).transpose()?;
    let connected = setup.connect().await?;
    let moment = Moment { now: connected.clock.now(), zone: connected.zone.clone() };
    let ask = match (id, &args.customer) {
        (Some(id), _) => Ask::About(id),
        (None, Some(who)) => {
            let said = [&args.amount, &args.on].into_iter().flatten().cloned().collect::<Vec<_>>().join(" ");
            let said = Said::parse(&said, &moment).map_err(Failed::Usage)?;
            Ask::Said(customer(&connected, who).await?, said)
        }
        (None, None) => return Err(Failed::Usage("give an id, or --customer with --amount or --on".into())),
    };
    let bag = read(&connected, |bag| explain::looks(bag, &ask, &moment)).await?;
    let told = explain::explain(&bag, &ask, &moment);
    let voice = connected.languages.voice(explain::whose(&bag, &ask, &told), moment);
    Ok(Done::new("explain", explain::json(&told, &voice), show(&told, &voice)))
}

/// An id of a kind that leads to a charge.
fn wanted(text: &str) -> Result<AnyId, Failed> {
    let id = AnyId::parse(text).filter(|id| KINDS.contains(&id.kind));
    id.ok_or_else(|| {
        let kinds: Vec<_> =
            KINDS.iter().map(|kind| format!("{} ({}…)", kind.noun(), kind.prefix())).collect();
        let text = crate::text::clean(text);
        Failed::Usage(format!("`{text}` leads to no charge: give a {}", kinds.join(", ")))
    })
}

/// `cus_…` or an address.
pub(super) async fn customer(connected: &Connected, who: &str) -> Result<CustomerId, Failed> {
    if who.contains('@') {
        return by_email(connected, who.trim()).await;
    }
    CustomerId::parse(who).map_err(|error| Failed::Usage(error.to_string()))
}

/// Everything that an answer rests on, as far as this key and the policy let it be read.
pub(super) async fn read(connected: &Connected, next: impl Fn(&Bag) -> Vec<Look>) -> Result<Bag, Failed> {
    let hides = |gate: Gate| {
        let policy = connected.gate.in_force();
        let decision = policy::may_see(&policy, &connected.gate.identity().agent, gate);
        (decision.outcome != Outcome::Allow).then(|| decision.denial())
    };
    Ok(gather(&*connected.transport, Bag::default(), hides, next).await?)
}

/// Stripe has this customer: nothing is said of one who is not there as if it had been looked at.
pub(super) fn there(bag: &Bag, id: &CustomerId) -> Result<(), Failed> {
    match bag.why_not(&Want::Object(id.any())) {
        Some(Why::NoSuch) => Err(Failed::Usage(format!(
            "Stripe has no customer {id} on this account: there is none, or it is of another one"
        ))),
        _ => Ok(()),
    }
}

fn show(told: &Explanation, voice: &Voice) -> Shown {
    let moment = &voice.moment;
    let row = |what: &str, amount: String, detail: String| vec![what.to_owned(), amount, detail];
    let mut rows: Vec<Vec<String>> =
        told.says.iter().map(|says| row("answer", String::new(), says.clone())).collect();
    if let Some(sum) = &told.sum {
        let part = |part: &explain::Part| row(part.kind.word(), part.amount.to_string(), part.words());
        rows.extend(sum.parts.iter().map(part));
        let says = if sum.adds_up() {
            "the parts come to exactly that".to_owned()
        } else {
            format!("{} of it is not explained", sum.rest)
        };
        rows.push(row(sum.stand.word(), sum.charged.to_string(), says));
        let tax = sum.tax_included.map(|tax| row("tax", tax.to_string(), "included".into()));
        let refunded = sum.refunded.map(|money| row("refunded", money.to_string(), String::new()));
        rows.extend([tax, refunded].into_iter().flatten());
    }
    for step in &told.chain {
        rows.push(row(step.id.kind.noun(), String::new(), format!("{}  {}", step.id.id, step.says)));
    }
    for fit in &told.others {
        let detail = format!("{} on {}  {}", fit.charge, fit.at.date(&moment.zone), fit.how.join("; "));
        rows.push(row("or", fit.amount.to_string(), detail));
    }
    if let Next::At { at, amount, changes } = &told.next {
        let amount = amount.map(|amount| amount.to_string()).unwrap_or_default();
        let parts = std::iter::once(at.date(&moment.zone)).chain(changes.iter().cloned());
        rows.push(row("next", amount, parts.collect::<Vec<_>>().join("  ")));
    }
    rows.extend(told.unknown.iter().map(|gap| row("not known", String::new(), gap.clone())));
    for looked in &told.looked {
        let not = looked.not.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        rows.push(row("looked at", String::new(), format!("{}{not}", looked.what)));
    }
    rows.extend(told.reply.text(voice).ok().map(|text| row("reply", String::new(), text)));
    Shown::Table { titles: vec!["What", "Amount", "Detail"], rows }
}
