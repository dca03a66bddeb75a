#!/usr/bin/env bats
# What the self-test plants in box is in the machine code, in that number, and box itself has none of it: the
# optimiser knows that two exclusive ors give the address again.
bats_require_minimum_version 1.5.0

# planted OBJECT...: how many functions for 64 bytes are in them, and exclusive ors with the chain's constant in these.
planted() {
    local object
    for object; do
        objdump -d "$object"
    done | awk '/>:$/ { wanted = /<run_[a-z]+_64>/; functions += wanted }
        wanted && /xor.*\$0x55,/ { count++ } END { print functions + 0, count + 0 }'
}

@test "each delayed copy of box has as many instructions more as its name says" {
    [ "$(uname -m)" = x86_64 ] || skip "reads the code of x86-64"
    command -v objdump >/dev/null || skip "there is no objdump"
    compiled=$RELEASE_DIR/src/strategies/CMakeFiles
    [ -d "$compiled" ] || skip "there is no optimised build"
    [ "$(planted "$compiled"/strategy_cells_{word,none,full,read}.dir/box.c.o)" = "24 0" ]
    examined=0
    while read -r instructions; do
        found=$(planted "$compiled/box_delayed_$instructions.dir/box_delayed.c.o")
        echo "$instructions: $found"
        [ "$found" = "4 $((4 * instructions))" ]
        examined=$((examined + 1))
    done < <(sed -n 's/^DELAY(\([0-9]*\))$/\1/p' "$SOURCE_DIR/src/strategies/delays.def")
    [ "$examined" -ge 4 ]
}
