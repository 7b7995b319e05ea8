#!/bin/bash
# bounce.sh COMPONENT [DOWN_SECONDS=5] [SIGNAL=KILL]: ends one component and starts it again with the same arguments.
# COMPONENT: etcd kube-apiserver kube-controller-manager kube-scheduler containerd kubelet kwok
set -euo pipefail
. "$(dirname "$0")/env.sh"
name=${1:?component} seconds=${2:-5} signal=${3:-KILL}
[ -e "$RUN/commands/$name" ] || { echo "cluster $KLOG_TEST_CLUSTER has no $name" >&2; exit 2; }

if alive "$name"; then
  kill -s "$signal" "$(pid_of "$name")"
  # A TERM is a request: the apiserver finishes open log streams first, which may take half a minute.
  for ((i = 0; i < 1200; i++)); do alive "$name" || break; sleep 0.05; done
  if alive "$name"; then echo "$name still runs a minute after SIG$signal" >&2; exit 1; fi
fi
say "$name down"
sleep "$seconds"
launch "$name"
say "$name started again"
