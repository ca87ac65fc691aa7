#!/usr/bin/env bash
# Makes the golden values of the published implementations anew and compares them with the recorded ones. Installs
# vigipy into a virtual environment that is kept, and R's packages where there is apt.
set -euo pipefail
cd "$(dirname "$0")/../.."
cache="${XDG_CACHE_HOME:-$HOME/.cache}/vigilstream"
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT

venv="$cache/goldens"
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
fi
"$venv/bin/python" -c 'import vigipy' 2>/dev/null || "$venv/bin/pip" install -q vigipy==3.5.1
"$venv/bin/python" scripts/goldens/disproportionality.py "$out"

if ! Rscript -e 'library(surveillance); library(metafor)' >/dev/null 2>&1; then
  (apt-get update -qq && apt-get install -y -qq --no-install-recommends \
    r-base-core r-cran-surveillance r-cran-metafor r-cran-magrittr) >/dev/null 2>&1 ||
    { echo 'the R packages could not be installed'; exit 1; }
fi
Rscript scripts/goldens/detectors.R "$out"
"$venv/bin/python" scripts/goldens/compare.py test/signal/goldens "$out" disproportionality.json special.json detectors.json
