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

# step NAME COMMAND…: runs a command with its output in build-log/ and one line of progress. A command that fails
# shows the end of its output; its exit status is returned.
step() {
    local name=$1 log status started=$SECONDS
    shift
    log=$root/build-log/$(printf '%s' "$name" | tr -cs 'A-Za-z0-9' '-').log
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
check|has_command mandoc|mandoc|mandoc|mandoc|mandoc|mandoc
check|has_command xmllint|libxml2-utils|libxml2|libxml2|libxml2|xmllint
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
    local bundle
    for bundle in "${SSL_CERT_FILE-}" /etc/ssl/certs/ca-certificates.crt /etc/ssl/cert.pem \
        /etc/pki/tls/certs/ca-bundle.crt /opt/homebrew/etc/ca-certificates/cert.pem; do
        [ -z "$bundle" ] || [ ! -s "$bundle" ] || return 0
    done
    modules_are_complete "$modules"
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
# mends what can be mended. A third-party source that fails to update does not matter if the packages are found.
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

# modules_are_complete production|all: node_modules holds what package-lock.json asks for.
modules_are_complete() {
    [ -f "$root/node_modules/.package-lock.json" ] && has_command node &&
        node "$root/tools/modules_are_complete.mjs" "$root" "$1"
}

npm_ci() {
    (cd "$root" && npm ci --ignore-scripts --no-audit --no-fund ${1:+"$1"})
}

# install_modules production|all: exactly what package-lock.json names. A failed try may have been the network or
# the remains of an interrupted one: it is repeated once, from nothing.
install_modules() {
    local omit=
    modules_are_complete "$1" && return
    [ "$1" = all ] || omit=--omit=dev
    step "fetching npm packages" npm_ci $omit ||
        { rm -rf "$root/node_modules"; step "fetching npm packages again" npm_ci $omit; } ||
        fail $EXIT_ENVIRONMENT "npm could not fetch the packages of package-lock.json" \
            "Is there a network? Run this to see: (cd '$root' && npm ci --ignore-scripts)"
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
# notice), or when the compiler is another one.
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
        cmake --build "$folder"
}

# --- names ----------------------------------------------------------------------------------------------------

# platform_of HOST_NAME: the host name as a platform's name that the program accepts: letters, digits, '.', '_'
# and '-', at most 64, not starting with '.' or '-'.
platform_of() {
    local name
    name=$(printf '%s' "$1" | LC_ALL=C tr -c 'A-Za-z0-9._-' '-' | sed 's/^[.-]*//' | cut -c 1-64)
    printf '%s\n' "${name:-local}"
}
