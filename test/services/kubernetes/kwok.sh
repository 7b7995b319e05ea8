#!/bin/bash
# Writes kwok's configuration and the log files that its fake pods serve:
#   all pods              one CRI file of KWOK_LINES lines, the same for each
#   streams/stream-<i>    a file of its own (KWOK_STREAMS of them), which kwok-writer.mjs makes grow. In a folder of
#                         its own, too: each follower watches the file's whole folder.
set -euo pipefail
. "$(dirname "$0")/env.sh"
dir=$RUN/kwok
mkdir -p "$dir/streams"

awk -v n="$KWOK_LINES" 'BEGIN {
  for (i = 0; i < n; i++)
    printf "2026-01-01T%02d:%02d:%02d.%09dZ %s F {\"level\":\"info\",\"seq\":%d,\"msg\":\"fake line\"}\n",
      i / 3600 % 24, i / 60 % 60, i % 60, i % 1000000000, i % 10 ? "stdout" : "stderr", i
}' >"$dir/all.log"
echo '2026-01-01T00:00:00.000000001Z stdout F previous life' >"$dir/previous.log"

{
  for stage in "$BIN/kwok-stages-$KWOK_VERSION"/*.yaml; do
    # Clients skip containers without an id, and the stages as shipped give none.
    sed 's|^\( *\)restartCount: 0$|&\n\1containerID: {{ printf "kwok://%s-%s" $.metadata.uid .name \| Quote }}|' "$stage"
    printf '\n---\n'
  done
  cat <<Y
apiVersion: kwok.x-k8s.io/v1alpha1
kind: ClusterLogs
metadata: {name: all}
spec:
  logs:
  - {logsFile: "$dir/all.log", previousLogsFile: "$dir/previous.log", follow: true}
Y
  for ((i = 0; i < KWOK_STREAMS; i++)); do
    mkdir -p "$dir/streams/$i"
    : >>"$dir/streams/$i/app.log"
    cat <<Y
---
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Logs
metadata: {name: stream-$i, namespace: streams}
spec:
  logs:
  - {logsFile: "$dir/streams/$i/app.log", follow: true}
Y
  done
} >"$dir/kwok.yaml"
