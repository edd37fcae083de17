//! Models from the Hub and to it, with a server on this machine in the Hub's place.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use expect_test::{Expect, expect};
use safetensors::SafeTensors;
use serde_json::Value;

use crate::folder::{Bench, Ran, copy_folder, finish};
use crate::pretend_hub::{Answer, COMMIT, PretendHub, TOKEN};

const ID: &str = "lab/encoder";

/// A folder and a Hub that holds its encoder as `lab/encoder`, with weights drawn once.
struct Scene {
    bench: Bench,
    hub: PretendHub,
}

impl Scene {
    fn new() -> Self {
        static TRAINED: LazyLock<Bench> = LazyLock::new(Bench::with_run);
        let scene = Self { bench: Bench::new(), hub: PretendHub::start() };
        fs::create_dir(scene.bench.path("run")).unwrap();
        copy_folder(&TRAINED.path("run/model"), &scene.bench.path("run/model"));
        scene.hub.hold(ID, &scene.bench.path("run/model"));
        scene
    }

    /// The program, with the Hub of the scene and a cache in the folder.
    fn command(&self, arguments: &str) -> Command {
        let mut command = self.bench.command(arguments);
        command
            .env("HF_ENDPOINT", &self.hub.endpoint)
            .env("HF_HOME", self.bench.path("cache"))
            .env_remove("HF_HUB_OFFLINE");
        command
    }

    fn run(&self, arguments: &str) -> Ran {
        finish(&mut self.command(arguments))
    }

    fn offline(&self, arguments: &str) -> Ran {
        finish(self.command(arguments).env("HF_HUB_OFFLINE", "1"))
    }

    fn with_token(&self, arguments: &str) -> Ran {
        finish(self.command(arguments).env("HF_TOKEN", TOKEN))
    }

    /// What was asked since the last time, each as method and path, without repetitions.
    fn asked(&self) -> String {
        let mut lines: Vec<String> = self
            .hub
            .asked()
            .iter()
            .map(|asked| {
                let server = if asked.is_storage { "storage" } else { "hub" };
                let path = if asked.is_storage { "/HASH" } else { asked.path.as_str() };
                let range = asked.header("range").map(|range| format!(" {range}")).unwrap_or_default();
                format!("{server}: {} {path}{range}\n", asked.method)
            })
            .collect();
        lines.dedup();
        lines.concat()
    }

    /// A message without what differs from run to run.
    fn plain(&self, text: &str) -> String {
        let folder = fs::canonicalize(self.bench.path(".")).unwrap();
        text.replace(&self.hub.endpoint, "HUB")
            .replace(&self.hub.storage, "STORAGE")
            .replace(&folder.display().to_string(), "DIR")
    }

    #[track_caller]
    fn check_refused(&self, ran: &Ran, expected: &Expect) {
        expected.assert_eq(&format!("{}\n", self.plain(ran.refused())));
    }

    fn snapshot(&self) -> std::path::PathBuf {
        self.bench.path(&format!("cache/hub/models--lab--encoder/snapshots/{COMMIT}"))
    }
}

const PREDICT: &str = "predict --model lab/encoder test.tsv --quiet";

