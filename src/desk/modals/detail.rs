//! Shapes only: filled in by a later commit.
use super::{After, Overlay}; use crate::desk::{key::*, message::*, sheet::*, state::State, panes::PaneId};
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)] pub struct Detail {}
impl Overlay for Detail { fn sheet(&self, _: &State)->Sheet{Sheet::default()} fn press(&mut self, _: Key, _: &mut State, _: &mut Commands)->After{After::Close} fn hints(&self,_:&State)->Vec<(String,String)>{vec![]} }
impl Detail { pub fn open(_: &mut State, _: PaneId, _: usize, _: bool, _: &mut Commands) -> Option<Self> { None } }
