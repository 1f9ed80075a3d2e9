#!/usr/bin/env bash
# Sets up what the tests need, checks the format, builds and tests. Arguments go to the test runner,
# for example: tests/run.sh --filter-namespace Kairos.Tests.Unit
#
# tests/run.sh faults [--rounds=20] [--seed=N] does nothing but faults to a cluster under load: so many rounds of every
# fault there is, in an order and at moments that the seed decides (a round takes about seven minutes). A run prints its seed.
# It bounds times as well (docs/decisions/0005), so that it wants a machine with nothing else to do; a usual run bounds none.
#
# tests/run.sh sessions [--minutes=10] [--seed=N] has fifty clients of sessions change gateways all the time while faults strike a cluster under load
# one after another, for so long: each must get every second, or a true word about it. A run prints its seed. Hosts are cut off the network
# too where it runs as root with iproute2; where not, it says so. A usual run has each short fault once.
#
# KAIROS_ACCURACY_REQUESTS=100000 tests/run.sh --filter-class Kairos.Tests.EndToEnd.AccuracyTests compares percentiles over so many requests
# (about eight minutes; a usual run has a tenth of them).
#
# KAIROS_DASHBOARD_MINUTES=10 tests/run.sh --filter-class Kairos.Tests.EndToEnd.DashboardEnduranceTests watches the memory of an open page for so long
# (one minute in a usual run). Pictures of the dashboard in each of its states are under artifacts/dashboard-pictures after a run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1 TESTINGPLATFORM_NOBANNER=1

say() { printf '== %s\n' "$*"; }

setup_dotnet() {
  if ! command -v dotnet >/dev/null; then
    echo "The .NET SDK is missing: install the one that global.json names, so that 'dotnet' is on the PATH." >&2
    exit 1
  fi
  if ! dotnet --version >/dev/null 2>&1; then
    dotnet --version >&2 || true
    echo "The installed .NET SDK is not one that global.json accepts." >&2
    exit 1
  fi
}

# What is there | its Debian package | what cannot run without it.
needs() {
  cat <<'LIST'
command -v node && command -v npm|nodejs npm|the gateway is built without its dashboard; that, the guide's Node and browser clients and AsyncAPI's parser are skipped
test -x /usr/bin/chromium|chromium|the guide's browser client and all of the dashboard's tests but its units are skipped
/usr/bin/python3 -c "import websockets"|python3 python3-websockets|the guide's Python client is skipped
command -v redis-server|redis-server|the tests of a cluster on Redis are skipped
command -v faketime|faketime|the test of gateways whose clock is wrong is skipped
command -v ip && command -v nsenter|iproute2 util-linux|the test of a silo that is cut off the network is skipped
command -v haproxy|haproxy|the check of haproxy's files is skipped
test -x /usr/bin/prometheus|prometheus|the tests of Prometheus and its alerts are skipped
command -v kubectl|kubernetes-client|the test of kustomize is skipped
command -v wrk|wrk|the proxy benchmark cannot run (no test needs it)
LIST
}

setup_packages() {
  local check packages without missing=()
  while IFS='|' read -r check packages without; do
    bash -c "$check" >/dev/null 2>&1 || missing+=($packages)
  done < <(needs)
  if ((${#missing[@]})) && ((EUID == 0)) && command -v apt-get >/dev/null; then
    say "installing ${missing[*]}"
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } \
      >/dev/null </dev/null || say "could not install them"
  fi
  while IFS='|' read -r check packages without; do
    bash -c "$check" >/dev/null 2>&1 || say "$packages missing: $without"
  done < <(needs)
}

setup_clients() {
  if ! command -v npm >/dev/null; then
    # MSBuild takes it for its property.
    export Dashboard=false
    return
  fi
  # A file that npm ci writes last tells a finished installation of this very lock from none.
  local done_mark=tests/clients/node_modules/.installed
  cmp -s tests/clients/package-lock.json "$done_mark" && return 0
  say "npm ci"
  if (cd tests/clients && npm ci --no-audit --no-fund --loglevel=error </dev/null); then
    cp tests/clients/package-lock.json "$done_mark"
  else
    say "npm ci failed: the guide's Node and browser clients, axe-core and AsyncAPI's parser are skipped"
  fi
}

build() {
  say "restore"
  dotnet restore --verbosity quiet
  say "format"
  dotnet format --no-restore --verify-no-changes
  say "build"
  dotnet build -c Release --no-restore --verbosity quiet -nodeReuse:false
}

# Runs the tests and closes with the counts of the runner's own summary.
run_tests() {
  local log=artifacts/tests.log code=0 passed failed skipped
  say "test"
  artifacts/bin/Kairos.Tests/release/Kairos.Tests --no-ansi --progress off "$@" | tee "$log" || code=$?
  passed=$(count succeeded "$log") failed=$(count failed "$log") skipped=$(count skipped "$log")
  if ((code == 0 && (failed > 0 || passed == 0))); then
    code=1
  fi
  # A runner that crashed, or found no test, shows nothing in its counts.
  ((code == 0 || failed > 0)) || echo "The test runner ended with code $code."
  echo "$passed passed, $failed failed$( ((skipped == 0)) || echo ", $skipped skipped")"
  return "$code"
}

count() {
  local number
  number=$(sed -n '/^Test run summary:/,$ s/^ *'"$1"': \([0-9]*\).*/\1/p' "$2" | tail -n 1)
  echo "${number:-0}"
}

# Sets what the fault tests read from the environment.
read_fault_arguments() {
  local argument
  export KAIROS_FAULT_ROUNDS=20
  for argument in "$@"; do
    case "$argument" in
      --rounds=*) KAIROS_FAULT_ROUNDS=${argument#*=} ;;
      --seed=*) export KAIROS_FAULT_SEED=${argument#*=} ;;
      *)
        echo "faults takes --rounds=N and --seed=N, not '$argument'." >&2
        return 2
        ;;
    esac
  done
}

# Sets what the session run reads from the environment.
read_session_arguments() {
  local argument
  export KAIROS_SESSION_MINUTES=10
  for argument in "$@"; do
    case "$argument" in
      --minutes=*) KAIROS_SESSION_MINUTES=${argument#*=} ;;
      --seed=*) export KAIROS_SESSION_SEED=${argument#*=} ;;
      *)
        echo "sessions takes --minutes=N and --seed=N, not '$argument'." >&2
        return 2
        ;;
    esac
  done
}

if [[ "${1:-}" == sessions ]]; then
  read_session_arguments "${@:2}"
  set -- --filter-class Kairos.Tests.EndToEnd.SessionRunTests
elif [[ "${1:-}" == faults ]]; then
  read_fault_arguments "${@:2}"
  set -- --filter-method Kairos.Tests.EndToEnd.FaultRunTests.Totals_stay_exact_and_the_stream_goes_on_through_every_fault
fi
setup_dotnet
setup_packages
setup_clients
build
run_tests "$@"
