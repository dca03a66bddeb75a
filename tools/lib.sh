# What ./bench and ./check share: what must be installed, how it gets installed, and the builds. Sourced by bash
# (3.2 or newer), never run. The caller sets `command_name` and `root`, the project's folder.
#
# Nothing here installs what is there already: every requirement is a question to the system, not to a package
# database, and apt and npm are not called when every answer is yes.

# shellcheck shell=bash
EXIT_ENVIRONMENT=3 # as in the program: something about this machine, not about what was asked for

say() {
    printf '%s: %s\n' "$command_name" "$*" >&2
}

# fail EXIT_CODE CAUSE [REMEDY]
fail() {
    say "$2"
    [ -z "${3-}" ] || printf '%s\n' "$3" >&2
    exit "$1"
}

# log_of NAME: where step keeps a command's output. A name may list many packages; a file's has at most 255 bytes.
log_of() {
    printf '%s/build-log/%s.log\n' "$root" "$(printf '%s' "$1" | tr -cs 'A-Za-z0-9' '-' | cut -c 1-120)"
}

# step NAME COMMAND…: runs a command with its output in build-log/ and one line of progress. A command that fails
# shows the end of its output; its exit status is returned.
step() {
    local name=$1 log status started=$SECONDS
    shift
    log=$(log_of "$name")
    if ! mkdir -p "$root/build-log" || ! : >"$log"; then
        fail $EXIT_ENVIRONMENT "cannot write to $root" "Make the folder writable for $(id -un), or clone it again."
    fi
    printf '%s: %s … ' "$command_name" "$name" >&2
    "$@" >"$log" 2>&1 </dev/null
    status=$?
    if [ $status -eq 0 ]; then
        printf '%d s\n' $((SECONDS - started)) >&2
    else
        printf 'failed after %d s\n' $((SECONDS - started)) >&2
        tail -n 40 "$log" | sed 's/^/    /' >&2
        say "the whole output is in $log"
    fi
    return $status
}

# --- what is needed -------------------------------------------------------------------------------------------

