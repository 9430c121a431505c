//! What the screen shows, at the sizes that people have and at those that nobody has.

use std::sync::Arc;

use ratatui::{
    Terminal,
    backend::TestBackend,
    buffer::Buffer,
    layout::Position,
    style::{Color, Modifier},
};

use super::{
    canvas::Canvas,
    sample,
    theme::{Depth, Ground, Role, Theme},
    view,
};
use crate::{
    desk::{
        data::Part as _,
        layout,
        message::Trouble,
        modals::{Modal, help::Help},
        panes::PaneId,
        sheet::{Field, Item, Line, Offer, Sheet, Tone},
        state::{ChangeLine, Mode, State},
    },
    ledger::IntentState,
    policy::Mark,
};

fn draw_with(state: &State, theme: &Theme) -> (Buffer, Option<Position>) {
    let mut terminal = Terminal::new(TestBackend::new(state.width, state.height)).unwrap();
    terminal.draw(|frame| view(state, theme, frame)).unwrap();
    let cursor = terminal.backend().cursor_visible().then(|| terminal.get_cursor_position().unwrap());
    (terminal.backend().buffer().clone(), cursor)
}

fn draw(state: &State) -> Buffer {
    draw_with(state, &Theme::new(Depth::True, Ground::Dark)).0
}

/// The desk with sheets over it, as [`view`] lays them.
fn draw_sheets(state: &State, sheets: &[Sheet]) -> (Buffer, Option<Position>) {
    let theme = Theme::new(Depth::True, Ground::Dark);
    let mut buffer = draw(state);
    let mut canvas = Canvas { buffer: &mut buffer, theme: &theme, cursor: None };
    super::modals(&mut canvas, sheets, layout::arrange(state).body, state.live());
    let cursor = canvas.cursor;
    (buffer, cursor)
}

fn text(buffer: &Buffer) -> String {
    let mut all = String::new();
    for y in 0..buffer.area.height {
        let mut row = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            row.push_str(symbol);
            x += u16::try_from(crate::text::width(symbol).max(1)).unwrap();
        }
        all.push_str(row.trim_end());
        all.push('\n');
    }
    all
}

fn screen(state: &State) -> String {
    text(&draw(state))
}

/// The first cell of a word on the screen.
fn find(buffer: &Buffer, word: &str) -> (u16, u16) {
    let width = u16::try_from(crate::text::width(word)).unwrap();
    for y in 0..buffer.area.height {
        for x in 0..=buffer.area.width.saturating_sub(width) {
            let here: String = (x..x + width).map(|x| buffer[(x, y)].symbol()).collect();
            if here == word {
                return (x, y);
            }
        }
    }
    panic!("{word} is not on the screen:\n{}", text(buffer));
}

fn refund() -> Sheet {
    let field = |value: &str, width, focused| Field {
        value: value.into(),
        cursor: value.chars().count(),
        focused,
        width,
        placeholder: String::new(),
    };
    let options = [("duplicate", false), ("requested by customer", true), ("fraudulent", false)];
    Sheet {
        title: Line::toned("Refund", Tone::Accent).then(" ── Ada Lovelace", Tone::Plain),
        tone: Tone::Live,
        items: vec![
            Item::Pair {
                label: "Charge".into(),
                value: Line::plain("$99.00 · 22 Nov 14:01 · visa ··4242 · ch_3PxL…9Q"),
            },
            Item::Pair { label: "Refunded".into(), value: Line::plain("$0.00, left to refund $99.00") },
            Item::Gap,
            Item::Input {
                label: "Amount".into(),
                field: field("99.00", 9, false),
                after: Line::plain("USD   ").then("^A", Tone::Key).then(" all  ", Tone::Dim),
            },
            Item::Choice {
                label: "Reason".into(),
                options: options
                    .iter()
                    .map(|(word, on)| Offer { says: (*word).to_owned(), chosen: *on, denied: None })
                    .collect(),
                focused: false,
            },
            Item::Input {
                label: "Note".into(),
                field: field("billed twice in November", 40, false),
                after: Line::default(),
            },
            Item::Divider("policy".into()),
            Item::Verdict { mark: Mark::Pass, text: "$500.00 is the most one refund may be".into() },
            Item::Verdict { mark: Mark::Confirm, text: "above $50.00 a refund must be confirmed".into() },
            Item::Verdict {
                mark: Mark::SecondPerson,
                text: "above $300.00 a second person has to agree".into(),
            },
            Item::Verdict {
                mark: Mark::Deny,
                text:
                    "today $312.00 → $2,411.00 is over $2,000.00: the most you may refund here is $1,688.00"
                        .into(),
            },
        ],
        pinned: vec![
            Item::Text(Line::plain("Type the amount again to confirm")),
            Item::Input { label: "Confirm".into(), field: field("99.0", 9, true), after: Line::default() },
        ],
        footer: Line::toned("Esc", Tone::Key).then(" keep", Tone::Plain),
        width: 70,
        ..Sheet::default()
    }
}

