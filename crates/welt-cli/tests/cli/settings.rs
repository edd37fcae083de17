//! Settings that cannot be used: in flags, in a configuration file, against the model.

use expect_test::expect;

use crate::folder::{Bench, TRAIN};

#[test]
fn a_configuration_file_is_refused_with_the_place_and_what_would_do() {
    let bench = Bench::with_run();
    let files = [
        ("unknown.toml", "max_lenght = 64"),
        ("learnin.toml", "[training]\nlearnin_rate = 1e-4"),
        ("hyphen.toml", "[training]\nbatch-size = 8"),
        ("both.toml", "method = 'welt'\nweights = 'ins'"),
        ("method.toml", "method = 'focal'"),
        ("misplaced.toml", "epochs = 3"),
        ("syntax.toml", "from_scratch = true\nmax_length 64"),
        ("type.toml", "[training]\nepochs = 'three'"),
        ("negative.toml", "max_length = -3"),
        ("list.toml", "counts_from = 'train.tsv'"),
        ("scheme.toml", "weights = 'walt'"),
        ("order.toml", "label_order = 'intnded'"),
        ("cut.json", "{\"max_length\": 64,\n"),
        ("list.json", "[1]"),
    ];
    let mut commands = Vec::new();
    for (name, text) in files {
        bench.write(name, text);
        commands.push(format!("train --train train.tsv --model encoder --output new --config {name}"));
    }
    for name in ["missing.toml", "run", "run/model/config.json"] {
        commands.push(format!("train --train train.tsv --model encoder --output new --config {name}"));
    }
    bench.write("bare.toml", "from_scratch = true");
    commands.push("train --model encoder --output new --config bare.toml".to_owned());
    let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
    expect![[r#"
        $ welt train --train train.tsv --model encoder --output new --config unknown.toml
        error: unknown.toml: unknown setting `max_lenght` (did you mean max_length under [training]?), expected one of train, dev, test, counts_from, word_column, tag_column, from, model, from_scratch, method, label_order, seed, allow, device, save_model, checkpoint_every, training
        $ welt train --train train.tsv --model encoder --output new --config learnin.toml
        error: learnin.toml: unknown setting `learnin_rate` (did you mean learning_rate?), expected one of epochs, batch_size, micro_batch_size, batches_sorted_together, max_length, window_context, learning_rate, warmup_ratio, weight_decay, beta_1, beta_2, epsilon, max_gradient_norm, keep, best_by, evaluate_every, patience, precision
        $ welt train --train train.tsv --model encoder --output new --config hyphen.toml
        error: hyphen.toml: unknown setting `batch-size` (did you mean batch_size?), expected one of epochs, batch_size, micro_batch_size, batches_sorted_together, max_length, window_context, learning_rate, warmup_ratio, weight_decay, beta_1, beta_2, epsilon, max_gradient_norm, keep, best_by, evaluate_every, patience, precision
        $ welt train --train train.tsv --model encoder --output new --config both.toml
        error: both.toml: `method` and `weights` stand side by side: the method says both, expected one of them
        $ welt train --train train.tsv --model encoder --output new --config method.toml
        error: method.toml: `method`: `focal` is not a weighting scheme: expected vanilla, ins, isns, ens-BETA, ens-as-coded-BETA (with 0 <= BETA < 1, as in ens-0.999) or welt, or another loss: focal-GAMMA, logit-adjustment-TAU or dice-ALPHA (with a number of at least 0, as in focal-2), or what needs no training of its own: tuned-shift or constrained; alone or joined, as in welt+focal-2
        $ welt train --train train.tsv --model encoder --output new --config misplaced.toml
        error: misplaced.toml: `epochs` stands at the top: put it under [training]
        $ welt train --train train.tsv --model encoder --output new --config syntax.toml
        error: syntax.toml:2:12: key with no value, expected `=`; expected settings as TOML, or the config.json of a run
        $ welt train --train train.tsv --model encoder --output new --config type.toml
        error: type.toml: `training.epochs`: invalid type: string "three", expected a whole number from 0
        $ welt train --train train.tsv --model encoder --output new --config negative.toml
        error: negative.toml: `training.max_length`: invalid value: integer `-3`, expected a whole number from 0
        $ welt train --train train.tsv --model encoder --output new --config list.toml
        error: list.toml: `counts_from`: invalid type: string "train.tsv", expected a list, as in ["FILE"]
        $ welt train --train train.tsv --model encoder --output new --config scheme.toml
        error: scheme.toml: `weights`: `walt` is not a weighting scheme: expected vanilla, ins, isns, ens-BETA, ens-as-coded-BETA (with 0 <= BETA < 1, as in ens-0.999) or welt
        $ welt train --train train.tsv --model encoder --output new --config order.toml
        error: order.toml: `label_order`: unknown variant `intnded`, expected `intended` or `as-published`
        $ welt train --train train.tsv --model encoder --output new --config cut.json
        error: cut.json:2:0: EOF while parsing a value; expected settings as TOML, or the config.json of a run
        $ welt train --train train.tsv --model encoder --output new --config list.json
        error: list.json:1:0: invalid type: sequence, expected a map; expected settings as TOML, or the config.json of a run
        $ welt train --train train.tsv --model encoder --output new --config missing.toml
        error: missing.toml: cannot be read: No such file or directory (os error 2); expected settings as TOML, or the config.json of a run
        $ welt train --train train.tsv --model encoder --output new --config run
        error: run: cannot be read: Is a directory (os error 21); expected settings as TOML, or the config.json of a run
        $ welt train --train train.tsv --model encoder --output new --config run/model/config.json
        error: run/model/config.json: unknown setting `architectures`, expected one of train, dev, test, counts_from, word_column, tag_column, from, model, from_scratch, method, label_order, seed, allow, device, save_model, checkpoint_every, training
        $ welt train --model encoder --output new --config bare.toml
        error: --train is missing: name it as a flag or in --config
    "#]].assert_eq(&bench.refusals(&commands));
}

#[test]
fn settings_that_no_run_can_be_made_with() {
    let bench = Bench::with_run();
    let train = |flags: &str| format!("train --train train.tsv --model encoder --from-scratch --output new {flags}");
    let commands = [
        train("--max-length 512"),
        train("--window-context 64"),
        train("--epochs 0"),
        train("--batch-size 0"),
        train("--learning-rate inf"),
        train("--warmup-ratio 1.5"),
        train("--weights ens-as-coded-0.5 --epochs 1 --counts-from few.tsv"),
        train("--learning-rate 1e30 --epochs 30"),
        "predict --model run/model --max-length 512 test.tsv".to_owned(),
        "predict --model run/model --max-length 10 test.tsv".to_owned(),
        train("--epochs 1").replace("encoder", "small"),
    ];
    bench.copy("encoder", "small");
    let mut sizes: serde_json::Value = serde_json::from_str(&bench.read("encoder/config.json")).unwrap();
    sizes["vocab_size"] = 6.into();
    bench.write("small/config.json", sizes.to_string());
    bench.write("few.tsv", "a\tB-Disease\nb\tI-Disease\nc\tO\nd\tO\n");
    let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
    expect![[r#"
        $ welt train --train train.tsv --model encoder --from-scratch --output new --max-length 512
        error: max_length is 512, and the model reads at most 128 sub-words: add --max-length 128
        $ welt train --train train.tsv --model encoder --from-scratch --output new --window-context 64
        error: max_length is 128: expected at least 131, for [CLS], [SEP], 64 sub-words of context on each side and one of a word; raise it or lower window_context
        $ welt train --train train.tsv --model encoder --from-scratch --output new --epochs 0
        error: epochs is 0: expected a whole number above 0
        $ welt train --train train.tsv --model encoder --from-scratch --output new --batch-size 0
        error: batch_size is 0: expected a whole number above 0
        $ welt train --train train.tsv --model encoder --from-scratch --output new --learning-rate inf
        error: learning_rate is inf: expected a finite number of at least 0
        $ welt train --train train.tsv --model encoder --from-scratch --output new --warmup-ratio 1.5
        error: warmup_ratio is 1.5: expected a number from 0 to below 1
        $ welt train --train train.tsv --model encoder --from-scratch --output new --weights ens-as-coded-0.5 --epochs 1 --counts-from few.tsv
        error: the weights of ens-as-coded-0.5 are of no use: the weight 0 of class 0 is not above 0: its mistakes would cost nothing, or be rewarded (class 0 is B-Disease)
        $ welt train --train train.tsv --model encoder --from-scratch --output new --learning-rate 1e30 --epochs 30
        error: step 2 (from 1) has the loss NaN and the gradient norm NaN: training diverged; a lower learning rate or more warm-up may help
        $ welt predict --model run/model --max-length 512 test.tsv
        error: run/model: --max-length is 512, and the model reads at most 128 sub-words: lower it, or leave it out
        $ welt predict --model run/model --max-length 10 test.tsv
        error: windows of at most 10 sub-words cannot hold [CLS], [SEP], 24 sub-words of context on each side and one word: expected a maximal length of at least 51; raise it or lower the context
        $ welt train --train train.tsv --model small --from-scratch --output new --epochs 1
        error: sub-word 136 of sentence 0 is beyond the model's vocabulary of 6: the tokenizer belongs to another model
    "#]].assert_eq(&bench.refusals(&commands));
}

#[test]
fn wrong_usage_ends_with_2() {
    let bench = Bench::new();
    let commands = [
        "",
        "statz",
        "stats",
        "stats --tag-column x train.tsv",
        "weights --scheme walt train.tsv",
        "weights --label-order random train.tsv",
        "evaluate --mode strict --scheme IOB3 train.tsv",
        "evaluate --scheme IOB2 train.tsv",
        "evaluate --zero-division 2 train.tsv",
        "predict train.tsv",
        "predict --model run/model --format xml train.tsv",
        "train --train train.tsv --model encoder",
        "train --train train.tsv --output new",
        "train --model encoder --output new",
        "train --config c.toml --output new --keep worst",
    ];
    let mut said = String::new();
    for command in commands {
        let ran = bench.run(command);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{command}");
        let lines: Vec<&str> = ran.err.lines().take_while(|line| !line.is_empty()).collect();
        said += &format!("$ welt {command}\n{}\n", lines.join("\n"));
    }
    expect![[r#"
        $ welt 
        Trains, scores and uses biomedical named-entity recognisers, with class weights against imbalance
        $ welt statz
        error: unrecognized subcommand 'statz'
        $ welt stats
        error: the following required arguments were not provided:
          <FILE>...
        $ welt stats --tag-column x train.tsv
        error: invalid value 'x' for '--tag-column <N>': expected the number of a column, from 1, or from the end as in -1
        $ welt weights --scheme walt train.tsv
        error: invalid value 'walt' for '--method <METHOD>': `walt` is not a weighting scheme: expected vanilla, ins, isns, ens-BETA, ens-as-coded-BETA (with 0 <= BETA < 1, as in ens-0.999) or welt
        $ welt weights --label-order random train.tsv
        error: invalid value 'random' for '--label-order <ORDER>': `random` is not a label order: expected intended or as-published
        $ welt evaluate --mode strict --scheme IOB3 train.tsv
        error: invalid value 'IOB3' for '--scheme <SCHEME>': `IOB3` is not a tagging scheme, expected one of IOB1, IOB2, IOE1, IOE2, IOBES, BILOU
        $ welt evaluate --scheme IOB2 train.tsv
        error: --scheme IOB2 has a meaning in strict mode only: add --mode strict
        $ welt evaluate --zero-division 2 train.tsv
        error: invalid value '2' for '--zero-division <0|1>': 2 is not in 0..=1
        $ welt predict train.tsv
        error: the following required arguments were not provided:
          --model <MODEL>
        $ welt predict --model run/model --format xml train.tsv
        error: invalid value 'xml' for '--format <FORMAT>'
          [possible values: conll, json]
        $ welt train --train train.tsv --model encoder
        error: the following required arguments were not provided:
          --output <DIR>
        $ welt train --train train.tsv --output new
        error: the following required arguments were not provided:
          --model <MODEL>
        $ welt train --model encoder --output new
        error: the following required arguments were not provided:
          --train <FILE>
        $ welt train --config c.toml --output new --keep worst
        error: invalid value 'worst' for '--keep <WHICH>'
          [possible values: best, last]
    "#]].assert_eq(&said);
    assert_eq!(bench.names(), ["dev.tsv", "encoder", "test.tsv", "train.tsv"]);
}

#[test]
fn help_shows_examples() {
    let bench = Bench::new();
    let views = ["split merge", "split folds", "split sample", "split types", "split join"];
    let commands = ["", "train", "evaluate", "compare", "errors", "predict", "weights", "stats", "check", "split"];
    for command in commands.into_iter().chain(views) {
        let help = bench.run(&format!("{command} --help")).succeeded();
        let (_, examples) = help.split_once("Examples:\n").unwrap_or_else(|| panic!("no examples: {help}"));
        assert!(examples.lines().count() >= 2 && examples.contains(&format!("welt {command}")), "{examples}");
        assert!(!help.contains('\u{1b}'), "colours in what is no terminal");
    }
    assert!(bench.run("--version").succeeded().starts_with("welt "));
}

#[test]
fn an_output_is_refused_before_anything_is_read() {
    let bench = Bench::with_run();
    let ran = bench.run(&format!("{TRAIN} --output run --train missing.tsv"));
    assert_eq!(ran.refused(), "error: run exists already: name another directory with --output, or remove it");
}
