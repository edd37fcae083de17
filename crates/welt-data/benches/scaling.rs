//! How the time of every reader grows with what is meant to be hard for it: one huge line, one document of very many mentions, deep nesting, nothing but empty lines.
//! Prints the seconds for n, 2n and 4n pieces and the last ratio: 2 is linear, 4 is quadratic. `cargo bench -p welt-data --bench scaling`.

#![allow(clippy::unwrap_used, reason = "a bench may end where it meets an error")]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use welt_data::alignment::{Rules, align};
use welt_data::formats::{self, Documents, Format};
use welt_data::ledger::Ledger;

/// Pieces of the smallest input; the largest has four times as many.
const PIECES: usize = 25_000;

/// How often each size is read: the fastest counts.
const ROUNDS: usize = 3;

/// A name, a format, and the files for so many pieces.
type Case = (&'static str, Format, fn(usize) -> Vec<(&'static str, String)>);

const CASES: &[Case] = &[
    ("a long title", Format::PubTator, |n| stream(format!("1|t|{}\n", "ab ".repeat(n)))),
    ("many mentions", Format::PubTator, |n| {
        stream(format!(
            "1|t|{}\n1|a|β\n{}",
            "β ".repeat(n),
            rows(n, |i| format!("1\t{}\t{}\tβ\tD\tM\n", 2 * i, 2 * i + 1))
        ))
    }),
    ("nested mentions", Format::PubTator, |n| {
        stream(format!("1|t|{}\n{}", "b ".repeat(n), rows(n, |i| format!("1\t{i}\t{}\tb\tD\n", 2 * n - i))))
    }),
    ("many relations", Format::PubTator, |n| stream(format!("1|t|b\n{}", "1\tCID\ta\tb\n".repeat(n)))),
    ("empty lines", Format::PubTator, |n| stream(format!("{}1|t|b\n", "\n".repeat(n)))),
    ("small documents", Format::PubTator, |n| stream(rows(n, |i| format!("{i}|t|b\n\n")))),
    ("columns", Format::PubTator, |n| stream(format!("1|t|b\n1{}\n", "\t0".repeat(n)))),
    ("a long text", Format::BiocXml, |n| {
        stream(xml(&format!("<offset>0</offset><text>{}</text>", "a &amp; ".repeat(n))))
    }),
    ("many mentions", Format::BiocXml, |n| {
        let annotation =
            |i: usize| format!("<annotation id=\"{i}\"><location offset=\"{i}\" length=\"1\"/></annotation>");
        stream(xml(&format!("<offset>0</offset><text>{}</text>{}", "a ".repeat(n), rows(n, annotation))))
    }),
    ("many sentences", Format::BiocXml, |n| {
        let sentence = |i: usize| format!("<sentence><offset>{}</offset><text>β</text></sentence>", 2 * i);
        stream(xml(&format!("<offset>0</offset><text>{}</text>{}", "β ".repeat(n), rows(n, sentence))))
    }),
    ("deep nesting", Format::BiocXml, |n| {
        stream(xml(&format!("<offset>0</offset>{}{}", "<x>".repeat(n), "</x>".repeat(n))))
    }),
    ("open elements", Format::BiocXml, |n| stream("<collection><document>".to_owned() + &"<x>".repeat(n))),
    ("empty lines", Format::BiocXml, |n| stream(xml(&format!("{}<offset>0</offset>", "\n".repeat(n))))),
    ("many infons", Format::BiocXml, |n| {
        let infons = rows(n, |i| format!("<infon key=\"{i}\">x</infon>"));
        stream(xml(&format!("<offset>0</offset><annotation id=\"1\">{infons}</annotation>")))
    }),
    ("a long text", Format::Pubmed, |n| {
        stream(pubmed(&format!("<Abstract><AbstractText>{}</AbstractText></Abstract>", "a &amp; <i>b</i> ".repeat(n))))
    }),
    ("small articles", Format::Pubmed, |n| {
        let article = |i: usize| format!("<PubmedArticle><PMID>{i}</PMID></PubmedArticle>");
        stream(format!("<PubmedArticleSet>{}</PubmedArticleSet>", rows(n, article)))
    }),
    ("deep nesting", Format::Pubmed, |n| stream(pubmed(&format!("{}{}", "<x>".repeat(n), "</x>".repeat(n))))),
    ("comments", Format::Pubmed, |n| stream(pubmed(&"<!-- </PubmedArticle> -->".repeat(n)))),
    ("a tag without an end", Format::Pubmed, |n| {
        stream(format!("<PubmedArticleSet><PubmedArticle {}", "a='b' ".repeat(n)))
    }),
    ("quotes without an end", Format::Pubmed, |n| {
        stream(format!("<PubmedArticleSet><PubmedArticle a='{}", "b".repeat(10 * n)))
    }),
    ("ends of other articles", Format::Pubmed, |n| {
        stream(format!("<PubmedArticleSet><PubmedArticle>{}", "</PubmedArticleS>".repeat(n)))
    }),
    ("deletions", Format::Pubmed, |n| {
        stream(format!("<PubmedArticleSet><DeleteCitation>{}", "<PMID>1</PMID>".repeat(n)))
    }),
    ("a long text", Format::Jats, |n| {
        stream(format!("<article><body><p>{}</p></body></article>", "a &#946; <sup>b</sup> ".repeat(n)))
    }),
    ("paragraphs", Format::Jats, |n| stream(format!("<article><body>{}</body></article>", "<p>a</p>".repeat(n)))),
    ("deep nesting", Format::Jats, |n| {
        stream(format!("<article><body>{}a{}</body></article>", "<sec>".repeat(n), "</sec>".repeat(n)))
    }),
    ("labels", Format::Jats, |n| stream(format!("<article><body>{}</body></article>", "<label>a</label>".repeat(n)))),
    ("a long text", Format::BiocJson, |n| stream(json(&format!("\"text\":\"{}\"", "a \\n".repeat(n))))),
    ("many mentions", Format::BiocJson, |n| {
        let annotation = |i: usize| format!("{{\"id\":\"{i}\",\"locations\":[{{\"offset\":{i},\"length\":1}}]}}");
        let all: Vec<String> = (0..n).map(annotation).collect();
        stream(json(&format!("\"text\":\"{}\",\"annotations\":[{}]", "a ".repeat(n), all.join(","))))
    }),
    ("deep nesting", Format::BiocJson, |n| stream(json(&format!("\"x\":{}{}", "[".repeat(n), "]".repeat(n))))),
    ("keys of a collection", Format::BiocJson, |n| {
        stream(format!("{{{}\"documents\":[{{\"id\":\"1\"}}]}}", rows(n, |i| format!("\"k{i}\":0,"))))
    }),
    ("empty collections", Format::BiocJson, |n| {
        stream(format!("[{}{{\"documents\":[{{}}]}}]", "{\"documents\":[]},".repeat(n)))
    }),
    ("empty lines", Format::BiocJson, |n| stream("\n".repeat(n) + &json("\"text\":\"a\""))),
    ("a long text", Format::JsonLines, |n| stream(line(&"β ".repeat(n), ""))),
    ("many mentions", Format::JsonLines, |n| {
        let mention = |i: usize| format!("{{\"entity_type\":\"D\",\"parts\":[{{\"start\":{i},\"end\":{}}}]}}", i + 1);
        stream(line(&"β ".repeat(n), &(0..n).map(mention).collect::<Vec<_>>().join(",")))
    }),
    ("deep nesting", Format::JsonLines, |n| stream("[".repeat(n))),
    ("empty lines", Format::JsonLines, |n| stream("\n".repeat(n) + &line("a", ""))),
    ("a long text", Format::PlainText, |n| stream("β b\n".repeat(n))),
    ("one sentence", Format::Conll, |n| stream("β\tB-D\n".repeat(n))),
    ("one line", Format::Conll, |n| stream(format!("{}\tO\n", "β".repeat(n)))),
    ("columns", Format::Conll, |n| stream(format!("a{}\n", "\tO".repeat(n)))),
    ("types", Format::Conll, |n| stream(rows(n, |i| format!("a\tB-{i}\n\n")))),
    ("document lines", Format::Conll, |n| stream("-DOCSTART-\tO\n\na\tO\n\n".repeat(n))),
    ("empty lines", Format::Conll, |n| stream("\n".repeat(n) + "a\tO\n")),
    ("many mentions", Format::Brat, |n| {
        vec![
            ("a.txt", "β ".repeat(n)),
            ("a.ann", rows(n, |i| format!("T{i}\tD {} {}\tβ\nN{i}\tR T{i} M:1\tx\n", 2 * i, 2 * i + 1))),
        ]
    }),
    ("many parts", Format::Brat, |n| {
        let parts: Vec<String> = (0..n).map(|i| format!("{} {}", 2 * i, 2 * i + 1)).collect();
        vec![("a.txt", "b ".repeat(n)), ("a.ann", format!("T1\tD {}\tx\n", parts.join(";")))]
    }),
    ("many mentions", Format::Bc2gm, |n| {
        vec![
            ("a.in", format!("P1 {}\n", "β ".repeat(n))),
            ("GENE.eval", rows(n, |i| format!("P1|{i} {i}|β\n"))),
            ("ALTGENE.eval", rows(n, |i| format!("P1|{i} {i}|β\n"))),
        ]
    }),
    ("small sentences", Format::Bc2gm, |n| {
        vec![("a.in", rows(n, |i| format!("P{i} b\n"))), ("GENE.eval", rows(n, |i| format!("P{i}|0 0|b\n")))]
    }),
    ("many mentions", Format::Linnaeus, |n| {
        vec![("tags.tsv", rows(n, |i| format!("s:{i}\ta\t{i}\t{}\tb\n", i + 1))), ("txt/a.txt", "β ".repeat(n))]
    }),
    ("many mentions", Format::Chemdner, |n| {
        vec![
            ("abstracts.txt", format!("1\t{}\tb\n", "β ".repeat(n))),
            ("annotations.txt", rows(n, |i| format!("1\tT\t{i}\t{}\tb\tX\n", i + 1))),
        ]
    }),
];

