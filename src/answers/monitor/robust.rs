//! Middle and spread that a few strange values do not move, in whole numbers alone. Values are in thousandths, so that nothing of
//! a small count is lost.

/// One in the units of this file.
pub(super) const MILLI: i64 = 1_000;
/// The median deviation of normally spread values, times this many ten-thousandths, is their standard deviation.
const NORMAL: i64 = 14_826;

/// The middle value, or the mean of the two in the middle; none of nothing.
pub(super) fn median(values: &mut [i64]) -> Option<i64> {
    let (count, middle) = (values.len(), values.len() / 2);
    if count == 0 {
        return None;
    }
    // Those before it are no larger: nothing has to be sorted further.
    let (before, upper, _) = values.select_nth_unstable(middle);
    let upper = *upper;
    if !count.is_multiple_of(2) {
        return Some(upper);
    }
    let lower = before.iter().max().copied()?;
    Some(lower.saturating_add(upper.saturating_sub(lower) / 2))
}

/// What stands for the standard deviation: the median distance from `centre`, scaled.
pub(super) fn spread(values: &[i64], centre: i64) -> i64 {
    let mut distances: Vec<i64> =
        values.iter().map(|value| value.saturating_sub(centre).saturating_abs()).collect();
    let middle = median(&mut distances).unwrap_or(0);
    scaled(middle, NORMAL, 10_000)
}

/// `value × by / over`, without running over on the way.
pub(super) fn scaled(value: i64, by: i64, over: i64) -> i64 {
    let wide = i128::from(value).saturating_mul(i128::from(by)).checked_div(i128::from(over)).unwrap_or(0);
    i64::try_from(wide).unwrap_or(i64::MAX)
}

/// The whole square root; of what is negative, 0.
pub(super) fn root(square: i128) -> i64 {
    i64::try_from(square.max(0).isqrt()).unwrap_or(i64::MAX)
}

/// How many spreads `value` lies above `centre`, in thousandths; a spread of nothing says nothing.
pub(super) fn score(value: i64, centre: i64, spread: i64) -> i64 {
    if spread <= 0 { 0 } else { scaled(value.saturating_sub(centre), MILLI, spread) }
}

/// Spreads by which a share has to be passed, in thousandths, and so many besides.
const PASSED: i64 = 5 * MILLI;
const BESIDES: i64 = MILLI;

/// Whether `count` of `all` is more than others' share leads one to expect, and more than chance makes of it.
pub(super) fn more_than_share((count, all): (i64, i64), (others, others_all): (i64, i64)) -> bool {
    let expected = scaled(all.saturating_mul(MILLI), others, others_all.max(1));
    let chance = root(i128::from(expected).saturating_mul(i128::from(MILLI)));
    let most = expected.saturating_add(scaled(chance, PASSED, MILLI)).saturating_add(BESIDES);
    count.saturating_mul(MILLI) > most
}

/// Thousandths with one decimal: `5.2`
pub(super) fn tenths(milli: i64) -> String {
    let tenths = milli.saturating_add(50).checked_div(100).unwrap_or(0);
    format!("{}.{}", tenths / 10, tenths.rem_euclid(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_few_and_many() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [7]), Some(7));
        assert_eq!(median(&mut [9, 1, 5]), Some(5));
        assert_eq!(median(&mut [4, 1, 3, 2]), Some(2));
        assert_eq!(median(&mut [i64::MAX, i64::MAX]), Some(i64::MAX));
    }

    #[test]
    fn one_strange_value_moves_nothing() {
        let mut calm: Vec<i64> = (0..20).map(|n| 100 + n % 5).collect();
        let (centre, wide) = (median(&mut calm).unwrap(), spread(&calm, 102));
        calm.push(1_000_000);
        let mut again = calm.clone();
        assert_eq!((median(&mut again).unwrap(), spread(&calm, 102)), (centre, wide));
    }

    #[test]
    fn a_share_is_passed_by_more_than_chance() {
        assert!(!more_than_share((5, 10), (50, 100)));
        assert!(more_than_share((9, 10), (6, 100)), "0.6 were to be expected");
        assert!(!more_than_share((3, 10), (6, 100)), "so few say nothing");
        assert!(!more_than_share((i64::MAX, i64::MAX), (1, 1)));
    }

    #[test]
    fn scores_count_in_spreads() {
        assert_eq!(score(31_000, 8_000, 5_000), 4_600);
        assert_eq!(score(31_000, 8_000, 0), 0);
        assert_eq!(score(i64::MAX, 0, 1), i64::MAX);
        assert_eq!(root(99), 9);
        assert_eq!(root(-5), 0);
        assert_eq!([tenths(4_600), tenths(96), tenths(949)], ["4.6", "0.1", "0.9"]);
    }
}
