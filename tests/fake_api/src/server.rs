//! The server: connections, and the way from a request to its answer.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};

use crate::api;
use crate::body::Steps;
use crate::by_hand;
use crate::control::{self, Control};
use crate::reply::{Delivery, Reply};
use crate::socket::{Shared, Socket};
use crate::state::State;

/// Everything that the connections share.
#[derive(Default)]
pub(crate) struct App {
    states: Mutex<HashMap<String, Arc<State>>>,
    connections: AtomicUsize,
}

impl App {
    /// The state of a scenario, made on first use.
    pub(crate) fn state(&self, scenario: &str) -> Arc<State> {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(state) = states.get(scenario) {
            return state.clone();
        }
        let state = Arc::new(State::new(scenario));
        states.insert(scenario.to_owned(), state.clone());
        state
    }

    /// The connections so far.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Accepts connections for ever.
pub(crate) async fn accept(listener: TcpListener, app: Arc<App>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                app.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(connection(stream, app.clone()));
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn connection(stream: TcpStream, app: Arc<App>) {
    let _ = stream.set_nodelay(true);
    let socket = Socket::new(stream);
    let io = TokioIo::new(Shared(socket.clone()));
    let service = service_fn(move |request| serve(request, app.clone(), socket.clone()));
    let builder = auto::Builder::new(TokioExecutor::new());
    let _ = builder.serve_connection(io, service).await;
}

/// Splits a path into the scenario and the rest.
fn split(path: &str) -> (&str, &str) {
    let bare = path.trim_start_matches('/');
    if bare.starts_with("api/") || bare.starts_with("__") {
        return ("", bare);
    }
    bare.split_once('/').unwrap_or((bare, ""))
}

/// An error closes the connection without an answer.
async fn serve(
    request: Request<Incoming>,
    app: Arc<App>,
    socket: Arc<Socket>,
) -> io::Result<Response<Steps>> {
    let path = request.uri().path().to_owned();
    let (scenario, rest) = split(&path);
    if rest.starts_with("__") {
        let state = app.state(scenario);
        return serve_control(request, rest, &state, &app).await;
    }
    if rest == "api" || rest.starts_with("api/") {
        return serve_api(request, rest, &app.state(scenario), &socket).await;
    }
    Reply::error(404, "Not Found").send(None).await
}

async fn serve_api(
    request: Request<Incoming>,
    rest: &str,
    state: &Arc<State>,
    socket: &Socket,
) -> io::Result<Response<Steps>> {
    let in_flight = state.enter();
    let uri = request.uri();
    let request = api::Request {
        method: request.method().to_string(),
        path: format!("/{rest}"),
        query: uri.query().unwrap_or_default().to_owned(),
        target: uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
        headers: request.headers().clone(),
    };
    let answer = match socket.is_stale(state) {
        true => Reply::none().into(),
        false => api::answer(state, &request),
    };
    state.record(request.entry(&answer, in_flight.count));
    // Even a sleep of no time at all may last a millisecond.
    if let Some(latency) = state.latency() {
        tokio::time::sleep(latency).await;
    }
    match answer.reply.delivery {
        Delivery::ByHand(how) => return Err(by_hand::send(socket, &answer.reply, how).await),
        Delivery::Stale => socket.go_stale(state),
        _ => {}
    }
    answer.reply.send(Some(in_flight)).await
}

async fn serve_control(
    request: Request<Incoming>,
    rest: &str,
    state: &State,
    app: &App,
) -> io::Result<Response<Steps>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let control = Control {
        method: head.method.as_str(),
        path: rest,
        query: head.uri.query().unwrap_or_default(),
        body: &body,
        connections: app.connections(),
    };
    control::answer(state, &control).send(None).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_segment_is_the_scenario() {
        assert_eq!(split("/api/v2/deals"), ("", "api/v2/deals"));
        assert_eq!(split("/deals=5/api/v2/deals/a%2Fb"), ("deals=5", "api/v2/deals/a%2Fb"));
        assert_eq!(split("/__log"), ("", "__log"));
        assert_eq!(split("/id=x/__items/deals"), ("id=x", "__items/deals"));
        assert_eq!(split("/what"), ("what", ""));
    }
}
