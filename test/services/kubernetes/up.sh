#!/bin/bash
# Brings a Kubernetes cluster up on loopback: etcd, the control plane and, by the cluster's name, containerd + kubelet
# or kwok. Safe to run again: what already runs with these settings is left alone, the rest is started or restarted.
# Knobs (environment): see ../README.md.
set -euo pipefail
. "$(dirname "$0")/env.sh"
[ "$(id -u)" = 0 ] || { echo "up.sh needs root: it starts containers and installs packages" >&2; exit 1; }

packages() {
  local missing=() pair
  local wanted=(etcd:etcd-server openssl:openssl)
  if [ "$NODE_AGENT" = 1 ]; then
    wanted+=(containerd:containerd runc:runc busybox:busybox-static iptables:iptables ip:iproute2
      /usr/lib/cni/bridge:containernetworking-plugins)
  fi
  for pair in "${wanted[@]}"; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
  done
  [ ${#missing[@]} = 0 ] && return
  export DEBIAN_FRONTEND=noninteractive
  # Installing first: the lists may be there already, and fetching them is the slow part.
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$RUN/logs/apt.log" 2>&1 || {
    apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"
  } >>"$RUN/logs/apt.log" 2>&1 || fail_with_log apt "could not install ${missing[*]}"
  say "installed ${missing[*]}"
}

# ensure NAME SETTINGS COMMAND...: SETTINGS is text whose change calls for a restart.
ensure() {
  local name=$1 settings=$2 fingerprint
  shift 2
  fingerprint=$(printf '%s\n' "$K8S_VERSION $KWOK_VERSION" "$settings" "$@" | sha256sum)
  if alive "$name" && [ "$(cat "$RUN/fingerprints/$name" 2>/dev/null)" = "$fingerprint" ]; then return; fi
  if alive "$name"; then say "$name restarts: its settings changed"; end "$name" 0; fi
  printf '%s\0' "$@" >"$RUN/commands/$name"
  echo "$fingerprint" >"$RUN/fingerprints/$name"
  launch "$name"
}

# ready NAME SECONDS PROBE...: waits until PROBE succeeds, and fails with the component's log when it dies or is late.
ready() {
  local name=$1 deadline=$((SECONDS + $2))
  shift 2
  until "$@" >/dev/null 2>&1; do
    alive "$name" || fail_with_log "$name" "died"
    ((SECONDS < deadline)) || fail_with_log "$name" "is not ready"
    sleep 0.1
  done
  say "$name ready"
}

# healthy PORT PATH TEXT: curl is not on every machine.
healthy() { (exec 3<>"/dev/tcp/127.0.0.1/$1" && printf 'GET %s HTTP/1.0\r\n\r\n' "$2" >&3 && grep -q "$3" <&3); }
etcd_healthy() { healthy "$ETCD_PORT" /health '"health":"true"'; }
# Its own word as well: after a restart the API still holds what the kubelet before it said.
kubelet_ready() {
  healthy "$((KUBELET_PORT - 2))" /healthz '^ok' && kc wait --for=condition=Ready "node/$NODE_NAME" --timeout=2s
}
kwok_listens() { (exec 3<>"/dev/tcp/127.0.0.1/$KWOK_PORT"); }
account_there() { kc -n default get serviceaccount default; }

start_etcd() {
  local client=http://127.0.0.1:$ETCD_PORT peer=http://127.0.0.1:$((ETCD_PORT + 1))
  ensure etcd "" "$(command -v etcd)" --name test --data-dir "$RUN/etcd" \
    --listen-client-urls "$client" --advertise-client-urls "$client" \
    --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "test=$peer"
  ready etcd 60 etcd_healthy
}

start_apiserver() {
  local pki=$RUN/pki
  # A loopback address may not be an endpoint of the service `kubernetes`, hence no endpoint reconciler.
  ensure kube-apiserver "" "$BIN/kube-apiserver" \
    --etcd-servers "http://127.0.0.1:$ETCD_PORT" \
    --bind-address 127.0.0.1 --advertise-address 127.0.0.1 --secure-port "$APISERVER_PORT" \
    --endpoint-reconciler-type none --service-cluster-ip-range 10.0.0.0/24 \
    --authorization-mode Node,RBAC --allow-privileged \
    --client-ca-file "$pki/ca.crt" --tls-cert-file "$pki/apiserver.crt" --tls-private-key-file "$pki/apiserver.key" \
    --kubelet-client-certificate "$pki/apiserver-to-kubelet.crt" \
    --kubelet-client-key "$pki/apiserver-to-kubelet.key" \
    --kubelet-certificate-authority "$pki/ca.crt" --kubelet-preferred-address-types InternalIP,Hostname \
    --service-account-issuer https://kubernetes.default.svc \
    --service-account-key-file "$pki/service-account.pub" --service-account-signing-key-file "$pki/service-account.key"
}

# The default limits on requests make 1000 pods take a minute. Port 0: two clusters would meet at the default ports.
start_controllers() {
  ensure kube-controller-manager "$(cat "$RUN/controller-manager.kubeconfig")" "$BIN/kube-controller-manager" \
    --kubeconfig "$RUN/controller-manager.kubeconfig" --secure-port 0 --leader-elect=false \
    --kube-api-qps 500 --kube-api-burst 1000 \
    --use-service-account-credentials --service-account-private-key-file "$RUN/pki/service-account.key" \
    --root-ca-file "$RUN/pki/ca.crt"
  ensure kube-scheduler "$(cat "$RUN/scheduler.kubeconfig")" "$BIN/kube-scheduler" \
    --kubeconfig "$RUN/scheduler.kubeconfig" --secure-port 0 --leader-elect=false \
    --kube-api-qps 500 --kube-api-burst 1000
}

start_containerd() {
  # restrict_oom_score_adj: without CAP_SYS_RESOURCE (as in many VMs and containers) no pod would start.
  cat >"$RUN/containerd.toml" <<C
version = 2
root = "$RUN/containerd"
state = "$SOCKETS/containerd"
[grpc]
  address = "$SOCKETS/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$PAUSE_IMAGE"
  stream_server_address = "127.0.0.1"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$RUN/cni/net.d"
[plugins."io.containerd.internal.v1.opt"]
  path = "$RUN/containerd-opt"
C
  cat >"$RUN/cni/net.d/10-bridge.conflist" <<C
{"cniVersion": "1.0.0", "name": "$BRIDGE", "plugins": [{"type": "bridge", "bridge": "$BRIDGE",
  "ipam": {"type": "host-local", "dataDir": "$RUN/cni/ipam", "ranges": [[{"subnet": "10.244.0.0/22"}]]}}]}
C
  ensure containerd "$(cat "$RUN/containerd.toml")" "$(command -v containerd)" --config "$RUN/containerd.toml"
  ready containerd 60 crictr version

  import_image "$IMAGE" '["sh"]'
  import_image "$PAUSE_IMAGE" '["sleep", "2147483647"]'
}

import_image() { # REFERENCE CMD_JSON
  local name=${1##*/}
  local tar=$RUN/${name%:*}.tar
  if [ ! "$tar" -nt "$HERE/mkimage.sh" ] || [ ! "$tar" -nt "$HERE/produce" ]; then
    "$HERE/mkimage.sh" "$tar" "$1" "$2"
    rm -f "$tar.imported"
  fi
  [ -e "$tar.imported" ] && return
  crictr images import "$tar" >/dev/null
  touch "$tar.imported"
  say "image $name imported"
}

start_kubelet() {
  # Image garbage collection would delete images that no registry can give back, hence the 100 %.
  cat >"$RUN/kubelet.yaml" <<C
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 127.0.0.1
port: $KUBELET_PORT
healthzBindAddress: 127.0.0.1
healthzPort: $((KUBELET_PORT - 2))
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: "$RUN/pki/ca.crt"}}
authorization: {mode: Webhook}
tlsCertFile: "$RUN/pki/kubelet.crt"
tlsPrivateKeyFile: "$RUN/pki/kubelet.key"
containerRuntimeEndpoint: "unix://$SOCKETS/containerd.sock"
clusterDNS: ["10.0.0.10"]
clusterDomain: cluster.local
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
resolvConf: ""
makeIPTablesUtilChains: false
enforceNodeAllocatable: []
localStorageCapacityIsolation: false
evictionHard: {memory.available: "100Mi", nodefs.available: "0%", imagefs.available: "0%", nodefs.inodesFree: "0%", imagefs.inodesFree: "0%"}
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
maxPods: 400
serializeImagePulls: false
eventRecordQPS: 0
kubeAPIQPS: 200
kubeAPIBurst: 400
syncFrequency: 5s
nodeStatusUpdateFrequency: 4s
containerLogMaxSize: $LOG_MAX
containerLogMaxFiles: $LOG_FILES
containerLogMonitorInterval: 3s
C
  if [ -n "$BACKOFF_MAX" ]; then
    cat >>"$RUN/kubelet.yaml" <<C
featureGates: {KubeletCrashLoopBackOffMax: true}
crashLoopBackOff: {maxContainerRestartPeriod: $BACKOFF_MAX}
C
  fi
  ensure kubelet "$(cat "$RUN/kubelet.yaml" "$RUN/kubelet.kubeconfig")" "$BIN/kubelet" \
    --config "$RUN/kubelet.yaml" --kubeconfig "$RUN/kubelet.kubeconfig" \
    --root-dir "$RUN/kubelet" --cert-dir "$RUN/pki" --hostname-override "$NODE_NAME"
  ready kubelet 120 kubelet_ready
}

