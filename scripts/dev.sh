#!/usr/bin/env bash
# usage: dev.sh [-h] [--compose [SERVICE]...]
#
# Sets up what is needed, builds the tools, and runs obs-aggregate with two agents to watch: one measures
# this machine, one simulates a service. Prints every URL and what to try; stops all on Ctrl-C.
#
#   --compose  the same in containers, with Prometheus and Grafana: compose/docker-compose.dev.yml, or only these
#              of its services. Needs docker or podman with compose, and curl; removes all of it at the end
#
# The ports are GRPC_PORT (9000), WS_PORT (8080) and METRICS_PORT (9100); obs-aggregate reads more from its
# environment. While it runs, the tools are linked into OBS_LINK_DIR (/usr/local/bin) for other terminals;
# without the rights to do so, it prints the PATH that they need.
#
# With --compose there are PROMETHEUS_PORT (9090) and GRAFANA_PORT (3001) too; OBS_IMAGE names an image of the
# tools to run instead of building one, OBS_ENGINE the engine, docker or podman.

# A shell's background jobs ignore Ctrl-C, and a shell cannot heed again what it was started to ignore.
if [[ ! ${OBS_DEV_HEEDS_SIGNALS:-} ]]; then
  OBS_DEV_HEEDS_SIGNALS=1 exec env --default-signal=INT "$BASH" "$0" "$@"
fi

source "$(dirname "$0")/processes.sh"

link_dir=${OBS_LINK_DIR:-/usr/local/bin}
links=()
link_as=()  # what runs a command with the rights to link: nothing, or sudo
agents=()
aggregator=
logs=

clean_up() {
  trap '' INT TERM
  stop "${agents[@]}"
  stop ${aggregator:+"$aggregator"}
  ((${#links[@]} == 0)) || "${link_as[@]}" rm -f "${links[@]}" || say "could not remove ${links[*]}"
  [[ ! $scratch ]] || rm -rf "$scratch"
}

# Links the tools to where every terminal finds them. What somebody installed there stays.
link_tools() {
  local tool link
  if [[ ! -w $link_dir ]]; then
    sudo -n true 2>/dev/null || return 0
    link_as=(sudo -n)
  fi
  for tool in "$bin"/obs-*; do
    link=$link_dir/${tool##*/}
    if [[ -L $link || ! -e $link ]]; then
      "${link_as[@]}" ln -sf "$tool" "$link"
      links+=("$link")
    fi
  done
}

start_agents() {
  export AGGREGATOR_ADDR=$grpc
  start "$bin/obs-agent" --collect host
  agents+=("$child")
  start env SERVICE_NAME=demo "$bin/obs-agent" --demo
  agents+=("$child")
}

# print_guide NAME=URL...: what else runs.
print_guide() {
  cat <<GUIDE

Running. Ctrl-C stops it.

  page         http://$http/
  health       http://$http/health
  series       http://$http/api/v1/series
  history      http://$http/api/v1/history?match=node_load1
  status       http://$http/api/v1/status
  live         ws://$http/ws
  metrics      http://$metrics/metrics
GUIDE
  (($# == 0)) || printf '  %-12s %s\n' "$@"
  cat <<GUIDE
  send to      $grpc (gRPC)

Try in another terminal:
GUIDE
}

print_native_trials() {
  if ((${#links[@]} == 0)); then printf "\n  export PATH=%q:\"\$PATH\"\n" "$bin"; fi
  cat <<'GUIDE'

  obs-tail
  obs-tail 'demo_requests_total{service="demo"}' --output json --count 100 | jq .
  vmstat -n 1 | awk 'NR>2 {print "gauge vm_free_kb", $4; fflush()}' | obs-send
  obs-send histogram response_time_ms 23.5 -l route=/login
GUIDE
  printf '  curl -s %s/health; curl -s %s/metrics | promtool check metrics\n\n' "$http" "$metrics"
}

run_native() {
  "$root/scripts/build.sh" tools
  scratch=$(mktemp -d)
  trap clean_up EXIT
  trap 'exit 0' INT TERM
  start_aggregator
  start_agents
  link_tools
  # What a browser and a person would write for the loopback address.
  grpc=${grpc/#127.0.0.1:/localhost:} http=${http/#127.0.0.1:/localhost:} metrics=${metrics/#127.0.0.1:/localhost:}
  print_guide
  print_native_trials

  local ended name code=0
  wait -n -p ended "$aggregator" "${agents[@]}" || code=$?
  case $ended in
    "$aggregator") name=aggregator ;;
    "${agents[0]}") name="host agent" ;;
    *) name="demo agent" ;;
  esac
  die "the $name ended with exit code $code, so everything stops"
}

# ---- In containers ----

project() {
  "${compose[@]}" -p "${COMPOSE_PROJECT_NAME:-obs-dev}" -f "$root/compose/docker-compose.dev.yml" "$@" >&2
}

remove_project() {
  trap '' INT TERM
  [[ ! $logs ]] || kill "$logs" 2>/dev/null || true
  project down --volumes || say "could not remove all of it"
}

await_health() {
  local deadline=$((SECONDS + 60))
  until curl --silent --fail --output /dev/null "http://$http/health"; do
    if ((SECONDS > deadline)); then
      project logs aggregator || true
      die "http://$http/health does not answer"
    fi
    sleep 0.2
  done
}

# run_in_containers SERVICE...
run_in_containers() {
  grpc=localhost:${GRPC_PORT:-9000} http=localhost:${WS_PORT:-8080} metrics=localhost:${METRICS_PORT:-9100}
  find_engine
  if [[ ! ${OBS_IMAGE:-} ]]; then BUILDAH_FORMAT=docker project build aggregator; fi
  trap remove_project EXIT
  trap 'exit 0' INT TERM
  project up -d "$@"
  await_health
  print_guide prometheus "http://localhost:${PROMETHEUS_PORT:-9090}/" grafana "http://localhost:${GRAFANA_PORT:-3001}/"
  local enter="${compose[*]} -p ${COMPOSE_PROJECT_NAME:-obs-dev} -f compose/docker-compose.dev.yml"
  printf '\n  %s exec aggregator obs-tail\n\n' "$enter"
  project logs -f aggregator &
  logs=$!
  wait "$logs" || true
  die "the aggregator ended, so everything stops"
}

case ${1:-} in
  -h | --help) print_help ;;
  --compose) run_in_containers "${@:2}" ;;
  "") run_native ;;
  *) die_usage "unexpected argument $1" ;;
esac
