#!/bin/bash
# Runs the sample through a real Slurm on this machine and compares its table with the one that this machine makes alone.
# Usage: scripts/slurm_test.sh [WELT [XTASK [OPTION..]]]
# WELT and XTASK are built from this workspace where they are not given or empty; the options say what to run instead of
# --sample.
# Slurm is brought up by slurm_here.sh and ended again. On the way a job's process is killed and another job requeued: both runs
# must end with a record all the same.
set -euo pipefail
cd "$(dirname "$0")/.."
welt=${1:-}
xtask=${2:-}
options=("${@:3}")
if [ ${#options[@]} -eq 0 ]; then options=(--sample); fi
here=$PWD/target/slurm-test
. scripts/slurm_here.sh

if [ -z "$xtask" ]; then
    cargo build --quiet --package xtask
    xtask=${CARGO_TARGET_DIR:-target}/debug/xtask
fi
sweep() { "$xtask" reproduce "${options[@]}" ${welt:+--welt "$welt"} "$@"; }

sweep --launcher slurm --sbatch time=30 --output "$here/runs" >"$here/slurm.md" 2>"$here/sweep.err" &
sweep=$!
started+=($sweep)
# Two tasks that have begun: one loses its process, one goes back to the queue.
for _ in $(seq 600); do
    if [ "$(running | wc -l)" -ge $((cores > 1 ? 2 : 1)) ] && compgen -G "$here/runs/cells/*.partial" >/dev/null; then break; fi
    sleep 0.1
done
victim=$(running | head -n 1)
kill_task "$victim"
sleep 2
requeued=$(running | grep -vx "$victim" | head -n 1)
echo "requeueing job $requeued"
scontrol requeue "$requeued"
sleep 1
squeue --me --array --format='%.12i %.20j %.10T %.6r'
wait $sweep || { echo "the sweep ended with $?"; exit 1; }
cat "$here/sweep.err"
grep -q "ended as" "$here"/runs/cells/*.failures.jsonl || { echo "the killed task was not written down"; exit 1; }
restarts=$(scontrol show job --oneliner "$requeued" | grep -o 'Restarts=[0-9]*' || true)
echo "job $requeued: $restarts"
[ "$restarts" = Restarts=1 ] || { echo "the job was not requeued"; exit 1; }
echo "the jobs took $((SECONDS - began)) s"

sweep --output "$here/local" >"$here/local.md" 2>/dev/null
diff "$here/local.md" "$here/slurm.md"
echo "the table is the one that this machine makes alone; $((SECONDS - began)) s in all"