# One row per requirement: who needs it (bench: both commands; check: ./check alone; heaps: ./check and --with-heaps),
# the question, the packages that bring it by package manager, and its name for a person. A '-' means that it comes with
# another row or with the system.
requirements() {
    cat <<'ROWS'
bench|has_compiler|gcc libc6-dev|gcc glibc-devel|gcc|-|a C compiler with the C library's headers
bench|has_cmake|cmake|cmake|cmake|cmake|cmake 3.22 or newer
bench|has_command ninja|ninja-build|ninja-build|ninja|ninja|ninja
bench|has_node|nodejs|nodejs|nodejs|node|Node.js 18 or newer
bench|has_npm|npm|npm|npm|-|npm
bench|has_certificates|ca-certificates|ca-certificates|ca-certificates|-|the certificates that npm checks servers with
check|has_command gcc|gcc|gcc|gcc|-|gcc
check|has_command c++|g++|gcc-c++|gcc|-|a C++ compiler, for a heap that the tests build
check|has_command clang|clang|clang|clang|llvm|clang
check|has_clang_runtime|libclang-rt-dev|compiler-rt|compiler-rt|-|clang's sanitizer and fuzzer libraries
check|has_command clang-format|clang-format|clang-tools-extra|clang|clang-format|clang-format
check|has_command clang-tidy|clang-tidy|clang-tools-extra|clang|llvm|clang-tidy
check|has_command pkg-config|pkg-config|pkgconf|pkgconf|pkgconf|pkg-config
check|has_cmocka|libcmocka-dev|libcmocka-devel|cmocka|cmocka|cmocka
check|has_command bats|bats|bats|bats|bats-core|bats
check|has_cargo|cargo|cargo|rust|rust|Rust's cargo
check|has_python|python3-venv|python3|python|python|Python 3.11 or newer with venv
check|has_command git|git|git|git|git|git
check|has_setcap|libcap2-bin|libcap|libcap|-|setcap, for workers with file capabilities
check|has_arm64_runner|qemu-user|qemu-user-static|qemu-user-static|-|qemu for programs of arm64
check|has_arm64_libraries|libc6-arm64-cross libstdc++6-arm64-cross|-|aarch64-linux-gnu-glibc|-|the C and C++ libraries of arm64
check|has_command lintian|lintian|-|-|-|lintian
check|has_command debootstrap|debootstrap|debootstrap|debootstrap|-|debootstrap
check|has_command zsh|zsh|zsh|zsh|zsh|zsh, for its completion
check|has_command fish|fish|fish|fish|fish|fish, for its completion
check|has_command mandoc|mandoc|mandoc|mandoc|mandoc|mandoc
check|has_command xmllint|libxml2-utils|libxml2|libxml2|libxml2|xmllint
check|has_command perl|perl|perl|perl|perl|perl
check|has_lua|lua5.4|lua|lua|lua|Lua
check|has_command sqlite3|sqlite3|sqlite|sqlite|sqlite|sqlite3
check|has_command redis-server|redis-server|redis|redis|redis|redis-server
check|has_command redis-benchmark|redis-tools|-|-|-|redis-benchmark
check|has_command memcached|memcached|memcached|memcached|memcached|memcached
check|has_slurm|slurmctld slurmd slurm-client munge|slurm-slurmctld slurm-slurmd slurm munge|slurm-llnl munge|-|Slurm and munge, for a cluster of two nodes
check|has_chromium|chromium|chromium|chromium|chromium|Chromium
check|has_fonts|fonts-dejavu-core|dejavu-sans-fonts|ttf-dejavu|-|a font
heaps|has_library libjemalloc.so|libjemalloc2|jemalloc|jemalloc|jemalloc|jemalloc
heaps|has_library libmimalloc.so|libmimalloc2.0|mimalloc|mimalloc|mimalloc|mimalloc
heaps|has_library libtcmalloc|libtcmalloc-minimal4|gperftools-libs|gperftools|gperftools|tcmalloc
heaps|has_library libtbbmalloc_proxy.so|libtbbmalloc2|tbb|onetbb|tbb|tbbmalloc
heaps|has_library libclang_rt.scudo_standalone|libclang-rt-dev|compiler-rt|compiler-rt|llvm|scudo
ROWS
}

# has_library BEGINNING: a shared library whose file's name begins so.
has_library() {
    [ -n "$(find /usr/lib /usr/lib64 /usr/local/lib /opt/homebrew/lib -name "$1*" -print 2>/dev/null | head -n 1)" ]
}

has_command() {
    command -v "$1" >/dev/null 2>&1
}

# Debian and Ubuntu call it by its version.
has_lua() {
    has_command lua5.4 || has_command lua
}

# Its daemons are where only root's PATH leads.
has_slurm() {
    local program
    for program in slurmctld slurmd sbatch munged; do
        PATH=$PATH:/usr/sbin:/sbin has_command "$program" || return 1
    done
}

has_compiler() {
    local compiler
    for compiler in ${CC:+"$CC"} cc gcc clang; do
        if has_command "$compiler"; then
            printf '#include <stdio.h>\n' | "$compiler" -E -x c - >/dev/null 2>&1
            return
        fi
    done
    return 1
}

