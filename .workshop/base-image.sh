#!/bin/sh
# base-image.sh [TAG]: makes a base image for sandboxes without any image registry, out of Debian
# packages and this machine's own Node. Needs root, debootstrap and a Docker engine. About 40 s.
set -eu
tag=${1:-gatehouse-test-base:latest}
if docker image inspect "$tag" >/dev/null 2>&1; then echo "base image $tag is there"; exit 0; fi
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mirror=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb *\(\[[^]]*\] *\)\{0,1\}\(http[^ ]*\).*/\2/p' /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null | head -n 1)
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
debootstrap --variant=minbase --include=git,ca-certificates,procps "$suite" "$root" ${mirror:+"$mirror"} >"$root.log" 2>&1 || { tail -n 20 "$root.log" >&2; exit 1; }
rm -f "$root.log"
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/doc/* "$root"/usr/share/locale/*
node=$(readlink -f "$(command -v node)")
mkdir -p "$root/usr/local/bin" "$root/usr/local/lib"
cp "$node" "$root/usr/local/bin/node"
# Libraries of this node that a minimal Debian does not carry.
ldd "$node" | awk '$3 ~ /^\// { print $3 }' | while read -r library; do
  [ -e "$root$library" ] || { mkdir -p "$root$(dirname "$library")"; cp -L "$library" "$root$library"; }
done
npm_folder=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
[ -f "$npm_folder/bin/npm-cli.js" ] && { mkdir -p "$root/usr/local/lib/node_modules"; cp -r "$npm_folder" "$root/usr/local/lib/node_modules/npm"; ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"; ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"; }
tar -C "$root" -c . | docker import --change 'ENV PATH=/usr/local/bin:/usr/bin:/bin' - "$tag" >/dev/null
docker run --rm --network none "$tag" sh -c 'node --version && git --version'
