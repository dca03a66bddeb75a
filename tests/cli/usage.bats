#!/usr/bin/env bats
# Mistakes that people make: exit code 2, one sentence of cause and one of remedy on standard error, nothing measured.
bats_require_minimum_version 1.5.0
load helpers

# refuse CAUSE REMEDY ARGUMENT...
refuse() {
    local cause=$1 remedy=$2
    shift 2
    program "$@"
    expect [ "$status" -eq 2 ]
    expect [ -z "$output" ]
    expect contains "$stderr" "memalloc-bench: $cause"
    expect contains "$stderr" "$remedy"
    within_80_columns <<<"$stderr"
    expect [ ! -e results ]
}

@test "nothing, or an unknown command with arguments" {
    refuse "missing platform or command." "memalloc-bench local"
    refuse "run needs PLATFORM." "memalloc-bench run PLATFORM" run
    refuse "run needs PLATFORM." "memalloc-bench run PLATFORM" --quick
    refuse "unexpected argument 'foo'." "Did you mean memalloc-bench list?" lis foo
    refuse "unexpected argument 'x'." "memalloc-bench list --help" list x
    refuse "version has no option '--verbose'." "memalloc-bench version --help" --version --verbose
}

@test "platform names that are none" {
    refuse "the platform's name is empty." "1 to 64 letters" ""
    refuse "the platform's name 'a/b' is a path." "1 to 64 letters" a/b
    refuse "the platform's name '../x' is a path." "1 to 64 letters" ../x
    refuse "the platform's name starts with '.'." "1 to 64 letters" .hidden
    refuse "the platform's name starts with '-'." "1 to 64 letters" run -- -x
    refuse "the platform's name 'a b' contains ' '." "1 to 64 letters" "a b"
    refuse "the platform's name contains the byte 0x1b." "1 to 64 letters" $'\e[31m'
    refuse "the platform's name contains the byte 0x0a." "1 to 64 letters" $'a\nb'
    refuse "the platform's name contains the byte 0xc3." "1 to 64 letters" $'\xc3\xa4'
    refuse "the platform's name is 65 characters long." "1 to 64 letters" "$(printf 'a%.0s' {1..65})"
    for command in $(commands); do
        refuse "the platform cannot be called '$command', which is a command." "such as $command-1" run "$command"
    done
}

@test "options that do not exist" {
    refuse "run has no option '--quik'." "Did you mean --quick?" local --quik
    refuse "run has no option '--iter'." "memalloc-bench run --help" local --iter 5
    refuse "run has no option '--output_dir'." "Did you mean --output-dir?" local --output_dir=x
    refuse "run has no option '-q'." "memalloc-bench run --help" local -q
    refuse "run has no option '--???[31m'." "memalloc-bench run --help" local $'--\r\n\e[31m'
}

@test "numbers that are none or out of range" {
    for value in 0 -5 +5 5.0 1e3 0x10 "" " 5" 5x 100001 99999999999999999999999 nan; do
        refuse "--iterations cannot be '$value'." "Give a whole number from 1 to 100000." local --iterations="$value"
    done
    refuse "--iterations cannot be '-5'." "from 1 to 100000" local --iterations -5
    refuse "--processes cannot be '1001'." "from 1 to 1000" local --processes 1001
    refuse "--seed cannot be '18446744073709551616'." "from 0 to" local --seed 18446744073709551616
    refuse "--worker-timeout cannot be '0'." "from 1 to 86400" local --worker-timeout 0
    refuse "--processes 30 is more than --iterations 10." "lower --processes or raise --iterations" \
        local --processes 30 --iterations 10
    refuse "--iterations needs a value." "Write --iterations N." local --iterations
    refuse "--iterations needs a value." "Write --iterations N." local --iterations --quick
    refuse "--iterations is given twice." "once" local --iterations 5 --iterations 6
}

@test "words that no table has get the nearest and all known ones" {
    refuse "--allocators: there is no allocator 'slab_wram'." "Did you mean slab_warm? Known are box, slab_cold, slab_warm" \
        local --allocators slab_wram
    for harness in none box_plain box_delayed_8; do
        refuse "--allocators: there is no allocator '$harness'." "Known are box" local --allocators "$harness"
    done
    refuse "--patterns: there is no pattern 'fifa'." "Did you mean fifo? Known are immediate, lifo, fifo, random, handoff, exchange." \
        local --patterns lifo,fifa
    refuse "--sizes: there is no size '1000'." "Did you mean 1024? Known are 8, 12," local --sizes 1000
    refuse "--sizes: there is no size '-8'." "Known are 8, 12," local --sizes -8
    refuse "--sizes is empty." "Name at least one" local --sizes=
    refuse "--sizes '8,,16' has an empty place in its list." "one comma" local --sizes 8,,16
    refuse "--sizes is given twice." "with commas between" local --sizes 8 --sizes 16
}

@test "options that contradict each other" {
    refuse "--dry-run and --quiet contradict each other" "Leave one of them out." local --dry-run --quiet
    refuse "--dry-run and --resume contradict each other" "Leave one of them out." local --dry-run --resume
    refuse "--finish stores what an interrupted run has measured" "Give --resume, too." local --finish
    refuse "there is no interrupted run of local" "without --resume" local --resume
    refuse "--quick takes no value." "Leave out the '='" local --quick=1
    refuse "help takes one of COMMAND, --man and --completion." "one at a time" help --man --completion
}

@test "a word that resembles a command is no platform, unless it stands after run" {
    for words in "analyse analyze" "lists list" "Doctor doctor" "comapre compare" "rnu run"; do
        read -r word command <<<"$words"
        for more in --quiet --dry-run; do
            refuse "there is no command '$word'." "Did you mean memalloc-bench $command? To measure a platform of that name: memalloc-bench run $word" \
                "$word" "${smallest[@]}" "$more"
        done
    done
    program run lists "${smallest[@]}" --dry-run
    expect [ "$status" -eq 0 ]
    expect [ -z "$stderr" ]
    for platform in local hpc-xeon-8280 aws-c5 run-1 list2; do
        program "$platform" "${smallest[@]}" --dry-run
        expect [ "$status" -eq 0 ]
        expect contains "$output" "platform $platform"
        expect [ -z "$stderr" ]
    done
}
