//! What is at which path: requests in, answers out. Connections are not known here.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::answer;
use crate::engine::About;
use crate::guard::Guard;
use crate::held::Held;
use crate::metrics::Metrics;
use crate::page;
use crate::problem::Problem;
use crate::question::{Parameters, Question};
use crate::queue::{Queue, Refusal};
use crate::server::Limits;

/// The header that says what the reader of BioC JSON did not keep.
const LEFT_OUT: &str = "welt-left-out";

/// What requests need.
pub struct ServerState {
    pub queue: Queue,
    pub metrics: Metrics,
    pub guard: Guard,
    pub limits: Limits,
    pub about: About,
    /// KiB of bodies that are read, waited for or answered.
    pub room: Arc<Semaphore>,
    /// Whether the server is to end: what it still answers closes its connection.
    pub is_ending: AtomicBool,
}

impl ServerState {
    /// Room in memory for a body, as long as it is held; a body that does not say how large it is may be as large as any.
    fn room_for(&self, body: &Body) -> Result<OwnedSemaphorePermit, Problem> {
        let size = axum::body::HttpBody::size_hint(body).exact().map_or(self.limits.body_bytes, |size| size as usize);
        let kibibytes = u32::try_from(size.min(self.limits.body_bytes).div_ceil(1024)).unwrap_or(u32::MAX);
        Arc::clone(&self.room).try_acquire_many_owned(kibibytes).map_err(|_| {
            let detail = "too many large requests are being read: try again later";
            Problem { retry_after: Some(1), ..Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail) }
        })
    }
}

/// All paths.
pub fn router(server: Arc<ServerState>) -> Router {
    let mut router = Router::new()
        .route("/v1/tag", post(tag))
        .route("/v1/model", get(model))
        .route("/metrics", get(metrics))
        .route_layer(middleware::from_fn_with_state(Arc::clone(&server), with_token))
        .route("/healthz", get(health));
    for (path, kind, text) in page::FILES {
        router = router.route(path, get(move || async move { page::file(kind, text) }));
    }
    router
        .fallback(|| async { Problem::new(StatusCode::NOT_FOUND, "nothing is here; /openapi.json says what is where") })
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "the path is asked in another way; /openapi.json says how")
        })
        .layer(middleware::from_fn_with_state(Arc::clone(&server), around))
        .with_state(server)
}

/// What is done around every request.
async fn around(State(server): State<Arc<ServerState>>, request: Request, next: Next) -> Response {
    let mut response = match server.guard.check_host(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    if server.is_ending.load(Ordering::Relaxed) {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    server.metrics.answered(response.status().as_u16());
    response
}

async fn with_token(State(server): State<Arc<ServerState>>, request: Request, next: Next) -> Response {
    match server.guard.check_token(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

async fn tag(
    State(server): State<Arc<ServerState>>,
    parameters: Result<Query<Parameters>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let Query(parameters) = parameters.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.body_text()))?;
    check_kind(&headers)?;
    let room = server.room_for(&body)?;
    let body = read(body, &server.limits).await?;
    // Large bodies take a while, in which others are to be heard.
    let question = tokio::task::spawn_blocking(move || Question::read(&body, parameters)).await;
    let question =
        question.map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the body could not be read"))?;
    let Question { documents, shape, left_out } = question?;
    let receiver = server.queue.submit(documents.clone()).map_err(Problem::from)?;
    let found = timeout(server.limits.answer_within, receiver).await.map_err(|_| {
        let seconds = server.limits.answer_within.as_secs_f64();
        Problem::new(
            StatusCode::GATEWAY_TIMEOUT,
            format!("there was no answer within {seconds} s: send fewer documents"),
        )
    })?;
    let failed = |reason: String| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, reason);
    let found = found.map_err(|_| failed("the server ends".to_owned()))?.map_err(failed)?;
    let body = answer::body(&server.about.model, shape, documents, &found)
        .map_err(|error| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))?;
    let mut response =
        ([(header::CONTENT_TYPE, "application/json")], Body::new(Held::new(body.into(), room))).into_response();
    if let Some(value) =
        Some(left_out).filter(|text| !text.is_empty()).and_then(|text| HeaderValue::from_str(&text).ok())
    {
        response.headers_mut().insert(LEFT_OUT, value);
    }
    Ok(response)
}

/// Pages of other sites can send anything but JSON without asking first.
fn check_kind(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let name = kind.split(';').next().unwrap_or_default().trim();
    if name.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let detail = format!("the body is said to be `{}`, expected Content-Type: application/json", name.escape_debug());
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail))
}

/// A body that is whole, small enough and quick enough.
async fn read(body: Body, limits: &Limits) -> Result<axum::body::Bytes, Problem> {
    let most = limits.body_bytes;
    let too_large = || {
        let detail = format!("the body is larger than {most} bytes: send fewer documents at a time");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
    };
    if axum::body::HttpBody::size_hint(&body).lower() > most as u64 {
        return Err(too_large());
    }
    let read = timeout(limits.body_within, to_bytes(body, most)).await.map_err(|_| {
        let seconds = limits.body_within.as_secs_f64();
        Problem::new(StatusCode::REQUEST_TIMEOUT, format!("the body did not come within {seconds} s"))
    })?;
    read.map_err(|error| {
        let mut source: Option<&(dyn std::error::Error + 'static)> = Some(&error);
        while let Some(inner) = source {
            if inner.to_string() == "length limit exceeded" {
                return too_large();
            }
            source = inner.source();
        }
        Problem::new(StatusCode::BAD_REQUEST, format!("the body could not be read: {error}"))
    })
}

async fn model(State(server): State<Arc<ServerState>>) -> axum::Json<About> {
    axum::Json(server.about.clone())
}

async fn metrics(State(server): State<Arc<ServerState>>) -> Response {
    let text = server.metrics.text(server.queue.waiting());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

/// Whether requests are welcome; not any more once the server is to end.
async fn health(State(server): State<Arc<ServerState>>) -> Response {
    let (status, says) = match server.is_ending.load(Ordering::Relaxed) {
        false => (StatusCode::OK, "ok\n"),
        true => (StatusCode::SERVICE_UNAVAILABLE, "ending\n"),
    };
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], says).into_response()
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let (detail, retry_after) = match refusal {
            Refusal::Full { retry_after } => ("too many requests wait: try again later", retry_after),
            Refusal::Closed => ("the server ends: try again when it is back", 5),
        };
        Self { retry_after: Some(retry_after), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, detail) }
    }
}