fn code(lines: usize, scroll: u16) -> Sheet {
    let lines: Vec<_> = (0..lines).map(|at| format!("  \"field_{at}\": \"value {at}\",")).collect();
    Sheet {
        title: Line::toned("ch_3PxL00000000", Tone::Accent),
        items: vec![Item::Code { text: Arc::from(lines.join("\n")), find: "VALUE 7".into() }],
        full: true,
        scroll,
        ..Sheet::default()
    }
}

fn picks(count: usize, selected: usize) -> Sheet {
    let pick = |at| Item::Pick { line: Line::plain(format!("row {at}")), selected: at == selected };
    Sheet { items: (0..count).map(pick).collect(), ..Sheet::default() }
}

fn change(state: IntentState) -> ChangeLine {
    ChangeLine { intent: sample::intent(state), task: None, note: None }
}

#[test]
fn the_desk_at_three_sizes() {
    for (width, height) in [(140, 42), (80, 24), (60, 16)] {
        insta::assert_snapshot!(format!("desk_{width}x{height}"), screen(&sample::desk(width, height)));
    }
    insta::assert_snapshot!("welcome_120x30", screen(&sample::fresh(120, 30)));
}

#[test]
fn a_refund_over_the_desk() {
    for (width, height) in [(140, 42), (60, 16)] {
        let (buffer, cursor) = draw_sheets(&sample::desk(width, height), &[refund()]);
        insta::assert_snapshot!(format!("refund_{width}x{height}"), text(&buffer));
        let (x, y) = find(&buffer, "99.0 ");
        assert_eq!(cursor, Some(Position { x: x + 4, y }), "the cursor stands behind what was typed");
    }
}

#[test]
fn what_is_pinned_is_seen_at_any_height_and_unfocused_choices_fold() {
    for height in [12, 14, 16, 20, 42] {
        let (buffer, cursor) = draw_sheets(&sample::desk(60, height), &[refund()]);
        let shown = text(&buffer);
        assert!(shown.contains("Type the amount again to confirm") && shown.contains("[ 99.0 "), "{shown}");
        assert!(cursor.is_some());
        assert!(shown.contains("● requested by customer"), "{shown}");
        assert_eq!(shown.contains("○ duplicate"), height > 16, "{shown}");
    }
}

#[test]
fn live_is_red_wherever_it_matters() {
    let mut state = sample::desk(140, 42);
    state.session.mode = Mode::Live;
    let (buffer, _) = draw_sheets(&state, &[refund()]);
    let red = Theme::new(Depth::True, Ground::Dark).style(Role::BadgeLive).bg.unwrap();
    assert!(matches!(red, Color::Rgb(r, g, b) if r > 0xc0 && g < 0x40 && b < 0x40));
    let header: String = (9..15).map(|x| buffer[(x, 0)].symbol()).collect();
    assert_eq!(header, "▐LIVE▌");
    assert_eq!(buffer[(10, 0)].bg, red);
    let (x, y) = find(&buffer, "Refund ── Ada");
    let border = buffer[(x - 3, y)].fg;
    assert!(matches!(border, Color::Rgb(r, g, _) if r > 0xc0 && g < 0x80), "{border:?}");
    assert_eq!(buffer[(x + 10, y)].fg, Color::Reset, "a plain word on a red border is plain");
    let row: String = (0..140).map(|x| buffer[(x, y)].symbol()).collect();
    assert!(row.contains("▐LIVE▌"), "{row}");
}

