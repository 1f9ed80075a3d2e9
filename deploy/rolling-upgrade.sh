#!/usr/bin/env bash
# rolling-upgrade.sh SERVICE...: replaces the containers of gateway or silo one after another, each by a new one that is ready before the
# old one is told to stop. (`docker compose up` replaces all of a service's containers at once, and nobody proxies meanwhile.)
# Compose's own variables (COMPOSE_FILE, COMPOSE_PROJECT_NAME, KAIROS_IMAGE, …) hold here too.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

(($# > 0)) || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }

# The containers of a service, those that do not run included.
containers() { docker compose ps --all --quiet "$1"; }

# Adds a container to so many; the cluster stays as it was if it does not get ready.
add_one() {
  local service=$1 count=$2 before failed
  before=$(containers "$service")
  docker compose up --detach --no-build --no-deps --no-recreate --wait --wait-timeout 60 --scale "$service=$((count + 1))" "$service" && return
  failed=$(containers "$service" | grep -vxF "$before" || true)
  echo "The new $service did not get ready. The upgrade stops here, the old ones run on; the new one said last:" >&2
  for container in $failed; do
    docker logs --tail 20 "$container" >&2
    docker rm --force "$container" >/dev/null
  done
  return 1
}

for service in "$@"; do
  case $service in
    gateway | silo) ;;
    *) echo "'$service' cannot be replaced one by one; it must be gateway or silo. For others: docker compose up -d --no-deps $service" >&2; exit 2 ;;
  esac
  mapfile -t old < <(docker compose ps --quiet "$service")
  ((${#old[@]} > 0)) || { echo "No $service is running; docker compose up -d starts the cluster." >&2; exit 1; }
  for container in "${old[@]}"; do
    add_one "$service" "${#old[@]}" || exit 1
    docker stop "$container" >/dev/null
    docker rm "$container" >/dev/null
    echo "$service: ${container:0:12} is replaced."
  done
done
