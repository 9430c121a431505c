//! Who is open, in a glance: the two lines of the head card, from what was read so far.

use super::{
    bottom::key_of,
    data::Folder,
    keymap::{self, Do},
    merged, notes,
    sheet::{Line, Tone},
    state::{State, Tip},
    waiting,
};
use crate::{
    model::{Card, ChargeStatus, Customer, CustomerId},
    money::Money,
    text::{self, Untrusted},
};

/// Sums cover at most this many charges, the newest: a frame must not cost more the longer somebody has been a customer.
/// Older ones are behind the `+`, like those that were not read.
pub const SUMMED_MOST: usize = 2_000;

/// What the head card says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    pub title: Line,
    /// The customer's id, whole.
    pub id: String,
    pub who: Line,
    pub money: Line,
    /// What should not be overlooked: disputes, overdue payments. Empty most of the time.
    pub flags: Line,
    /// What is known here besides: proposals that wait, records with the same address, notes. Empty most of the time.
    pub marks: Line,
    /// Two charges that are likely one. Empty most of the time.
    pub alert: Line,
    /// The same where it may be cut: the key to it stands before the words.
    pub alert_short: Line,
}

/// What was paid and given back, a sum a currency, in the order in which currencies first come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub paid: Vec<Money>,
    pub refunded: Vec<Money>,
    /// There are charges that the sums leave out.
    pub more: bool,
    pub disputes_open: usize,
    /// Disputed charges whose dispute was not read yet.
    pub disputes_unread: usize,
}

pub fn totals(folder: &Folder) -> Totals {
    let Some(list) = &folder.charges.value else { return Totals::default() };
    let mut totals = Totals { more: list.has_more || list.rows.len() > SUMMED_MOST, ..Totals::default() };
    for charge in list.rows.iter().take(SUMMED_MOST) {
        if charge.status == ChargeStatus::Succeeded {
            add(&mut totals.paid, charge.captured_money());
        }
        add(&mut totals.refunded, charge.refunded_money());
        if charge.disputed {
            match folder.disputes.get(&charge.id).and_then(|slot| slot.value.as_ref()) {
                Some(disputes) => {
                    let open = disputes.rows.iter().filter(|dispute| dispute.is_open()).count();
                    totals.disputes_open = totals.disputes_open.saturating_add(open);
                }
                None => totals.disputes_unread = totals.disputes_unread.saturating_add(1),
            }
        }
    }
    totals
}

/// What waits for an invoice that does not come by itself, a sum a currency.
fn waits(folder: &Folder) -> Vec<Money> {
    let mut sums = Vec::new();
    for item in folder.waiting.value.iter().flat_map(|list| &list.rows) {
        add(&mut sums, Money::new(item.amount, item.currency));
    }
    sums.retain(|sum| !sum.is_zero());
    sums
}

fn add(sums: &mut Vec<Money>, amount: Money) {
    if amount.is_zero() {
        return;
    }
    match sums.iter_mut().find(|sum| sum.currency() == amount.currency()) {
        // A sum beyond counting stays where it is rather than wrapping.
        Some(sum) => *sum = sum.checked_add(amount).unwrap_or(*sum),
        None => sums.push(amount),
    }
}

/// `$1,204.00+, ¥12,000+`: the `+` says that there is more.
fn sums(sums: &[Money], more: bool) -> String {
    let more = if more { "+" } else { "" };
    let words: Vec<_> = sums.iter().map(|sum| format!("{sum}{more}")).collect();
    words.join(", ")
}