#[test]
fn a_model_is_fetched_once_and_then_needs_no_network() {
    let scene = Scene::new();
    let local = scene.bench.run("predict --model run/model test.tsv --quiet").succeeded();
    assert_eq!(scene.run(PREDICT).succeeded(), local);
    // Only what is needed, in the order in which it is cheapest to find that a model cannot be used.
    expect![[r#"
        hub: GET /api/models/lab/encoder/revision/main
        hub: HEAD /lab/encoder/resolve/0123456789abcdef0123456789abcdef01234567/config.json
        hub: GET /lab/encoder/resolve/0123456789abcdef0123456789abcdef01234567/config.json
        hub: HEAD /lab/encoder/resolve/0123456789abcdef0123456789abcdef01234567/tokenizer_config.json
        hub: GET /lab/encoder/resolve/0123456789abcdef0123456789abcdef01234567/tokenizer_config.json
        hub: HEAD /lab/encoder/resolve/0123456789abcdef0123456789abcdef01234567/special_tokens_map.json
        hub: GET /lab/encoder/resolve/0123456789abcdef0123456789abcdef01234567/special_tokens_map.json
        hub: HEAD /lab/encoder/resolve/0123456789abcdef0123456789abcdef01234567/tokenizer.json
        hub: GET /lab/encoder/resolve/0123456789abcdef0123456789abcdef01234567/tokenizer.json
        hub: HEAD /lab/encoder/resolve/0123456789abcdef0123456789abcdef01234567/model.safetensors
        storage: GET /HASH
    "#]]
    .assert_eq(&scene.asked());
    assert_eq!(scene.run(PREDICT).succeeded(), local);
    assert_eq!(scene.offline(PREDICT).succeeded(), local);
    assert_eq!(scene.run(&PREDICT.replace("encoder", &format!("encoder@{COMMIT}"))).succeeded(), local);
    assert_eq!(scene.asked(), "", "a model in the cache needs no call");
    // As Python's library lays it out.
    assert_eq!(scene.bench.read("cache/hub/models--lab--encoder/refs/main"), COMMIT);
    assert!(scene.snapshot().join("model.safetensors").is_file());
    // And asks for what is new only when told.
    let folder = scene.run(&format!("fetch {ID} --quiet")).succeeded();
    assert_eq!(fs::canonicalize(folder.trim()).unwrap(), fs::canonicalize(scene.snapshot()).unwrap());
    assert_eq!(scene.asked(), "hub: GET /api/models/lab/encoder/revision/main\n");
    assert_eq!(scene.offline(&format!("fetch {ID} --quiet")).succeeded(), folder);
}

#[test]
fn the_cache_is_where_the_environment_says() {
    let scene = Scene::new();
    let elsewhere = scene.bench.path("elsewhere");
    finish(scene.command(PREDICT).env("HF_HUB_CACHE", &elsewhere)).succeeded();
    assert!(elsewhere.join("models--lab--encoder/refs/main").is_file());
    assert!(!scene.bench.path("cache").exists());
}

#[test]
fn training_takes_a_model_of_the_hub_and_says_which() {
    let scene = Scene::new();
    let train = "train --train train.tsv --test test.tsv --epochs 1 --batch-size 8 --quiet";
    scene.bench.run(&format!("{train} --model run/model --output local")).succeeded();
    scene.run(&format!("{train} --model lab/encoder@half --output remote")).succeeded();
    assert_eq!(scene.bench.read("local/predictions/test.tsv"), scene.bench.read("remote/predictions/test.tsv"));
    let environment: Value = serde_json::from_str(&scene.bench.read("remote/environment.json")).unwrap();
    let hub = &environment["model"]["hub"];
    assert_eq!((&hub["id"], &hub["revision"], &hub["commit"]), (&ID.into(), &"half".into(), &COMMIT.into()));
    let card = scene.bench.read("remote/model/README.md");
    assert!(card.contains("\nbase_model: \"lab/encoder\"\n"), "{card}");
    assert!(card.contains(&format!("`lab/encoder` (commit {COMMIT})")), "{card}");
    let config: Value = serde_json::from_str(&scene.bench.read("remote/config.json")).unwrap();
    assert_eq!(config["model"], "lab/encoder@half");
}

#[test]
fn a_folder_wins_over_a_name() {
    let scene = Scene::new();
    fs::create_dir(scene.bench.path("lab")).unwrap();
    scene.bench.copy("run/model", "lab/encoder");
    scene.run(PREDICT).succeeded();
    assert_eq!(scene.asked(), "");
    fs::create_dir(scene.bench.path("biobert")).unwrap();
    let refused = scene.run("predict --model biobert test.tsv --quiet");
    assert!(refused.refused().contains("there is no config.json here, only nothing"), "{}", refused.err);
    assert_eq!(scene.asked(), "");
}

#[test]
fn cut_connections_go_on_where_they_stopped() {
    let scene = Scene::new();
    scene.hub.cut(&[150_000, 1, 20_000]);
    let local = scene.bench.run("predict --model run/model test.tsv --quiet").succeeded();
    assert_eq!(scene.run(PREDICT).succeeded(), local);
    let asked = scene.asked();
    let parts: Vec<&str> = asked.lines().filter_map(|line| line.strip_prefix("storage: GET /HASH ")).collect();
    assert_eq!(parts, ["bytes=150000-", "bytes=150001-", "bytes=170001-"]);
    assert_eq!(asked.lines().filter(|line| *line == "storage: GET /HASH").count(), 1);
}

#[test]
fn what_a_killed_run_fetched_is_not_fetched_again() {
    let scene = Scene::new();
    scene.hub.cut(&[100_000; 5]);
    // Every try brings something, so the run goes on; from the sixth on nothing more comes.
    scene.hub.rude(|asked, before| (asked.is_storage && before >= 5).then(|| Answer::status(503)));
    let refused = scene.run("fetch lab/encoder --quiet");
    let message = scene.plain(refused.refused());
    assert!(message.contains("model.safetensors does not arrive whole from HUB"), "{message}");
    assert!(message.ends_with("run it again later, it goes on where it stopped"), "{message}");
    scene.hub.rude(|_, _| None);
    scene.hub.cut(&[]);
    scene.asked();
    scene.run(PREDICT).succeeded();
    let asked = scene.asked();
    let starts: Vec<&str> = asked.lines().filter(|line| line.starts_with("storage")).collect();
    assert!(matches!(starts[..], [line] if line.ends_with("bytes=500000-")), "{starts:?}");
    assert!(!asked.contains("config.json"), "{asked}");
}

/// A server that answers a request for the rest with the whole, and one that sends other bytes than it promised.
#[test]
fn bytes_that_do_not_fit_are_fetched_again() {
    let scene = Scene::new();
    scene.hub.cut(&[100_000]);
    let whole = scene.hub.files(ID)["model.safetensors"].clone();
    scene.hub.rude(move |asked, before| (asked.is_storage && before == 1).then(|| Answer::of(200, &whole)));
    let local = scene.bench.run("predict --model run/model test.tsv --quiet").succeeded();
    // The second answer of the storage to a download is the whole file, behind the first 100,000 bytes.
    assert_eq!(scene.run(PREDICT).succeeded(), local);

    fs::remove_dir_all(scene.bench.path("cache")).unwrap();
    let other = vec![7; scene.hub.files(ID)["model.safetensors"].len()];
    scene.hub.asked();
    scene.hub.rude(move |asked, _| asked.is_storage.then(|| Answer::of(200, &other)));
    let ran = scene.run(PREDICT);
    assert!(ran.refused().contains("its SHA-256 is "), "{}", ran.err);
    assert!(!scene.snapshot().join("model.safetensors").exists(), "a file that is not what it should be was kept");
}

/// Weights in two files and an index.
fn parts(weights: &[u8]) -> Vec<(String, Vec<u8>)> {
    let tensors = SafeTensors::deserialize(weights).unwrap();
    let name = |index: usize| format!("model-0000{}-of-00002.safetensors", index % 2 + 1);
    let part = |wanted: usize| {
        let views = tensors.iter().enumerate().filter(|(index, _)| index % 2 == wanted).map(|(_, tensor)| tensor);
        (name(wanted), safetensors::serialize(views, None).unwrap())
    };
    let map: serde_json::Map<String, Value> =
        tensors.iter().enumerate().map(|(index, (tensor, _))| (tensor.to_owned(), name(index).into())).collect();
    let index = serde_json::json!({ "metadata": {}, "weight_map": map }).to_string().into_bytes();
    vec![part(0), part(1), ("model.safetensors.index.json".to_owned(), index)]
}

#[test]
fn models_in_every_form_are_fetched() {
    let scene = Scene::new();
    let weights = scene.hub.files(ID)["model.safetensors"].clone();
    // In parts, with a file that is not needed.
    scene.hub.change(ID, |files| {
        let parts = parts(&weights);
        files.remove("model.safetensors");
        files.extend(parts);
        files.insert("tf_model.h5".to_owned(), vec![0; 10]);
    });
    let local = scene.bench.run("predict --model run/model test.tsv --quiet").succeeded();
    assert_eq!(scene.run(PREDICT).succeeded(), local);
    let asked = scene.asked();
    assert!(asked.contains("model-00001-of-00002.safetensors") && asked.contains("model-00002-of-00002.safetensors"));
    assert!(!asked.contains("tf_model.h5") && !asked.contains("vocab.txt") && !asked.contains("README.md"), "{asked}");
    // A part that an interrupted run left out.
    fs::remove_file(scene.snapshot().join("model-00002-of-00002.safetensors")).unwrap();
    let refused = scene.offline(PREDICT);
    assert!(
        refused.refused().contains("lacks model-00002-of-00002.safetensors, and HF_HUB_OFFLINE"),
        "{}",
        refused.err
    );
    assert_eq!(scene.run(PREDICT).succeeded(), local);
    // Without tokenizer.json the vocabulary comes, and without weights nothing does.
    fs::remove_dir_all(scene.bench.path("cache")).unwrap();
    scene.hub.change(ID, |files| drop(files.remove("tokenizer.json")));
    assert_eq!(scene.run(PREDICT).succeeded(), local);
    scene.hub.change(ID, |files| files.retain(|name, _| !name.starts_with("model")));
    fs::remove_dir_all(scene.bench.path("cache")).unwrap();
    scene.check_refused(
        &scene.run(PREDICT),
        &expect![[r#"
            error: lab/encoder: holds no model.safetensors or pytorch_model.bin, only README.md, config.json, special_tokens_map.json, tf_model.h5, tokenizer_config.json, vocab.txt: it is no encoder that can be read; there is no folder lab/encoder either
        "#]],
    );
}

#[test]
fn refusals_say_what_to_do() {
    let scene = Scene::new();
    let fetch = |name: &str| scene.run(&format!("fetch {name} --quiet"));
    scene.check_refused(&fetch("lab/encodr"), &expect![[r#"
        error: lab/encodr: the Hub at HUB shows no such model without a token (401: Invalid username or password); near it are lab/encoder: check the name, or set HF_TOKEN to a token that may read it
    "#]]);
    scene.check_refused(&scene.with_token("fetch lab/encodr --quiet"), &expect![[r#"
        error: lab/encodr: there is no such model at HUB (404: Repository not found); near it are lab/encoder: check the name
    "#]]);
    scene.check_refused(&fetch("lab/encoder@v2"), &expect![[r#"
        error: lab/encoder: has no branch, tag or commit `v2` (404: Invalid rev id: v2); there are main, half, v1.0: check what stands behind @
    "#]]);
    scene.check_refused(&fetch("not-a-preset"), &expect![[r#"
        error: not-a-preset: there is no such folder: expected the directory of a model, with config.json, a model of the Hub as OWNER/NAME or OWNER/NAME@REVISION, or one of biobert, bluebert, pubmedbert, scibert, bioelectra, biomed-roberta, camembert-bio, deberta-v3, bioclinical-modernbert; check the path
    "#]]);
    scene.check_refused(&scene.run("predict --model runs/first test.tsv --quiet"), &expect![[r#"
        error: runs/first: the Hub at HUB shows no such model without a token (401: Invalid username or password); near it are lab/encoder: check the name, or set HF_TOKEN to a token that may read it; there is no folder runs/first either
    "#]]);
    scene.hub.close(ID);
    scene.check_refused(&fetch(ID), &expect![[r#"
        error: lab/encoder: the Hub at HUB shows no such model without a token (401: Invalid username or password); near it are lab/encoder: check the name, or set HF_TOKEN to a token that may read it
    "#]]);
    let wrong = finish(scene.command("fetch lab/encoder --quiet").env("HF_TOKEN", "hf_other"));
    scene.check_refused(&wrong, &expect![[r#"
        error: lab/encoder: the Hub at HUB does not accept the token of HF_TOKEN (401: Invalid username or password): make another one at HUB/settings/tokens
    "#]]);
    let unread = scene.with_token("fetch lab/encoder --quiet");
    unread.succeeded();
}

#[test]
fn gates_limits_and_failures_are_told_apart() {
    let scene = Scene::new();
    let answers: [(fn() -> Answer, Expect); 5] = [
        (
            || Answer::refusal(403, "GatedRepo", "Access to model lab/encoder is restricted."),
            expect![[r#"
            error: lab/encoder: is open only to those who were granted access (403: Access to model lab/encoder is restricted): ask for it at HUB/lab/encoder with the account that the token of HF_TOKEN belongs to
        "#]],
        ),
        (
            || Answer::refusal(403, "", "Forbidden"),
            expect![[r#"
            error: lab/encoder: the token of HF_TOKEN may not read it (403: Forbidden): set HF_TOKEN to one that may, from HUB/settings/tokens
        "#]],
        ),
        (
            || Answer::refusal(429, "", "We had to rate limit you").with("Retry-After", "600"),
            expect![[r#"
            error: lab/encoder: HUB has had too many requests (429: We had to rate limit you): wait some minutes, or set HF_TOKEN, which is allowed more
        "#]],
        ),
        (
            || Answer::of(500, br#"{"error": "Internal Error\nof\u0007 some kind."}"#),
            expect![[r#"
            error: lab/encoder: HUB is in trouble (500: Internal Error of some kind): try again later; what was fetched is kept
        "#]],
        ),
        (
            || Answer::of(200, b"<html>Sign in to the wireless network</html>"),
            expect![[r#"
            error: lab/encoder: HUB/api/models/lab/encoder/revision/main does not answer as the Hub does (expected value at line 1 column 1): check HF_ENDPOINT
        "#]],
        ),
    ];
    for (answer, expected) in answers {
        scene.hub.rude(move |_, _| Some(answer()));
        scene.check_refused(&scene.with_token("fetch lab/encoder --quiet"), &expected);
    }
    // Some models show their list of files to everybody, and the files to few.
    scene.hub.rude(|asked, _| {
        let is_file = asked.path.contains("/resolve/");
        is_file.then(|| Answer::refusal(401, "GatedRepo", "Access to model lab/encoder is restricted."))
    });
    scene.check_refused(&scene.run("fetch lab/encoder --quiet"), &expect![[r#"
        error: lab/encoder: is open only to those who were granted access (401: Access to model lab/encoder is restricted): ask for it at HUB/lab/encoder, then set HF_TOKEN to a token of the account that asked
    "#]]);
}

#[test]
fn a_hub_in_trouble_is_asked_again() {
    let scene = Scene::new();
    let rude = |asked: &crate::pretend_hub::Asked, before: usize| {
        let is_first = before == 0 && asked.path.ends_with("revision/main");
        let is_busy = before < 2 && asked.path.ends_with("config.json");
        (is_first || is_busy).then(|| Answer::refusal(503, "", "one moment").with("Retry-After", "0"))
    };
    scene.hub.rude(rude);
    scene.run(PREDICT).succeeded();
}

#[test]
fn without_a_network_it_says_what_to_do() {
    let scene = Scene::new();
    scene.check_refused(&scene.offline("fetch lab/encoder --quiet"), &expect![[r#"
        error: lab/encoder: DIR/cache/hub holds no copy of it, and HF_HUB_OFFLINE forbids to fetch it: fetch it where there is a network and copy DIR/cache/hub/models--lab--encoder to the same place here, or name a folder with its files
    "#]]);
    assert_eq!(scene.asked(), "");
    // A port that nobody listens on.
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ran = finish(scene.command("fetch lab/encoder --quiet").env("HF_ENDPOINT", format!("http://{nobody}")));
    let message = scene.plain(ran.refused()).replace(&nobody.to_string(), "NOBODY");
    expect!["error: lab/encoder: http://NOBODY cannot be reached (io: Connection refused (os error 111)): without a network, fetch it where there is one and copy DIR/cache/hub/models--lab--encoder to the same place here, or name a folder with its files; HF_ENDPOINT names a mirror"].assert_eq(&message);
}

#[test]
fn a_silent_server_is_given_up() {
    let scene = Scene::new();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    // Speaks until the first file and no further.
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for stream in silent.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 2048];
            let length = stream.read(&mut head).unwrap();
            if String::from_utf8_lossy(&head[..length]).starts_with("GET /api") {
                let siblings: Vec<Value> = ["config.json", "vocab.txt", "model.safetensors"]
                    .iter()
                    .map(|name| serde_json::json!({ "rfilename": name }))
                    .collect();
                let body = serde_json::json!({ "sha": COMMIT, "siblings": siblings }).to_string();
                let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
                stream.write_all((head + &body).as_bytes()).unwrap();
            } else {
                held.push(stream);
            }
        }
    });
    let mut command = scene.command("fetch lab/encoder --quiet");
    let ran = finish(command.env("HF_ENDPOINT", &address).env("HF_HUB_DOWNLOAD_TIMEOUT", "1"));
    expect!["error: lab/encoder: config.json: HUB has been silent for 1 s, 0 bytes have come: run it again, it goes on where it stopped; HF_HUB_DOWNLOAD_TIMEOUT is the longest silence in seconds"].assert_eq(&scene.plain(ran.refused()).replace(&address, "HUB"));
}

/// The token goes to the Hub, also for what is closed to no other, and never onto the screen.
#[test]
fn tokens_stay_secret() {
    let scene = Scene::new();
    scene.hub.close(ID);
    let loud = |arguments: &str| {
        let ran = finish(scene.command(arguments).env("HF_TOKEN", TOKEN).env("RUST_LOG", "trace"));
        assert!(!ran.err.contains(TOKEN) && !ran.out.contains(TOKEN), "{}{}", ran.out, ran.err);
        ran.succeeded();
        scene.hub.asked()
    };
    let asked = loud("fetch lab/encoder");
    assert!(asked.iter().any(|asked| asked.header("authorization").is_some()));
    assert!(asked.iter().all(|asked| !asked.is_storage || asked.header("authorization").is_none()));
    let asked = loud("push run/model me/tagger");
    assert!(asked.iter().all(|asked| asked.is_storage == asked.header("authorization").is_none()));
}

/// The card holds scores, which are longer or shorter with the processor's rounding.
fn size_of_card_left_out(line: &str) -> String {
    if line.ends_with(" README.md") { "             ... bytes  README.md\n".to_owned() } else { format!("{line}\n") }
}

#[test]
fn a_model_goes_to_the_hub_and_comes_back() {
    let scene = Scene::new();
    scene.bench.write("run/model/notes.txt", "mine");
    let dry = scene.offline("push run/model me/tagger --private --dry-run --quiet").succeeded();
    expect![[r#"
        would send to me/tagger, made private if it is not there, with the message `Upload a token classifier fine-tuned with welt`:
                     ... bytes  README.md
                 609 bytes  config.json
              578204 bytes  model.safetensors
                 125 bytes  special_tokens_map.json
                7990 bytes  tokenizer.json
                 274 bytes  tokenizer_config.json
                3339 bytes  vocab.txt
        would leave here: notes.txt
    "#]].assert_eq(&dry.lines().map(size_of_card_left_out).collect::<String>());
    assert_eq!(scene.asked(), "");
    let url = scene.with_token("push run/model me/tagger --private --message Done --quiet").succeeded();
    assert_eq!(scene.plain(&url), format!("HUB/me/tagger/commit/{COMMIT}#main\n"));
    expect![[r#"
        hub: POST /api/repos/create
        hub: POST /api/models/me/tagger/preupload/main
        hub: POST /me/tagger.git/info/lfs/objects/batch
        storage: PUT /HASH
        hub: POST /lfs/verify
        hub: POST /api/models/me/tagger/commit/main
    "#]]
    .assert_eq(&scene.asked());
    let sent = scene.hub.files("me/tagger");
    for (name, bytes) in &sent {
        assert!(fs::read(scene.bench.path("run/model").join(name)).unwrap() == *bytes, "{name}");
    }
    assert_eq!(sent.len(), 7);
    // It is private, and to be had with the token.
    let predict = "predict --model me/tagger test.tsv --quiet";
    assert!(scene.run(predict).refused().contains("set HF_TOKEN"));
    let local = scene.bench.run("predict --model run/model test.tsv --quiet").succeeded();
    assert_eq!(scene.with_token(predict).succeeded(), local);
    // The weights are in the storage and are not sent again.
    scene.asked();
    scene.with_token("push run/model me/tagger --revision candidate --quiet").succeeded();
    let asked = scene.asked();
    assert!(!asked.contains("PUT") && asked.contains("/branch/candidate"), "{asked}");
}

#[test]
fn what_cannot_go_to_the_hub_is_refused() {
    let scene = Scene::new();
    scene.check_refused(&scene.run("push run/model me/tagger --quiet"), &expect![[r#"
        error: me/tagger: nobody may send without a token: make one that may write at HUB/settings/tokens and set HF_TOKEN, or run `hf auth login`
    "#]]);
    scene.check_refused(
        &scene.offline("push run/model me/tagger --quiet"),
        &expect![[r#"
        error: me/tagger: HF_HUB_OFFLINE forbids to send anything: add --dry-run to see what would go
    "#]],
    );
    scene.check_refused(
        &scene.run("push run/model tagger --quiet"),
        &expect![[r#"
        error: tagger@main: is no repository of the Hub and branch: expected OWNER/NAME, and for --revision a plain name
    "#]],
    );
    scene.check_refused(
        &scene.run("push run me/tagger --quiet"),
        &expect![[r#"
        error: run: is the directory of a run, and its model is in run/model: name that one
    "#]],
    );
    scene.check_refused(&scene.run("push encoder me/tagger --quiet"), &expect![[r#"
        error: encoder/config.json: no usable id2label: expected a name for every label from 0 on, as in a fine-tuned tagger
    "#]]);
    let wrong = finish(scene.command("push run/model me/tagger --quiet").env("HF_TOKEN", "hf_other"));
    scene.check_refused(&wrong, &expect![[r#"
        error: me/tagger: the Hub at HUB does not accept the token of HF_TOKEN (401: Invalid username or password): make another one at HUB/settings/tokens
    "#]]);
    scene.hub.rude(|asked, _| (asked.method == "PUT").then(|| Answer::status(500)));
    scene.check_refused(
        &scene.with_token("push run/model me/tagger --quiet"),
        &expect![[r#"
        error: me/tagger: sending model.safetensors: 500: try again later
    "#]],
    );
    scene.hub.rude(|asked, _| asked.path.contains("/commit/").then(|| Answer::refusal(403, "", "Read-only token")));
    scene.check_refused(&scene.with_token("push run/model me/tagger --quiet"), &expect![[r#"
        error: me/tagger: the token of HF_TOKEN may not write it (403: Read-only token): set HF_TOKEN to one that may, from HUB/settings/tokens
    "#]]);
}

#[test]
fn presets_are_listed_and_tell_their_casing() {
    let scene = Scene::new();
    expect![[r#"
        name                    family      layers    words    licence    in the cache  published in                                               on the Hub
        biobert                 bert        12 x 768  cased    not known  no            Lee et al. 2020, doi:10.1093/bioinformatics/btz682         dmis-lab/biobert-v1.1@551ca18efd7f052c8dfa0b01c94c2a8e68bc5488
        bluebert                bert        12 x 768  uncased  CC0-1.0    no            Peng et al. 2019, doi:10.18653/v1/W19-5006                 bionlp/bluebert_pubmed_uncased_L-12_H-768_A-12
        pubmedbert              bert        12 x 768  uncased  MIT        no            Gu et al. 2021, doi:10.1145/3458754                        microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract@d673b8835373c6fa116d6d8006b33d48734e305d
        scibert                 bert        12 x 768  uncased  not known  no            Beltagy et al. 2019, doi:10.18653/v1/D19-1371              allenai/scibert_scivocab_uncased@24f92d32b1bfb0bcaf9ab193ff3ad01e87732fc1
        bioelectra              electra     12 x 768  uncased  not known  no            Kanakarajan et al. 2021, doi:10.18653/v1/2021.bionlp-1.16  kamalkraj/bioelectra-base-discriminator-pubmed@b08ce00d5a23e2682a20e9d33356730530bdecd1
        biomed-roberta          roberta     12 x 768  cased    not known  no            Gururangan et al. 2020, doi:10.18653/v1/2020.acl-main.740  allenai/biomed_roberta_base
        camembert-bio           camembert   12 x 768  cased    MIT        no            Touchent and de la Clergerie 2024, arXiv:2306.15550        almanach/camembert-bio-base
        deberta-v3              deberta-v2  12 x 768  cased    MIT        no            He et al. 2023, arXiv:2111.09543                           microsoft/deberta-v3-base
        bioclinical-modernbert  modernbert  22 x 768  cased    MIT        no            Sounack et al. 2025, arXiv:2506.10896                      thomas-sounack/BioClinical-ModernBERT-base
    "#]].assert_eq(&scene.run("models").succeeded());
    let lines = scene.run("models --format json").succeeded();
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!((&first["name"], &first["lower_case"]), (&"biobert".into(), &false.into()));
    // SciBERT as it is published: no tokenizer_config.json; a vocabulary that looks cased is lower-cased all the same.
    let folder = scene.bench.path("published");
    fs::create_dir(&folder).unwrap();
    for name in ["config.json", "model.safetensors"] {
        fs::copy(scene.bench.path("run/model").join(name), folder.join(name)).unwrap();
    }
    let vocabulary = scene.bench.read("run/model/vocab.txt");
    let capitals = |line: &str| if line.starts_with('[') { line.to_owned() } else { line.to_uppercase() };
    let cased: Vec<String> = vocabulary.lines().map(capitals).collect();
    fs::write(folder.join("vocab.txt"), cased.join("\n") + "\n").unwrap();
    scene.hub.hold("allenai/scibert_scivocab_uncased", &folder);
    scene.hub.hold("lab/unknown", &folder);
    let casing = |model: &str| {
        let train =
            format!("train --train train.tsv --epochs 1 --model {model} --output {} --quiet", model.replace('/', "-"));
        scene.run(&train).succeeded();
        let path = format!("{}/model/tokenizer_config.json", model.replace('/', "-"));
        let config: Value = serde_json::from_str(&scene.bench.read(&path)).unwrap();
        config["do_lower_case"].as_bool().unwrap()
    };
    assert!(!casing("lab/unknown"));
    assert!(casing("scibert@main"));
    assert!(Path::new(&scene.bench.path("cache/hub/models--allenai--scibert_scivocab_uncased")).is_dir());
}
