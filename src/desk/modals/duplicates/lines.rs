//! A group of charges in lines: the verdict, what was charged, what speaks for it and against, and what is proposed.

use crate::{
    answers::duplicates::{Group, LookAlike, Member, Proposal, Sign, Verdict},
    desk::{
        sheet::{Line, Tone},
        state::State,
    },
    model::CustomerId,
    text,
    time::DAY_S,
};

/// So many charges that are no duplicates are told in one line.
const FOLDED: usize = 4;
/// Of more than so many that are, the middle is left out: what speaks for it, and what is proposed, must be on screen.
const LISTED: usize = 6;

/// A group: the verdict, its charges, the signs, the proposal.
pub(super) fn lines(state: &State, group: &Group<'_>, customer: &CustomerId) -> Vec<Line> {
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

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::{
        answers::duplicates::Cause,
        desk::fixture::{NOW_MS, state},
        model::ChargeId,
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