fn main() {
    println!("{:<12} {:<22} {:>9} {:>9} {:>9} {:>9}", "format", "what is hard", "n", "2n", "4n", "4n / 2n");
    let folder = tempfile::tempdir().unwrap();
    for (name, format, files) in CASES {
        let seconds = [1, 2, 4].map(|times| {
            let files = files(PIECES * times);
            (0..ROUNDS).map(|_| read(*format, &files, folder.path())).min().unwrap_or_default().as_secs_f64()
        });
        let [one, two, four] = seconds;
        println!("{format:<12} {name:<22} {one:>9.4} {two:>9.4} {four:>9.4} {:>9.2}", four / two);
    }
}

/// Reads files and aligns their documents; what is refused takes time too.
fn read(format: Format, files: &[(&str, String)], folder: &Path) -> Duration {
    let folder = folder.join(format.name());
    for (name, text) in files.iter().filter(|(name, _)| !name.is_empty()) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let start = Instant::now();
    match files {
        [("", text)] => use_up(formats::documents(format, Path::new("c"), text.as_bytes())),
        _ => use_up(formats::open(&folder, format)),
    }
    let elapsed = start.elapsed();
    drop(fs::remove_dir_all(folder));
    elapsed
}

fn use_up(documents: Result<Documents<'_>, welt_data::DataError>) {
    let Ok(documents) = documents else { return };
    for document in documents.listing(usize::MAX).map_while(Result::ok) {
        let mut ledger = Ledger::listing(0);
        drop(align(&document, &Rules::corpora(), &mut ledger));
    }
}

/// One stream.
fn stream(text: String) -> Vec<(&'static str, String)> {
    vec![("", text)]
}

fn rows(n: usize, row: impl Fn(usize) -> String) -> String {
    (0..n).map(row).collect()
}

fn xml(passage: &str) -> String {
    format!("<collection><document><id>1</id><passage>{passage}</passage></document></collection>")
}

fn pubmed(article: &str) -> String {
    format!("<PubmedArticleSet><PubmedArticle>{article}</PubmedArticle></PubmedArticleSet>")
}

fn json(passage: &str) -> String {
    format!("{{\"documents\":[{{\"id\":\"1\",\"passages\":[{{\"offset\":0,{passage}}}]}}]}}")
}

fn line(text: &str, mentions: &str) -> String {
    format!(
        "{{\"id\":\"1\",\"passages\":[{{\"kind\":\"\",\"offset\":0,\"text\":\"{text}\"}}],\"mentions\":[{mentions}]}}\n"
    )
}
