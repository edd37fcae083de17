//! PubMed's articles and the full texts of JATS: which passages they become, what is counted, and what is refused in which words.

use std::path::Path;

use expect_test::{Expect, expect};
use welt_data::formats::{self, Format, RawDocuments};
use welt_data::ledger::Loss;

use super::{read, shown};

#[expect(clippy::needless_pass_by_value, reason = "so that calls read well")]
fn check(format: Format, text: &str, expected: Expect) {
    expected.assert_eq(&shown(read(format, text.as_bytes())));
}

fn errors(format: Format, texts: &[&str]) -> String {
    texts.iter().map(|text| format!("{}\n", read(format, text.as_bytes()).expect_err("a mistake"))).collect()
}

const PUBMED: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2026//EN" "http://localhost/never-fetched.dtd">
<!-- </PubmedArticle> ends nothing here -->
<PubmedArticleSet>
<PubmedArticle>
  <MedlineCitation Status="MEDLINE" Owner="NLM">
    <PMID Version="1">11</PMID>
    <Article PubModel="Print">
      <Journal><Title>Not the title</Title></Journal>
      <ArticleTitle>H<sub>2</sub>O&#x3b1; &lt; 5&#xa0;mg
         of <i>E.&#8201;coli</i>  &amp; more.</ArticleTitle>
      <Abstract>
        <AbstractText Label="BACKGROUND &amp; AIM" NlmCategory="BACKGROUND">Ataxia.</AbstractText>
        <AbstractText Label="WHY?">No cure, <mml:math xmlns:mml="x"><mml:mi>x</mml:mi>
          <mml:annotation encoding="tex">\x</mml:annotation></mml:math>.</AbstractText>
        <AbstractText Label="UNLABELLED"><![CDATA[</PubmedArticle> <b>]]></AbstractText>
        <AbstractText Label="NOTHING"/>
        <CopyrightInformation>© Nobody</CopyrightInformation>
      </Abstract>
      <VernacularTitle>L'eau.</VernacularTitle>
    </Article>
    <CommentsCorrectionsList><CommentsCorrections><PMID>12</PMID></CommentsCorrections></CommentsCorrectionsList>
    <OtherAbstract Type="Publisher" Language="fre"><AbstractText>Rien.</AbstractText></OtherAbstract>
  </MedlineCitation>
  <PubmedData><ReferenceList><Reference><ArticleIdList><ArticleId>13</ArticleId></ArticleIdList></Reference></ReferenceList></PubmedData>
</PubmedArticle>
<PubmedArticle><MedlineCitation><PMID>14</PMID><Article><ArticleTitle>[Titre].</ArticleTitle><Abstract><AbstractText></AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>
<PubmedArticle><MedlineCitation><PMID>15</PMID><Article><ArticleTitle/><Abstract><AbstractText>Only text.</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>
<PubmedBookArticle><BookDocument><PMID>16</PMID><Book><BookTitle>Genes</BookTitle></Book><Abstract><AbstractText>A book.</AbstractText></Abstract></BookDocument></PubmedBookArticle>
<PubmedBookArticle><BookDocument><PMID>17</PMID><Book><BookTitle>Genes</BookTitle></Book><ArticleTitle>A chapter</ArticleTitle></BookDocument></PubmedBookArticle>
<DeleteCitation>
<PMID Version="1">3</PMID>
<PMID>4</PMID>
</DeleteCitation>
</PubmedArticleSet>
"#;

