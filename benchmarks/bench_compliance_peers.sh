#!/bin/sh
# Run bench_compliance.py beside detect-secrets and presidio, in an environment of its own under ${1:-build/peers}.
# uv resolves the peers apart from the workspace, whose lock file stays as it is.
set -eu
cd "$(dirname "$0")/.."
environment=${1:-build/peers}
uv venv --quiet --allow-existing "$environment"
uv pip install --quiet --python "$environment" ./core ./plugins/compliance detect-secrets presidio-analyzer regex
exec "$environment/bin/python" benchmarks/bench_compliance.py
