#!/bin/bash
# Ends what up.sh started. --purge also removes all of the cluster's state (etcd's data, images, pod logs); the
# binaries stay.
set -euo pipefail
. "$(dirname "$0")/env.sh"

# Ids of our containers' shims: they outlive containerd.
shims() {
  local cmdline
  for cmdline in /proc/[0-9]*/cmdline; do
    if grep -qzF -e "$SOCKETS/containerd.sock" "$cmdline" 2>/dev/null &&
      grep -qzF containerd-shim "$cmdline" 2>/dev/null; then
      basename "${cmdline%/cmdline}"
    fi
  done
}

end_containers() {
  local ids id
  for id in $(crictr containers ls -q); do crictr containers info "$id" || true; done >"$RUN/containers.json"
  ids=$(crictr tasks ls -q)
  for id in $ids; do crictr tasks kill --signal KILL "$id" || true; done
  for _ in {1..50}; do crictr tasks ls | grep -q RUNNING || break; sleep 0.1; done
  for id in $ids; do crictr tasks rm "$id" || true; done
  for id in $(crictr containers ls -q); do crictr containers rm "$id" || true; done
  for _ in {1..30}; do [ -n "$(shims)" ] || break; sleep 0.1; done
  # Deleting the namespace takes the pod's end of the bridge with it.
  grep -oE '/(var/)?run/netns/cni-[0-9a-f-]+' "$RUN/containers.json" | sort -u |
    while read -r net; do ip netns del "${net##*/}" || true; done
}

[ -d "$RUN" ] || exit 0
exec 9>"$RUN.lock"
flock 9
end kwok 1
end kubelet 3
# `|| true` also turns set -e off within: a container that will not go must not keep the rest up.
if alive containerd; then end_containers >/dev/null 2>&1 || true; fi
end kube-scheduler 1
end kube-controller-manager 1
end kube-apiserver 0
end etcd 3
end containerd 3
for pid in $(shims); do kill "$pid" 2>/dev/null || true; done

awk -v run="$RUN/" -v sockets="$SOCKETS/" 'index($2, run) == 1 || index($2, sockets) == 1 { print $2 }' /proc/mounts |
  sort -r | while read -r mount; do umount "$mount" 2>/dev/null || umount -l "$mount" || true; done
ip link del "$BRIDGE" 2>/dev/null || true
rm -rf "$RUN/cni/ipam"
for _ in 1 2 3; do
  # Only empty groups go, so a kubelet that is not ours keeps its own.
  find /sys/fs/cgroup/kubepods /sys/fs/cgroup/*/kubepods -depth -type d -exec rmdir {} + 2>/dev/null && break
  sleep 0.2
done

if [ "${1:-}" = --purge ]; then
  # Only our pods' logs: those the kubelet knows, and deleted ones whose sandbox was still there.
  for uid in $(ls "$RUN/kubelet/pods" 2>/dev/null) \
    $(sed -n 's/.*"io.kubernetes.pod.uid": "\([0-9a-f-]*\)".*/\1/p' "$RUN/containers.json" 2>/dev/null | sort -u); do
    rm -rf /var/log/pods/*_"$uid"
  done
  [ ! -d /var/log/containers ] || find -L /var/log/containers -type l -delete   # links that lead nowhere now
  rm -rf "$RUN" "$SOCKETS"
fi
say "$KLOG_TEST_CLUSTER down${1:+ ($1)}"
