#!/usr/bin/env bash
# Installs the training package by its README's one command into a cached environment, checks its style and
# runs its tests, a small training from text to bundle among them.
set -euo pipefail
cd "$(dirname "$0")/.."
lock=$(sha256sum training/requirements.lock training/pyproject.toml | sha256sum | cut -c1-12)
venv="${XDG_CACHE_HOME:-$HOME/.cache}/vigilstream/training-$lock"
if [ ! -f "$venv/.complete" ]; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps -r training/requirements.lock ./training
  touch "$venv/.complete"
else
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --force-reinstall ./training
fi
cd training
"$venv/bin/ruff" check .
"$venv/bin/ruff" format --check .
HF_HUB_OFFLINE=1 "$venv/bin/python" -m pytest
cd ..
for paper in $("$venv/bin/papers" list --names); do
  HF_HUB_OFFLINE=1 "$venv/bin/papers" run "$paper" --smoke
done
