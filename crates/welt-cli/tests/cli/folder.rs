//! A folder of one test with a small corpus and an encoder in it, and the program run there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A run of one epoch, but for its output directory.
pub const TRAIN: &str = "train --train train.tsv --dev dev.tsv --test test.tsv --model encoder --from-scratch \
                         --epochs 1 --batch-size 8 --learning-rate 1e-3";

/// A folder that the program runs in.
pub struct Bench {
    folder: TempDir,
}

/// What a command did.
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Bench {
    /// A folder with `train.tsv`, `dev.tsv`, `test.tsv` and `encoder`, cut from the sample corpus.
    pub fn new() -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/sample");
        for (name, sentences) in [("train.tsv", 24), ("dev.tsv", 6), ("test.tsv", 8)] {
            let text = fs::read_to_string(sample.join(name)).unwrap();
            let some: Vec<&str> = text.split_inclusive("\n\n").take(sentences).collect();
            bench.write(name, some.concat());
        }
        copy_folder(&sample.join("encoder"), &bench.path("encoder"));
        bench
    }

    /// A folder where `run` has been trained too.
    pub fn with_run() -> Self {
        let bench = Self::new();
        bench.run(&format!("{TRAIN} --output run --quiet")).succeeded();
        bench
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        fs::write(self.path(name), contents).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn copy(&self, from: &str, to: &str) {
        copy_folder(&self.path(from), &self.path(to));
    }

    /// The names of everything that lies in the folder, in order.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The program, about to run in the folder with arguments that are separated by spaces.
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_welt"));
        command.args(arguments.split_whitespace());
        self.inside(command)
    }

    /// A line of the shell, in which `"$WELT"` is the program.
    pub fn shell(&self, line: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", line]).env("WELT", env!("CARGO_BIN_EXE_welt"));
        self.inside(command)
    }

    fn inside(&self, mut command: Command) -> Command {
        command.current_dir(self.folder.path()).env_remove("RUST_LOG").stdin(Stdio::null());
        // No test meets the real Hub, nor the cache and the token of whoever runs it.
        for name in ["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_ENDPOINT", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"] {
            command.env_remove(name);
        }
        command.env("HF_HOME", self.path("cache")).env("HF_HUB_OFFLINE", "1").env("NO_PROXY", "127.0.0.1");
        command
    }

    pub fn run(&self, arguments: &str) -> Ran {
        finish(&mut self.command(arguments))
    }

    /// What failing commands say, one after the other, each checked to say one thing and leave nothing behind.
    pub fn refusals(&self, commands: &[&str]) -> String {
        let refusal = |arguments: &&str| {
            let before = self.names();
            let ran = self.run(&format!("{arguments} --quiet"));
            assert_eq!(self.names(), before, "{arguments} leaves something behind");
            format!("$ welt {arguments}\n{}\n", ran.refused())
        };
        commands.iter().map(refusal).collect()
    }
}

impl Ran {
    /// Standard output of a command that went well.
    #[track_caller]
    pub fn succeeded(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.err);
        self.out
    }

    /// The one line that a failed command says, which has written nothing.
    #[track_caller]
    pub fn refused(&self) -> &str {
        assert_eq!(self.out, "", "a failed command wrote data");
        self.failed()
    }

    /// The one line that a failed command says, which may have written what it had read before.
    #[track_caller]
    pub fn failed(&self) -> &str {
        let lines: Vec<&str> = self.err.lines().collect();
        assert_eq!(self.code, Some(1), "{}{}", self.out, self.err);
        assert!(matches!(lines[..], [line] if line.starts_with("error: ")), "not one message:\n{}", self.err);
        lines[0]
    }
}

pub fn finish(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// Copies the files of a folder, but not the folders in it, into a new one.
pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        if entry.path().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}
