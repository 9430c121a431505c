//! What happens at Stripe as it happens: the newest events of the whole account, read every few seconds while somebody is there.

use serde::{Deserialize, Serialize};

use super::{
    After, Modal, Overlay,
    detail::Detail,
    list::{self, List, Move},
};
use crate::{
    answers::news::News,
    desk::{
        binding::{Binding, Now, bind},
        linked,
        live::{self, Stands},
        message::Commands,
        sheet::{Item, Line, Sheet, Sign, Tone},
        state::State,
        update,
    },
    text,
};

/// Screens narrower than this leave out the id, and the event's name where words say the same.
const WIDE: u16 = 110;
/// Cells of the column of what happened.
const WHAT: usize = 34;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Events {
    /// `evt_…`: others come before it, and the selection stays on it; none: the newest, whichever that is.
    selected: Option<String>,
    list: List,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    Open,
    Customer,
    Pause,
    Go(Move),
    Back,
}

const TABLE: [Binding<Do>; 4] = [
    bind(&["<enter>"], Do::Open, Some("open"), "open the record that it happened to"),
    bind(&["c"], Do::Customer, Some("customer"), "open the desk of the customer that it is about"),
    bind(&["p"], Do::Pause, Some("pause"), "ask Stripe no more, and on again"),
    bind(&["<esc>", "q", "L"], Do::Back, Some("back"), "back"),
];

impl Events {
    fn at(&self, state: &State) -> usize {
        let here = |news: &News| Some(&news.event) == self.selected.as_ref();
        state.live.news.iter().position(here).unwrap_or(0)
    }

    fn chosen<'a>(&self, state: &'a State) -> Option<&'a News> {
        state.live.news.get(self.at(state))
    }
}

fn line(news: &News, state: &State) -> Line {
    let sign = match live::sign(state, &news.event) {
        Sign::Fresh => Line::toned("✱ ", Tone::Accent),
        Sign::Fading => Line::toned("✱ ", Tone::Dim),
        Sign::None | Sign::InFlight | Sign::Waiting => Line::plain("  "),
    };
    let at = news.at.short_seconds(state.zone(), state.now());
    let line = sign.then(format!("{at:>15}  "), Tone::Dim);
    let whose = news.customer.as_ref().and_then(|id| state.data.customer(id));
    let whose = whose.map(|customer| customer.title().to_owned());
    let told = |says: Option<String>| [says, whose].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    if state.width < WIDE {
        // What happened in words, or by its name where there are none.
        return line.then(told(Some(news.says.clone().unwrap_or_else(|| news.what.clone()))), Tone::Plain);
    }
    line.then(text::padded(&text::cut(&news.what, WHAT), WHAT + 2), Tone::Strong)
        .then(told(news.says.clone()), Tone::Plain)
        .then(format!("  {}", text::short_id(&news.id.id)), Tone::Dim)
}

impl Overlay for Events {
    type Do = Do;

    const NAME: &'static str = "Live events";

    fn sheet(&self, state: &State) -> Sheet {
        let at = self.at(state);
        let row =
            |(place, news): (usize, &News)| Item::Pick { line: line(news, state), selected: place == at };
        let mut items: Vec<_> = state.live.news.iter().enumerate().map(row).collect();
        if items.is_empty() {
            let words = match live::stands(state) {
                Stands::Polling if !state.live.answered => "reading…",
                _ => "nothing has happened yet",
            };
            items.push(Item::Text(Line::toned(words, Tone::Dim)));
        }
        let tone = if live::stands(state) == Stands::Polling { Tone::Good } else { Tone::Warn };
        Sheet {
            title: Line::toned("Live events", Tone::Accent)
                .then(" ── ", Tone::Plain)
                .then(text::clean(&live::words(state)), tone),
            tone: if state.live() { Tone::Live } else { Tone::Accent },
            items,
            scroll: self.list.scrolled(),
            full: true,
            ..Sheet::default()
        }
    }

    fn table() -> Vec<Binding<Do>> {
        let [open, customer, pause, back] = TABLE;
        [open, customer, pause].into_iter().chain(list::table(Do::Go)).chain([back]).collect()
    }

    fn now(&self, does: Do, state: &State) -> Now {
        match does {
            Do::Open => Now::on(self.chosen(state).is_some_and(|news| !news.id.kind.endpoint().is_empty())),
            Do::Customer => Now::on(self.chosen(state).is_some_and(|news| news.customer.is_some())),
            Do::Pause if state.live.paused => Now::Says("go on".into()),
            Do::Pause => match live::stands(state) {
                Stands::Off(why) => Now::Dim(why),
                Stands::Polling | Stands::Rests(_) => Now::On,
            },
            Do::Go(_) => list::selects(state.live.news.len()),
            Do::Back => Now::On,
        }
    }

    fn act(&mut self, does: Do, state: &mut State, commands: &mut Commands) -> After {
        match does {
            Do::Open => {
                if let Some(id) = self.chosen(state).map(|news| news.id.clone()) {
                    let known = linked::known_raw(state, &id);
                    let detail = Detail::of(state, id, known, false, commands);
                    return After::Push(Box::new(Modal::Detail(detail)));
                }
            }
            Do::Customer => {
                if let Some(customer) = self.chosen(state).and_then(|news| news.customer.clone()) {
                    update::visit(state, &customer, commands);
                    return After::Close;
                }
            }
            Do::Pause => update::pause(state, commands),
            Do::Go(to) => {
                self.list.at = self.at(state);
                self.list.select(to, state.live.news.len(), self.view(state));
                let stays = Some(self.list.at).filter(|at| *at > 0);
                let chosen = stays.and_then(|at| state.live.news.get(at));
                self.selected = chosen.map(|news| news.event.clone());
                self.list.top = self.view(state).first;
            }
            Do::Back => return After::Close,
        }
        After::Stay
    }

    fn wheel(rows: isize) -> Option<Do> {
        Some(Do::Go(Move::Rows(rows)))
    }
}
