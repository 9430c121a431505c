//! Lists and searches as streams of pages: each page is asked for when it is wanted, no object comes twice, and a stream
//! can be taken up again where it stopped.

use std::{borrow::Cow, collections::HashSet, sync::Arc};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Failure, Priority, Reply, Transport, read};
use crate::{request::Request, time::Unix};

/// The most that Stripe gives at once.
pub const PAGE_MOST: u32 = 100;

/// One object of a list as Stripe wrote it; whoever knows its type parses it.
#[derive(Clone, PartialEq, Eq)]
pub struct Item {
    /// Empty for the few objects that have none.
    pub id: String,
    pub json: Arc<str>,
}

impl std::fmt::Debug for Item {
    /// Objects carry customers' data and stay out of logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Item({}, {} bytes)", self.id, self.json.len())
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Newest first, without those that an earlier page brought.
    pub items: Vec<Item>,
    pub has_more: bool,
    /// What Stripe says the whole holds: only of a search that asked for it.
    pub total_count: Option<u64>,
    pub request_id: Option<String>,
    /// Stripe's clock when it answered.
    pub date: Option<Unix>,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
    has_more: bool,
    #[serde(borrow, default)]
    next_page: Option<Cow<'a, str>>,
    #[serde(default)]
    total_count: Option<u64>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
}

/// A stream of pages over one list or search. Walking a long list is best done as [`Priority::Prefetch`], which
/// leaves room for what an agent asks meanwhile.
pub struct Pages {
    transport: Arc<dyn Transport>,
    request: Request,
    priority: Priority,
    cursor: Option<String>,
    seen: HashSet<Box<str>>,
    done: bool,
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages")
            .field("endpoint", &self.request.endpoint)
            .field("cursor", &self.cursor)
            .field("seen", &self.seen.len())
            .field("done", &self.done)
            .finish_non_exhaustive()
    }
}

impl Pages {
    /// `limit` is the size of a page, 1 to 100. `request` is a list or a search without `limit` or cursor of its own.
    pub fn new(transport: Arc<dyn Transport>, request: Request, limit: u32, priority: Priority) -> Self {
        assert!(!request.is_write(), "a list is read");
        for ours in ["limit", "starting_after", "ending_before", "page"] {
            assert!(request.param(ours).is_none(), "{ours} is set by the stream");
        }
        let request = request.with("limit", limit.clamp(1, PAGE_MOST));
        Self { transport, request, priority, cursor: None, seen: HashSet::new(), done: false }
    }

    /// As [`Pages::new`], going on after `cursor`, which [`Pages::cursor`] gave.
    pub fn resume(
        transport: Arc<dyn Transport>,
        request: Request,
        limit: u32,
        priority: Priority,
        cursor: &str,
    ) -> Self {
        Self { cursor: Some(cursor.to_owned()), ..Self::new(transport, request, limit, priority) }
    }

    /// The id (of a search: the token) after which the next page begins; `None` before the first page.
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// Nothing more will come.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// Objects delivered so far.
    pub fn delivered(&self) -> usize {
        self.seen.len()
    }

    /// The next page; `None` after the last. After a failure the same page can be asked for again, unless the server
    /// itself makes no sense, which ends the stream.
    pub async fn next(&mut self) -> Option<Result<Page, Failure>> {
        if self.done {
            return None;
        }
        let mut request = self.request.clone();
        if let Some(cursor) = &self.cursor {
            let name = if request.is_search() { "page" } else { "starting_after" };
            request = request.with(name, cursor);
        }
        match read(&*self.transport, &request, self.priority).await {
            Ok(reply) => Some(self.page(&reply)),
            Err(failure) => Some(Err(failure)),
        }
    }

