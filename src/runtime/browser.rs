//! Opening a page of the Dashboard in the agent's browser, and nothing else.

use std::process::{Command, Stdio};

use crate::config::environment::{KEY_VARIABLE, WEBHOOK_VARIABLE};

const OPENER: &str = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };

/// Only pages of the Dashboard, with nothing in them that a shell or an opener could read otherwise.
pub fn is_dashboard(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|parsed| {
        parsed.scheme() == "https"
            && parsed.host_str() == Some("dashboard.stripe.com")
            && parsed.port().is_none()
            && parsed.username().is_empty()
            && parsed.password().is_none()
            && parsed.as_str() == url
            && url.bytes().all(|byte| byte.is_ascii_graphic())
    })
}

/// Starts the opener and does not wait for it. What it says is lost: the screen is not its own.
pub fn open(url: &str) -> Result<String, String> {
    if !is_dashboard(url) {
        return Err("only pages of dashboard.stripe.com are opened".into());
    }
    let started = Command::new(OPENER)
        .arg(url)
        .env_remove(KEY_VARIABLE)
        .env_remove(WEBHOOK_VARIABLE)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let mut child = started.map_err(|error| format!("no browser could be opened ({OPENER}: {error})"))?;
    // Somebody has to hear of its end, or it stays as a zombie.
    std::thread::spawn(move || child.wait());
    Ok("opened in the browser".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_dashboard_is_opened() {
        assert!(is_dashboard("https://dashboard.stripe.com/test/payments/ch_1"));
        for url in [
            "http://dashboard.stripe.com/x",
            "https://dashboard.stripe.com.evil.example/x",
            "https://dashboard.stripe.com@evil.example/x",
            "https://dashboard.stripe.com:8443/x",
            "https://dashboard.stripe.com/ x",
            "--help",
            "file:///etc/passwd",
        ] {
            assert!(!is_dashboard(url), "{url}");
            assert!(open(url).is_err());
        }
    }
}
