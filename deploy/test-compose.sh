#!/usr/bin/env bash
# Builds the image and runs the whole cluster of docker-compose.yml on the Docker engine that the environment names (DOCKER_HOST and so on):
# start, scaling, kills, a network cut, restarts, upgrades and a backup, all under load, with exact totals. Port 5900 must be free, since
# the guide's clients name it. Needs the .NET SDK, and Debian's python3-websockets for the guide's Python client.
#
# test-compose.sh build and test-compose.sh run do one half each, for machines on which an engine that builds and one that runs differ.
# BUILD_NETWORK=host lets the build use the host's network. KAIROS_COMPOSE_CUT may name a command that pulls a container's network cable
# (arguments: the container, then down or up); else a cut is `docker network disconnect`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export KAIROS_COMPOSE_IMAGE=kairos-test:latest DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1
tests=../artifacts/bin/Kairos.Tests/release/Kairos.Tests

setup() {
  /usr/bin/python3 -c 'import websockets' 2>/dev/null && return
  if ((EUID == 0)) && command -v apt-get >/dev/null; then
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3-websockets; } >/dev/null </dev/null || true
  fi
  /usr/bin/python3 -c 'import websockets' || { echo "python3-websockets is missing: the guide's Python client cannot run." >&2; exit 1; }
}

build() {
  dotnet build ../tests/Kairos.Tests -c Release --verbosity quiet -nodeReuse:false
  KAIROS_IMAGE=$KAIROS_COMPOSE_IMAGE docker compose build silo
  docker image ls "${KAIROS_COMPOSE_IMAGE%:*}"
}

run() {
  "$tests" --no-ansi --progress off --show-live-output on --filter-class '*.ComposeTests'
}

if ! docker compose version >/dev/null 2>&1; then
  echo "skipped: Docker Compose v2 is not installed."
elif ! docker version >/dev/null 2>&1; then
  echo "skipped: there is no Docker engine${DOCKER_HOST:+ at $DOCKER_HOST}."
else
  case ${1:-all} in
    build) setup && build ;;
    run) run ;;
    all) setup && build && run ;;
    *) echo "test-compose.sh takes build, run or nothing, not '$1'." >&2; exit 2 ;;
  esac
fi
