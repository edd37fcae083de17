#!/bin/bash
# Runs the sample through a real Slurm on this machine and compares its table with the one that this machine makes alone.
# Usage: scripts/slurm_test.sh [WELT [XTASK [OPTION..]]]
# WELT and XTASK are built from this workspace where they are not given or empty; the options say what to run instead of
# --sample.
# It brings up munged, slurmctld and slurmd as one node, as root and without systemd, and ends them again. On the way it
# kills a job's process and requeues another job: both runs must end with a record all the same.
# Needs Debian's slurm-wlm and munge, which it installs where they are missing.
set -euo pipefail
cd "$(dirname "$0")/.."
welt=${1:-}
xtask=${2:-}
options=("${@:3}")
if [ ${#options[@]} -eq 0 ]; then options=(--sample); fi
here=$PWD/target/slurm-test
began=$SECONDS

if [ "$(id -u)" != 0 ]; then
    echo "skipped: Slurm's daemons want to be started as root"
    exit 0
fi
if ! command -v slurmctld >/dev/null || ! command -v munged >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends slurm-wlm munge >/dev/null
fi
rm -rf "$here"
mkdir -p "$here/state" "$here/spool"

# Munge speaks for users: its key and folders must be its own and nobody else's.
munge_folder=$(mktemp -d)
chmod 755 "$munge_folder"
dd if=/dev/urandom of="$munge_folder/key" bs=128 count=1 status=none
chmod 400 "$munge_folder/key"

cores=$(nproc)
host=$(hostname -s)
cat > "$here/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$munge_folder/socket
CryptoType=crypto/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SchedulerType=sched/backfill
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmctldPort=16817
SlurmdPort=16818
ReturnToService=2
MinJobAge=300
KillWait=5
SlurmctldPidFile=$here/slurmctld.pid
SlurmdPidFile=$here/slurmd.pid
StateSaveLocation=$here/state
SlurmdSpoolDir=$here/spool
SlurmctldLogFile=$here/slurmctld.log
SlurmdLogFile=$here/slurmd.log
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cores State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$here/slurm.conf

end() {
    status=$?
    scancel --me 2>/dev/null && sleep 1
    # By number, and only what this script started.
    for pid in "${sweep:-}" "${slurmd:-}" "${slurmctld:-}" "${munged:-}"; do
        if [ -n "$pid" ]; then kill "$pid" 2>/dev/null || true; fi
    done
    # A daemon that is about to end may still write there.
    rm -rf "$munge_folder" 2>/dev/null || true
    if [ $status -ne 0 ] && [ -d "$here" ]; then
        tail -n 20 "$here"/slurm*.log "$here"/sweep.err 2>/dev/null || true
    fi
    exit $status
}
trap end EXIT

munged --foreground --force --key-file="$munge_folder/key" --socket="$munge_folder/socket" --seed-file="$munge_folder/seed" \
    --pid-file="$munge_folder/pid" --log-file="$munge_folder/log" 2>/dev/null &
munged=$!
slurmctld -D -c >/dev/null 2>&1 &
slurmctld=$!
slurmd -D >/dev/null 2>&1 &
slurmd=$!
for _ in $(seq 60); do
    if sinfo --noheader --format=%T 2>/dev/null | grep -q idle; then break; fi
    sleep 0.5
done
sinfo
echo "Slurm is up after $((SECONDS - began)) s"

if [ -z "$xtask" ]; then
    cargo build --quiet --package xtask
    xtask=${CARGO_TARGET_DIR:-target}/debug/xtask
fi
sweep() { "$xtask" reproduce "${options[@]}" ${welt:+--welt "$welt"} "$@"; }

sweep --launcher slurm --sbatch time=30 --output "$here/runs" >"$here/slurm.md" 2>"$here/sweep.err" &
sweep=$!
# Two tasks that have begun: one loses its process, one goes back to the queue.
running() { squeue --me --array --noheader --states=RUNNING --format='%i' 2>/dev/null | grep _ || true; }
for _ in $(seq 600); do
    if [ "$(running | wc -l)" -ge $((cores > 1 ? 2 : 1)) ] && compgen -G "$here/runs/cells/*.partial" >/dev/null; then break; fi
    sleep 0.1
done
victim=$(running | head -n 1)
# The job's shell, which the task has taken the place of; Slurm names a task by a number of its own here.
number=$(scontrol show job --oneliner "$victim" | grep -o '^JobId=[0-9]*' | cut -d= -f2)
process=$(scontrol listpids "$number" | awk 'NR > 1 && $1 > 0 { print $1; exit }')
echo "killing process $process of job $victim"
kill -KILL "$process"
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
