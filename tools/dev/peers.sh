# shellcheck shell=bash
# Programs of others that tests/peers and tests/deploy run against, built once for all checkouts of this user.

peers_cache=~/.cache/tradewind/peers
if [[ ${XDG_CACHE_HOME:-} ]]; then peers_cache=$XDG_CACHE_HOME/tradewind/peers; fi
go_needed=1.25

# Lines "NAME VERSION COST GROUPS".
known_peers() { grep -v '^#' tests/peers/parts/versions.txt; }

peer_version() { known_peers | awk -v name="$1" '$1 == name { print $2 }'; }

peer_folder() { echo "$peers_cache/$1-$(peer_version "$1")"; }

# peers_missing GROUP COST...: those of the costs named (quick, slow) that the tests of the group (or `any`) take and the cache does not
# have, one a line.
peers_missing() {
    local name cost groups group=$1
    shift
    while read -r name _ cost groups; do
        if [[ any,$groups, == *"$group",* && " $* " == *" $cost "* && ! -d $(peer_folder "$name") ]]; then echo "$name"; fi
    done <<<"$(known_peers)"
}

# setup_peers [NAME...]: builds those named (default: all) that the cache does not have.
setup_peers() {
    local name names=("$@")
    (($#)) || read -ra names -d '' <<<"$(peers_missing any quick slow)" || true
    for name in "${names[@]}"; do
        [[ $(peer_version "$name") ]] || fail "there is no peer '$name'" 'tests/peers/parts/versions.txt names them'
        [[ -d $(peer_folder "$name") ]] || build_peer "$name" || exit
    done
}

# prepare_peers GROUP COST...: builds for a run of tests. A machine without Go runs what it can, unless everything was asked for.
prepare_peers() {
    local name missing
    missing=$(peers_missing "$@")
    [[ $missing ]] || return 0
    while IFS= read -r name; do
        if needs_go "$name" && ! have_go && [[ " $* " != *' slow '* ]]; then
            say "without $name, which takes Go $go_needed to build: ./dev setup peers $name"
        else
            setup_peers "$name"
        fi
    done <<<"$missing"
}

# Builds in a folder beside, so that the cache never holds half a peer, and a shell of its own, so that nothing stays behind when
# somebody interrupts it. At low priority and two compilations at a time: the person at the machine has other things to do.
build_peer() (
    name=$1
    if needs_go "$name"; then require_go "$name"; fi
    folder=$(peer_folder "$name")
    mkdir -p "$peers_cache"
    scratch=$(mktemp -d "$peers_cache/.$name.XXXXXX")
    trap 'rm -rf "$scratch"' EXIT
    case $name in
        otelcol) say "building the OpenTelemetry Collector, about 3 minutes: $folder" ;;
        jaeger) say "building Jaeger, about 6 minutes: $folder" ;;
        loki) say "building Loki, about 10 minutes: $folder" ;;
        *) say "fetching $name: $folder" ;;
    esac
    logged "peer-$name" timeout 1800 nice -n 19 bash tests/peers/parts/make_peer.sh "$name" "$(peer_version "$name")" "$scratch" "$PWD/tests/peers/parts" ||
        fail "$name could not be built" "fix what is said above, and repeat ./dev setup peers $name"
    # Somebody else may have been quicker.
    mv --no-target-directory "$scratch/made" "$folder" 2>/dev/null || [[ -d $folder ]]
)

needs_go() { [[ " prometheus grpc-java-interop oidc-provider otel-python " != *" $1 "* ]]; }

# Whether there is a Go that can build the peers.
have_go() {
    local found
    found=$(go env GOVERSION 2>/dev/null) || return
    [[ $(printf '%s\n' "$go_needed" "${found#go}" | sort --version-sort | head -n 1) == "$go_needed" ]]
}

require_go() {
    have_go && return
    local found
    found=$(go version 2>/dev/null) || found='no Go'
    fail "$1 is built with Go $go_needed or later; here is $found" \
        "unpack the Go project's own archive into /usr/local, put /usr/local/go/bin on PATH, and repeat"
}
