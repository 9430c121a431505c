//! The keys of the desk, a row each: what they do, what people call it who look for it, and the name under which the palette lists it.

use serde::{Deserialize, Serialize};

use crate::desk::{
    binding::{Binding, bind},
    panes::{PANES, PaneId},
};

/// What a key of the desk does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Do {
    Search,
    Palette,
    Focus(PaneId),
    NextPane,
    PreviousPane,
    Up,
    Down,
    PageUp,
    PageDown,
    Top,
    Bottom,
    Open,
    Back,
    Zoom,
    Raw,
    Sort,
    ReverseSort,
    Filter,
    Export,
    CopyId,
    Reply,
    Explain,
    Twice,
    Timeline,
    Monitor,
    Browser,
    Reload,
    TakeBack,
    WayBack,
    Reopen,
    Audit,
    Inbox,
    Recent,
    Live,
    Merge,
    Notes,
    Profiles,
    Settings,
    Tasks,
    Help,
    Quit,
}

/// In the order in which hints and help show them; before the keys that move, those of the panes.
pub(super) const DESK: &[Binding<Do>] = &[
    bind(&["<enter>"], Do::Open, Some("open"), "open the customer, or the row's detail")
        .called(&["details", "show", "view"]),
    bind(
        &["/"],
        Do::Search,
        Some("search"),
        "search: e-mail, name, phone, id, invoice number, last four digits, amount, pasted link",
    )
    .called(&["find customer", "look up", "card number"]),
    bind(&[":"], Do::Palette, Some("actions"), "every action, found by its name or by what it does")
        .called(&["commands", "menu", "palette"]),
    bind(&["u", "<c-t>"], Do::TakeBack, Some("undo"), "take back the change that is still held")
        .named("take back")
        .called(&["undo", "oops", "stop", "wait", "abort"]),
    bind(&["U"], Do::WayBack, Some("way back"), "undo the last change: the form that makes it as it was")
        .named("way back")
        .called(&["revert", "reverse", "put back", "restore"]),
    bind(
        &["<c-o>"],
        Do::Reopen,
        None,
        "open the form of a change that was stopped since something moved meanwhile",
    )
    .named("look again")
    .called(&["retry", "stopped change", "moved"]),
    bind(&["<tab>", "<right>", "l"], Do::NextPane, None, "next pane").held(),
    bind(&["<s-tab>", "<left>", "h"], Do::PreviousPane, None, "previous pane").held(),
    bind(&["<down>", "j"], Do::Down, None, "next row").held(),
    bind(&["<up>", "k"], Do::Up, None, "previous row").held(),
    bind(&["<pgdn>", "<c-d>"], Do::PageDown, None, "a page down").held(),
    bind(&["<pgup>", "<c-u>"], Do::PageUp, None, "a page up").held(),
    bind(&["<home>", "g"], Do::Top, None, "first row"),
    bind(&["<end>", "G"], Do::Bottom, None, "last row read; once more reads on").called(&["more", "older"]),
    bind(
        &["y"],
        Do::Reply,
        Some("copy reply"),
        "copy what the customer can be told: of what was just done, then of the row",
    )
    .named("copy reply")
    .called(&["reply", "answer", "e-mail", "email", "message", "write", "clipboard", "template"]),
    bind(
        &["e"],
        Do::Explain,
        Some("explain"),
        "why this was charged: the row's charge or invoice, or the newest charge; `/` there takes what the customer says",
    )
    .named("explain")
    .called(&["what for", "unknown charge", "reason", "statement", "next billing date"]),
    bind(&["D"], Do::Twice, Some("duplicates"), "whether this customer was charged twice")
        .named("duplicates")
        .called(&["duplicate", "double charge", "same charge", "billed twice", "again"]),
    bind(
        &["t", "W"],
        Do::Timeline,
        None,
        "everything that happened to this customer, and where each refund is; on a subscription, whose `t` gives free time, it is `W`",
    )
    .named("timeline")
    .called(&["history", "what happened", "when", "where is the money", "trace", "arn", "events"]),
    bind(
        &["m"],
        Do::Monitor,
        None,
        "monitor: what was refunded in the last days, against the caps, and what stands out",
    )
    .named("monitor")
    .called(&["statistics", "report", "volume", "chart", "fraud", "anomalies", "top customers"]),
    bind(&["z"], Do::Zoom, Some("zoom"), "the focused pane takes the whole body, and back")
        .named("zoom")
        .called(&["bigger", "full screen", "maximise"]),
    bind(&["J"], Do::Raw, None, "the row's raw JSON").named("raw JSON").called(&["source", "api", "object"]),
    bind(&["s"], Do::Sort, None, "sort by the next column").named("sort").called(&["order", "column"]),
    bind(&["S"], Do::ReverseSort, None, "turn the order round").called(&["sort", "reverse"]),
    bind(&["f"], Do::Filter, None, "show only rows with this text")
        .named("filter")
        .called(&["narrow", "find row", "hide"]),
    bind(&["E"], Do::Export, None, "export the pane's rows: copy them as CSV or JSON")
        .named("export")
        .called(&["spreadsheet", "excel", "download", "save"]),
    bind(&["i"], Do::CopyId, None, "copy the row's id").named("copy id").called(&["identifier", "clipboard"]),
    bind(&["o"], Do::Browser, Some("browser"), "open the row in Stripe's Dashboard")
        .named("open in the Dashboard")
        .called(&["web", "link", "url", "stripe"]),
    bind(&["<c-r>"], Do::Reload, None, "read everything on screen again")
        .named("reload")
        .called(&["refresh", "update screen", "try again"]),
    bind(&["a"], Do::Audit, Some("audit"), "the audit trail")
        .named("audit trail")
        .called(&["log", "who did it", "history", "record", "verify"]),
    bind(&["A"], Do::Inbox, None, "inbox: proposals that wait for a person")
        .named("inbox")
        .called(&["approve", "approvals", "second person", "assistant", "confirm"]),
    bind(
        &["n"],
        Do::Notes,
        None,
        "notes on this customer: read them, write one down; the policy says where they are kept",
    )
    .named("notes")
    .called(&["comment", "memo", "remark"]),
    bind(
        &["@"],
        Do::Merge,
        None,
        "charges, subscriptions and invoices of all records that share this e-mail, and of this one alone again",
    )
    .named("merged view")
    .called(&["same e-mail", "email", "combine", "two records", "together"]),
    bind(&["L"], Do::Live, None, "live events: what happens on the account as it happens")
        .named("live events")
        .called(&["webhook", "stream", "feed", "now"]),
    bind(&["H"], Do::Recent, None, "customers whose desk was opened lately, the latest first")
        .named("recent customers")
        .called(&["last customers", "history", "before"]),
    bind(&["P"], Do::Profiles, None, "profiles: leave this desk for one on another account")
        .named("profiles")
        .called(&["profile", "account", "switch", "live", "test mode", "sandbox"]),
    bind(&[","], Do::Settings, None, "settings and policy in force, with where each came from")
        .named("settings")
        .called(&["configuration", "limits", "caps", "rules", "preferences"]),
    bind(&["T"], Do::Tasks, None, "tasks: what runs, what failed, try again")
        .named("tasks")
        .called(&["errors", "retry", "unknown", "pending", "background"]),
    bind(&["?", "<f1>"], Do::Help, Some("help"), "all keys that work here")
        .named("keys")
        .called(&["help", "shortcuts", "cheat sheet"]),
    bind(&["<esc>"], Do::Back, None, "back, one step at a time").called(&["cancel", "close"]),
    bind(&["q", "<c-c>"], Do::Quit, Some("quit"), "leave; asks only when something is in flight")
        .named("quit")
        .called(&["exit", "close", "log out"]),
];

/// All rows of the desk itself.
pub fn desk() -> impl Iterator<Item = Binding<Do>> {
    let moves = DESK.iter().position(|row| row.does == Do::NextPane).unwrap_or(0);
    let (first, rest) = DESK.split_at(moves);
    let panes = PANES.iter().map(|pane| {
        let keys = std::slice::from_ref(&pane.number);
        bind(keys, Do::Focus(pane.id), None, pane.about).called(std::slice::from_ref(&pane.name))
    });
    first.iter().copied().chain(panes).chain(rest.iter().copied())
}
