#!/usr/bin/env bash
# Makes the golden values of the published implementations anew and compares them with the recorded ones. Installs
# vigipy into a virtual environment that is kept, and R's packages where there is apt.
set -euo pipefail
cd "$(dirname "$0")/../.."
cache="${XDG_CACHE_HOME:-$HOME/.cache}/vigilstream"
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT

left_out() {
  echo "left out: $1 cannot be installed here; the recorded values are tested all the same"
}

venv="$cache/goldens"
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
fi
if "$venv/bin/python" -c 'import vigipy' 2>/dev/null || "$venv/bin/pip" install -q vigipy==3.5.1; then
  "$venv/bin/python" scripts/goldens/disproportionality.py "$out"
  python3 scripts/goldens/compare.py test/signal/goldens "$out" disproportionality.json special.json
else
  left_out vigipy
fi

packages='library(surveillance); library(metafor)'
if ! Rscript -e "$packages" >/dev/null 2>&1; then
  (apt-get update -qq && apt-get install -y -qq --no-install-recommends \
    r-base-core r-cran-surveillance r-cran-metafor r-cran-magrittr) >/dev/null 2>&1 || true
fi
if Rscript -e "$packages" >/dev/null 2>&1; then
  Rscript scripts/goldens/detectors.R "$out"
  python3 scripts/goldens/compare.py test/signal/goldens "$out" detectors.json
else
  left_out "R's package surveillance"
fi
