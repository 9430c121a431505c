//! Customers: what is kept for the whole of them.

use super::{
    Action, Args, Build, Choice, Effect, Family, Field, FieldError, FieldKind, Gate, Gives, Listed, Moment,
    Proof, Proposal, Reads, Shown, Subject, Terms, Watch, post, watch, write,
};
use crate::{
    model::{Customer, CustomerId, Kind},
    money::Currency,
    request::Request,
};

const DIRECTION: &[Choice] =
    &[Choice { value: "credit", says: "give credit" }, Choice { value: "debit", says: "take credit back" }];

const WATCHED: &[Watch] = &[
    watch("balance", "balance", Shown::Money),
    watch("currency", "currency", Shown::Plain),
    watch("deleted", "deleted", Shown::Plain),
];

pub(super) const ACTIONS: &[Action] = &[Action {
    name: "adjust_customer_balance",
    family: Family::Customers,
    effect: Effect::Money,
    key: Some("b"),
    hint: "credit",
    summary: "Give a customer credit towards the next invoice, or take it back",
    endpoint: post("/v1/customers/{id}/balance_transactions"),
    permission: write("customer"),
    gate: Gate::Credit,
    fields: &[
        Field {
            name: "customer",
            label: "Customer",
            kind: FieldKind::Id(Kind::Customer),
            required: true,
            help: "the customer; a Dashboard link works too",
            example: "cus_Pgc…",
            param: "customer",
        },
        Field {
            name: "amount",
            label: "Amount",
            kind: FieldKind::Money,
            required: true,
            help: "in the customer's currency and its own decimals",
            example: "10.00",
            param: "amount",
        },
        Field {
            name: "direction",
            label: "Direction",
            kind: FieldKind::Choice(DIRECTION),
            required: false,
            help: "credit unless said otherwise",
            example: "credit",
            param: "direction",
        },
        Field {
            name: "currency",
            label: "Currency",
            kind: FieldKind::Text { most: 3 },
            required: false,
            help: "only for a customer who was never billed and so has none yet",
            example: "usd",
            param: "currency",
        },
        Field {
            name: "description",
            label: "Description",
            kind: FieldKind::Text { most: 350 },
            required: false,
            help: "shown to the customer beside the credit",
            example: "for the outage of 21 Nov",
            param: "description",
        },
        Field {
            name: "note",
            label: "Note",
            kind: FieldKind::Text { most: 400 },
            required: false,
            help: "for colleagues: kept in the audit trail and in the metadata",
            example: "agreed on the phone",
            param: "note",
        },
    ],
    reads: &[Reads { field: "customer", expand: &[], watch: WATCHED }],
    proof: Proof::Listed(Listed {
        path: "/v1/customers/{id}/balance_transactions",
        by: &[],
        noun: "balance transactions",
        echoes: &[("amount", "amount"), ("currency", "currency")],
        says: |_| None,
    }),
    on: &[Kind::Customer],
    applies: adjustable,
    build: Build::Change(adjust),
    gives: Gives::One("customer_balance_transaction"),
    refreshes: &[Kind::Customer],
    undo: None,
    metadata: true,
}];

fn adjustable(subject: &Subject) -> Result<(), String> {
    let customer = subject.read::<Customer>().ok_or("select a customer")?;
    if customer.deleted { Err("the customer is deleted".into()) } else { Ok(()) }
}

/// The customer's own, or the one that is named for somebody who has none.
fn currency(args: &Args, customer: &Customer) -> Result<Currency, FieldError> {
    let wrong = |reason: String| FieldError::new("currency", reason);
    let asked = args.text("currency", 3)?;
    let named = asked.map(|code| {
        let known = Currency::parse(code).filter(|currency| currency.exponent().is_some());
        known.ok_or_else(|| {
            wrong(format!("`{}` is not a currency that paydesk knows", crate::text::clean(code)))
        })
    });
    match (customer.currency, named.transpose()?) {
        (Some(own), Some(named)) if own != named => {
            Err(wrong(format!("this customer is billed in {own}: leave it out")))
        }
        (Some(currency), _) | (None, Some(currency)) => Ok(currency),
        (None, None) => Err(wrong("this customer was never billed: say in which currency".into())),
    }
}

