//! What a subscription holds after a change of its items, and whether that costs more or less than before.

use super::{Args, Becomes, FieldError, Item, PlanMove, Subject};
use crate::{
    model::{Price, PriceId, ProductId, Subscription, SubscriptionItem},
    money::Money,
};

/// Stripe's most.
const ITEMS_MOST: usize = 20;

/// A change of items, whole: each entry names the item that it stands for.
#[derive(Debug)]
pub(super) struct Amended {
    pub items: Vec<Item>,
    pub moves: PlanMove,
    /// `$99.00/mo`
    pub before: String,
    pub after: String,
    /// The plan after it, as far as it was read.
    pub becomes: Option<Becomes>,
    /// It is billed in another rhythm, or for the first time: a period begins anew.
    pub restarts: bool,
}

/// One price and how many of it.
#[derive(Clone, Copy)]
struct Held<'a> {
    price: &'a Price,
    /// None where usage counts.
    quantity: Option<i64>,
}

/// What the arguments ask for; empty where they leave the items alone.
pub(super) fn wanted(args: &Args) -> Result<Vec<Item>, FieldError> {
    let items = args.items("items")?;
    let price = args.get("price").map(|_| args.id("price", PriceId::parse)).transpose()?;
    let quantity = args.int("quantity", 0, super::item::QUANTITY_MOST)?;
    if price.is_none() && quantity.is_none() {
        return Ok(items);
    }
    if !items.is_empty() {
        return Err(FieldError::new("items", "give price and quantity, or items, not both"));
    }
    Ok(vec![Item { price: price.map(|id| id.to_string()), quantity, ..Item::default() }])
}

/// The wanted entries with the items that they are for.
pub(super) fn placed(wanted: Vec<Item>, subscription: &Subscription) -> Result<Vec<Item>, FieldError> {
    let held = &subscription.items;
    let known = || {
        let ids: Vec<_> = held.data.iter().map(|item| item.id.as_str()).collect();
        ids.join(", ")
    };
    let mut placed: Vec<Item> = Vec::new();
    for mut entry in wanted {
        if entry.item.is_none() && !entry.added {
            // Without the item's id Stripe adds a second one, and the customer pays for both.
            let [only] = held.data.as_slice() else {
                let reason = format!(
                    "the subscription has {} items: say which one (si_…=price_…), or +price_… to add one; it has {}",
                    held.data.len(),
                    known()
                );
                return Err(FieldError::new("items", reason));
            };
            entry.item = Some(only.id.as_str().to_owned());
        }
        if let Some(id) = &entry.item {
            if !held.has_more && !held.data.iter().any(|item| item.id.as_str() == id) {
                return Err(FieldError::new("items", format!("{id} is not in it: it has {}", known())));
            }
            if placed.iter().any(|other| other.item.as_ref() == Some(id)) {
                return Err(FieldError::new("items", format!("{id} is given twice")));
            }
        }
        placed.push(entry);
    }
    if placed.len() > ITEMS_MOST {
        let reason = format!("{} entries are too many: Stripe takes {ITEMS_MOST}", placed.len());
        return Err(FieldError::new("items", reason));
    }
    Ok(placed)
}

/// The change as it will stand, or what is wrong with it. Prices that were not read yet are taken as they are.
pub(super) fn amend(
    wanted: Vec<Item>,
    subscription: &Subscription,
    subject: &Subject,
) -> Result<Amended, FieldError> {
    let items = placed(wanted, subscription)?;
    let read = |id: &str| {
        let mut prices = subject
            .others()
            .filter_map(Subject::read::<Price>)
            .chain(subscription.items.data.iter().map(|item| &item.price));
        prices.find(|price| price.id.as_str() == id)
    };
    let (mut after, mut unread) = (Vec::new(), subscription.items.has_more);
    let entry_of =
        |held: &SubscriptionItem| items.iter().find(|entry| entry.item.as_deref() == Some(held.id.as_str()));
    for held in &subscription.items.data {
        let Some(entry) = entry_of(held) else {
            after.push((held.price.id.as_str(), Held { price: &held.price, quantity: held.quantity }));
            continue;
        };
        if entry.deleted {
            continue;
        }
        let id = entry.price.as_deref().unwrap_or(held.price.id.as_str());
        match read(id) {
            Some(price) => {
                fits(price, entry, subscription)?;
                after.push((id, Held { price, quantity: entry.quantity.or(held.quantity) }));
            }
            None => unread = true,
        }
    }
    for entry in items.iter().filter(|entry| entry.item.is_none()) {
        let Some(id) = entry.price.as_deref() else { continue };
        match read(id) {
            Some(price) => {
                fits(price, entry, subscription)?;
                after.push((id, Held { price, quantity: entry.quantity.or(Some(1)) }));
            }
            None => unread = true,
        }
    }
    whole(&after, unread, &items, subscription)?;
    let before: Vec<_> = subscription
        .items
        .data
        .iter()
        .map(|item| Held { price: &item.price, quantity: item.quantity })
        .collect();
    let after: Vec<_> = after.into_iter().map(|(_, held)| held).collect();
    Ok(Amended {
        moves: if unread { PlanMove::Unknown } else { moves(&before, &after) },
        before: subscription.amount_words(),
        becomes: (!unread).then(|| {
            let product = product(&after).filter(|new| product(&before).as_ref() != Some(new));
            Becomes { price: words(&after), product }
        }),
        after: if unread { "a price that was not read yet".into() } else { words(&after) },
        restarts: !unread && restarts(&before, &after),
        items,
    })
}

