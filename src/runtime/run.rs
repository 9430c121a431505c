//! The loop: waits until something happened, takes all that has arrived, lets `desk::update` say what follows from it, has
//! that done, and draws once. It waits for nothing else and ticks for nothing.

use std::{collections::BTreeSet, fmt, sync::Arc, time::Duration};

use ratatui::Frame;
use tokio::{sync::mpsc::Receiver, time::Instant};

use super::{
    Event, browser, clipboard, execute::Local, execute::Outside, record::Recorder, terminal::Terminal,
};
use crate::{
    desk::{self, Command, Commands, Message, State},
    time::Clock,
};

/// Messages that one frame takes in; what is left waits for the next.
const BATCH_MOST: usize = 256;
/// Asked to leave by a signal: by then the terminal is given back, whatever is under way. What was being sent is on disk.
const LEAVE_MOST: Duration = Duration::from_secs(9);
/// Times waited for at once; more than any desk asks for.
const WAKES_MOST: usize = 64;

pub type Draw = Box<dyn FnMut(&State, &mut Frame<'_>)>;

/// Everything that the loop joins.
pub struct Desk {
    pub state: State,
    /// What is wanted before anything has happened.
    pub first: Commands,
    pub outside: Outside,
    pub events: Receiver<Event>,
    pub clock: Arc<dyn Clock>,
    pub draw: Draw,
    pub recorder: Option<Recorder>,
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("outside", &self.outside).finish_non_exhaustive()
    }
}

/// How the desk was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// To be said once the terminal is given back.
    pub words: Vec<String>,
    /// It was left for one on this profile.
    pub profile: Option<String>,
}

/// Why the loop goes on or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    On,
    Leave,
}

struct Loop {
    desk: Desk,
    terminal: Terminal,
    wakes: BTreeSet<i64>,
    /// When a signal's patience ends.
    leave_by: Option<Instant>,
    figures: Option<(u64, i64)>,
    /// The picture that is on screen; none: not ours any more, or not yet.
    drawn: Option<u64>,
}

/// Runs until the agent or a signal wants to leave and no change is under way.
///
/// The terminal is given back then.
/// An error means that the terminal failed; changes under way were waited for then too.
pub async fn run(desk: Desk, terminal: Terminal) -> std::io::Result<Left> {
    let mut running =
        Loop { desk, terminal, wakes: BTreeSet::new(), leave_by: None, figures: None, drawn: None };
    let ended = running.turn().await;
    let patience = running.leave_by.unwrap_or_else(|| deadline(LEAVE_MOST));
    // What does not end in time is on disk, and the next start finds it.
    let _in_time = tokio::time::timeout_at(patience, running.desk.outside.tasks.writes_ended()).await;
    let state = &running.desk.state;
    ended.map(|()| Left { words: desk::flow::farewell(state), profile: state.switch_to.clone() })
}

/// From tokio's clock, which is the one that timers go by.
fn deadline(after: Duration) -> Instant {
    Instant::now() + after
}

impl Loop {
    async fn turn(&mut self) -> std::io::Result<()> {
        let (width, height) = self.terminal.size()?;
        let first = std::mem::take(&mut self.desk.first);
        let mut flow = self.carry_out(first);
        flow = self.happened(Message::Resize { width, height }, flow);
        let mut batch = Vec::with_capacity(BATCH_MOST);
        while flow == Flow::On {
            flow = self.draw(flow)?;
            let wake_in = self.next_wake();
            let patience = self.leave_by;
            tokio::select! {
                taken = self.desk.events.recv_many(&mut batch, BATCH_MOST) => {
                    if taken == 0 {
                        return Ok(());
                    }
                }
                () = sleep_ms(wake_in), if wake_in.is_some() => {}
                () = sleep_until(patience), if patience.is_some() => return Ok(()),
            }
            for event in batch.drain(..) {
                flow = match event {
                    // Whatever size it says, the terminal may have another one by now, and what it shows may be moved or cut.
                    Event::Desk(Message::Resize { .. }) => {
                        self.terminal.forget();
                        self.resized(flow)?
                    }
                    Event::Desk(message) => self.happened(message, flow),
                    Event::Suspend => self.terminal.suspend().and_then(|()| self.resized(flow))?,
                    Event::Continued => self.terminal.resume().and_then(|()| self.resized(flow))?,
                    Event::Hangup => self.happened(Message::Terminate, flow),
                };
            }
            if self.wakes_due() {
                flow = self.happened(Message::Wake, flow);
            }
            flow = self.measured(flow);
        }
        self.draw(flow).map(|_| ())
    }

