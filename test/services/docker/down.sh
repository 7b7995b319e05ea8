#!/bin/bash
# Ends what up.sh started, with its containers. --purge also removes their state.
set -euo pipefail
. "$(dirname "$0")/env.sh"
[ -d "$RUN" ] || exit 0
exec 9>"$RUN.lock"
flock 9

if alive; then
  pid=$(daemon_pid)
  docker ps --all --quiet | xargs -r docker rm --force --volumes >/dev/null 2>&1 || true
  kill "$pid"
  for _ in {1..200}; do kill -0 "$pid" 2>/dev/null || break; sleep 0.05; done
  kill -KILL "$pid" 2>/dev/null || true
fi
awk -v run="$RUN/" -v sockets="$SOCKETS/" 'index($2, run) == 1 || index($2, sockets) == 1 { print $2 }' /proc/mounts |
  sort -r | while read -r mount; do umount "$mount" 2>/dev/null || umount -l "$mount" || true; done
rm -rf "$SOCKETS"
if [ "${1:-}" = --purge ]; then rm -rf "$RUN"; fi
say "docker down${1:+ ($1)}"
