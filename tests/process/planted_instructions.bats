#!/usr/bin/env bats
# What the self-test plants in box is in the machine code, in that number, and box itself has none of it: the
# optimiser knows that two exclusive ors give the address again.
bats_require_minimum_version 1.5.0

# planted STRATEGY: exclusive ors with the chain's constant in its four functions for 64 bytes, for every touch.
planted() {
    local objects
    objects=$(find "$RELEASE_DIR/src/strategies" -name "$1.c.o")
    [ "$(wc -l <<<"$objects")" -eq 4 ] || return 1
    while read -r object; do
        objdump -d "$object"
    done <<<"$objects" | awk '/>:$/ { wanted = /<run_[a-z]+_64>/; functions += wanted }
        wanted && /xor.*\$0x55,/ { count++ } END { print functions + 0, count + 0 }'
}

@test "each delayed copy of box has as many instructions more as its name says" {
    [ "$(uname -m)" = x86_64 ] || skip "reads the code of x86-64"
    command -v objdump >/dev/null || skip "there is no objdump"
    [ -d "$RELEASE_DIR/src/strategies" ] || skip "there is no optimised build"
    [ "$(planted box)" = "16 0" ]
    examined=0
    for file in "$SOURCE_DIR"/src/strategies/box_delayed_*.c; do
        name=$(basename "$file" .c)
        echo "$name: $(planted "$name")"
        [ "$(planted "$name")" = "16 $((16 * ${name##*_}))" ]
        examined=$((examined + 1))
    done
    [ "$examined" -ge 4 ]
}
