//! Writes made-up articles as PubMed's yearly files have them: the elements, entities, labelled sections and other languages of real records, and words drawn from a list.
//! The same number of articles is the same file, byte for byte.
//!
//! `cargo run --release -p welt-data --example made_pubmed -- 30000 > made.xml`

use std::fmt::Write as _;
use std::io::{BufWriter, Write as _, stdout};

use rand_xoshiro::Xoshiro256StarStar;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

const WORDS: &str = "the of and in with patients cells expression treatment was were by for protein increased levels \
    study between after effects disease human activity clinical induced group significantly receptor response results \
    rats gene analysis tumor blood associated acute chronic ataxia asthma aspirin warfarin interferon fibrosis \
    hypertension insulin glucose plasma serum kinase binding membrane liver renal cardiac pulmonary infection bacterial \
    Escherichia coli antibody antigen mutation risk mortality therapy dose placebo randomized trial cohort children";

/// What real texts hold besides words, as it stands in the file.
const ODD: [&str; 14] = [
    "&lt; 0.05",
    "&gt;90%",
    "&#x3b1;-synuclein",
    "&#946;2",
    "\u{3b1}-tocopherol",
    "5\u{2009}\u{b5}g/ml",
    "H<sub>2</sub>O<sub>2</sub>",
    "10<sup>5</sup>",
    "<i>Escherichia coli</i>",
    "S&#xe3;o Paulo",
    "Alzheimer's",
    "R&amp;D",
    "95% CI\u{a0}1.2\u{2013}3.4",
    "<mml:math xmlns:mml=\"http://www.w3.org/1998/Math/MathML\"><mml:mi>x</mml:mi><mml:mo>=</mml:mo><mml:mn>1</mml:mn></mml:math>",
];

const LABELS: [(&str, &str); 4] = [
    ("BACKGROUND", "BACKGROUND"),
    ("METHODS", "METHODS"),
    ("RESULTS", "RESULTS"),
    ("CONCLUSION &amp; OUTLOOK", "CONCLUSIONS"),
];

const VERNACULAR: [(&str, &str); 4] = [
    ("fre", "Traitement de l'ataxie chez l'enfant : \u{e0} propos d'un cas."),
    ("ger", "Zur Behandlung der Herzinsuffizienz \u{2013} eine \u{dc}bersicht."),
    (
        "rus",
        "\u{41b}\u{435}\u{447}\u{435}\u{43d}\u{438}\u{435} \u{430}\u{441}\u{442}\u{43c}\u{44b} \u{443} \u{434}\u{435}\u{442}\u{435}\u{439}.",
    ),
    ("jpn", "\u{55d8}\u{606f}\u{306e}\u{6cbb}\u{7642}"),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let articles: usize = std::env::args().nth(1).ok_or("usage: made_pubmed ARTICLES")?.parse()?;
    let mut out = BufWriter::with_capacity(1 << 16, stdout().lock());
    let head = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!DOCTYPE PubmedArticleSet PUBLIC \"-//NLM//DTD PubMedArticle, 1st January 2026//EN\" \"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_260101.dtd\">\n<PubmedArticleSet>\n";
    out.write_all(head.as_bytes())?;
    let mut maker = Maker {
        random: Xoshiro256StarStar::seed_from_u64(1),
        words: WORDS.split_whitespace().collect(),
        xml: String::new(),
    };
    for number in 0..articles {
        maker.xml.clear();
        maker.article(1_000_001 + number);
        out.write_all(maker.xml.as_bytes())?;
    }
    out.write_all(
        b"<DeleteCitation>\n<PMID Version=\"1\">999998</PMID>\n<PMID Version=\"1\">999999</PMID>\n</DeleteCitation>\n",
    )?;
    out.write_all(b"</PubmedArticleSet>\n")?;
    Ok(out.flush()?)
}

struct Maker {
    random: Xoshiro256StarStar,
    words: Vec<&'static str>,
    xml: String,
}

