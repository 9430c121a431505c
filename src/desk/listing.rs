//! A record of any kind as one row of a list: the columns that tell it from its neighbours, by what Stripe calls the object.
//! Read from the JSON, and whatever a stranger wrote is made safe.

use serde_json::Value;

use super::{
    columns::{self, Place},
    records::{self, currency, is_money, is_time},
    sheet::{Align, Column, Line, Tone, line::fit},
    state::State,
};
use crate::{
    model::{PaymentMethod, Price, ProductId},
    money::Money,
    text::{self, clean},
    time::Unix,
};

/// A column, and where its value stands (`a.b.c`) or what the models say better (`@price`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    pub column: Column,
    path: &'static str,
    /// Its title goes with it where it stands under none: `since 18 Feb`.
    pub named: bool,
}

const fn cell(title: &'static str, path: &'static str, least: u16, drop: u8) -> Cell {
    Cell { column: Column { title, align: Align::Left, least, grow: 0, drop }, path, named: false }
}

impl Cell {
    const fn grows(mut self) -> Self {
        self.column.grow = 1;
        self
    }

    const fn named(mut self) -> Self {
        self.named = true;
        self
    }

    const fn right(mut self) -> Self {
        self.column.align = Align::Right;
        self
    }
}

const DATE: Cell = cell("Date", "created", 12, 0);
const AMOUNT: Cell = cell("Amount", "amount", 12, 0).right();
const STATUS: Cell = cell("Status", "status", 14, 0);
const ID: Cell = cell("Id", "id", 14, 2).grows();

const CHARGE: &[Cell] = &[DATE, AMOUNT, STATUS, cell("For", "description", 12, 1).grows(), ID];
const REFUND: &[Cell] =
    &[DATE, AMOUNT, STATUS, cell("Reason", "reason", 14, 1), cell("Charge", "charge", 14, 3).grows(), ID];
const DISPUTE: &[Cell] = &[
    DATE,
    AMOUNT,
    STATUS,
    cell("Reason", "reason", 14, 1),
    cell("Answer until", "evidence_details.due_by", 12, 2).named(),
    ID,
];
const INVOICE: &[Cell] = &[
    DATE,
    cell("Number", "number", 13, 0),
    cell("Total", "total", 12, 0).right(),
    STATUS,
    cell("Left", "amount_remaining", 10, 2).right().named(),
    ID,
];
const LINE: &[Cell] = &[
    cell("What", "description", 16, 0).grows(),
    AMOUNT,
    cell("Qty", "quantity", 4, 1).right(),
    cell("From", "period.start", 12, 2),
    cell("To", "period.end", 12, 1),
];
const INVOICE_PAYMENT: &[Cell] = &[
    DATE,
    cell("Paid", "amount_paid", 12, 0).right(),
    STATUS,
    cell("Payment", "payment.payment_intent", 14, 0).grows(),
    ID,
];
const CREDIT_NOTE: &[Cell] = &[
    DATE,
    cell("Number", "number", 14, 0),
    cell("Total", "total", 12, 0).right(),
    STATUS,
    cell("Reason", "reason", 12, 2),
    ID,
];
const CUSTOMER: &[Cell] = &[cell("Name", "name", 14, 0).grows(), cell("E-mail", "email", 14, 0).grows(), ID];
const BALANCE_ENTRY: &[Cell] = &[
    DATE,
    AMOUNT,
    cell("After", "ending_balance", 12, 1).right(),
    cell("Kind", "type", 14, 0),
    cell("For", "description", 10, 2).grows(),
    ID,
];
const MOVEMENT: &[Cell] = &[
    DATE,
    AMOUNT,
    cell("Fee", "fee", 10, 1).right(),
    cell("Net", "net", 12, 1).right(),
    cell("Kind", "type", 14, 0),
    ID,
];
const METHOD: &[Cell] =
    &[cell("Pays with", "@method", 22, 0).grows(), cell("Since", "created", 12, 1).named(), ID];
