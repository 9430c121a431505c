//! Another plan, quantity, billing day: the change, and what it would cost.

use super::{
    super::{
        Args, Field, FieldError, HERE, IN_PATH, Item, Moment, PlanMove, Proposal, Subject,
        amended::{self, Amended},
        given::{self, COLLECTION, noted, what, with_all},
        subscriptions,
    },
    ANCHOR, DAYS_UNTIL_DUE_MOST, PREVIEW, UPDATE, changeable,
    discounts::one_discount,
};
use crate::{
    model::{Subscription, SubscriptionStatus},
    request::Request,
    text::short_id,
    time::Unix,
};

pub(super) fn update(args: &Args, subject: &Subject, moment: &Moment) -> Result<Proposal, FieldError> {
    let subscription = subject.named::<Subscription>("subscription", args, changeable)?;
    let wanted = amended::wanted(args)?;
    let changes = !wanted.is_empty();
    let anchor = args.choice("billing_cycle_anchor", ANCHOR)?;
    let prorates = changes || anchor == Some("now");
    let behavior = args.choice("proration_behavior", subscriptions::BEHAVIORS)?;
    let date = proration_date(args, subscription, moment)?;
    if let (false, Some(field)) =
        (prorates, behavior.map(|_| "proration_behavior").or(date.map(|_| "proration_date")))
    {
        let reason = "nothing is prorated: give price, quantity or items, or billing_cycle_anchor=now";
        return Err(FieldError::new(field, reason));
    }
    let days = args.int("days_until_due", 1, DAYS_UNTIL_DUE_MOST)?;
    if days.is_some() && method_of(args, subscription)? != "send_invoice" {
        let reason = "it goes with invoices that are mailed: give collection_method=send_invoice too";
        return Err(FieldError::new("days_until_due", reason));
    }
    let amended = if changes { Some(amended::amend(wanted, subscription, subject)?) } else { None };
    let behavior = prorates.then(|| behavior.unwrap_or("create_prorations"));
    let mut params: Vec<_> =
        amended.iter().flat_map(|amended| Item::params(&amended.items, "items")).collect();
    let mut add =
        |name: &str, value: Option<String>| params.extend(value.map(|value| (name.to_owned(), value)));
    // Said although one of them is Stripe's default: the defaults of an account's version are not ours.
    add("proration_behavior", behavior.map(str::to_owned));
    add("proration_date", date.map(|at| at.0.to_string()));
    let as_given = |field: &&Field| !OURS.contains(&field.name) && ![IN_PATH, HERE].contains(&field.param);
    for field in UPDATE.fields.iter().filter(as_given) {
        params.extend(field.params(args, moment)?);
    }
    if params.is_empty() {
        return Err(given::nothing(UPDATE.fields));
    }
    let request = with_all(Request::post(UPDATE.endpoint.path, &[subscription.id.as_str()]), params);
    let (sentence, billed) = says(args, (subscription, amended.as_ref()), (behavior, date), moment);
    let mut proposal = Proposal::of(&UPDATE, (args, subject), request, sentence);
    proposal.terms.plan = amended.as_ref().map(|amended| amended.moves);
    proposal.terms.becomes = amended.and_then(|amended| amended.becomes);
    proposal.terms.proration = behavior.map(Into::into);
    proposal.terms.billed = billed;
    noted(args, proposal)
}

/// Fields that are not sent as they are given.
const OURS: &[&str] = &["price", "quantity", "items", "proration_behavior", "proration_date"];

fn method_of<'a>(args: &Args, subscription: &'a Subscription) -> Result<&'a str, FieldError> {
    let asked = args.choice("collection_method", COLLECTION)?;
    Ok(asked.unwrap_or_else(|| subscription.collection_method.as_str()))
}

/// Stripe prorates within the running period only.
fn proration_date(
    args: &Args,
    subscription: &Subscription,
    moment: &Moment,
) -> Result<Option<Unix>, FieldError> {
    let Some(date) = args.when("proration_date", moment)? else { return Ok(None) };
    let zone = &moment.zone;
    if let (Some(start), Some(end)) = (subscription.period_start(), subscription.period_end())
        && !(start..=end).contains(&date)
    {
        let reason = format!(
            "{} is not in the running period, {} to {}: leave it out for now",
            date.date(zone),
            start.date(zone),
            end.date(zone)
        );
        return Err(FieldError::new("proration_date", reason));
    }
    Ok(Some(date))
}

/// What changes, and what is billed for it and when; that part apart, too.
fn says(
    args: &Args,
    (subscription, amended): (&Subscription, Option<&Amended>),
    (behavior, date): (Option<&str>, Option<Unix>),
    moment: &Moment,
) -> (String, Option<String>) {
    let id = short_id(subscription.id.as_str());
    let Some(behavior) = behavior else { return (format!("change {} of {id}", what(&UPDATE, args)), None) };
    let mut said = vec![match amended {
        Some(amended) => format!("change {id} from {} to {}", amended.before, amended.after),
        None => format!("bill {id} anew from today"),
    }];
    if subscription.status == SubscriptionStatus::Trialing {
        said.push("it is on trial, so nothing is billed before its end".into());
        return (said.join("; "), None);
    }
    let begins =
        args.get("billing_cycle_anchor") == Some("now") || amended.is_some_and(|amended| amended.restarts);
    if begins {
        said.push("a new period begins now and is billed at once, and the billing day moves to today".into());
    }
    let until = date.map(|date| format!(" as of {}", date.short(&moment.zone, moment.now).trim()));
    let until = until.unwrap_or_default();
    let cheaper = amended.is_some_and(|amended| amended.moves == PlanMove::Down);
    let billed = match (behavior, cheaper) {
        // The bill of the whole period that begins takes along what was paid for the rest of the one before.
        ("create_prorations" | "always_invoice", _) if begins => {
            format!("the customer gets credit for the unused time{until} on that bill")
        }
        ("none", _) => "nothing is charged or given back for the running period".into(),
        ("always_invoice", true) => {
            format!("the customer gets credit for the unused time{until}, invoiced at once")
        }
        ("always_invoice", false) => {
            format!("the customer pays the difference for the running period{until} now")
        }
        (_, true) => format!("the customer gets credit for the unused time{until} on the next invoice"),
        (_, false) => {
            format!("the customer pays the difference for the running period{until} with the next invoice")
        }
    };
    said.push(billed.clone());
    let schedule = subscription.schedule_id().map(|id| short_id(id.as_str()));
    said.extend(schedule.map(|schedule| format!("its schedule {schedule} may change it again")));
    (said.join("; "), Some(billed))
}

pub(super) fn preview(args: &Args, subject: &Subject, moment: &Moment) -> Result<Request, FieldError> {
    let subscription = subject.named::<Subscription>("subscription", args, changeable)?;
    let wanted = amended::wanted(args)?;
    let items =
        if wanted.is_empty() { Vec::new() } else { amended::amend(wanted, subscription, subject)?.items };
    one_discount(args, false)?;
    proration_date(args, subscription, moment)?;
    let mut request = Request::post(PREVIEW.endpoint.path, &[]);
    for field in PREVIEW.fields {
        if field.param.starts_with("subscription_details[items]") {
            continue;
        }
        for (name, value) in field.params(args, moment)? {
            // The one discount is the first of the list.
            request = request.with(&name.replace("[][", "[0]["), value);
        }
    }
    Ok(with_all(request, Item::params(&items, "subscription_details[items]")))
}