impl Maker {
    /// A number below another.
    fn below(&mut self, end: usize) -> usize {
        (self.random.next_u64() % end as u64) as usize
    }

    fn word(&mut self) -> &'static str {
        let index = self.below(self.words.len());
        self.words[index]
    }

    /// Adds markup with what stands in its braces.
    fn add(&mut self, arguments: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.xml.write_fmt(arguments);
    }

    fn sentence(&mut self, words: usize) {
        for index in 0..words {
            if index > 0 {
                self.xml.push(' ');
            }
            match self.below(40) {
                0 => {
                    let odd = self.below(ODD.len());
                    self.xml.push_str(ODD[odd]);
                }
                _ => {
                    let word = self.word();
                    self.xml.push_str(word);
                }
            }
        }
        self.xml.push('.');
    }

    fn article(&mut self, pmid: usize) {
        self.add(format_args!(
            "  <PubmedArticle>\n    <MedlineCitation Status=\"MEDLINE\" Owner=\"NLM\" IndexingMethod=\"Curated\">\n      <PMID Version=\"1\">{pmid}</PMID>\n"
        ));
        for name in ["DateCompleted", "DateRevised"] {
            let (year, month, day) = (1990 + self.below(35), 1 + self.below(12), 1 + self.below(28));
            self.add(format_args!(
                "      <{name}>\n        <Year>{year}</Year>\n        <Month>{month:02}</Month>\n        <Day>{day:02}</Day>\n      </{name}>\n"
            ));
        }
        self.add(format_args!("      <Article PubModel=\"Print-Electronic\">\n"));
        self.journal();
        let vernacular = (self.below(10) == 0).then(|| self.below(VERNACULAR.len()));
        self.xml.push_str(if vernacular.is_some() { "        <ArticleTitle>[" } else { "        <ArticleTitle>" });
        let words = 6 + self.below(12);
        self.sentence(words);
        self.xml.push_str(if vernacular.is_some() { "].</ArticleTitle>\n" } else { "</ArticleTitle>\n" });
        self.add(format_args!("        <Pagination>\n          <StartPage>101</StartPage>\n          <EndPage>9</EndPage>\n          <MedlinePgn>101-9</MedlinePgn>\n        </Pagination>\n        <ELocationID EIdType=\"doi\" ValidYN=\"Y\">10.1000/made.{pmid}</ELocationID>\n"));
        self.abstract_();
        self.authors();
        let language = vernacular.map_or("eng", |index| VERNACULAR[index].0);
        self.add(format_args!("        <Language>{language}</Language>\n        <PublicationTypeList>\n          <PublicationType UI=\"D016428\">Journal Article</PublicationType>\n        </PublicationTypeList>\n"));
        if let Some(index) = vernacular {
            self.add(format_args!("        <VernacularTitle>{}</VernacularTitle>\n", VERNACULAR[index].1));
        }
        self.add(format_args!("      </Article>\n"));
        self.headings();
        self.add(format_args!("    </MedlineCitation>\n"));
        self.history(pmid);
        self.add(format_args!("  </PubmedArticle>\n"));
    }

    fn journal(&mut self) {
        let (volume, year) = (1 + self.below(300), 1990 + self.below(35));
        self.add(format_args!("        <Journal>\n          <ISSN IssnType=\"Electronic\">0000-0000</ISSN>\n          <JournalIssue CitedMedium=\"Internet\">\n            <Volume>{volume}</Volume>\n            <Issue>2</Issue>\n            <PubDate>\n              <Year>{year}</Year>\n              <Month>Feb</Month>\n            </PubDate>\n          </JournalIssue>\n          <Title>The journal of made-up medicine &amp; biology</Title>\n          <ISOAbbreviation>J Made Med</ISOAbbreviation>\n        </Journal>\n"));
    }

    fn abstract_(&mut self) {
        match self.below(20) {
            // No abstract at all, or an empty one.
            0..4 => return,
            4 => return self.xml.push_str("        <Abstract>\n          <AbstractText/>\n        </Abstract>\n"),
            _ => self.xml.push_str("        <Abstract>\n"),
        }
        if self.below(3) == 0 {
            for (label, category) in LABELS {
                self.add(format_args!("          <AbstractText Label=\"{label}\" NlmCategory=\"{category}\">"));
                self.sentences(3);
                self.xml.push_str("</AbstractText>\n");
            }
            self.add(format_args!("          <CopyrightInformation>\u{a9} 2020 Nobody.</CopyrightInformation>\n"));
        } else {
            self.xml.push_str("          <AbstractText>");
            self.sentences(9);
            self.xml.push_str("</AbstractText>\n");
        }
        self.xml.push_str("        </Abstract>\n");
    }

    fn sentences(&mut self, most: usize) {
        for index in 0..1 + self.below(most) {
            if index > 0 {
                self.xml.push(' ');
            }
            let words = 8 + self.below(22);
            self.sentence(words);
        }
    }

    fn authors(&mut self) {
        self.xml.push_str("        <AuthorList CompleteYN=\"Y\">\n");
        for _ in 0..1 + self.below(7) {
            let (family, place) = (self.word(), self.word());
            self.add(format_args!("          <Author ValidYN=\"Y\">\n            <LastName>{family}</LastName>\n            <ForeName>Ada B</ForeName>\n            <Initials>AB</Initials>\n            <AffiliationInfo>\n              <Affiliation>Department of {place}, University of Nowhere, 12345 Nowhere.</Affiliation>\n            </AffiliationInfo>\n          </Author>\n"));
        }
        self.xml.push_str("        </AuthorList>\n");
    }

    fn headings(&mut self) {
        self.xml.push_str("      <MedlineJournalInfo>\n        <Country>Nowhere</Country>\n        <MedlineTA>J Made Med</MedlineTA>\n        <NlmUniqueID>0000000</NlmUniqueID>\n      </MedlineJournalInfo>\n      <CitationSubset>IM</CitationSubset>\n      <MeshHeadingList>\n");
        for _ in 0..4 + self.below(9) {
            let (number, name) = (self.below(100_000), self.word());
            self.add(format_args!("        <MeshHeading>\n          <DescriptorName UI=\"D{number:06}\" MajorTopicYN=\"N\">{name}</DescriptorName>\n          <QualifierName UI=\"Q000187\" MajorTopicYN=\"Y\">drug effects</QualifierName>\n        </MeshHeading>\n"));
        }
        self.xml.push_str("      </MeshHeadingList>\n");
    }

    fn history(&mut self, pmid: usize) {
        self.xml.push_str("    <PubmedData>\n      <History>\n");
        for status in ["received", "accepted", "pubmed", "medline"] {
            let (year, month) = (1990 + self.below(35), 1 + self.below(12));
            self.add(format_args!("        <PubMedPubDate PubStatus=\"{status}\">\n          <Year>{year}</Year>\n          <Month>{month}</Month>\n          <Day>1</Day>\n          <Hour>0</Hour>\n          <Minute>0</Minute>\n        </PubMedPubDate>\n"));
        }
        self.add(format_args!("      </History>\n      <PublicationStatus>ppublish</PublicationStatus>\n      <ArticleIdList>\n        <ArticleId IdType=\"pubmed\">{pmid}</ArticleId>\n        <ArticleId IdType=\"doi\">10.1000/made.{pmid}</ArticleId>\n      </ArticleIdList>\n"));
        if self.below(4) == 0 {
            self.xml.push_str("      <ReferenceList>\n");
            for _ in 0..self.below(20) {
                let (other, word) = (self.below(900_000), self.word());
                self.add(format_args!("        <Reference>\n          <Citation>Nobody A. On {word}. J Made Med. 1999;1:2&#x2013;3.</Citation>\n          <ArticleIdList>\n            <ArticleId IdType=\"pubmed\">{other}</ArticleId>\n          </ArticleIdList>\n        </Reference>\n"));
            }
            self.xml.push_str("      </ReferenceList>\n");
        }
        self.xml.push_str("    </PubmedData>\n");
    }
}
