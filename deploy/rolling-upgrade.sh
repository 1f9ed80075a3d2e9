#!/usr/bin/env bash
# rolling-upgrade.sh SERVICE...: replaces the containers of gateway or silo one after another, each by a new one that is ready before the
# old one is told to stop. (`docker compose up` replaces all of a service's containers at once, and nobody proxies meanwhile.)
# Compose's own variables (COMPOSE_FILE, COMPOSE_PROJECT_NAME, KAIROS_IMAGE, …) hold here too.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

(($# > 0)) || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }

for service in "$@"; do
  case $service in
    gateway | silo) ;;
    *) echo "'$service' cannot be replaced one by one; it must be gateway or silo. For others: docker compose up -d --no-deps $service" >&2; exit 2 ;;
  esac
  mapfile -t old < <(docker compose ps --quiet "$service")
  ((${#old[@]} > 0)) || { echo "No $service is running; docker compose up -d starts the cluster." >&2; exit 1; }
  for container in "${old[@]}"; do
    if ! docker compose up --detach --no-build --no-deps --no-recreate --wait --scale "$service=$((${#old[@]} + 1))" "$service"; then
      echo "A new $service did not get ready, so the upgrade stops here: docker compose logs $service says why. The old ones run on." >&2
      exit 1
    fi
    docker stop "$container" >/dev/null
    docker rm "$container" >/dev/null
    echo "$service: ${container:0:12} is replaced."
  done
done
