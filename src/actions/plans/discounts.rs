//! Discounts of a subscription: what may be put on it, and what is taken off.

use serde::Deserialize as _;
use serde_json::Value;

use super::{
    super::{
        Args, Done, FieldError, Gate, Lasts, Moment, Off, PlanMove, Proposal, Sent, Step, Subject, TakesOff,
        by_absence,
        given::{METADATA, noted, with_all},
        subscriptions,
    },
    APPLY_DISCOUNT, REMOVE_DISCOUNT, changeable,
};
use crate::{
    model::{Coupon, CustomerId, Kind, Subscription},
    money::Money,
    request::{Method, Request},
    text::{clean, short_id},
};

pub(super) fn one_discount(args: &Args, needed: bool) -> Result<(), FieldError> {
    match (args.get("coupon"), args.get("promotion_code")) {
        (Some(_), Some(_)) => Err(FieldError::new("coupon", "give coupon or promotion_code, not both")),
        (None, None) if needed => {
            Err(FieldError::new("coupon", "give coupon=SORRY20, or the id of a code: promotion_code=promo_…"))
        }
        _ => Ok(()),
    }
}

/// The ids of its discounts, expanded or not.
fn discounts(object: &Value) -> Vec<&str> {
    let all = object.get("discounts").and_then(Value::as_array);
    all.into_iter()
        .flatten()
        .filter_map(|one| one.as_str().or_else(|| one.get("id").and_then(Value::as_str)))
        .collect()
}

pub(super) fn apply(args: &Args, subject: &Subject, moment: &Moment) -> Result<Proposal, FieldError> {
    let subscription = subject.named::<Subscription>("subscription", args, changeable)?;
    one_discount(args, true)?;
    let object = subject.value();
    let coded = args.get("promotion_code").is_some();
    let field = if coded { "promotion_code" } else { "coupon" };
    let id = args.any_id(field, if coded { Kind::PromotionCode } else { Kind::Coupon })?;
    let wrong = |reason: String| FieldError::new(field, reason);
    // It is always read before anything is sent; on screen it may not be yet.
    let read = subject.other(field).map(Subject::value);
    if let (true, Some(code)) = (coded, &read) {
        redeemable(code, subscription).map_err(wrong)?;
    }
    let coupon =
        if coded { read.as_ref().and_then(|code| code.pointer("/promotion/coupon").cloned()) } else { read };
    let coupon = coupon.filter(Value::is_object);
    if let Some(coupon) = &coupon {
        usable(coupon, &object, subscription).map_err(wrong)?;
    }
    let request = Request::post(APPLY_DISCOUNT.endpoint.path, &[subscription.id.as_str()]);
    let kept = discounts(&object);
    // A list that names one alone would take the others away.
    let request = kept
        .iter()
        .enumerate()
        .fold(request, |request, (at, id)| request.with(&format!("discounts[{at}][discount]"), clean(id)));
    let request = request.with(&format!("discounts[{}][{field}]", kept.len()), &id);
    let behavior = args.choice("proration_behavior", subscriptions::BEHAVIORS)?;
    let request = request.with_some("proration_behavior", behavior);
    let request = with_all(request, METADATA.params(args, moment)?);
    let typed = coupon.as_ref().and_then(|coupon| Coupon::deserialize(coupon).ok());
    let what = typed
        .as_ref()
        .map_or_else(|| clean(&id.id), |coupon| format!("{} ({})", coupon.words(), clean(&id.id)));
    let sentence = format!(
        "give {} {what}: the customer pays less {}{}",
        short_id(subscription.id.as_str()),
        match typed.as_ref().and_then(gives) {
            Some((_, Lasts::Once)) => "on one invoice, the next one",
            _ => "from the next invoice on",
        },
        if kept.is_empty() { "" } else { ", beside the discounts that are there" }
    );
    let mut proposal = Proposal::of(&APPLY_DISCOUNT, (args, subject), request, sentence);
    if let Some(behavior) = behavior {
        proposal.also = vec![Gate::Proration];
        proposal.terms.proration = Some(behavior.into());
        // What is discounted gets cheaper: nothing for the running period gives nothing away.
        proposal.terms.plan = Some(PlanMove::Down);
    }
    let off = Off {
        hundredths: coupon.as_ref().and_then(|coupon| all_off(coupon, &object, subscription)),
        months: typed.as_ref().and_then(|coupon| months(coupon, subscription)),
    };
    proposal.terms.off = Some(off);
    // Of what is discounted and for which bill, some coupons leave other things to tell.
    let plain = coupon.as_ref().is_some_and(|coupon| coupon.get("applies_to").is_none_or(Value::is_null));
    let gives = typed.as_ref().filter(|_| plain).and_then(gives);
    proposal.terms.gives =
        gives.filter(|(_, lasts)| *lasts != Lasts::Once || behavior != Some("always_invoice"));
    noted(args, proposal)
}

