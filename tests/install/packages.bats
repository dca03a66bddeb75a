#!/usr/bin/env bats
# The packages: what lintian says, and a Debian of its own in which the program is installed, run and removed.
bats_require_minimum_version 1.5.0
load helpers

@test "the .deb has no fault that lintian calls an error; it is installed, runs and is removed without a trace" {
    command -v dpkg-deb >/dev/null || skip "there is no dpkg here"
    cpack --config "$RELEASE_DIR/CPackConfig.cmake" -G DEB -B "$PWD" >/dev/null
    local package
    package=$(echo memalloc-bench_*.deb)
    if command -v lintian >/dev/null; then
        lintian --allow-root --fail-on error "$package"
    fi
    if [ "$(id -u)" -eq 0 ] && [ -e "$SOURCE_DIR/build-chroot/made-from" ]; then
        check_in_chroot "$package"
    else
        check_unpacked "$package"
    fi
}

# In a copy of the Debian that ./check made by debootstrap. Only root may go there.
check_in_chroot() {
    local root=$PWD/debian
    cp -a "$SOURCE_DIR/build-chroot" "$root"
    cp "$1" "$root/package.deb"
    (cd "$root" && find . -xdev ! -path './var/*' ! -path ./package.deb ! -path './tmp*' | sort) >before
    chroot "$root" dpkg -i /package.deb >/dev/null
    [ -z "$(chroot "$root" dpkg --verify memalloc-bench)" ]
    mkdir -p "$root/proc" "$root/tmp/work"
    unshare --mount --fork bash -ec "
        mount -t proc proc '$root/proc'
        mount --bind /dev '$root/dev'
        chroot '$root' env -C /tmp/work PATH=/usr/bin:/bin bash -ec '
            memalloc-bench local --quick --sizes 64 --allocators box --patterns lifo --quiet
            memalloc-bench analyze --format svg,png,pdf >/dev/null
            for file in results/report.html results/*.svg results/*.png results/*.pdf; do [ -s \"\$file\" ]; done
            memalloc-bench version --json | grep -q libexec/memalloc-bench/memalloc-bench-worker'"
    chroot "$root" dpkg --purge memalloc-bench >/dev/null
    (cd "$root" && find . -xdev ! -path './var/*' ! -path ./package.deb ! -path './tmp*' | sort) >after
    diff before after
}

# Where there is no such Debian: in a folder, with a database of dpkg of its own.
check_unpacked() {
    mkdir -p unpacked/var/lib/dpkg/info unpacked/var/lib/dpkg/updates
    touch unpacked/var/lib/dpkg/status
    dpkg --root="$PWD/unpacked" --force-not-root --force-depends --force-script-chrootless --log=/dev/null -i "$1" >/dev/null
    check_program "$PWD/unpacked/usr"
    dpkg --root="$PWD/unpacked" --force-not-root --force-script-chrootless --log=/dev/null --purge memalloc-bench >/dev/null
    [ -z "$(find unpacked -type f ! -path 'unpacked/var/*')" ]
}

@test "the .tar.gz of the portable build asks for no C library newer than 2.28, and runs" {
    local portable=$SOURCE_DIR/build-portable
    [ -x "$portable/memalloc-bench" ] || skip "there is no portable build"
    cpack --config "$portable/CPackConfig.cmake" -G TGZ -B "$PWD" >/dev/null
    tar xzf memalloc-bench-*.tar.gz
    local prefix
    prefix=$(echo "$PWD"/memalloc-bench-*/)
    prefix=${prefix%/}
    local count=0
    for file in "$prefix"/bin/* "$prefix"/libexec/memalloc-bench/* "$prefix"/lib/memalloc-bench/*; do
        objdump -T "$file" | grep -oE 'GLIBC_[0-9.]+' | sort -uV >versions
        [ "$(printf 'GLIBC_2.28\n' | cat versions - | sort -V | tail -n 1)" = GLIBC_2.28 ]
        count=$((count + 1))
    done
    [ "$count" -ge 7 ] # program, worker, launcher, witness, recorder, DuckDB, resvg
    check_program "$prefix"
}

@test "each .tar.gz unpacks into a folder of its own name" {
    cpack --config "$RELEASE_DIR/CPackConfig.cmake" -G TGZ -B "$PWD" >/dev/null
    local package count=0
    for package in *.tar.gz; do
        [ "$(tar tzf "$package" | cut -d/ -f1 | sort -u)" = "${package%.tar.gz}" ]
        count=$((count + 1))
    done
    [ "$count" -eq 2 ]
    tar xzf libslab-*.tar.gz
    [ "$(readlink libslab-*/lib/libslab.so)" = libslab.so.0 ]
    "${CC:-cc}" "$SOURCE_DIR/examples/slab.c" -I"$(echo libslab-*/include)" libslab-*/lib/libslab.a -o with_slab
    ./with_slab
}
