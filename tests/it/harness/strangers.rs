//! A stand-in between paydesk and the sandbox: whatever a person may have written comes back as hostile as it can be.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
};

use paydesk::model::AnyId;
use serde_json::Value;

/// Escapes, a title, the clipboard, direction marks, letters of no width, C1, tags, marks upon marks, formulas, wide letters.
pub(crate) const HOSTILE: [&str; 10] = [
    "=cmd|'/C calc'!A0\u{1b}]0;owned\u{7}",
    "+1\u{202e}gnp.exe\u{202c}\u{2066}x\u{2069}",
    "@SUM(1)\t\r\n\u{1b}[2J\u{1b}[31m",
    "-2+3\u{200b}\u{200c}\u{200d}\u{feff}\u{2060}",
    "\u{9b}31m\u{85}\u{7f}\u{0}\u{8}\u{8}",
    "\u{1b}]52;c;cm0gLXJm\u{7}\u{1b}P\u{1b}\\",
    "\u{ff1d}1\u{e0041}\u{fff9}\u{fffb}\u{61c}\u{ad}",
    "Z\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
    "\u{2028}\u{2029}\u{115f}\u{3164}\u{fdd0}\u{fffe}",
    "\u{6f22}\u{5b57}\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{1f3f3}\u{fe0f}",
];

/// What is spoiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spoils {
    /// Names, descriptions, messages, metadata: all that is no id and no word of Stripe's.
    Words,
    /// Stripe's own words too: statuses, reasons, brands. Only ids and currencies stay.
    Everything,
    /// Every field that no object is without is kept, every other one is null.
    Nulls,
    /// The same, and those others are not there at all.
    Gone,
    /// Stripe's own words are words that it has never used, as a later version's would be.
    Unknown,
}

/// What an object is found, listed and counted by; what else there is may be null or missing.
const KEPT: [&str; 9] =
    ["id", "object", "data", "has_more", "url", "next_page", "currency", "amount", "created"];

/// Starts one before this server, and gives its address. It lives as long as the process.
pub(crate) fn before(base_url: &str, spoils: Spoils) -> String {
    let server = base_url.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let server = server.clone();
            // Whoever hangs up has ended their own connection only.
            thread::spawn(move || drop(pass(stream, &server, spoils)));
        }
    });
    own
}

fn pass(mut client: TcpStream, server: &str, spoils: Spoils) -> std::io::Result<()> {
    let (head, body) = message(&mut client)?;
    let mut lines = head.lines();
    let mut onward = format!("{}\r\n", lines.next().unwrap_or_default());
    for line in lines.filter(|line| !is_one_of(line, &["connection", "accept-encoding", "host"])) {
        onward.push_str(line);
        onward.push_str("\r\n");
    }
    onward += "Host: ";
    onward += server;
    onward += "\r\nConnection: close\r\n\r\n";
    let mut stream = TcpStream::connect(server)?;
    stream.write_all(onward.as_bytes())?;
    stream.write_all(&body)?;
    let (head, body) = message(&mut stream)?;
    let body = spoiled(&body, spoils);
    let kept =
        head.lines().filter(|line| !is_one_of(line, &["connection", "content-length", "transfer-encoding"]));
    let mut back: String = kept.flat_map(|line| [line, "\r\n"]).collect();
    back += "Content-Length: ";
    back += &body.len().to_string();
    back += "\r\nConnection: close\r\n\r\n";
    client.write_all(back.as_bytes())?;
    client.write_all(&body)
}

fn is_one_of(line: &str, names: &[&str]) -> bool {
    line.split_once(':').is_some_and(|(name, _)| names.contains(&name.trim().to_ascii_lowercase().as_str()))
}

/// Head and body of one message; the length that it names, or all until the end.
fn message(stream: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let (mut bytes, mut part) = (Vec::new(), [0; 16_384]);
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        let count = stream.read(&mut part)?;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend(&part[..count]);
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut body = bytes.split_off(end + 4);
    let length = head.lines().find(|line| is_one_of(line, &["content-length"]));
    let length = length.map_or(0, |line| line.split(':').nth(1).unwrap().trim().parse().unwrap());
    while body.len() < length {
        let count = stream.read(&mut part)?;
        if count == 0 {
            break;
        }
        body.extend(&part[..count]);
    }
    Ok((head, body))
}

fn spoiled(body: &[u8], spoils: Spoils) -> Vec<u8> {
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else { return body.to_vec() };
    match spoils {
        Spoils::Words | Spoils::Everything => spoil(&mut value, "", spoils, &mut 0),
        Spoils::Nulls | Spoils::Gone => empty(&mut value, spoils),
        Spoils::Unknown => renew(&mut value, ""),
    }
    value.to_string().into_bytes()
}

fn spoil(value: &mut Value, name: &str, spoils: Spoils, nth: &mut usize) {
    match value {
        Value::String(text) => {
            if !stays(name, text, spoils) {
                *nth += 1;
                *text = format!("{}{text}", HOSTILE[*nth % HOSTILE.len()]);
            }
        }
        Value::Array(all) => all.iter_mut().for_each(|one| spoil(one, name, spoils, nth)),
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                spoil(field, name, spoils, nth);
            }
            if name == "metadata" {
                // Whoever may write values may write names.
                let names: Vec<String> =
                    fields.keys().filter(|name| !name.starts_with("paydesk_")).cloned().collect();
                for name in names {
                    *nth += 1;
                    let field = fields.shift_remove(&name).unwrap();
                    fields.insert(format!("{}{name}", HOSTILE[*nth % HOSTILE.len()]), field);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Nulls or holes wherever the object does not fall apart.
fn empty(value: &mut Value, spoils: Spoils) {
    match value {
        Value::Array(all) => all.iter_mut().for_each(|one| empty(one, spoils)),
        Value::Object(fields) => {
            if spoils == Spoils::Gone {
                fields.retain(|name, _| KEPT.contains(&name.as_str()));
            }
            for (name, field) in fields.iter_mut() {
                if KEPT.contains(&name.as_str()) {
                    empty(field, spoils);
                } else {
                    *field = Value::Null;
                }
            }
        }
        _ => {}
    }
}

/// `succeeded` becomes `succeeded_in_part`, `card` becomes `card_in_part`: words of a version to come.
fn renew(value: &mut Value, name: &str) {
    match value {
        Value::String(text) if !stays(name, text, Spoils::Everything) && is_word(text) => *text += "_in_part",
        Value::Array(all) => all.iter_mut().for_each(|one| renew(one, name)),
        Value::Object(fields) => fields.iter_mut().for_each(|(name, field)| renew(field, name)),
        _ => {}
    }
}

fn is_word(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || b"_.".contains(&byte))
}

/// Without these nothing could be found again.
fn stays(name: &str, text: &str, spoils: Spoils) -> bool {
    let is_id = AnyId::parse(text).is_some()
        || ["acct_", "si_", "il_", "inpay_", "req_", "evt_"].iter().any(|prefix| text.starts_with(prefix));
    let own = ["id", "object", "next_page", "url", "timezone"].contains(&name) || name.contains("currency");
    own || is_id || (spoils == Spoils::Words && is_word(text))
}