    fn page(&mut self, reply: &Reply) -> Result<Page, Failure> {
        let broken = |reason: &str| Failure::Unreadable {
            status: reply.status,
            reason: reason.to_owned(),
            headers: Box::new(reply.headers.clone()),
        };
        let Ok(body) = serde_json::from_str::<Body<'_>>(&reply.body) else {
            return Err(broken("it is not a list"));
        };
        let came = body.data.len();
        let mut items = Vec::with_capacity(came);
        let mut last = None;
        for raw in body.data {
            let Ok(named) = serde_json::from_str::<Named<'_>>(raw.get()) else {
                return Err(broken("the list holds something that is no object"));
            };
            let id = named.id.unwrap_or_default();
            last = Some(id.clone().into_owned()).filter(|id| !id.is_empty());
            items.push(Item { id: id.into_owned(), json: raw.get().into() });
        }
        let next = if self.request.is_search() { body.next_page.map(Cow::into_owned) } else { last };
        // Only now, when nothing can fail any more on this page's own account, does the stream move.
        items.retain(|item| item.id.is_empty() || self.seen.insert(item.id.as_str().into()));
        if body.has_more {
            let stuck = next.is_none() || next == self.cursor || (came > 0 && items.is_empty());
            if stuck {
                self.done = true;
                return Err(broken("it says that there is more, but leads no further"));
            }
            self.cursor = next;
        } else {
            self.done = true;
            self.cursor = next.or_else(|| self.cursor.take());
        }
        Ok(Page {
            items,
            has_more: body.has_more,
            total_count: body.total_count,
            request_id: reply.headers.request_id.clone(),
            date: reply.headers.date,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::stripe::{ApiError, Attempt, Headers};

    /// A list of numbered objects, served as Stripe does, with a script of interruptions.
    #[derive(Default)]
    struct Shelf {
        ids: Mutex<Vec<String>>,
        asked: Mutex<Vec<String>>,
        instead: Mutex<Vec<(usize, Result<&'static str, Failure>)>>,
    }

    impl Shelf {
        fn of(n: usize) -> Arc<Self> {
            let ids = (0..n).rev().map(|n| format!("ch_{n}")).collect();
            Arc::new(Self { ids: Mutex::new(ids), ..Self::default() })
        }

        /// The `at`th question, counted from 0, is answered so.
        fn instead(self: &Arc<Self>, at: usize, with: Result<&'static str, Failure>) -> Arc<Self> {
            self.instead.lock().unwrap().push((at, with));
            Arc::clone(self)
        }

        fn answer(&self, request: &Request) -> Result<String, Failure> {
            let at = {
                let mut asked = self.asked.lock().unwrap();
                asked.push(request.target());
                asked.len() - 1
            };
            if let Some((_, answer)) = self.instead.lock().unwrap().iter().find(|(which, _)| *which == at) {
                return answer.clone().map(ToOwned::to_owned);
            }
            let ids = self.ids.lock().unwrap();
            let limit: usize = request.param("limit").unwrap().parse().unwrap();
            let from = match (request.param("starting_after"), request.param("page")) {
                (Some(after), _) => match ids.iter().position(|id| id == after) {
                    Some(at) => at + 1,
                    None => return Err(missing()),
                },
                (None, Some(token)) => token.strip_prefix("token_").unwrap().parse().unwrap(),
                (None, None) => 0,
            };
            let until = (from + limit).min(ids.len());
            let data: Vec<_> =
                ids[from..until].iter().map(|id| format!(r#"{{"object":"x","id":"{id}"}}"#)).collect();
            let more = until < ids.len();
            let token = if more { format!(r#""token_{until}""#) } else { "null".into() };
            Ok(format!(r#"{{"data":[{}],"has_more":{more},"next_page":{token}}}"#, data.join(",")))
        }
    }

    impl Transport for Shelf {
        fn attempt<'a>(&'a self, request: &'a Request, _: Priority) -> Attempt<'a> {
            let reply = self.answer(request).map(|body| Reply {
                status: 200,
                headers: Headers::default(),
                body: body.into(),
            });
            Box::pin(std::future::ready(reply))
        }
    }

    fn missing() -> Failure {
        Failure::Refused(Box::new(ApiError {
            status: 404,
            kind: "invalid_request_error".into(),
            code: Some("resource_missing".into()),
            ..ApiError::default()
        }))
    }

    fn list() -> Request {
        Request::get("/v1/charges", &[]).with("customer", "cus_1")
    }

    fn pages(shelf: &Arc<Shelf>, request: Request) -> Pages {
        Pages::new(Arc::clone(shelf) as Arc<dyn Transport>, request, 100, Priority::Prefetch)
    }

    async fn all(mut pages: Pages) -> Vec<String> {
        let mut ids = Vec::new();
        while let Some(page) = pages.next().await {
            ids.extend(page.unwrap().items.into_iter().map(|item| item.id));
        }
        ids
    }

    #[tokio::test]
    async fn a_list_is_walked_to_its_end_by_the_last_id() {
        let shelf = Shelf::of(250);
        assert_eq!(all(pages(&shelf, list())).await, *shelf.ids.lock().unwrap());
        assert_eq!(
            *shelf.asked.lock().unwrap(),
            [
                "/v1/charges?customer=cus_1&limit=100",
                "/v1/charges?customer=cus_1&limit=100&starting_after=ch_150",
                "/v1/charges?customer=cus_1&limit=100&starting_after=ch_50",
            ]
        );
        assert!(all(pages(&Shelf::of(0), list())).await.is_empty());
        assert_eq!(all(pages(&Shelf::of(100), list())).await.len(), 100);
    }

    #[tokio::test]
    async fn a_search_is_walked_by_its_token() {
        let shelf = Shelf::of(250);
        let search = Request::get("/v1/charges/search", &[]).with("query", "amount>1");
        assert_eq!(all(pages(&shelf, search)).await.len(), 250);
        assert!(shelf.asked.lock().unwrap()[1].ends_with("limit=100&page=token_100"));
    }

    #[tokio::test]
    async fn what_is_made_meanwhile_is_not_seen_twice() {
        let shelf = Shelf::of(250);
        let search = Request::get("/v1/charges/search", &[]).with("query", "amount>1");
        let mut pages = pages(&shelf, search);
        let first = pages.next().await.unwrap().unwrap();
        // A token counts from the top, so that three new ones push three old ones onto the next page again.
        for new in ["ch_a", "ch_b", "ch_c"] {
            shelf.ids.lock().unwrap().insert(0, new.into());
        }
        let second = pages.next().await.unwrap().unwrap();
        assert_eq!((first.items.len(), second.items.len()), (100, 97));
        assert_eq!(all(pages).await.len(), 53);
    }

    #[tokio::test]
    async fn a_stream_is_taken_up_where_it_stopped() {
        let shelf = Shelf::of(250);
        let mut first = pages(&shelf, list());
        assert_eq!(first.cursor(), None);
        let page = first.next().await.unwrap().unwrap();
        assert_eq!((page.items.len(), page.has_more), (100, true));
        let cursor = first.cursor().unwrap();
        let transport = Arc::clone(&shelf) as Arc<dyn Transport>;
        let rest = all(Pages::resume(transport, list(), 100, Priority::Prefetch, cursor)).await;
        assert_eq!((rest.len(), &*rest[0]), (150, "ch_149"));
    }

    #[tokio::test]
    async fn a_failed_page_can_be_asked_for_again() {
        let shelf = Shelf::of(250).instead(1, Err(missing()));
        let mut pages = pages(&shelf, list());
        let _first = pages.next().await.unwrap().unwrap();
        assert_eq!(pages.next().await.unwrap().unwrap_err(), missing());
        assert_eq!(pages.cursor(), Some("ch_150"));
        assert_eq!(all(pages).await.len(), 150);
    }

    #[tokio::test]
    async fn a_cursor_that_is_gone_is_reported() {
        let shelf = Shelf::of(250);
        let mut pages = pages(&shelf, list());
        let _first = pages.next().await.unwrap().unwrap();
        shelf.ids.lock().unwrap().retain(|id| id != "ch_150");
        assert_eq!(pages.next().await.unwrap().unwrap_err(), missing());
    }

    #[tokio::test]
    async fn a_server_that_leads_nowhere_is_left() {
        let nowhere = [
            r#"{"data":[],"has_more":true}"#,
            r#"{"data":[{"object":"x"}],"has_more":true}"#,
            r#"{"data":[{"id":"ch_249"},{"id":"ch_150"}],"has_more":true}"#,
            r#"{"data":[{"id":"ch_200"}],"has_more":true}"#,
        ];
        for body in nowhere {
            let mut pages = pages(&Shelf::of(250).instead(1, Ok(body)), list());
            let _first = pages.next().await.unwrap().unwrap();
            let failure = pages.next().await.unwrap().unwrap_err();
            assert!(failure.to_string().contains("leads no further"), "{body}: {failure}");
            assert!(pages.next().await.is_none());
        }
        let search = Request::get("/v1/charges/search", &[]).with("query", "x");
        let body = r#"{"data":[{"id":"ch_1"}],"has_more":true,"next_page":null}"#;
        let mut pages = pages(&Shelf::of(250).instead(0, Ok(body)), search);
        assert!(pages.next().await.unwrap().is_err());
    }

    #[tokio::test]
    async fn what_is_no_list_is_no_page() {
        for body in
            [r#"{"object":"charge"}"#, r#"{"data":[1],"has_more":false}"#, r#"{"data":{},"has_more":false}"#]
        {
            let mut pages = pages(&Shelf::of(5).instead(0, Ok(body)), list());
            assert!(matches!(pages.next().await, Some(Err(Failure::Unreadable { .. }))), "{body}");
            // The next try is answered well.
            assert_eq!(pages.next().await.unwrap().unwrap().items.len(), 5);
        }
    }

    #[tokio::test]
    async fn objects_are_kept_as_they_were_written() {
        let body = r#"{"data":[{"id":"ch_\u0031", "amount": 1.50,"new":{"z":1,"a":2}}],"has_more":false,"total_count":1}"#;
        let mut pages = pages(&Shelf::of(5).instead(0, Ok(body)), list());
        let page = pages.next().await.unwrap().unwrap();
        assert_eq!((&*page.items[0].id, page.total_count), ("ch_1", Some(1)));
        assert_eq!(&*page.items[0].json, r#"{"id":"ch_\u0031", "amount": 1.50,"new":{"z":1,"a":2}}"#);
        assert_eq!(format!("{:?}", page.items), "[Item(ch_1, 54 bytes)]");
        assert_eq!((pages.delivered(), pages.is_done()), (1, true));
    }
}
