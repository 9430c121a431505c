//! What stands between one process and its ledger: a disk that can be full, power that goes out in the middle of a write, and the
//! mistakes that are planted there.

use std::path::PathBuf;

use super::{
    planted::Late,
    plants::Plant,
    world::{Shared, lock},
};
use crate::ledger::{
    LedgerError,
    faulty::{Call, Trouble},
    torn::{Image, Tear},
};

#[derive(Debug)]
pub(super) struct Disk {
    pub(super) world: Shared,
    pub(super) machine: usize,
    pub(super) folder: PathBuf,
    pub(super) plant: Option<Plant>,
    /// What a planted mistake keeps in memory only.
    pub(super) late: Late,
}

/// The power goes out while it is written: what the files were before, and what will be left of the write.
#[derive(Clone, Debug)]
pub(super) struct Cut {
    before: Image,
    tear: Tear,
}

impl Disk {
    /// Where the end of a write is not told it may be done and called a failure.
    pub(super) fn goes_wrong(&self, call: Call) -> Trouble {
        if call == Call::Counted {
            return Trouble::None;
        }
        let path = PathBuf::from("ledger.sqlite3");
        let failed = || LedgerError::Failed { path: path.clone(), reason: "disk I/O error".into() };
        let mut world = lock(&self.world);
        if world.calm {
            return Trouble::None;
        }
        if world.machines[self.machine].is_dark() {
            return Trouble::Before(failed());
        }
        let often = world.options.power_cuts;
        if world.chance.u32(0..1_000) < often {
            let tear = Tear::ALL[world.chance.usize(0..Tear::ALL.len())];
            let before = match &world.machines[self.machine].unsynced {
                Some(image) if self.plant == Some(Plant::NotSynced) => image.clone(),
                _ => Image::of(&self.folder),
            };
            world.machines[self.machine].cut = Some(Cut { before, tear });
            return Trouble::After(failed());
        }
        if self.plant == Some(Plant::NotSynced) {
            world.machines[self.machine].unsynced = Some(Image::of(&self.folder));
        }
        if !world.machines[self.machine].disk_full {
            return Trouble::None;
        }
        match world.chance.u8(0..4) {
            0 | 1 => Trouble::Before(LedgerError::Full { path }),
            2 => Trouble::After(failed()),
            _ => Trouble::None,
        }
    }

    /// It is seen from outside by now; or the power is out, and what is left of it is kept.
    pub(super) fn has_written(&self, intent: &str) {
        let mut world = lock(&self.world);
        let cut = world.machines[self.machine].cut.take();
        if let Some(Cut { before, tear }) = cut {
            // One draw, however long the files are.
            let mut chance = world.chance.fork();
            let left = Image::of(&self.folder).torn(&before, tear, &mut chance);
            world.machines[self.machine].left = Some(left);
            let now_ms = world.now_ms;
            let line = format!("the power of machine {} goes out in a write: {tear:?}", self.machine);
            world.trace.note(now_ms, &line);
            return;
        }
        if !intent.is_empty() && !world.machines[self.machine].touched.iter().any(|known| known == intent) {
            world.machines[self.machine].touched.push(intent.to_owned());
        }
    }
}
