//! Meaning to style: by what the terminal can show and whether its ground is dark or light. The colours themselves are data,
//! in `assets/themes`; nothing else names a colour.

use std::{collections::BTreeMap, str::FromStr as _};

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use crate::desk::sheet::Tone;

const DARK: &str = include_str!("../../assets/themes/dark.toml");
const LIGHT: &str = include_str!("../../assets/themes/light.toml");

/// How many colours there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    True,
    Indexed,
    Basic,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    Dark,
    Light,
}

/// What was asked for on the command line or in the settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    /// As the environment says.
    #[default]
    Auto,
    Always,
    Never,
}

/// Everything that has a style of its own. The names are the sections of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Plain,
    Dim,
    Strong,
    Good,
    Warn,
    Bad,
    Info,
    Accent,
    Key,
    Match,
    Live,
    Sandbox,
    Border,
    BorderFocus,
    BorderModal,
    BorderLive,
    Selection,
    BadgeLive,
    BadgeSandbox,
    BadgeReadOnly,
    /// What lies behind a modal.
    Shade,
}

impl From<Tone> for Role {
    fn from(tone: Tone) -> Self {
        match tone {
            Tone::Plain => Self::Plain,
            Tone::Dim => Self::Dim,
            Tone::Strong => Self::Strong,
            Tone::Good => Self::Good,
            Tone::Warn => Self::Warn,
            Tone::Bad => Self::Bad,
            Tone::Info => Self::Info,
            Tone::Accent => Self::Accent,
            Tone::Key => Self::Key,
            Tone::Match => Self::Match,
            Tone::Live => Self::Live,
            Tone::Sandbox => Self::Sandbox,
        }
    }
}

/// A style as the files write it. A colour is three: true, of 256, of 16; an empty one is the terminal's own.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Swatch {
    fg: [String; 3],
    bg: [String; 3],
    mods: Vec<Modify>,
    basic: Vec<Modify>,
    mono: Vec<Modify>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Modify {
    Bold,
    Dim,
    Underlined,
    Reversed,
}

impl Swatch {
    fn style(&self, depth: Depth) -> Style {
        let mut style = Style::new();
        if let Some(colour) = pick(&self.fg, depth) {
            style = style.fg(colour);
        }
        if let Some(colour) = pick(&self.bg, depth) {
            style = style.bg(colour);
        }
        let more: &[Modify] = match depth {
            Depth::True | Depth::Indexed => &[],
            Depth::Basic => &self.basic,
            Depth::None => &self.mono,
        };
        self.mods.iter().chain(more).fold(style, |style, modify| style.add_modifier(modify.modifier()))
    }
}

impl Modify {
    fn modifier(self) -> Modifier {
        match self {
            Self::Bold => Modifier::BOLD,
            Self::Dim => Modifier::DIM,
            Self::Underlined => Modifier::UNDERLINED,
            Self::Reversed => Modifier::REVERSED,
        }
    }
}

fn pick([rgb, indexed, basic]: &[String; 3], depth: Depth) -> Option<Color> {
    let name = match depth {
        Depth::True => rgb,
        Depth::Indexed => indexed,
        Depth::Basic => basic,
        Depth::None => return None,
    };
    Color::from_str(name).ok()
}

/// All styles for one terminal.
#[derive(Clone, Debug)]
pub struct Theme {
    depth: Depth,
    styles: BTreeMap<Role, Style>,
}

impl Theme {
    pub fn new(depth: Depth, ground: Ground) -> Self {
        let text = match ground {
            Ground::Dark => DARK,
            Ground::Light => LIGHT,
        };
        // A test reads both files; without one the screen is plain, and says the same.
        let swatches: BTreeMap<Role, Swatch> = toml::from_str(text).unwrap_or_default();
        let styles = swatches.into_iter().map(|(role, swatch)| (role, swatch.style(depth))).collect();
        Self { depth, styles }
    }

    /// From what the environment says: `NO_COLOR`, `COLORTERM`, `TERM`, and the ground, where the terminal told it.
    pub fn choose(
        no_color: bool,
        colorterm: Option<&str>,
        term: Option<&str>,
        ground: Option<Ground>,
        flag: Colour,
    ) -> Self {
        let able = depth_of(colorterm, term);
        let depth = match flag {
            Colour::Never => Depth::None,
            Colour::Always if able == Depth::None => Depth::Basic,
            Colour::Auto if no_color => Depth::None,
            Colour::Always | Colour::Auto => able,
        };
        Self::new(depth, ground.unwrap_or(Ground::Dark))
    }

    pub fn depth(&self) -> Depth {
        self.depth
    }

    pub fn style(&self, role: impl Into<Role>) -> Style {
        self.styles.get(&role.into()).copied().unwrap_or_default()
    }

