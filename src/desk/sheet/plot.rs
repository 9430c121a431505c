//! Figures as bars, in eighths of a cell: lying ones beside a name, standing ones a day. Whatever is there shows as an eighth at
//! least, and full is only full.

use super::{Line, Tone, line};

const LYING: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
const STANDING: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// Of so many cells in eighths, those that stand for the part.
fn eighths(part: i64, whole: i64, cells: i64) -> i64 {
    let all = cells.saturating_mul(8);
    let wide = i128::from(part.max(0)).saturating_mul(i128::from(all));
    let share = wide.checked_div(i128::from(whole.max(1))).and_then(|share| i64::try_from(share).ok());
    let share = share.unwrap_or(all);
    if part > 0 { share.max(1).min(all.max(0)) } else { 0 }
}

fn count(n: i64) -> usize {
    usize::try_from(n).unwrap_or(0)
}

/// A bar from the left, always so many cells wide.
pub fn bar(part: i64, whole: i64, cells: i64) -> String {
    let eighths = eighths(part, whole, cells);
    let mut text = "█".repeat(count(eighths / 8));
    text.push_str(LYING.get(count(eighths.rem_euclid(8))).copied().unwrap_or_default());
    let drawn = text.chars().count();
    text.push_str(&" ".repeat(count(cells).saturating_sub(drawn)));
    text
}

/// A bar toward a limit, and how near the end is.
pub fn toward(spent: i64, cap: i64, cells: i64) -> (String, Tone) {
    let tone = if spent >= cap {
        Tone::Bad
    } else if spent.saturating_mul(5) >= cap.saturating_mul(4) {
        Tone::Warn
    } else {
        Tone::Accent
    };
    (bar(spent, cap, cells), tone)
}

/// One standing bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pillar {
    pub value: i64,
    pub tone: Tone,
}

/// Standing bars side by side, `rows` high, each `cells` wide with `gap` cells behind it. The highest reaches the top.
pub fn pillars(all: &[Pillar], rows: usize, (cells, gap): (usize, usize)) -> Vec<Line> {
    let highest = all.iter().map(|pillar| pillar.value).max().unwrap_or(0);
    let high = i64::try_from(rows).unwrap_or(1);
    let heights: Vec<i64> = all.iter().map(|pillar| eighths(pillar.value, highest, high)).collect();
    let row = |row: usize| {
        // Eighths below this row.
        let below = i64::try_from(rows.saturating_sub(row).saturating_sub(1)).unwrap_or(0).saturating_mul(8);
        let mut line = Line::default();
        for (pillar, height) in all.iter().zip(&heights) {
            let here = height.saturating_sub(below).clamp(0, 8);
            let glyph = STANDING.get(count(here)).copied().unwrap_or(" ");
            line = line.then(glyph.repeat(cells), pillar.tone).then(" ".repeat(gap), Tone::Plain);
        }
        line
    };
    (0..rows).map(row).collect()
}

/// Blocks of lines side by side, each in its share of the room.
pub fn beside(blocks: Vec<Vec<Line>>, room: usize) -> Vec<Line> {
    let blocks: Vec<Vec<Line>> = blocks.into_iter().filter(|block| !block.is_empty()).collect();
    let Some(share) = room.checked_div(blocks.len()) else { return Vec::new() };
    let rows = blocks.iter().map(Vec::len).max().unwrap_or(0);
    let row = |row: usize| {
        let mut joined = Line::default();
        for block in &blocks {
            let piece =
                block.get(row).map(|piece| line::fit(piece, share.saturating_sub(2))).unwrap_or_default();
            let blanks = " ".repeat(share.saturating_sub(piece.width()));
            joined.0.extend(piece.0);
            joined = joined.then(blanks, Tone::Plain);
        }
        joined
    };
    (0..rows).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_counts_in_eighths() {
        assert_eq!(toward(31_200, 200_000, 10), ("█▌        ".into(), Tone::Accent));
        assert_eq!(bar(0, 200_000, 10), "          ");
        assert_eq!(bar(1, 200_000, 10), "▏         ");
        assert_eq!(toward(160_000, 200_000, 10).1, Tone::Warn);
        assert_eq!(toward(200_000, 200_000, 10), ("██████████".into(), Tone::Bad));
        assert_eq!(bar(i64::MAX, 5, 10).chars().count(), 10);
        for cells in [0, -1, i64::MIN] {
            assert_eq!(bar(1, 2, cells), "", "a screen of one column has no room for any");
        }
        for spent in 0..500 {
            assert_eq!(bar(spent, 400, 10).chars().count(), 10, "{spent}");
        }
    }

    #[test]
    fn the_highest_reaches_the_top_and_the_smallest_is_seen() {
        let all = [0, 1, 50, 100].map(|value| Pillar { value, tone: Tone::Info });
        let rows: Vec<_> = pillars(&all, 2, (2, 1)).iter().map(Line::text).collect();
        assert_eq!(rows, ["         ██ ", "   ▁▁ ██ ██ "]);
        let none = pillars(&[Pillar { value: 0, tone: Tone::Info }], 2, (1, 0));
        assert_eq!(none.iter().map(Line::text).collect::<Vec<_>>(), [" ", " "]);
    }

    #[test]
    fn blocks_keep_to_their_share() {
        let block = |words: &[&str]| words.iter().map(|words| Line::plain(*words)).collect::<Vec<_>>();
        let rows = beside(vec![block(&["agents", "maya"]), Vec::new(), block(&["a long reason"])], 20);
        let rows: Vec<_> = rows.iter().map(Line::text).collect();
        assert_eq!(rows, ["agents    a long …  ", "maya                "]);
        assert!(beside(Vec::new(), 20).is_empty());
    }
}