#[test]
fn pubmed() {
    check(
        Format::Pubmed,
        PUBMED,
        expect![[r#"
            "11"
              title@0 "H2Oα < 5\u{a0}mg of E.\u{2009}coli & more."
              abstract@31 "BACKGROUND & AIM: Ataxia."
              abstract@57 "WHY? No cure, x ."
              abstract@75 "</PubmedArticle> <b>"
              vernacular-title@96 "L'eau."
            "14"
              title@0 "[Titre]."
            "15"
              title@0 ""
              abstract@1 "Only text."
            "16"
              title@0 "Genes"
              abstract@6 "A book."
            "17"
              title@0 "A chapter"
            skipped 2 unread-deletion (first at c:32:1), 1 unread-markup (first at c:5:1), 5 unread-metadata (first at c:5:1), 1 unread-other-abstract (first at c:23:5)
        "#]],
    );
}

/// Portions that were fetched one after the other, each with a declaration of its own.
#[test]
fn several_documents_of_xml_follow_one_another() {
    let (documents, ledger) = read(Format::Pubmed, PUBMED.repeat(3).as_bytes()).unwrap();
    assert_eq!((documents.len(), ledger.count(Loss::UnreadDeletion)), (15, 6));
    let article = "<?xml version='1.0'?><article><body><p>a</p></body></article>\n";
    assert_eq!(read(Format::Jats, article.repeat(2).as_bytes()).unwrap().0.len(), 2);
}

const JATS: &str = r#"<?xml version="1.0"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS" "http://localhost/never.dtd" [<!ENTITY e "]>">]>
<article article-type="research-article" xml:lang="en">
<front>
<journal-meta><journal-title-group><journal-title>Not the title</journal-title></journal-title-group></journal-meta>
<article-meta>
<article-id pub-id-type="pmid">11</article-id><article-id pub-id-type="pmc">13900</article-id><article-id pub-id-type="doi">10.1/x</article-id>
<title-group><article-title>Ataxia <italic>in</italic> mice</article-title><subtitle>A study</subtitle>
<trans-title-group xml:lang="fr"><trans-title>Ataxie</trans-title></trans-title-group></title-group>
<contrib-group><contrib><name><surname>Nobody</surname></name></contrib></contrib-group>
<abstract><title>Abstract</title><sec><title>Aim</title><p>To cure ataxia.</p></sec><p>Done.</p></abstract>
<trans-abstract xml:lang="fr"><p>Rien.</p></trans-abstract>
</article-meta>
</front>
<body>
<sec id="s1"><label>1</label><title>Introduction</title>
<p>Ataxia<sup><xref ref-type="bibr" rid="b1">1</xref></sup> is rare (<xref ref-type="fig" rid="f1">Fig. 1</xref>):
<list><list-item><label>•</label><p>one</p></list-item><list-item><p>two</p></list-item></list>
and so on, <inline-formula><alternatives><tex-math>\alpha</tex-math><mml:math><mml:mi>α</mml:mi></mml:math></alternatives></inline-formula>.</p>
<fig id="f1"><label>Figure 1</label><caption><title>Mice</title><p>They sleep.</p></caption><graphic/></fig>
<table-wrap id="t1"><label>Table 1</label><caption><p>Doses</p></caption>
<table><tr><td>5 mg</td></tr></table><table-wrap-foot><fn><p>a, none</p></fn></table-wrap-foot></table-wrap>
</sec>
</body>
<back><ack><p>We thank nobody.</p></ack><ref-list><ref><mixed-citation>Nobody 1999</mixed-citation></ref></ref-list></back>
<floats-group><fig><caption><p>Afloat</p></caption></fig></floats-group>
<sub-article id="r1"><front-stub/><body><p>A review.</p></body></sub-article>
</article>
"#;

#[test]
fn jats() {
    check(
        Format::Jats,
        JATS,
        expect![[r#"
            "PMC13900"
              title@0 "Ataxia in mice"
              subtitle@15 "A study"
              translated-title@23 "Ataxie"
              abstract-heading@30 "Abstract"
              abstract-heading@39 "Aim"
              abstract@43 "To cure ataxia."
              abstract@59 "Done."
              heading@65 "1 Introduction"
              paragraph@80 "Ataxia 1 is rare (Fig. 1):"
              paragraph@107 "• one"
              paragraph@113 "two"
              paragraph@117 "and so on, α."
              figure-caption@131 "Figure 1 Mice"
              figure-caption@145 "They sleep."
              table-caption@157 "Table 1 Doses"
              footnote@171 "a, none"
              paragraph@179 "We thank nobody."
              figure-caption@196 "Afloat"
            skipped 1 unread-formula (first at c:19:42), 1 unread-markup (first at c:3:1), 1 unread-metadata (first at c:3:1), 1 unread-other-abstract (first at c:12:1), 1 unread-sub-article (first at c:27:1), 1 unread-table (first at c:22:1)
        "#]],
    );
}

/// Articles among the elements of other formats, as archives give them out.
#[test]
fn articles_stand_in_any_elements() {
    let article = "<article><front><article-meta><article-id pub-id-type='pmcid'>PMC7</article-id><title-group><article-title>T</article-title></title-group></article-meta></front></article>";
    let text = format!("<pmc-articleset><record><header>text</header>{article}</record>{article}</pmc-articleset>");
    let (documents, _) = read(Format::Jats, text.as_bytes()).unwrap();
    let ids: Vec<&str> = documents.iter().map(|document| document.id.as_str()).collect();
    assert_eq!(ids, ["PMC7", "PMC7"]);
}

#[test]
fn mistakes_in_pubmed() {
    let record = |inner: &str| format!("<PubmedArticleSet>\n<PubmedArticle>{inner}</PubmedArticle></PubmedArticleSet>");
    let laughs = "<!DOCTYPE PubmedArticleSet [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]>\n";
    let texts = [
        String::new(),
        "<PubmedArticleSet></PubmedArticleSet>".to_owned(),
        "text".to_owned(),
        "<html><body/></html>".to_owned(),
        "<PubmedArticleSet>\n <PubmedArticle><MedlineCitation>".to_owned(),
        "<PubmedArticleSet>\n <PubmedArticle attribute='>".to_owned(),
        "<PubmedArticleSet>\n </html>".to_owned(),
        record("<MedlineCitation><PMID>1</MedlineCitation>"),
        record("<MedlineCitation><PMID>1</PMID>\n<Article><ArticleTitle>&nbsp;"),
        record("<MedlineCitation>\n<Article><ArticleTitle>a & b"),
        record("<MedlineCitation>\n<Article><ArticleTitle>&#0;"),
        record("<Abstract><AbstractText Label='&x;'>a</AbstractText></Abstract>"),
        record("\u{0}"),
        record("<!-- "),
        record("<!ENTITY x 'y'>"),
        format!(
            "{laughs}{}",
            record("<MedlineCitation><Article><ArticleTitle>&b;</ArticleTitle></Article></MedlineCitation>")
        ),
        "<?xml version='1.0' encoding='latin1'?>".to_owned(),
        "<a>".repeat(3),
    ];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    expect![[r#"
        c:1:1: found no document, expected at least one as pubmed; is this the right file, and is it complete?
        c:1:1: found no document, expected at least one as pubmed; is this the right file, and is it complete?
        c:1:1: found text, expected a <PubmedArticleSet> of PubMed; name the file's format, or fetch it again
        c:1:1: found the element `html`, expected a <PubmedArticleSet> of PubMed; name the file's format, or fetch it again
        c:2:34: found the end of the file within an element, expected well-formed XML in UTF-8; correct the file or fetch it again
        c:2:29: found the end of the file within an element, expected well-formed XML in UTF-8; correct the file or fetch it again
        c:2:2: found the end of `html` within `PubmedArticleSet`, expected well-formed XML in UTF-8; correct the file or fetch it again
        c:2:40: found ill-formed document: expected `</PMID>`, but `</MedlineCitation>` was found, expected well-formed XML in UTF-8; correct the file or fetch it again
        c:3:24: found the entity `&nbsp;`, expected one of &lt; &gt; &amp; &apos; &quot; or a character by number: no DTD is read; replace it
        c:3:26: found ill-formed document: entity or character reference not closed: `;` not found before end of input, expected well-formed XML in UTF-8; correct the file or fetch it again
        c:3:24: found the entity `&#0;`, expected one of &lt; &gt; &amp; &apos; &quot; or a character by number: no DTD is read; replace it
        c:2:26: found the entity `&x;`, expected one of &lt; &gt; &amp; &apos; &quot; or a character by number: no DTD is read; replace it
        c:2:16: found a NUL byte, expected UTF-8 text: the file is binary or in UTF-16; name another file or convert it with `iconv -f UTF-16 -t UTF-8`
        c:2:56: found the end of the file within an element, expected well-formed XML in UTF-8; correct the file or fetch it again
        c:2:16: found a declaration within an article, expected well-formed XML in UTF-8; correct the file or fetch it again
        c:3:56: found the entity `&b;`, expected one of &lt; &gt; &amp; &apos; &quot; or a character by number: no DTD is read; replace it
        c:1:1: found the encoding `latin1`, expected well-formed XML in UTF-8; correct the file or fetch it again
        c:1:1: found the element `a`, expected a <PubmedArticleSet> of PubMed; name the file's format, or fetch it again
    "#]].assert_eq(&errors(Format::Pubmed, &texts));
    let bytes = [b"<PubmedArticleSet>\n<PubmedArticle>\xce\xb2".as_slice(), b"\xff</PubmedArticle>"].concat();
    let error = read(Format::Pubmed, &bytes).unwrap_err().to_string();
    expect!["c:2:17: the byte 0xff is not UTF-8, expected UTF-8 text; convert the file, for example with `iconv -f LATIN1 -t UTF-8`"].assert_eq(&error);
}

#[test]
fn mistakes_in_jats() {
    let texts = [
        "<html><p>No article</p></html>",
        "<article><body><p>a</body></article>",
        "<article><body><p>a &eacute;</p></body></article>",
        &"<a>".repeat(70),
    ];
    expect![[r#"
        c:1:1: found no document, expected at least one as jats; is this the right file, and is it complete?
        c:1:20: found ill-formed document: expected `</p>`, but `</body>` was found, expected well-formed XML in UTF-8; correct the file or fetch it again
        c:1:21: found the entity `&eacute;`, expected one of &lt; &gt; &amp; &apos; &quot; or a character by number: no DTD is read; replace it
        c:1:193: found more than 64 elements within one another and no article in them, expected well-formed XML in UTF-8; correct the file or fetch it again
    "#]].assert_eq(&errors(Format::Jats, &texts));
}

/// Nesting takes no stack, whether it holds texts or is read over.
#[test]
fn deep_nesting() {
    let nested =
        |name: &str| format!("{}a{}", format!("<{name}>").repeat(100_000), format!("</{name}>").repeat(100_000));
    for name in ["x", "p", "sec"] {
        let text = format!("<article><body>{}</body></article>", nested(name));
        let (documents, _) = read(Format::Jats, text.as_bytes()).unwrap();
        assert_eq!(documents[0].passages.last().unwrap().text, "a");
        let text = format!("<PubmedArticleSet><PubmedArticle>{}</PubmedArticle></PubmedArticleSet>", nested(name));
        assert_eq!(read(Format::Pubmed, text.as_bytes()).unwrap().0.len(), 1);
    }
}

/// A stream that gives a byte at a time is read as the whole is.
#[test]
fn slow_streams() {
    for (format, text) in [(Format::Pubmed, PUBMED), (Format::Jats, JATS)] {
        let text = format!("\u{feff}{text}");
        let slow = std::io::BufReader::with_capacity(1, text.as_bytes());
        let documents = formats::documents(format, Path::new("c"), slow).unwrap();
        let slowly: Vec<_> = documents.map(Result::unwrap).collect();
        assert_eq!(slowly, read(format, text.as_bytes()).unwrap().0);
    }
}

/// What is wrong with a file does not depend on how many bytes of it come at a time.
#[test]
fn mistakes_in_slow_streams() {
    for text in ["<PubmedArticleSet>1\u{1}\u{0}</b>", "<PubmedArticleSet> \u{0}", "\n a\u{0}", " \u{0}a"] {
        let told = |bytes| {
            let reader = std::io::BufReader::with_capacity(bytes, text.as_bytes());
            let mut documents = formats::documents(Format::Pubmed, Path::new("c"), reader).unwrap();
            documents.find_map(Result::err).unwrap().to_string()
        };
        assert_eq!(told(1), told(1 << 16), "{text:?}");
    }
}

/// What is cut is an article as it stands in the file.
#[test]
fn raw_articles() {
    let raw = RawDocuments::new(Format::Pubmed, Path::new("c"), PUBMED.as_bytes()).unwrap();
    let raw: Vec<_> = raw.map(Result::unwrap).collect();
    assert_eq!(raw.len(), 5);
    assert!(raw[0].text().starts_with("<PubmedArticle>\n") && raw[0].text().ends_with("</PubmedArticle>"));
    assert_eq!(raw[1].parse().unwrap().0.id, "14");
}

/// The shape of what PubTator 3 gives out: an annotation says much besides its identifier.
const PUBTATOR_3: &str = r#"{"PubTator3": [{"_id": "1|None", "id": "1", "infons": {}, "passages": [{"infons": {"journal": "J", "type": "title", "section": "Title"}, "offset": 0, "text": "Aspirin, BRAF and mice.", "sentences": [], "annotations": [
{"id": "2", "infons": {"identifier": "MESH:D001241", "type": "Chemical", "valid": true, "normalized": ["D001241"], "database": "ncbi_mesh", "normalized_id": "D001241", "biotype": "chemical", "name": "Aspirin", "accession": "@CHEMICAL_Aspirin"}, "text": "Aspirin", "locations": [{"offset": 0, "length": 7}]},
{"id": "3", "infons": {"identifier": null, "type": "Gene", "valid": false, "normalized": [], "database": "ncbi_gene", "normalized_id": 673, "biotype": "gene"}, "text": "BRAF", "locations": [{"offset": 9, "length": 4}]},
{"id": "4", "infons": {"NCBI Taxonomy": "10090", "type": "Species", "annotator": "me", "updated_at": "2020-01-01T00:00:00Z"}, "text": "mice", "locations": [{"offset": 18, "length": 4}]},
{"id": "5", "infons": {"type": "Species", "note": "see: below", "link": "NCBITaxon:10090"}, "text": "mice", "locations": [{"offset": 18, "length": 4}]}
], "relations": []}], "relations": [], "pmid": 1}]}"#;

#[test]
fn identifiers_are_told_by_what_they_are() {
    check(
        Format::BiocJson,
        PUBTATOR_3,
        expect![[r#"
        "1"
          title@0 "Aspirin, BRAF and mice."
          2 Chemical [0..7] "Aspirin" :MESH:D001241
          3 Gene [9..13] "BRAF" ncbi_gene:673
          4 Species [18..22] "mice" NCBI Taxonomy:10090
          5 Species [18..22] "mice" :NCBITaxon:10090
        skipped 12 unread-annotation-infon (first at c:1:16), 2 unread-passage-infon (first at c:1:16), 2 unread-unknown-part (first at c:1:16)
    "#]],
    );
}

/// A passage that begins before the one before it ends is moved behind it, with its mentions, and so is one far behind.
#[test]
fn passages_that_do_not_follow_one_another() {
    let passage = |offset: usize, text: &str, mention: usize| {
        format!(
            r#"{{"offset":{offset},"text":"{text}","annotations":[{{"id":"1","infons":{{"type":"Disease"}},"text":"ataxia","locations":[{{"offset":{mention},"length":6}}]}}]}}"#
        )
    };
    let passages = [
        passage(0, "Aspirin for ataxia.", 12),
        passage(15, "No ataxia.", 18),
        passage(24, "An ataxia.", 27),
        passage(9_000_000, "Far ataxia.", 9_000_004),
        passage(9_000_012, "Last ataxia.", 9_000_017),
    ];
    let text = format!("{{\"id\":\"1\",\"passages\":[{}]}}", passages.join(","));
    check(
        Format::BiocJson,
        &text,
        expect![[r#"
        "1"
          @0 "Aspirin for ataxia."
          @20 "No ataxia."
          @31 "An ataxia."
          @42 "Far ataxia."
          @54 "Last ataxia."
          1 Disease [12..18] "ataxia"
          1 Disease [23..29] "ataxia"
          1 Disease [34..40] "ataxia"
          1 Disease [46..52] "ataxia"
          1 Disease [59..65] "ataxia"
        skipped 4 unread-passage-offset (first at c:1:1)
    "#]],
    );
}