pub fn head(state: &State) -> Head {
    let Some(id) = &state.open else { return welcome(state) };
    let folder = state.data.folder(id);
    let totals = folder.map(totals).unwrap_or_default();
    let Some(customer) = state.data.customer(id) else { return unread(id, folder, &totals) };
    let mut money = folder.map(|folder| money(folder, &totals)).unwrap_or_default();
    let alert = folder.and_then(|folder| folder.alike.words());
    let [alert, alert_short] = alert.map(|words| alerts(&words)).unwrap_or_default();
    let flags = flags(customer, &totals);
    let marks = dotted(dotted(waiting::words(state, id), merged::words(state)), notes::words(state, id));
    let id = id.to_string();
    if customer.deleted {
        let who = Line::toned("deleted at Stripe: no name, no card, no subscription any more", Tone::Warn);
        return Head {
            title: Line::toned("○ deleted customer", Tone::Warn),
            id,
            who,
            money,
            flags,
            marks,
            alert,
            alert_short,
        };
    }
    if let Some(credit) = customer.credit() {
        let (words, amount) = match credit.checked_neg() {
            Ok(debt) if credit.is_negative() => ("owes ", debt),
            _ => ("credit balance ", credit),
        };
        money = dotted(money, Line::toned(words, Tone::Dim).then(amount.to_string(), Tone::Strong));
    }
    for sum in folder.map(waits).unwrap_or_default() {
        let words = if sum.is_negative() { "credit waits " } else { "waits to be billed " };
        let sum = (if sum.is_negative() { sum.checked_neg().unwrap_or(sum) } else { sum }).to_string();
        money = dotted(money, Line::toned(words, Tone::Warn).then(sum, Tone::Strong));
    }
    Head {
        title: Line::toned(customer.title(), Tone::Accent),
        id,
        who: who(state, customer, folder),
        money,
        flags,
        marks,
        alert,
        alert_short,
    }
}

/// What must be looked at, with the key that does it behind the words and before them.
fn alerts(words: &str) -> [Line; 2] {
    let whole = Line::toned(format!("⚠ {words}"), Tone::Warn);
    let Some(key) = key_of(Do::Twice) else { return [whole.clone(), whole] };
    let short = Line::toned("⚠ ", Tone::Warn).then(key.to_string(), Tone::Key).then(" reviews ", Tone::Dim);
    [whole.then(format!("   {key}"), Tone::Key).then(" to review", Tone::Dim), short.then(words, Tone::Warn)]
}

/// What the empty desk says: what to do first, and whom to try it with.
pub fn welcome_words(state: &State) -> Vec<Line> {
    let key = |does: Do| key_of(does).map(|key| key.to_string()).unwrap_or_default();
    let mut lines = vec![
        Line::plain("Find a customer first."),
        Line::toned(
            "Type an e-mail, a name, a phone number, an id, an invoice number, the last four digits of a card or an amount, or paste a Dashboard link.",
            Tone::Dim,
        ),
        Line::default(),
        Line::toned(key(Do::Search), Tone::Key)
            .then(" goes to the search box, ", Tone::Dim)
            .then(key(Do::Open), Tone::Key)
            .then(" opens the customer, ", Tone::Dim)
            .then(key_in_box(Do::Help), Tone::Key)
            .then(" shows every key.", Tone::Dim),
    ];
    if !state.session.tips.is_empty() {
        lines.extend([Line::default(), Line::plain("To try")]);
    }
    let widest = state.session.tips.iter().map(|tip| text::width(&tip.who)).max().unwrap_or(0);
    let who = |tip: &Tip| Line::toned(text::padded(&tip.who, widest.saturating_add(2)), Tone::Accent);
    lines.extend(state.session.tips.iter().map(|tip| who(tip).then(tip.what.clone(), Tone::Plain)));
    lines
}

/// `ada@` is enough to be found by.
fn short(who: &str) -> String {
    who.split_once('@').map_or_else(|| who.to_owned(), |(name, _)| format!("{name}@"))
}

/// Where there is one line only: whom to try it with, or what a search takes.
fn welcome_short(state: &State) -> Line {
    if state.session.tips.is_empty() {
        let takes = "by e-mail, name, phone, id, invoice number, card's last four, amount, or pasted link";
        return Line::toned(takes, Tone::Dim);
    }
    let tip = |line: Line, Tip { who, keys, .. }: &Tip| {
        dotted(line, Line::toned(short(who), Tone::Accent).then(format!(" {keys}"), Tone::Key))
    };
    let names = state.session.tips.iter().fold(Line::default(), tip);
    Line([Line::toned("try ", Tone::Dim).0, names.0].concat())
}

