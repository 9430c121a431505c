//! To the clipboard: by the escape sequence that also works over SSH, wrapped for what stands between the desk and the terminal, and
//! by the system's own program where the desk runs on the agent's machine. What is copied goes to a program by its input, never as an
//! argument that others could list.

use std::{process::Stdio, time::Duration};

use crossterm::{Command as _, clipboard::CopyToClipboard};
use tokio::{io::AsyncWriteExt as _, process::Command};

use crate::config::environment::{Environment, KEY_VARIABLE, WEBHOOK_VARIABLE};

/// Terminals cut longer clipboard sequences, and a part would be worse than nothing.
const COPY_BYTES_MOST: usize = 74_000;
/// What screen passes on at once, less its frame.
const SCREEN_BYTES: usize = 240;
/// A program that has not taken it by then does not.
const WAIT: Duration = Duration::from_secs(3);

/// What stands between the desk and whoever reads it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Around {
    between: Between,
    /// The desk runs on another machine than the agent's.
    remote: bool,
    wayland: bool,
    x11: bool,
}

/// The program that the desk's terminal is a part of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Between {
    #[default]
    Nothing,
    Tmux,
    Screen,
}

/// A program that takes the text by its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tool {
    program: &'static str,
    args: &'static [&'static str],
}

const PBCOPY: Tool = Tool { program: "pbcopy", args: &[] };
const WAYLAND: Tool = Tool { program: "wl-copy", args: &[] };
const X11: [Tool; 2] = [
    Tool { program: "xclip", args: &["-selection", "clipboard"] },
    Tool { program: "xsel", args: &["--clipboard", "--input"] },
];
/// Into its own buffer, and on to the terminal that it runs in.
const TMUX: Tool = Tool { program: "tmux", args: &["load-buffer", "-w", "-"] };

impl Around {
    pub fn of(environment: &Environment) -> Self {
        let has = |name| environment.get(name).is_some();
        Self {
            between: match (has("TMUX"), has("STY")) {
                (true, _) => Between::Tmux,
                (false, true) => Between::Screen,
                (false, false) => Between::Nothing,
            },
            remote: has("SSH_TTY") || has("SSH_CONNECTION"),
            wayland: has("WAYLAND_DISPLAY"),
            x11: has("DISPLAY"),
        }
    }

    /// The programs that may take it, the surest first.
    fn tools(self) -> Vec<Tool> {
        let mut tools = Vec::new();
        if !self.remote {
            tools.extend(cfg!(target_os = "macos").then_some(PBCOPY));
            tools.extend(self.wayland.then_some(WAYLAND));
            tools.extend(X11.into_iter().filter(|_| self.x11));
        }
        tools.extend((self.between == Between::Tmux).then_some(TMUX));
        tools
    }

    pub fn has_tools(self) -> bool {
        !self.tools().is_empty()
    }

    /// How the escape sequence goes, in a word or two.
    fn way(self) -> &'static str {
        match self.between {
            Between::Nothing => "terminal",
            Between::Tmux => "terminal, through tmux",
            Between::Screen => "terminal, through screen",
        }
    }

    /// The sequence (OSC 52) that has the terminal copy it. Nobody answers whether it did.
    pub fn sequence(self, text: &str) -> Result<(String, &'static str), String> {
        if text.len() > COPY_BYTES_MOST {
            return Err(format!("{} kB are more than a terminal's clipboard takes", text.len() / 1_000));
        }
        let mut plain = String::new();
        CopyToClipboard::to_clipboard_from(text).write_ansi(&mut plain).map_err(|error| error.to_string())?;
        // Its other end would also end what it is wrapped in.
        if let Some(body) = plain.strip_suffix("\x1b\\") {
            plain = format!("{body}\x07");
        }
        let wrapped = match self.between {
            Between::Nothing => plain,
            Between::Tmux => format!("\x1bPtmux;{}\x1b\\", plain.replace('\x1b', "\x1b\x1b")),
            Between::Screen => {
                let letters: Vec<char> = plain.chars().collect();
                let part = |part: &[char]| format!("\x1bP{}\x1b\\", part.iter().collect::<String>());
                letters.chunks(SCREEN_BYTES).map(part).collect()
            }
        };
        Ok((wrapped, self.way()))
    }

    /// By the first program that takes it: its name.
    pub async fn by_tool(self, text: &str) -> Option<&'static str> {
        for tool in self.tools() {
            if run(tool.program, tool.args, text).await.is_ok() {
                return Some(tool.program);
            }
        }
        None
    }
}

