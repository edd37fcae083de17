//! `welt corpora` where nothing is fetched: what it lists and foretells, and corpora from a folder of files.

use std::fs;

use expect_test::{Expect, expect};

use crate::folder::{Bench, Ran, finish};

/// Runs the program as if the environment named no folder and no mirror.
fn run(bench: &Bench, arguments: &str) -> Ran {
    finish(bench.command(arguments).env_remove("WELT_DATASETS").env_remove("WELT_MIRROR"))
}

/// What a command prints, what it says, and how it ends.
#[track_caller]
fn check(bench: &Bench, arguments: &str, expected: &Expect) {
    let ran = run(bench, arguments);
    expected.assert_eq(&format!("{}--\n{}exit code {:?}\n", ran.out, ran.err, ran.code.unwrap()));
}

#[test]
fn corpora_are_listed_without_a_checkout() {
    let bench = Bench::new();
    let before = bench.names();
    check(
        &bench,
        "corpora --list ncbi-disease bc4chemd",
        &expect![[r#"
        bc4chemd: BioCreative IV CHEMDNER corpus (BC4CHEMD)
          types    Chemical
          splits   As published: 3,500 PubMed abstracts for training, 3,500 for development and 3,000 for test.
          terms    Unclear, to be accepted by name
                   MTL-Bioinformatics-2016 calls the re-distribution status of this corpus unclear and BigBio lists its licence as unknown; BioCreative offers the corpus for public download.
          cite     Martin Krallinger and others (2015): The CHEMDNER corpus of chemicals and drugs and its annotation principles, Journal of Cheminformatics, volume 7, supplement 1, S2, https://doi.org/10.1186/1758-2946-7-S1-S2
          source   MTL-Bioinformatics-2016, CoNLL form (conll)
          source   Original archive at BioCreative (chemdner)
        ncbi-disease: NCBI disease corpus
          types    Disease
          splits   As published: 593 PubMed abstracts for training, 100 for development and 100 for test.
          terms    Public domain
                   The corpus carries the notice of a work of the US government.
          cite     Rezarta Islamaj Doğan and others (2014): NCBI disease corpus: a resource for disease name recognition and concept normalization, Journal of Biomedical Informatics, volume 47, pages 1-10, https://doi.org/10.1016/j.jbi.2013.12.006
          source   CoNLL form by S. Pyysalo (conll)
          source   Original text files in the repository of the CoNLL form (pubtator)
          source   Original archives at NCBI (pubtator)
        --
        exit code 0
    "#]],
    );
    let all = run(&bench, "corpora --list").succeeded();
    let names: Vec<&str> =
        all.lines().filter(|line| !line.starts_with(' ')).map(|line| line.split(':').next().unwrap()).collect();
    expect!["bc2gm bc4chemd bc5cdr-chemical bc5cdr-disease biored-chemical biored-disease linnaeus ncbi-disease"]
        .assert_eq(&names.join(" "));
    let first = finish(&mut bench.shell("\"$WELT\" corpora --list | head -n 1"));
    assert_eq!((first.code, first.err.as_str(), first.out.lines().count()), (Some(0), "", 1));
    assert_eq!(bench.names(), before);
}

#[test]
fn what_would_be_fetched_is_foretold() {
    let bench = Bench::new();
    let before = bench.names();
    check(
        &bench,
        "corpora --dry-run linnaeus",
        &expect![[r#"
        linnaeus: goes to corpora/linnaeus
          from MTL-Bioinformatics-2016, CoNLL form (conll)
            https://raw.githubusercontent.com/cambridgeltl/MTL-Bioinformatics-2016/df0df02fae6dbb87d88ffcf323b9096528f06f84/data/linnaeus-IOB/train.tsv (1.99 MiB)
            https://raw.githubusercontent.com/cambridgeltl/MTL-Bioinformatics-2016/df0df02fae6dbb87d88ffcf323b9096528f06f84/data/linnaeus-IOB/devel.tsv (680.09 KiB)
            https://raw.githubusercontent.com/cambridgeltl/MTL-Bioinformatics-2016/df0df02fae6dbb87d88ffcf323b9096528f06f84/data/linnaeus-IOB/test.tsv (1.17 MiB)
        --
        exit code 0
    "#]],
    );
    check(
        &bench,
        "corpora --dry-run bc4chemd --output data --mirror https://mirror.invalid/corpora",
        &expect![[r#"
        bc4chemd: goes to data/bc4chemd, if its terms are accepted with --accept bc4chemd
          from MTL-Bioinformatics-2016, CoNLL form (conll)
            https://mirror.invalid/corpora/raw.githubusercontent.com/cambridgeltl/MTL-Bioinformatics-2016/df0df02fae6dbb87d88ffcf323b9096528f06f84/data/BC4CHEMD/train.tsv (at most 47.68 MiB)
            https://mirror.invalid/corpora/raw.githubusercontent.com/cambridgeltl/MTL-Bioinformatics-2016/df0df02fae6dbb87d88ffcf323b9096528f06f84/data/BC4CHEMD/devel.tsv (at most 47.68 MiB)
            https://mirror.invalid/corpora/raw.githubusercontent.com/cambridgeltl/MTL-Bioinformatics-2016/df0df02fae6dbb87d88ffcf323b9096528f06f84/data/BC4CHEMD/test.tsv (at most 47.68 MiB)
          or else from Original archive at BioCreative (chemdner)
            https://mirror.invalid/corpora/biocreative.bioinformatics.udel.edu/media/store/files/2014/chemdner_corpus.tar.gz (at most 190.73 MiB)
        --
        exit code 0
    "#]],
    );
    assert_eq!(bench.names(), before);
}

#[test]
fn names_that_no_corpus_has_are_refused() {
    let bench = Bench::new();
    let before = bench.names();
    check(
        &bench,
        "corpora ncbi-diseases",
        &expect![[r#"
        --
        error: no corpus `ncbi-diseases` (did you mean ncbi-disease?), expected one of bc2gm, bc4chemd, bc5cdr-chemical, bc5cdr-disease, biored-chemical, biored-disease, linnaeus, ncbi-disease
        exit code 2
    "#]],
    );
    check(
        &bench,
        "corpora --list --accept bc4chem",
        &expect![[r#"
        --
        error: no corpus `bc4chem` (did you mean bc4chemd?), expected one of bc2gm, bc4chemd, bc5cdr-chemical, bc5cdr-disease, biored-chemical, biored-disease, linnaeus, ncbi-disease
        exit code 2
    "#]],
    );
    check(
        &bench,
        "corpora conll2003 --dry-run",
        &expect![[r#"
        --
        error: no corpus `conll2003`, expected one of bc2gm, bc4chemd, bc5cdr-chemical, bc5cdr-disease, biored-chemical, biored-disease, linnaeus, ncbi-disease
        exit code 2
    "#]],
    );
    assert_eq!(bench.names(), before);
}

#[test]
fn corpora_are_made_from_a_folder_and_held_against_their_counts() {
    let bench = Bench::new();
    fs::create_dir_all(bench.path("downloads/bc4chemd")).unwrap();
    for split in ["train", "dev", "test"] {
        fs::copy(bench.path(&format!("{split}.tsv")), bench.path(&format!("downloads/bc4chemd/{split}.tsv"))).unwrap();
    }
    // The corpus whose files have no checksum: this program counts them.
    check(
        &bench,
        "corpora bc4chemd --from downloads",
        &expect![[r#"
        Classes of the training split in per cent of its tokens, beside the WeLT paper's Table 1

        corpus    O  paper  B  paper  I  paper  state
        bc4chemd  -  92.69  -   3.30  -   4.01  missing

        Sentences, beside the WeLT paper's Table 11, which has one more for a file that ends with an empty line

        corpus    train  paper  dev  paper  test  paper  state
        bc4chemd      -  30683    -  30640     -  26365  missing

        What is not as expected

        - bc4chemd missing: its terms are yours to accept (Unclear): read what `welt corpora --list bc4chemd` says of them, then add --accept bc4chemd
        --
        bc4chemd: missing
        exit code 3
    "#]],
    );
    check(
        &bench,
        "corpora bc4chemd --from downloads --accept bc4chemd",
        &expect![[r#"
        Classes of the training split in per cent of its tokens, beside the WeLT paper's Table 1

        corpus        O  paper     B  paper     I  paper  state
        bc4chemd  90.46  92.69  4.58   3.30  4.96   4.01  differs

        Sentences, beside the WeLT paper's Table 11, which has one more for a file that ends with an empty line

        corpus    train  paper  dev  paper  test  paper  state
        bc4chemd     24  30683    6  30640     8  26365  differs

        What is in the splits

        corpus    split  sentences  tokens  entities    O   B   I
        bc4chemd  train         24     524        24  474  24  26
        bc4chemd  dev            6     121         6  111   6   4
        bc4chemd  test           8     169         4  159   4   6

        What is not as expected

        - bc4chemd differs: MTL-Bioinformatics-2016, CoNLL form: train: sentences 24, expected 30682
        - bc4chemd differs: MTL-Bioinformatics-2016, CoNLL form: dev: sentences 6, expected 30639
        - bc4chemd differs: MTL-Bioinformatics-2016, CoNLL form: test: sentences 8, expected 26364
        --
        bc4chemd: differs
        exit code 1
    "#]],
    );
    assert!(!bench.path("corpora/bc4chemd").exists());
}

#[test]
fn what_is_missing_can_be_brought_by_hand() {
    let bench = Bench::new();
    fs::create_dir(bench.path("downloads")).unwrap();
    check(
        &bench,
        "corpora ncbi-disease --from downloads --output data --format csv --quiet",
        &expect![[r#"
        dataset,split,state,sentences,paper_sentences,tokens,entities,O,B,I,O_percent,paper_O_percent,B_percent,paper_B_percent,I_percent,paper_I_percent
        ncbi-disease,train,missing,,5433,,,,,,,74.44,,12.67,,12.89
        ncbi-disease,dev,missing,,924,,,,,,,,,,,
        ncbi-disease,test,missing,,941,,,,,,,,,,,
        --
        - ncbi-disease missing: CoNLL form by S. Pyysalo: put https://raw.githubusercontent.com/spyysalo/ncbi-disease/5a266c6fc76fb2b5184cfa397ff0a5ecdb133aec/conll/train.tsv at downloads/ncbi-disease/train.tsv
        - ncbi-disease missing: CoNLL form by S. Pyysalo: put https://raw.githubusercontent.com/spyysalo/ncbi-disease/5a266c6fc76fb2b5184cfa397ff0a5ecdb133aec/conll/devel.tsv at downloads/ncbi-disease/dev.tsv
        - ncbi-disease missing: CoNLL form by S. Pyysalo: put https://raw.githubusercontent.com/spyysalo/ncbi-disease/5a266c6fc76fb2b5184cfa397ff0a5ecdb133aec/conll/test.tsv at downloads/ncbi-disease/test.tsv
        - ncbi-disease missing: Original text files in the repository of the CoNLL form: put https://raw.githubusercontent.com/spyysalo/ncbi-disease/5a266c6fc76fb2b5184cfa397ff0a5ecdb133aec/original-data/train/NCBItrainset_corpus.txt at downloads/ncbi-disease/NCBItrainset_corpus.txt
        - ncbi-disease missing: Original text files in the repository of the CoNLL form: put https://raw.githubusercontent.com/spyysalo/ncbi-disease/5a266c6fc76fb2b5184cfa397ff0a5ecdb133aec/original-data/devel/NCBIdevelopset_corpus.txt at downloads/ncbi-disease/NCBIdevelopset_corpus.txt
        - ncbi-disease missing: Original text files in the repository of the CoNLL form: put https://raw.githubusercontent.com/spyysalo/ncbi-disease/5a266c6fc76fb2b5184cfa397ff0a5ecdb133aec/original-data/test/NCBItestset_corpus.txt at downloads/ncbi-disease/NCBItestset_corpus.txt
        - ncbi-disease missing: Original archives at NCBI: put https://www.ncbi.nlm.nih.gov/CBBresearch/Dogan/DISEASE/NCBItrainset_corpus.zip at downloads/NCBItrainset_corpus.zip
        - ncbi-disease missing: Original archives at NCBI: put https://www.ncbi.nlm.nih.gov/CBBresearch/Dogan/DISEASE/NCBIdevelopset_corpus.zip at downloads/NCBIdevelopset_corpus.zip
        - ncbi-disease missing: Original archives at NCBI: put https://www.ncbi.nlm.nih.gov/CBBresearch/Dogan/DISEASE/NCBItestset_corpus.zip at downloads/NCBItestset_corpus.zip
        To provide what is missing by hand, save these files in any folder DIR and add --downloads DIR:
          https://raw.githubusercontent.com/spyysalo/ncbi-disease/5a266c6fc76fb2b5184cfa397ff0a5ecdb133aec/conll/train.tsv as DIR/ncbi-disease/train.tsv
          https://raw.githubusercontent.com/spyysalo/ncbi-disease/5a266c6fc76fb2b5184cfa397ff0a5ecdb133aec/conll/devel.tsv as DIR/ncbi-disease/dev.tsv
          https://raw.githubusercontent.com/spyysalo/ncbi-disease/5a266c6fc76fb2b5184cfa397ff0a5ecdb133aec/conll/test.tsv as DIR/ncbi-disease/test.tsv
        exit code 3
    "#]],
    );
    assert!(!bench.path("data/ncbi-disease").exists());
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_download() {
    use std::net::TcpListener;
    use std::process::{Command, Stdio};

    let bench = Bench::new();
    // A server that takes the connection and says nothing.
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let mirror = format!("http://{}", server.local_addr().unwrap());
    let mut command = bench.command(&format!("corpora ncbi-disease --mirror {mirror}"));
    command.env_remove("WELT_DATASETS").stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let _connection = server.accept().unwrap();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "stopped; run the same command again to go on\n");
}