start_kwok() {
  "$HERE/kwok.sh"
  # Without leases the heartbeat comes every ten minutes, and after one minute the nodes and their pods are not ready.
  ensure kwok "$(cat "$RUN/kwok/kwok.yaml" "$RUN/admin.kubeconfig")" "$BIN/kwok" \
    --kubeconfig "$KUBECONFIG" --config "$RUN/kwok/kwok.yaml" \
    --manage-nodes-with-annotation-selector kwok.x-k8s.io/node=fake --node-lease-duration-seconds 40 \
    --node-ip 127.0.0.1 --node-port "$KWOK_PORT" --server-address "127.0.0.1:$KWOK_PORT" \
    --tls-cert-file "$RUN/pki/kubelet.crt" --tls-private-key-file "$RUN/pki/kubelet.key"
  ready kwok 60 kwok_listens
}

# Every followed log takes an inotify instance of the kubelet or kwok, and 128 is a common limit for all of root's.
raise_inotify() {
  local limit=/proc/sys/fs/inotify/max_user_instances
  [ "$(cat $limit)" -ge 4096 ] || echo 4096 2>/dev/null >$limit ||
    say "inotify instances stay at $(cat $limit): about that many logs can be followed"
}

mkdir -p "$RUN"/{pids,commands,fingerprints,logs,cni/net.d}
exec 9>"$RUN.lock"
flock 9
packages
"$HERE/binaries.sh" 9>&-
"$HERE/mkcerts.sh"
say "certificates ready"
raise_inotify
start_etcd
start_apiserver
if [ "$NODE_AGENT" = 1 ]; then
  mkdir -p "$SOCKETS" /var/log/pods /var/log/containers
  start_containerd   # while the apiserver starts
fi
ready kube-apiserver 240 kc get --raw /readyz
start_controllers
if [ "$NODE_AGENT" = 1 ]; then start_kubelet; fi
if [ "$KWOK" = 1 ]; then start_kwok; fi
ready kube-controller-manager 60 account_there
say "up: export KUBECONFIG=$KUBECONFIG"