/// `copied (wl-copy): …`: what is said begins with that it is copied.
pub fn said(what: &str, way: &str) -> String {
    what.replacen("copied", &format!("copied ({way})"), 1)
}

async fn run(program: &str, args: &[&str], text: &str) -> Result<(), String> {
    let mut child = Command::new(program)
        .args(args)
        .env_remove(KEY_VARIABLE)
        .env_remove(WEBHOOK_VARIABLE)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("{program}: {error}"))?;
    let taken = async {
        if let Some(mut input) = child.stdin.take() {
            input.write_all(text.as_bytes()).await.map_err(|error| format!("{program}: {error}"))?;
        }
        child.wait().await.map_err(|error| format!("{program}: {error}"))
    };
    match tokio::time::timeout(WAIT, taken).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(format!("{program}: {status}")),
        Ok(Err(why)) => Err(why),
        Err(_late) => Err(format!("{program} did not end")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPLY: &str = "We gave back $99.00 to Zoë · 返金";

    fn around(known: &[(&'static str, &str)]) -> Around {
        Around::of(&Environment::of(known))
    }

    fn tools(known: &[(&'static str, &str)]) -> Vec<&'static str> {
        around(known).tools().into_iter().map(|tool| tool.program).filter(|name| *name != "pbcopy").collect()
    }

    #[test]
    fn the_system_s_own_programs_are_for_the_agents_machine_alone() {
        assert_eq!(tools(&[]), [] as [&str; 0]);
        assert_eq!(
            tools(&[("WAYLAND_DISPLAY", "wayland-0"), ("DISPLAY", ":0")]),
            ["wl-copy", "xclip", "xsel"]
        );
        assert_eq!(tools(&[("DISPLAY", "localhost:10.0"), ("SSH_TTY", "/dev/pts/1")]), [] as [&str; 0]);
        let far = [("TMUX", "/tmp/tmux-0/default,1,0"), ("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")];
        assert_eq!(tools(&far), ["tmux"]);
        assert!(around(&far).has_tools() && !around(&[("STY", "1.pts")]).has_tools());
    }

    #[test]
    fn the_sequence_is_wrapped_for_what_stands_between() {
        let plain = around(&[]).sequence(REPLY).unwrap();
        assert!(plain.0.starts_with("\x1b]52;c;") && plain.1 == "terminal", "{plain:?}");
        let (tmux, way) = around(&[("TMUX", "x")]).sequence(REPLY).unwrap();
        let inner = tmux.strip_prefix("\x1bPtmux;").and_then(|rest| rest.strip_suffix("\x1b\\")).unwrap();
        assert_eq!((inner.replace("\x1b\x1b", "\x1b"), way), (plain.0.clone(), "terminal, through tmux"));
        let long = REPLY.repeat(40);
        let (screen, _) = around(&[("STY", "x")]).sequence(&long).unwrap();
        let parts: Vec<&str> =
            screen.split_terminator("\x1b\\").map(|part| part.strip_prefix("\x1bP").unwrap()).collect();
        assert!(parts.len() > 5 && parts.iter().all(|part| part.len() <= SCREEN_BYTES), "{}", parts.len());
        assert_eq!(parts.concat(), around(&[]).sequence(&long).unwrap().0);
        assert!(around(&[]).sequence(&"x".repeat(75_000)).unwrap_err().starts_with("75 kB are more than"));
    }

    #[test]
    fn the_way_that_was_used_is_said() {
        assert_eq!(said("copied: We gave back", "wl-copy"), "copied (wl-copy): We gave back");
        assert_eq!(said("copied 3 rows", "terminal"), "copied (terminal) 3 rows");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_program_gets_the_text_by_its_input_and_no_other_way() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let script = |name: &str, body: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let (taken, told) = (dir.path().join("taken"), dir.path().join("told"));
        let good = script("good", &format!("echo \"$@\" > {}; cat > {}", told.display(), taken.display()));
        run(&good, &["-selection", "clipboard"], REPLY).await.unwrap();
        assert_eq!(std::fs::read_to_string(taken).unwrap(), REPLY);
        assert_eq!(std::fs::read_to_string(told).unwrap(), "-selection clipboard\n");
        let bad = script("bad", "cat > /dev/null; exit 3");
        assert!(run(&bad, &[], REPLY).await.unwrap_err().contains("exit status: 3"));
        assert!(run("/no/such/program", &[], REPLY).await.is_err());
    }
}
