#!/bin/sh
# Draws small corpora from the whole ones, for grids that a processor can run: docs/paper/ours.toml.
# Usage: scripts/cut_corpora.sh CORPORA OUTPUT [WELT]
# CORPORA holds a folder a corpus with train.tsv, dev.tsv and test.tsv, as `cargo xtask datasets` makes them;
# OUTPUT gets the same folders with about WORDS words in each file: 20,000 for training, 5,000 for dev, 20,000 for test.
# Sentences are drawn at random, with a fixed seed: the same files come out on every machine.
set -eu
corpora=$1
output=$2
welt=${3:-target/release/welt}

cut() { # corpus split words
    file=$corpora/$1/$2.tsv
    words=$(awk 'NF { count += 1 } END { print count }' "$file")
    fraction=$(awk -v wanted="$3" -v there="$words" 'BEGIN { share = wanted / there; print share < 1 ? share : 1 }')
    "$welt" split sample "$file" --fraction "$fraction" --seed 1 --output "$output/$1/$2.tsv" --quiet
}

for corpus in ncbi-disease bc5cdr-disease bc5cdr-chemical bc2gm linnaeus biored-chemical biored-disease; do
    mkdir -p "$output/$corpus"
    cut "$corpus" train 20000
    cut "$corpus" dev 5000
    cut "$corpus" test 20000
done