/// What the coupon takes off by itself; none of what is not known.
fn gives(coupon: &Coupon) -> Option<(TakesOff, Lasts)> {
    let off = match (&coupon.percent_off, coupon.amount_off, coupon.currency) {
        (Some(percent), _, _) => {
            let percent = percent.to_string();
            TakesOff::Percent(percent.strip_suffix(".0").unwrap_or(&percent).to_owned())
        }
        (None, Some(amount), Some(currency)) => TakesOff::Amount(Money::new(amount, currency)),
        _ => return None,
    };
    let lasts = match (coupon.duration.as_str(), coupon.duration_in_months) {
        ("once", _) => Lasts::Once,
        ("repeating", Some(months)) => Lasts::Months(months),
        ("forever", _) => Lasts::ForEver,
        _ => return None,
    };
    Some((off, lasts))
}

/// Whether a promotion code can be redeemed here.
fn redeemable(code: &Value, subscription: &Subscription) -> Result<(), String> {
    if code.get("active").and_then(Value::as_bool) == Some(false) {
        return Err("the code is not active any more: it is used up, has ended, or was switched off".into());
    }
    let whose = code.get("customer").and_then(|link| link.as_str().or_else(|| link.get("id")?.as_str()));
    let customer = subscription.customer_id().map(CustomerId::as_str);
    match whose {
        Some(whose) if Some(whose) != customer => Err("the code is for another customer".into()),
        _ => Ok(()),
    }
}

/// Whether a coupon can still be given to this subscription.
fn usable(coupon: &Value, object: &Value, subscription: &Subscription) -> Result<(), String> {
    if coupon.get("valid").and_then(Value::as_bool) == Some(false) {
        return Err("the coupon has ended or is used up".into());
    }
    let currency = coupon.get("currency").and_then(Value::as_str);
    if coupon.get("amount_off").is_some_and(Value::is_i64) && currency != Some(subscription.currency.code()) {
        let currency = currency.map(|code| clean(code).to_uppercase()).unwrap_or_default();
        return Err(format!("the coupon is in {currency}, the subscription in {}", subscription.currency));
    }
    let id = coupon.get("id").and_then(Value::as_str);
    let all = object.get("discounts").and_then(Value::as_array).into_iter().flatten();
    let coupons = all.filter_map(|one| {
        let link = one.pointer("/source/coupon")?;
        link.as_str().or_else(|| link.get("id")?.as_str())
    });
    if coupons.clone().any(|known| Some(known) == id) {
        return Err("the coupon is on the subscription already".into());
    }
    Ok(())
}

/// Hundredths of a percent of what is billed, of the coupon and of the discounts that are there.
fn all_off(coupon: &Value, object: &Value, subscription: &Subscription) -> Option<u32> {
    let there = object.get("discounts").and_then(Value::as_array).into_iter().flatten();
    let coupons = there.map(|one| one.pointer("/source/coupon")).chain([Some(coupon)]);
    let mut sum = 0_u32;
    for coupon in coupons {
        sum = sum.checked_add(off(coupon?, subscription)?)?;
    }
    Some(sum)
}

fn off(coupon: &Value, subscription: &Subscription) -> Option<u32> {
    let coupon = Coupon::deserialize(coupon).ok()?;
    if let Some(percent) = &coupon.percent_off {
        return hundredths(&percent.to_string());
    }
    let off = Money::new(coupon.amount_off?, coupon.currency?);
    let whole = subscription.amount().filter(|whole| whole.currency() == off.currency())?.minor();
    if whole <= 0 {
        return None;
    }
    let part = i128::from(off.minor()).checked_mul(10_000)?;
    let whole = i128::from(whole);
    // Rounded up: a little more than allowed is more than allowed.
    u32::try_from(part.checked_add(whole)?.checked_sub(1)?.checked_div(whole)?).ok()
}

