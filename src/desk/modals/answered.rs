//! What the sheets of answers have in common: they are read round by round, a row of theirs is selected and leads to its record,
//! `y` copies what the customer can be told where there is such a thing, and whatever changes at Stripe has them read anew.

use super::{
    After, Modal, Overlay,
    detail::Detail,
    list::{self, List, Move},
};
use crate::{
    answers::{Bag, reply::Reply},
    desk::{
        binding::{Binding, Now, bind},
        flow,
        gathering::Gathering,
        linked,
        message::{Commands, Message},
        reply,
        sheet::{Item, Line, Tone},
        state::State,
    },
    model::AnyId,
    text::clean,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Reply,
    /// To the record of the selected row.
    Open,
    CopyId,
    Again,
    TakeBack,
    Go(Move),
    Back,
}

pub(super) trait Answered: Overlay {
    fn read(&self) -> &Gathering;

    fn read_mut(&mut self) -> &mut Gathering;

    fn list_mut(&mut self) -> &mut List;

    /// Rows that can be selected.
    fn count(&self) -> usize;

    /// The record of the selected row.
    fn id(&self) -> Option<AnyId>;

    /// What the customer can be told; none where the answer is for the desk alone.
    fn reply(&self, _state: &State) -> Option<Reply> {
        None
    }

    /// The next round of reading, and the answer as far as it is known.
    fn advance(&mut self, state: &mut State, commands: &mut Commands);

    /// The answer that is known goes, and nothing of what was read is kept.
    fn again(&mut self, state: &mut State, commands: &mut Commands);

    fn bag(&self) -> &Bag {
        &self.read().bag
    }
}

/// The three that every answer has: what it reads, and what is selected of it.
macro_rules! reads {
    () => {
        fn read(&self) -> &Gathering {
            &self.read
        }

        fn read_mut(&mut self) -> &mut Gathering {
            &mut self.read
        }

        fn list_mut(&mut self) -> &mut List {
            &mut self.list
        }
    };
}
pub(super) use reads;

pub(super) const REPLY: Binding<Step> =
    bind(&["y"], Step::Reply, Some("copy reply"), "copy what the customer can be told");
pub(super) const COPY_ID: Binding<Step> =
    bind(&["i"], Step::CopyId, None, "copy the id of the selected record");
pub(super) const AGAIN: Binding<Step> = bind(&["<c-r>"], Step::Again, None, "read it again");
const TAKE_BACK: Binding<Step> =
    bind(&["u"], Step::TakeBack, Some("undo"), "take back the change that is still held");
/// How the table of an answer ends from which something can be changed.
pub(super) const ENDS: [Binding<Step>; 3] = [COPY_ID, AGAIN, TAKE_BACK];
pub(super) const BACK: Binding<Step> =
    bind(&["<esc>", "q"], Step::Back, Some("back"), "back, one step at a time");

/// What Enter does, in a word and with its help.
pub(super) const fn open(word: &'static str, help: &'static str) -> Binding<Step> {
    bind(&["<enter>"], Step::Open, Some(word), help)
}

/// The rows of an answer: its own, then those that most answers end with, in their order: `ends`, moving, `back`.
pub(super) fn table<D: Copy>(
    wrap: fn(Step) -> D,
    own: impl IntoIterator<Item = Binding<D>>,
    ends: impl IntoIterator<Item = Binding<Step>>,
    back: Binding<Step>,
) -> Vec<Binding<D>> {
    let rest = ends.into_iter().chain(list::table(Step::Go)).chain([back]);
    own.into_iter().chain(rest.map(|row| row.within(wrap))).collect()
}

pub(super) fn now<M: Answered>(modal: &M, step: Step, state: &State) -> Now {
    let reading = modal.read().is_reading();
    match step {
        Step::Reply => match modal.reply(state).map(|told| told.text(&reply::voice(state))) {
            None => Now::Off,
            Some(Ok(_)) => Now::On,
            Some(Err(_)) if reading => Now::Dim("it is still being read".into()),
            Some(Err(why)) => Now::Dim(why.to_string()),
        },
        Step::Open | Step::CopyId => Now::on(modal.id().is_some()),
        Step::Again => Now::on(!reading),
        Step::TakeBack => Now::on(flow::can_take_back(state)),
        Step::Go(_) => Now::on(modal.count() > 1 || !modal.view(state).whole()),
        Step::Back => Now::On,
    }
}

pub(super) fn act<M: Answered>(
    modal: &mut M,
    step: Step,
    state: &mut State,
    commands: &mut Commands,
) -> After {
    match step {
        Step::Reply => {
            if let Some(Ok(text)) = modal.reply(state).map(|told| told.text(&reply::voice(state))) {
                let what = format!("copied: {text}");
                state.copy(text, what, commands);
            }
        }
        Step::Open => {
            if let Some(id) = modal.id() {
                let known = modal.bag().raw(&id).or_else(|| linked::known_raw(state, &id));
                let detail = Detail::of(state, id, known, false, commands);
                return After::Push(Box::new(Modal::Detail(detail)));
            }
        }
        Step::CopyId => {
            if let Some(id) = modal.id() {
                let what = format!("copied {}", clean(&id.id));
                state.copy(id.id, what, commands);
            }
        }
        Step::Again => modal.again(state, commands),
        Step::TakeBack => flow::take_back(state, commands),
        Step::Go(to) => {
            let (count, view) = (modal.count(), modal.view(state));
            if count > 1 {
                modal.list_mut().select(to, count, view);
            } else {
                modal.list_mut().scroll(to, view);
            }
        }
        Step::Back => {
            modal.read_mut().forget(state, commands);
            return After::Close;
        }
    }
    After::Stay
}

pub(super) fn hear<M: Answered>(
    modal: &mut M,
    message: &Message,
    state: &mut State,
    commands: &mut Commands,
) {
    match message {
        Message::Reply { task, result } if modal.read_mut().take(*task, result) => {
            modal.advance(state, commands);
        }
        // Something was changed, perhaps what this is about.
        Message::Ended { .. } => {
            modal.read_mut().forget(state, commands);
            modal.again(state, commands);
        }
        _ => {}
    }
}

/// Behind a title while there is more to come.
pub(super) fn reading_on(title: Line, reading: bool) -> Line {
    if reading { title.then(" · reading on…", Tone::Dim) } else { title }
}

/// What `y` would copy, or why there is nothing to copy.
pub(super) fn told(told: &Reply, reading: bool, state: &State) -> Option<Item> {
    Some(Item::Text(match told.text(&reply::voice(state)) {
        Ok(text) => Line::toned("y ", Tone::Key).then(format!("“{text}”"), Tone::Info),
        Err(_) if reading => return None,
        Err(why) => Line::toned(format!("no reply: {why}"), Tone::Dim),
    }))
}
