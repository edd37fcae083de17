//! Documents as sentences of words and back: against the published CoNLL forms, and for any text and any mentions.
#![allow(clippy::unwrap_used, reason = "clippy allows it in test functions only, not in what they call")]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};
use proptest::prelude::*;
use welt_data::alignment::{
    Breaks, Crossing, Discontinuous, Membership, Overlaps, Rules, TextSentence, Types, WrongText, align, align_all,
    check_mentions, write_text,
};
use welt_data::conll::{self, TagColumn};
use welt_data::ledger::{Allowed, Item, Ledger, Loss, Stage};
use welt_data::{Document, Mention, Passage, Sentence, Word, tokenize};
use welt_tags::{Chunking, Notation, Scheme, Tag};

/// The corpora beside the project, where they are.
fn corpora() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/datasets");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: {} is absent", folder.display());
    None
}

fn mention(entity_type: &str, characters: Range<usize>, text: &str) -> Mention {
    Mention { text: Some(text.to_owned()), ..Mention::new(entity_type, characters) }
}

fn passage(kind: &str, offset: usize, text: &str) -> Passage {
    Passage { kind: kind.to_owned(), offset, text: text.to_owned() }
}

/// The documents of a PubTator file, sorted by their ids as text; no more of the format than the corpora here need.
fn pubtator(path: &Path) -> Vec<Document> {
    let mut documents: Vec<Document> = Vec::new();
    for line in fs::read_to_string(path).unwrap().lines() {
        if let Some((id, title)) = line.split_once("|t|") {
            let passages = vec![passage("title", 0, title)];
            documents.push(Document { id: id.to_owned(), passages, mentions: Vec::new(), sentences: None });
        } else if let Some((_, text)) = line.split_once("|a|") {
            let document = documents.last_mut().unwrap();
            let offset = document.passages[0].range().end + 1;
            document.passages.push(passage("abstract", offset, text));
        } else if let [_, start, end, text, entity_type, ..] = line.split('\t').collect::<Vec<_>>()[..]
            && let (Ok(start), Ok(end)) = (start.parse(), end.parse())
        {
            documents.last_mut().unwrap().mentions.push(mention(entity_type, start..end, text));
        }
    }
    documents.sort_by(|one, other| one.id.cmp(&other.id));
    documents
}

fn published(path: &Path) -> Vec<Sentence> {
    conll::read(path, TagColumn::Find).unwrap().sentences
}

