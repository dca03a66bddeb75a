# A cluster of two nodes, n1 and n2, on this machine: Debian's Slurm and munge, in processes of its own with ports and
# folders of their own. Nothing of a cluster that the machine may belong to is read or changed.
#
#     start_slurm FOLDER    sets SLURM_CONF; status 1, with the reason on standard output, where it cannot be done
#     start_node NAME       the daemon of a node, which may have been killed
#     stop_slurm            ends all that was started

slurm_missing() {
    local command
    [ "$(id -u)" = 0 ] || { echo "Slurm's daemons need root"; return; }
    for command in slurmctld slurmd sbatch munged; do
        PATH=$PATH:/usr/sbin:/sbin command -v $command >/dev/null || { echo "there is no $command"; return; }
    done
}

# Written with ports that are likely to be free; the caller tries others when they are not.
write_slurm_conf() {
    local host port=$1
    host=$(hostname -s)
    cat >"$SLURM_CONF" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
AuthType=auth/munge
AuthInfo=socket=$slurm_folder/munge.socket,cred_expire=5
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
MpiDefault=none
SlurmUser=root
StateSaveLocation=$slurm_folder/state
SlurmdSpoolDir=$slurm_folder/spool-%n
SlurmctldPidFile=$slurm_folder/slurmctld.pid
SlurmdPidFile=$slurm_folder/slurmd-%n.pid
SlurmctldLogFile=$slurm_folder/slurmctld.log
SlurmdLogFile=$slurm_folder/slurmd-%n.log
SchedulerParameters=sched_interval=1,bf_interval=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
KillWait=1
SlurmdTimeout=6
SlurmctldParameters=node_reg_mem_percent=0
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=1 Feature=fast,first
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=1 Feature=fast
PartitionName=main Nodes=n1,n2 Default=YES PriorityTier=1 MaxTime=INFINITE State=UP
PartitionName=urgent Nodes=n1,n2 PriorityTier=10 MaxTime=INFINITE State=UP
CONF
}

# slurm_daemon NAME COMMAND...: in the background; its number goes into NAME.pid of this file's own.
slurm_daemon() {
    local name=$1
    shift
    PATH=$PATH:/usr/sbin:/sbin "$@" >"$slurm_folder/$name.out" 2>&1 3>&- </dev/null &
    echo $! >"$slurm_folder/$name.process"
}

start_node() {
    slurm_daemon "$1" slurmd -D -N "$1"
}

nodes_are_idle() {
    [ "$(timeout 5 sinfo --noheader --Node --partition=main --format=%T 2>/dev/null | grep -cx "${1:-idle}")" = 2 ]
}

# wait_until SECONDS COMMAND...
wait_until() {
    local tries=$(($1 * 5))
    shift
    until "$@"; do
        ((tries-- > 0)) || return 1
        sleep 0.2
    done
}

start_slurm() {
    local attempt missing
    missing=$(slurm_missing)
    [ -z "$missing" ] || { echo "$missing"; return 1; }
    slurm_folder=$1
    mkdir -p "$slurm_folder/state"
    chmod 755 "$slurm_folder"
    export SLURM_CONF=$slurm_folder/slurm.conf
    (umask 077 && head -c 64 /dev/urandom >"$slurm_folder/munge.key")
    slurm_daemon munged munged --foreground --force --key-file="$slurm_folder/munge.key" \
        --socket="$slurm_folder/munge.socket" --pid-file="$slurm_folder/munge.pid" \
        --log-file="$slurm_folder/munge.log" --seed-file="$slurm_folder/munge.seed"
    wait_until 10 test -S "$slurm_folder/munge.socket" || { stop_slurm; echo "munged does not start"; return 1; }
    for attempt in 1 2 3; do
        write_slurm_conf $((20000 + (RANDOM + attempt) % 12000))
        slurm_daemon slurmctld slurmctld -D
        start_node n1
        start_node n2
        wait_until 15 nodes_are_idle && return 0
        stop_daemons slurmctld n1 n2
    done
    stop_slurm
    echo "Slurm's daemons do not start here"
    return 1
}

# Slurm's own processes of jobs, and those jobs: all that have this cluster's configuration in their environment.
jobs_processes() {
    local environ
    for environ in /proc/[0-9]*/environ; do
        tr '\0' '\n' 2>/dev/null <"$environ" | grep -qxF "${1:-SLURM_CONF=$SLURM_CONF}" || continue
        tr '\0' '\n' 2>/dev/null <"$environ" | grep -qxF "SLURM_CONF=$SLURM_CONF" || continue
        tr '\0' '\n' 2>/dev/null <"$environ" | grep -q '^SLURMD_NODENAME=' || continue
        environ=${environ#/proc/}
        echo "${environ%/environ}"
    done
}

# kill_node NAME: as if its power were cut, with all that runs there.
kill_node() {
    local process parent
    kill -9 "$(<"$slurm_folder/$1.process")"
    for process in $(jobs_processes "SLURMD_NODENAME=$1"); do
        parent=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$process/status" 2>/dev/null)
        # Its parent is Slurm's own, or one of these processes.
        case $(cat "/proc/$parent/comm" 2>/dev/null) in slurmstepd) kill -9 "$parent" ;; esac
        kill -9 "$process" 2>/dev/null || true
    done
}

stop_daemons() {
    local name process
    for name in "$@"; do
        process=$(cat "$slurm_folder/$name.process" 2>/dev/null) || continue
        kill "$process" 2>/dev/null
        wait_until 10 has_ended "$process" || kill -9 "$process" 2>/dev/null
        rm -f "$slurm_folder/$name.process"
    done
    return 0
}

has_ended() {
    [ ! -e "/proc/$1" ]
}

stop_slurm() {
    timeout 10 scancel --user="$(id -un)" 2>/dev/null
    wait_until 10 nothing_runs
    stop_daemons n1 n2 slurmctld munged
}

nothing_runs() {
    [ -z "$(timeout 5 squeue --noheader 2>/dev/null)" ]
}