    /// A tone inside the selected row. Where the row is shown reversed, colours would turn into grounds: words alone speak.
    pub fn selected(&self, tone: Tone) -> Style {
        match self.depth {
            Depth::True | Depth::Indexed => self.style(tone).patch(self.style(Role::Selection)),
            Depth::Basic | Depth::None => self.style(Role::Selection),
        }
    }
}

fn depth_of(colorterm: Option<&str>, term: Option<&str>) -> Depth {
    let term = term.unwrap_or_default();
    let names = |names: &[&str]| names.iter().any(|name| term.contains(name));
    if term == "dumb" {
        Depth::None
    } else if matches!(colorterm, Some("truecolor" | "24bit"))
        || names(&["direct", "kitty", "ghostty", "alacritty", "wezterm", "foot"])
    {
        Depth::True
    } else if names(&["256color"]) {
        Depth::Indexed
    } else {
        Depth::Basic
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TONES: [Tone; 12] = [
        Tone::Plain,
        Tone::Dim,
        Tone::Strong,
        Tone::Good,
        Tone::Warn,
        Tone::Bad,
        Tone::Info,
        Tone::Accent,
        Tone::Key,
        Tone::Match,
        Tone::Live,
        Tone::Sandbox,
    ];

    #[test]
    fn both_files_name_every_role_and_only_colours_that_exist() {
        for text in [DARK, LIGHT] {
            let swatches: BTreeMap<Role, Swatch> = toml::from_str(text).unwrap();
            assert_eq!(swatches.len(), 21, "one section a role");
            for (role, swatch) in &swatches {
                for name in swatch.fg.iter().chain(&swatch.bg).filter(|name| !name.is_empty()) {
                    assert!(Color::from_str(name).is_ok(), "{role:?}: {name}");
                }
                assert!(swatch.fg[0].is_empty() == swatch.fg[1].is_empty(), "{role:?}");
            }
        }
    }

    #[test]
    fn without_colour_there_is_none_and_nothing_is_lost() {
        let theme = Theme::new(Depth::None, Ground::Dark);
        assert!(theme.styles.values().all(|style| style.fg.is_none() && style.bg.is_none()));
        for role in [Role::Selection, Role::BadgeLive, Role::BadgeSandbox, Role::BadgeReadOnly] {
            assert!(theme.style(role).add_modifier.contains(Modifier::REVERSED), "{role:?}");
        }
    }

    #[test]
    fn the_environment_chooses_and_the_flag_wins() {
        let depth =
            |no_color, colorterm, term, flag| Theme::choose(no_color, colorterm, term, None, flag).depth();
        assert_eq!(depth(false, Some("truecolor"), Some("xterm-256color"), Colour::Auto), Depth::True);
        assert_eq!(depth(false, None, Some("xterm-256color"), Colour::Auto), Depth::Indexed);
        assert_eq!(depth(false, None, Some("linux"), Colour::Auto), Depth::Basic);
        assert_eq!(depth(false, None, Some("dumb"), Colour::Auto), Depth::None);
        assert_eq!(depth(true, Some("truecolor"), None, Colour::Auto), Depth::None);
        assert_eq!(depth(true, Some("truecolor"), None, Colour::Always), Depth::True);
        assert_eq!(depth(false, Some("24bit"), None, Colour::Never), Depth::None);
        assert_eq!(depth(false, None, Some("dumb"), Colour::Always), Depth::Basic);
    }

    #[expect(
        clippy::float_arithmetic,
        clippy::suboptimal_flops,
        reason = "WCAG defines contrast with roots and quotients"
    )]
    fn luminance(colour: Color) -> f64 {
        let Color::Rgb(r, g, b) = colour else { panic!("{colour:?} is no true colour") };
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    #[expect(clippy::float_arithmetic, reason = "WCAG defines contrast with quotients")]
    fn contrast(one: Color, other: Color) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn every_tone_can_be_read_on_its_ground_and_on_the_selection() {
        for (ground, paper) in
            [(Ground::Dark, Color::Rgb(0x1e, 0x1e, 0x22)), (Ground::Light, Color::Rgb(0xff, 0xff, 0xff))]
        {
            let theme = Theme::new(Depth::True, ground);
            for tone in TONES {
                let Some(ink) = theme.style(tone).fg else { continue };
                assert!(contrast(ink, paper) >= 4.5, "{tone:?} on {ground:?}");
                let selected = theme.selected(tone);
                let bg = selected.bg.unwrap();
                let least = if tone == Tone::Dim { 3.0 } else { 4.5 };
                assert!(contrast(ink, bg) >= least, "{tone:?} selected on {ground:?}: {}", contrast(ink, bg));
            }
            for role in [Role::BadgeLive, Role::BadgeSandbox, Role::BadgeReadOnly] {
                let style = theme.style(role);
                assert!(contrast(style.fg.unwrap(), style.bg.unwrap()) >= 4.5, "{role:?} on {ground:?}");
            }
        }
    }
}
