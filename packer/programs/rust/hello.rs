// Serves a greeting on port 80.
use std::io::{Read, Write};
use std::net::TcpListener;

const ANSWER: &[u8] = b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 16\r\n\r\nHello from Rust\n";

fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("0.0.0.0:80")?;
    println!("listening on port 80");
    for client in listener.incoming() {
        let answered = client.and_then(|mut c| {
            let mut request = [0; 4096];
            c.read(&mut request)?;
            c.write_all(ANSWER)
        });
        if let Err(e) = answered {
            eprintln!("answering: {e}");
        }
    }
    Ok(())
}
