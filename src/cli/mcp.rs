//! `paydesk mcp`: serves an assistant over stdin and stdout, with a gate like everybody's and rules of its own.

use std::sync::Arc;

use super::{exit::Failed, stop::Stop, wire::Setup};
use crate::{
    mcp::{self, Assistant},
    policy::ASSISTANT,
    stripe::Transport,
};

/// Serve an assistant: the actions as tools, over stdin and stdout (Model Context Protocol)
#[derive(Debug, clap::Args)]
#[command(
    after_help = "It reads, and changes what [assistant] in the policy lists. What has to be confirmed waits for a person at \
                        the desk. It acts as the agent `assistant`, whoever starts it."
)]
pub struct Args {}

pub(super) async fn mcp(_args: &Args, mut setup: Setup) -> Result<(), Failed> {
    ASSISTANT.clone_into(&mut setup.config.agent.value);
    let mut stop = Stop::listen()?;
    let connected = stop.reading(setup.connect()).await?;
    let over: Arc<dyn Transport> = Arc::clone(&connected.transport) as Arc<dyn Transport>;
    let assistant = Arc::new(
        Assistant::new(Arc::clone(&connected.gate), over, connected.zone.clone())
            .telling(connected.languages.clone()),
    );
    let served = async {
        mcp::serve(assistant, tokio::io::stdin(), tokio::io::stdout()).await;
        Ok(())
    };
    stop.changing(&connected.gate, Box::pin(served)).await
}
