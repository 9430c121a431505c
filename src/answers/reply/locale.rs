//! How a language writes money, days and numbers of things.

use serde::{Deserialize, Serialize};

use crate::{actions::Moment, money::Money, time::Unix};

/// Between an amount and its sign, where lines are not to be broken.
const HARD_SPACE: char = '\u{a0}';

/// A language in which customers are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Locale {
    #[default]
    En,
    De,
    Fr,
    Es,
}

const GERMAN: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const FRENCH: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const SPANISH: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];

impl Locale {
    pub const ALL: [Self; 4] = [Self::En, Self::De, Self::Fr, Self::Es];

    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
            Self::Es => "es",
        }
    }

    /// Of `de`, `de-AT`, `DE_at`; none where customers are not told in that language.
    pub fn parse(tag: &str) -> Option<Self> {
        let language = tag.trim().split(['-', '_']).next()?.to_lowercase();
        Self::ALL.into_iter().find(|locale| locale.code() == language)
    }

    /// Whether so many are one, as far as words go.
    pub(super) fn is_one(self, count: i64) -> bool {
        match self {
            Self::Fr => matches!(count, -1..=1),
            Self::En | Self::De | Self::Es => matches!(count, -1 | 1),
        }
    }

    /// `$1,204.00` · `1.204,00 $` · `1 204,00 $US` · `1204,00 US$`
    pub(super) fn money(self, money: Money) -> String {
        let (group, from) = match self {
            Self::En => return money.to_string(),
            Self::De => ('.', 4),
            Self::Fr => (HARD_SPACE, 4),
            // Four digits stand together.
            Self::Es => ('.', 5),
        };
        let currency = money.currency();
        if currency.exponent().is_none() {
            return money.to_string();
        }
        let plain = money.plain();
        let (sign, digits) = plain.strip_prefix('-').map_or(("", plain.as_str()), |digits| ("-", digits));
        let (whole, cents) = digits.split_once('.').unwrap_or((digits, ""));
        let mut written = sign.to_owned();
        for (at, digit) in whole.chars().enumerate() {
            let left = whole.len().saturating_sub(at);
            if whole.len() >= from && at > 0 && left.checked_rem(3) == Some(0) {
                written.push(group);
            }
            written.push(digit);
        }
        if !cents.is_empty() {
            written.push(',');
            written.push_str(cents);
        }
        written.push(HARD_SPACE);
        written.push_str(&self.sign(currency.code()));
        written
    }

    /// `12.5%` · `12,5 %`
    pub(super) fn percent(self, plain: &str) -> String {
        match self {
            Self::En => format!("{plain}%"),
            _ => format!("{}{HARD_SPACE}%", plain.replace('.', ",")),
        }
    }

    /// Of a currency, as it is told apart from others of that name there.
    fn sign(self, code: &str) -> String {
        match (code, self) {
            ("eur", _) => "€".into(),
            ("gbp", Self::Fr) => "£GB".into(),
            ("gbp", Self::De) => "£".into(),
            ("usd", Self::Fr) => "$US".into(),
            ("usd", Self::Es) => "US$".into(),
            ("usd", _) => "$".into(),
            ("jpy", Self::De) => "¥".into(),
            ("jpy", Self::Fr) => "JPY".into(),
            (code, _) => code.to_uppercase(),
        }
    }

    /// `22 Nov` · `22. November` · `22 novembre` · `22 de noviembre`, with the year where it could be another's.
    pub(super) fn day(self, at: Unix, moment: &Moment) -> String {
        let english = at.short_date(&moment.zone, moment.now);
        let english = english.trim();
        if self == Self::En {
            return english.to_owned();
        }
        let day = at.day(&moment.zone);
        let month = |months: [&'static str; 12]| {
            let at = usize::try_from(day.month().saturating_sub(1)).unwrap_or(0);
            months.get(at).copied().unwrap_or_default()
        };
        // Where English says the year, so do the others.
        let year = (english.split(' ').count() > 2).then(|| day.year());
        let of = |between: &str| year.map(|year| format!("{between}{year}")).unwrap_or_default();
        match (self, day.day()) {
            (Self::En, _) => english.to_owned(),
            (Self::De, date) => format!("{date}. {}{}", month(GERMAN), of(" ")),
            (Self::Fr, 1) => format!("1er {}{}", month(FRENCH), of(" ")),
            (Self::Fr, date) => format!("{date} {}{}", month(FRENCH), of(" ")),
            (Self::Es, date) => format!("{date} de {}{}", month(SPANISH), of(" de ")),
        }
    }

    /// A day and a time; so long ago that the year is said, the day alone.
    pub(super) fn at(self, at: Unix, moment: &Moment) -> String {
        let english = at.short(&moment.zone, moment.now);
        let english = english.trim();
        let time = english.rsplit(' ').next().filter(|time| time.contains(':'));
        match (self, time) {
            (_, None) => self.day(at, moment),
            (Self::En, Some(_)) => english.to_owned(),
            (Self::De, Some(time)) => format!("{}, {time} Uhr", self.day(at, moment)),
            (Self::Fr, Some(time)) => format!("{} à {time}", self.day(at, moment)),
            (Self::Es, Some(time)) => format!("{}, {time}", self.day(at, moment)),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::money::Currency;

    /// 2026-11-23T12:00:00Z
    const NOW: i64 = 1_795_435_200;

    fn moment() -> Moment {
        Moment { now: Unix(NOW), zone: TimeZone::UTC }
    }

    #[test]
    fn money_is_written_as_the_language_writes_it() {
        let money = |locale: Locale, minor: i64, code: &str| {
            locale.money(Money::new(minor, Currency::parse(code).unwrap())).replace(HARD_SPACE, "_")
        };
        for (locale, minor, code, written) in [
            (Locale::En, 120_400, "usd", "$1,204.00"),
            (Locale::De, 120_400, "eur", "1.204,00_€"),
            (Locale::De, 120_400, "usd", "1.204,00_$"),
            (Locale::De, -4_900, "chf", "-49,00_CHF"),
            (Locale::Fr, 120_400, "eur", "1_204,00_€"),
            (Locale::Fr, 123_456_789, "usd", "1_234_567,89_$US"),
            (Locale::Es, 120_400, "eur", "1204,00_€"),
            (Locale::Es, 1_204_000, "usd", "12.040,00_US$"),
            (Locale::De, 12_000, "jpy", "12.000_¥"),
            (Locale::Es, 500, "jpy", "500_JPY"),
            (Locale::Fr, 5_125, "kwd", "5,125_KWD"),
            (Locale::De, 5, "usd", "0,05_$"),
        ] {
            assert_eq!(money(locale, minor, code), written, "{locale:?} {minor} {code}");
        }
    }

    #[test]
    fn days_are_written_as_the_language_writes_them() {
        let far = Unix(NOW - 400 * 86_400);
        let first = Unix(NOW + 8 * 86_400);
        for (locale, day, year, at) in [
            (Locale::En, "1 Dec", "19 Oct 2025", "23 Nov 12:00"),
            (Locale::De, "1. Dezember", "19. Oktober 2025", "23. November, 12:00 Uhr"),
            (Locale::Fr, "1er décembre", "19 octobre 2025", "23 novembre à 12:00"),
            (Locale::Es, "1 de diciembre", "19 de octubre de 2025", "23 de noviembre, 12:00"),
        ] {
            assert_eq!(locale.day(first, &moment()), day);
            assert_eq!(locale.day(far, &moment()), year);
            assert_eq!(locale.at(Unix(NOW), &moment()), at);
            assert!(!locale.at(far, &moment()).contains(':'));
        }
    }

    #[test]
    fn a_language_is_found_by_its_tag() {
        assert_eq!(Locale::parse("de-AT"), Some(Locale::De));
        assert_eq!(Locale::parse(" FR_ca "), Some(Locale::Fr));
        assert_eq!(Locale::parse("pt-BR"), None);
        assert_eq!(Locale::parse(""), None);
        assert!(Locale::Fr.is_one(0) && !Locale::De.is_one(0) && Locale::Es.is_one(1));
    }
}
