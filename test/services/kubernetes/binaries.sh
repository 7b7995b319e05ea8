#!/bin/bash
# Builds what no package holds, once a version: the Kubernetes servers (one binary), kubectl and, when asked, kwok.
set -euo pipefail
. "$(dirname "$0")/env.sh"
mkdir -p "$BIN"
exec 8>"$CACHE/build.lock"
flock 8   # two clusters that start together build once

build() { # NAME-VERSION DIRECTORY PACKAGE LDFLAGS
  [ -x "$BIN/$1" ] && return
  command -v go >/dev/null || { echo "$1 has to be built, which needs Go 1.26 or newer" >&2; exit 1; }
  say "building $1, once"
  (cd "$2" && CGO_ENABLED=0 go build -buildvcs=false -ldflags "-s -w $4" -o "$BIN/$1.new" "$3") >"$CACHE/build.log" 2>&1 ||
    { tail -n 25 "$CACHE/build.log" >&2; exit 1; }
  mv "$BIN/$1.new" "$BIN/$1"
  say "built $1"
}

IFS=. read -r major minor _ <<<"$K8S_VERSION"
version=k8s.io/component-base/version
stamp="-X $version.gitVersion=v$K8S_VERSION -X $version.gitMajor=$major -X $version.gitMinor=$minor"
stamp+=" -X $version.gitTreeState=clean -X $version.gitCommit=$(printf '%040d' 0) -X $version.buildDate=2026-01-01T00:00:00Z"

build "kubernetes-$K8S_VERSION" "$HERE/build" . "$stamp"
build "kubectl-$K8S_VERSION" "$HERE/build" ./kubectl "$stamp"
for name in kube-apiserver kube-controller-manager kube-scheduler kubelet; do
  ln -sfn "kubernetes-$K8S_VERSION" "$BIN/$name"
done
ln -sfn "kubectl-$K8S_VERSION" "$BIN/kubectl"

if [ "$KWOK" = 1 ]; then
  stages=$BIN/kwok-stages-$KWOK_VERSION
  build "kwok-$KWOK_VERSION" "$HERE/build/kwok" sigs.k8s.io/kwok/cmd/kwok ""
  if [ ! -d "$stages" ]; then   # kept beside the binary: Go's module cache may be gone when this one is not
    module=$(cd "$HERE/build/kwok" && go mod download sigs.k8s.io/kwok && go list -m -f '{{.Dir}}' sigs.k8s.io/kwok)/kustomize/stage
    rm -rf "$stages.new" && mkdir "$stages.new"
    cp "$module"/node/fast/node-initialize.yaml "$module"/node/heartbeat-with-lease/node-heartbeat-with-lease.yaml \
      "$module"/pod/fast/pod-{ready,complete,delete}.yaml "$stages.new"
    mv "$stages.new" "$stages"
  fi
  ln -sfn "kwok-$KWOK_VERSION" "$BIN/kwok"
fi
