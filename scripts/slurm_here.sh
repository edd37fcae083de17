# Brings up a real Slurm on this machine, as one node, and ends it again; sourced by the scripts that test with it.
# Usage: set `here` to a folder of the script's own, then source this. Whatever the script starts and wants ended it adds to `started`.
# Runs as root and without systemd. Needs Debian's slurm-wlm and munge, which it installs where they are missing.

if [ "$(id -u)" != 0 ]; then
    echo "skipped: Slurm's daemons want to be started as root"
    exit 0
fi
if ! command -v slurmctld >/dev/null || ! command -v munged >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends slurm-wlm munge >/dev/null
fi
began=$SECONDS
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

started=()
end() {
    status=$?
    scancel --me 2>/dev/null && sleep 1
    # By number, and only what this script started, the newest first.
    for ((index = ${#started[@]} - 1; index >= 0; index--)); do kill "${started[index]}" 2>/dev/null || true; done
    # A daemon that is about to end may still write there.
    rm -rf "$munge_folder" 2>/dev/null || true
    if [ $status -ne 0 ] && [ -d "$here" ]; then
        tail -n 20 "$here"/slurm*.log "$here"/*.err 2>/dev/null || true
    fi
    exit $status
}
trap end EXIT

munged --foreground --force --key-file="$munge_folder/key" --socket="$munge_folder/socket" --seed-file="$munge_folder/seed" \
    --pid-file="$munge_folder/pid" --log-file="$munge_folder/log" 2>/dev/null &
started+=($!)
slurmctld -D -c >/dev/null 2>&1 &
started+=($!)
slurmd -D >/dev/null 2>&1 &
started+=($!)
for _ in $(seq 60); do
    if sinfo --noheader --format=%T 2>/dev/null | grep -q idle; then break; fi
    sleep 0.5
done
sinfo
echo "Slurm is up after $((SECONDS - began)) s"

# Tasks of arrays that run.
running() { squeue --me --array --noheader --states=RUNNING --format='%i' 2>/dev/null | grep _ || true; }

# Kills the process of a task: the job's shell, which the task has taken the place of; Slurm names a task by a number of its own here.
kill_task() {
    local number process
    number=$(scontrol show job --oneliner "$1" | grep -o '^JobId=[0-9]*' | cut -d= -f2)
    process=$(scontrol listpids "$number" | awk 'NR > 1 && $1 > 0 { print $1; exit }')
    echo "killing process $process of job $1"
    kill -KILL "$process"
}
