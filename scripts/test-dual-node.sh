#!/usr/bin/env bash
# usage: test-dual-node.sh [-h] [OPTION of obs-check ...]
#
# Checks that two nodes and an aggregator work together, from the sample that is sent to the frame and the page
# that show it. Builds the tools, starts an aggregator and two agents on free ports, runs obs-check, and stops
# them again. With --url URL among the options it starts nothing, and checks the system there.
#
#   test-dual-node.sh
#   test-dual-node.sh --url http://metrics.example.com:8080 --expect-node api/1 --expect-node api/2
#   test-dual-node.sh --output junit > dual-node.xml
#
# Exits as obs-check does: 0 if all is well, 1 if a check failed, 2 for wrong usage, 3 if nobody is there.

source "$(dirname "$0")/processes.sh"

agents=()
aggregator=

clean_up() {
  stop "${agents[@]}"
  stop ${aggregator:+"$aggregator"}
  [[ ! $scratch ]] || rm -rf "$scratch"
}

start_system() {
  local instance
  scratch=$(mktemp -d)
  trap clean_up EXIT
  # What is set for another system is not for this one.
  unset TELEMETRY_API_KEYS API_KEY AGGREGATOR_ADDR
  export GRPC_PORT=0 WS_PORT=0 METRICS_PORT=0
  start_aggregator
  for instance in 1 2; do
    start "$bin/obs-agent" --quiet --demo --service dual-node --instance "$instance" --aggregator "$grpc"
    agents+=("$child")
  done
  target=(--url "http://$http" --expect-node dual-node/1 --expect-node dual-node/2 --wait 30s)
}

target=()
is_told=
for word in "$@"; do
  case $word in
    -h | --help) print_help && exit ;;
    --url | --url=*) is_told=yes ;;
  esac
done

"$root/scripts/build.sh" tools >&2
[[ $is_told ]] || start_system
code=0
"$bin/obs-check" "${target[@]}" "$@" || code=$?
exit "$code"