/// Whether a subscription can hold the price at all.
fn fits(price: &Price, entry: &Item, subscription: &Subscription) -> Result<(), FieldError> {
    let field = if entry.added || entry.deleted { "items" } else { "price" };
    let id = &price.id;
    let wrong = |reason: String| Err(FieldError::new(field, reason));
    let Some(recurring) = &price.recurring else {
        return wrong(format!("{id} is paid once: a subscription takes prices that recur"));
    };
    if price.currency != subscription.currency {
        return wrong(format!(
            "{id} is in {}, the subscription in {}: a subscription keeps its currency",
            price.currency, subscription.currency
        ));
    }
    if recurring.usage_type.as_str() == "metered" && entry.quantity.is_some() {
        return Err(FieldError::new("quantity", format!("{id} is billed by usage: it has no quantity")));
    }
    let is_new = !subscription.items.data.iter().any(|item| item.price.id == *id);
    if !price.active && is_new {
        return wrong(format!("{id} is archived: it cannot be sold any more"));
    }
    Ok(())
}

/// What is wrong with all of it together.
fn whole(
    after: &[(&str, Held<'_>)],
    unread: bool,
    items: &[Item],
    subscription: &Subscription,
) -> Result<(), FieldError> {
    let field = if items.iter().any(|entry| entry.price.is_some()) { "price" } else { "quantity" };
    if after.is_empty() && !unread {
        return Err(FieldError::new("items", "nothing would be left: cancel the subscription instead"));
    }
    for (at, (id, _)) in after.iter().enumerate() {
        if after.iter().skip(at.saturating_add(1)).any(|(other, _)| other == id) {
            return Err(FieldError::new(
                "items",
                format!("{id} would be in it twice: change its quantity instead"),
            ));
        }
    }
    let before = &subscription.items.data;
    let same = before.len() == after.len()
        && before
            .iter()
            .zip(after)
            .all(|(held, (id, now))| held.price.id.as_str() == *id && (held.quantity == now.quantity));
    if same && !unread {
        let reason = format!("it is on that plan already: {}", subscription.amount_words());
        return Err(FieldError::new(field, reason));
    }
    Ok(())
}

fn product(held: &[Held<'_>]) -> Option<ProductId> {
    let mut products = held.iter().map(|held| held.price.product_id());
    let first = products.next()??;
    products.all(|other| other == Some(first)).then(|| first.clone())
}

fn words(held: &[Held<'_>]) -> String {
    let per = held.first().map(|held| held.price.per()).unwrap_or_default();
    let sum = held.iter().try_fold(None::<Money>, |sum, held| {
        let amount = held.price.amount(held.quantity.unwrap_or(1))?;
        Some(Some(sum.map_or(Some(amount), |sum| sum.checked_add(amount).ok())?))
    });
    match sum.flatten() {
        Some(sum) => format!("{sum}{per}"),
        None => format!("varies{per}"),
    }
}

/// Another rhythm, or the first price above nothing: Stripe begins a period and bills it.
fn restarts(before: &[Held<'_>], after: &[Held<'_>]) -> bool {
    let rhythm = |held: &[Held<'_>]| held.first().map(|held| held.price.per());
    let free = |held: &[Held<'_>]| yearly(held).is_some_and(|(sum, _)| sum == 0);
    rhythm(before) != rhythm(after) || (free(before) && !free(after))
}

fn moves(before: &[Held<'_>], after: &[Held<'_>]) -> PlanMove {
    let compare = || {
        let ((left, left_per), (right, right_per)) = (yearly(before)?, yearly(after)?);
        Some(right.checked_mul(left_per)?.cmp(&left.checked_mul(right_per)?))
    };
    match compare() {
        Some(std::cmp::Ordering::Greater) => PlanMove::Up,
        Some(std::cmp::Ordering::Less) => PlanMove::Down,
        Some(std::cmp::Ordering::Equal) => PlanMove::Level,
        None => PlanMove::Unknown,
    }
}

/// What it costs over the same time, as a fraction: minor units, and of how many twelfths of a day. A year has 365 days.
fn yearly(held: &[Held<'_>]) -> Option<(i128, i128)> {
    held.iter().try_fold((0_i128, 1_i128), |(sum, per), held| {
        let recurring = held.price.recurring.as_ref()?;
        if recurring.usage_type.as_str() == "metered" {
            return None;
        }
        let twelfths: i128 = match recurring.interval.as_str() {
            "day" => 12,
            "week" => 7 * 12,
            "month" => 365,
            "year" => 365 * 12,
            _ => return None,
        };
        let length = twelfths.checked_mul(i128::from(recurring.interval_count.max(1)))?;
        let amount = i128::from(held.price.amount(held.quantity.unwrap_or(1))?.minor());
        if per == length {
            return Some((sum.checked_add(amount)?, per));
        }
        let sum = sum.checked_mul(length)?.checked_add(amount.checked_mul(per)?)?;
        Some((sum, per.checked_mul(length)?))
    })
}
