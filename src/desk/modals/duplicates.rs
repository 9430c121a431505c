//! Whether somebody was charged twice: each group with its verdict, what speaks for it and against, and which one to give back.

use serde::{Deserialize, Serialize};

use super::{
    After, Modal, Overlay,
    answered::{self, Answered, Step},
    explain::Explain,
    list::{List, Move},
};
use crate::{
    actions::{self, Gate},
    answers::{
        duplicates::{self, Group, LookAlike, Member, Proposal, Scene, Sign, Verdict},
        reply::Reply,
    },
    desk::{
        binding::{Binding, Now, bind},
        flow, gathered,
        gathering::Gathering,
        linked,
        message::{Commands, Message},
        sheet::{Item, Line, Sheet, Tone},
        state::State,
    },
    model::{AnyId, ChargeId, CustomerId, Kind},
    text,
    time::DAY_S,
};

/// So many charges that are no duplicates are told in one line.
const FOLDED: usize = 4;
/// Of more than so many that are, the middle is left out: what speaks for it, and what is proposed, must be on screen.
const LISTED: usize = 6;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Duplicates {
    customer: CustomerId,
    read: Gathering,
    groups: Vec<Group<'static>>,
    list: List,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    Refund,
    Explain,
    Step(Step),
}

const REFUND: Binding<Do> =
    bind(&["r"], Do::Refund, Some("refund"), "refund the charge that is proposed, as a duplicate");
const EXPLAIN: Binding<Do> = bind(&["e"], Do::Explain, Some("explain"), "why that one was charged");
const OPEN: Binding<Step> =
    answered::open("open", "open the charge that is proposed, or the newest of the group");

impl Duplicates {
    pub fn open(state: &mut State, customer: CustomerId, commands: &mut Commands) -> Self {
        let read = Gathering::of(gathered::bag(state, &customer));
        Self::reading(state, customer, read, commands)
    }

    fn reading(state: &mut State, customer: CustomerId, read: Gathering, commands: &mut Commands) -> Self {
        let mut modal = Self { customer, read, groups: Vec::new(), list: List::default() };
        modal.advance(state, commands);
        modal
    }

    fn selected(&self) -> Option<&Group<'static>> {
        self.groups.get(self.list.at)
    }

    /// The charge that the selected group is about.
    fn charge(&self) -> Option<&ChargeId> {
        let group = self.selected()?;
        group.proposal.charge().or_else(|| group.charges.last().map(|last| last.id.as_ref()))
    }

    /// The refund form on the proposed charge, with the reason in it.
    fn refund(&self, state: &mut State, commands: &mut Commands) -> After {
        let refunds =
            |action: &&actions::Action| action.gate == Gate::Refund && action.on.contains(&Kind::Charge);
        let refund = actions::all().find(refunds);
        let found = self.id().and_then(|id| {
            let raw = self.read.bag.raw(&id)?;
            Some((id.clone(), linked::subject(&id, &raw)?))
        });
        let (Some(refund), Some(on)) = (refund, found) else { return After::Stay };
        match flow::begin_on(state, refund, on, commands) {
            Some(Modal::Refund(form)) => After::Push(Box::new(Modal::Refund(form.as_duplicate(state)))),
            Some(modal) => After::Push(Box::new(modal)),
            None => After::Stay,
        }
    }

    fn items(&self, state: &State) -> Vec<Item> {
        if self.groups.is_empty() {
            let words = if self.read.is_reading() {
                "reading what is charged…"
            } else {
                "Nothing looks like a duplicate: no two charges have enough in common."
            };
            return vec![Item::Text(Line::toned(words, Tone::Strong))];
        }
        let entry = |(at, group): (usize, &Group<'_>)| Item::Entry {
            lines: lines(state, group, &self.customer),
            selected: at == self.list.at,
        };
        self.groups.iter().enumerate().map(entry).collect()
    }
}

