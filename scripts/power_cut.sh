#!/bin/sh
# Cuts the power of trainings and of a sweep on the sample again and again, by a library that drops what was not handed to
# the disk (power_cut.c), and compares what they come to with trainings and a sweep that nothing disturbed.
# Run by hand: scripts/power_cut.sh path/to/welt [CUTS]; needs cc, Linux and about a minute for ten cuts.
set -eu
welt=$(realpath "$1")
cuts=${2:-20}
scripts=$(dirname "$(realpath "$0")")
sample=$scripts/../datasets/sample
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cc -shared -fPIC -O1 -o "$work/power_cut.so" "$scripts/power_cut.c" -ldl -lpthread
cd "$work"
for split in train dev test; do
    awk -v n=12 'BEGIN { RS = ""; ORS = "\n\n" } NR <= n' "$sample/$split.tsv" > $split.tsv
done

train="$welt train --train train.tsv --dev dev.tsv --test test.tsv --model $sample/encoder --from-scratch --epochs 4 \
    --batch-size 4 --learning-rate 1e-3 --checkpoint-every 1-steps --quiet"
$train --output undisturbed > /dev/null 2>&1
cut=0 complete=0
while [ $cut -lt "$cuts" ]; do
    cut=$((cut + 1))
    after=$(((cut * 7919 + cut * cut * 31) % 900 + 1))
    if LD_PRELOAD="$work/power_cut.so" CUT_AFTER=$after $train --output run > /dev/null 2> said; then
        complete=$((complete + 1))
    elif [ -s said ] && grep -q '^error' said && ! grep -q 'run exists already' said; then
        cat said
        exit 1
    fi
    if [ -d run ]; then
        cmp undisturbed/model/model.safetensors run/model/model.safetensors
        cmp undisturbed/predictions/test.tsv run/predictions/test.tsv
        test -s run/record.json && test -s run/config.json && test -s run/metrics.jsonl
        rm -rf run
    fi
done
$train --output run > /dev/null 2>&1
cmp undisturbed/model/model.safetensors run/model/model.safetensors
cmp undisturbed/predictions/test.tsv run/predictions/test.tsv
echo "training: $cuts power cuts, $complete trainings ended in between; nothing differs"

"$welt" sweep --init grid.toml --train train.tsv --dev dev.tsv --test test.tsv --model undisturbed/model --quiet > /dev/null 2>&1 ||
    { echo "the grid cannot be made"; exit 1; }
sweep="$welt sweep grid.toml --seeds 1 --jobs 2 --retries 3 --quiet"
$sweep --output still > still.md 2> said || { cat said; exit 1; }
cut=0
while [ $cut -lt "$cuts" ]; do
    cut=$((cut + 1))
    LD_PRELOAD="$work/power_cut.so" CUT_AFTER=$(((cut * 7919) % 300 + 1)) $sweep --output cut > /dev/null 2>&1 || true
done
$sweep --output cut > cut.md 2> said || { cat said; exit 1; }
diff still.md cut.md
for run in still/cells/*/; do
    cmp "$run/predictions/test.tsv" "cut/cells/$(basename "$run")/predictions/test.tsv"
    runs=$((${runs:-0} + 1))
done
[ "${runs:-0}" -gt 0 ]
echo "sweep of $runs runs: $cuts power cuts; nothing differs"
