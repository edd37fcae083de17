//! Reports of somebody's own corpora: no word of a paper, and an answer first.

use expect_test::{Expect, expect, expect_file};
use welt_weights::LabelOrder;

use super::fake::{Fake, LONG, SHORT, Wrong, file, intended, weighting};

fn missed(counts: &[usize]) -> Vec<Option<Wrong>> {
    counts.iter().map(|&missed| Some([missed, 4, 5])).collect()
}

/// Two corpora, with methods of every kind, runs that are missing and seeds of several numbers.
fn small() -> Fake {
    let mut fake = Fake::new();
    fake.section("notes", "tiny")
        .row(intended("vanilla"), &missed(&[30, 32, 34]))
        .row(intended("ins"), &missed(&[40, 44, 42]))
        .row(intended("isns"), &missed(&[29, 33, 33]))
        .same(intended("ens-0.5"), 0)
        .row(intended("ens-0.9999"), &[Some([31, 4, 5]), None, Some([33, 4, 5])])
        .row(intended("welt"), &missed(&[10, 12, 14]))
        .row(intended("focal-2"), &missed(&[28, 33, 30]))
        .row(intended("welt+logit-adjustment-1"), &missed(&[30, 31, 30]))
        .section("letters", "tiny")
        .row(intended("vanilla"), &missed(&[10]))
        .row(intended("welt"), &missed(&[9]));
    fake.plan("Weights on my corpora", "welt 1");
    fake
}

#[test]
fn a_report_of_ones_own_corpora_speaks_of_them_alone() {
    let mut fake = small();
    fake.sections[0].rows.clear();
    fake.row(weighting("ins", LabelOrder::AsPublished), &missed(&[9]));
    for fake in [small(), fake] {
        for (name, text) in fake.report(None).files {
            let text = text.to_lowercase().replace('’', "'");
            let of_paper = ["the paper", "paper's", "papers", "mobasher", "biobert", "table 1", "section 6"];
            let published = ["published figure", "published number", "published table"];
            let old_words = ["outlive", " arm ", " arms ", "arm's", " scheme"];
            for word in [&of_paper[..], &published, &old_words].concat() {
                assert!(!text.contains(word), "{name} has `{word}`");
            }
        }
    }
}

#[test]
fn a_small_store_is_reported() {
    expect_file!["golden-own.md"].assert_eq(file(&small().report(None), "report.md"));
}

#[test]
fn listings_have_no_columns_of_published_numbers() {
    let report = small().report(None);
    let header = |name: &str| file(&report, name).lines().next().unwrap().to_owned();
    expect!["grid,welt,device,dataset,model,checkpoint,stands_in_for,method,label_order,same_as,seeds,seeds_planned,precision,recall,f1,f1_deviation,strict_f1,fair_f1,difference,lower,upper,p,p_holm,seeds_varied,left_out,noise_floor,visible,visible_adjusted,significant,type_1,type_2,type_3"].assert_eq(&header("cells.csv"));
    expect!["run,grid,dataset,model,checkpoint,method,label_order,seed,state,right,predicted,gold,precision,recall,f1,strict_f1,fair_f1,spurious,missed,overlaps,seconds"].assert_eq(&header("runs.csv"));
}

#[test]
fn a_label_order_is_explained_where_a_row_has_it() {
    let published = |has_it: bool| {
        let mut fake = Fake::new();
        let order = if has_it { LabelOrder::AsPublished } else { LabelOrder::Intended };
        fake.section("notes", "tiny")
            .row(intended("vanilla"), &missed(&[10, 11]))
            .row(weighting("ins", order), &missed(&[9, 9]));
        fake.plan("Orders", "welt 1");
        file(&fake.report(None), "report.md").to_lowercase().contains("as published")
    };
    assert!(published(true) && !published(false));
}

/// What is said of one corpus, whose methods get so much wrong.
fn check(rows: &[(&str, Vec<Option<Wrong>>)], expected: &Expect) {
    let mut fake = Fake::new();
    fake.section("notes", "tiny");
    for (method, wrong) in rows {
        fake.row(intended(method), wrong);
    }
    fake.plan("Answers", "welt 1");
    expected.assert_eq(&fake.report(None).answers.join("\n"));
}

