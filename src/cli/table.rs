//! Rows as text: columns for a terminal, as wide as their widest cell so far, or tab-separated values for a pipe. Nothing in a
//! cell can break out of it.

use crate::text;

/// Wider cells of a long list are cut on a terminal, all but the last of their row: an id, which is never cut.
const CELL_MOST: usize = 44;

/// Columns of a list that may come page by page: they only ever grow.
#[derive(Debug, Default)]
pub(super) struct Layout {
    widths: Vec<usize>,
    /// Which columns stand at the right.
    right: Vec<bool>,
    cuts: bool,
}

impl Layout {
    /// For a list: long cells are cut, and those columns stand at the right.
    pub(super) fn of_list(right: Vec<bool>) -> Self {
        Self { right, cuts: true, ..Self::default() }
    }

    /// The rows as lines, after they have been given the room that they need.
    pub(super) fn lines(&mut self, rows: &[Vec<String>]) -> String {
        let rows: Vec<Vec<String>> = rows.iter().map(|row| self.cells(row)).collect();
        for row in &rows {
            for (at, cell) in row.iter().enumerate() {
                match self.widths.get_mut(at) {
                    Some(width) => *width = (*width).max(text::width(cell)),
                    None => self.widths.push(text::width(cell)),
                }
            }
        }
        let mut out = String::new();
        for row in &rows {
            let last = row.len().saturating_sub(1);
            for (at, (cell, width)) in row.iter().zip(&self.widths).enumerate() {
                let pad = width.saturating_sub(text::width(cell));
                let right = self.right.get(at).copied().unwrap_or(false);
                let (before, after) = if right { (pad, 0) } else { (0, pad) };
                out.extend(std::iter::repeat_n(' ', before));
                out.push_str(cell);
                if at < last {
                    out.extend(std::iter::repeat_n(' ', after.saturating_add(2)));
                }
            }
            out.truncate(out.trim_end_matches(' ').len());
            out.push('\n');
        }
        out
    }

    fn cells(&self, row: &[String]) -> Vec<String> {
        let last = row.len().saturating_sub(1);
        let cell = |(at, cell): (usize, &String)| {
            let safe = text::clean(cell);
            if self.cuts && at < last { text::cut(&safe, CELL_MOST) } else { safe }
        };
        row.iter().enumerate().map(cell).collect()
    }
}

/// One line a row; nothing in a cell can break out of it or become a formula.
pub(super) fn separated(rows: &[Vec<String>]) -> String {
    separated_as(rows, text::csv_cell)
}

/// The same with cells made safe by `safe`.
pub(super) fn separated_as(rows: &[Vec<String>], safe: impl Fn(&str) -> String) -> String {
    let mut out = String::new();
    for row in rows {
        let cells: Vec<_> = row.iter().map(|cell| safe(cell)).collect();
        out.push_str(&cells.join("\t"));
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn amounts_stand_at_the_right_and_columns_only_grow() {
        let mut layout = Layout::of_list(vec![true, false, false]);
        let first = layout.lines(&[row(&["Amount", "What", "Id"]), row(&["$5.00", "Pro", "ch_1"])]);
        assert_eq!(first, "Amount  What  Id\n $5.00  Pro   ch_1\n");
        let next = layout.lines(&[row(&["$1,000.00", "x", "ch_2"])]);
        assert_eq!(next, "$1,000.00  x     ch_2\n");
    }

    #[test]
    fn hostile_text_keeps_its_column_and_an_id_is_whole() {
        let long = "x".repeat(300);
        let hostile = "\u{1b}[2J\u{202e}山\n田\tA";
        let lines = Layout::of_list(vec![]).lines(&[row(&[&long, hostile, &long]), row(&["a", "b", "c"])]);
        let starts: Vec<_> = lines.lines().map(|line| text::width(line.split('b').next().unwrap())).collect();
        assert_eq!(starts[1], CELL_MOST + 2);
        assert!(lines.lines().next().unwrap().ends_with(&long) && lines.lines().count() == 2, "{lines}");
        assert!(!lines.contains('\u{1b}') && !lines.contains('\u{202e}'));
        let text = separated(&[row(&[&long, hostile, "=1+1"])]);
        assert_eq!(text.lines().count(), 1);
        assert_eq!(text.trim_end().split('\t').map(str::len).collect::<Vec<_>>()[0], 300);
        assert!(text.ends_with("\t'=1+1\n"));
    }
}
