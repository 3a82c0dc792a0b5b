# shellcheck shell=bash
# Makes the machine ready: Debian packages, by what they are for, and the Python environment of the tests. Works in a chroot that has no
# /proc, and so without process substitution, which needs /dev/fd.

packages_of() {
    case $1 in
        build)
            echo g++ cmake ninja-build ccache mold pkg-config \
                protobuf-compiler libprotobuf-dev libprotoc-dev libnghttp2-dev libsqlite3-dev zlib1g-dev opentelemetry-proto \
                libjemalloc-dev libpq-dev libssl-dev libhiredis-dev libidn2-dev libunistring-dev libcli11-dev libfmt-dev libtomlplusplus-dev libboost1.83-dev libboost-json1.83-dev
            ;;
        test) echo libgtest-dev libgmock-dev python3-venv ca-certificates curl openssl postgresql pgbouncer redis-server nghttp2-server ;;
        deploy) echo buildah debootstrap ;;
        lint) echo clang-format-19 shellcheck python3 python3-venv ;;
        bench) echo libbenchmark-dev nghttp2-client slowhttptest wrk valgrind python3 openssl ;;
        fuzz) echo clang-19 libclang-rt-19-dev ;;
        peers) echo libgrpc++-dev protobuf-compiler-grpc chromium ;;
        compare) echo opentelemetry-cpp-dev libopentelemetry-proto-dev libgrpc++-dev protobuf-compiler-grpc ;;
        *) fail "there is no set of packages '$1'" 'the sets are build, test, deploy, lint, bench, fuzz, peers and compare' ;;
    esac
}

# ensure_packages SET...: asks dpkg every time (20 ms), so that there is no stamp that could be out of date.
ensure_packages() {
    local set wanted=() missing=() found
    for set in "$@"; do
        # Fails here and not in the substitution, where it would go unnoticed.
        packages_of "$set" >/dev/null
        read -ra missing <<<"$(packages_of "$set")"
        wanted+=("${missing[@]}")
    done
    if ! command -v apt-get >/dev/null; then
        fail 'there is no apt-get on this machine' "use Debian 12 or 13, or install what matches: ${wanted[*]}"
    fi
    found=$(packages_missing "${wanted[@]}")
    [[ $found ]] || return 0
    mapfile -t missing <<<"$found"
    install_packages "${missing[@]}"
    # What CMake did not find before may be there now: see configure.
    mkdir -p build
    touch build/.packages-installed
}

packages_missing() {
    local name status known
    local -A installed=()
    # Fails where it knows one of the packages not at all, and names the others all the same.
    known=$(dpkg-query --show --showformat='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null) || true
    while read -r name status; do
        if [[ $status == installed ]]; then installed[$name]=1; fi
    done <<<"$known"
    for name in "$@"; do
        if [[ ! ${installed[$name]:-} ]]; then echo "$name"; fi
    done | sort -u
}

install_packages() {
    say "installing $# Debian packages: $*"
    # A source that has nothing to do with us may be broken; what matters shows when the packages are installed.
    logged apt-update as_root apt-get --yes update || say 'continuing with the existing package lists'
    local unknown
    unknown=$(without_candidate "$@")
    if [[ $unknown ]]; then
        say "not in the suites of this machine: ${unknown//$'\n'/ }"
        add_backports
        unknown=$(without_candidate "$@")
    fi
    [[ ! $unknown ]] || fail "apt knows no package ${unknown//$'\n'/, }" \
        'use Debian 12 with backports, or Debian 13; check that /etc/apt names a mirror that can be reached'
    local removed
    removed=$(LC_ALL=C apt-get --simulate --no-install-recommends install "$@" 2>/dev/null | awk '$1 == "Remv" { print $2 }')
    [[ ! $removed ]] || say "these are removed, because they conflict with the new ones: ${removed//$'\n'/ }"
    logged apt-install as_root apt-get --yes --no-install-recommends -o DPkg::Lock::Timeout=300 install "$@" ||
        fail 'the packages could not be installed' "fix what apt says above (network, disk space, held packages) and repeat $(asked_for)"
}

as_root() {
    if ((EUID == 0)); then
        DEBIAN_FRONTEND=noninteractive "$@"
    elif command -v sudo >/dev/null; then
        sudo DEBIAN_FRONTEND=noninteractive "$@"
    else
        fail 'installing packages needs root, and there is no sudo' "as root: apt-get install ${*: -1}, or run ./dev setup"
    fi
}

# Those of the packages named that no configured source offers, one a line.
without_candidate() {
    local line name='' policy
    local -A offered=()
    policy=$(LC_ALL=C apt-cache policy "$@" 2>/dev/null)
    while IFS= read -r line; do
        case $line in
            [!\ ]*:) name=${line%:} ;;
            '  Candidate: (none)') ;;
            '  Candidate: '*) offered[$name]=1 ;;
        esac
    done <<<"$policy"
    for name in "$@"; do
        if [[ ! ${offered[$name]:-} ]]; then echo "$name"; fi
    done
}

# Adds the backports suite, from the mirror that the machine itself is installed from.
add_backports() {
    local codename stanza sources=() ours=/etc/apt/sources.list.d/tradewind-backports.sources
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    if [[ -f /etc/apt/sources.list ]]; then sources+=(/etc/apt/sources.list); fi
    stanza=$(shopt -s nullglob && awk -v codename="$codename" -f tools/dev/backports.awk \
        /etc/apt/sources.list.d/*.sources "${sources[@]}" /etc/apt/sources.list.d/*.list </dev/null)
    [[ $stanza ]] || fail "no source for '$codename' was found in /etc/apt" "add one, or the suite $codename-backports by hand"
    say "adding the suite $codename-backports: $ours"
    as_root tee "$ours" <<<"$stanza" >/dev/null
    logged apt-update as_root apt-get --yes update || say 'continuing with the existing package lists'
}

# The Python environment of the end-to-end tests, made again when the pinned packages change.
ensure_python() {
    local pinned=tests/e2e/requirements.txt stamp=build/venv/requirements.txt
    cmp --quiet "$pinned" "$stamp" && return
    say 'making the Python environment of the tests: build/venv'
    rm -rf build/venv
    logged venv /usr/bin/python3 -m venv build/venv ||
        fail 'the Python environment could not be made' "check that the package python3-venv is whole, and repeat $(asked_for)"
    logged pip build/venv/bin/python -m pip install --disable-pip-version-check --requirement "$pinned" ||
        fail 'the Python packages could not be installed' "check that the package index can be reached, and repeat $(asked_for)"
    cp "$pinned" "$stamp"
}

# ensure_python_of GROUP: what a group of tests takes beside it, in the same environment.
ensure_python_of() {
    local pinned=tests/$1/requirements.txt stamp=build/venv/requirements-$1.txt
    cmp --quiet "$pinned" "$stamp" && return
    logged "pip-$1" build/venv/bin/python -m pip install --disable-pip-version-check --requirement "$pinned" ||
        fail 'the Python packages could not be installed' "check that the package index can be reached, and repeat $(asked_for)"
    cp "$pinned" "$stamp"
}
