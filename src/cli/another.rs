//! The promise that a further action is one literal: the one that tests have more stands on every page that is made from the
//! catalogue, with its summary and its parameters; it runs as `paydesk run` and as an assistant's tool call from end to end, is
//! denied by its gate, and stands in the audit trail.

#[cfg(test)]
mod tests {
    use std::{path::Path, sync::Arc};

    use clap::Parser as _;
    use serde_json::{Value, json};
    use tokio::io::{
        AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, Lines, ReadHalf, WriteHalf,
    };

    use super::super::{
        Cli, actions, complete, dispatch,
        exit::Failed,
        man,
        out::{Done, Out},
        run, setup,
    };
    use crate::{
        actions::{Action, find},
        config::Environment,
        mcp::{self, Assistant},
        pages,
        policy::ASSISTANT,
        sandbox::{self, Running},
        stripe::Transport,
    };

    fn another() -> &'static Action {
        find("delete_invoice_item").unwrap()
    }

    #[test]
    fn it_stands_on_every_page() {
        let action = another();
        let all = pages::actions();
        assert!(all.contains("| [delete_invoice_item](#delete_invoice_item) |"), "{all}");
        let own = all.split("\n## ").find(|part| part.starts_with("delete_invoice_item\n")).unwrap();
        for part in [
            action.summary,
            "`DELETE /v1/invoiceitems/{id}`",
            "permission `invoice_item:write`",
            "policy gate `invoices_write`",
            "key `x` on an invoice item",
            "| `invoice_item` | **required**, invoice item id |",
            "paydesk run delete_invoice_item invoice_item=",
        ] {
            assert!(own.contains(part), "{part}: {own}");
        }
        let keys = pages::keys();
        assert!(keys.contains(&format!("| `x` | invoice item | {} |", action.summary)), "{keys}");
        // Every role has it, among what it needs a permission for or among what its rules leave out.
        let permissions = pages::permissions();
        for role in permissions.split("\n## ").skip(1) {
            assert!(role.contains("[delete_invoice_item](ACTIONS.md#delete_invoice_item)"), "{role}");
        }
    }

    #[test]
    fn it_stands_wherever_the_command_line_lists_actions() {
        let action = another();
        let manual = man::man().unwrap().result.to_string();
        assert!(manual.contains("delete_invoice_item") && manual.contains(action.summary), "{manual}");
        let listed = actions::actions().result;
        let listed = listed.as_array().unwrap().iter().find(|one| one["name"] == action.name).unwrap();
        assert_eq!((&listed["path"], &listed["key"]), (&"/v1/invoiceitems/{id}".into(), &"x".into()));
        assert_eq!(listed["parameters"][0]["name"], "invoice_item");
        for line in ["paydesk run delete_inv", "paydesk run delete_invoice_item inv"] {
            let found = complete::completed(line);
            let wanted = if line.ends_with(" inv") { "invoice_item=" } else { action.name };
            assert_eq!(found, [wanted], "{line}");
        }
        let help = run::help(&run::Args { action: None, ..asked() }).unwrap().unwrap().result.to_string();
        assert!(help.contains(action.name), "{help}");
        let own = run::help(&asked()).unwrap().unwrap().result;
        assert_eq!(own["summary"], action.summary);
    }

    /// `paydesk run delete_invoice_item --help`
    fn asked() -> run::Args {
        run::Args { action: Some(another().name.to_owned()), help: true, ..run::Args::default() }
    }

    const RULES: &str = "version = 1\ninvoices = { change = true, max_item = { usd = \"50.00\" } }\n\
        assistant.actions = [\"create_invoice_item\", \"delete_invoice_item\"]\n";
    /// Who may not change invoices.
    const CLOSED: &str = "version = 1\nassistant.actions = [\"delete_invoice_item\"]\n";

    /// A Stripe stand-in, and a home with rules.
    struct World {
        running: Running,
        home: tempfile::TempDir,
    }

    impl World {
        async fn new() -> Self {
            let options = sandbox::Options { seed: 7, customers: 5, ..sandbox::Options::default() };
            let world =
                Self { running: sandbox::start(options).await.unwrap(), home: tempfile::tempdir().unwrap() };
            let config = "version = 1\n[desk]\npolicy = \"policy.toml\"\n";
            std::fs::write(world.home.path().join("config.toml"), config).unwrap();
            world.rules(RULES);
            world
        }

        fn rules(&self, rules: &str) {
            std::fs::write(self.home.path().join("policy.toml"), rules).unwrap();
        }

        fn environment(&self) -> Environment {
            let text = |path: &Path| path.to_str().unwrap().to_owned();
            let (data, config) = (self.home.path().join("data"), self.home.path().join("config.toml"));
            Environment::of(&[
                ("STRIPE_API_KEY", self.running.secret_key()),
                ("STRIPE_API_BASE", self.running.base_url()),
                ("PAYDESK_DATA_DIR", &text(&data)),
                ("PAYDESK_CONFIG", &text(&config)),
                ("PAYDESK_AGENT", "maya"),
                ("HOME", &text(self.home.path())),
            ])
        }

        async fn run(&self, line: &str) -> Result<Done, Failed> {
            let cli = Cli::try_parse_from(format!("paydesk {line}").split(' ')).unwrap();
            let done = Box::pin(dispatch(&cli, self.environment(), Out { json: true })).await;
            done.map(|done| done.unwrap())
        }

        /// An amount of Ada's that waits for her next invoice.
        async fn item(&self) -> String {
            let line =
                "run create_invoice_item customer=ada@example.com amount=5 description=seat --yes --repeat";
            self.run(line).await.unwrap().result["id"].as_str().unwrap().to_owned()
        }

        async fn is_there(&self, item: &str) -> bool {
            let path = format!("/v1/invoiceitems/{item}");
            let request = crate::request::Request::get("/v1/invoiceitems/{id}", &[item]);
            let cli = Cli::try_parse_from(["paydesk", "actions"]).unwrap();
            let connected = setup(&cli.global, self.environment()).unwrap().connect().await.unwrap();
            let read = crate::stripe::read(&*connected.transport, &request, crate::stripe::Priority::Waiting);
            let there = read.await.is_ok();
            assert!(self.running.requests().iter().any(|seen| seen.path == path));
            there
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn it_runs_as_paydesk_run_is_denied_by_its_gate_and_stands_in_the_trail() {
        let world = World::new().await;
        let item = world.item().await;
        world.rules(CLOSED);
        let line = format!("run delete_invoice_item invoice_item={item} --yes");
        let Err(Failed::Denied(decision)) = world.run(&line).await else { panic!("it is not denied") };
        assert!(decision.denial().contains("may not change invoices"), "{}", decision.denial());
        assert!(world.is_there(&item).await);
        world.rules(RULES);
        let done = world.run(&line).await.unwrap();
        assert_eq!((done.action.as_str(), &done.result["deleted"]), ("delete_invoice_item", &json!(true)));
        assert!(!world.is_there(&item).await);
        let trail = world.run("audit list").await.unwrap().result;
        let last = trail.as_array().unwrap().iter().rfind(|record| record["event"] == "settled").unwrap();
        assert_eq!(
            (&last["action"], &last["agent"]),
            (&json!("delete_invoice_item"), &json!("maya")),
            "{last}"
        );
        let whole = world.run(&format!("audit show {}", last["intent"].as_str().unwrap())).await.unwrap();
        assert!(whole.result.to_string().contains("it comes on no invoice"), "{}", whole.result);
    }

    /// An assistant's side of the conversation.
    struct Client {
        input: WriteHalf<DuplexStream>,
        output: Lines<BufReader<ReadHalf<DuplexStream>>>,
    }

    impl Client {
        async fn new(world: &World) -> Self {
            let cli = Cli::try_parse_from(["paydesk", "mcp"]).unwrap();
            let mut setup = setup(&cli.global, world.environment()).unwrap();
            ASSISTANT.clone_into(&mut setup.config.agent.value);
            let connected = setup.connect().await.unwrap();
            let over: Arc<dyn Transport> = Arc::clone(&connected.transport) as Arc<dyn Transport>;
            let assistant = Assistant::new(Arc::clone(&connected.gate), over, connected.zone.clone());
            let (here, there) = tokio::io::duplex(1 << 20);
            let (input, output) = tokio::io::split(there);
            tokio::spawn(mcp::serve(Arc::new(assistant), input, output));
            let (output, input) = tokio::io::split(here);
            let mut client = Self { input, output: BufReader::new(output).lines() };
            let hello = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
            client.ask("initialize", &hello).await;
            client.says(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
            client
        }

        async fn says(&mut self, message: &Value) {
            self.input.write_all(format!("{message}\n").as_bytes()).await.unwrap();
        }

        async fn ask(&mut self, method: &str, params: &Value) -> Value {
            self.says(&json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})).await;
            let line = self.output.next_line().await.unwrap().unwrap();
            serde_json::from_str::<Value>(&line).unwrap()["result"].clone()
        }

        async fn takes_back(&mut self, item: &str) -> Value {
            let call = json!({"name": "delete_invoice_item", "arguments": {"invoice_item": item}});
            self.ask("tools/call", &call).await["structuredContent"].clone()
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn it_is_a_tool_call_that_waits_for_a_person_who_confirms_it() {
        let world = World::new().await;
        let item = world.item().await;
        let mut client = Client::new(&world).await;
        // What cannot be taken back is not done by an assistant alone.
        let asked = client.takes_back(&item).await;
        assert_eq!(asked["state"], "waiting", "{asked}");
        assert!(asked.to_string().contains("it comes on no invoice"), "{asked}");
        assert!(world.is_there(&item).await);
        let proposal = asked["proposal"].as_str().unwrap();
        world.run(&format!("approve {proposal} --yes")).await.unwrap();
        assert!(!world.is_there(&item).await);
        let call = json!({"name": "proposal_status", "arguments": {"proposal": proposal}});
        let status = client.ask("tools/call", &call).await;
        assert_eq!(status["structuredContent"]["state"], "done");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn its_gate_denies_it_to_an_assistant_too() {
        let world = World::new().await;
        let item = world.item().await;
        world.rules(CLOSED);
        let said = Client::new(&world).await.takes_back(&item).await;
        assert_eq!(
            (&said["error"]["kind"], &said["error"]["rule"]),
            (&json!("denied"), &json!("invoices.change")),
            "{said}"
        );
        assert!(world.is_there(&item).await);
    }
}
