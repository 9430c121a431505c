//! What a whole text names that somebody pasted, an e-mail as it came: ids, addresses, invoice numbers, amounts with their
//! currency, days, cards. What is surer comes first; what belongs together is looked for together.

use jiff::civil::Date;

use super::{When, is_whole_email, looks_like_invoice_number, tongues};
use crate::{
    model::{AnyId, Kind},
    money::{Currency, Money},
    text::clean,
    time::{DAY_S, Unix, named_day},
};

/// Letters that are read of a text.
const LETTERS_MOST: usize = 20_000;
/// Choices of one kind.
const EACH_MOST: usize = 4;
/// A text of fewer words is what somebody typed.
const WORDS_LEAST: usize = 6;

/// How sure it is that a choice leads to whoever wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum Sure {
    /// It names one object.
    Names,
    /// It is found by something that few share.
    Likely,
    /// Many may have it.
    Maybe,
}

/// Something to look for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Clue {
    pub sure: Sure,
    /// As it goes into the search box.
    pub text: String,
    /// What it is: `e-mail address`.
    pub what: String,
}

/// What a text names.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Letter {
    /// The surest first.
    pub clues: Vec<Clue>,
    /// The amount and day that are asked about, as a customer would say them: `$49.00 22 Nov 2026`.
    pub says: Option<String>,
}

/// None where it is rather something that was typed, or names nothing.
pub fn read(text: &str, when: &When<'_>) -> Option<Letter> {
    let lines = text.trim().lines().count();
    let text: String = text.chars().take(LETTERS_MOST).collect();
    if lines < 2 && text.split_whitespace().nth(WORDS_LEAST - 1).is_none() {
        return None;
    }
    let mut found = Found::default();
    for part in parts_of(&text, when) {
        found.take(&tongues::in_english(&part.text), &When { now: part.now, ..*when });
    }
    let letter = found.letter();
    (!letter.clues.is_empty()).then_some(letter)
}

/// All of a kind, in the order of the text and each once.
#[derive(Debug, Default)]
struct Found {
    ids: Vec<AnyId>,
    addresses: Vec<String>,
    invoices: Vec<String>,
    amounts: Vec<Money>,
    days: Vec<Date>,
    cards: Vec<String>,
}

fn add<T: PartialEq>(to: &mut Vec<T>, one: T) {
    if to.len() < EACH_MOST && !to.contains(&one) {
        to.push(one);
    }
}

/// A word without what it is set in.
fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric() && !"$€£¥+*·•_".contains(c))
}

impl Found {
    fn take(&mut self, text: &str, when: &When<'_>) {
        let words: Vec<&str> = text.split_whitespace().collect();
        // Addresses and ids stand in brackets and links too.
        let pieces = text.split(|c: char| c.is_whitespace() || "<>()[]{},;:\"'|/?&#=".contains(c));
        for piece in pieces {
            let piece = piece.trim_matches(|c: char| !c.is_ascii_alphanumeric());
            if is_whole_email(piece) && piece.is_ascii() && piece.len() <= 254 {
                add(&mut self.addresses, piece.to_lowercase());
            } else if let Some(id) = AnyId::parse(piece).filter(|id| is_id(&id.id)) {
                add(&mut self.ids, id);
            } else if is_invoice_number(piece) {
                add(&mut self.invoices, piece.to_owned());
            }
        }
        for at in 0..words.len() {
            let here: Vec<&str> = words.iter().skip(at).take(5).map(|word| bare(word)).collect();
            if let Some(money) = money(&here) {
                add(&mut self.amounts, money);
            }
            if let Some(day) = day(&here, when) {
                add(&mut self.days, day);
            }
            if let Some(four) = card(&here) {
                add(&mut self.cards, four);
            }
        }
        if let Some(four) = crate::desk::card::last_four(text) {
            add(&mut self.cards, four);
        }
    }

