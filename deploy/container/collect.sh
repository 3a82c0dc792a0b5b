#!/usr/bin/env bash
# collect.sh PROGRAM IMAGE: makes IMAGE a root file system in which PROGRAM runs: it, the libraries that it loads, certificates, the user.
#
# /var/lib/dpkg/status.d names the Debian packages that the libraries are from, with their versions: that is where scanners for known
# vulnerabilities look in images without a package manager, and what the image's bill of materials is made of.
set -euo pipefail

program=$1 image=$2
mkdir -p "$image"/{etc/ssl/certs,tmp,usr/bin,var/lib/dpkg/status.d,var/lib/tradewind}
chmod 1777 "$image/tmp"

# package_of FILE: whose FILE is. Packages know their files by the names from before /lib moved to /usr/lib, and from after.
package_of() {
    local found
    found=$(dpkg-query --search "$1" 2>/dev/null || dpkg-query --search "${1#/usr}" 2>/dev/null || dpkg-query --search "/usr$1")
    echo "${found%%: *}"
}

note_package() {
    local package
    package=$(package_of "$1")
    dpkg-query --status "$package" >"$image/var/lib/dpkg/status.d/${package%%:*}"
    install -D --mode=644 --target-directory="$image/usr/share/doc/${package%%:*}" "/usr/share/doc/${package%%:*}/copyright"
}

install --mode=755 --strip "$program" "$image/usr/bin/tradewind"

# What the loader finds, and the loader itself, at the very places where they are looked for.
ldd "$program" | grep --only-matching '/[^ ]*' | sort --unique | while IFS= read -r library; do
    install -D --mode=755 "$(realpath "$library")" "$image$library"
    note_package "$(realpath "$library")"
done

install --mode=644 /etc/ssl/certs/ca-certificates.crt "$image/etc/ssl/certs/ca-certificates.crt"
note_package /usr/sbin/update-ca-certificates
# Where OpenSSL looks unless it is told otherwise.
mkdir -p "$image/usr/lib/ssl"
ln -s /etc/ssl/certs "$image/usr/lib/ssl/certs"
ln -s /etc/ssl/certs/ca-certificates.crt "$image/usr/lib/ssl/cert.pem"

echo 'tradewind:x:65532:65532:tradewind:/var/lib/tradewind:/usr/sbin/nologin' >"$image/etc/passwd"
echo 'tradewind:x:65532:' >"$image/etc/group"
echo 'hosts: files dns' >"$image/etc/nsswitch.conf"
chown 65532:65532 "$image/var/lib/tradewind"
