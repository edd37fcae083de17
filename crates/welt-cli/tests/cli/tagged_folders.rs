//! Folders of tagged documents: what is whole in them is passed over only where the same command would make it again.

#![cfg(unix)]

use crate::folder::finish;
use crate::prediction::{PREDICT, bench, interrupted};

/// Whatever file is being written, the folder is what stays.
#[test]
fn an_interrupted_folder_is_gone_on_with_by_the_same_command() {
    let bench = bench(600);
    let command = format!("{PREDICT} many.pubtator --output tagged/");
    let said = interrupted(&bench, &command, "tagged/many.pubtator");
    assert_eq!(
        said.lines().last(),
        Some("interrupted: what is whole and what is begun is in tagged/; the same command goes on")
    );
}

/// As the shell's `<(...)`: what tells the format is not lost.
#[test]
fn a_pipe_is_read_from_its_beginning() {
    let bench = bench(5);
    for (file, to) in
        [("many.pubtator", "--to entities"), ("many.pubtator", ""), ("test.tsv", ""), ("test.tsv", "--format json")]
    {
        let plain = bench.run(&format!("{PREDICT} {file} {to}")).succeeded();
        let piped = bench.shell(&format!("cat {file} | \"$WELT\" {PREDICT} /dev/stdin {to}"));
        assert_eq!(finish(&mut { piped }).succeeded(), plain, "{file} {to}");
    }
    let refused =
        finish(&mut bench.shell(&format!("cat many.pubtator | \"$WELT\" {PREDICT} /dev/stdin --output out/")));
    let expected =
        "error: /dev/stdin: can be read only once, and what it holds is told by a look at it: say so with --from";
    assert_eq!(refused.refused(), expected);
}
