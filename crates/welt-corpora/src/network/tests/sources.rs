//! The way from a manifest to a corpus over a network: which servers are asked, and what is kept of their answers.

use std::fs;

use super::fetching::HASTY;
use super::server::{Server, behave, reply};
use crate::manifest::Manifest;
use crate::network::Client;
use crate::outcome::{Outcome, State};
use crate::tests::packed::zipped;
use crate::tests::stand_in::{Bench, DEV, NEVER, TEST, TRAIN, conll};
use crate::workshop::Origin;

/// What becomes of a corpus whose files are fetched.
fn online(bench: &mut Bench, manifest: &Manifest) -> Outcome {
    bench.obtain(Origin::Network(Client::new(HASTY, None, None, &NEVER).unwrap()), manifest)
}

#[test]
fn a_second_source_stands_in_for_the_first() {
    let mut bench = Bench::new();
    let server = Server::start(|asked, stream| match asked.path() {
        "/good/data/train.tsv" => behave(asked, stream, "\"1\"", TRAIN.as_bytes()),
        "/good/data/devel.tsv" => behave(asked, stream, "\"1\"", DEV.as_bytes()),
        "/good/data/test.tsv" => behave(asked, stream, "\"1\"", TEST.as_bytes()),
        _ => reply(stream, "404 Not Found", "Content-Length: 0\r\n", b""),
    });
    let mut manifest = conll(&server.url("bad"));
    manifest.sources.extend(conll(&server.url("good")).sources);
    manifest.sources[1].title = "Others".to_owned();
    let outcome = online(&mut bench, &manifest);
    assert_eq!((&outcome.state, outcome.source.as_deref()), (&State::Verified, Some("Others")));
    bench.check_splits();
    let asked = server.asked().len();
    fs::remove_dir_all(bench.at("out/a")).unwrap();
    assert_eq!(online(&mut bench, &manifest).state, State::Verified);
    // What was fetched is kept; what was not there is asked for again.
    assert_eq!(server.asked().len() - asked, 1);
}

#[test]
fn a_wrong_file_without_a_checksum_is_not_kept() {
    let mut bench = Bench::new();
    let server = Server::start(|asked, stream| {
        let train = if asked.count == 0 { DEV } else { TRAIN };
        let text = match asked.path() {
            "/data/train.tsv" => train,
            "/data/devel.tsv" => DEV,
            _ => TEST,
        };
        behave(asked, stream, "\"1\"", text.as_bytes());
    });
    let manifest = conll(server.url("").trim_end_matches('/'));
    let outcome = online(&mut bench, &manifest);
    assert!(matches!(outcome.state, State::Differs(_)), "{outcome:?}");
    assert_eq!(online(&mut bench, &manifest).state, State::Verified);
}

#[test]
fn a_page_instead_of_an_archive_is_not_kept() {
    let mut bench = Bench::new();
    let server = Server::start(|asked, stream| {
        let page = b"<html>Please log in</html>".to_vec();
        let archive = zipped(&[("train.txt", TRAIN), ("dev.txt", DEV), ("test.txt", TEST)]);
        behave(asked, stream, "\"1\"", if asked.count == 0 { &page } else { &archive });
    });
    let mut manifest = conll(server.url("").trim_end_matches('/'));
    for file in &mut manifest.sources[0].files {
        file.url = server.url("x.zip");
        file.member = Some(format!("{}.txt", file.split));
    }
    let outcome = online(&mut bench, &manifest);
    assert!(matches!(outcome.state, State::Failed(_)), "{outcome:?}");
    assert_eq!(online(&mut bench, &manifest).state, State::Verified);
    // One request an archive, not one a split.
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn a_silent_host_is_asked_once() {
    let mut bench = Bench::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut manifest = conll(&format!("http://{free}"));
    manifest.sources.extend(manifest.sources.clone());
    let outcome = online(&mut bench, &manifest);
    let State::Missing(reasons) = outcome.state else { panic!("{outcome:?}") };
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert!(reasons[1].ends_with("gives no answer"), "{reasons:?}");
}
