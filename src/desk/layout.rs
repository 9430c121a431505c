//! Shapes only: filled in by a later commit.
use super::{panes::PaneId, state::State};
pub enum Hit {
    Pane(PaneId),
    Row(PaneId, usize),
    Header(PaneId, usize),
    Tab(PaneId),
    Hint(usize),
    Modal,
}
pub fn page_rows(_: &State, _: PaneId) -> usize {
    10
}
pub fn hit(_: &State, _: u16, _: u16) -> Option<Hit> {
    None
}
pub fn window(selected: usize, scroll: usize, height: usize, _count: usize) -> usize {
    if selected < scroll {
        selected
    } else if selected >= scroll + height {
        selected + 1 - height
    } else {
        scroll
    }
}
