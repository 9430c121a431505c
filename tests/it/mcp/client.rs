//! The assistant's side of the conversation.

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

use crate::harness::command::Case;

pub(super) const POLICY: &str = r#"version = 1
[refunds]
max = { usd = "60.00", eur = "450.00", jpy = "50000", gbp = "400.00" }
automatic = { usd = "20.00" }
reason = "optional"
daily_cap = { per_agent = { usd = "2000.00" } }
[subscriptions]
cancel = ["period_end"]
[assistant]
actions = ["refund_charge", "cancel_subscription"]
"#;

pub(super) fn case() -> Case {
    let case = Case::new();
    std::fs::write(case.home.path().join("policy.toml"), POLICY).unwrap();
    let config = "version = 1\n[desk]\npolicy = \"policy.toml\"\n";
    std::fs::write(case.home.path().join("config.toml"), config).unwrap();
    case
}

pub(crate) struct Client {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    last: i64,
    heard: String,
}

impl Client {
    pub(super) fn silent(case: &Case) -> Self {
        let mut command = case.command("mcp");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, input, output, last: 0, heard: String::new() }
    }

    pub(crate) fn new(case: &Case) -> Self {
        let mut client = Self::silent(case);
        let hello = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}});
        let welcome = client.ask("initialize", &hello);
        assert_eq!(welcome["result"]["serverInfo"]["name"], "paydesk", "{welcome}");
        client.line(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        client
    }

    pub(super) fn line(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Nothing but messages comes, one a line.
    pub(super) fn hear(&mut self) -> Value {
        let mut line = String::new();
        assert!(self.output.read_line(&mut line).unwrap() > 0, "it ended");
        self.heard.push_str(&line);
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    pub(crate) fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.last += 1;
        self.line(
            &json!({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params}).to_string(),
        );
        let answer = self.hear();
        assert_eq!(answer["id"], self.last, "{answer}");
        answer
    }

    pub(super) fn call(&mut self, tool: &str, arguments: &Value) -> Value {
        let answer = self.ask("tools/call", &json!({"name": tool, "arguments": arguments}));
        let result = &answer["result"];
        let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
        assert_eq!(text, result["structuredContent"], "both forms say the same");
        result.clone()
    }

    #[track_caller]
    pub(crate) fn good(&mut self, tool: &str, arguments: &Value) -> Value {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], false, "{result}");
        result["structuredContent"].clone()
    }

    #[track_caller]
    pub(crate) fn bad(&mut self, tool: &str, arguments: &Value) -> Value {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], true, "{result}");
        result["structuredContent"]["error"].clone()
    }

    #[track_caller]
    pub(super) fn proposes(&mut self, tool: &str, arguments: &Value) -> String {
        let answer = self.good(tool, arguments);
        assert_eq!(answer["state"], "waiting", "{answer}");
        answer["proposal"].as_str().unwrap().to_owned()
    }

    pub(crate) fn status(&mut self, proposal: &str) -> Value {
        self.good("proposal_status", &json!({"proposal": proposal}))
    }

    pub(super) fn tools(&mut self) -> Vec<Value> {
        let answer = self.ask("tools/list", &json!({}));
        answer["result"]["tools"].as_array().unwrap().clone()
    }

    /// Told to end by the system: how it ended, and what it said of it.
    pub(super) fn ends(mut self, signal: &str) -> (Option<i32>, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        let code = self.child.wait().unwrap().code();
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (code, said)
    }

    /// Closes its input: it ends by itself.
    pub(crate) fn close(mut self) -> String {
        drop(self.input.take());
        let mut rest = String::new();
        while self.output.read_line(&mut rest).unwrap() > 0 {}
        assert!(self.child.wait().unwrap().success());
        self.heard + &rest
    }
}

pub(super) fn names(tools: &[Value]) -> BTreeSet<String> {
    tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
}
