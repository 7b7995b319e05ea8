#!/bin/bash
# Starts a real Docker daemon (Debian's docker.io) with its own root and socket, and gives it the image busybox:test.
# Safe to run again: a daemon that runs is left alone. The last line says how to reach it.
set -euo pipefail
. "$(dirname "$0")/env.sh"
[ "$(id -u)" = 0 ] || { echo "up.sh needs root: it starts containers and installs packages" >&2; exit 1; }

packages() {
  local missing=() pair
  for pair in dockerd:docker.io docker:docker.io containerd:containerd runc:runc busybox:busybox-static; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
  done
  [ ${#missing[@]} = 0 ] && return
  export DEBIAN_FRONTEND=noninteractive
  # Without its services: a second daemon would start with the package.
  printf '#!/bin/sh\nexit 101\n' >"$RUN/policy-rc.d"
  chmod +x "$RUN/policy-rc.d"
  local policy=/usr/sbin/policy-rc.d ours=
  if [ ! -e $policy ]; then cp "$RUN/policy-rc.d" $policy; ours=1; fi
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$RUN/apt.log" 2>&1 || {
    apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"
  } >>"$RUN/apt.log" 2>&1 || { tail -n 25 "$RUN/apt.log" >&2; exit 1; }
  [ -z "$ours" ] || rm -f $policy
  say "installed ${missing[*]}"
}

start_daemon() {
  # No bridge and no iptables: containers use the host's network, which changes nothing of this machine.
  setsid nohup dockerd --data-root "$RUN/root" --exec-root "$SOCKETS/exec" --pidfile "$SOCKETS/docker.pid" \
    --host "$DOCKER_HOST" --bridge=none --iptables=false --ip6tables=false --ip-masq=false --userland-proxy=false \
    >>"$RUN/dockerd.log" 2>&1 </dev/null 9>&- &
  local started=$! deadline=$((SECONDS + 60))
  until docker version >/dev/null 2>&1; do
    if ! kill -0 "$started" 2>/dev/null || ((SECONDS >= deadline)); then
      echo "dockerd is not ready; the end of $RUN/dockerd.log:" >&2
      tail -n 25 "$RUN/dockerd.log" >&2
      exit 1
    fi
    sleep 0.1
  done
  say "dockerd ready"
}

import_image() {
  docker image inspect "$IMAGE" >/dev/null 2>&1 && return
  # The same image as the cluster's: static busybox, and `produce` for numbered lines.
  "$HERE/../kubernetes/mkimage.sh" "$RUN/busybox.tar" "$IMAGE" '["sh"]'
  docker load --quiet --input "$RUN/busybox.tar" >/dev/null
  say "image $IMAGE loaded"
}

mkdir -p "$RUN/config" "$SOCKETS"
exec 9>"$RUN.lock"
flock 9
packages
alive || start_daemon
import_image
say "up: export DOCKER_HOST=$DOCKER_HOST   (logs under $RUN/root/containers)"