    fn letter(self) -> Letter {
        let clue = |sure, text: String, what: &str| Clue { sure, text: clean(&text), what: what.to_owned() };
        let mut ids = self.ids;
        // Whoever it is about before what it is about.
        ids.sort_by_key(|id| id.kind != Kind::Customer);
        let mut clues: Vec<Clue> =
            ids.into_iter().map(|id| clue(Sure::Names, id.id.clone(), id.kind.noun())).collect();
        clues.extend(self.addresses.into_iter().map(|text| clue(Sure::Names, text, "e-mail address")));
        clues.extend(self.invoices.into_iter().map(|text| clue(Sure::Names, text, "invoice number")));
        let (first, day, card) = (self.amounts.first(), self.days.first(), self.cards.first());
        let day = day.map(|day| day.strftime("%-d %b %Y").to_string());
        let four = card.map(|four| format!("··{four}"));
        if let Some(amount) = first.filter(|_| day.is_some() || four.is_some()) {
            let parts = [Some(amount.to_string()), day.clone(), four].into_iter().flatten();
            let what = match (&day, card) {
                (Some(_), Some(_)) => "amount, day and card together",
                (Some(_), None) => "amount and day together",
                (None, _) => "amount and card together",
            };
            clues.push(clue(Sure::Likely, parts.collect::<Vec<_>>().join(" "), what));
        }
        let amounts = self.amounts.iter().map(|amount| clue(Sure::Maybe, amount.to_string(), "amount"));
        clues.extend(amounts);
        clues
            .extend(self.cards.into_iter().map(|four| clue(Sure::Maybe, four, "last four digits of a card")));
        let says =
            first.map(|amount| [Some(amount.to_string()), day].into_iter().flatten().collect::<Vec<_>>());
        Letter { clues, says: says.map(|parts| parts.join(" ")) }
    }
}

/// More than a prefix and a few letters, so that no word of the text is taken for one.
fn is_id(id: &str) -> bool {
    id.split_once('_').is_some_and(|(_, rest)| {
        rest.len() >= 8 && rest.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
    })
}

/// `A-0012`: a capital before the dash, which no date and no phone number has.
fn is_invoice_number(piece: &str) -> bool {
    looks_like_invoice_number(piece)
        && piece.rsplit_once('-').is_some_and(|(prefix, number)| {
            number.len() >= 3
                && prefix.len() <= 26
                && prefix.bytes().any(|byte| byte.is_ascii_uppercase())
                && !prefix.bytes().any(|byte| byte.is_ascii_lowercase())
        })
}

/// Signs and words of currencies.
const SIGNS: [(&str, &str); 16] = [
    ("us$", "usd"),
    ("$", "usd"),
    ("€", "eur"),
    ("£", "gbp"),
    ("¥", "jpy"),
    ("dollars", "usd"),
    ("dollar", "usd"),
    ("bucks", "usd"),
    ("euros", "eur"),
    ("euro", "eur"),
    ("pounds", "gbp"),
    ("pound", "gbp"),
    ("quid", "gbp"),
    ("yen", "jpy"),
    ("francs", "chf"),
    ("kr", "sek"),
];

fn currency(word: &str) -> Option<Currency> {
    let word = word.to_lowercase();
    let code = SIGNS.iter().find(|(sign, _)| *sign == word).map(|(_, code)| *code);
    let listed = code.or_else(|| Some(word.as_str()).filter(|word| CODES.contains(word)))?;
    Currency::parse(listed)
}

/// Codes that are no words: `all` and `try` are currencies too.
const CODES: [&str; 18] = [
    "usd", "eur", "gbp", "jpy", "chf", "cad", "aud", "nzd", "sek", "nok", "dkk", "pln", "czk", "brl", "inr",
    "krw", "mxn", "sgd",
];

