//! A model over HTTP: what the program answers, whom it refuses, and that it ends when it is asked to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Stdio};

use expect_test::expect;
use serde_json::Value;

use crate::folder::Bench;

/// The address that a server says it listens at.
fn address(said: &mut BufReader<ChildStderr>) -> String {
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    line.trim().trim_end_matches('/').rsplit_once("http://").unwrap_or_else(|| panic!("{line}")).1.to_owned()
}

/// The status and the body of the answer to a text.
fn tag(address: &str, text: &str) -> (u16, Value) {
    let body = serde_json::json!({ "text": text }).to_string();
    let head = "Host: localhost\r\nContent-Type: application/json\r\nConnection: close";
    let request = format!("POST /v1/tag HTTP/1.1\r\n{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(body).unwrap())
}

/// A server that ends with its test, also where that fails.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already where all went well.
        let _ = self.0.kill();
    }
}

#[cfg(unix)]
fn ask_to_end(child: &Child) {
    let kill = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(kill.unwrap().success());
}

/// The entities of the server are those of `welt predict`, and it ends without a failure.
#[cfg(unix)]
#[test]
fn a_model_is_served_until_it_is_asked_to_end() {
    let bench = Bench::with_run();
    let mut command = bench.command("serve --model run/model --shift O=-3 --address 127.0.0.1:0");
    let mut server = Server(command.stderr(Stdio::piped()).spawn().unwrap());
    let mut said = BufReader::new(server.0.stderr.take().unwrap());
    let address = address(&mut said);
    let text = "No sign of ataxia.\r\nThe 𝛽-thalassaemia and gout.";
    let (status, answer) = tag(&address, text);
    assert_eq!((status, &answer["model"], &answer["reading"]["sentences"]), (200, &"run/model".into(), &2.into()));

    bench.write("one.txt", text);
    bench
        .run("predict --model run/model --shift O=-3 --from plain-text --to entities one.txt -o one.jsonl -q")
        .succeeded();
    let lines = bench.read("one.jsonl");
    let predicted: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let served = answer["entities"].as_array().unwrap();
    assert!(!served.is_empty() && served.len() == predicted.len(), "{answer} {lines}");
    for (served, predicted) in served.iter().zip(&predicted) {
        for key in ["start", "end", "text", "type", "score"] {
            assert_eq!(served[key], predicted[key], "{key}");
        }
    }

    ask_to_end(&server.0);
    assert_eq!(server.0.wait().unwrap().code(), Some(0));
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("all requests that were taken are answered"), "{rest}");
}

#[test]
fn wrong_usage_is_told() {
    let bench = Bench::new();
    bench.write("two.txt", "two words");
    bench.write("none.txt", " \n");
    expect![[r#"
        $ welt serve --model encoder --address 0.0.0.0:0
        error: --address 0.0.0.0:0 can be reached from elsewhere: name a --token-file, or listen at 127.0.0.1
        $ welt serve --model encoder --address 127.0.0.1:0 --token-file two.txt
        error: two.txt: the token is not one word of ASCII, which is all that a header can hold
        $ welt serve --model encoder --address 127.0.0.1:0 --token-file none.txt
        error: none.txt: the token is empty, expected one that nobody guesses
        $ welt serve --model encoder --address 127.0.0.1:0 --token-file nowhere.txt
        error: --token-file nowhere.txt: expected a file with the token, as one word of ASCII: No such file or directory (os error 2)
        $ welt serve --model nowhere/at/all --address 127.0.0.1:0
        error: nowhere/at/all: there is no such folder: expected the directory of a model, with config.json, a model of the Hub as OWNER/NAME or OWNER/NAME@REVISION, or one of biobert, bluebert, pubmedbert, scibert, bioelectra, biomed-roberta, camembert-bio, deberta-v3, bioclinical-modernbert; check the path
    "#]].assert_eq(&bench.refusals(&[
        "serve --model encoder --address 0.0.0.0:0",
        "serve --model encoder --address 127.0.0.1:0 --token-file two.txt",
        "serve --model encoder --address 127.0.0.1:0 --token-file none.txt",
        "serve --model encoder --address 127.0.0.1:0 --token-file nowhere.txt",
        "serve --model nowhere/at/all --address 127.0.0.1:0",
    ]));
    for (flag, value) in [("--address", "localhost:80"), ("--max-waiting", "0")] {
        let ran = bench.run(&format!("serve --model encoder {flag} {value}"));
        assert!(ran.code == Some(2) && ran.err.contains(&format!("'{value}' for '{flag} <")), "{}", ran.err);
    }
}
