//! A read that is tried again where that can help, over any transport.

use std::time::Duration;

use super::{
    Failure, Priority, Reply, Transport,
    retry::{self, Access, Next},
};
use crate::request::Request;

/// The last failure where all attempts failed.
pub async fn read(
    transport: &dyn Transport,
    request: &Request,
    priority: Priority,
) -> Result<Reply, Failure> {
    assert!(!request.is_write(), "a change is never sent by the read loop");
    let mut attempt = 1_u32;
    loop {
        let failure = match transport.attempt(request, priority).await {
            Ok(reply) => return Ok(reply),
            Err(failure) => failure,
        };
        match retry::decide(attempt, &failure, Access::Read, 0, false, fastrand::u16(0..=1_000)) {
            Next::Retry { after_ms } => tokio::time::sleep(Duration::from_millis(after_ms)).await,
            Next::Stop(_) => return Err(failure),
        }
        attempt = attempt.saturating_add(1);
    }
}