#[test]
fn dev_stands_beside_test_where_no_epoch_was_scored() {
    let mut fake = Fake::new();
    fake.section("notes", "tiny")
        .row(intended("vanilla"), &missed(&[30, 32]))
        .row(intended("welt"), &missed(&[10, 12]));
    fake.plan("Answers", "welt 1").dev_at_the_end();
    let answers = fake.report(None).answers.join("\n");
    assert!(answers.contains("On dev it is 0.00."), "{answers}");
}

#[test]
fn a_clear_gain_is_a_yes() {
    let vanilla = missed(&[30, 32, 34, 31, 33, 35]);
    let better = missed(&[10, 12, 14, 11, 13, 15]);
    check(
        &[("vanilla", vanilla.clone()), ("welt", better.clone())],
        &expect![[r#"
            Does weighting help on notes? Yes: WeLT (+17.63 points) helps.
            WeLT: helps on this corpus. F1 +17.63 points, 95 % interval [+13.68, +21.57], p <0.001, over 6 seeds. On dev it is +17.63."#]],
    );
    let worse = missed(&[50, 52, 54, 51, 53, 55]);
    // One seed proves nothing, however good it is.
    let lucky = vec![Some([0, 0, 0]), None, None, None, None, None];
    check(
        &[("vanilla", vanilla), ("focal-2", better), ("ins", worse), ("isns", lucky)],
        &expect![[r#"
            Does weighting or another loss help on notes? Yes: focal loss (2) (+17.63 points) helps. INS (−23.90 points) hurts.
            INS: hurts on this corpus. F1 −23.90 points, 95 % interval [−29.78, −18.01], p <0.001 (<0.001 adjusted), over 6 seeds. On dev it is −23.90.
            ISNS: not known: one seed compares two models, not two methods; about 4 more seeds. F1 +31.85 points with one seed. On dev it is +31.85.
            focal loss (2): helps on this corpus. F1 +17.63 points, 95 % interval [+13.68, +21.57], p <0.001 (<0.001 adjusted), over 6 seeds. On dev it is +17.63.
            Without a result: 5 of 24 runs. The command of the sweep goes on with them."#]],
    );
}

#[test]
fn a_clear_loss_is_a_no() {
    let vanilla = missed(&[10, 12, 14, 11, 13, 15]);
    let worse = missed(&[50, 52, 54, 51, 53, 55]);
    check(
        &[("vanilla", vanilla), ("ins", worse)],
        &expect![[r#"
            Does weighting help on notes? No: INS (−41.52 points) hurts. Keep vanilla.
            INS: hurts on this corpus. F1 −41.52 points, 95 % interval [−49.75, −33.29], p <0.001, over 6 seeds. On dev it is −41.52."#]],
    );
}

#[test]
fn an_open_question_says_what_would_decide_it() {
    // So many seeds would.
    check(
        &[("vanilla", missed(&[30, 32, 34])), ("welt", missed(&[20, 29, 22]))],
        &expect![[r#"
            Does weighting help on notes? Not known yet.
            WeLT: not known on this corpus: about 2 more seeds. F1 +7.82 points, 95 % interval [−3.11, +18.74], p 0.092, over 3 seeds. On dev it is +7.82. What is below 14.4 points would mostly go unseen."#]],
    );
    // They differ on other sentences than they gain on.
    let short_ones = [20, 21, 20, 19, 20].map(|missed| Some([missed, 0, 5]));
    let long_ones = [11, 11, 11, 11, 12].map(|bounds| Some([0, bounds, 5]));
    check(
        &[("vanilla", short_ones.into()), ("welt", long_ones.into())],
        &expect![[r#"
            Does weighting help on notes? Not known yet.
            WeLT: not known on this corpus: more than 50 seeds, or a larger test set. F1 +0.64 points, 95 % interval [−7.44, +8.72], p 0.876, over 5 seeds. On dev it is +0.64. What is below 10.4 points would mostly go unseen."#]],
    );
    // So small a gain takes too many.
    check(
        &[("vanilla", missed(&[30, 32, 34, 31, 33])), ("welt", missed(&[30, 31, 34, 31, 33]))],
        &expect![[r#"
            Does weighting help on notes? No: WeLT (+0.20 points) is the same as vanilla, as far as it matters.
            WeLT: the same within 1 on this corpus. F1 +0.20 points, 95 % interval [−0.35, +0.75], p 0.374, over 5 seeds. On dev it is +0.20."#]],
    );
    // Nothing is better.
    check(
        &[("vanilla", missed(&[30, 32, 34])), ("welt", missed(&[31, 32, 35]))],
        &expect![[r#"
            Does weighting help on notes? Not known yet.
            WeLT: not known on this corpus: about 2 more seeds. F1 −0.68 points, 95 % interval [−2.13, +0.78], p 0.184, over 3 seeds. On dev it is −0.68. What is below 1.9 points would mostly go unseen."#]],
    );
    // One seed tells nothing of methods.
    check(
        &[("vanilla", missed(&[30])), ("welt", missed(&[10]))],
        &expect![[r#"
            Does weighting help on notes? Not known yet.
            WeLT: not known: one seed compares two models, not two methods; about 4 more seeds. F1 +17.01 points with one seed. On dev it is +17.01."#]],
    );
    // Training that collapses tells nothing of the spread of seeds.
    let collapsed = Some([SHORT, LONG, 0]);
    check(
        &[("vanilla", vec![Some([30, 4, 5]), collapsed]), ("welt", missed(&[10, 11]))],
        &expect![[r#"
            Does weighting help on notes? Not known yet.
            WeLT: not known: one seed compares two models, not two methods; about 4 more seeds; collapsed: 0 of 2 runs, vanilla 1 of 2. F1 +17.01 points with one seed. On dev it is +17.01."#]],
    );
}

#[test]
fn without_pairs_there_is_nothing_to_compare() {
    check(
        &[("vanilla", vec![None, Some([9, 4, 5])]), ("welt", vec![Some([9, 4, 5]), None])],
        &expect![[r#"
            Does weighting help on notes? Not known yet.
            WeLT: not known: no pairs to compare. No difference.
            Without a result: 2 of 4 runs. The command of the sweep goes on with them."#]],
    );
    check(
        &[("vanilla", vec![None]), ("welt", vec![Some([9, 4, 5])])],
        &expect![[r#"
            Does weighting help on notes? Not known yet.
            WeLT: not known: no pairs to compare. No difference.
            Without a result: 1 of 2 runs. The command of the sweep goes on with them."#]],
    );
    check(
        &[("vanilla", missed(&[9, 10]))],
        &expect![[r#"
            Does weighting help on notes? Nothing can be compared yet.
            Nothing but vanilla was planned: plan methods to compare with it."#]],
    );
}

#[test]
fn the_question_is_about_what_was_compared() {
    let question = |methods: &[&str], expected: &str| {
        let mut fake = Fake::new();
        fake.section("notes", "tiny").row(intended("vanilla"), &missed(&[9]));
        for method in methods {
            fake.row(intended(method), &missed(&[8]));
        }
        fake.plan("Questions", "welt 1");
        let report = fake.report(None);
        let text = file(&report, "report.md");
        assert!(text.contains(&format!("\n**{expected} ")), "{text}");
    };
    question(&["welt", "ins"], "Does weighting help on notes?");
    question(&["focal-2"], "Does another loss help on notes?");
    question(&["welt+focal-2"], "Does weighting or another loss help on notes?");
}

#[test]
fn sections_of_one_corpus_and_encoder_are_told_apart() {
    let mut fake = Fake::new();
    fake.section("notes", "tiny").row(intended("vanilla"), &missed(&[9])).row(intended("welt"), &missed(&[8]));
    fake.plan("First", "welt 1");
    fake.plan("Second", "welt 1");
    let answers = fake.report(None).answers;
    let titles: Vec<&str> = answers[1..].iter().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(titles, ["First", "Second"]);
}

/// Seven corpora of five sources, on which a method misses so many more than vanilla, or fewer.
fn seven(more: [i32; 7]) -> Fake {
    let mut fake = Fake::new();
    let sources = ["a", "a", "b", "c", "d", "d", "e"];
    for (index, (more, source)) in more.into_iter().zip(sources).enumerate() {
        let vanilla = [20, 23, 21].map(|missed| missed + index as i32);
        let method = |shift: i32| vanilla.map(|missed| Some([(missed + shift) as usize, 4, 5]));
        fake.section(&format!("corpus {index}"), "tiny")
            .row(intended("vanilla"), &method(0))
            .row(intended("welt"), &method(more))
            .row(intended("ins"), &method(12 + more));
        fake.sections.last_mut().unwrap().source = Some(source.to_owned());
    }
    fake.plan("Seven", "welt 1");
    fake
}

#[test]
fn over_four_sources_and_more_the_word_holds_for_corpora_like_these() {
    expect![[r#"
        Does weighting help? Yes: WeLT (+4.78 points) helps. INS (−6.15 points) hurts.
        INS: hurts. F1 −6.15 points, 95 % interval [−7.36, −4.95], p <0.001 (<0.001 adjusted), over 5 sources of 7 corpora. On dev it is −6.15.
        WeLT: helps. F1 +4.78 points, 95 % interval [+3.69, +5.86], p <0.001 (<0.001 adjusted), over 5 sources of 7 corpora. On dev it is +4.78."#]].assert_eq(&seven([-4, -6, -5, -7, -4, -5, -6]).report(None).answers.join("\n"));
    expect![[r#"
        Does weighting help? Not known yet of 1 of 2 methods; none is shown to help. INS (−13.06 points) hurts.
        INS: hurts. F1 −13.06 points, 95 % interval [−18.88, −7.24], p 0.003 (0.007 adjusted), over 5 sources of 7 corpora. On dev it is −13.06.
        WeLT: not known: more than 50 seeds or 100 corpora of other texts. F1 −1.00 points, 95 % interval [−5.79, +3.80], p 0.595 (0.595 adjusted), over 5 sources of 7 corpora. On dev it is −1.00. What is below 7.9 points would mostly go unseen."#]].assert_eq(&seven([-4, 6, -5, 7, -4, 5, 1]).report(None).answers.join("\n"));
}

#[test]
fn the_same_words_stand_everywhere() {
    let report = seven([-4, 6, -5, 7, -4, 5, 1]).report(None);
    let verdict: serde_json::Value = serde_json::from_str(file(&report, "verdict.json")).unwrap();
    let page = file(&report, "index.html").replace("<strong>", "").replace("</strong>", "").replace("&#39;", "'");
    let text = file(&report, "report.md").replace('\\', "");
    let methods = verdict["grids"][0]["methods"].as_array().unwrap();
    assert_eq!(methods.len(), 2);
    for method in methods {
        let sentence = method["sentence"].as_str().unwrap();
        let (name, said) = sentence.split_once(": ").unwrap();
        assert!(report.answers.iter().any(|line| line.starts_with(sentence)), "{sentence}");
        assert!(text.contains(&format!("- **{sentence}**")), "{sentence}\n{text}");
        let said = said.trim_end_matches('.').replacen(": ", " ", 1);
        assert!(page.contains(&format!("<b>{name}</b><span>{said}")), "{said}");
        assert_eq!(method["word"], method["verdict"]["trained"]["word"]);
    }
    let question = verdict["sentence"].as_str().unwrap();
    assert!(page.contains(question) && text.contains(question) && report.answers[0].ends_with(question));
}

#[test]
fn a_sign_that_dev_does_not_share_is_remarked() {
    let mut fake = Fake::new();
    fake.section("notes", "tiny")
        .row(intended("vanilla"), &missed(&[10, 12, 14]))
        .row(intended("welt"), &missed(&[9, 11, 13]));
    fake.plan("Dev", "welt 1");
    let line = |report: &crate::Report| report.answers[1].clone();
    assert!(line(&fake.report(None)).contains(" On dev it is +"), "{}", line(&fake.report(None)));
    assert!(!line(&fake.report(None)).contains("the signs disagree"));
    // Vanilla was better on dev.
    let cells = fake.path().join("cells");
    for cell in &fake.sections[0].rows[0].runs {
        let path = cells.join(&cell.run).join("record.json");
        let text = std::fs::read_to_string(&path).unwrap();
        let mut record: serde_json::Value = serde_json::from_str(&text).unwrap();
        record["epochs"][1]["score"] = 0.99.into();
        std::fs::write(&path, record.to_string()).unwrap();
    }
    assert!(line(&fake.report(None)).contains(": the signs disagree."), "{}", line(&fake.report(None)));
}
