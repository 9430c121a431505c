//! Card numbers in a text: nobody ever wants one kept or searched for, only its last four digits.

/// Digits of a card number.
const LEAST: usize = 13;
const MOST: usize = 19;

/// The last four digits of the first thing in the text that is a card number by its length and its check digit, however it is
/// grouped.
pub(super) fn last_four(text: &str) -> Option<String> {
    runs(text)
        .into_iter()
        .find(|run| is_number(run))
        .map(|run| run.iter().skip(run.len().saturating_sub(4)).map(u32::to_string).collect())
}

/// Digits that stand together, with no more than one space, dash or dot between two of them.
fn runs(text: &str) -> Vec<Vec<u32>> {
    let mut runs: Vec<Vec<u32>> = vec![Vec::new()];
    let mut apart: usize = 0;
    for letter in text.chars() {
        if let Some(digit) = letter.to_digit(10) {
            apart = 0;
            runs.last_mut().into_iter().for_each(|run| run.push(digit));
        } else {
            apart = if matches!(letter, ' ' | '-' | '.' | '\u{a0}') { apart.saturating_add(1) } else { 2 };
            if apart > 1 {
                runs.push(Vec::new());
            }
        }
    }
    runs
}

/// By its length and by the check digit that every card number has.
fn is_number(digits: &[u32]) -> bool {
    let doubled = |(at, digit): (usize, &u32)| match digit.saturating_mul(2) {
        _ if at % 2 == 0 => *digit,
        twice if twice > 9 => twice.saturating_sub(9),
        twice => twice,
    };
    let sum: u32 = digits.iter().rev().enumerate().map(doubled).sum();
    (LEAST..=MOST).contains(&digits.len()) && sum.is_multiple_of(10) && digits.iter().any(|digit| *digit > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_numbers_are_known_however_they_are_grouped() {
        for (text, four) in [
            ("4242424242424242", "4242"),
            ("my card 4242 4242 4242 4242, please", "4242"),
            ("5555-5555-5555-4444", "4444"),
            ("378282246310005.", "0005"),
            ("4000 0566 5566 5556 exp 08/27", "5556"),
            ("6011\u{a0}1111\u{a0}1111\u{a0}1117", "1117"),
        ] {
            assert_eq!(last_four(text).as_deref(), Some(four), "{text}");
        }
    }

    #[test]
    fn other_numbers_are_none() {
        for text in [
            "",
            "4242",
            "4242424242424241",
            "order 123456",
            "+49 30 1234567",
            "0000000000000000",
            "424242424242",
            "42424242424242424242424242",
            "4242  4242  4242  4242",
            "ch_3PxL4242",
        ] {
            assert_eq!(last_four(text), None, "{text}");
        }
    }
}