# version_reaches FOUND WANTED: compares MAJOR.MINOR.
version_reaches() {
    local found_major=${1%%.*} wanted_major=${2%%.*} found_minor wanted_minor=${2#*.}
    found_minor=${1#*.}
    found_minor=${found_minor%%.*}
    [ "$found_major" -gt "$wanted_major" ] ||
        { [ "$found_major" -eq "$wanted_major" ] && [ "$found_minor" -ge "$wanted_minor" ]; }
}

has_cmake() {
    local version
    version=$(cmake --version 2>/dev/null | sed -n '1s/.*version //p')
    [ -n "$version" ] && version_reaches "$version" 3.22
}

has_node() {
    local version
    version=$(node --version 2>/dev/null)
    [ -n "$version" ] && version_reaches "${version#v}" 18.0
}

# npm and the certificates serve to fetch what package-lock.json names: nobody needs them once that is there.
has_npm() {
    has_command npm || modules_are_complete "$modules"
}

has_certificates() {
    system_certificates >/dev/null || modules_are_complete "$modules"
}

# The file of the certificates that this system trusts, where a company's own are too.
system_certificates() {
    local bundle
    for bundle in "${SSL_CERT_FILE-}" /etc/ssl/certs/ca-certificates.crt /etc/ssl/cert.pem \
        /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/ca-bundle.pem /opt/homebrew/etc/ca-certificates/cert.pem; do
        if [ -n "$bundle" ] && [ -s "$bundle" ]; then
            printf '%s\n' "$bundle"
            return
        fi
    done
    return 1
}

has_cmocka() {
    has_command pkg-config && pkg-config --exists cmocka
}

# Where cmake/Rust.cmake looks.
has_cargo() {
    has_command cargo || [ -x "${CARGO_HOME-$HOME/.cargo}/bin/cargo" ]
}

has_clang_runtime() {
    has_command clang &&
        printf 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return d && n > 9; }\n' |
        clang -x c -fsanitize=fuzzer,address - -o /dev/null >/dev/null 2>&1
}

# What runs programs of arm64: qemu, or this machine.
has_arm64_runner() {
    [ "$(uname -m)" = aarch64 ] || has_command qemu-aarch64 || has_command qemu-aarch64-static
}

has_arm64_libraries() {
    [ "$(uname -m)" = aarch64 ] || [ -e /usr/aarch64-linux-gnu/lib/libstdc++.so.6 ]
}

# Root's search path has it, and others cannot use it. macOS has no file capabilities.
has_setcap() {
    [ "$(uname -s)" != Linux ] || has_command setcap || [ -x /usr/sbin/setcap ] || [ -x /sbin/setcap ]
}

has_chromium() {
    local name
    for name in chromium chromium-browser google-chrome; do
        ! has_command "$name" || return 0
    done
    return 1
}

has_fonts() {
    [ -n "$(find /usr/share/fonts /usr/local/share/fonts /System/Library/Fonts "$HOME/.fonts" \
        -name '*.[to]t[fc]' -print 2>/dev/null | head -n 1)" ]
}

has_python() {
    python3 -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

# --- installing -----------------------------------------------------------------------------------------------

# missing_rows bench|check|heaps: the rows of requirements() whose question is answered by no.
missing_rows() {
    local who question rest
    requirements | while IFS='|' read -r who question rest; do
        case $1-$who in bench-bench | check-bench | check-check | heaps-heaps) ;; *) continue ;; esac
        # Split on purpose: the question is a function and its argument.
        # shellcheck disable=SC2086
        $question </dev/null || printf '%s|%s|%s\n' "$who" "$question" "$rest"
    done
}

# column NUMBER: that column of the rows on standard input, on one line, each word once.
column() {
    cut -d '|' -f "$1" | tr ' ' '\n' | grep -vx -e - | awk '!seen[$0]++' | paste -s -d ' ' -
}

package_manager() {
    local name
    for name in apt-get dnf pacman brew; do
        if has_command "$name"; then
            printf '%s\n' "$name"
            return
        fi
    done
    printf 'none\n'
}

# How to become root: "" for root itself, a sudo command line, or status 1 where that cannot be had.
root_prefix() {
    if [ "$(id -u)" -eq 0 ]; then
        return 0
    elif ! has_command sudo; then
        return 1
    elif sudo -n true 2>/dev/null; then
        printf 'sudo -n'
    elif [ -t 0 ] && sudo -v; then
        printf 'sudo'
    else
        return 1
    fi
}

