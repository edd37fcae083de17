#!/bin/bash
# Tags 20 files through a real Slurm on this machine, kills a task and requeues another, and compares what comes out with what
# this machine makes alone.
# Usage: scripts/predict_slurm_test.sh WELT MODEL
# WELT is the program and MODEL the folder of a fine-tuned model. Slurm is brought up by slurm_here.sh and ended again.
set -euo pipefail
cd "$(dirname "$0")/.."
welt=$(realpath "${1:?usage: scripts/predict_slurm_test.sh WELT MODEL}")
model=$(realpath "${2:?usage: scripts/predict_slurm_test.sh WELT MODEL}")
here=$PWD/target/predict-slurm-test
. scripts/slurm_here.sh

mkdir -p "$here/in"
for file in $(seq -w 20); do
    for id in $(seq "${PER_FILE:-2500}"); do
        printf '%s%04d|t|Ataxia and gout in file %s.\n%s%04d|a|' "$file" "$id" "$file" "$file" "$id"
        for _ in 1 2 3 4 5; do printf 'No sign of cystic fibrosis or β-thalassaemia was seen in %s of the patients. ' "$id"; done
        printf '\n\n'
    done > "$here/in/$file.pubtator"
done
# Small groups, so that a task that is killed has something to go on with.
tag() { "$welt" predict --model "$model" "$here"/in/*.pubtator --to entities --batch-sub-words 128 --shift O=-2 "$@"; }

tag --output "$here/out" --launcher slurm --sbatch time=60 >"$here/slurm.out" 2>"$here/watch.err" &
watch=$!
started+=($watch)
for _ in $(seq 600); do
    if [ "$(running | wc -l)" -ge $((cores > 1 ? 2 : 1)) ] && compgen -G "$here/out/*.partial" >/dev/null; then break; fi
    sleep 0.1
done
victim=$(running | head -n 1)
kill_task "$victim"
sleep 1
requeued=$(running | grep -vx "$victim" | head -n 1)
echo "requeueing job $requeued"
scontrol requeue "$requeued"
sleep 1
squeue --me --array --format='%.12i %.20j %.10T %.6r' | head -n 12
wait $watch || { echo "welt predict ended with $?"; cat "$here/watch.err"; exit 1; }
cat "$here/watch.err"
grep -q "it is submitted again" "$here/watch.err" || { echo "the killed task was not submitted again"; exit 1; }
restarts=$(scontrol show job --oneliner "$requeued" | grep -o 'Restarts=[0-9]*' || true)
echo "job $requeued: $restarts"
[ "$restarts" = Restarts=1 ] || { echo "the job was not requeued"; exit 1; }
echo "the jobs took $((SECONDS - began)) s"

[ "$(wc -l < "$here/out/manifest.tsv")" = 21 ] || { echo "the manifest is not whole"; exit 1; }
(cd "$here/out" && sha256sum --quiet -c SHA256SUMS)
for part in 1 2 3; do tag --output "$here/alone/" --shard $part/3 --quiet; done
diff <(cut -f 1,2,3,5-10 "$here/alone/manifest.tsv") <(cut -f 1,2,3,5-10 "$here/out/manifest.tsv")
diff -r --exclude=slurm --exclude=reports --exclude=manifest.tsv "$here/alone" "$here/out"
echo "20 files are what this machine makes alone in three parts; $((SECONDS - began)) s in all"
