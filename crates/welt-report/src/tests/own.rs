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
    expect!["grid,welt,device,dataset,model,checkpoint,stands_in_for,method,label_order,same_as,seeds,seeds_planned,precision,recall,f1,f1_deviation,strict_f1,fair_f1,difference,lower,upper,p,p_holm,seeds_varied,noise_floor,smallest_visible,significant_and_beyond_floor,type_1,type_2,type_3"].assert_eq(&header("cells.csv"));
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

/// The answer for one corpus, whose methods get so much wrong.
fn check(rows: &[(&str, Vec<Option<Wrong>>)], expected: &Expect) {
    let mut fake = Fake::new();
    fake.section("notes", "tiny");
    for (method, wrong) in rows {
        fake.row(intended(method), wrong);
    }
    fake.plan("Answers", "welt 1");
    expected.assert_eq(&fake.report(None).answers[0]);
}

#[test]
fn a_clear_gain_is_a_yes() {
    let vanilla = missed(&[30, 32, 34, 31, 33, 35]);
    let better = missed(&[10, 12, 14, 11, 13, 15]);
    check(
        &[("vanilla", vanilla.clone()), ("welt", better.clone())],
        &expect![
            "notes with tiny: yes, WeLT. With WeLT F1 is 83.26 ± 1.43 against vanilla’s 65.64 ± 1.90 over 6 seeds: a difference of +17.63 points (95 % interval [+13.68, +21.57], p <0.001, noise floor ±2.82). That is significant over seeds and beyond the noise floor. Next: train with WeLT, which moves precision by +4.74 points and recall by +25.00."
        ],
    );
    let worse = missed(&[50, 52, 54, 51, 53, 55]);
    // One seed proves nothing, however good it is.
    let lucky = vec![Some([0, 0, 0]), None, None, None, None, None];
    check(
        &[("vanilla", vanilla), ("focal-2", better), ("ins", worse), ("isns", lucky)],
        &expect![
            "notes with tiny: yes, focal loss (2). With focal loss (2) F1 is 83.26 ± 1.43 against vanilla’s 65.64 ± 1.90 over 6 seeds: a difference of +17.63 points (95 % interval [+13.68, +21.57], p <0.001 after Holm’s adjustment for 3 tests, noise floor ±2.82). That is significant over seeds and beyond the noise floor. Higher still, but not both of that: ISNS (+31.85). Significantly below vanilla and beyond the noise floor: INS (−23.90). Without a result: 5 of its 24 runs. Next: train with focal loss (2), which moves precision by +4.74 points and recall by +25.00."
        ],
    );
}

#[test]
fn a_clear_loss_is_a_no() {
    let vanilla = missed(&[10, 12, 14, 11, 13, 15]);
    let worse = missed(&[50, 52, 54, 51, 53, 55]);
    check(
        &[("vanilla", vanilla), ("ins", worse)],
        &expect![
            "notes with tiny: no. With INS F1 is 41.74 ± 2.63 against vanilla’s 83.26 ± 1.43 over 6 seeds: a difference of −41.52 points (95 % interval [−49.75, −33.29], p <0.001, noise floor ±2.13). That is significant over seeds and beyond the noise floor. Next: keep vanilla."
        ],
    );
}