#[test]
fn without_colour_nothing_is_coloured_and_all_is_said() {
    let mut state = sample::desk(140, 42);
    state.session.read_only = Some("the policy says so".into());
    let theme = Theme::new(Depth::None, Ground::Dark);
    let buffer = draw_with(&state, &theme).0;
    assert!(buffer.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    assert_eq!(text(&buffer), screen(&state), "the words are the same");
    let (x, y) = find(&buffer, "READ-ONLY");
    assert!(buffer[(x, y)].modifier.contains(Modifier::REVERSED));
    let (x, y) = find(&buffer, "22 Nov 14:01");
    assert!(buffer[(x, y)].modifier.contains(Modifier::REVERSED), "the selected row");
}

#[test]
fn what_lies_below_a_modal_steps_back_but_the_header_does_not() {
    let (buffer, _) = draw_sheets(&sample::desk(140, 42), &[picks(3, 0)]);
    let shade = Theme::new(Depth::True, Ground::Dark).style(Role::Shade).fg;
    let (x, y) = find(&buffer, "Subscriptions");
    assert_eq!(Some(buffer[(x, y)].fg), shade);
    assert_ne!(Some(buffer[(1, 0)].fg), shade);
}

#[test]
fn no_size_breaks_anything() {
    let mut busy = sample::desk(1, 1);
    busy.search.typing = true;
    busy.changes = vec![change(IntentState::Held), change(IntentState::Unknown)];
    busy.modals = vec![Modal::Help(Help::new(crate::desk::keymap::help(&busy)))];
    let theme = Theme::new(Depth::True, Ground::Dark);
    let states = [sample::desk(1, 1), sample::fresh(1, 1), busy];
    for width in (1..=62).step_by(3).chain([49, 50, 51, 79, 109, 110, 140, 500]) {
        for height in [1, 2, 3, 7, 11, 12, 13, 16, 19, 20, 27, 28, 42, 200] {
            for mut state in states.iter().cloned() {
                (state.width, state.height, state.zoomed) = (width, height, width % 2 == 0);
                state.focus = if height % 2 == 0 { PaneId::Customers } else { PaneId::Invoices };
                assert_eq!(draw_with(&state, &theme).0.area.width, width);
            }
        }
    }
}

#[test]
fn no_size_breaks_a_sheet() {
    for (width, height) in [(50, 12), (60, 16), (80, 24), (200, 60)] {
        let state = sample::desk(width, height);
        for sheet in [refund(), code(500, 490), picks(1_000, 999), picks(0, 0), Sheet::default()] {
            draw_sheets(&state, &[Sheet { full: true, ..sheet.clone() }, sheet]);
        }
    }
}

#[test]
fn a_screen_of_another_size_than_the_state_believes_is_survived() {
    let state = sample::desk(140, 42);
    let mut terminal = Terminal::new(TestBackend::new(30, 7)).unwrap();
    let theme = Theme::new(Depth::True, Ground::Dark);
    terminal.draw(|frame| view(&state, &theme, frame)).unwrap();
    assert!(text(terminal.backend().buffer()).contains("DEMO"));
}

#[test]
fn says_what_size_it_needs() {
    assert_eq!(screen(&sample::desk(40, 10)).trim_end(), "paydesk needs 50 × 12; this is 40 × 10");
    assert_eq!(screen(&sample::desk(1, 1)).trim_end(), "p");
}

#[test]
fn the_selection_stays_visible_and_only_rows_in_view_are_made() {
    let mut state = sample::desk(140, 42);
    let id = state.open.clone().unwrap();
    let many: Vec<_> =
        (0..3_000).map(|at| sample::charge(at, 60, 100 + i64::try_from(at).unwrap())).collect();
    state.data.folders.get_mut(&id).unwrap().charges = sample::rows(&many, true);
    state.pane_mut(PaneId::Charges).selected = 2_000;
    let shown = screen(&state);
    assert!(shown.contains("3000+") && shown.contains("┃"), "{shown}");
    let buffer = draw(&state);
    let (x, y) = find(&buffer, "$21.00");
    assert_eq!(buffer[(x, y)].bg, Theme::new(Depth::True, Ground::Dark).style(Role::Selection).bg.unwrap());
    assert!(!shown.contains("$1.00 "), "the first row is far away");
}

#[test]
fn the_search_box_has_the_cursor_while_it_is_typed_into() {
    let mut state = sample::desk(140, 42);
    let theme = Theme::new(Depth::True, Ground::Dark);
    assert_eq!(draw_with(&state, &theme).1, None);
    state.focus = PaneId::Customers;
    state.search.typing = true;
    state.search.input = "ada@".into();
    let (buffer, cursor) = draw_with(&state, &theme);
    let (x, y) = find(&buffer, "⌕ ada@");
    assert_eq!(cursor, Some(Position { x: x + 6, y }));
    state.modals = vec![Modal::Help(Help::new(crate::desk::keymap::help(&state)))];
    assert_eq!(draw_with(&state, &theme).1, None, "a modal without a field has none");
}

#[test]
fn the_task_line_counts_down_and_names_what_is_unknown() {
    let mut state = sample::desk(140, 42);
    state.changes = vec![change(IntentState::Held)];
    let shown = screen(&state);
    assert!(
        shown.trim_end().ends_with("◷ refunding $99.00 to Ada Lovelace in 4 s · u takes it back"),
        "{shown}"
    );
    state.now_ms += 3_000;
    assert!(screen(&state).contains("in 1 s"));
    state.changes = vec![change(IntentState::Unknown)];
    let shown = screen(&state);
    assert!(
        shown.contains("? 1 unknown")
            && shown.contains("refunding $99.00 to Ada Lovelace: outcome unknown · T tasks")
    );
    state.changes = vec![change(IntentState::Sending)];
    state.changes[0].note = Some("Stripe is busy, again in 2 s".into());
    state.say("copied", true);
    let shown = screen(&state);
    assert!(
        shown.contains("✔ copied   ◌ refunding $99.00 to Ada Lovelace… · Stripe is busy, again in 2 s"),
        "{shown}"
    );
}

#[test]
fn an_error_stands_beside_what_is_known() {
    let mut state = sample::desk(140, 42);
    let id = state.open.clone().unwrap();
    state.data.folders.get_mut(&id).unwrap().charges.fail(Trouble {
        what: "Stripe could not be reached".into(),
        todo: "Ctrl-r tries again".into(),
        request_id: None,
        retry: true,
        missing: false,
    });
    let shown = screen(&state);
    assert!(shown.contains("╰─ ✖ Stripe could not be reached · Ctrl-r tries again ─"), "{shown}");
    assert!(shown.contains("22 Nov 14:01"), "{shown}");
}

#[test]
fn long_sheets_scroll_to_what_is_focused() {
    let state = sample::desk(80, 24);
    let shown = |sheet: Sheet| text(&draw_sheets(&state, &[sheet]).0);
    let page = shown(picks(100, 60));
    assert!(page.contains("▸row 60") && !page.contains("row 90") && page.contains("┃"), "{page}");
    let page = shown(code(100, 500));
    assert!(page.contains("field_99") && page.contains("field_80") && !page.contains("field_79"), "{page}");
    let page = shown(code(100, 70));
    assert!(page.contains("│ \"field_70\"") || page.contains("\"field_70\""), "{page}");
}

#[test]
fn the_mouse_finds_what_is_drawn() {
    let state = sample::desk(140, 42);
    let buffer = draw(&state);
    let hit = |word: &str| {
        let (x, y) = find(&buffer, word);
        layout::hit(&state, x, y)
    };
    assert_eq!(hit("15 Oct 14:03"), Some(layout::Hit::Row(PaneId::Charges, 3)));
    assert_eq!(hit("Status"), Some(layout::Hit::Header(PaneId::Charges, 2)));
    assert_eq!(hit("Adam Ant"), Some(layout::Hit::Row(PaneId::Customers, 1)));
    assert_eq!(hit("✖ past due"), Some(layout::Hit::Row(PaneId::Invoices, 2)));
    assert_eq!(hit("⌕"), Some(layout::Hit::Pane(PaneId::Customers)));
    let Some(layout::Hit::Hint(index)) = hit("search  :") else { panic!("no hint") };
    assert_eq!(crate::desk::keymap::hints(&state)[index].word, "search");
    assert_eq!(layout::hit(&state, 5, 0), None, "the header means nothing");

    let small = sample::desk(60, 16);
    let buffer = draw(&small);
    let (x, y) = find(&buffer, "4 Invoices");
    assert_eq!(layout::hit(&small, x, y), Some(layout::Hit::Tab(PaneId::Invoices)));
}
