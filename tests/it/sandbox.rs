//! `paydesk sandbox` as a server of its own: its flags, asked by plain HTTP.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

/// The server; it ends with the test.
struct Server {
    child: Child,
    address: String,
    key: String,
}

impl Server {
    fn start(flags: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_paydesk"))
            .args(["sandbox", "--json", "--customers", "20"])
            .args(flags.split_whitespace())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let text = |name: &str| said["result"][name].as_str().unwrap().to_owned();
        let address = text("base_url").trim_start_matches("http://").to_owned();
        Self { child, address, key: text("secret_key") }
    }

    fn ask(&self, method: &str, path: &str, form: &str) -> Value {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let (key, length) = (&self.key, form.len());
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nAuthorization: Bearer {key}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {length}\r\n\r\n{form}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    /// How many customers a search finds under a name that one of them was given just now.
    fn found_at_once(&self) -> usize {
        let listed = self.ask("GET", "/v1/customers?email=grace@example.com", "");
        let id = listed["data"][0]["id"].as_str().unwrap().to_owned();
        let named = self.ask("POST", &format!("/v1/customers/{id}"), "name=Zebulon");
        assert_eq!(named["name"], "Zebulon");
        let found = self.ask("GET", "/v1/customers/search?query=name~%22zebulon%22", "");
        found["data"].as_array().unwrap_or_else(|| panic!("{found}")).len()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn search_is_behind_as_long_as_it_is_told() {
    assert_eq!(Server::start("").found_at_once(), 0);
    assert_eq!(Server::start("--search-lag 600000").found_at_once(), 0);
    assert_eq!(Server::start("--search-lag 0").found_at_once(), 1);
    let help = Command::new(env!("CARGO_BIN_EXE_paydesk")).args(["sandbox", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("--search-lag <MS>") && help.contains("[default: 5000]"), "{help}");
}
