#!/usr/bin/env bats
# Fetching npm's packages, with the real npm, from a registry here whose certificate is of an authority of its own: what
# a company's proxy that looks into TLS does.
bats_require_minimum_version 1.5.0
load ../cli/helpers

# authority NAME: a certificate authority, NAME.pem.
authority() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=authority $1" -keyout "$1.key" -out "$1.pem" 2>openssl.log
}

# certificate NAME HOSTS DAYS: signed by the authority "company", with its key in one file.
certificate() {
    openssl req -newkey rsa:2048 -nodes -subj "/CN=$1" -keyout "$1.key" -out "$1.request" 2>openssl.log
    openssl x509 -req -in "$1.request" -CA company.pem -CAkey company.key -CAcreateserial -days "$3" \
        -extfile <(printf 'subjectAltName=%s\n' "$2") -out "$1.crt" 2>openssl.log
    cat "$1.key" "$1.crt" >"$1.pem"
}

setup_file() {
    cd "$BATS_FILE_TMPDIR" || return 1
    type -P openssl >/dev/null || skip "there is no openssl to make certificates with"
    authority company
    authority other
    certificate good DNS:localhost,DNS:registry.example 2
    certificate elsewhere DNS:elsewhere.example 2
    certificate expired DNS:localhost,DNS:registry.example -1
    python3 - <<'PYTHON'
import base64, hashlib, io, json, os, tarfile
content = json.dumps({"name": "tiny", "version": "1.0.0"}).encode()
os.makedirs("registry/tiny/-")
with tarfile.open("registry/tiny/-/tiny-1.0.0.tgz", "w:gz") as archive:
    entry = tarfile.TarInfo("package/package.json")
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))
digest = base64.b64encode(hashlib.sha512(open("registry/tiny/-/tiny-1.0.0.tgz", "rb").read()).digest()).decode()
project = {"name": "project", "version": "1.0.0", "dependencies": {"tiny": "1.0.0"}}
package = {"version": "1.0.0", "resolved": "https://HOST/tiny/-/tiny-1.0.0.tgz", "integrity": f"sha512-{digest}"}
json.dump(project, open("package.json", "w"))
json.dump({"name": "project", "version": "1.0.0", "lockfileVersion": 3, "requires": True,
           "packages": {"": project, "node_modules/tiny": package}}, open("package-lock.json", "w"))
PYTHON
}

# registry CERTIFICATE BEHAVIOUR: starts tests/process/tls_registry.py; its port is in $port.
registry() {
    [ -z "${server-}" ] || kill "$server"
    rm -rf served
    mkdir served
    cp -r "$BATS_FILE_TMPDIR/registry" served
    python3 "$SOURCE_DIR/tests/process/tls_registry.py" served "$BATS_FILE_TMPDIR/$1.pem" "$2" 3>&- &
    server=$!
    until [ -s served/port ]; do
        kill -0 "$server" || return 1
        sleep 0.05
    done
    port=$(cat served/port)
}

teardown() {
    [ -z "${server-}" ] || kill "$server"
}

# fetch VARIABLE=VALUE…: what ./bench does to get the packages, in a project of one package. The variables of a user who
# has set nothing, but for these.
fetch() {
    local project=$BATS_TEST_TMPDIR/project host=localhost:$port
    case ${1-} in npm_config_registry=https://*) host=${1#*//} ;; esac
    rm -rf "$project" cache
    mkdir -p "$project" home
    cp -r "$SOURCE_DIR/tools" "$BATS_FILE_TMPDIR"/package*.json "$project"
    sed -i "s#HOST/#${host%/}/#" "$project/package-lock.json"
    run env -i PATH="$PATH" HOME="$PWD/home" npm_config_cache="$PWD/cache" npm_config_globalconfig=/dev/null \
        npm_config_update_notifier=false npm_config_fetch_retries=0 \
        npm_config_registry="https://localhost:$port/" SSL_CERT_FILE="$BATS_FILE_TMPDIR/company.pem" "$@" bash -c '
        set -u
        command_name=bench root=$1 modules=all
        . "$root/tools/lib.sh"
        install_modules all' bash "$project"
}

# refused WORDS…: the last fetch ended with exit code 3 and these words, after one try, and does not blame the network.
refused() {
    local words
    expect [ "$status" -eq 3 ]
    for words in "$@"; do
        expect contains "$output" "$words"
    done
    refute contains "$output" "Is there a network"
    refute contains "$output" "again …"
}

@test "npm trusts whom the system trusts" {
    registry good serve
    fetch
    expect [ "$status" -eq 0 ]
    expect [ -s project/node_modules/tiny/package.json ]
    registry good proxy
    for name in https_proxy HTTPS_PROXY npm_config_https_proxy; do
        fetch npm_config_registry=https://registry.example/ "$name=http://localhost:$port"
        expect [ "$status" -eq 0 ]
    done
    grep -q '^CONNECT registry.example:443' served/requests
}