const PRODUCT: &[Cell] = &[
    cell("Name", "name", 14, 0).grows(),
    cell("Sold", "active", 4, 1),
    cell("Since", "created", 12, 2).named(),
    ID,
];
const PRICE: &[Cell] = &[
    cell("Product", "@product", 14, 0).grows(),
    cell("Price", "@price", 14, 0).right(),
    cell("Name", "nickname", 10, 2).grows(),
    cell("Sold", "active", 4, 1),
    ID,
];
const PROMOTION_CODE: &[Cell] = &[
    cell("Code", "code", 12, 0),
    cell("Off", "@coupon", 16, 0).grows(),
    cell("Works", "active", 5, 0),
    cell("Until", "expires_at", 12, 1),
    ID,
];
const TAX_ID: &[Cell] = &[
    cell("Kind", "type", 10, 0),
    cell("Number", "value", 16, 0).grows(),
    cell("Checked", "verification.status", 12, 0),
    ID,
];
const EVENT: &[Cell] =
    &[DATE, cell("What", "type", 24, 0).grows(), cell("Of", "data.object.id", 14, 1).grows(), ID];
const SUBSCRIPTION: &[Cell] =
    &[cell("Plan", "@plan", 14, 0).grows(), STATUS, cell("Since", "start_date", 12, 1).named(), ID];
const ANY: &[Cell] = &[DATE, STATUS, cell("What", "description", 12, 0).grows(), ID];

/// One of many values, and what Stripe calls it.
pub const VALUES: &[Cell] = &[cell("", "", 20, 0).grows(), cell("", "", 12, 0)];

/// A customer, and when their desk was opened last.
pub const VISITS: &[Cell] =
    &[cell("Name", "", 14, 0).grows(), cell("E-mail", "", 14, 0).grows(), cell("Opened", "", 12, 0)];

/// The columns for what Stripe calls the object: `charge`.
pub fn columns(object: &str) -> &'static [Cell] {
    match object {
        "charge" | "payment_intent" => CHARGE,
        "refund" => REFUND,
        "dispute" => DISPUTE,
        "invoice" => INVOICE,
        "line_item" => LINE,
        "invoice_payment" => INVOICE_PAYMENT,
        "credit_note" => CREDIT_NOTE,
        "customer" => CUSTOMER,
        "customer_balance_transaction" => BALANCE_ENTRY,
        "balance_transaction" => MOVEMENT,
        "payment_method" => METHOD,
        "product" => PRODUCT,
        "price" => PRICE,
        "promotion_code" => PROMOTION_CODE,
        "tax_id" => TAX_ID,
        "event" => EVENT,
        "subscription" => SUBSCRIPTION,
        _ => ANY,
    }
}

/// The record's cells, one a column.
pub fn cells(state: &State, columns: &[Cell], record: &Value) -> Vec<Line> {
    columns.iter().map(|cell| value(state, cell.path, record).unwrap_or_default()).collect()
}

fn value(state: &State, path: &str, record: &Value) -> Option<Line> {
    match path {
        "@method" => {
            let method: PaymentMethod = serde_json::from_value(record.clone()).ok()?;
            Some(Line::plain(method.words()))
        }
        "@price" => price(record),
        "@product" => product(state, record.get("product")?),
        "@plan" => {
            let items = record.pointer("/items/data")?.as_array()?.iter();
            let names: Vec<_> = items
                .filter_map(|item| Some(product(state, item.pointer("/price/product")?)?.text()))
                .collect();
            Some(Line::plain(names.join(" + ")))
        }
        "@coupon" => {
            let coupon = record.pointer("/promotion/coupon").or_else(|| record.get("coupon"))?;
            match coupon.as_str() {
                Some(id) => Some(Line::toned(clean(id), Tone::Dim)),
                None => serde_json::from_value::<crate::model::Coupon>(coupon.clone())
                    .ok()
                    .map(|coupon| Line::plain(coupon.words())),
            }
        }
        _ => plain(state, path, record),
    }
}

/// `$99.00/mo`
pub fn price(record: &Value) -> Option<Line> {
    let price: Price = serde_json::from_value(record.clone()).ok()?;
    let amount = price.amount(1).map_or_else(|| "by use".to_owned(), |amount| amount.to_string());
    Some(Line::toned(format!("{amount}{}", price.per()), Tone::Strong))
}

/// A product by its name, where that came along or is known.
fn product(state: &State, link: &Value) -> Option<Line> {
    if let Some(name) = link.get("name").and_then(Value::as_str) {
        return Some(Line::plain(clean(name)));
    }
    let id = ProductId::parse(link.as_str()?).ok()?;
    let known = state.data.product_name(&id);
    Some(known.map_or_else(|| Line::toned(text::short_id(id.as_str()), Tone::Dim), Line::plain))
}

