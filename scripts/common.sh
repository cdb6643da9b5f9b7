# Sourced by the scripts beside it: strict mode, where things are, and how they speak.
# shellcheck shell=bash
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=$(basename "$0")

# The compiler cache lies in the clone like everything else that is built, unless the developer has one.
export CCACHE_DIR=${CCACHE_DIR:-$root/build/ccache}

say() { printf '%s: %s\n' "$program" "$*" >&2; }

die() {
  say "$@"
  exit 1
}

# A wrong command line: what is wrong, and where help is.
die_usage() {
  say "$* (see $program -h)"
  exit 2
}

# The help of a script is the comment that it opens with.
print_help() { sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; }

# How many compilers to run at once: one a core, and no more than fit in memory at 1.5 GiB each.
build_jobs() {
  local cores fitting
  cores=$(nproc)
  fitting=$(awk '/^MemAvailable:/ {print int($2 / (1.5 * 1024 * 1024))}' /proc/meminfo)
  ((fitting < 1)) && fitting=1
  echo $((cores < fitting ? cores : fitting))
}

# Sets `engine` to docker or podman, whichever runs here, and `compose` to the words of its compose command.
# OBS_ENGINE names one of them.
find_engine() {
  local candidate
  for candidate in ${OBS_ENGINE:-docker podman}; do
    "$candidate" info >/dev/null 2>&1 || continue
    engine=$candidate
    for compose in "$engine compose" "$engine-compose"; do
      read -ra compose <<<"$compose"
      "${compose[@]}" version >/dev/null 2>&1 && return
    done
  done
  die "needs docker with docker compose, or podman with podman-compose: neither runs here"
}
