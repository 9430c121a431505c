//! Shapes only: filled in by a later commit.
use super::{After, Overlay}; use crate::desk::{key::*, message::*, sheet::*, state::State, panes::PaneId};
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)] pub struct Tasks {}
impl Overlay for Tasks { fn sheet(&self, _: &State)->Sheet{Sheet::default()} fn press(&mut self, _: Key, _: &mut State, _: &mut Commands)->After{After::Close} fn hints(&self,_:&State)->Vec<(String,String)>{vec![]} }