/// The key for it that does it in the search box too, where there is one: the desk opens with the cursor there.
fn key_in_box(does: Do) -> String {
    let rows =
        || keymap::desk().filter(|row| row.does == does).flat_map(|row| row.keys().collect::<Vec<_>>());
    let key = rows().find(|key| key.typed().is_none()).or_else(|| rows().next());
    key.map(|key| key.to_string()).unwrap_or_default()
}

/// Nobody is open yet: the three keys that lead on.
fn welcome(state: &State) -> Head {
    let keys = |line: Line, (does, word): (Do, &str)| {
        line.then(key_in_box(does), Tone::Key).then(format!(" {word}   "), Tone::Plain)
    };
    let all = [(Do::Search, "find a customer"), (Do::Open, "open"), (Do::Help, "all keys")];
    Head {
        title: Line::toned("Welcome", Tone::Accent),
        who: all.into_iter().fold(Line::default(), keys),
        money: welcome_short(state),
        ..Head::default()
    }
}

fn unread(id: &CustomerId, folder: Option<&Folder>, totals: &Totals) -> Head {
    let trouble = folder.and_then(|folder| folder.customer.trouble.as_ref());
    let who = trouble.map_or_else(
        || Line::toned("◌ reading…", Tone::Dim),
        |trouble| Line::toned(format!("✖ {}", trouble.line()), Tone::Bad),
    );
    Head {
        title: Line::toned(text::short_id(id.as_str()), Tone::Accent),
        id: id.to_string(),
        who,
        money: folder.map(|folder| money(folder, totals)).unwrap_or_default(),
        ..Head::default()
    }
}

/// Pieces with a dot between them.
pub fn dotted(line: Line, more: Line) -> Line {
    if line.0.is_empty() {
        return more;
    }
    if more.0.is_empty() {
        return line;
    }
    let mut line = line.then(" · ", Tone::Dim);
    line.0.extend(more.0);
    line
}

fn who(state: &State, customer: &Customer, folder: Option<&Folder>) -> Line {
    let mut line = Line::default();
    let shown =
        |text: &Option<Untrusted>| text.as_ref().map(ToString::to_string).filter(|text| !text.is_empty());
    // The title may be the address already.
    if let Some(email) = shown(&customer.email).filter(|email| email != customer.title()) {
        line = dotted(line, Line::plain(email));
    }
    if customer.created.0 > 0 {
        let since = customer.created.date(state.zone());
        line = dotted(line, Line::toned("customer since ", Tone::Dim).then(since, Tone::Plain));
    }
    if let Some(country) = customer.address.as_ref().and_then(|address| shown(&address.country)) {
        line = dotted(line, Line::plain(country));
    }
    if let Some(method) = super::data::default_method(customer, folder) {
        let card = Line::plain(method.words());
        let expiry = method.card.as_ref().and_then(|card| expiry(state, card));
        line = dotted(line, expiry.into_iter().fold(card, |line, (words, tone)| line.then(words, tone)));
    }
    line
}

fn expiry(state: &State, card: &Card) -> Option<(String, Tone)> {
    let shown = card.expiry()?;
    let today = state.now().day(state.zone());
    let end = (card.exp_year?, card.exp_month?);
    let over = end < (i64::from(today.year()), i64::from(today.month()));
    Some(if over { (format!(" expired {shown}"), Tone::Warn) } else { (format!(" exp {shown}"), Tone::Dim) })
}

fn money(folder: &Folder, totals: &Totals) -> Line {
    if folder.charges.value.is_none() {
        return folder.charges.trouble.as_ref().map_or_else(
            || Line::toned("◌ reading charges…", Tone::Dim),
            |trouble| Line::toned(format!("✖ charges: {}", trouble.what), Tone::Bad),
        );
    }
    let paid = if totals.paid.is_empty() {
        let nothing = match (folder.tells_charges(), totals.more) {
            (false, _) => "what was paid is not known",
            (true, true) => "nothing paid lately",
            (true, false) => "nothing paid yet",
        };
        Line::toned(nothing, Tone::Dim)
    } else {
        Line::toned("paid ", Tone::Dim).then(sums(&totals.paid, totals.more), Tone::Strong)
    };
    if totals.refunded.is_empty() {
        return paid;
    }
    let refunded =
        Line::toned("refunded ", Tone::Dim).then(sums(&totals.refunded, totals.more), Tone::Strong);
    dotted(paid, refunded)
}

