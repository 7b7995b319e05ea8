# shellcheck shell=bash disable=SC2034
# Sourced by the scripts beside it: where the daemon lives. All of it is its own: another Docker on this machine is left alone.
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
RUN=${KLOG_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/klog-test}/docker
SOCKETS=/run/klog-test-docker         # unix socket paths must be short, so not under RUN
IMAGE=busybox:test

export DOCKER_HOST=unix://$SOCKETS/docker.sock
# No settings of the person who runs this.
export DOCKER_CONFIG=$RUN/config

say() { printf '%s\n' "$*"; }

daemon_pid() { [ ! -e "$SOCKETS/docker.pid" ] || echo "$(<"$SOCKETS/docker.pid")"; }

# A pid is ours only while its command line names our socket: pids are used again.
alive() {
  local pid
  pid=$(daemon_pid)
  [ -n "$pid" ] && grep -qzF -e "$DOCKER_HOST" "/proc/$pid/cmdline" 2>/dev/null
}
