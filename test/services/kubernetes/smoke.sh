#!/bin/bash
# Proves, one line a check, that a cluster that is up gives what the real-cluster tests build on.
set -euo pipefail
. "$(dirname "$0")/env.sh"
passed=0 failed=0
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT

check() { # NAME COMMAND...
  local name=$1 status
  shift
  # Not `if "$@"`: inside a condition, set -e does not hold, and only a check's last command would count.
  set +e
  (set -e; "$@") >"$work/out" 2>&1
  status=$?
  set -e
  if [ "$status" = 0 ]; then
    passed=$((passed + 1)); say "ok   $name"
  else
    failed=$((failed + 1)); say "FAIL $name"; tail -n 5 "$work/out" | sed 's/^/         /'
  fi
}

eventually() { # SECONDS COMMAND...
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do ((SECONDS < deadline)) || return 1; sleep 0.3; done
}

fresh_namespace() {
  kc delete namespace "$1" --ignore-not-found --wait --force --grace-period=0 >/dev/null 2>&1
  kc create namespace "$1" >/dev/null
  eventually 30 kc get serviceaccount default -n "$1" >/dev/null 2>&1
}

logs() { kc logs -n smoke "$@"; }
is() { [ "$1" = "$2" ] || { echo "got '$1', want '$2'"; return 1; }; }
manifests=$HERE/../manifests

# --- checks of the node cluster

