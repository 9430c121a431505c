//! A link to the customer portal.

use super::{
    super::{Args, FieldError, Gate, Moment, Proposal, Subject, customers::exists, given::noted},
    FLOWS, LOCALES, PORTAL,
};
use crate::{
    model::{Customer, Kind, Subscription},
    request::Request,
    text::short_id,
};

/// The star is the flow: `flow_data[subscription_cancel][subscription]`.
pub(super) const FLOW_SUBSCRIPTION: &str = "flow_data[*][subscription]";

/// What the customer may do at the link, and whether it is about a subscription.
fn flow_of(flow: &str) -> (Option<Gate>, bool) {
    match flow {
        "subscription_cancel" => (Some(Gate::Cancel), true),
        "subscription_pause" => (Some(Gate::Pause), true),
        "subscription_update" => (Some(Gate::ChangePlan), true),
        "customer_update" => (Some(Gate::CustomerDetails), false),
        _ => (None, false),
    }
}

pub(super) fn portal(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let customer = subject.named::<Customer>("customer", args, exists)?;
    let flow = args.choice("flow", FLOWS)?;
    let (gate, about_one) = flow.map_or((None, false), flow_of);
    let subscription =
        args.get("subscription").map(|_| args.any_id("subscription", Kind::Subscription)).transpose()?;
    let wrong = |reason: &str| Err(FieldError::new("subscription", reason));
    match &subscription {
        Some(_) if !about_one => {
            return wrong("the link does not lead to a subscription: leave it out, or give flow");
        }
        None if about_one => return wrong("give the subscription that the link leads to"),
        Some(_) | None => {}
    }
    if let Some(other) = subject.other("subscription") {
        let one = other.named::<Subscription>("subscription", args, runs)?;
        if one.customer_id() != Some(&customer.id) {
            return wrong("it is another customer's");
        }
    }
    if let Some(url) = args.get("return_url")
        && !(url.starts_with("https://") || url.starts_with("http://"))
    {
        return Err(FieldError::new(
            "return_url",
            "give a whole web address, like https://example.com/account",
        ));
    }
    let mut request = Request::post(PORTAL.endpoint.path, &[])
        .with("customer", &customer.id)
        .with_some("flow_data[type]", flow);
    if let (Some(flow), Some(subscription)) = (flow, &subscription) {
        request = request.with(&FLOW_SUBSCRIPTION.replace('*', flow), subscription);
    }
    let request = request
        .with_some("return_url", args.text("return_url", 5_000)?)
        .with_some("locale", args.choice("locale", LOCALES)?)
        .with_some("configuration", args.text("configuration", 255)?);
    let says =
        flow.and_then(|flow| FLOWS.iter().find(|choice| choice.value == flow)).map(|choice| choice.says);
    let leads = says.map_or_else(|| "the whole portal".to_owned(), |says| format!("\"{says}\""));
    let sentence = format!(
        "make a link to {leads} for {}: whoever has it acts as the customer",
        short_id(customer.id.as_str())
    );
    let mut proposal = Proposal::of(&PORTAL, (args, subject), request, sentence);
    // Without a flow the link leads to the whole portal, where all of it can be done.
    proposal.also = if flow.is_some() { gate.into_iter().collect() } else { PORTAL.also.to_vec() };
    noted(args, proposal)
}

pub(super) fn runs(subject: &Subject) -> Result<(), String> {
    let subscription = subject.read::<Subscription>().ok_or("select a subscription")?;
    if subscription.is_over() { Err(format!("it is {}", subscription.status)) } else { Ok(()) }
}
