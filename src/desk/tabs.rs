//! The names of the panes with their keys: tabs where one pane is seen at a time, and on the lower border of the charges a
//! strip of those that come into their place. Where not all have room, the ones around the focused pane are named.

use ratatui::layout::Rect;

use super::{
    layout::{Arrangement, count_words},
    panes::{self, PANES, Pane, PaneId},
    state::State,
};
use crate::text;

/// One tab: what it says and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tab {
    pub pane: PaneId,
    /// The key, and behind it the name, where there is room for one.
    pub key: &'static str,
    pub name: String,
    pub area: Rect,
}

impl Tab {
    /// ` 2 Charges 14+ `
    pub fn text(&self) -> String {
        let words = [self.key, &self.name].join(" ");
        format!(" {} ", words.trim_end())
    }
}

/// Names longer than this are cut where room is short.
const NAME_MOST: usize = 9;

fn width(text: &str) -> u16 {
    u16::try_from(text::width(text)).unwrap_or(u16::MAX)
}

/// The tabs of a small screen: the first ones, or those up to the focused pane, then as many more as have room. Those after
/// them, and the last one before them, stand there with their keys alone.
pub fn tabs(state: &State, area: Rect) -> Vec<Tab> {
    let focused = PANES.iter().position(|pane| pane.id == state.focus).unwrap_or(0);
    let own = PANES.iter().take_while(|pane| !pane.further).count();
    // The desk's own panes stay together as long as one of them is focused.
    let (mut first, until) = if focused < own { (0, own) } else { (own, focused.saturating_add(1)) };
    loop {
        let (tabs, whole) = fitted(state, area, (first, until));
        if whole || first >= focused {
            return tabs;
        }
        first = first.saturating_add(1);
    }
}

/// Tabs from `first` on, and whether those before `until` all have their names.
fn fitted(state: &State, area: Rect, (first, until): (usize, usize)) -> (Vec<Tab>, bool) {
    let count = |pane: &Pane| {
        Some(count_words(state, pane.id)).filter(|count| !count.starts_with('0')).unwrap_or_default()
    };
    let wanted: Vec<(&Pane, String)> = PANES.iter().map(|pane| (*pane, count(pane))).collect();
    let must = wanted.get(first..until).unwrap_or_default();
    let cells =
        |(pane, count): &(&Pane, String)| pane.name.len().saturating_add(count.len()).saturating_add(6);
    let short = must.iter().map(cells).sum::<usize>() > usize::from(area.width);
    let gap = u16::from(!short);
    let mut tabs: Vec<Tab> = Vec::new();
    let mut x = area.x;
    let mut whole = true;
    for (at, (pane, count)) in wanted.iter().enumerate().skip(first) {
        let name = if short && pane.name.chars().count() > NAME_MOST {
            pane.name.chars().take(4).collect::<String>() + "."
        } else {
            pane.name.to_owned()
        };
        let mut tab = Tab { pane: pane.id, key: pane.number, name: [name.as_str(), count].join(" "), area };
        tab.name.truncate(tab.name.trim_end().len());
        let room = area.right().saturating_sub(x);
        if width(&tab.text()) > room {
            whole = whole && at >= until;
            tab.name.clear();
        }
        let cells = width(&tab.text());
        if cells > room {
            break;
        }
        tab.area = Rect { x, width: cells, ..area };
        x = x.saturating_add(cells).saturating_add(gap).min(area.right());
        tabs.push(tab);
    }
    (tabs, whole)
}

/// What can come into the place of the charges, on the lower border of what is there now; without it where an error stands
/// there.
pub fn strip(state: &State, all: &Arrangement) -> Vec<Tab> {
    let Some((shown, area)) = all.panes.iter().find(|(pane, _)| all.strip && pane.shares()) else {
        return Vec::new();
    };
    if area.height < 2 || panes::trouble(state, *shown).is_some() {
        return Vec::new();
    }
    let y = area.bottom().saturating_sub(1);
    let end = area.right().saturating_sub(2);
    let mut x = area.x.saturating_add(2);
    let mut tabs = Vec::new();
    for pane in PANES.iter().filter(|pane| pane.id.shares() && pane.id != *shown) {
        let mut tab = Tab { pane: pane.id, key: pane.number, name: pane.name.to_owned(), area: *area };
        if width(&tab.text()) > end.saturating_sub(x) {
            tab.name.clear();
        }
        let cells = width(&tab.text());
        if cells > end.saturating_sub(x) {
            break;
        }
        tab.area = Rect::new(x, y, cells, 1);
        // The space behind one is the space before the next.
        x = x.saturating_add(cells).saturating_sub(1);
        tabs.push(tab);
    }
    tabs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{desk::layout::arrange, ui::sample};

    fn words(width: u16, focus: PaneId) -> String {
        let mut state = sample::desk(width, 16);
        state.focus = focus;
        let tabs = tabs(&state, arrange(&state).tabs.unwrap_or_default());
        for pair in tabs.windows(2) {
            assert!(pair[0].area.right() <= pair[1].area.x, "{pair:?}");
        }
        assert!(tabs.iter().all(|tab| tab.area.right() <= width));
        tabs.iter().map(Tab::text).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn tabs_fit_and_shorten_only_when_they_must() {
        assert_eq!(
            words(80, PaneId::Charges),
            " 1 Customers 3 | 2 Charges 7+ | 3 Subscriptions 2 | 4 Invoices 3 | 5 Payments "
        );
        assert_eq!(
            words(60, PaneId::Charges),
            " 1 Customers 3 | 2 Charges 7+ | 3 Subs. 2 | 4 Invoices 3 | 5 | 6 "
        );
        assert_eq!(
            words(80, PaneId::Events),
            " 5 Payments | 6 Refunds | 7 Disputes | 8 Cred. | 9 Methods | 0 Balance | - Events | = "
        );
        assert_eq!(words(60, PaneId::Prices), " 9 Methods | 0 Balance | - Events | = Products | + Prices ");
    }

    #[test]
    fn the_focused_pane_has_its_name_at_any_width() {
        for width in 50..140 {
            for pane in PANES {
                let words = words(width, pane.id);
                let name: String = pane.name.chars().take(4).collect();
                assert!(
                    words.contains(&format!("{} {name}", pane.number)),
                    "{} at {width}: {words}",
                    pane.name
                );
            }
        }
    }

    #[test]
    fn the_strip_names_what_comes_into_the_place_of_the_charges() {
        let strip = |width: u16, focus: PaneId| -> String {
            let mut state = sample::desk(width, 42);
            state.focus = focus;
            let tabs = strip(&state, &arrange(&state));
            tabs.iter().map(Tab::text).collect::<Vec<_>>().join("|")
        };
        assert_eq!(
            strip(140, PaneId::Charges),
            " 5 Payments | 6 Refunds | 7 Disputes | 8 Credit notes | 9 Methods | 0 Balance | - Events | = Products | + Prices "
        );
        assert_eq!(
            strip(110, PaneId::Charges),
            " 5 Payments | 6 Refunds | 7 Disputes | 8 Credit notes | 9 Methods | 0 Balance | - | = | + "
        );
        assert!(strip(140, PaneId::Refunds).starts_with(" 2 Charges | 5 Payments | 7 Disputes | 8 "));
        assert_eq!(strip(80, PaneId::Refunds), "", "tabs stand above");
    }
}