#[test]
fn an_open_question_says_what_would_decide_it() {
    // So many seeds would.
    check(
        &[("vanilla", missed(&[30, 32, 34])), ("welt", missed(&[20, 29, 22]))],
        &expect![
            "notes with tiny: undecided. With WeLT F1 is 73.96 ± 4.28 against vanilla’s 66.15 ± 2.01 over 3 seeds: a difference of +7.82 points (95 % interval [−3.11, +18.74], p 0.092, noise floor ±7.07). It lies beyond the noise floor, but is not significant: other seeds may turn it round. Next: run about 5 seeds, which would show a gain of 7.82 points four times of five, if it is as large in truth. Finished runs are kept."
        ],
    );
    // They differ on other sentences than they gain on.
    let short_ones = [20, 21, 20, 19, 20].map(|missed| Some([missed, 0, 5]));
    let long_ones = [11, 11, 11, 11, 12].map(|bounds| Some([0, bounds, 5]));
    check(
        &[("vanilla", short_ones.into()), ("welt", long_ones.into())],
        &expect![
            "notes with tiny: undecided. With WeLT F1 is 83.39 ± 0.54 against vanilla’s 82.76 ± 0.57 over 5 seeds: a difference of +0.64 points (95 % interval [−7.44, +8.72], p 0.876, noise floor ±1.00). It is neither significant nor beyond the noise floor: other seeds may turn it round. Next: keep vanilla, or take a larger test set: a gain of 0.64 points is too small to be shown on this test set by any number of seeds."
        ],
    );
    // So small a gain takes too many.
    check(
        &[("vanilla", missed(&[30, 32, 34, 31, 33])), ("welt", missed(&[30, 31, 34, 31, 33]))],
        &expect![
            "notes with tiny: undecided. With WeLT F1 is 66.35 ± 1.66 against vanilla’s 66.15 ± 1.59 over 5 seeds: a difference of +0.20 points (95 % interval [−0.35, +0.75], p 0.374, noise floor ±2.79). It is neither significant nor beyond the noise floor: other seeds may turn it round. Next: keep vanilla, or take a larger test set: to show a gain of 0.20 points takes more than 100 seeds."
        ],
    );
    // Nothing is better.
    check(
        &[("vanilla", missed(&[30, 32, 34])), ("welt", missed(&[31, 32, 35]))],
        &expect![
            "notes with tiny: no gain seen. With WeLT F1 is 65.47 ± 2.13 against vanilla’s 66.15 ± 2.01 over 3 seeds: a difference of −0.68 points (95 % interval [−2.13, +0.78], p 0.184, noise floor ±7.07). Next: keep vanilla; but with 3 seeds a gain of less than 1.91 points would mostly go unseen."
        ],
    );
    // One seed tells nothing of methods.
    check(
        &[("vanilla", missed(&[30])), ("welt", missed(&[10]))],
        &expect![
            "notes with tiny: undecided. With WeLT F1 is 85.16 against vanilla’s 68.15 over one seed: a difference of +17.01 points (95 % interval [+10.17, +24.82], p <0.001, no noise floor is known). It has one seed: a test over sentences says whether two models differ, not whether two methods do. Next: run five seeds of every method. Finished runs are kept."
        ],
    );
    // Training that collapses tells nothing of the spread of seeds.
    let collapsed = Some([SHORT, LONG, 0]);
    check(
        &[("vanilla", vec![Some([30, 4, 5]), collapsed]), ("welt", missed(&[10, 11]))],
        &expect![
            "notes with tiny: undecided. With WeLT F1 is 84.79 ± 0.53 against vanilla’s 34.07 ± 48.19 over 2 seeds: a difference of +50.71 points (95 % interval [−377.51, +478.94], p 0.374, no noise floor is known). Vanilla found not one entity with some of its seeds, so that nobody knows how far seeds spread. Next: train so that vanilla finds entities with every seed (more epochs, another learning rate), or run five seeds or more."
        ],
    );
}

#[test]
fn without_pairs_there_is_nothing_to_compare() {
    check(
        &[("vanilla", vec![None, Some([9, 4, 5])]), ("welt", vec![Some([9, 4, 5]), None])],
        &expect![
            "notes with tiny: nothing to compare yet. No seed has a result of both vanilla and another method. Without a result: 2 of its 4 runs. Next: give the command of the sweep again: finished runs are kept."
        ],
    );
    check(
        &[("vanilla", vec![None]), ("welt", vec![Some([9, 4, 5])])],
        &expect![
            "notes with tiny: nothing to compare yet. No run of vanilla has a result. Without a result: 1 of its 2 runs. Next: give the command of the sweep again: finished runs are kept."
        ],
    );
    check(
        &[("vanilla", missed(&[9, 10]))],
        &expect![
            "notes with tiny: nothing to compare yet. Nothing but vanilla was planned. Next: plan methods to compare with vanilla."
        ],
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
        assert!(text.contains(&format!("\n**{expected}**\n")), "{text}");
    };
    question(&["welt", "ins"], "Does weighting help on notes?");
    question(&["focal-2"], "Does another loss help on notes?");
    question(&["welt+focal-2"], "Does weighting or another loss help on notes?");
}

#[test]
fn sections_of_one_corpus_and_encoder_are_told_apart() {
    let mut fake = Fake::new();
    fake.section("notes", "tiny").row(intended("vanilla"), &missed(&[9]));
    fake.plan("First", "welt 1");
    fake.plan("Second", "welt 1");
    let answers = fake.report(None).answers;
    let places: Vec<&str> = answers.iter().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(places, ["notes with tiny (First)", "notes with tiny (Second)"]);
}