/// `$49.00`, `49,00 €`, `EUR 1.234,56`, `49 dollars`: at the beginning of these words. A number alone is none.
fn money(words: &[&str]) -> Option<Money> {
    let first = *words.first()?;
    let next = words.get(1).copied().unwrap_or_default();
    let Some((sign, number, behind)) = parts(first) else {
        let ("", number, "") = parts(next)? else { return None };
        return amount_of(number, currency(first)?);
    };
    let of = match (sign, behind) {
        ("", "") => currency(next)?,
        ("", behind) => currency(behind)?,
        (sign, "") => currency(sign)?,
        _ => return None,
    };
    amount_of(number, of)
}

/// What stands before a number, it, and what stands behind it.
fn parts(word: &str) -> Option<(&str, &str, &str)> {
    let (sign, rest) = word.split_at_checked(word.find(|c: char| c.is_ascii_digit())?)?;
    let end = rest.find(|c: char| !(c.is_ascii_digit() || ".,'".contains(c))).unwrap_or(rest.len());
    let (number, behind) = rest.split_at_checked(end)?;
    Some((sign, number, behind))
}

fn amount_of(number: &str, currency: Currency) -> Option<Money> {
    let money = Money::parse(&plain(number, currency)?, currency).ok()?;
    (money.minor() > 0).then_some(money)
}

/// With a dot before the decimals and nothing between thousands.
fn plain(number: &str, currency: Currency) -> Option<String> {
    let number = number.trim_end_matches(['.', ',', '\'']);
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let Some(at) = number.rfind(['.', ',']) else { return Some(digits(number)) };
    let (whole, rest) = (number.get(..at)?, number.get(at.saturating_add(1)..)?);
    let decimals = usize::try_from(currency.exponent()?).ok()?;
    match rest.len() {
        // Three digits are thousands, unless the currency has so many decimals.
        3 if decimals != 3 || whole.contains(['.', ',']) => Some(digits(number)),
        some if (1..=decimals).contains(&some) => Some(format!("{}.{rest}", digits(whole))),
        _ => None,
    }
}

/// What one person wrote at one time.
struct Part {
    text: String,
    now: Unix,
}

/// A mail and those that it quotes, without the lines that say when each was sent: nobody was charged on that day, and
/// "yesterday" is counted from it.
fn parts_of(text: &str, when: &When<'_>) -> Vec<Part> {
    // A bank's own lines have dates too.
    let relative = |word: &str| ["yesterday", "today"].contains(&&*bare(word).to_lowercase());
    let is_mail =
        text.lines().any(tongues::is_head) || tongues::in_english(text).split_whitespace().any(relative);
    let mut parts = vec![Part { text: String::new(), now: when.now }];
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        // Mail programs break it before its last word.
        let whole = match lines.peek() {
            Some(next) if tongues::is_broken_off(next) => {
                format!("{line} {}", lines.next().unwrap_or_default().trim_start_matches(['>', ' ']))
            }
            _ => line.to_owned(),
        };
        let quoted = tongues::is_quoted(&whole);
        if quoted {
            parts.push(Part { text: String::new(), now: when.now });
        }
        let Some(part) = parts.last_mut() else { continue };
        if quoted || is_mail && tongues::is_sent(&whole) {
            part.now = sent(&whole, when).unwrap_or(part.now);
            part.text.push_str(&addresses(&whole));
        } else {
            part.text.push_str(&whole);
        }
        part.text.push('\n');
    }
    parts
}

/// Noon of the day that a line names.
fn sent(line: &str, when: &When<'_>) -> Option<Unix> {
    let line = tongues::date_in_english(line);
    let words: Vec<&str> = line.split_whitespace().map(bare).collect();
    // A weekday stands before its date.
    let date = (0..words.len()).find_map(|at| dated(words.get(at..)?, when))?;
    let midnight = date.to_zoned_datetime(when.zone.clone()).ok()?.timestamp().as_second();
    Some(Unix(midnight).plus(DAY_S / 2))
}

/// Who wrote stands beside the date.
fn addresses(line: &str) -> String {
    let words = line.split(|c: char| c.is_whitespace() || "<>()".contains(c));
    words.filter(|word| word.contains('@')).collect::<Vec<_>>().join(" ")
}