# print_commands ROWS: the exact commands that a person runs instead.
print_commands() {
    case $(package_manager) in
    apt-get)
        printf '    apt-get update\n'
        printf '    apt-get install --no-install-recommends %s\n' "$(printf '%s\n' "$1" | column 3)"
        ;;
    dnf) printf '    dnf install %s\n' "$(printf '%s\n' "$1" | column 4)" ;;
    pacman) printf '    pacman -S --needed %s\n' "$(printf '%s\n' "$1" | column 5)" ;;
    brew) printf '    brew install %s\n' "$(printf '%s\n' "$1" | column 6)" ;;
    none) printf '    apt-get install --no-install-recommends %s    (the names on Debian and Ubuntu)\n' \
        "$(printf '%s\n' "$1" | column 3)" ;;
    esac
}

print_names() {
    printf '%s\n' "$1" | cut -d '|' -f 7 | paste -s -d ',' - | sed 's/,/, /g'
}

# apt_get PREFIX ARGUMENTS…: never asks, waits for another apt to finish.
apt_get() {
    local prefix=$1
    shift
    # shellcheck disable=SC2086
    $prefix env DEBIAN_FRONTEND=noninteractive ${http_proxy:+"http_proxy=$http_proxy"} \
        ${https_proxy:+"https_proxy=$https_proxy"} apt-get -y -o DPkg::Lock::Timeout=300 "$@"
}

# Package lists may be absent (a fresh container), stale, or an earlier installation interrupted: the second try
# repairs what can be repaired. A third-party source that fails to update does not matter if the packages are found.
apt_install() {
    local prefix=$1
    shift
    apt_get "$prefix" install --no-install-recommends "$@" && return
    $prefix env DEBIAN_FRONTEND=noninteractive dpkg --configure -a
    apt_get "$prefix" update
    apt_get "$prefix" install --no-install-recommends --fix-broken "$@"
}

# install_system bench|check: the requirements from the system's packages.
install_system() {
    local rows prefix packages
    rows=$(missing_rows "$1")
    [ -n "$rows" ] || return 0
    if [ "$(package_manager)" != apt-get ]; then
        fail $EXIT_ENVIRONMENT "missing: $(print_names "$rows"); only Debian's and Ubuntu's apt is used by itself here" \
            "Run these commands, then start again:
$(print_commands "$rows")"
    fi
    if ! prefix=$(root_prefix); then
        fail $EXIT_ENVIRONMENT "missing: $(print_names "$rows"); installing needs root or sudo without a question" \
            "Run these commands as root, then start again:
$(print_commands "$rows")"
    fi
    packages=$(printf '%s\n' "$rows" | column 3)
    # shellcheck disable=SC2086
    step "installing $packages" apt_install "$prefix" $packages ||
        fail $EXIT_ENVIRONMENT "apt could not install: $packages" "Run these commands as root, then start again:
$(print_commands "$rows")"
    hash -r
    rows=$(missing_rows "$1")
    [ -z "$rows" ] || fail $EXIT_ENVIRONMENT "installed, but still missing or too old: $(print_names "$rows")" \
        "This release of the system has no newer ones: install them by other means, or use a newer release."
}

# install_heaps needed|wished: the other mallocs, each for itself, since releases of Debian and Ubuntu lack one or the
# other. Where none can be installed that is the end, or a line.
install_heaps() {
    local rows prefix package
    rows=$(missing_rows heaps)
    [ -n "$rows" ] || return 0
    if [ "$(package_manager)" != apt-get ] || ! prefix=$(root_prefix); then
        if [ "$1" = wished ]; then
            say "missing: $(print_names "$rows"); they are left out"
            return 0
        fi
        fail $EXIT_ENVIRONMENT "missing: $(print_names "$rows"); they are not installed by itself here" \
            "Run these commands as root, then start again, or leave out --with-heaps:
$(print_commands "$rows")"
    fi
    for package in $(printf '%s\n' "$rows" | column 3); do
        step "installing $package" apt_install "$prefix" "$package" ||
            say "$package is left out: this release of the system does not have it"
    done
}