/// How our sentences and the published ones agree: words, tags and breaks; then the ledger.
fn compare(ours: &[&TextSentence<'_>], published: &[Sentence], ledger: &Ledger) -> String {
    let ours: Vec<Sentence> = ours.iter().map(|sentence| sentence.to_sentence(Scheme::Iob2, 1).unwrap()).collect();
    let words = |sentences: &[Sentence]| sentences.iter().flat_map(|one| one.words.clone()).collect::<Vec<_>>();
    let tags = |sentences: &[Sentence]| sentences.iter().flat_map(|one| one.tags.clone()).collect::<Vec<_>>();
    let starts = |sentences: &[Sentence]| {
        let ends = sentences.iter().scan(0, |end, one| {
            *end += one.words.len();
            Some(*end)
        });
        ends.collect::<HashSet<usize>>()
    };
    let (our_words, their_words) = (words(&ours), words(published));
    let mut text = format!("{} words, the same: {}\n", our_words.len(), our_words == their_words);
    let (our_tags, their_tags) = (tags(&ours), tags(published));
    let mut differing = 0;
    for (index, (our, their)) in our_tags.iter().zip(&their_tags).enumerate() {
        if our != their {
            differing += 1;
            if differing <= 12 {
                let around = &our_words[index.saturating_sub(3)..(index + 4).min(our_words.len())];
                text += &format!("{our} for {their} at `{}` in `{}`\n", our_words[index], around.join(" "));
            }
        }
    }
    let (our_starts, their_starts) = (starts(&ours), starts(published));
    text += &format!(
        "{differing} tags differ; {} sentences for {}, {} ends agree\n",
        ours.len(),
        published.len(),
        our_starts.intersection(&their_starts).count()
    );
    text + &ledger.to_string()
}

/// The rules of the corpora for some types under one name.
fn rules(types: &[&str], name: &str) -> Rules {
    Rules { types: Types::joined(types, name), ..Rules::corpora() }
}

const NCBI: [&str; 4] = ["CompositeMention", "DiseaseClass", "Modifier", "SpecificDisease"];

#[track_caller]
fn check_pubtator(original: &str, form: &str, rules: &Rules, expected: &Expect) {
    let Some(folder) = corpora() else {
        return;
    };
    let documents = pubtator(&folder.join(original));
    let aligned = align_all(&documents, rules, 1).unwrap();
    assert_eq!(aligned.ledger.unbalanced(), None);
    let sentences: Vec<&TextSentence<'_>> = aligned.documents.iter().flatten().collect();
    expected.assert_eq(&compare(&sentences, &published(&folder.join(form)), &aligned.ledger));
}

#[test]
fn ncbi_disease_follows_from_its_originals() {
    let rules = rules(&NCBI, "Disease");
    for (original, form, expected) in [
        (
            "NCBItrainset_corpus.txt",
            "train.tsv",
            expect![[r#"
                136086 words, the same: true
                0 tags differ; 5136 sentences for 5432, 5136 ends agree
                stage            documents   sentences       words    mentions
                sentence in            593        5136      136086        5145
                sentence out           593        5136      136086        5145
                tag in                 593        5136      136086        5145
                tag out                593        5136      136086        5145
                tag: widened: 0 lost, 2 changed
                    10802668 105..131 `autosomal dominant disorde` (DiseaseClass) to 105..132
                    and 1 more
                tag: trimmed: 0 lost, 1 changed
                    10923035 711..761 `generalized epilepsy and febrile seizures \" plus \"` (SpecificDisease) stated as `generalized epilepsy and febrile seizures \" plus \"  `
            "#]],
        ),
        (
            "NCBIdevelopset_corpus.txt",
            "dev.tsv",
            expect![[r#"
            23969 words, the same: true
            0 tags differ; 886 sentences for 923, 886 ends agree
            stage            documents   sentences       words    mentions
            sentence in            100         886       23969         787
            sentence out           100         886       23969         787
            tag in                 100         886       23969         787
            tag out                100         886       23969         787
        "#]],
        ),
        (
            "NCBItestset_corpus.txt",
            "test.tsv",
            expect![[r#"
            24497 words, the same: true
            0 tags differ; 891 sentences for 940, 891 ends agree
            stage            documents   sentences       words    mentions
            sentence in            100         891       24497         960
            sentence out           100         891       24497         960
            tag in                 100         891       24497         960
            tag out                100         891       24497         960
        "#]],
        ),
    ] {
        let (original, form) = (format!("ncbi-disease/originals/{original}"), format!("ncbi-disease/{form}"));
        check_pubtator(&original, &form, &rules, &expected);
    }
}

#[track_caller]
fn check_bc5cdr(entity_type: &str, split: (&str, &str), expected: &Expect) {
    let (original, form) = split;
    let original = format!("bc5cdr-chemical/originals/CDR_{original}Set.PubTator.txt");
    let form = format!("bc5cdr-{}/{form}.tsv", entity_type.to_lowercase());
    check_pubtator(&original, &form, &rules(&[entity_type], entity_type), expected);
}

#[test]
fn bc5cdr_follows_from_its_originals() {
    check_bc5cdr(
        "Disease",
        ("Training", "train"),
        &expect![[r#"
            118170 words, the same: true
            0 tags differ; 4551 sentences for 4560, 4549 ends agree
            stage            documents   sentences       words    mentions
            sentence in            500        4551      118170        9385
            sentence out           500        4551      118170        9385
            tag in                 500        4551      118170        9385
            tag out                500        4551      118170        4182
            tag: other-type: 5203 lost, 0 changed
                10091617 0..10 `Selegiline` (Chemical)
                and 5202 more
        "#]],
    );
    check_bc5cdr(
        "Chemical",
        ("Training", "train"),
        &expect![[r#"
            118170 words, the same: true
            0 tags differ; 4551 sentences for 4560, 4549 ends agree
            stage            documents   sentences       words    mentions
            sentence in            500        4551      118170        9385
            sentence out           500        4551      118170        9385
            tag in                 500        4551      118170        9385
            tag out                500        4551      118170        5203
            tag: other-type: 4182 lost, 0 changed
                10091617 19..39 `postural hypotension` (Disease)
                and 4181 more
        "#]],
    );
    check_bc5cdr(
        "Disease",
        ("Development", "dev"),
        &expect![[r#"
            117453 words, the same: true
            I-Disease for B-Disease at `Anthony` in `. St . Anthony ' s fire`
            I-Disease for B-Disease at `Anthony` in `of St . Anthony ' s fire`
            2 tags differ; 4571 sentences for 4581, 4564 ends agree
            stage            documents   sentences       words    mentions
            sentence in            500        4571      117453        9591
            sentence out           500        4571      117453        9591
            tag in                 500        4571      117453        9591
            tag out                500        4571      117453        4244
            tag: other-type: 5347 lost, 0 changed
                10027919 0..16 `22-oxacalcitriol` (Chemical)
                and 5346 more
        "#]],
    );
    check_bc5cdr(
        "Chemical",
        ("Development", "dev"),
        &expect![[r#"
            117453 words, the same: true
            0 tags differ; 4571 sentences for 4581, 4564 ends agree
            stage            documents   sentences       words    mentions
            sentence in            500        4571      117453        9591
            sentence out           500        4571      117453        9591
            tag in                 500        4571      117453        9591
            tag out                500        4571      117453        5347
            tag: other-type: 4244 lost, 0 changed
                10027919 28..57 `secondary hyperparathyroidism` (Disease)
                and 4243 more
            tag: widened: 0 lost, 10 changed
                15075188 1579..1581 `Cl` (Chemical) to 1578..1581
                and 9 more
        "#]],
    );
}

/// The sentences of a file of BC2GM with the genes of `GENE.eval`, whose offsets count characters that are not spaces, the last one included.
fn bc2gm(folder: &Path, name: &str) -> Vec<Document> {
    let mut genes: HashMap<String, Vec<(usize, usize, String)>> = HashMap::new();
    for line in fs::read_to_string(folder.join("GENE.eval")).unwrap().lines() {
        let [id, span, text] = line.splitn(3, '|').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let (first, last) = span.split_once(' ').unwrap();
        let gene = (first.parse().unwrap(), last.parse().unwrap(), text.to_owned());
        genes.entry(id.to_owned()).or_default().push(gene);
    }
    let document = |line: &str| {
        let (id, text) = line.split_once(' ').unwrap();
        let inked: Vec<usize> = text.chars().enumerate().filter(|(_, one)| *one != ' ').map(|(at, _)| at).collect();
        let gene =
            |(first, last, text): &(usize, usize, String)| mention("GENE", inked[*first]..inked[*last] + 1, text);
        let mentions = genes.get(id).into_iter().flatten().map(gene).collect();
        Document { id: id.to_owned(), passages: vec![passage("sentence", 0, text)], mentions, sentences: None }
    };
    fs::read_to_string(folder.join(name)).unwrap().lines().map(document).collect()
}

/// Puts documents of one sentence each into the order of a published file, which holds some of them and cuts some in several.
/// Of sentences of the same words, the one with the same tags is taken first.
fn in_published_order<'a, 'd>(
    documents: &'a [Vec<TextSentence<'d>>],
    published: &[Sentence],
) -> Vec<&'a TextSentence<'d>> {
    let mut waiting: HashMap<Vec<String>, Vec<&TextSentence<'_>>> = HashMap::new();
    for sentence in documents.iter().flatten().rev() {
        waiting.entry(sentence.to_words(1).words).or_default().push(sentence);
    }
    let mut ordered = Vec::new();
    let (mut words, mut tags) = (Vec::new(), Vec::new());
    for piece in published {
        words.extend_from_slice(&piece.words);
        tags.extend_from_slice(&piece.tags);
        if let Some(same) = waiting.get_mut(&words).filter(|same| !same.is_empty()) {
            let tagged_so = |sentence: &&TextSentence<'_>| sentence.tags(Scheme::Iob2).unwrap() == tags;
            let index = same.iter().position(tagged_so).unwrap_or(same.len() - 1);
            ordered.push(same.remove(index));
            words.clear();
            tags.clear();
        }
    }
    ordered
}

#[track_caller]
fn check_bc2gm(original: &str, forms: &[(&str, Expect)]) {
    let Some(folder) = corpora() else {
        return;
    };
    let folder = folder.join("bc2gm");
    let documents = bc2gm(&folder.join("originals").join(original), &format!("{original}.in"));
    let rules = Rules { breaks: Breaks::Passages, ..Rules::corpora() };
    let aligned = align_all(&documents, &rules, 2).unwrap();
    assert_eq!(aligned.ledger.unbalanced(), None);
    for (form, expected) in forms {
        let published = published(&folder.join(form));
        let sentences = in_published_order(&aligned.documents, &published);
        expected.assert_eq(&compare(&sentences, &published, &aligned.ledger));
    }
}

#[test]
fn bc2gm_follows_from_its_originals() {
    check_bc2gm(
        "test",
        &[(
            "test.tsv",
            expect![[r#"
                143465 words, the same: true
                0 tags differ; 5000 sentences for 5038, 5000 ends agree
                stage            documents   sentences       words    mentions
                sentence in           5000        5000      143465        6331
                sentence out          5000        5000      143465        6331
                tag in                5000        5000      143465        6331
                tag out               5000        5000      143465        6325
                tag: nested: 6 lost, 0 changed
                    BC2GM003162436 136..165 `(Rbu-P2 carboxylase) activase` (GENE) beside 88..165
                    BC2GM004781079 11..18 `FTA-ABS` (GENE) beside 11..26
                    and 4 more
            "#]],
        )],
    );
    check_bc2gm(
        "train",
        &[
            (
                "dev.tsv",
                expect![[r#"
                    71042 words, the same: true
                    0 tags differ; 2500 sentences for 2519, 2500 ends agree
                    stage            documents   sentences       words    mentions
                    sentence in          15000       15000      426447       18265
                    sentence out         15000       15000      426447       18265
                    tag in               15000       15000      426447       18265
                    tag out              15000       15000      426447       18258
                    tag: wrong-text: 0 lost, 1 changed
                        P02196565T0000 184..212 `/translation upstream factor` (GENE) stated as `translation upstream factor`
                    tag: nested: 7 lost, 0 changed
                        P01406630A0965 23..26 `p65` (GENE) beside 23..49
                        P09420220A0070 105..131 `HCMV major immediate-early` (GENE) beside 105..141
                        and 5 more
                "#]],
            ),
            (
                "train.tsv",
                expect![[r#"
                    355405 words, the same: true
                    B-GENE for O at `/` in `binding protein 1 / translation upstream factor`
                    I-GENE for B-GENE at `translation` in `protein 1 / translation upstream factor .`
                    2 tags differ; 12500 sentences for 12574, 12500 ends agree
                    stage            documents   sentences       words    mentions
                    sentence in          15000       15000      426447       18265
                    sentence out         15000       15000      426447       18265
                    tag in               15000       15000      426447       18265
                    tag out              15000       15000      426447       18258
                    tag: wrong-text: 0 lost, 1 changed
                        P02196565T0000 184..212 `/translation upstream factor` (GENE) stated as `translation upstream factor`
                    tag: nested: 7 lost, 0 changed
                        P01406630A0965 23..26 `p65` (GENE) beside 23..49
                        P09420220A0070 105..131 `HCMV major immediate-early` (GENE) beside 105..141
                        and 5 more
                "#]],
            ),
        ],
    );
}

/// The documents of one split of LINNAEUS.
fn linnaeus(folder: &Path, split: &str) -> Vec<Document> {
    let mut species: HashMap<String, Vec<Mention>> = HashMap::new();
    for line in fs::read_to_string(folder.join("tags.tsv")).unwrap().lines().skip(1) {
        let [_, id, start, end, text, ..] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let found = mention("Species", start.parse().unwrap()..end.parse().unwrap(), text);
        species.entry(id.to_owned()).or_default().push(found);
    }
    let document = |id: &str| {
        let text = fs::read_to_string(folder.join("txt").join(format!("{id}.txt"))).unwrap();
        let mentions = species.remove(id).unwrap_or_default();
        Document { id: id.to_owned(), passages: vec![passage("text", 0, &text)], mentions, sentences: None }
    };
    fs::read_to_string(folder.join("split").join(format!("{split}.txt"))).unwrap().lines().map(document).collect()
}

#[track_caller]
fn check_linnaeus(split: &str, form: &str, expected: &Expect) {
    let Some(folder) = corpora() else {
        return;
    };
    let folder = folder.join("linnaeus");
    let documents = linnaeus(&folder.join("originals"), split);
    let aligned = align_all(&documents, &Rules { breaks: Breaks::FoundInLines, ..Rules::corpora() }, 2).unwrap();
    assert_eq!(aligned.ledger.unbalanced(), None);
    // The published words are transliterated to ASCII, so that only what is named can be compared.
    let published = published(&folder.join(form));
    let named = |sentence: &Sentence| {
        let tags: Vec<String> = sentence.tags.iter().map(ToString::to_string).collect();
        let spans = Chunking::Strict(Scheme::Iob2).spans(&tags, Notation::Prefix).unwrap();
        spans.into_iter().map(|span| sentence.words[span.words()].concat()).collect::<Vec<_>>()
    };
    let ours = aligned.documents.iter().flatten().map(|sentence| sentence.to_sentence(Scheme::Iob2, 1).unwrap());
    let ours: Vec<String> = ours.flat_map(|sentence| named(&sentence)).collect();
    let theirs: Vec<String> = published.iter().flat_map(named).collect();
    let only = |left: &[String], right: &[String]| {
        let mut counts: BTreeMap<String, i64> = BTreeMap::new();
        left.iter().for_each(|name| *counts.entry(name.clone()).or_default() += 1);
        right.iter().for_each(|name| *counts.entry(name.clone()).or_default() -= 1);
        counts.into_iter().filter(|(_, count)| *count > 0).collect::<Vec<_>>()
    };
    let sentences: usize = aligned.documents.iter().map(Vec::len).sum();
    let text = format!(
        "{} entities for {}; only ours {:?}, only theirs {:?}; {sentences} sentences for {}\n{}",
        ours.len(),
        theirs.len(),
        only(&ours, &theirs),
        only(&theirs, &ours),
        published.len(),
        aligned.ledger
    );
    expected.assert_eq(&text);
}

#[test]
fn linnaeus_follows_from_its_originals() {
    check_linnaeus(
        "devel",
        "dev.tsv",
        &expect![[r#"
            708 entities for 711; only ours [("S.FAECIUM", 3)], only theirs [("FAECIUM", 3), ("S.", 3)]; 3794 sentences for 4078
            stage            documents   sentences       words    mentions
            sentence in             17        3797       93573         708
            sentence out            17        3797       93573         708
            tag in                  17        3797       93573         708
            tag out                 17        3794       93573         708
            tag: merged-sentences: 3 lost, 0 changed
        "#]],
    );
    check_linnaeus(
        "test",
        "test.tsv",
        &expect![[r#"
            1432 entities for 1433; only ours [("C.pipiens", 1)], only theirs [("C.", 1), ("pipiens", 1)]; 6643 sentences for 7142
            stage            documents   sentences       words    mentions
            sentence in             33        6643      164237        1432
            sentence out            33        6643      164237        1432
            tag in                  33        6643      164237        1432
            tag out                 33        6643      164237        1432
            tag: widened: 0 lost, 1 changed
                pmcA1891629 554..572 `C. quiquefasciatus` (Species) to 554..578
        "#]],
    );
    check_linnaeus(
        "train",
        "train.tsv",
        &expect![[r#"
            2119 entities for 2119; only ours [], only theirs []; 11158 sentences for 11935
            stage            documents   sentences       words    mentions
            sentence in             50       11158      280232        2119
            sentence out            50       11158      280232        2119
            tag in                  50       11158      280232        2119
            tag out                 50       11158      280232        2119
            tag: widened: 0 lost, 5 changed
                pmcA2238978 7776..7791 `B. cereus group` (Species) to 7776..7807
                pmcA2365769 4736..4750 `Toxocara canis` (Species) to 4736..4751
                and 3 more
        "#]],
    );
}

/// One sentence a line, `word/tag`; then what the ledger lists, and the mentions that come back where they are not those of the document.
fn show(document: &Document, rules: &Rules) -> String {
    let mut ledger = Ledger::listing(9);
    let sentences = match align(document, rules, &mut ledger) {
        Ok(sentences) => sentences,
        Err(error) => return error.to_string() + "\n",
    };
    assert_eq!(ledger.unbalanced(), None);
    let mut text = String::new();
    for sentence in &sentences {
        let tags = sentence.tags(Scheme::Iob2).unwrap();
        let tagged = |(word, tag): (&Word<'_>, &Tag)| format!("{}/{tag}", word.text);
        text += &sentence.words.iter().zip(&tags).map(tagged).collect::<Vec<_>>().join(" ");
        text += "\n";
    }
    for (loss, entry) in &ledger.stages()[&Stage::Tag].entries {
        text += &format!("{loss}: {} lost, {} changed, {} added\n", entry.lost, entry.changed, entry.added);
        entry.items.iter().for_each(|item| text += &format!("    {item}\n"));
    }
    text
}

/// A document of one passage with mentions of one part each.
fn document(text: &str, mentions: &[(&str, Range<usize>)]) -> Document {
    let mentions = mentions.iter().map(|(entity_type, part)| Mention::new(entity_type, part.clone())).collect();
    Document { id: "d".to_owned(), passages: vec![passage("title", 0, text)], mentions, sentences: None }
}

#[test]
fn adjacent_mentions_stay_apart() {
    let document = document("lung cancer/tumour.", &[("A", 0..11), ("A", 11..12), ("B", 12..18)]);
    expect![[r#"
        lung/B-A cancer/I-A //B-A tumour/B-B ./O
    "#]]
    .assert_eq(&show(&document, &Rules::corpora()));
}

#[test]
fn who_shares_a_word_is_chosen_by_rule() {
    let text = "breast and lung cancers2b";
    let mentions = [("A", 0..6), ("A", 0..15), ("A", 11..22), ("B", 22..25), ("A", 0..15), ("B", 0..15)];
    let shown = [Overlaps::Longest, Overlaps::Shortest, Overlaps::First]
        .map(|overlaps| show(&document(text, &mentions), &Rules { overlaps, ..Rules::corpora() }));
    expect![[r#"
        breast/B-A and/I-A lung/I-A cancers2b/B-B
        duplicate: 1 lost, 0 changed, 0 added
            d 0..15 `breast and lung` (A) beside 0..15
        nested: 2 lost, 0 changed, 0 added
            d 0..15 `breast and lung` (B) beside 0..15
            d 0..6 `breast` (A) beside 0..15
        overlapping: 1 lost, 0 changed, 0 added
            d 11..22 `lung cancer` (A) beside 0..15
        widened: 0 lost, 1 changed, 0 added
            d 22..25 `s2b` (B) to 16..25

        breast/B-A and/O lung/O cancers2b/B-B
        nested: 3 lost, 0 changed, 0 added
            d 0..15 `breast and lung` (A) beside 0..6
            d 0..15 `breast and lung` (A) beside 0..6
            d 0..15 `breast and lung` (B) beside 0..6
        shares-word: 1 lost, 0 changed, 0 added
            d 11..22 `lung cancer` (A) beside 22..25
        widened: 0 lost, 1 changed, 0 added
            d 22..25 `s2b` (B) to 16..25

        breast/B-A and/I-A lung/I-A cancers2b/B-B
        duplicate: 1 lost, 0 changed, 0 added
            d 0..15 `breast and lung` (A) beside 0..15
        nested: 2 lost, 0 changed, 0 added
            d 0..15 `breast and lung` (B) beside 0..15
            d 0..6 `breast` (A) beside 0..15
        overlapping: 1 lost, 0 changed, 0 added
            d 11..22 `lung cancer` (A) beside 0..15
        widened: 0 lost, 1 changed, 0 added
            d 22..25 `s2b` (B) to 16..25
    "#]]
    .assert_eq(&shown.join("\n"));
}

#[test]
fn borders_within_words_are_moved_by_rule() {
    let document = document("non-Hodgkins lymphoma ", &[("A", 4..11), ("A", 12..22), ("A", 2..3)]);
    let shown = [Membership::Overlapping, Membership::Inside]
        .map(|membership| show(&document, &Rules { membership, ..Rules::corpora() }));
    expect![[r#"
        non/B-A -/O Hodgkins/B-A lymphoma/B-A
        widened: 0 lost, 2 changed, 0 added
            d 2..3 `n` (A) to 0..3
            d 4..11 `Hodgkin` (A) to 4..12
        trimmed: 0 lost, 1 changed, 0 added
            d 12..22 ` lymphoma ` (A) to 13..21

        non/O -/O Hodgkins/O lymphoma/B-A
        no-word: 2 lost, 0 changed, 0 added
            d 4..11 `Hodgkin` (A)
            d 2..3 `n` (A)
        trimmed: 0 lost, 1 changed, 0 added
            d 12..22 ` lymphoma ` (A) to 13..21
    "#]]
    .assert_eq(&shown.join("\n"));
}

#[test]
fn mentions_of_several_parts_are_taken_by_rule() {
    let mut document = document("ovarian and breast cancer", &[("A", 0..7)]);
    document.mentions[0].parts.push(19..25);
    let shown = [Discontinuous::Cover, Discontinuous::Parts, Discontinuous::Drop]
        .map(|discontinuous| show(&document, &Rules { discontinuous, ..Rules::corpora() }));
    expect![[r#"
        ovarian/B-A and/I-A breast/I-A cancer/I-A
        discontinuous: 0 lost, 1 changed, 0 added
            d 0..7;19..25 `ovarian cancer` (A) covered as 0..25

        ovarian/B-A and/O breast/O cancer/B-A
        discontinuous: 0 lost, 1 changed, 1 added
            d 0..7;19..25 `ovarian cancer` (A) taken apart

        ovarian/O and/O breast/O cancer/O
        discontinuous: 1 lost, 0 changed, 0 added
            d 0..7;19..25 `ovarian cancer` (A)
    "#]]
    .assert_eq(&shown.join("\n"));
}

/// BRAT cuts mentions at line breaks, which says nothing of them.
#[test]
fn a_mention_that_white_space_alone_cuts_is_one() {
    let mut document = document("two breast\ncancer  cells", &[("A", 4..10)]);
    document.mentions[0].parts.extend([11..17, 19..24]);
    for discontinuous in [Discontinuous::Cover, Discontinuous::Parts, Discontinuous::Drop] {
        let shown = show(&document, &Rules { discontinuous, ..Rules::corpora() });
        assert_eq!(shown, "two/O breast/B-A cancer/I-A cells/I-A\n", "{discontinuous:?}");
    }
}

#[test]
fn mentions_of_several_sentences_are_taken_by_rule() {
    let document = document("A strain. Of mice. No.", &[("A", 2..12), ("B", 13..17)]);
    let shown = [Crossing::Merge, Crossing::Cut, Crossing::Drop]
        .map(|crossing| show(&document, &Rules { crossing, ..Rules::corpora() }));
    expect![[r#"
        A/O strain/B-A ./I-A Of/I-A mice/B-B ./O
        No/O ./O
        merged-sentences: 1 lost, 0 changed, 0 added

        A/O strain/B-A ./I-A
        Of/B-A mice/B-B ./O
        No/O ./O
        crosses-sentence: 0 lost, 1 changed, 1 added
            d 2..12 `strain. Of` (A) cut

        A/O strain/O ./O
        Of/O mice/B-B ./O
        No/O ./O
        crosses-sentence: 1 lost, 0 changed, 0 added
            d 2..12 `strain. Of` (A)
    "#]]
    .assert_eq(&shown.join("\n"));
}

#[test]
fn what_no_word_holds_is_named() {
    let text = "one  two";
    let mut document = document(text, &[("A", 0..0), ("A", 3..3), ("A", 3..5), ("A", 6..99), ("C", 0..3)]);
    document.mentions[0].parts.clear();
    document.mentions[1].parts[0] = Range { start: 5, end: 2 };
    document.passages.push(passage("abstract", 10, "three"));
    document.mentions.extend([mention("A", 5..8, "twO"), mention("A", 6..11, "wo t"), mention("B", 9..11, " t")]);
    document.mentions.push(Mention { parts: vec![0..3, 10..15], ..mention("A", 0..3, "one three") });
    let types = Types::Only(["A", "B"].map(|name| (name.to_owned(), name.to_owned())).into());
    let rules = Rules { types, ..Rules::corpora() };
    let shown = [rules.clone(), Rules { wrong_text: WrongText::Drop, ..rules }].map(|rules| show(&document, &rules));
    expect![[r#"
        one/O two/B-A
        three/O
        other-type: 1 lost, 0 changed, 0 added
            d 0..3 `one` (C)
        empty: 2 lost, 0 changed, 0 added
            d (A)
            d 5..2 (A)
        outside-text: 2 lost, 0 changed, 0 added
            d 6..99 (A)
            d 9..11 ` t` (B)
        crosses-passage: 2 lost, 0 changed, 0 added
            d 6..11 `wo t` (A)
            d 0..3;10..15 `one three` (A)
        wrong-text: 0 lost, 1 changed, 0 added
            d 5..8 `two` (A) stated as `twO`
        no-word: 1 lost, 0 changed, 0 added
            d 3..5 `  ` (A)

        one/O two/O
        three/O
        other-type: 1 lost, 0 changed, 0 added
            d 0..3 `one` (C)
        empty: 2 lost, 0 changed, 0 added
            d (A)
            d 5..2 (A)
        outside-text: 2 lost, 0 changed, 0 added
            d 6..99 (A)
            d 9..11 ` t` (B)
        crosses-passage: 2 lost, 0 changed, 0 added
            d 6..11 `wo t` (A)
            d 0..3;10..15 `one three` (A)
        wrong-text: 1 lost, 0 changed, 0 added
            d 5..8 `two` (A) stated as `twO`
        no-word: 1 lost, 0 changed, 0 added
            d 3..5 `  ` (A)
    "#]]
    .assert_eq(&shown.join("\n"));
}

#[test]
fn types_get_no_white_space() {
    let document = document("CC(O)=O and gas", &[("NO CLASS", 0..7), ("A", 12..15)]);
    let shown = show(&document, &Rules::corpora());
    expect![[r#"
        CC/B-NO_CLASS (/I-NO_CLASS O/I-NO_CLASS )/I-NO_CLASS =/I-NO_CLASS O/I-NO_CLASS and/O gas/B-A
        unwritten-entity-types: 0 lost, 1 changed, 0 added
            d 0..7 `CC(O)=O` (NO CLASS) as NO_CLASS
    "#]]
    .assert_eq(&shown);
    let mut ledger = Ledger::listing(1);
    let sentences = align(&document, &Rules::corpora(), &mut ledger).unwrap();
    let mut text = Vec::new();
    write_text(&mut text, &sentences, Scheme::Iob2).unwrap();
    let spaced = String::from_utf8(text).unwrap().replace('\t', " ");
    let read = conll::parse(Path::new("c"), spaced.as_bytes(), TagColumn::Find).unwrap();
    assert_eq!(read.sentences[0].tags[0].to_string(), "B-NO_CLASS");
    assert!(ledger.check(&Allowed::of(["unwritten-entity-types"]).unwrap()).is_ok());
}

#[test]
fn mentions_of_documents_that_stay_documents_are_checked() {
    let passages = vec![passage("title", 2, "β-thal\u{a0}x."), passage("abstract", 15, "No cure.")];
    let parts = |parts: &[Range<usize>], text: &str| Mention { parts: parts.to_vec(), ..mention("A", 0..0, text) };
    let mentions = vec![
        mention("A", 2..8, "β-thal"),
        mention("A", 2..10, "β-thal x"),
        mention("A", 2..8, "beta-thal"),
        mention("A", 2..8, "β-tha"),
        Mention::new("A", 2..8),
        Mention::new("A", 0..8),
        Mention::new("A", 20..24),
        mention("A", usize::MAX - 1..usize::MAX, "x"),
        Mention::new("A", 5..5),
        parts(&[], "x"),
        parts(&[2..3, 15..17], "β No"),
        parts(&[2..3, 15..17], "βNo"),
        mention("A", 9..17, "x.    No"),
        mention("A", 9..17, "x. No"),
    ];
    let document = Document { id: "d".to_owned(), passages, mentions, sentences: None };
    let mut ledger = Ledger::listing(9);
    check_mentions(&document, &mut ledger);
    ledger.read(std::slice::from_ref(&document));
    assert_eq!(ledger.unbalanced(), None);
    expect![[r#"
        stage            documents   sentences       words    mentions
        read in                  1           0           0          14
        read out                 1           0           0          14
        read: empty: 0 lost, 2 changed
            d 5..5 (A)
            d (A)
        read: outside-text: 0 lost, 3 changed
            d 0..8 (A)
            d 20..24 (A)
            d 18446744073709551614..18446744073709551615 `x` (A)
        read: wrong-text: 0 lost, 4 changed
            d 2..8 `β-thal` (A) stated as `beta-thal`
            d 2..8 `β-thal` (A) stated as `β-tha`
            d 2..3;15..17 `β No` (A) stated as `βNo`
            d 9..17 `x. No` (A) stated as `x. No`
    "#]]
    .assert_eq(&ledger.to_string());
}

#[test]
fn many_losses_in_a_long_text_are_listed_at_once() {
    let text = "β-x yz ".repeat(40_000);
    let mentions = (0..40_000).flat_map(|word| {
        let start = word * 7;
        [mention("A", start..start + 6, "β-x yz"), mention("A", start..start + 3, "b-x")]
    });
    let document = Document { mentions: mentions.collect(), ..document(&text, &[]) };
    let mut ledger = Ledger::listing(usize::MAX);
    align(&document, &Rules { breaks: Breaks::Passages, ..Rules::corpora() }, &mut ledger).unwrap();
    check_mentions(&document, &mut ledger);
    let nested = &ledger.stages()[&Stage::Tag].entries[&Loss::Nested];
    assert_eq!((nested.lost, nested.items[39_999].text.as_str()), (40_000, "β-x"));
    assert_eq!(ledger.stages()[&Stage::Read].entries[&Loss::WrongText].changed, 40_000);
}

#[test]
fn sentences_begin_where_they_are_asked_to() {
    let mut document = document("It fell. In\nall 5-year olds.", &[("A", 16..22)]);
    document.sentences = Some(vec![vec![0..2, 3..8], Vec::new(), vec![9..11, 12..15, 16..22, 23..28]]);
    let shown = [Breaks::Found, Breaks::FoundInLines, Breaks::Lines, Breaks::Passages, Breaks::Given]
        .map(|breaks| show(&document, &Rules { breaks, ..Rules::corpora() }));
    expect![[r#"
        It/O fell/O ./O
        In/O all/O 5/B-A -/I-A year/I-A olds/O ./O

        It/O fell/O ./O
        In/O
        all/O 5/B-A -/I-A year/I-A olds/O ./O

        It/O fell/O ./O In/O
        all/O 5/B-A -/I-A year/I-A olds/O ./O

        It/O fell/O ./O In/O all/O 5/B-A -/I-A year/I-A olds/O ./O

        It/O fell./O
        In/O all/O 5-year/B-A olds./O
    "#]]
    .assert_eq(&shown.join("\n"));
}

#[test]
fn documents_that_contradict_themselves_are_errors() {
    let given = Rules { breaks: Breaks::Given, ..Rules::corpora() };
    let mut shown = show(&document("one two", &[]), &given);
    let ranges =
        |words: &[[usize; 2]]| -> Vec<Range<usize>> { words.iter().map(|[start, end]| *start..*end).collect() };
    for words in [&[[0, 3], [2, 5]][..], &[[0, 3], [3, 3]], &[[4, 9]], &[[9, 10]]].map(ranges) {
        let document = Document { sentences: Some(vec![words]), ..document("one two", &[]) };
        shown += &show(&document, &given);
    }
    for offset in [6, usize::MAX] {
        let mut document = document("one two", &[]);
        document.passages.push(passage("abstract", offset, "three"));
        shown += &show(&document, &Rules::corpora());
    }
    let mut ledger = Ledger::listing(1);
    assert!(align(&document(" \n", &[("A", 0..1)]), &Rules::corpora(), &mut ledger).unwrap().is_empty());
    assert_eq!(ledger.unbalanced(), None);
    shown += &ledger.check(&Allowed::none()).unwrap_err().to_string();
    expect![[r#"
        document `d` comes without sentences, expected the words of each sentence; have them found by rules or by lines
        document `d`: the word at the characters 2..5 is empty, does not follow the word before it, or leaves the passage of its sentence; expected words in the order of the text
        document `d`: the word at the characters 3..3 is empty, does not follow the word before it, or leaves the passage of its sentence; expected words in the order of the text
        document `d`: the word at the characters 4..9 is empty, does not follow the word before it, or leaves the passage of its sentence; expected words in the order of the text
        document `d`: the word at the characters 9..10 is empty, does not follow the word before it, or leaves the passage of its sentence; expected words in the order of the text
        document `d`: the passage 2 does not begin behind the one before it, expected passages that do not overlap, in the order of their offsets; correct the offsets
        document `d`: the passage 2 does not begin behind the one before it, expected passages that do not overlap, in the order of their offsets; correct the offsets
        1 no-word in the stage `tag`: d 0..1 ` ` (A)"#]].assert_eq(&shown);
}

fn any_text() -> impl Strategy<Value = String> {
    "([A-Ba-b1é𝛽\u{301}\u{200b}.()\n\t -]|\\. A|\\PC){0,40}"
}

/// Passages one behind the other, with mentions anywhere, right and wrong ones.
fn any_document() -> impl Strategy<Value = Document> {
    let part = prop_oneof![8 => (0_usize..90, 1_usize..12), 1 => Just((0, usize::MAX)), 1 => Just((7, 0))];
    let mention = (prop::sample::select(vec!["A", "B", "A-B", "_"]), prop::collection::vec(part, 1..3), 0_u8..4);
    let mentions = prop::collection::vec(mention, 0..12);
    (prop::collection::vec((0_usize..3, any_text()), 0..4), mentions).prop_map(|(texts, mentions)| {
        let mut document = Document { id: "d".to_owned(), passages: Vec::new(), mentions: Vec::new(), sentences: None };
        for (gap, text) in texts {
            let end = document.passages.last().map_or(0, |passage| passage.range().end);
            document.passages.push(passage("text", end + gap, &text));
        }
        for (entity_type, parts, states) in mentions {
            let range = |(start, length): (usize, usize)| start..start.saturating_add(length);
            let mut made = Mention::new(entity_type, 0..0);
            made.parts = parts.into_iter().map(range).collect();
            made.text = match states {
                0 => None,
                1 => Some("wrong".to_owned()),
                _ => document.text_at(&made),
            };
            document.mentions.push(made);
        }
        document
    })
}

fn any_rules() -> impl Strategy<Value = Rules> {
    use prop::sample::select;
    (
        select(vec![Breaks::Found, Breaks::FoundInLines, Breaks::Lines, Breaks::Passages]),
        select(vec![Membership::Overlapping, Membership::Inside]),
        select(vec![Overlaps::Longest, Overlaps::Shortest, Overlaps::First]),
        select(vec![Discontinuous::Cover, Discontinuous::Parts, Discontinuous::Drop]),
        select(vec![Crossing::Merge, Crossing::Cut, Crossing::Drop]),
        select(vec![WrongText::Drop, WrongText::Trust]),
    )
        .prop_map(|(breaks, membership, overlaps, discontinuous, crossing, wrong_text)| Rules {
            breaks,
            membership,
            overlaps,
            discontinuous,
            crossing,
            wrong_text,
            types: Types::All,
        })
}

/// Parts as one, where nothing but white space lies between them.
fn whole(document: &Document, parts: &[Range<usize>]) -> Vec<Range<usize>> {
    let is_blank = |gap: Range<usize>| document.slice(&gap).is_some_and(|text| text.trim().is_empty());
    match parts {
        [first, .., last]
            if parts.windows(2).all(|pair| pair[0].end <= pair[1].start && is_blank(pair[0].end..pair[1].start)) =>
        {
            std::iter::once(first.start..last.end).collect()
        }
        _ => parts.to_vec(),
    }
}

/// How often each mention occurs, by its type and characters.
fn tally(mentions: impl Iterator<Item = (String, Vec<Range<usize>>)>) -> HashMap<(String, Vec<Range<usize>>), usize> {
    let mut tally = HashMap::new();
    mentions.for_each(|key| *tally.entry(key).or_default() += 1);
    tally
}

proptest! {
    #[test]
    fn every_mention_comes_back_or_is_named(document in any_document(), rules in any_rules()) {
        let mut ledger = Ledger::listing(usize::MAX);
        let sentences = align(&document, &rules, &mut ledger).unwrap();
        prop_assert_eq!(ledger.unbalanced(), None);
        let mut back = Vec::new();
        for sentence in &sentences {
            back.extend(sentence.mentions(&sentence.spans).unwrap());
        }
        let account = &ledger.stages()[&Stage::Tag];
        prop_assert_eq!(back.len(), account.out.mentions);
        for mention in &back {
            prop_assert_eq!(&document.text_at(mention), &mention.text);
        }
        let key = |mention: &Mention| (mention.entity_type.clone(), mention.parts.clone());
        let found = tally(back.iter().map(key));
        let items = account.entries.values().flat_map(|entry| &entry.items);
        let named = tally(items.map(|item: &Item| (item.entity_type.clone(), item.parts.clone())));
        for (mention, count) in tally(document.mentions.iter().map(key)) {
            let named = named.get(&mention).copied().unwrap_or(0);
            // What white space alone cuts comes back as one part.
            let whole = (mention.0.clone(), whole(&document, &mention.1));
            prop_assert!(count <= named + found.get(&whole).copied().unwrap_or(0), "{mention:?}");
        }
        let unchanged = account.entries.values().all(|entry| entry.changed == 0 && entry.added == 0);
        if unchanged {
            let given = document.mentions.iter().map(|mention| (mention.entity_type.clone(), whole(&document, &mention.parts)));
            let given = tally(given);
            prop_assert!(found.iter().all(|(mention, count)| given.get(mention).is_some_and(|given| count <= given)));
        }
    }

    #[test]
    fn sentences_hold_every_word_once(document in any_document(), rules in any_rules()) {
        let sentences = align(&document, &rules, &mut Ledger::listing(0)).unwrap();
        let found: Vec<(usize, &str)> =
            sentences.iter().flat_map(|sentence| &sentence.words).map(|word| (word.start, word.text)).collect();
        let words = document.passages.iter().flat_map(|passage| {
            tokenize(&passage.text).into_iter().map(|word| (passage.offset + word.start, word.text))
        });
        prop_assert_eq!(found, words.collect::<Vec<_>>());
        for sentence in &sentences {
            let (first, last) = (&sentence.words[0], &sentence.words[sentence.words.len() - 1]);
            prop_assert_eq!(document.slice(&(first.start..last.end)), Some(sentence.text()));
        }
    }

    #[test]
    fn tags_hold_what_the_spans_hold(document in any_document(), rules in any_rules()) {
        for sentence in align(&document, &rules, &mut Ledger::listing(0)).unwrap() {
            for scheme in [Scheme::Iob2, Scheme::Ioe2, Scheme::Iobes, Scheme::Bilou] {
                let tags: Vec<String> = sentence.tags(scheme).unwrap().iter().map(ToString::to_string).collect();
                let spans = Chunking::Strict(scheme).spans(&tags, Notation::Prefix).unwrap();
                prop_assert_eq!(&spans, &sentence.spans, "{}", scheme);
            }
        }
    }

    #[test]
    fn files_of_texts_are_files_of_sentences(document in any_document(), rules in any_rules()) {
        let texts = align(&document, &rules, &mut Ledger::listing(0)).unwrap();
        let sentences = texts.iter().map(|sentence| sentence.to_sentence(Scheme::Iobes, 1));
        let (mut direct, mut by_sentences) = (Vec::new(), Vec::new());
        write_text(&mut direct, &texts, Scheme::Iobes).unwrap();
        conll::write(&mut by_sentences, &sentences.collect::<Result<Vec<_>, _>>().unwrap()).unwrap();
        prop_assert_eq!(direct, by_sentences);
    }

    #[test]
    fn given_words_are_taken_as_found_ones(mut document in any_document(), rules in any_rules()) {
        let found: Vec<Vec<Range<usize>>> = align(&document, &rules, &mut Ledger::listing(0))
            .unwrap()
            .iter()
            .map(|sentence| sentence.words.iter().map(|word| word.start..word.end).collect())
            .collect();
        document.sentences = Some(found);
        let given = Rules { breaks: Breaks::Given, crossing: Crossing::Merge, ..rules.clone() };
        let found = Rules { crossing: Crossing::Merge, ..rules };
        let (mut from_given, mut from_text) = (Ledger::listing(9), Ledger::listing(9));
        let given = align(&document, &given, &mut from_given).unwrap();
        prop_assert_eq!(given, align(&document, &found, &mut from_text).unwrap());
        let losses = |ledger: &Ledger| {
            let mut entries = ledger.stages()[&Stage::Tag].entries.clone();
            entries.remove(&Loss::MergedSentences);
            entries
        };
        prop_assert_eq!(losses(&from_given), losses(&from_text));
    }

    #[test]
    fn rules_are_read_as_they_are_written(rules in any_rules()) {
        let text = serde_json::to_string(&rules).unwrap();
        prop_assert_eq!(serde_json::from_str::<Rules>(&text).unwrap(), rules);
    }

    #[test]
    fn many_documents_are_as_one_after_the_other(documents in prop::collection::vec(any_document(), 0..70)) {
        let rules = Rules::corpora();
        let mut ledger = Ledger::listing(2);
        let one_by_one: Vec<_> = documents.iter().map(|document| align(document, &rules, &mut ledger).unwrap()).collect();
        let aligned = align_all(&documents, &rules, 2).unwrap();
        prop_assert_eq!(aligned.documents, one_by_one);
        prop_assert_eq!(aligned.ledger, ledger);
    }
}
