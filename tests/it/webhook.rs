//! `paydesk webhook` on the real binary: what Stripe signed is one line, once; everything else is refused.

use std::{
    fmt::Write as _,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use ring::hmac;

const SECRET: &str = "whsec_0123456789abcdefABCDEF";
const NEXT: &str = "whsec_nextnextnextnextnext";
const PATIENCE: Duration = Duration::from_secs(20);

struct Listening {
    child: Child,
    address: String,
    lines: Receiver<String>,
    heard: Receiver<String>,
    _home: tempfile::TempDir,
}

fn lines_of(stream: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            drop(sender.send(line));
        }
    });
    receiver
}

fn command(home: &tempfile::TempDir, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_paydesk"));
    std::fs::write(home.path().join("config.toml"), "version = 1\n").unwrap();
    command
        .args(line.split_whitespace())
        .env_clear()
        .env("PAYDESK_DATA_DIR", home.path().join("data"))
        .env("PAYDESK_CONFIG", home.path().join("config.toml"));
    command
}

impl Listening {
    fn start(line: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = command(&home, &format!("webhook --listen 127.0.0.1:0 {line}"));
        command.env("STRIPE_WEBHOOK_SECRET", format!("{SECRET} {NEXT}"));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = lines_of(child.stdout.take().unwrap());
        let heard = lines_of(child.stderr.take().unwrap());
        let first = heard.recv_timeout(PATIENCE).unwrap();
        let address = first.split("http://").nth(1).unwrap().split(' ').next().unwrap().to_owned();
        assert!(first.ends_with("with 2 signing secrets"), "{first}");
        Self { child, address, lines, heard, _home: home }
    }

    /// The status of a delivery.
    fn send(&self, method: &str, header: Option<&str>, body: &[u8]) -> u16 {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let header = header.map(|header| format!("Stripe-Signature: {header}\r\n")).unwrap_or_default();
        let head = format!(
            "{method} /hook HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{header}Content-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        // What is too large is refused before all of it was sent.
        let _cut = stream.write_all(body);
        let mut answer = String::new();
        let _cut = stream.read_to_string(&mut answer);
        answer.split_whitespace().nth(1).unwrap_or_else(|| panic!("no answer: {answer}")).parse().unwrap()
    }

    fn deliver(&self, body: &str) -> u16 {
        self.send("POST", Some(&signed(SECRET, now(), body)), body.as_bytes())
    }

    fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).unwrap()
    }

    fn note(&self) -> String {
        self.heard.recv_timeout(PATIENCE).unwrap()
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "the program it talks to goes by the system's clock")]
fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

fn signed(secret: &str, at: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{at}.{body}").as_bytes());
    let mut header = format!("t={at},v1=");
    for byte in tag.as_ref() {
        write!(header, "{byte:02x}").unwrap();
    }
    header
}

fn event(id: &str, object: &str, created: i64) -> String {
    format!(
        r#"{{"id":"{id}","object":"event","type":"charge.refunded","created":{created},"livemode":false,
            "data":{{"object":{{"id":"{object}","object":"charge","billing_details":{{"name":"Ada Lovelace"}}}}}}}}"#
    )
}

#[test]
fn what_stripe_signed_is_one_line_once() {
    let listening = Listening::start("");
    assert_eq!(listening.deliver(&event("evt_2", "ch_1", 1_795_435_200)), 200);
    assert_eq!(listening.line(), "2026-11-23T12:00:00Z\tcharge.refunded\tch_1\tnew\t\ttest\tevt_2");
    // The same again, signed anew, is answered and not printed; an older one of the object comes late.
    assert_eq!(listening.deliver(&event("evt_2", "ch_1", 1_795_435_200)), 200);
    assert_eq!(listening.deliver(&event("evt_1", "ch_1", 1_795_435_100)), 200);
    assert_eq!(listening.line(), "2026-11-23T11:58:20Z\tcharge.refunded\tch_1\tlate\t\ttest\tevt_1");
    let body = event("evt_3", "ch_2", 1_795_435_200);
    assert_eq!(
        listening.send("POST", Some(&signed(NEXT, now(), &body)), body.as_bytes()),
        200,
        "the next secret counts too"
    );
    assert!(listening.line().contains("evt_3"));
}

#[test]
fn everything_else_is_refused_and_said() {
    let listening = Listening::start("--json");
    let body = event("evt_1", "ch_1", 1_795_435_200);
    let (genuine, bytes) = (signed(SECRET, now(), &body), body.as_bytes());
    assert_eq!(listening.send("POST", None, bytes), 400);
    assert!(listening.note().contains("it carries no stripe-signature"));
    assert_eq!(listening.send("POST", Some(&genuine), body.replace("ch_1", "ch_2").as_bytes()), 400);
    assert!(listening.note().contains("none of its signatures"));
    assert_eq!(
        listening.send("POST", Some(&signed("whsec_anotherSecretAltogether", now(), &body)), bytes),
        400
    );
    assert!(listening.note().contains("none of its signatures"));
    assert_eq!(listening.send("POST", Some(&signed(SECRET, now() - 400, &body)), bytes), 400);
    assert!(listening.note().contains("s ago, and 300 s are the most"));
    assert_eq!(listening.send("GET", Some(&genuine), b""), 405);
    assert_eq!(listening.send("POST", Some(&genuine), &vec![b' '; 3 << 20]), 413);
    assert!(listening.note().contains("larger than 1048576 bytes"));
    // And it goes on.
    assert_eq!(listening.deliver(&body), 200);
    let line: serde_json::Value = serde_json::from_str(&listening.line()).unwrap();
    assert_eq!(
        (&line["event"], &line["taken"], &line["object_id"]),
        (&"evt_1".into(), &"new".into(), &"ch_1".into())
    );
    assert!(!line.to_string().contains("Ada"));
}

#[test]
fn where_others_can_connect_and_without_a_secret_it_does_not_listen() {
    let home = tempfile::tempdir().unwrap();
    let said = |line: &str, secret: Option<&str>| {
        let mut command = command(&home, line);
        command.envs(secret.map(|secret| ("STRIPE_WEBHOOK_SECRET", secret)));
        let output = command.output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, err) = said("webhook --listen 0.0.0.0:0", Some(SECRET));
    assert!(code == 2 && err.contains("--beyond-this-machine"), "{err}");
    let (code, err) = said("webhook", None);
    assert!(code == 7 && err.contains("there is no signing secret for profile default"), "{err}");
    let (code, err) = said("webhook", Some("sk_test_51AbCdEfGhIjKlMnOp4f2a"));
    assert!(
        code == 7 && err.contains("sk_test_…4f2a is no signing secret") && !err.contains("51AbCd"),
        "{err}"
    );
    let file = home.path().join("secret");
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        let (code, err) = said(&format!("webhook --secret-file {}", file.display()), None);
        assert!(code == 7 && err.contains("chmod 600"), "{err}");
    }
    let (code, err) = said("webhook --secret-file /nowhere/at/all", None);
    assert!(code == 7 && err.contains("/nowhere/at/all"), "{err}");
}
