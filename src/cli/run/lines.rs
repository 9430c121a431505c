//! A batch: one action, and an id a line from standard input. What is wrong with a line is found before anything is sent.

use std::{collections::BTreeMap, io::Read as _};

use super::given::Wanted;
use crate::{
    actions::{Field, FieldKind, Moment},
    cli::{exit::Failed, wire::Connected},
    model::AnyId,
    text::clean,
};

/// What stands for "a line of standard input".
pub(super) const EACH: &str = "-";
/// More than this is a list that somebody should look at first.
const LINES_MOST: usize = 10_000;
const BYTES_MOST: u64 = 4 << 20;

/// One of a batch.
pub(in crate::cli) struct Line {
    /// Counted from 1, as an editor does.
    pub(in crate::cli) number: usize,
    /// As it was written.
    pub(in crate::cli) given: String,
    pub(super) wanted: Wanted,
}

/// All of standard input.
pub(super) fn input() -> Result<String, Failed> {
    let mut text = String::new();
    let read = std::io::stdin().lock().take(BYTES_MOST).read_to_string(&mut text);
    let read = read.map_err(|error| Failed::Usage(format!("standard input cannot be read: {error}")))?;
    if u64::try_from(read).is_ok_and(|read| read >= BYTES_MOST) {
        return Err(Failed::Usage(format!("standard input is longer than {BYTES_MOST} bytes: split it")));
    }
    Ok(text)
}

/// The lines that are not blank, each with the arguments that all have in common.
pub(super) fn read(
    wanted: &Wanted,
    field: &'static Field,
    text: &str,
    moment: &Moment,
) -> Result<Vec<Line>, Failed> {
    let mut lines = Vec::new();
    for (at, given) in text.lines().enumerate() {
        let (number, given) = (at.saturating_add(1), given.trim());
        if given.is_empty() {
            continue;
        }
        if lines.len() >= LINES_MOST {
            return Err(Failed::Usage(format!("line {number}: {LINES_MOST} are the most in one batch")));
        }
        let wanted = wanted.with(field, given, moment).map_err(|failed| at_line(number, failed))?;
        lines.push(Line { number, given: clean(given), wanted });
    }
    if lines.is_empty() {
        let (name, example) = (field.name, field.example);
        return Err(Failed::Usage(format!(
            "{name}: no ids came on standard input: one a line, like {example}"
        )));
    }
    different(&lines, field)?;
    Ok(lines)
}

/// Each id once: what stands twice is a mistake, not a wish for two.
pub(super) fn different(lines: &[Line], field: &Field) -> Result<(), Failed> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for line in lines {
        let id = line.id(field);
        if let Some(first) = seen.insert(id.clone(), line.number) {
            let id = clean(&id);
            return Err(Failed::Usage(format!("line {}: {id} stands in line {first} already", line.number)));
        }
    }
    Ok(())
}

/// The same failure with the number of its line.
pub(super) fn at_line(number: usize, failed: Failed) -> Failed {
    match failed {
        Failed::Usage(message) => Failed::Usage(format!("line {number}: {message}")),
        other => other,
    }
}

impl Line {
    /// The id that the line names; an address as it stands, until it was looked up.
    pub(super) fn id(&self, field: &Field) -> String {
        let given = self.wanted.arguments.get(field.name).unwrap_or_default();
        let FieldKind::Id(kind) = field.kind else { return given.to_owned() };
        AnyId::parse_as(given, kind).map_or_else(|_address| given.to_lowercase(), |id| id.id)
    }

    /// Asks whom an address belongs to.
    pub(super) async fn look_up(&mut self, connected: &Connected, moment: &Moment) -> Result<(), Failed> {
        self.wanted.look_up(connected, moment).await.map_err(|failed| at_line(self.number, failed))
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::{super::given, *};
    use crate::{actions, time::Unix};

    fn lines(parameters: &[&str], text: &str) -> Result<Vec<(usize, String)>, String> {
        let moment = Moment { now: Unix(1_795_435_200), zone: TimeZone::UTC };
        let action = actions::find(parameters[0]).unwrap();
        let parameters: Vec<_> = parameters[1..].iter().map(ToString::to_string).collect();
        let message = |failed: Failed| failed.message();
        let wanted = given::read(action, &parameters, &moment).map_err(message)?;
        let field = wanted.each.unwrap();
        let lines = read(&wanted, field, text, &moment).map_err(message)?;
        Ok(lines.iter().map(|line| (line.number, line.id(field))).collect())
    }

    fn refunds(text: &str) -> Result<Vec<(usize, String)>, String> {
        lines(&["refund_charge", "charge=-", "reason=duplicate"], text)
    }

    #[test]
    fn blank_lines_count_and_are_passed_over() {
        let link = "https://dashboard.stripe.com/payments/ch_3";
        let found = refunds(&format!("ch_1\n\n  ch_2 \r\n{link}")).unwrap();
        assert_eq!(found, [(1, "ch_1".into()), (3, "ch_2".into()), (4, "ch_3".into())]);
    }

    #[test]
    fn a_bad_line_is_named() {
        let says = |text: &str, piece: &str| {
            let error = refunds(text).unwrap_err();
            assert!(error.contains(piece), "{error}");
        };
        says("ch_1\ncus_1\n", "line 2: charge: `cus_1` is a customer, but a charge is needed");
        says("ch_1\nch_2\n\nch_1\n", "line 4: ch_1 stands in line 1 already");
        says(
            "ch_1\nhttps://dashboard.stripe.com/test/payments/ch_1",
            "line 2: ch_1 stands in line 1 already",
        );
        says(" \n", "charge: no ids came on standard input");
        says("ch_1\n-\n", "line 2: charge: `-` is not an id");
        says("ch_1\n\u{1b}[2J\n", "line 2: charge: `␛[2J` is not an id");
        says(
            &(0..=LINES_MOST).map(|n| format!("ch_{n}\n")).collect::<Vec<_>>().concat(),
            "10000 are the most",
        );
    }

    #[test]
    fn addresses_are_the_same_in_any_case() {
        let error = lines(&["list_charges", "customer=-"], "Ada@example.com\nada@example.com").unwrap_err();
        assert!(error.contains("line 2: ada@example.com stands in line 1 already"), "{error}");
    }
}
