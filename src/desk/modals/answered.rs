//! What the sheets of answers have in common: they are read round by round, a row of theirs is selected and leads to its record,
//! `y` copies what the customer can be told, and whatever changes at Stripe has them read anew.

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

    fn reply(&self, state: &State) -> Reply;

    /// The next round of reading, and the answer as far as it is known.
    fn advance(&mut self, state: &mut State, commands: &mut Commands);

    /// The answer that is known goes, and nothing of what was read is kept.
    fn again(&mut self, state: &mut State, commands: &mut Commands);

    fn bag(&self) -> &Bag {
        &self.read().bag
    }
}

/// The rows of an answer: its own `first`, the reply, the word and the help of what Enter does, its own `further`, the rest.
pub(super) fn table<D: Copy>(
    wrap: fn(Step) -> D,
    first: impl IntoIterator<Item = Binding<D>>,
    (open, help): (&'static str, &'static str),
    further: impl IntoIterator<Item = Binding<D>>,
) -> Vec<Binding<D>> {
    let reply = bind(&["y"], Step::Reply, Some("copy reply"), "copy what the customer can be told");
    let open = bind(&["<enter>"], Step::Open, Some(open), help);
    let copy = bind(&["i"], Step::CopyId, None, "copy the id of the selected record");
    let again = bind(&["<c-r>"], Step::Again, None, "read it again");
    let undo = bind(&["u"], Step::TakeBack, Some("undo"), "take back the change that is still held");
    let back = bind(&["<esc>", "q"], Step::Back, Some("back"), "back, one step at a time");
    let moves = list::table(Step::Go);
    let rest = [copy, again, undo].into_iter().chain(moves).chain([back]);
    let own = [reply, open].into_iter().map(|row| row.within(wrap));
    first.into_iter().chain(own).chain(further).chain(rest.map(|row| row.within(wrap))).collect()
}

pub(super) fn now<M: Answered>(modal: &M, step: Step, state: &State) -> Now {
    let reading = modal.read().is_reading();
    match step {
        Step::Reply => match modal.reply(state).text() {
            Ok(_) => Now::On,
            Err(_) if reading => Now::Dim("it is still being read".into()),
            Err(why) => Now::Dim(why.to_string()),
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
            if let Ok(text) = modal.reply(state).text() {
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
            modal.list_mut().select(to, count, view);
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
pub(super) fn told(reply: &Reply, reading: bool) -> Option<Item> {
    Some(Item::Text(match reply.text() {
        Ok(text) => Line::toned("y ", Tone::Key).then(format!("“{text}”"), Tone::Info),
        Err(_) if reading => return None,
        Err(why) => Line::toned(format!("no reply: {why}"), Tone::Dim),
    }))
}
