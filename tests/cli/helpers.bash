# For the .bats files of this folder. MEMALLOC_BENCH is the program under test.

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    unset NO_COLOR COLUMNS
    export TERM=xterm
    # The smallest run of all allocators: one process of one trial each, and the controls.
    smallest=(--sizes 8 --patterns immediate --iterations 1)
}

# planned ARGUMENT...: how many processes such a run has.
planned() {
    "$MEMALLOC_BENCH" platform --dry-run "$@" | sed -n 's/^processes *//p'
}

# How many lines of a dry run on standard input stand for a process.
planned_lines() {
    grep -Ec '^ *[0-9]+ +[0-9]+  [a-z]'
}

# memalloc-bench ARGUMENT...: as bats' `run` does it, with standard error apart in $stderr.
program() {
    run --separate-stderr "$MEMALLOC_BENCH" "$@"
}

# Fails with what was seen unless the condition holds.
expect() {
    "$@" && return 0
    echo "failed: $*"
    echo "status: $status"
    echo "output: $output"
    echo "stderr: $stderr"
    return 1
}

# Fails if the command succeeds: `! command` never fails a bats test, unless it is the last line.
refute() {
    if "$@"; then
        echo "succeeded: $*"
        return 1
    fi
}

# Line breaks and indentation do not matter.
contains() { [[ $(tr -s ' \n' ' ' <<<"$1") == *"$(tr -s ' ' <<<"$2")"* ]]; }

# No line of standard input is longer than 80 characters, and there is at least one.
within_80_columns() {
    awk 'length($0) > 80 { print "too long: " $0; failed = 1 } END { exit failed || NR == 0 }'
}

commands() {
    "$MEMALLOC_BENCH" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

options_of() {
    "$MEMALLOC_BENCH" "$1" --help | sed -n 's/^  \(-h, \)\{0,1\}\(--[a-z-]*\).*/\2/p'
}

# terminal COLUMNS ARGUMENT...: runs the program on a terminal that wide; what it shows goes to standard output.
terminal() {
    local columns=$1
    shift
    script --quiet --return --command "stty cols $columns; $(printf '%q ' "$MEMALLOC_BENCH" "$@")" /dev/null </dev/null
}

# start_until JOURNAL BYTES ARGUMENT...: starts the program in the background, as $pid, and waits until its journal has
# grown to so many bytes.
start_until() {
    local journal=$1 bytes=$2
    shift 2
    # A shell without job control has its background processes ignore SIGINT; a terminal's are not.
    "$PYTHON" -c 'import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])' \
        "$MEMALLOC_BENCH" "$@" >out 2>err 3>&- &
    pid=$!
    for _ in $(seq 200); do
        [ -s "$journal" ] && [ "$(stat -c %s "$journal")" -gt "$bytes" ] && return 0
        sleep 0.1
    done
    return 1
}

# interrupt: Ctrl-C for what start_until started; status and what it said as after bats' `run`.
interrupt() {
    kill -INT "$pid"
    status=0
    wait "$pid" || status=$?
    output=$(<out) stderr=$(<err)
}