/// `12.5` as 1250, rounded up.
fn hundredths(percent: &str) -> Option<u32> {
    let (whole, parts) = percent.split_once('.').unwrap_or((percent, ""));
    if !parts.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let two: String = parts.chars().chain("00".chars()).take(2).collect();
    let rest = parts.bytes().skip(2).any(|digit| digit != b'0');
    whole.parse::<u32>().ok()?.checked_mul(100)?.checked_add(two.parse().ok()?)?.checked_add(u32::from(rest))
}

/// For how many months it takes something off: at least the months that one invoice is for. None: for ever.
fn months(coupon: &Coupon, subscription: &Subscription) -> Option<u32> {
    let asked = match coupon.duration.as_str() {
        "once" => 1,
        "repeating" => coupon.duration_in_months.and_then(|months| u32::try_from(months).ok())?,
        _ => return None,
    };
    let invoice = |recurring: &crate::model::Recurring| {
        let count = u32::try_from(recurring.interval_count).unwrap_or(1);
        match recurring.interval.as_str() {
            "year" => count.saturating_mul(12),
            "month" => count,
            _ => 1,
        }
    };
    let longest =
        subscription.items.data.iter().filter_map(|item| item.price.recurring.as_ref()).map(invoice).max();
    Some(asked.max(longest.unwrap_or(1)))
}

pub(super) fn discounted(subject: &Subject) -> Result<(), String> {
    changeable(subject)?;
    let subscription = subject.read::<Subscription>().ok_or("select a subscription")?;
    if subscription.discounts.is_empty() {
        return Err("there is no discount on the subscription itself".into());
    }
    Ok(())
}

pub(super) fn take_off(args: &Args, subject: &Subject, _moment: &Moment) -> Result<Proposal, FieldError> {
    let subscription = subject.named::<Subscription>("subscription", args, discounted)?;
    let object = subject.value();
    let there = discounts(&object);
    let named = args.get("discount").map(|_| args.any_id("discount", Kind::Discount)).transpose()?;
    let known = there.iter().map(|id| clean(id)).collect::<Vec<_>>().join(", ");
    let gone = match (&named, there.as_slice()) {
        (Some(id), _) if !there.contains(&id.id.as_str()) => {
            return Err(FieldError::new("discount", format!("{id} is not on it: it has {known}")));
        }
        (Some(id), _) => id.id.clone(),
        (None, [only]) => (*only).to_owned(),
        (None, _) => {
            let reason = format!("it has {} discounts: say which, of {known}", there.len());
            return Err(FieldError::new("discount", reason));
        }
    };
    let id = subscription.id.as_str();
    let request = if there.len() == 1 {
        Request::delete(REMOVE_DISCOUNT.endpoint.path, &[id])
    } else {
        // Stripe's call for it speaks of one: of several, the others are named to stay.
        let kept = there.iter().filter(|id| **id != gone).enumerate();
        kept.fold(Request::post("/v1/subscriptions/{id}", &[id]), |request, (at, id)| {
            request.with(&format!("discounts[{at}][discount]"), clean(id))
        })
    };
    let sentence = format!(
        "take the discount {} off {}: the customer pays more from the next invoice on",
        short_id(&clean(&gone)),
        short_id(id)
    );
    let mut proposal = Proposal::of(&REMOVE_DISCOUNT, (args, subject), request, sentence);
    proposal.terms.steps = vec![Step::TakeDiscount];
    noted(args, proposal)
}

/// Those that were to stay are all that is left.
pub(super) fn taken_off(sent: &Sent<'_>, object: &Subject) -> Done {
    let value = object.value();
    let left = discounts(&value);
    let kept: Vec<_> = if sent.request.method == Method::Delete {
        Vec::new()
    } else {
        sent.request
            .params
            .iter()
            .filter(|(name, _)| name.ends_with("[discount]"))
            .map(|(_, id)| id.as_str())
            .collect()
    };
    let gone = left.iter().all(|id| kept.contains(id));
    by_absence(object, gone, "discount")
}
