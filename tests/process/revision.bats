#!/usr/bin/env bats
# The commit that a build says it was made from.

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    mkdir project
    export GIT_CONFIG_GLOBAL=/dev/null GIT_CEILING_DIRECTORIES="$BATS_TEST_TMPDIR"
}

revision() {
    cmake -DSOURCE_DIR="$PWD/project" -DOUTPUT="$PWD/revision.h" -P "$SOURCE_DIR/src/environment/revision.cmake"
    sed -n 's/^#define BUILD_REVISION "\(.*\)"$/\1/p' revision.h
}

commit() {
    git -C "$1" -c user.name=a -c user.email=a@example.org commit --quiet --allow-empty -m "$2"
}

@test "a checkout has its commit, and tells when files were changed" {
    git init --quiet project
    echo 1 >project/file
    git -C project add file
    commit project one
    [[ $(revision) =~ ^[0-9a-f]+$ ]]
    echo 2 >project/file
    [[ $(revision) =~ ^[0-9a-f]+-dirty$ ]]
    git -C project checkout --quiet file
    git -C project -c user.name=a -c user.email=a@example.org tag v1.2.3 -a -m 'a tag'
    [ "$(revision)" = v1.2.3 ]
}

@test "an archive has none, not even inside a checkout of something else" {
    [ -z "$(revision)" ]
    [ -s revision.h ]
    git init --quiet .
    commit . other
    [ -z "$(revision)" ]
}

@test "a folder that only looks like a checkout has none" {
    mkdir project/.git
    [ -z "$(revision)" ]
    [ -s revision.h ]
}

@test "the header is written only when the commit has changed" {
    git init --quiet project
    commit project one
    revision
    touch -d '2001-01-01' revision.h
    revision
    [ "$(stat -c %Y revision.h)" = "$(date -d 2001-01-01 +%s)" ]
    commit project two
    revision
    [ "$(stat -c %Y revision.h)" != "$(date -d 2001-01-01 +%s)" ]
}
