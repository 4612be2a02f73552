//! Runs the fake API until standard input ends; the first line of output is its URL.

use std::error::Error;
use std::io::{Write as _, copy, sink, stdin, stdout};

use fake_api::Server;

fn main() -> Result<(), Box<dyn Error>> {
    let port = port(std::env::args().skip(1).collect())?;
    let server = Server::try_start(port)?;
    let mut out = stdout();
    writeln!(out, "{}", server.url())?;
    out.flush()?;
    copy(&mut stdin(), &mut sink())?;
    Ok(())
}

/// Reads `[--port N]`.
fn port(arguments: Vec<String>) -> Result<u16, Box<dyn Error>> {
    match arguments.as_slice() {
        [] => Ok(0),
        [name, port] if name == "--port" => Ok(port.parse()?),
        _ => Err("usage: fake_api [--port N]".into()),
    }
}