# build_heaps: mallocs that Debian does not have, from sources that cargo fetches. Without cargo or a network their tests
# are skipped.
build_heaps() {
    local folder=$root/build-heaps identity
    identity=$(cat "$root/tests/heaps/build" "$root/tests/heaps/Cargo.lock" | cksum)
    has_cargo && [ "$(cat "$folder/built-from" 2>/dev/null)" != "$identity" ] || return 0
    step "building mallocs that no package has" "$root/tests/heaps/build" "$folder" &&
        printf '%s\n' "$identity" >"$folder/built-from"
    return 0
}

# fetch_nodes VERSION…: releases of Node for the tests of the charts, as build-nodes/VERSION/node. Where there is none for
# this system, or no network, their tests are skipped.
fetch_nodes() {
    local version package
    package=$(node -p '`node-${process.platform}-${process.arch}`') || return 0
    for version in "$@"; do
        [ -x "$root/build-nodes/$version/node" ] ||
            step "fetching Node $version for the tests" fetch_node "$package" "$version" ||
            say "tests with Node $version are left out"
    done
}

fetch_node() {
    local folder=$root/build-nodes/$2
    rm -rf "$folder" && mkdir -p "$folder/npm" &&
        run_npm install --prefix "$folder/npm" --ignore-scripts --no-audit --no-fund "$1@$2" &&
        mv "$folder/npm/node_modules/$1/bin/node" "$folder/node" &&
        rm -rf "$folder/npm"
}

# modules_are_complete production|all: node_modules holds what package-lock.json asks for.
modules_are_complete() {
    [ -f "$root/node_modules/.package-lock.json" ] && has_command node &&
        node "$root/tools/modules_are_complete.mjs" "$root" "$1"
}

# The file of the certificates that npm is given: the user's if one is named, else the system's. Node brings its own
# and would trust no others.
npm_certificates() {
    local named=${NODE_EXTRA_CA_CERTS-}${npm_config_cafile-}${NPM_CONFIG_CAFILE-}
    [ -z "$named" ] || { printf '%s\n' "$named"; return; }
    system_certificates
}

# run_npm ARGUMENTS…: npm, trusting whom the system trusts.
run_npm() {
    NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS-$(npm_certificates)} npm "$@"
}

npm_ci() {
    (cd "$root" && run_npm ci --ignore-scripts --no-audit --no-fund ${1:+"$1"})
}

# npm_failure LOG: the kind of failure that npm's errors in LOG tell of, "other" when they tell of none.
npm_failure() {
    local kind pattern errors
    errors=$(grep -E '^npm (ERR!|error)' "$1")
    while read -r kind pattern; do
        if printf '%s\n' "$errors" | grep -Eq -e "$pattern"; then
            printf '%s\n' "$kind"
            return
        fi
    done <<'ROWS'
time CERT_(HAS_EXPIRED|NOT_YET_VALID)|certificate (has expired|is not yet valid)
host ERR_TLS_CERT_ALTNAME_INVALID
certificate SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)|CERT_(UNTRUSTED|REJECTED|REVOKED|SIGNATURE_FAILURE|CHAIN_TOO_LONG)|INVALID_(CA|PURPOSE)|[Ss]elf[- ]signed certificate
room ENOSPC|EDQUOT
right EACCES|EPERM|EROFS
version code (EBADENGINE|EBADPLATFORM|ENOTSUP)|does not support Node|known not to (run|work)|can only install (packages )?with an existing package-lock|Unknown command
proxy code E407|Proxy Authentication|tunneling socket|ERR_INVALID_URL|EINVALIDPROXY
tls EPROTO|ERR_SSL_|ERR_TLS_
content EINTEGRITY|TAR_BAD_ARCHIVE|Z_DATA_ERROR
registry code (E4[0-9][0-9]|E5[0-9][0-9]|ETARGET|ENOVERSIONS|ENEEDAUTH|EINVALIDPACKAGENAME)
network ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|EPIPE|SOCKET|network
ROWS
    printf 'other\n'
}