/// A group: the verdict, its charges, the signs, the proposal.
fn lines(state: &State, group: &Group<'_>, customer: &CustomerId) -> Vec<Line> {
    let twice = matches!(group.verdict, Verdict::Twice(_));
    let too_much = group.verdict == Verdict::Not(LookAlike::RefundedTooMuch);
    let (mark, tone) = match (twice, group.is_likely()) {
        _ if too_much => ("✖ too much".to_owned(), Tone::Bad),
        (true, true) => (format!("≈ likely · {}", group.sure), Tone::Warn),
        (true, false) => (format!("? possible · {}", group.sure), Tone::Info),
        (false, _) => ("✔ no".to_owned(), Tone::Good),
    };
    let words = group.verdict.words().trim_start_matches("no duplicate: ");
    let mut lines = vec![Line::toned(mark, tone).then(format!("  {words}"), Tone::Strong)];
    let folded = folded(state, group);
    let unfolded: &[Member<'_>] = if folded.is_some() { &[] } else { &group.charges };
    lines.extend(folded);
    let wide = unfolded.iter().map(|member| text::width(&member.amount.to_string())).max().unwrap_or(0);
    let left_out = left_out(unfolded.len());
    for (place, member) in unfolded.iter().enumerate() {
        if place == left_out.start && !left_out.is_empty() {
            lines.push(Line::toned(format!("{:>wide$}  {} more", "…", left_out.len()), Tone::Dim));
        }
        if left_out.contains(&place) {
            continue;
        }
        let at = member.at.short(state.zone(), state.now());
        let mut line = Line::toned(format!("{:>wide$}", member.amount.to_string()), Tone::Strong)
            .then(format!("  {at}"), Tone::Plain)
            .then(format!("  {}", text::short_id(member.id.as_str())), Tone::Accent);
        let fulfils = member.fulfils.as_ref().map(|invoice| format!("  invoice {invoice}"));
        line = line.then(fulfils.unwrap_or_default(), Tone::Dim);
        if let Some(other) = member.customer.as_deref().filter(|other| *other != customer) {
            line = line.then(format!("  of {}", text::short_id(other.as_str())), Tone::Warn);
        }
        if !member.refunded.is_zero() {
            let tone = if too_much { Tone::Bad } else { Tone::Good };
            line = line.then(format!("  {} given back", member.refunded), tone);
        }
        if group.refunds(&member.id) {
            line = line.then("  ← to be refunded", Tone::Warn);
        }
        lines.push(line);
    }
    lines.extend(signs("for", group, |weight| weight > 0, Tone::Plain));
    lines.extend(signs("against", group, |weight| weight < 0, Tone::Good));
    let tone = if too_much { Tone::Bad } else { Tone::Info };
    lines.push(Line::toned(proposed(&group.proposal), tone));
    lines
}

/// The places between the first few and the last ones.
fn left_out(count: usize) -> std::ops::Range<usize> {
    if count <= LISTED { 0..0 } else { LISTED / 2..count.saturating_sub(LISTED / 2 - 1) }
}

/// A long row of what is no duplicate, in one line: `12 charges of $99.00, from 22 Jan 2026 to 22 Oct, each month`.
fn folded(state: &State, group: &Group<'_>) -> Option<Line> {
    let (first, last) = (group.charges.first()?, group.charges.last()?);
    if matches!(group.verdict, Verdict::Twice(_)) || group.charges.len() < FOLDED {
        return None;
    }
    let date = |member: &Member<'_>| member.at.short_date(state.zone(), state.now()).trim().to_owned();
    let gaps = i64::try_from(group.charges.len().saturating_sub(1)).unwrap_or(1).max(1);
    let each = match last.at.since(first.at).checked_div(gaps.saturating_mul(DAY_S)).unwrap_or(0) {
        1 => ", each day",
        6..=8 => ", each week",
        27..=32 => ", each month",
        88..=93 => ", each quarter",
        360..=370 => ", each year",
        _ => "",
    };
    let same = group.charges.iter().all(|member| member.amount == first.amount);
    let amount = if same { format!(" of {}", first.amount) } else { String::new() };
    let words =
        format!("{} charges{amount}, from {} to {}{each}", group.charges.len(), date(first), date(last));
    Some(Line::toned(words, Tone::Plain))
}

fn signs(label: &str, group: &Group<'_>, which: fn(i32) -> bool, tone: Tone) -> Option<Line> {
    let words: Vec<_> = group
        .signs
        .iter()
        .filter(|sign| which(sign.weight()))
        .map(|sign: &Sign| format!("{} {:+}", sign.words(), sign.weight()))
        .collect();
    let line = Line::toned(format!("{label}: "), Tone::Dim).then(words.join(" · "), tone);
    (!words.is_empty()).then_some(line)
}

fn proposed(proposal: &Proposal) -> String {
    match proposal {
        Proposal::Refund { charges, why, .. } => {
            let ids: Vec<_> = charges.iter().map(|id| text::short_id(id.as_str())).collect();
            format!("refund {}, since {why}", ids.join(", "))
        }
        Proposal::CreditNote { invoice, why, .. } => {
            format!("a credit note on {}: {why}", text::short_id(invoice.as_str()))
        }
        Proposal::Release { why, .. } => format!("release it: {why}"),
        Proposal::Nothing { why } => format!("nothing to do: {why}"),
    }
}

impl Answered for Duplicates {
    answered::reads!();

    fn count(&self) -> usize {
        self.groups.len()
    }

    fn id(&self) -> Option<AnyId> {
        self.charge().map(ChargeId::any)
    }

    fn reply(&self, _state: &State) -> Option<Reply> {
        self.selected().map(duplicates::reply)
    }

    fn advance(&mut self, state: &mut State, commands: &mut Commands) {
        if !self.read.is_reading() {
            let looks = duplicates::looks(&self.read.bag, &self.customer);
            self.read.ask(looks, state, commands);
        }
        let before = self.selected().map(|group| group.charges.clone());
        let groups = duplicates::find(&Scene::of(&self.read.bag));
        self.groups = groups.into_iter().map(Group::into_owned).collect();
        // What is likely comes before what is not, each the newest first.
        self.groups.sort_by_key(|group| {
            (
                !group.is_likely(),
                !matches!(group.verdict, Verdict::Twice(_)),
                std::cmp::Reverse(group.newest()),
            )
        });
        let same = before.and_then(|charges| self.groups.iter().position(|group| group.charges == charges));
        self.list.at = same.unwrap_or(self.list.at);
        self.list.within(self.groups.len());
    }

    fn again(&mut self, state: &mut State, commands: &mut Commands) {
        *self = Self::reading(state, self.customer.clone(), Gathering::default(), commands);
    }
}

impl Overlay for Duplicates {
    type Do = Do;

    const NAME: &'static str = "Was this charged twice";

    fn sheet(&self, state: &State) -> Sheet {
        let reading = self.read.is_reading();
        let mut title = Line::toned("Charged twice?", Tone::Accent);
        if let Some(customer) = state.data.customer(&self.customer) {
            title = title.then(format!(" ── {}", customer.title()), Tone::Plain);
        }
        let gaps = self.read.bag.looked().into_iter().filter_map(|(what, not)| {
            let gap = format!("? {what}: {}", not?);
            Some(Item::Text(Line::toned(gap, Tone::Warn)))
        });
        let reply = self.reply(state).and_then(|told| answered::told(&told, reading, state));
        Sheet {
            title: answered::reading_on(title, reading),
            tone: Tone::Accent,
            items: self.items(state),
            pinned: gaps.chain(reply).collect(),
            scroll: self.list.scrolled(),
            full: true,
            ..Sheet::default()
        }
    }

    fn table() -> Vec<Binding<Do>> {
        let [reply, open] = [answered::REPLY, OPEN].map(|row| row.within(Do::Step));
        answered::table(Do::Step, [REFUND, reply, open, EXPLAIN], answered::ENDS, answered::BACK)
    }

    fn now(&self, does: Do, state: &State) -> Now {
        match does {
            Do::Refund => match self.selected().map(|group| &group.proposal) {
                _ if state.session.read_only.is_some() => Now::Off,
                Some(Proposal::Refund { .. }) => Now::On,
                Some(
                    Proposal::CreditNote { why, .. }
                    | Proposal::Release { why, .. }
                    | Proposal::Nothing { why },
                ) => Now::Dim(format!("no refund is proposed here: {why}")),
                None => Now::Off,
            },
            Do::Explain => Now::on(self.charge().is_some()),
            Do::Step(step) => answered::now(self, step, state),
        }
    }

    fn act(&mut self, does: Do, state: &mut State, commands: &mut Commands) -> After {
        match (does, self.id()) {
            (Do::Refund, _) => self.refund(state, commands),
            (Do::Explain, Some(id)) => {
                let modal = Explain::about(state, self.customer.clone(), id, commands);
                After::Push(Box::new(Modal::Explain(modal)))
            }
            (Do::Explain, None) => After::Stay,
            (Do::Step(step), _) => answered::act(self, step, state, commands),
        }
    }

    fn wheel(rows: isize) -> Option<Do> {
        Some(Do::Step(Step::Go(Move::Rows(rows))))
    }

    fn hear(&mut self, message: &Message, state: &mut State, commands: &mut Commands) -> After {
        answered::hear(self, message, state, commands);
        After::Stay
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::{
        answers::duplicates::Cause,
        desk::fixture::{NOW_MS, state},
        money::{Currency, Money},
        time::Unix,
    };

    #[test]
    fn of_many_the_middle_is_left_out_and_the_proposal_is_not() {
        let member = |at: i64| Member {
            id: Cow::Owned(ChargeId::parse(&format!("ch_{at}")).unwrap()),
            amount: Money::new(1_900, Currency::USD),
            refunded: Money::zero(Currency::USD),
            at: Unix(NOW_MS / 1_000 - at * DAY_S),
            customer: None,
            fulfils: None,
        };
        let told = |count: i64| -> Vec<String> {
            let group = Group {
                verdict: Verdict::Twice(Cause::TwoSubscriptions),
                sure: 95,
                charges: (1..=count).rev().map(member).collect(),
                signs: vec![Sign::BothRun],
                proposal: Proposal::Nothing { why: "by hand".into() },
            };
            lines(&state(), &group, &CustomerId::parse("cus_1").unwrap()).iter().map(Line::text).collect()
        };
        // The verdict, the charges, what speaks for it, the proposal.
        assert_eq!(told(6).len(), 9);
        let many = told(18);
        assert_eq!(many.len(), 9, "{many:?}");
        assert_eq!(many[4].trim(), "…  13 more");
        assert!(
            many[3].contains("ch_16") && many[5].contains("ch_2") && many[6].contains("ch_1"),
            "{many:?}"
        );
        assert_eq!(many[8], "nothing to do: by hand");
    }
}