    /// Nothing, where nothing has changed since the last frame.
    fn draw(&mut self, mut flow: Flow) -> std::io::Result<Flow> {
        if self.drawn == Some(self.desk.state.picture) {
            return Ok(flow);
        }
        // A frame has the terminal's size of now; the message that tells of it may still be on its way.
        if self.terminal.size()? != (self.desk.state.width, self.desk.state.height) {
            flow = self.resized(flow)?;
        }
        let Self { desk, terminal, drawn, .. } = self;
        *drawn = Some(desk.state.picture);
        terminal.draw(|frame| (desk.draw)(&desk.state, frame))?;
        Ok(flow)
    }

    /// To the size that the terminal has now; everything is drawn.
    fn resized(&mut self, flow: Flow) -> std::io::Result<Flow> {
        let (width, height) = self.terminal.size()?;
        self.drawn = None;
        Ok(self.happened(Message::Resize { width, height }, flow))
    }

    fn happened(&mut self, message: Message, flow: Flow) -> Flow {
        if message == Message::Terminate && self.leave_by.is_none() {
            self.leave_by = Some(deadline(LEAVE_MOST));
        }
        let at_ms = self.desk.clock.now_ms();
        self.desk.outside.overhear(&message);
        if let Some(recorder) = &mut self.desk.recorder {
            recorder.note(at_ms, &message);
        }
        let commands = desk::update(&mut self.desk.state, at_ms, message);
        match self.carry_out(commands) {
            Flow::On => flow,
            Flow::Leave => Flow::Leave,
        }
    }

    fn carry_out(&mut self, commands: Commands) -> Flow {
        let mut flow = Flow::On;
        for command in commands.0 {
            flow = match self.one(command) {
                Flow::On => flow,
                Flow::Leave => Flow::Leave,
            };
        }
        flow
    }

    fn one(&mut self, command: Command) -> Flow {
        match self.desk.outside.carry_out(command) {
            None => Flow::On,
            Some(Local::Quit) => Flow::Leave,
            Some(Local::Wake { at_ms }) => {
                self.wakes.insert(at_ms);
                while self.wakes.len() > WAKES_MOST {
                    self.wakes.pop_last();
                }
                Flow::On
            }
            Some(Local::Copy { task, text, what }) => {
                let sent = self.terminal.copy(&text).map(|way| clipboard::said(&what, way));
                let around = self.terminal.around();
                if !around.has_tools() {
                    return self.happened(Message::Done { task, result: sent }, Flow::On);
                }
                // One after the other: the last that was copied is what the clipboard has.
                self.desk.outside.tasks.write(task, "clipboard", async move {
                    let tool = around.by_tool(&text).await.map(|tool| clipboard::said(&what, tool));
                    Message::Done { task, result: tool.map_or(sent, Ok) }
                });
                Flow::On
            }
            Some(Local::Open { task, url }) => {
                self.happened(Message::Done { task, result: browser::open(&url) }, Flow::On)
            }
        }
    }

    /// Milliseconds until the earliest time that was asked for.
    fn next_wake(&self) -> Option<u64> {
        let wait = self.wakes.first()?.saturating_sub(self.desk.clock.now_ms());
        Some(u64::try_from(wait).unwrap_or(0))
    }

    fn wakes_due(&mut self) -> bool {
        let now_ms = self.desk.clock.now_ms();
        let later = self.wakes.split_off(&now_ms.saturating_add(1));
        !std::mem::replace(&mut self.wakes, later).is_empty()
    }

    /// How calls go is told when it has changed.
    fn measured(&mut self, flow: Flow) -> Flow {
        match self.desk.outside.figures() {
            Some((latency_ms, skew_s)) if self.figures != Some((latency_ms, skew_s)) => {
                self.figures = Some((latency_ms, skew_s));
                self.happened(Message::Api { latency_ms, skew_s }, flow)
            }
            _ => flow,
        }
    }
}

async fn sleep_ms(wait: Option<u64>) {
    tokio::time::sleep(Duration::from_millis(wait.unwrap_or(0))).await;
}

async fn sleep_until(at: Option<Instant>) {
    if let Some(at) = at {
        tokio::time::sleep_until(at).await;
    }
}
