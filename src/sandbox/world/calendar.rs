//! Months and years on Unix seconds in UTC, fast enough for a million renewals.

pub(super) const DAY: i64 = 86_400;
pub(super) const HOUR: i64 = 3_600;

/// Year, month 1–12, day 1–31 of a day number counted from 1970-01-01 (the civil calendar algorithm with eras
/// of 400 years that begin in March).
pub(super) fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// The day number of a civil date.
pub(super) fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let from_march = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * from_march + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - 719_468
}

fn month_length(year: i64, month: i64) -> i64 {
    let (next_year, next_month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    days(next_year, next_month, 1) - days(year, month, 1)
}

/// The same time of day, `months` later; the 31st becomes the last day of a shorter month.
pub(super) fn add_months(time: i64, months: i64) -> i64 {
    let (year, month, day) = civil(time.div_euclid(DAY));
    let count = year * 12 + month - 1 + months;
    let (year, month) = (count.div_euclid(12), count.rem_euclid(12) + 1);
    days(year, month, day.min(month_length(year, month))) * DAY + time.rem_euclid(DAY)
}

/// `16 Nov 2026`, as Stripe writes it in lines.
pub(super) fn day_text(time: i64) -> String {
    let (year, month, day) = civil(time.div_euclid(DAY));
    format!("{day:02} {} {year}", month_text(month))
}

pub(super) fn month_text(month: i64) -> &'static str {
    match month {
        1 => "Jan",
        2 => "Feb",
        3 => "Mar",
        4 => "Apr",
        5 => "May",
        6 => "Jun",
        7 => "Jul",
        8 => "Aug",
        9 => "Sep",
        10 => "Oct",
        11 => "Nov",
        _ => "Dec",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_agree() {
        for day in -1_000..60_000 {
            let (y, m, d) = civil(day);
            assert_eq!(days(y, m, d), day);
        }
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(20_780), (2026, 11, 23));
    }

    #[test]
    fn a_month_after_the_31st_is_the_last_day() {
        let january = days(2026, 1, 31) * DAY + 5;
        assert_eq!(add_months(january, 1), days(2026, 2, 28) * DAY + 5);
        assert_eq!(add_months(january, 13), days(2027, 2, 28) * DAY + 5);
        assert_eq!(add_months(january, -2), days(2025, 11, 30) * DAY + 5);
        assert_eq!(day_text(january), "31 Jan 2026");
    }
}