fn adjust(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let id = args.id("customer", CustomerId::parse)?;
    adjustable(subject).map_err(|reason| FieldError::new("customer", reason))?;
    let customer =
        subject.read::<Customer>().ok_or_else(|| FieldError::new("customer", "select a customer"))?;
    if customer.id != id {
        let reason = format!("{id} is not the customer that was read ({})", customer.id);
        return Err(FieldError::new("customer", reason));
    }
    let currency = currency(args, customer)?;
    let amount =
        args.money("amount", currency)?.ok_or_else(|| FieldError::new("amount", "give an amount"))?;
    let debit = args.choice("direction", DIRECTION)? == Some("debit");
    let held = customer.credit().map_or(0, crate::money::Money::minor);
    if debit && amount.minor() > held {
        let reason = format!("{amount} is more than the credit that is there");
        return Err(FieldError::new("amount", reason));
    }
    let description = args.text("description", 350)?;
    let note = args.text("note", 400)?;
    // Stripe's sign: less than nothing is credit.
    let minor = if debit { amount.minor() } else { amount.minor().saturating_neg() };
    let request = Request::post("/v1/customers/{id}/balance_transactions", &[id.as_str()])
        .with("amount", minor)
        .with("currency", currency.code())
        .with_some("description", description);
    Ok(Proposal {
        action: "adjust_customer_balance".into(),
        effect: Effect::Money,
        gate: Gate::Credit,
        also: Vec::new(),
        args: args.clone(),
        target: id.any(),
        customer: Some(id),
        amount: Some(amount),
        terms: Terms { note: note.map(Into::into), ..Terms::default() },
        sentence: if debit {
            format!("take {amount} of credit back")
        } else {
            format!("give {amount} of credit towards the next invoice")
        },
        request,
    })
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::{model::Record, time::Unix};

    fn build(more: &str, args: &[(&str, &str)]) -> Result<Proposal, String> {
        let args = args
            .iter()
            .fold(Args::default().with("customer", "cus_1"), |all, (name, value)| all.with(name, *value));
        let json = format!(r#"{{"id":"cus_1"{more}}}"#);
        let customer = Subject::of(&Record::<Customer>::parse(json).unwrap());
        let moment = Moment { now: Unix(0), zone: TimeZone::UTC };
        adjust(&args, &customer, &moment).map_err(|error| error.to_string())
    }

    #[test]
    fn credit_is_negative_on_the_wire_and_positive_to_people() {
        let proposal = build(r#","currency":"eur""#, &[("amount", "10"), ("description", "sorry")]).unwrap();
        assert_eq!(proposal.request.form(), "amount=-1000&currency=eur&description=sorry");
        assert_eq!(proposal.amount.unwrap().to_string(), "€10.00");
        assert_eq!(proposal.sentence, "give €10.00 of credit towards the next invoice");
    }

    #[test]
    fn no_more_credit_is_taken_back_than_there_is() {
        let held = r#","currency":"usd","balance":-500"#;
        let back = |amount: &str| build(held, &[("amount", amount), ("direction", "debit")]);
        assert_eq!(back("5").unwrap().request.form(), "amount=500&currency=usd");
        assert!(back("5.01").unwrap_err().contains("more than the credit"));
    }

    #[test]
    fn the_currency_is_the_customers_or_has_to_be_said() {
        assert!(build("", &[("amount", "10")]).unwrap_err().contains("say in which currency"));
        assert!(
            build("", &[("amount", "10"), ("currency", "jpy")])
                .unwrap()
                .request
                .form()
                .contains("currency=jpy")
        );
        let other = build(r#","currency":"usd""#, &[("amount", "10"), ("currency", "jpy")]).unwrap_err();
        assert!(other.contains("billed in"), "{other}");
        assert!(build(r#","deleted":true"#, &[("amount", "1")]).unwrap_err().contains("deleted"));
    }
}
