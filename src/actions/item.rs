//! What a subscription is to hold, as people write it: prices, quantities, and what goes.

use crate::model::Kind;

/// One entry of a subscription: a price and how many of it, in place of the item that it has now where one is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// `si_…`: which of the subscription's items; none adds one.
    pub item: Option<String>,
    /// It was said that the price is added: `+price_1`. Without, a price alone is meant for the only item there is.
    pub added: bool,
    /// `price_…`; none keeps the item's own.
    pub price: Option<String>,
    pub quantity: Option<i64>,
    /// The item goes.
    pub deleted: bool,
}

impl Item {
    /// As form parameters below `name`: `items[0][price]=…`.
    pub fn params(items: &[Self], name: &str) -> Vec<(String, String)> {
        let mut params = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let mut add = |part: &str, value: Option<String>| {
                params.extend(value.map(|value| (format!("{name}[{at}][{part}]"), value)));
            };
            add("id", item.item.clone());
            add("price", item.price.clone());
            add("quantity", item.quantity.map(|quantity| quantity.to_string()));
            add("deleted", item.deleted.then(|| "true".to_owned()));
        }
        params
    }

    /// `price_1`, `price_1:3`, `+price_1:3`, `si_1=price_1:3`, `si_1:3`, `-si_1`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{}` is none of price_…, price_…:QUANTITY, +price_…, si_…=price_…:QUANTITY, si_…:QUANTITY, -si_…",
                crate::text::clean(text)
            )
        };
        if let Some(item) = text.strip_prefix('-') {
            let gone = Self { item: Some(item.to_owned()), deleted: true, ..Self::default() };
            return if item.starts_with("si_") { Ok(gone) } else { Err(wrong()) };
        }
        let (text, added) = text.strip_prefix('+').map_or((text, false), |rest| (rest.trim(), true));
        let (what, quantity) = match text.split_once(':') {
            Some((what, count)) => {
                let count =
                    count.trim().parse::<i64>().ok().filter(|count| (0..=QUANTITY_MOST).contains(count));
                let range = || format!("a quantity is a whole number from 0 to {QUANTITY_MOST}");
                (what.trim(), Some(count.ok_or_else(range)?))
            }
            None => (text, None),
        };
        let (item, price) = match what.split_once('=') {
            Some((item, price)) => (Some(item.trim()), Some(price.trim())),
            None if what.starts_with("si_") => (Some(what), None),
            None => (None, Some(what)),
        };
        let known = item.is_none_or(|item| item.starts_with("si_"))
            && price.is_none_or(|price| Kind::of(price) == Some(Kind::Price));
        let changes = price.is_some() || quantity.is_some();
        if !known || !changes || (added && item.is_some()) {
            return Err(wrong());
        }
        Ok(Self {
            item: item.map(str::to_owned),
            price: price.map(str::to_owned),
            quantity,
            added,
            deleted: false,
        })
    }
}

/// More of one price than this is a slip of the pen.
pub(super) const QUANTITY_MOST: i64 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(text: &str) -> Result<String, String> {
        let params = Item::params(&[Item::parse(text)?], "items");
        Ok(params.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&"))
    }

    #[test]
    fn each_way_to_write_an_item_is_its_own_change() {
        assert_eq!(wire("price_1").unwrap(), "items[0][price]=price_1");
        assert_eq!(wire("price_1:3").unwrap(), "items[0][price]=price_1&items[0][quantity]=3");
        assert_eq!(
            wire("si_1=price_2:0").unwrap(),
            "items[0][id]=si_1&items[0][price]=price_2&items[0][quantity]=0"
        );
        assert_eq!(wire("si_1:4").unwrap(), "items[0][id]=si_1&items[0][quantity]=4");
        assert_eq!(wire("-si_1").unwrap(), "items[0][id]=si_1&items[0][deleted]=true");
    }

    #[test]
    fn what_is_no_item_is_said() {
        for wrong in ["si_1", "prod_1", "ch_1=price_1", "-price_1", "si_1=sub_1", ""] {
            assert!(wire(wrong).unwrap_err().contains("is none of price_"), "{wrong}");
        }
        assert!(wire("price_1:-1").unwrap_err().contains("whole number"));
        assert!(wire("price_1:1000000000").unwrap_err().contains("from 0 to"));
        assert!(wire("price_1:2.5").unwrap_err().contains("whole number"));
    }
}