# npm_setting NAME: one of npm's settings, "" when it is not set, without the password that an address may hold.
npm_setting() {
    (cd "$root" && npm config get "$1" 2>/dev/null) | sed -E -e 's#//[^/@]*@#//#' -e '/^(null|undefined)$/d'
}

# The proxy that npm goes through, "" for none.
npm_proxy() {
    local proxy
    proxy=$(npm_setting https-proxy)
    printf '%s\n' "${proxy:-${https_proxy-${HTTPS_PROXY-${http_proxy-${HTTP_PROXY-}}}}}" | sed -E 's#//[^/@]*@#//#'
}

# proxy_is_blamed LOG: what could not be reached is the proxy, by its name or its port.
proxy_is_blamed() {
    local address
    address=$(npm_proxy | sed -E -e 's#^[a-z0-9]*://##' -e 's#/.*##')
    [ -n "$address" ] &&
        grep -Eq "(ENOTFOUND|EAI_AGAIN) ${address%:*}|ECONN[A-Z]* .*:${address##*:}\$|ETIMEDOUT .*:${address##*:}\$" "$1"
}

# explain_npm NAME: for the step of that name, ends with what happened and what to do about it. The network may be back at a second try, and what an
# interrupted try left may be gone: for these it returns instead.
explain_npm() {
    local log kind proxy
    log=$(log_of "$1")
    kind=$(npm_failure "$log")
    proxy=$(npm_proxy)
    [ "$kind" != network ] || ! proxy_is_blamed "$log" || kind=proxy
    case $kind in
    time) fail_npm "the server's certificate is not valid at this time, $(date)" "Is this machine's clock right?" ;;
    host) fail_npm "the server's certificate is of another name" \
        "A proxy, or a name that leads elsewhere? The registry is $(npm_setting registry)" ;;
    certificate) fail_npm "it does not trust the certificate that it was shown; it was given $(npm_certificates)" \
        "Does a proxy look into TLS here? Put the certificate of its authority into the system's store (Debian, Ubuntu: as
/usr/local/share/ca-certificates/NAME.crt, then update-ca-certificates), or let NODE_EXTRA_CA_CERTS name its file." ;;
    room) fail_npm "there is no room left on the disk" "Make room in $root and in npm's folder, $(npm_setting cache)" ;;
    right) fail_npm "it is not allowed to write" "Make $root and npm's folder, $(npm_setting cache), writable for $(id -un)" ;;
    version) fail_npm "this npm or Node cannot install them: npm $(npm --version), Node $(node --version)" \
        "Needed: Node.js 18 or newer, with the npm that comes with it." ;;
    tls) fail_npm "what answers at $(npm_setting registry)${proxy:+ or at the proxy $proxy} does not speak TLS as it should" \
        "Is an address wrong, http where https should be or the other way round?" ;;
    proxy) fail_npm "the proxy $proxy refuses, or does not answer" \
        "Is the variable https_proxy right, or 'npm config get https-proxy'? A name and a password go into its address." ;;
    content) fail_npm "what came is not what package-lock.json names" \
        "Does a mirror or a proxy change packages? The registry is $(npm_setting registry). If not: npm cache clean --force" ;;
    registry) fail_npm "the registry $(npm_setting registry)${proxy:+, or the proxy $proxy on the way,} refuses or does not have them" \
        "Is 'npm config get registry' right, and does it need a login?" ;;
    esac
}

fail_npm() {
    fail $EXIT_ENVIRONMENT "npm could not fetch the packages of package-lock.json: $1" "$2"
}

