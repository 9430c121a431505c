//! Lists and searches as streams of pages: each page is asked for when it is wanted, no object comes twice, and after a
//! failure the stream goes on where it stopped.

use super::{Failure, Priority, Reply, Transport, read};
use crate::{
    model::{List, Listed, Page, Record},
    request::Request,
};

/// Rows that [`Pages::let_go`] keeps.
const KEPT: usize = 1_000;

/// A stream of pages over one list or search. Walking a long list is best done as [`Priority::Prefetch`], which
/// leaves room for what an agent asks meanwhile.
pub struct Pages<'a, T> {
    transport: &'a dyn Transport,
    request: Request,
    priority: Priority,
    list: List<T>,
    done: bool,
}

impl<T> std::fmt::Debug for Pages<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages")
            .field("endpoint", &self.request.endpoint)
            .field("rows", &self.list.rows.len())
            .field("done", &self.done)
            .finish_non_exhaustive()
    }
}

impl<'a, T: Listed> Pages<'a, T> {
    /// `request` is a list or a search from its beginning; its `limit` is the size of a page.
    pub fn new(transport: &'a dyn Transport, request: Request, priority: Priority) -> Self {
        for ours in ["starting_after", "ending_before", "page"] {
            assert!(request.param(ours).is_none(), "{ours} is set by the stream");
        }
        Self { transport, request, priority, list: List::default(), done: false }
    }

    /// What came so far.
    pub fn list(&self) -> &List<T> {
        &self.list
    }

    /// The rows that the next page brought; `None` after the last. After a failure the same page can be asked for again,
    /// unless the server itself makes no sense, which ends the stream.
    pub async fn next(&mut self) -> Option<Result<&[Record<T>], Failure>> {
        if self.done {
            return None;
        }
        let request = self.request.clone().on_from(self.list.next());
        let came = match read(self.transport, &request, self.priority).await {
            Ok(reply) => self.take(&reply),
            Err(failure) => Err(failure),
        };
        Some(came.map(|new| {
            let known = self.list.rows.len().saturating_sub(new);
            self.list.rows.get(known..).unwrap_or_default()
        }))
    }

    /// Lets go of all rows but the newest thousand, against which twins are still found: a list without end takes no more room
    /// than that.
    pub fn let_go(&mut self) {
        let old = self.list.rows.len().saturating_sub(KEPT);
        self.list.rows.drain(..old);
    }

    /// Everything, or as much of it as `most` pages hold: then `has_more` says so.
    pub async fn all(mut self, most: usize) -> Result<List<T>, Failure> {
        for _ in 0..most {
            match self.next().await {
                Some(page) => page.map(|_rows| ())?,
                None => break,
            }
        }
        Ok(self.list)
    }

