//! A single amount, or a price that is paid once, on an invoice.

use super::{
    super::{
        Args, FieldError, Gate, HERE, Moment, Proposal, Step, Subject,
        customers::{currency, exists},
        given::{noted, with_all},
    },
    ADD_ITEM, DIRECTION, QUANTITY_MOST,
};
use crate::{
    model::{Customer, Invoice, InvoiceStatus, Kind, Price, Subscription},
    money::Money,
    request::Request,
    text::short_id,
};

/// The amount and what it is of, in words.
fn price_of(args: &Args, subject: &Subject) -> Result<Option<Money>, FieldError> {
    let quantity = args.int("quantity", 0, QUANTITY_MOST)?;
    if args.get("price").is_none() {
        return match quantity {
            Some(_) => {
                Err(FieldError::new("quantity", "it goes with a price: leave it out, or give price=price_…"))
            }
            None => Ok(None),
        };
    }
    let id = args.any_id("price", Kind::Price)?;
    let wrong = |reason: String| Err(FieldError::new("price", reason));
    // It is always read before anything is sent; on screen it may not be yet.
    let Some(price) = subject.other("price").and_then(Subject::read::<Price>) else { return Ok(None) };
    if price.recurring.is_some() {
        return wrong(format!("{id} recurs: an invoice item takes a price that is paid once"));
    }
    if !price.active {
        return wrong(format!("{id} is archived: it cannot be sold any more"));
    }
    Ok(price.amount(quantity.unwrap_or(1)))
}

pub(super) fn add_item(args: &Args, subject: &Subject, moment: &Moment) -> Result<Proposal, FieldError> {
    let customer = subject.named::<Customer>("customer", args, exists)?;
    let priced = args.get("price").is_some();
    let credit = args.choice("direction", DIRECTION)? == Some("credit");
    if priced && (args.get("amount").is_some() || credit) {
        return Err(FieldError::new("price", "give an amount, or a price that the customer pays, not both"));
    }
    let of_price = price_of(args, subject)?;
    let amount = if priced {
        of_price
    } else {
        let currency = currency(args, customer)?;
        let amount = args.money("amount", currency)?;
        Some(amount.ok_or_else(|| FieldError::new("amount", "give an amount, like 10.00, or a price"))?)
    };
    let (start, end) = (args.when("period_start", moment)?, args.when("period_end", moment)?);
    if start.is_some() != end.is_some() || start > end {
        return Err(FieldError::new(
            "period_end",
            "give both ends of the time that it is for, the first one first",
        ));
    }
    let place = place(args, subject, customer)?;
    let id = customer.id.as_str();
    let mut request = Request::post(ADD_ITEM.endpoint.path, &[]).with("customer", id);
    if let (false, Some(amount)) = (priced, amount) {
        // Stripe's sign: less than nothing is the customer's.
        let minor = if credit { amount.minor().saturating_neg() } else { amount.minor() };
        request = request.with("amount", minor).with("currency", amount.currency().code());
    }
    for field in
        ADD_ITEM.fields.iter().filter(|field| !["customer", "amount", "currency"].contains(&field.name))
    {
        if field.param != HERE {
            request = with_all(request, field.params(args, moment)?);
        }
    }
    let words = amount.map_or_else(|| "the price".to_owned(), |amount| amount.to_string());
    let sentence = if credit {
        format!("{place}: the customer gets {words} and pays that much less")
    } else {
        format!("{place}: the customer pays {words} more")
    };
    let mut proposal = Proposal::of(&ADD_ITEM, (args, subject), request, sentence);
    proposal.amount = amount;
    if credit {
        proposal.also = vec![Gate::Credit];
        proposal.terms.credit = amount;
    } else {
        proposal.terms.steps = vec![Step::BillItem];
    }
    noted(args, proposal)
}

/// Where the amount will stand.
fn place(args: &Args, subject: &Subject, customer: &Customer) -> Result<String, FieldError> {
    let whose = |field: &str, owner: Option<&crate::model::CustomerId>| {
        if owner == Some(&customer.id) {
            Ok(())
        } else {
            Err(FieldError::new(field, "it is another customer's"))
        }
    };
    let mut place = format!("on the next invoice of {}", short_id(customer.id.as_str()));
    if args.get("subscription").is_some() {
        let id = args.any_id("subscription", Kind::Subscription)?;
        if let Some(read) = subject.other("subscription").and_then(Subject::read::<Subscription>) {
            whose("subscription", read.customer_id())?;
            if read.is_over() {
                return Err(FieldError::new(
                    "subscription",
                    format!("it is {}: it has no next invoice", read.status),
                ));
            }
        }
        place = format!("on the next invoice of {}", short_id(&id.id));
    }
    if args.get("invoice").is_some() {
        let id = args.any_id("invoice", Kind::Invoice)?;
        if let Some(read) = subject.other("invoice").and_then(Subject::read::<Invoice>) {
            whose("invoice", read.customer_id())?;
            if read.status != InvoiceStatus::Draft {
                return Err(FieldError::new(
                    "invoice",
                    format!("it is {}: only drafts take more", read.status),
                ));
            }
        }
        place = format!("on the draft {}", short_id(&id.id));
    }
    Ok(place)
}