host_network() { is "$(logs hostnet | awk 'NR == 1')" "line 1"; }
pod_network() { logs hello | grep -q 'inet 10\.244\.'; }
live_lines() { (($(timeout 4 "$KUBECTL" logs -n smoke -f --tail=0 hello | wc -l) >= 20)); }
init_containers() { is "$(logs multi -c init-b)" "init-b did it"; }
all_containers() { is "$(logs multi --all-containers --prefix --tail=1 | wc -l)" 5; }
by_label() { is "$(logs -l app=web --tail=1 --prefix | wc -l)" 3; }
even_rate() { # 2000 lines at 500 a second take 4 s
  local first last
  kc wait -n smoke --for=jsonpath='{.status.phase}'=Succeeded pod/numbered --timeout=30s
  is "$(logs numbered | awk '$2 != ++n { bad++ } END { print n + 0, bad + 0 }')" "2000 0"
  first=$(logs numbered --timestamps | awk 'NR == 1 { print $1 }')
  last=$(logs numbered --timestamps --tail=1 | cut -d' ' -f1)
  awk -v d="$(($(date -d "$last" +%s%N) - $(date -d "$first" +%s%N)))" 'BEGIN { print d; exit !(d > 3.5e9 && d < 5e9) }'
}
workloads() {
  kc rollout status -n smoke statefulset/db --timeout=30s
  kc rollout status -n smoke daemonset/agent --timeout=30s
  kc wait -n smoke --for=condition=Complete job/import --timeout=60s
  kc create job -n smoke nightly-now --from=cronjob/nightly
  kc wait -n smoke --for=condition=Complete job/nightly-now --timeout=60s
  is "$(logs job/nightly-now | head -n 1)" "nightly run"
  is "$(kc get job nightly-now -n smoke -o jsonpath='{.metadata.ownerReferences[0].name}')" nightly
}
service_has_pods() {
  is "$(kc get endpointslices -n smoke -l kubernetes.io/service-name=web -o jsonpath='{.items[*].endpoints[*].targetRef.name}' | wc -w)" 3
  is "$(kc get ingress web -n smoke -o jsonpath='{.spec.rules[0].http.paths[0].backend.service.name}')" web
}
cri_files() {
  local id link
  id=$(kc get pod hostnet -n smoke -o jsonpath='{.status.containerStatuses[0].containerID}')
  link=/var/log/containers/hostnet_smoke_main-${id#containerd://}.log
  head -n 1 "$link" | grep -qE '^[0-9T:.-]+Z stdout F line 1$'
  readlink "$link" | grep -q '^/var/log/pods/smoke_hostnet_.*/main/0\.log$'
}
partial_lines() {
  local uid
  uid=$(kc get pod strange -n smoke -o jsonpath='{.metadata.uid}')
  is "$(grep -ac ' stdout P ' "/var/log/pods/smoke_strange_$uid/main/0.log")" 3
}
waiting() { (logs waiting 2>&1 || true) | grep 'is waiting to start'; }
crash_loop() {
  kc wait -n smoke --for=jsonpath='{.status.containerStatuses[0].state.waiting.reason}'=CrashLoopBackOff pod/crasher --timeout=90s
  logs crasher | grep -q 'last words'
  logs crasher --previous | grep -q 'panic: boom'
}
previous() { is "$(logs restarted --previous | tr '\n' ' ')|$(logs restarted)" "first life dying now |second life"; }
all_lines_followed() { tail -n 1 "$work/rotation" | grep -q '^line 160000 '; }
rotation() {
  eventually 120 all_lines_followed
  is "$(awk '$2 != ++n { bad++ } END { print n + 0, bad + 0 }' "$work/rotation")" "160000 0"
  compgen -G '/var/log/pods/smoke_rotation_*/main/0.log.20*'
  (($(logs rotation | wc -l) < 160000))   # the API reads the newest file only
}
apiserver_bounce() {
  "$HERE/bounce.sh" kube-apiserver 1
  eventually 60 kc get --raw /readyz
  is "$(logs hostnet | head -n 1)" "line 1"
}
hostnet_answers() { logs hostnet --tail=1 | grep -q line; }
kubelet_bounce() {
  "$HERE/bounce.sh" kubelet 1
  eventually 60 hostnet_answers
  is "$(kc get pod hostnet -n smoke -o jsonpath='{.status.containerStatuses[0].restartCount}')" 0
}

node_checks() {
  fresh_namespace smoke
  kc apply -n smoke -f "$manifests/mix.yaml" -f "$manifests/rotation.yaml" >/dev/null
  sed -E '/name: RATE/s/"[0-9]+"/"500"/; /name: TOTAL/s/"[0-9]+"/"2000"/; /name: THEN/s/stay/exit/' \
    "$manifests/numbered.yaml" | kc apply -n smoke -f - >/dev/null
  kc wait -n smoke --for=condition=Ready pod/{hello,hostnet,multi,rotation,restarted} --timeout=90s >/dev/null
  kc rollout status -n smoke deployment/web --timeout=60s >/dev/null
  "$KUBECTL" logs -n smoke -f rotation >"$work/rotation" 2>/dev/null &
  say "pods are there"
  check "host-network pod" host_network
  check "pod with an address of its own" pod_network
  check "follow streams live lines" live_lines
  check "init container" init_containers
  check "native sidecar and several containers" all_containers
  check "deployment by label" by_label
  check "numbered lines at an even rate" even_rate
  check "stateful set, daemon set, job, job of a cron job" workloads
  check "service and ingress lead to pods" service_has_pods
  check "CRI files and links" cri_files
  check "lines over 16 KiB in parts" partial_lines
  check "waiting container" waiting
  check "CrashLoopBackOff: logs and --previous" crash_loop
  check "--previous of a restarted container" previous
  check "follow across rotation: no gap, no repeat" rotation
  check "API server killed and back" apiserver_bounce
  check "kubelet killed and back, containers live on" kubelet_bounce
  kc delete namespace smoke --wait=false --force --grace-period=0 >/dev/null 2>&1
}

# --- checks of the scale cluster

all_running() {
  is "$(kc get pods -n scale --field-selector=status.phase=Running -o name | wc -l)" 1000
}
shared_log() {
  local pod
  pod=$(kc get pods -n scale -l app=app-7 -o name | head -n 1)
  is "$(kc logs -n scale "$pod" | wc -l)" "$KWOK_LINES"
  is "$(kc logs -n scale "$pod" --tail=3 | wc -l)" 3
  is "$(kc logs -n scale "$pod" --previous)" "previous life"
}
own_growing_logs() { # 40 files, 50 lines a second, 5 s; three of them followed
  local i followers=()
  for i in 0 17 39; do
    timeout 9 "$KUBECTL" logs -n streams -f "stream-$i" --since=1s >"$work/stream-$i" &
    followers+=($!)
  done
  sleep 1.5
  node "$HERE/kwok-writer.mjs" "$RUN/kwok/streams" 40 50 5
  wait "${followers[@]}" || true   # timeout ends them, with a status of its own
  for i in 0 17 39; do
    is "$(grep -c "\"stream\":$i," "$work/stream-$i")" 250
    is "$(tail -n 1 "$work/stream-$i" | grep -c '"seq":250,')" 1
  done
}

scale_checks() {
  kc delete namespace scale streams --ignore-not-found --wait --force --grace-period=0 >/dev/null 2>&1
  "$HERE/kwok-manifest.sh" 5 1000 40 | kc apply -f - >/dev/null
  check "1000 pods run" eventually 120 all_running
  check "40 pods with logs of their own run" kc wait -n streams --for=condition=Ready pod -l app=stream --timeout=60s
  check "shared log, --tail, --previous" shared_log
  check "logs that grow: every line followed" own_growing_logs
}

case $KLOG_TEST_CLUSTER in
  node) node_checks ;;
  scale) scale_checks ;;
esac
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