    fn take(&mut self, reply: &Reply) -> Result<usize, Failure> {
        let broken = |reason: String| Failure::Unreadable {
            status: reply.status,
            reason,
            headers: Box::new(reply.headers.clone()),
        };
        let page = Page::parse(&reply.body).map_err(|_shape| broken("it is not a list".to_owned()))?;
        let new = self.list.extend(page);
        self.done = !self.list.has_more || new.is_err();
        new.map_err(|stuck| broken(stuck.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::Mutex,
        task::{Context, Waker},
    };

    use super::*;
    use crate::{
        model::Charge,
        stripe::{ApiError, Attempt, Headers, Urgency},
    };

    /// A list of numbered objects, served as Stripe does, with a script of interruptions.
    #[derive(Default)]
    struct Shelf {
        ids: Mutex<Vec<String>>,
        asked: Mutex<Vec<String>>,
        instead: Mutex<Vec<(usize, Result<&'static str, Failure>)>>,
        /// The question, counted from 0, whose answer never comes.
        hangs: Option<usize>,
    }

    impl Shelf {
        fn of(n: usize) -> Self {
            let ids = (0..n).rev().map(|n| format!("ch_{n}")).collect();
            Self { ids: Mutex::new(ids), ..Self::default() }
        }

        /// The `at`th question, counted from 0, is answered so.
        fn instead(self, at: usize, with: Result<&'static str, Failure>) -> Self {
            self.instead.lock().unwrap().push((at, with));
            self
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
            let object = if request.is_search() { "search_result" } else { "list" };
            let data = data.join(",");
            Ok(format!(r#"{{"object":"{object}","data":[{data}],"has_more":{more},"next_page":{token}}}"#))
        }
    }

    impl Transport for Shelf {
        fn attempt<'a>(&'a self, request: &'a Request, _: Urgency) -> Attempt<'a> {
            if self.hangs == Some(self.asked.lock().unwrap().len()) {
                self.asked.lock().unwrap().push(request.target());
                return Box::pin(std::future::pending());
            }
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
        Request::get("/v1/charges", &[]).with("customer", "cus_1").with("limit", 100)
    }

    fn search() -> Request {
        Request::get("/v1/charges/search", &[]).with("query", "amount>1").with("limit", 100)
    }

    fn pages(shelf: &Shelf, request: Request) -> Pages<'_, Charge> {
        Pages::new(shelf, request, Priority::Prefetch)
    }

    async fn all(mut pages: Pages<'_, Charge>) -> Vec<String> {
        let mut ids = Vec::new();
        while let Some(page) = pages.next().await {
            ids.extend(page.unwrap().iter().map(|row| row.id.to_string()));
        }
        ids
    }

    async fn next(pages: &mut Pages<'_, Charge>) -> usize {
        pages.next().await.unwrap().unwrap().len()
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
    async fn a_list_that_is_let_go_of_still_comes_whole_and_once() {
        let shelf = Shelf::of(2_350);
        let mut pages = pages(&shelf, list());
        let (mut came, mut most) = (Vec::new(), 0);
        while let Some(page) = pages.next().await {
            came.extend(page.unwrap().iter().map(|row| row.id.to_string()));
            pages.let_go();
            most = most.max(pages.list().rows.len());
        }
        assert_eq!((came, most), (shelf.ids.lock().unwrap().clone(), KEPT));
    }

    #[tokio::test]
    async fn a_search_is_walked_by_its_token() {
        let shelf = Shelf::of(250);
        assert_eq!(all(pages(&shelf, search())).await.len(), 250);
        assert!(shelf.asked.lock().unwrap()[1].ends_with("limit=100&page=token_100"));
    }

    #[tokio::test]
    async fn what_is_made_meanwhile_is_not_seen_twice() {
        let shelf = Shelf::of(250);
        let mut pages = pages(&shelf, search());
        let first = next(&mut pages).await;
        // A token counts from the top, so that three new ones push three old ones onto the next page again.
        for new in ["ch_a", "ch_b", "ch_c"] {
            shelf.ids.lock().unwrap().insert(0, new.into());
        }
        assert_eq!((first, next(&mut pages).await), (100, 97));
        assert_eq!(all(pages).await.len(), 53);
    }

    #[tokio::test]
    async fn what_is_made_meanwhile_leaves_a_list_without_doubles_and_gaps() {
        let shelf = Shelf::of(250);
        let before = shelf.ids.lock().unwrap().clone();
        let mut pages = pages(&shelf, list());
        let mut seen: Vec<String> = Vec::new();
        for new in ["ch_a", "ch_b", "ch_c"] {
            seen.extend(pages.next().await.unwrap().unwrap().iter().map(|row| row.id.to_string()));
            // Above the cursor: the next page begins behind it all the same.
            shelf.ids.lock().unwrap().insert(0, new.into());
        }
        assert_eq!(seen, before);
        assert!(pages.next().await.is_none());
    }

    #[tokio::test]
    async fn a_walk_that_was_given_up_goes_on_from_where_it_was() {
        let shelf = Shelf { hangs: Some(1), ..Shelf::of(250) };
        let before = shelf.ids.lock().unwrap().clone();
        let mut pages = pages(&shelf, list());
        assert_eq!(next(&mut pages).await, 100);
        {
            let given_up = std::pin::pin!(pages.next());
            assert!(given_up.poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        shelf.ids.lock().unwrap().insert(0, "ch_new".into());
        let first: Vec<String> = pages.list().rows.iter().map(|row| row.id.to_string()).collect();
        let rest = all(pages).await;
        assert_eq!([first, rest].concat(), before);
        let asked = shelf.asked.lock().unwrap();
        assert_eq!((asked.len(), &asked[1]), (4, &asked[2]), "the page that never came is asked for again");
    }

    #[tokio::test]
    async fn a_failed_page_can_be_asked_for_again() {
        let shelf = Shelf::of(250).instead(1, Err(missing()));
        let mut pages = pages(&shelf, list());
        assert_eq!(next(&mut pages).await, 100);
        assert_eq!(pages.next().await.unwrap().unwrap_err(), missing());
        assert_eq!(all(pages).await.len(), 150);
    }

    #[tokio::test]
    async fn a_cursor_that_is_gone_is_reported() {
        let shelf = Shelf::of(250);
        let mut pages = pages(&shelf, list());
        assert_eq!(next(&mut pages).await, 100);
        shelf.ids.lock().unwrap().retain(|id| id != "ch_150");
        assert_eq!(pages.next().await.unwrap().unwrap_err(), missing());
    }

    #[tokio::test]
    async fn a_walk_ends_where_it_was_told_to_and_says_so() {
        let shelf = Shelf::of(250);
        let some = pages(&shelf, list()).all(2).await.unwrap();
        assert_eq!((some.rows.len(), some.has_more), (200, true));
        let all = pages(&shelf, list()).all(9).await.unwrap();
        assert_eq!((all.rows.len(), all.has_more), (250, false));
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
            let shelf = Shelf::of(250).instead(1, Ok(body));
            let mut pages = pages(&shelf, list());
            assert_eq!(next(&mut pages).await, 100);
            let failure = pages.next().await.unwrap().unwrap_err();
            assert!(failure.to_string().contains("leads no further"), "{body}: {failure}");
            assert!(pages.next().await.is_none());
        }
        let body = r#"{"object":"search_result","data":[{"id":"ch_1"}],"has_more":true,"next_page":null}"#;
        let shelf = Shelf::of(250).instead(0, Ok(body));
        assert!(pages(&shelf, search()).next().await.unwrap().is_err());
    }

    #[tokio::test]
    async fn what_is_no_list_is_no_page() {
        for body in [r#"{"object":"charge"}"#, r#"{"data":{},"has_more":false}"#] {
            let shelf = Shelf::of(5).instead(0, Ok(body));
            let mut pages = pages(&shelf, list());
            assert!(matches!(pages.next().await, Some(Err(Failure::Unreadable { .. }))), "{body}");
            // The next try is answered well.
            assert_eq!(next(&mut pages).await, 5);
        }
    }

    #[tokio::test]
    async fn objects_are_kept_as_they_were_written() {
        let body = r#"{"data":[{"id":"ch_\u0031", "new":{"z":1,"a":2}},7],"has_more":false}"#;
        let shelf = Shelf::of(5).instead(0, Ok(body));
        let list = pages(&shelf, list()).all(1).await.unwrap();
        assert_eq!((list.rows[0].id.as_str(), list.unreadable), ("ch_1", 1));
        assert_eq!(&**list.rows[0].raw(), r#"{"id":"ch_\u0031", "new":{"z":1,"a":2}}"#);
    }
}
