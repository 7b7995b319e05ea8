#!/bin/bash
# kwok-manifest.sh NODES PODS [STREAMS]: fake nodes, PODS pods in namespace scale spread over 20 deployments, and
# STREAMS pods stream-<i> in namespace streams, each with a log file of its own. Pipe it into kubectl apply -f -.
set -euo pipefail
nodes=${1:?nodes} pods=${2:?pods} streams=${3:-0}
deployments=20
tolerations='[{key: kwok.x-k8s.io/node, operator: Exists}]'

for ((i = 0; i < nodes; i++)); do
  # The stages leave addresses empty, and without them the apiserver cannot find the node's log server.
  cat <<Y
---
apiVersion: v1
kind: Node
metadata:
  name: fake-$i
  annotations: {kwok.x-k8s.io/node: fake, node.alpha.kubernetes.io/ttl: "0"}
  labels: {type: kwok, kubernetes.io/hostname: fake-$i}
spec: {taints: [{key: kwok.x-k8s.io/node, value: fake, effect: NoSchedule}]}
status: {addresses: [{type: InternalIP, address: 127.0.0.1}, {type: Hostname, address: fake-$i}]}
Y
done

if ((pods > 0)); then
  printf -- '---\n{apiVersion: v1, kind: Namespace, metadata: {name: scale}}\n'
  for ((i = 0; i < deployments; i++)); do
    cat <<Y
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: app-$i, namespace: scale, labels: {app: app-$i, scale: "1"}}
spec:
  replicas: $((pods / deployments + (i < pods % deployments ? 1 : 0)))
  selector: {matchLabels: {app: app-$i}}
  template:
    metadata: {labels: {app: app-$i, scale: "1"}}
    spec:
      nodeSelector: {type: kwok}
      tolerations: $tolerations
      automountServiceAccountToken: false
      containers: [{name: app, image: fake}]
Y
  done
fi

if ((streams > 0)); then
  printf -- '---\n{apiVersion: v1, kind: Namespace, metadata: {name: streams}}\n'
  for ((i = 0; i < streams; i++)); do
    cat <<Y
---
apiVersion: v1
kind: Pod
metadata: {name: stream-$i, namespace: streams, labels: {app: stream}}
spec:
  nodeSelector: {type: kwok}
  tolerations: $tolerations
  automountServiceAccountToken: false
  containers: [{name: app, image: fake}]
Y
  done
fi
