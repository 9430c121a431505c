//! The top line: which world this is, who works here, what was refunded today against the cap, how Stripe is, the time.
//! What is least needed goes first when the screen is narrow; the badge never goes.

use ratatui::layout::{Position, Rect};

use super::{
    canvas::{Canvas, badge_width},
    theme::Role,
};
use crate::{
    desk::{
        bottom,
        keymap::Do,
        sheet::{Line, Tone, plot},
        state::{Mode, State, skew},
    },
    ledger::IntentState,
    money::{Currency, Money},
    policy::{Fact, Rule, Sums},
};

/// Cells of the bar between its ends.
const BAR: i64 = 10;
/// Slower than this is worth a look, in milliseconds.
const SLOW_MS: u64 = 1_500;

pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, area: Rect) {
    let badges = badges(state);
    let unknown = told(state);
    let (right, spent) = (right(state), spent(state));
    let room = usize::from(area.width);
    let taken = badges.iter().map(|(word, _)| badge_width(word).saturating_add(1)).sum::<usize>();
    let left = |name: bool, who: &Line| -> usize {
        let name = if name { 9 } else { 1 };
        name + taken + who.width() + unknown.width() + 2
    };
    // From everything to nearly nothing; the first that fits is drawn.
    let whole = who(state, true);
    let short = who(state, false);
    let nothing = Line::default();
    let [amounts, today, today_short, bare] = &spent;
    let [api, clock] = &right;
    let choices: [(bool, &Line, &Line, &Line); 10] = [
        (true, &whole, amounts, api),
        (true, &whole, today, api),
        (true, &whole, today_short, api),
        (true, &short, today_short, api),
        (true, &short, today_short, clock),
        (false, &short, today_short, clock),
        (true, &short, bare, clock),
        (false, &short, bare, clock),
        (false, &short, &nothing, clock),
        (false, &nothing, &nothing, clock),
    ];
    let fits = |(name, who, middle, right): &&(bool, &Line, &Line, &Line)| {
        left(*name, who) + middle.width() + right.width() + 5 <= room
    };
    let (name, who, middle, right) =
        choices.iter().find(fits).copied().unwrap_or((false, &nothing, &nothing, &nothing));

    let y = area.y;
    let mut x = area.x.saturating_add(1);
    if name {
        x = canvas.tone(Position { x, y }, area.right(), "paydesk ", Tone::Accent);
    }
    for (word, role) in &badges {
        x = canvas.badge(Position { x, y }, area.right(), word, *role).saturating_add(1);
    }
    x = canvas.line(Position { x, y }, area.right(), who, false);
    if !unknown.0.is_empty() {
        x = canvas.line(Position { x: x.saturating_add(2), y }, area.right(), &unknown, false);
    }
    let end = area.right().saturating_sub(1);
    let right_x = canvas.line_right(y, (x, end), right);
    // The middle stands in the middle of what is free.
    let width = u16::try_from(middle.width()).unwrap_or(u16::MAX);
    let free = right_x.saturating_sub(x).saturating_sub(width);
    canvas.line(Position { x: x.saturating_add(free / 2), y }, right_x, middle, false);
}

fn badges(state: &State) -> Vec<(&'static str, Role)> {
    let mode = match state.session.mode {
        Mode::Live => ("LIVE", Role::BadgeLive),
        Mode::Sandbox => ("SANDBOX", Role::BadgeSandbox),
        Mode::Demo => ("DEMO", Role::BadgeSandbox),
    };
    let read_only = state.read_only().map(|_why| ("READ-ONLY", Role::BadgeReadOnly));
    [Some(mode), read_only].into_iter().flatten().collect()
}

/// Changes of which nobody knows yet whether they happened, and proposals that wait for a person, with the key to them.
fn told(state: &State) -> Line {
    let unknown = match bottom::unknown(state) {
        0 => Line::default(),
        count => Line::toned(format!("? {count} unknown"), Tone::Bad),
    };
    match (state.waiting.len(), bottom::key_of(Do::Inbox)) {
        (0, _) | (_, None) => unknown,
        (count, Some(key)) => {
            let gap = if unknown.0.is_empty() { "" } else { "  " };
            unknown
                .then(gap, Tone::Plain)
                .then(key.to_string(), Tone::Key)
                .then(format!(" {count} waiting"), Tone::Warn)
        }
    }
}

/// `Acme Inc · maya`
fn who(state: &State, whole: bool) -> Line {
    let agent = Line::toned(state.session.agent.clone(), Tone::Plain);
    match state.session.account.as_ref().filter(|_| whole) {
        Some(account) => {
            let name = crate::text::cut(account.name(), 30);
            Line::toned(name, Tone::Strong)
                .then(" · ", Tone::Dim)
                .then(state.session.agent.clone(), Tone::Plain)
        }
        None => agent,
    }
}

