#!/bin/bash
# mkimage.sh OUT.tar REFERENCE CMD_JSON: an image archive of one layer, static busybox and its applets and `produce`.
set -euo pipefail
out=$1 reference=$2 cmd=$3
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

root=$work/root image=$work/image
mkdir -p "$root"/{bin,tmp,etc,var/log,proc,sys,dev} "$image"
chmod 1777 "$root/tmp"
cp "$(command -v busybox)" "$root/bin/busybox"
install -m 755 "$here/produce" "$root/bin/produce"
for applet in $("$root/bin/busybox" --list); do
  [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
done
echo 'root:x:0:0:root:/:/bin/sh' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"

tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -C "$root" -cf "$image/layer.tar" .
layer=$(sha256sum <"$image/layer.tar" | cut -d' ' -f1)
cat >"$image/config.json" <<J
{"architecture":"$(dpkg --print-architecture)","os":"linux","created":"1970-01-01T00:00:00Z",
 "config":{"Env":["PATH=/bin"],"Cmd":$cmd,"WorkingDir":"/"},
 "rootfs":{"type":"layers","diff_ids":["sha256:$layer"]},
 "history":[{"created":"1970-01-01T00:00:00Z","created_by":"mkimage.sh"}]}
J
printf '[{"Config":"config.json","RepoTags":["%s"],"Layers":["layer.tar"]}]' "$reference" >"$image/manifest.json"
tar -C "$image" -cf "$out.new" manifest.json config.json layer.tar
mv "$out.new" "$out"