fn flags(customer: &Customer, totals: &Totals) -> Line {
    let plural =
        |count: usize, one: &str, many: &str| format!("⚑ {count} {}", if count == 1 { one } else { many });
    let disputes = match (totals.disputes_open, totals.disputes_unread) {
        (0, 0) => Line::default(),
        (0, unread) => Line::toned(plural(unread, "charge disputed", "charges disputed"), Tone::Bad),
        (open, _) => Line::toned(plural(open, "dispute open", "disputes open"), Tone::Bad),
    };
    let overdue =
        if customer.delinquent { Line::toned("✖ payment overdue", Tone::Bad) } else { Line::default() };
    dotted(disputes, overdue)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{desk::known::Known, ui::sample};

    #[test]
    fn a_glance_at_ada() {
        let head = head(&sample::desk(140, 42));
        assert_eq!(head.title.text(), "Ada Lovelace");
        assert_eq!(
            head.who.text(),
            "ada@example.com · customer since 12 Mar 2024 · US · visa ··4242 exp 08/27"
        );
        // Failed and pending charges were not paid, and yen are never added to dollars.
        assert_eq!(head.money.text(), "paid $346.00+, ¥12,000+ · refunded $119.00+ · credit balance $10.00");
        assert_eq!(head.flags.text(), "⚑ 1 charge disputed");
        assert_eq!(
            head.alert.text(),
            "⚠ 2 charges of $99.00, 4 min apart, same card: likely a duplicate   D to review"
        );
        assert_eq!(
            head.alert_short.text(),
            "⚠ D reviews 2 charges of $99.00, 4 min apart, same card: likely a duplicate"
        );
    }

    #[test]
    fn a_read_dispute_is_counted_by_its_state() {
        let mut state = sample::desk(140, 42);
        let id = state.open.clone().unwrap();
        let folder = state.data.folders.get_mut(&id).unwrap();
        let charge = folder.charges.value.as_ref().unwrap().rows[3].id.clone();
        let open = json!({"id": "du_1", "status": "needs_response"});
        folder.disputes.insert(charge.clone(), sample::rows(&[open], false));
        assert_eq!(head(&state).flags.text(), "⚑ 1 dispute open");
        let won = json!({"id": "du_1", "status": "won"});
        let folder = state.data.folders.get_mut(&id).unwrap();
        folder.disputes.insert(charge, sample::rows(&[won], false));
        assert_eq!(head(&state).flags.text(), "");
    }

    #[test]
    fn says_what_is_not_there() {
        assert_eq!(head(&sample::fresh(140, 42)).title.text(), "Welcome");
        let mut state = sample::desk(140, 42);
        let id = state.open.clone().unwrap();
        let folder = state.data.folders.get_mut(&id).unwrap();
        folder.customer = sample::slot(sample::record(&json!({"id": id.as_str(), "deleted": true})));
        assert!(head(&state).who.text().contains("deleted at Stripe"));
        state.data.folders.clear();
        state.data.known = Known::default();
        assert_eq!(head(&state).who.text(), "◌ reading…");
    }

    #[test]
    fn an_expired_card_says_so() {
        let mut state = sample::desk(140, 42);
        state.now_ms += 365 * 86_400_000;
        assert!(head(&state).who.text().ends_with("expired 08/27"));
    }

    #[test]
    fn sums_stop_counting_somewhere_and_say_so() {
        let mut state = sample::desk(140, 42);
        let id = state.open.clone().unwrap();
        let folder = state.data.folders.get_mut(&id).unwrap();
        let many: Vec<_> = (0..SUMMED_MOST + 5).map(|at| sample::charge(at, 60, 100)).collect();
        folder.charges = sample::rows(&many, false);
        assert_eq!(totals(folder).paid, [Money::new(200_000, crate::money::Currency::USD)]);
        assert!(totals(folder).more);
    }
}
