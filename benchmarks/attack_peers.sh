#!/bin/sh
# Run attack_peers.py beside the tools that attack rewards, in an environment of its own under ${1:-build/attack-peers}.
# uv resolves the peers apart from the workspace, whose lock file stays as it is. One that does not install is left out.
set -eu
cd "$(dirname "$0")/.."
environment=${1:-build/attack-peers}
uv venv --quiet --allow-existing "$environment"
uv pip install --quiet --python "$environment" ./core ./plugins/math ./plugins/text ./plugins/schema ./plugins/code \
  ./plugins/compliance ./plugins/judge ./lab
for peer in reward-doctor rewardprobe rldoctor verifierlab; do
  uv pip install --quiet --prerelease allow --python "$environment" "$peer" || echo "$peer does not install here"
done
exec "$environment/bin/python" benchmarks/attack_peers.py
