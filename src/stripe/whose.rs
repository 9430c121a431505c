//! Whose key it is: told by the account that it may read, or by Stripe's own sentence while it refuses to show it.

use super::{ErrorKind, Failure, Priority, Transport, read};
use crate::{
    model::{Account, Record},
    request::Request,
};

/// What Stripe tells of the account that a key reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    Account(Box<Record<Account>>),
    /// Only its id.
    Named(String),
    /// Nothing: why nothing may rest on this key, and what would help.
    Untold(String),
}

impl Whose {
    /// `acct_…`
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Account(account) => Some(account.id.as_str()),
            Self::Named(id) => Some(id),
            Self::Untold(_) => None,
        }
    }
}

/// Asks. A restricted key often may not read its account; the refusal names it all the same, as a rule. An account that
/// the settings name and the key does not reach is a failure.
pub async fn whose(transport: &dyn Transport, priority: Priority) -> Result<Whose, Failure> {
    match read(transport, &Request::get("/v1/account", &[]), priority).await {
        Ok(reply) => match Record::<Account>::parse(reply.body) {
            Ok(account) if !account.id.as_str().is_empty() => Ok(Whose::Account(Box::new(account))),
            _ => Err(Failure::Unreadable {
                status: reply.status,
                reason: "it is no account: is this Stripe?".into(),
                headers: Box::new(reply.headers),
            }),
        },
        Err(Failure::Refused(error))
            if error.error_kind() == ErrorKind::Permission && error.unreached_account().is_none() =>
        {
            Ok(match error.refusing_account() {
                Some(id) => Whose::Named(id.to_owned()),
                None => Whose::Untold(untold(error.missing_permission())),
            })
        }
        Err(failure) => Err(failure),
    }
}

fn untold(permission: Option<&str>) -> String {
    let grant = permission.unwrap_or("to read its account");
    format!(
        "it cannot be told whose key this is: reading works, changes are refused; give the key the permission {grant}, \
         or use another"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stripe::{ApiError, Attempt, Headers, Reply, Urgency};

    struct Says(Result<&'static str, (u16, &'static str)>);

    impl Transport for Says {
        fn attempt<'a>(&'a self, _request: &'a Request, _urgency: Urgency) -> Attempt<'a> {
            Box::pin(async move {
                match self.0 {
                    Ok(body) => Ok(Reply { status: 200, headers: Headers::default(), body: body.into() }),
                    Err((status, message)) => {
                        let error = ApiError { status, message: message.into(), ..ApiError::default() };
                        Err(Failure::Refused(Box::new(error)))
                    }
                }
            })
        }
    }

    async fn told(answer: Result<&'static str, (u16, &'static str)>) -> Result<Whose, Failure> {
        whose(&Says(answer), Priority::Waiting).await
    }

    #[tokio::test]
    async fn the_account_is_read_or_named_by_the_refusal() {
        assert_eq!(told(Ok(r#"{"id":"acct_1"}"#)).await.unwrap().id(), Some("acct_1"));
        let refusal = "The provided key 'rk_test_****abcd' does not have the required permissions for this endpoint on \
                       account 'acct_2'. Having the 'rak_account_read' permission would allow this request to continue.";
        assert_eq!(told(Err((403, refusal))).await, Ok(Whose::Named("acct_2".into())));
    }

    #[tokio::test]
    async fn a_key_that_does_not_tell_is_taken_for_nobodys() {
        for refusal in [
            "the required permissions are not available for use by restricted keys",
            "The provided key does not have the required permissions for this endpoint on account 'acct_'.",
        ] {
            let told = told(Err((403, refusal))).await.unwrap();
            assert_eq!(told.id(), None, "{refusal}");
            assert!(matches!(&told, Whose::Untold(why) if why.contains("cannot be told whose key this is")));
        }
        assert!(matches!(told(Err((401, "Invalid API Key"))).await, Err(Failure::Refused(_))));
        let unreached = "The provided key 'rk_test_****abcd' does not have access to account 'acct_3' (or that account does not exist).";
        let refused = told(Err((403, unreached))).await;
        assert!(
            matches!(refused, Err(Failure::Refused(error)) if error.unreached_account() == Some("acct_3"))
        );
        for body in ["[]", "{}", "3"] {
            assert!(matches!(told(Ok(body)).await, Err(Failure::Unreadable { .. })), "{body}");
        }
    }
}
