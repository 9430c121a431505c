//! What of a terminal's screen is looked at, without what differs from run to run: ids and folders are named for what they are, and
//! days are left out.

use crate::harness::pty::Pty;

const IDS: [&str; 9] = ["ch_", "re_", "req_", "int_", "sub_", "in_", "cus_", "pi_", "acct_"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// What is told below the panes, as one line, without the hints of keys.
pub(super) fn told(pty: &Pty) -> String {
    let text = pty.text();
    let rows: Vec<&str> = text.lines().collect();
    let begins = rows.iter().rposition(|row| row.starts_with('╰')).map_or(0, |at| at + 1);
    let Some((last, above)) = rows[begins..].split_last() else { return String::new() };
    // What has ended, what is held, and, if nothing else is told, what still runs.
    let ended = last.find(['✔', '✖']).or_else(|| last.find('◷'));
    let sign = if above.is_empty() { ended.or_else(|| last.find('◌')) } else { ended };
    let rows: Vec<&str> = above.iter().copied().chain(sign.map(|at| &last[at..])).map(str::trim).collect();
    if rows.is_empty() { String::new() } else { plain(&rows.join(" ")) }
}

/// Nothing runs any more, and so nothing changes by itself.
pub(super) fn rests(pty: &Pty) -> bool {
    let text = pty.text();
    text.lines().last().is_some_and(|last| !last.contains('◌')) && !text.contains("◌ reading")
}

/// The window or pane whose title begins so.
pub(super) fn boxed(pty: &Pty, title: &str) -> String {
    let screen = pty.screen();
    let (rows, columns) = screen.size();
    let cell = |row, column| screen.cell(row, column).map(vt100::Cell::contents).unwrap_or_default();
    let is_corner = |row, at: &u16| {
        cell(row, *at) == "╭" && screen.contents_between(row, at + 3, row, columns).starts_with(title)
    };
    let corner = (0..rows).find_map(|row| Some((row, (0..columns).find(|at| is_corner(row, at))?)));
    let Some((top, left)) = corner else { return String::new() };
    let right = (left..columns).find(|at| cell(top, *at) == "╮").unwrap_or(columns - 1);
    let bottom = (top..rows).find(|row| cell(*row, left) == "╰").unwrap_or(rows - 1);
    let rows = (top..=bottom).map(|row| screen.contents_between(row, left, row, right + 1));
    rows.filter(|row| row.contains(|c| !" │".contains(c))).map(|row| plain(&row)).collect()
}

/// The same once nothing is read any more.
pub(super) fn boxed_at_rest(pty: &Pty, title: &str) -> String {
    if rests(pty) { boxed(pty, title) } else { String::new() }
}

/// A box without its rows: what its two edges say.
pub(super) fn edges(pty: &Pty, title: &str) -> String {
    let whole = boxed(pty, title);
    let is_edge = |row: &&str| row.starts_with(['╭', '╰']);
    // However long they are.
    let ends =
        |row: &str| row.split("──").filter(|part| !part.is_empty()).collect::<Vec<_>>().join("──") + "\n";
    whole.lines().filter(is_edge).map(ends).collect()
}

/// The lines with these words.
pub(super) fn lines(text: &str, words: &str) -> String {
    text.lines().filter(|line| line.contains(words)).map(plain).collect()
}

/// The whole screen: what stays once the program has left, or all that there is room for.
pub(super) fn stays(pty: &Pty) -> String {
    pty.text().lines().filter(|line| !line.trim().is_empty()).map(plain).collect()
}

/// One line, the same in each run.
pub(super) fn plain(line: &str) -> String {
    let line = line.trim();
    let line =
        if line.split(' ').any(|word| MONTHS.contains(&word)) { undated(line) } else { line.to_owned() };
    line.split(' ').map(named).collect::<Vec<_>>().join(" ") + "\n"
}

/// Without the room that a day of one or two digits takes.
fn undated(line: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    let is_day = |word: &&str| word.parse::<u8>().is_ok();
    let is_time = |word: &str| word.len() == 5 && word.contains(':') || word.parse::<u16>().is_ok();
    let mut last = "";
    for word in line.split_whitespace() {
        if MONTHS.contains(&word) && words.last().is_some_and(is_day) {
            words.pop();
            words.push("DAY");
        } else if !(MONTHS.contains(&last) && is_time(word)) {
            words.push(word);
        }
        last = word;
    }
    words.join(" ")
}

fn named(word: &str) -> String {
    let bare = word.trim_start_matches('(').trim_end_matches([',', '.', ':', ';', ')']);
    let name = |name: &str| word.replacen(bare, name, 1);
    if let Some(id) = IDS.iter().find(|id| bare.starts_with(**id)) {
        return name(&format!("{id}…"));
    }
    // Of an invoice.
    let is_number = |(first, last): (&str, &str)| {
        let is_code = first.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        (first.len(), last.len()) == (8, 4) && is_code && last.bytes().all(|byte| byte.is_ascii_digit())
    };
    if bare.split_once('-').is_some_and(is_number) {
        return name("NUMBER");
    }
    // The folder of this run.
    let folder = bare.find("/.tmp").and_then(|at| Some(at + 1 + bare[at + 1..].find('/')?));
    folder.map_or_else(|| word.to_owned(), |end| name(&format!("HOME{}", &bare[end..])))
}