@test "npm trusts the certificates in the system's own file" {
    registry good serve
    system=/etc/ssl/certs/ca-certificates.crt
    [ -f "$system" ] || skip "this system keeps its certificates elsewhere"
    unshare --mount true 2>/dev/null || skip "this user may not mount anything"
    export -f fetch registry
    cat "$BATS_FILE_TMPDIR/company.pem" "$system" >bundle.pem
    fetch SSL_CERT_FILE=
    refused "does not trust the certificate" "$system"
    PATH=$PWD/bin:$PATH
    mkdir bin
    cat >bin/npm <<SCRIPT
#!/bin/sh
exec unshare --mount sh -c 'mount --bind "\$1" $system && shift && exec "\$@"' sh "$PWD/bundle.pem" "$(type -P npm)" "\$@"
SCRIPT
    chmod +x bin/npm
    fetch SSL_CERT_FILE=
    expect [ "$status" -eq 0 ]
}

@test "certificates that the user names are the user's" {
    registry good serve
    company=$BATS_FILE_TMPDIR/company.pem other=$BATS_FILE_TMPDIR/other.pem
    for named in NODE_EXTRA_CA_CERTS npm_config_cafile NPM_CONFIG_CAFILE; do
        fetch SSL_CERT_FILE="$other" "$named=$company"
        expect [ "$status" -eq 0 ]
        fetch SSL_CERT_FILE="$company" "$named=$other"
        refused "does not trust the certificate" "$other"
    done
    echo "cafile=$company" >home/.npmrc
    fetch SSL_CERT_FILE="$other"
    expect [ "$status" -eq 0 ]
}

@test "a certificate that is not trusted, not valid or another's is said so, after one try" {
    registry good serve
    fetch SSL_CERT_FILE="$BATS_FILE_TMPDIR/other.pem"
    refused "does not trust the certificate" "update-ca-certificates" "NODE_EXTRA_CA_CERTS"
    registry expired serve
    fetch
    refused "not valid at this time" "clock"
    registry elsewhere serve
    fetch
    refused "another name"
    registry good proxy
    fetch SSL_CERT_FILE="$BATS_FILE_TMPDIR/other.pem" npm_config_registry=https://registry.example/ "https_proxy=http://localhost:$port"
    refused "does not trust the certificate"
}

@test "a proxy that refuses or is not there is said so, after one try, and its password is not shown" {
    for status_code in 407 403 502; do
        registry good "proxy$status_code"
        fetch npm_config_registry=https://registry.example/ "https_proxy=http://me:secret@localhost:$port"
        refused "the proxy http://localhost:$port"
        refute contains "$output" "secret"
        expect [ "$(grep -c ^CONNECT served/requests)" -le 2 ]
    done
    kill "$server"
    wait "$server" || true
    server=
    fetch npm_config_registry=https://registry.example/ "https_proxy=http://localhost:$port"
    refused "the proxy http://localhost:$port"
    fetch npm_config_registry=https://registry.example/ "https_proxy=http://proxy.invalid:3128"
    refused "the proxy http://proxy.invalid:3128"
    registry good serve # TLS where a proxy without it is meant to be, and the other way round
    fetch npm_config_registry=https://registry.example/ "https_proxy=http://localhost:$port"
    expect contains "$output" "the proxy http://localhost:$port"
    registry good proxy
    fetch
    refused "does not speak TLS"
}

@test "a registry that refuses or has other packages is said so, after one try" {
    for status_code in 401 403 404 500 503; do
        registry good "serve$status_code"
        fetch
        refused "the registry https://localhost:$port/"
    done
    registry good serve
    echo other >served/registry/tiny/-/tiny-1.0.0.tgz
    fetch
    refused "not what package-lock.json names"
}

@test "a Node or npm that is too old, and a disk without room, are said so, after one try" {
    registry good serve
    mkdir bin
    PATH=$PWD/bin:$PATH
    while IFS='|' read -r printed words; do
        printf '#!/bin/sh\necho "%s" >&2\nexit 1\n' "$printed" >bin/npm
        chmod +x bin/npm
        fetch
        refused "$words"
    done <<'TABLE'
npm ERR! code EBADENGINE|this npm or Node
npm ERR! code EBADPLATFORM|this npm or Node
npm error code ENOSPC|no room
npm error code EACCES|not allowed
TABLE
}

@test "no network: a second try, then a question" {
    port=1
    fetch
    expect [ "$status" -eq 3 ]
    expect contains "$output" "again …"
    expect contains "$output" "Is there a network"
    fetch npm_config_registry=https://registry.invalid/
    expect contains "$output" "again …"
    expect contains "$output" "Is there a network"
}