# install_modules production|all: exactly what package-lock.json names. A failed try that may have been the network or
# the remains of an interrupted one is repeated once, from nothing.
install_modules() {
    local omit= name="fetching npm packages" proxy
    modules_are_complete "$1" && return
    [ "$1" = all ] || omit=--omit=dev
    if ! step "$name" npm_ci $omit; then
        explain_npm "$name"
        rm -rf "$root/node_modules"
        if ! step "$name again" npm_ci $omit; then
            explain_npm "$name again"
            proxy=$(npm_proxy)
            fail $EXIT_ENVIRONMENT "npm could not fetch the packages of package-lock.json${proxy:+ through the proxy $proxy}" \
                "Is there a network? Run this to see: (cd '$root' && npm ci --ignore-scripts)"
        fi
    fi
    modules_are_complete "$1" ||
        fail $EXIT_ENVIRONMENT "npm ended well, but node_modules is not complete" \
            "Start again after: rm -rf '$root/node_modules'"
}

make_python() {
    rm -rf "$root/build-venv" &&
        python3 -m venv "$root/build-venv" &&
        "$root/build-venv/bin/python" -m pip install --disable-pip-version-check --quiet \
            -r "$root/tests/requirements.txt" &&
        cp "$root/tests/requirements.txt" "$root/build-venv/installed-requirements.txt"
}

# The tests' Python with tests/requirements.txt. The copy of that file is written last, so that an interrupted
# installation is made again from nothing, and so is one whose Python is gone.
install_python() {
    cmp -s "$root/tests/requirements.txt" "$root/build-venv/installed-requirements.txt" &&
        "$root/build-venv/bin/python" -c \
            'import importlib.util as u, sys; sys.exit(u.find_spec("polars") is None)' 2>/dev/null &&
        return
    step "fetching Python packages" make_python || step "fetching Python packages again" make_python ||
        fail $EXIT_ENVIRONMENT "pip could not install tests/requirements.txt" "Is there a network?"
}

# --- building -------------------------------------------------------------------------------------------------

# build PRESET FOLDER [CMAKE_OPTION…]: configures and builds. The folder is built from nothing when the clone has
# moved, when the libraries from npm are others (npm gives all files one old date, so that no build tool would
# notice), or when the compiler is another one. What is built is $build_target.
build_target=all
build() {
    local preset=$1 folder=$root/$2 name=$2 compiler=${CC:-cc} identity
    shift 2
    [ "$preset" != clang ] || compiler=clang
    identity=$(printf '%s\n' "$root" "$(cksum <"$root/package-lock.json")" \
        "${CC-} ${CFLAGS-} ${LDFLAGS-}" "$("$compiler" --version 2>/dev/null | head -n 1)")
    [ "$(cat "$folder/built-from" 2>/dev/null)" = "$identity" ] || rm -rf "$folder"
    step "building $name" build_now "$preset" "$folder" "$identity" "$@"
}

build_now() {
    local preset=$1 folder=$2 identity=$3
    shift 3
    (cd "$root" && cmake --preset "$preset" "$@") &&
        printf '%s\n' "$identity" >"$folder/built-from" &&
        cmake --build "$folder" --target "$build_target"
}

# --- other systems --------------------------------------------------------------------------------------------

# Compiled by zig (cmake/zig.cmake), everything with all warnings, and linked where DuckDB has a build for the system. They
# are not optimised: what is looked for are files that do not compile there. In build-foreign/:
#   node_modules     DuckDB's builds for them
#   arm64            cmocka for arm64, so that its tests are built, which qemu runs here
#   TARGET           the builds
FOREIGN_TARGETS="aarch64-linux-gnu aarch64-macos x86_64-macos x86_64-linux-musl"

# fetch_foreign: without a network, or where the package manager cannot bring them, their tests are skipped.
fetch_foreign() {
    local version folder=$root/build-foreign
    version=$(node -p 'require(process.argv[1]).optionalDependencies["@duckdb/node-bindings-linux-arm64"]' \
        "$root/node_modules/@duckdb/node-bindings/package.json")
    if [ "$(cat "$folder/duckdb-version" 2>/dev/null)" != "$version" ]; then
        step "fetching DuckDB for other systems" fetch_foreign_duckdb "$folder" "$version" || return 0
        printf '%s\n' "$version" >"$folder/duckdb-version"
    fi
    [ "$(package_manager)" != apt-get ] || [ -e "$folder/arm64/usr/include/cmocka.h" ] ||
        step "fetching cmocka for arm64" fetch_foreign_cmocka "$folder/arm64" || rm -rf "$folder/arm64"
}