/// One value, as short as a column wants it.
fn plain(state: &State, path: &str, record: &Value) -> Option<Line> {
    let (holder, name) = path.rsplit_once('.').unwrap_or(("", path));
    let holder = records::at(record, holder)?;
    let found = holder.get(name)?;
    match (found.as_i64(), currency(holder, record)) {
        (Some(minor), Some(currency)) if is_money(name) || name == "ending_balance" => {
            Some(Line::toned(Money::new(minor, currency).to_string(), Tone::Strong))
        }
        (Some(at), _) if is_time(name) || matches!(name, "start" | "end") => {
            Some(Line::plain(Unix(at).short(state.zone(), state.now())))
        }
        // A link that was expanded is its id.
        _ if found.is_object() => Some(Line::toned(clean(found.get("id")?.as_str()?), Tone::Dim)),
        _ if name == "id" => Some(Line::toned(clean(found.as_str()?), Tone::Dim)),
        _ => records::value(name, found, None, state.zone()),
    }
}

/// Where the columns stand in `room` cells.
pub fn places(columns: &[Cell], room: usize) -> Vec<Place> {
    let room = u16::try_from(room).unwrap_or(u16::MAX);
    let columns: Vec<Column> = columns.iter().map(|cell| cell.column).collect();
    // A table keeps cells for its marks before, and one after; a sheet has marks of its own.
    let lead = columns::lead(room.saturating_add(4));
    let mut places = columns::place(&columns, &[], room.saturating_add(lead).saturating_add(1));
    for place in &mut places {
        place.x = place.x.saturating_sub(lead);
    }
    places
}

/// The cells in their places.
pub fn row(columns: &[Cell], places: &[Place], cells: &[Line]) -> Line {
    let mut line = Line::default();
    for place in places {
        let Some((column, cell)) = columns.get(place.index).zip(cells.get(place.index)) else { continue };
        let shown = fit(cell, usize::from(place.width));
        let blank = usize::from(place.width).saturating_sub(shown.width());
        let before = usize::from(place.x).saturating_sub(line.width());
        let (left, right) = match column.column.align {
            Align::Left => (before, blank),
            Align::Right => (before.saturating_add(blank), 0),
        };
        line = line.then(" ".repeat(left), Tone::Plain);
        line.0.extend(shown.0);
        line = line.then(" ".repeat(right), Tone::Plain);
    }
    line
}

/// The titles of the columns in their places.
pub fn titles(columns: &[Cell], places: &[Place]) -> Line {
    let titles: Vec<_> = columns.iter().map(|cell| Line::toned(cell.column.title, Tone::Dim)).collect();
    row(columns, places, &titles)
}

/// The cells as one text, for looking in: what is shown, and the id behind it.
pub fn haystack(cells: &[Line]) -> String {
    let words: Vec<_> = cells.iter().map(Line::text).filter(|text| !text.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::desk::fixture::{charge, state};

    fn shown(object: &str, record: &Value, room: usize) -> String {
        let columns = columns(object);
        row(columns, &places(columns, room), &cells(&state(), columns, record)).text()
    }

    #[test]
    fn money_stands_right_and_times_are_short() {
        let row = shown("charge", &charge("ch_1", 9_900, 0, "usd"), 90);
        assert!(row.starts_with("22 Nov 13:01        $99.00  succeeded       Pro ␛[31m"), "{row}");
        assert!(row.trim_end().ends_with("ch_1"), "{row}");
        let yen = shown("charge", &charge("ch_1", 12_000, 0, "jpy"), 60);
        assert!(yen.contains("¥12,000"), "{yen}");
    }

    #[test]
    fn a_price_names_its_product_and_interval() {
        let price = json!({"id": "price_1", "object": "price", "currency": "usd", "unit_amount": 9900, "product": "prod_1",
            "active": true, "recurring": {"interval": "year", "interval_count": 1}});
        let row = shown("price", &price, 80);
        assert!(row.contains("Pro") && row.contains("$99.00/yr"), "{row}");
        let expanded = json!({"id": "price_1", "currency": "usd", "unit_amount": null, "product": {"id": "prod_9", "name": "x\u{1b}"}});
        let row = shown("price", &expanded, 80);
        assert!(row.contains("x␛") && row.contains("by use"), "{row}");
    }

    #[test]
    fn no_row_is_wider_than_its_room() {
        let all = [
            "charge",
            "refund",
            "dispute",
            "invoice",
            "line_item",
            "price",
            "event",
            "subscription",
            "tax_id",
            "other",
        ];
        for object in all {
            for room in [0, 10, 40, 54, 74, 134] {
                assert!(
                    text::width(&shown(object, &charge("ch_1", 1, 0, "usd"), room)) <= room,
                    "{object} in {room}"
                );
            }
        }
    }
}
