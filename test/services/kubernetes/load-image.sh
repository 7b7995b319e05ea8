#!/bin/bash
# load-image.sh ARCHIVE: gives the kubelet's containerd an image from an archive, as there is no registry to pull it from.
set -euo pipefail
. "$(dirname "$0")/env.sh"
crictr images import "$1"
