//! Connections: a socket that listens in, answers out, until the server is asked to end and all that was taken is answered.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::engine::Engine;
use crate::guard::Guard;
use crate::metrics::Metrics;
use crate::queue::Queue;
use crate::routes::{ServerState, router};
use crate::stream::ReadByClient;

/// How much a server takes on. Everything beyond is refused, and nothing is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the largest body.
    pub body_bytes: usize,
    /// Bytes of all bodies that are read, waited for or answered at a time, at least those of the largest.
    pub bytes_at_once: usize,
    /// Characters that wait or are being tagged, of all requests.
    pub waiting_characters: usize,
    /// Characters of the requests that are tagged together.
    pub characters_together: usize,
    /// Connections at a time; more wait until one is closed.
    pub connections: usize,
    /// Groups of requests that are tagged side by side.
    pub workers: usize,
    /// The time that a client has for the head of a request.
    pub head_within: Duration,
    /// The time that a client has for the body.
    pub body_within: Duration,
    /// The time that a client has to read something of an answer.
    pub read_within: Duration,
    /// The time from the whole request to its answer.
    pub answer_within: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 8 << 20,
            bytes_at_once: 256 << 20,
            waiting_characters: 16 << 20,
            characters_together: 1 << 16,
            connections: 1024,
            workers: 2,
            head_within: Duration::from_secs(10),
            body_within: Duration::from_secs(30),
            read_within: Duration::from_secs(30),
            answer_within: Duration::from_secs(120),
        }
    }
}

/// How long connections that are open have for one more request once the server is asked to end.
const LINGER: Duration = Duration::from_millis(500);

/// Serves until `stop` is ready and every request that was taken is answered.
///
/// # Errors
/// A socket that cannot be used, threads that cannot be started.
pub fn serve(
    listener: std::net::TcpListener,
    engine: &dyn Engine,
    guard: Guard,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let server = Arc::new(ServerState {
        queue: Queue::new(limits.waiting_characters, limits.characters_together),
        metrics: Metrics::default(),
        guard,
        limits,
        about: engine.about(),
        room: Arc::new(Semaphore::new(limits.bytes_at_once.max(limits.body_bytes).div_ceil(1024))),
        is_ending: AtomicBool::new(false),
    });
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    thread::scope(|scope| {
        for _ in 0..limits.workers.max(1) {
            scope.spawn(|| server.queue.work(engine, &server.metrics));
        }
        let served = runtime.block_on(connections(listener, &server, stop));
        server.queue.close();
        served
    })
}

async fn connections(
    listener: std::net::TcpListener,
    server: &Arc<ServerState>,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let router = router(Arc::clone(server));
    let open = Arc::new(Semaphore::new(server.limits.connections));
    let graceful = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let room = tokio::select! {
            room = Arc::clone(&open).acquire_owned() => room.map_err(io::Error::other)?,
            () = &mut stop => break,
        };
        let stream = tokio::select! {
            stream = listener.accept() => stream,
            () = &mut stop => break,
        };
        match stream {
            Ok((stream, _)) => spawn(stream, router.clone(), server, &graceful, room),
            // The client has gone already, or there are no files left: the next one may have more luck.
            Err(_) => sleep(Duration::from_millis(20)).await,
        }
    }
    server.is_ending.store(true, Ordering::Relaxed);
    // Those who connected before have a right to an answer, and nobody connects any more.
    while let Ok(Ok((stream, _))) = timeout(Duration::from_millis(5), listener.accept()).await {
        let Ok(room) = Arc::clone(&open).try_acquire_owned() else { break };
        spawn(stream, router.clone(), server, &graceful, room);
    }
    drop(listener);
    sleep(LINGER).await;
    let longest = server.limits.body_within + server.limits.answer_within;
    let _ = timeout(longest, graceful.shutdown()).await;
    Ok(())
}

/// Answers the requests of a connection.
fn spawn(
    stream: TcpStream,
    router: Router,
    server: &ServerState,
    graceful: &GracefulShutdown,
    room: tokio::sync::OwnedSemaphorePermit,
) {
    let _ = stream.set_nodelay(true);
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(server.limits.head_within);
    let connection = builder.serve_connection(
        TokioIo::new(ReadByClient::new(stream, server.limits.read_within)),
        TowerToHyperService::new(router),
    );
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        // A connection that breaks concerns nobody but its client.
        let _ = connection.await;
        drop(room);
    });
}