/// A day that has been, named at the beginning of these words.
fn day(words: &[&str], when: &When<'_>) -> Option<Date> {
    let first = words.first()?.to_lowercase();
    let named = match first.as_str() {
        "today" | "yesterday" | "monday" | "tuesday" | "wednesday" | "thursday" | "friday" | "saturday"
        | "sunday" => named_day(&first, when.now, when.zone),
        _ => None,
    };
    let today = when.now.day(when.zone);
    named.or_else(|| dated(words, when)).filter(|date| *date <= today)
}

/// A date in figures, or with its month in letters.
fn dated(words: &[&str], when: &When<'_>) -> Option<Date> {
    let first = words.first()?.to_lowercase();
    iso(&first).or_else(|| dotted(&first)).or_else(|| written(words, when))
}

/// `2026-11-22`, with a time behind it or not.
fn iso(word: &str) -> Option<Date> {
    let date = word.get(..10)?;
    let rest = word.get(10..)?;
    (rest.is_empty() || rest.starts_with('t')).then(|| date.parse().ok()).flatten()
}

/// `22.11.2026`; `22/11/2026` where only one of the two can be the month.
fn dotted(word: &str) -> Option<Date> {
    let parts: Vec<&str> = word.split(['.', '/']).collect();
    let [first, second, year] = parts.as_slice() else { return None };
    let (first, second, year): (i8, i8, i16) =
        (first.parse().ok()?, second.parse().ok()?, year.parse().ok().filter(|year| *year > 1_999)?);
    match (word.contains('.'), first > 12, second > 12) {
        (true, ..) | (false, true, false) => Date::new(year, second, first).ok(),
        (false, false, true) => Date::new(year, first, second).ok(),
        _ if first == second => Date::new(year, first, second).ok(),
        _ => None,
    }
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// `22 Nov 2026`, `November 22nd`, `the 22nd of November`.
fn written(words: &[&str], when: &When<'_>) -> Option<Date> {
    let some: Vec<&str> =
        words.iter().copied().filter(|word| !tongues::OF.contains(&&*word.to_lowercase())).take(3).collect();
    let [first, second, ..] = some.as_slice() else { return None };
    // A day and a month, each as such: no `3 d` and no `5 may`-be.
    let digits = |word: &str| word.chars().filter(char::is_ascii_digit).count();
    let (number, month) = if digits(first) > 0 { (first, second) } else { (second, first) };
    let lower = month.to_lowercase();
    let named = lower.len() >= 3 && MONTHS.iter().any(|full| full.starts_with(&lower));
    if !(1..=2).contains(&digits(number)) || number.len() > 4 || !named {
        return None;
    }
    let year = some.get(2).filter(|year| year.len() == 4 && digits(year) == 4);
    let text = match year {
        Some(year) => format!("{number} {month} {year}"),
        None => format!("{number} {month}"),
    };
    named_day(&text, when.now, when.zone)
}

/// `··4242`, `xxxx4242`, `ending in 4242`, `card 4242`.
fn card(words: &[&str]) -> Option<String> {
    let four = |word: &str| {
        let hidden = word.trim_start_matches(['*', '·', '•', 'x', 'X', '#']);
        let masked = hidden.len() < word.len();
        (hidden.len() == 4 && hidden.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| (hidden.to_owned(), masked))
    };
    let first = *words.first()?;
    if let Some((digits, true)) = four(first) {
        return Some(digits);
    }
    let said = first.to_lowercase();
    if !tongues::BEFORE_CARD.contains(&said.as_str()) {
        return None;
    }
    let is_filler = |word: &str| tongues::FILLERS.contains(&word.to_lowercase().as_str());
    let next = words.iter().skip(1).take(3).find(|word| !is_filler(word))?;
    four(next).map(|(digits, _)| digits)
}

#[cfg(test)]
#[path = "letter_tests.rs"]
mod tests;
