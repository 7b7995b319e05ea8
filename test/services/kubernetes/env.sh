# shellcheck shell=bash disable=SC2034
# Sourced by the scripts beside it: where one cluster lives. All of it follows from KLOG_TEST_CLUSTER, so that
# `node` (a real kubelet) and `scale` (control plane and fake nodes) can be up side by side.
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

KLOG_TEST_CLUSTER=${KLOG_TEST_CLUSTER:-node}
case $KLOG_TEST_CLUSTER in
  node) ports=26000 NODE_AGENT=${NODE_AGENT:-1} KWOK=${KWOK:-0} ;;
  scale) ports=27000 NODE_AGENT=${NODE_AGENT:-0} KWOK=${KWOK:-1} ;;
  *) echo "KLOG_TEST_CLUSTER is node or scale, not '$KLOG_TEST_CLUSTER'" >&2; exit 2 ;;
esac
APISERVER_PORT=${APISERVER_PORT:-$((ports + 443))}
ETCD_PORT=${ETCD_PORT:-$((ports + 379))}          # and the next one, for peers
KUBELET_PORT=${KUBELET_PORT:-$((ports + 250))}    # and two below, for its health
KWOK_PORT=${KWOK_PORT:-$((ports + 247))}

LOG_MAX=${LOG_MAX:-10Mi} LOG_FILES=${LOG_FILES:-5} BACKOFF_MAX=${BACKOFF_MAX:-}
KWOK_LINES=${KWOK_LINES:-1000} KWOK_STREAMS=${KWOK_STREAMS:-200}

CACHE=${KLOG_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/klog-test}/kubernetes
BIN=$CACHE/bin
RUN=${KLOG_TEST_RUN:-$CACHE/run}/$KLOG_TEST_CLUSTER
SOCKETS=/run/klog-test-$KLOG_TEST_CLUSTER         # unix socket paths must be short, so not under RUN
BRIDGE=klogtest-$KLOG_TEST_CLUSTER
NODE_NAME=127.0.0.1    # kubelet refuses a loopback --node-ip, but takes a hostname of that form
IMAGE=docker.io/library/busybox:test
PAUSE_IMAGE=docker.io/library/pause:test

# The go.mod files are the one place that names versions.
K8S_VERSION=$(awk '$1 == "k8s.io/kubernetes" { print substr($2, 2) }' "$HERE/build/go.mod")
KWOK_VERSION=$(awk '$1 == "sigs.k8s.io/kwok" { print substr($2, 2) }' "$HERE/build/kwok/go.mod")

export KUBECONFIG=$RUN/admin.kubeconfig
export KUBECACHEDIR=$RUN/kubectl-cache
KUBECTL=$BIN/kubectl
kc() { "$KUBECTL" --kubeconfig "$KUBECONFIG" "$@"; }
crictr() { ctr --address "$SOCKETS/containerd.sock" --namespace k8s.io "$@"; }

STARTED_US=${EPOCHREALTIME/[.,]/}
say() {
  local hundredths=$(((${EPOCHREALTIME/[.,]/} - STARTED_US) / 10000))
  printf '%4d.%02ds  %s\n' $((hundredths / 100)) $((hundredths % 100)) "$*"
}

pid_of() { [ ! -e "$RUN/pids/$1" ] || echo "$(<"$RUN/pids/$1")"; }

# A pid is ours only while its command line is the one we started: pids are used again, above all after a reboot.
alive() {
  local pid wanted running
  pid=$(pid_of "$1")
  [ -n "$pid" ] && [ -r "/proc/$pid/cmdline" ] || return 1
  mapfile -d '' -t wanted <"$RUN/commands/$1"   # not cmp -s: it believes /proc's file sizes, which are 0
  mapfile -d '' -t running 2>/dev/null <"/proc/$pid/cmdline" || return 1
  [ "${wanted[*]}" = "${running[*]}" ]
}

# The build and run locks (fds 8 and 9) must not live on in the daemons.
launch() {
  local name=$1 command
  mapfile -d '' -t command <"$RUN/commands/$name"
  setsid nohup "${command[@]}" >>"$RUN/logs/$name.log" 2>&1 </dev/null 8>&- 9>&- &
  echo $! >"$RUN/pids/$name"
  # Until the exec is through, the command line is still this shell's.
  for _ in {1..50}; do alive "$name" && return; sleep 0.02; done
  fail_with_log "$name" "did not start"
}

# end NAME SECONDS: asks, then insists. The apiserver waits for open log streams, so it gets no grace.
end() {
  local pid; pid=$(pid_of "$1")
  if alive "$1"; then
    if [ "$2" = 0 ]; then kill -KILL "$pid"; else kill "$pid"; fi
    for ((i = 0; i < $2 * 20; i++)); do alive "$1" || break; sleep 0.05; done
    if alive "$1"; then kill -KILL "$pid" 2>/dev/null || true; fi
    while alive "$1"; do sleep 0.02; done
  fi
  rm -f "$RUN/pids/$1"
}

fail_with_log() {
  echo "$1 $2; the end of $RUN/logs/$1.log:" >&2
  tail -n 25 "$RUN/logs/$1.log" >&2
  exit 1
}
