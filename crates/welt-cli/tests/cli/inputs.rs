//! Files that are no plain files, and names that are no text.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use expect_test::expect;

use crate::folder::{Bench, Ran, finish};

const TAGGED: &str = "a\tB-X\tB-X\nb\tI-X\tO\n\nc\tO\tO\n\n";

/// Runs a command that must come to an end of its own.
#[track_caller]
fn in_time(mut command: Command) -> Ran {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let since = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if since.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            panic!("it hangs");
        }
        thread::sleep(Duration::from_millis(20));
    }
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// A pipe with a name, and a writer that waits for whoever reads it.
fn pipe(bench: &Bench, name: &str) {
    assert!(Command::new("mkfifo").arg(bench.path(name)).status().unwrap().success());
    let path = bench.path(name);
    // It waits for ever where nobody reads, and is gone with the tests.
    thread::spawn(move || fs::write(path, TAGGED));
}

#[test]
fn what_can_be_read_once_is_read_once_or_refused() {
    let bench = Bench::new();
    bench.write("tagged.tsv", TAGGED);
    // A name of the same length, for columns are as wide as it.
    for arguments in ["weights", "stats", "check", "evaluate", "errors"] {
        pipe(&bench, "tagged.tub");
        let piped = in_time(bench.command(&format!("{arguments} tagged.tub --quiet")));
        let plain = bench.run(&format!("{arguments} tagged.tsv --quiet"));
        assert_eq!(piped.code, plain.code, "{arguments}: {}", piped.err);
        assert_eq!(piped.out.replace("tagged.tub", "tagged.tsv"), plain.out);
        fs::remove_file(bench.path("tagged.tub")).unwrap();
    }
    let train = "train --model encoder --from-scratch --output run --quiet";
    let mut said = String::new();
    for arguments in [
        format!("{train} --train pipe"),
        format!("{train} --train train.tsv --dev pipe"),
        format!("{train} --train train.tsv --test pipe"),
        format!("{train} --train train.tsv --counts-from pipe"),
        "evaluate pipe --mode strict --quiet".to_owned(),
    ] {
        pipe(&bench, "pipe");
        said += &format!("{}\n", in_time(bench.command(&arguments)).refused());
        fs::remove_file(bench.path("pipe")).unwrap();
    }
    expect![[r#"
        error: --train: pipe is no file but a pipe or a device, which can be read once only, and it is read more than once: write it to a file first
        error: --dev: pipe is no file but a pipe or a device, which can be read once only, and it is read more than once: write it to a file first
        error: --test: pipe is no file but a pipe or a device, which can be read once only, and it is read more than once: write it to a file first
        error: --counts-from: pipe is no file but a pipe or a device, which can be read once only, and it is read more than once: write it to a file first
        error: pipe is a pipe or a device and can be read once only, but the scheme of strict mode is to be found first: name it with --scheme
    "#]].assert_eq(&said);
    assert!(!bench.path("run").exists());
    // As the shell's `<(...)`.
    let line = "cat tagged.tsv | \"$WELT\" evaluate /dev/stdin --mode strict --scheme IOB2 --format json --quiet";
    assert!(finish(&mut bench.shell(line)).succeeded().contains("\"sentences\": 2"));
    let refused = finish(&mut bench.shell("cat tagged.tsv | \"$WELT\" evaluate /dev/stdin --mode strict --quiet"));
    assert!(refused.refused().contains("name it with --scheme"), "{}", refused.err);
}

#[test]
fn names_need_not_be_text() {
    let bench = Bench::new();
    let name = OsStr::from_bytes(b"caf\xe9.tsv");
    fs::write(bench.path(".").join(name), TAGGED).unwrap();
    fs::write(bench.path(".").join(OsStr::from_bytes(b"caf\xe9.txt")), "1|t|Ataxia.\n1\t0\t6\tAtaxia\tX\n\n").unwrap();
    let command = |before: &str, name: &[u8], after: &str| {
        let mut command = bench.command(before);
        command.arg(OsStr::from_bytes(name)).args(after.split_whitespace());
        finish(&mut command)
    };
    let tagged = b"caf\xe9.tsv";
    for arguments in [
        "stats --format json",
        "stats",
        "evaluate --format json",
        "evaluate",
        "check --format json",
        "check",
        "errors --format json",
        "weights --format json",
    ] {
        let ran = command(arguments, tagged, "--quiet");
        assert!(matches!(ran.code, Some(0 | 1)) && !ran.err.contains("panicked"), "{arguments}: {}", ran.err);
    }
    command("compare", tagged, "tagged.tsv --quiet");
    let ledger = command("convert", b"caf\xe9.txt", "--from pubtator --output out.tsv --ledger ledger.json --quiet");
    ledger.succeeded();
    assert!(bench.read("ledger.json").contains("caf\u{fffd}.txt"));
    let trained =
        command("train --model encoder --from-scratch --epochs 1 --output run --quiet --train", b"caf\xe9.tsv", "");
    assert!(!trained.err.contains("panicked"), "{}", trained.err);
    // Where a text is wanted, the flag is named.
    let ran = command("convert train.tsv --types", b"\xff", "");
    assert_eq!(ran.code, Some(2));
    expect![[r#"
        error: --types: `�` holds bytes that are not UTF-8, expected a text
    "#]]
    .assert_eq(&ran.err);
}

#[test]
fn the_folder_for_temporary_files_is_named() {
    let bench = Bench::new();
    let lines = "word\tO\n\n".repeat(3 << 20);
    bench.write("long.tsv", lines);
    let mut command =
        bench.shell("cat long.tsv | \"$WELT\" convert - --from conll --to conll --output out.tsv --quiet");
    let ran = finish(command.env("TMPDIR", bench.path("nowhere")));
    let said = ran.refused();
    assert!(said.starts_with("error: a temporary file cannot be used: "), "{said}");
    assert!(said.ends_with("expected room in the folder for such files, which TMPDIR names"), "{said}");
}

#[test]
fn who_may_read_a_file_goes_on_to() {
    let bench = Bench::new();
    bench.write("out.tsv", "mine");
    for mode in [0o600, 0o640, 0o664] {
        fs::set_permissions(bench.path("out.tsv"), fs::Permissions::from_mode(mode)).unwrap();
        bench.run("weights train.tsv --output out.tsv --quiet").succeeded();
        assert_eq!(fs::metadata(bench.path("out.tsv")).unwrap().permissions().mode() & 0o777, mode);
        assert!(bench.read("out.tsv").contains("class"));
    }
}

#[test]
fn links_out_of_a_model_are_not_sent() {
    let bench = Bench::with_run();
    bench.write("secret", "mine");
    fs::remove_file(bench.path("run/model/README.md")).unwrap();
    symlink(bench.path("secret"), bench.path("run/model/README.md")).unwrap();
    let ran = bench.run("push --model run/model me/tagger --dry-run --quiet");
    let said = ran.refused().replace(&fs::canonicalize(bench.path(".")).unwrap().display().to_string(), "DIR");
    expect!["error: run/model/README.md: is a link to DIR/secret, outside of the model's directory, and is not sent: put a copy of the file there"].assert_eq(&said);
    // A link that stays in the model leads nowhere else.
    fs::remove_file(bench.path("run/model/README.md")).unwrap();
    bench.write("run/model/card", "card");
    symlink("card", bench.path("run/model/README.md")).unwrap();
    bench.run("push --model run/model me/tagger --dry-run --quiet").succeeded();
}

#[test]
fn what_a_killed_export_leaves_is_taken_over() {
    let bench = Bench::with_run();
    let export = "export --model run/model --dtype bf16 --output half --quiet";
    // It is killed as soon as its folder is there, which does not always come off.
    let killed = (0..50).any(|_| {
        drop(fs::remove_dir_all(bench.path("half")));
        let mut child = bench.command(export).spawn().unwrap();
        while child.try_wait().unwrap().is_none() && !bench.path("half.partial").exists() {
            thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        bench.path("half.partial").exists()
    });
    assert!(killed, "no export could be killed");
    bench.run(export).succeeded();
    let names: Vec<String> = bench.names().into_iter().filter(|name| name.contains("half")).collect();
    assert_eq!(names, ["half"]);
}

#[test]
fn messages_name_the_flag() {
    let bench = Bench::new();
    fs::create_dir(bench.path("folder")).unwrap();
    bench.write("one.pubtator", "1|t|Ataxia.\n1\t0\t6\tAtaxia\tX\n\n");
    let said = bench.refusals(&[
        "stats train.tsv --svg folder",
        "stats train.tsv --svg nowhere/lengths.svg",
        "convert one.pubtator --output out.tsv --ledger folder",
        "convert one.pubtator --output out.tsv --ledger nowhere/ledger.json",
        "weights train.tsv --output folder",
    ]);
    expect![[r#"
        $ welt stats train.tsv --svg folder
        error: folder: is a folder: name a file in it with --svg
        $ welt stats train.tsv --svg nowhere/lengths.svg
        error: nowhere/lengths.svg: cannot be written: No such file or directory (os error 2); name a file in a folder that takes it with --svg
        $ welt convert one.pubtator --output out.tsv --ledger folder
        error: folder: is a folder: name a file in it with --ledger
        $ welt convert one.pubtator --output out.tsv --ledger nowhere/ledger.json
        error: nowhere/ledger.json: cannot be written: No such file or directory (os error 2); name a file in a folder that takes it with --ledger
        $ welt weights train.tsv --output folder
        error: folder: is a folder: name a file in it with --output
    "#]].assert_eq(&said);
}