/// With and without the state of the connection.
fn right(state: &State) -> [Line; 2] {
    let time = state.now().zoned(state.zone()).strftime("%H:%M").to_string();
    let api = &state.api;
    let light = match (api.unreachable, api.latency_ms) {
        (true, _) => Line::toned("✖ Stripe unreachable", Tone::Bad),
        (false, 0) => Line::toned("api ◌", Tone::Dim),
        (false, ms) if ms > SLOW_MS => {
            Line::toned("api ", Tone::Dim).then(format!("{ms} ms "), Tone::Warn).then("◐", Tone::Warn)
        }
        (false, ms) => Line::toned(format!("api {ms} ms "), Tone::Dim).then("●", Tone::Good),
    };
    let clock = if api.unreachable { Line::toned("✖ ", Tone::Bad) } else { Line::default() };
    // Times on screen are this machine's; what is decided goes by Stripe's.
    let (off, mark) = match skew(api.skew_s) {
        Some(off) => (format!(" clock {off}"), "!"),
        None => (String::new(), ""),
    };
    [
        light.then(format!("   {time}"), Tone::Plain).then(off, Tone::Warn),
        clock.then(time, Tone::Plain).then(mark, Tone::Warn),
    ]
}

/// What the policy lets this agent refund in a day.
fn cap(state: &State, currency: Currency) -> Option<Money> {
    state.policy.effective(&state.session.agent).amount(Rule::CapAgent, currency)
}

/// Today's refunds: with the bar, in short, shorter, without the cap.
fn spent(state: &State) -> [Line; 4] {
    let unknown = |label: &str| Line::toned(label, Tone::Dim).then("?", Tone::Warn);
    match &state.spent {
        Fact::Unknown(_) => ["refunds today ", "refunds today ", "today ", "today "].map(unknown),
        Fact::Known(spent) => {
            let amount = shown(state, &spent.agent);
            let others = spent.agent.0.iter().filter(|(currency, minor)| {
                **minor != 0 && amount.is_some_and(|amount| amount.currency() != **currency)
            });
            let cap = amount.and_then(|amount| cap(state, amount.currency()));
            spent_lines(amount, held(state, amount), cap, others.count())
        }
    }
}

/// What of it can still be taken back: reserved already, and not sent.
fn held(state: &State, amount: Option<Money>) -> Money {
    let zero = Money::zero(amount.map_or(Currency::USD, Money::currency));
    let refunds = state.changes.iter().filter(|change| change.intent.state == IntentState::Held);
    let refunds = refunds.map(|change| &change.intent.proposal).filter(|proposal| proposal.is_refund());
    refunds.filter_map(|proposal| proposal.amount).fold(zero, |sum, one| sum.checked_add(one).unwrap_or(sum))
}

/// In the account's own currency, or in the one with the largest sum.
fn shown(state: &State, sums: &Sums) -> Option<Money> {
    let own = state.session.account.as_ref().map(|account| account.default_currency);
    let own = own.filter(|own| own.exponent().is_some()).map(|own| sums.of(own));
    let largest = sums.0.iter().max_by_key(|(_, minor)| **minor).map(|(currency, _)| sums.of(*currency));
    own.filter(|own| !own.is_zero() || largest.is_none_or(Money::is_zero)).or(largest)
}

fn spent_lines(amount: Option<Money>, held: Money, cap: Option<Money>, others: usize) -> [Line; 4] {
    let Some(amount) = amount else {
        let none = |label: &str| Line::toned(label, Tone::Dim).then("none", Tone::Plain);
        return ["refunds today ", "refunds today ", "today ", "today "].map(none);
    };
    let others = if others == 0 { String::new() } else { format!(" +{others} other") };
    // Where the last reading does not count it yet, nothing is taken off.
    let sent = amount.checked_sub(held).ok().filter(|sent| !sent.is_negative() && !held.is_zero());
    let waits = sent.map_or_else(String::new, |_| format!(" +{held} held"));
    let label = |words: &str| {
        Line::toned(words, Tone::Dim)
            .then(sent.unwrap_or(amount).to_string(), Tone::Strong)
            .then(waits.clone(), Tone::Warn)
            .then(others.clone(), Tone::Dim)
    };
    let (plain, short) = (label("refunds today "), label("today "));
    let Some(cap) = cap.filter(|cap| cap.minor() > 0) else {
        return [plain.clone(), plain, short.clone(), short];
    };
    let (cells, tone) = plot::toward(amount.minor(), cap.minor(), BAR);
    let whole = plain
        .clone()
        .then(" ▕", Tone::Dim)
        .then(cells, tone)
        .then("▏ ", Tone::Dim)
        .then(cap.to_string(), Tone::Dim);
    let of_cap = |line: Line| line.then(format!(" of {cap}"), Tone::Dim);
    [whole, of_cap(plain), of_cap(short.clone()), short]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cap_shows_as_a_bar_and_in_words() {
        let usd = |minor| Money::new(minor, Currency::USD);
        let [whole, words, short, bare] = spent_lines(Some(usd(31_200)), usd(0), Some(usd(200_000)), 1);
        assert_eq!(whole.text(), "refunds today $312.00 +1 other ▕█▌        ▏ $2,000.00");
        assert_eq!(words.text(), "refunds today $312.00 +1 other of $2,000.00");
        assert_eq!(short.text(), "today $312.00 +1 other of $2,000.00");
        assert_eq!(bare.text(), "today $312.00 +1 other");
        assert_eq!(spent_lines(Some(usd(0)), usd(0), None, 0)[0].text(), "refunds today $0.00");
        let held = |spent| spent_lines(Some(usd(spent)), usd(9_900), None, 0)[0].text();
        assert_eq!(held(9_900), "refunds today $0.00 +$99.00 held");
        assert_eq!(held(5_000), "refunds today $50.00", "not counted yet");
    }
}
