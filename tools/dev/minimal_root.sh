# shellcheck shell=bash
# Makes a minimal Debian of this machine's own release in the folder $root, with a clone of this checkout in /root/tradewind, and runs
# commands in it. Needs root, debootstrap (./dev setup deploy) and the right to mount.
# The folder is named by who sources this file.
# shellcheck disable=SC2154

# minimal_root_hindrance: prints why this machine cannot make such a system; prints nothing where it can.
minimal_root_hindrance() {
    if ((EUID != 0)) || ! unshare --mount --propagation=private true 2>/dev/null; then
        echo 'a minimal root needs root and the right to mount'
    elif ! command -v debootstrap >/dev/null; then
        echo 'a minimal root needs debootstrap (./dev setup deploy)'
    fi
}

# Makes the system, and lets its apt, git and pip reach what those of this machine reach.
make_root() {
    local mirror keyring codename file
    codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
    read -r mirror keyring <<<"$(PYTHONPATH=tests/deploy build/venv/bin/python -c 'from deployed.image import mirror; print(*mirror())')"
    debootstrap --variant=minbase --include=git,ca-certificates --keyring="$keyring" "$codename" "$root" "$mirror" >"$root.log" 2>&1 ||
        { tail -n 20 "$root.log" >&2 && return 1; }
    # What mktemp makes is its owner's alone; as the root of a system, every user of that system has to enter it.
    chmod 755 "$root"
    rm -f "$root/etc/apt/sources.list"
    for file in /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/apt.conf.d /etc/apt/auth.conf.d /etc/apt/preferences.d \
        /usr/share/keyrings /etc/ssl/certs/ca-certificates.crt /etc/pip.conf /etc/hosts /etc/resolv.conf; do
        if [[ -e $file ]]; then cp --archive --dereference "$file" --target-directory="$root$(dirname "$file")"; fi
    done
    rm -f "$root/etc/apt/sources.list.d/tradewind-backports.sources"
    git -c safe.directory='*' clone --quiet --no-hardlinks . "$root/root/tradewind"
    chmod 700 "$root/root"
}

# enter COMMAND...: as a login of root in that system, with this machine's devices and the compiler's cache. What COMMAND leaves running
# is killed when it ends.
enter() {
    local cache=${CCACHE_DIR:-$HOME/.cache/ccache} variable kept=()
    mkdir -p "$cache" "$root/ccache"
    for variable in $(compgen -e); do
        if [[ $variable =~ ^(PIP_.*|.*_proxy|.*_PROXY|SSL_CERT_FILE)$ ]]; then kept+=("$variable=${!variable}"); fi
    done
    # shellcheck disable=SC2016
    unshare --mount --pid --fork --kill-child --propagation=private /bin/sh -c '
        root=$1 cache=$2; shift 2
        mount --types proc proc "$root/proc" && mount --rbind /dev "$root/dev" && mount --bind "$cache" "$root/ccache" &&
            exec chroot "$root" "$@"' sh "$root" "$cache" \
        /usr/bin/env --ignore-environment HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin CCACHE_DIR=/ccache "${kept[@]}" "$@"
}