fetch_foreign_duckdb() {
    local each folder=$1 version=$2
    set --
    for each in linux-arm64 darwin-arm64 darwin-x64; do
        set -- "$@" "@duckdb/node-bindings-$each@$version"
    done
    mkdir -p "$folder" && run_npm install --prefix "$folder" --force --ignore-scripts --no-audit --no-fund "$@"
}

# apt with lists of its own, for the other architecture; nothing is installed.
fetch_foreign_cmocka() {
    local folder=$1 package
    rm -rf "$folder" && mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial" && (
        cd "$folder/apt" || exit
        set -- -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o "Dir::State::Lists=$PWD/lists" \
            -o "Dir::Cache=$PWD/cache" -o Dir::State::status=/dev/null -o APT::Sandbox::User=
        apt-get "$@" update && apt-get "$@" download libcmocka-dev libcmocka0 &&
            for package in *.deb; do dpkg -x "$package" .. || exit; done
    ) && rm -rf "$folder/apt"
}

# make_chroot: a small Debian in build-chroot/, in which the test of the .deb installs it. Where that cannot be made the test
# goes without.
make_chroot() {
    local folder=$root/build-chroot packages=libstdc++6,nodejs,fonts-dejavu-core
    [ "$(cat "$folder/made-from" 2>/dev/null)" != "$packages" ] && [ "$(id -u)" -eq 0 ] && has_command debootstrap || return 0
    rm -rf "$folder"
    step "making a Debian for the test of the package" debootstrap --variant=minbase "--include=$packages" \
        bookworm "$folder" && printf '%s\n' "$packages" >"$folder/made-from"
    return 0
}

build_foreign() {
    local target
    [ -d "$root/build-foreign/node_modules" ] || return 0
    for target in $FOREIGN_TARGETS; do
        step "building for $target" build_for "$target" || return
    done
}

# build_for TARGET: anew when the compiler or DuckDB are others.
build_for() ( # what pkg-config is told here is for this target alone
    local folder=$root/build-foreign/$1 identity what=all
    case $1 in *-macos) what=default_run ;; esac # the other touches are the same files
    identity=$(printf '%s\n' "$root" "$(cksum <"$root/tests/requirements.txt")" "$(cksum <"$root/package-lock.json")")
    [ "$(cat "$folder/built-from" 2>/dev/null)" = "$identity" ] || rm -rf "$folder"
    set -- -G Ninja -S "$root" -B "$folder" --toolchain "$root/cmake/zig.cmake" "-DZIG_TARGET=$1" \
        -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG=-O0 -DMEMALLOC_BENCH_WERROR=ON -DMEMALLOC_BENCH_RUST=OFF
    if [ "${folder##*/}" = aarch64-linux-gnu ] && [ -d "$root/build-foreign/arm64" ]; then
        set -- "$@" -DMEMALLOC_BENCH_TESTS=ON
        export PKG_CONFIG_SYSROOT_DIR=$root/build-foreign/arm64
        export PKG_CONFIG_LIBDIR=$PKG_CONFIG_SYSROOT_DIR/usr/lib/aarch64-linux-gnu/pkgconfig
    fi
    cmake "$@" && printf '%s\n' "$identity" >"$folder/built-from" && cmake --build "$folder" --target "$what"
)

# --- names ----------------------------------------------------------------------------------------------------

# platform_of HOST_NAME: the host name as a platform's name that the program accepts: letters, digits, '.', '_'
# and '-', at most 64, not starting with '.' or '-'.
platform_of() {
    local name
    name=$(printf '%s' "$1" | LC_ALL=C tr -c 'A-Za-z0-9._-' '-' | sed 's/^[.-]*//' | cut -c 1-64)
    printf '%s\n' "${name:-local}"
}
