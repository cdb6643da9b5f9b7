#!/usr/bin/env bash
# usage: bench-peers.sh [--rounds N] [--duration DURATION]
#
# Measures obs beside its peers from Debian, on this machine, and prints tables in Markdown:
#
#   ingest      the same 10,000 series and values to obs-aggregate, VictoriaMetrics and Prometheus
#   recording   obs::Agent beside prometheus-cpp
#   exposition  a page of 100,000 series, obs-aggregate's beside prometheus-cpp's
#
#   --rounds N           how often each is measured, in turns (default: 5); the tables have the medians
#   --duration DURATION  how long each is loaded (default: 5s)
#
# Sets up what is needed, builds, and takes about a minute a round. Nothing else should run meanwhile. Ends with 1 if
# anything was lost or refused.

source "$(dirname "$0")/common.sh"

readonly series=10000 streams=2 page_series=100000
rounds=5
duration=5s

while (($#)); do
  case $1 in
    -h | --help) print_help && exit ;;
    --rounds | --duration)
      [[ ${2:-} ]] || die_usage "$1 needs a value"
      if [[ $1 == --rounds ]]; then rounds=$2; else duration=$2; fi
      shift
      ;;
    *) die_usage "no option $1" ;;
  esac
  shift
done
[[ $rounds =~ ^[1-9][0-9]*$ ]] || die_usage "--rounds $rounds is no number"
[[ $duration =~ ^[0-9.]+(ms|s|m)$ ]] || die_usage "--duration $duration is none such as 5s"

"$root/scripts/setup.sh" victoria-metrics
"$root/scripts/build.sh" bench >&2
"$root/scripts/build.sh" aggregator >&2

work=$(mktemp -d)
server=
load=
# Their data is thrown away, so servers need not close it.
clean_up() {
  if [[ $load ]]; then kill "$load" 2>/dev/null || true; fi
  if [[ $server ]]; then kill -KILL "$server" 2>/dev/null || true; fi
  wait
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# bench SYSTEM SAMPLES ARGUMENT...: runs obs-bench, and keeps what it found as that of SYSTEM.
bench() {
  local system=$1 samples=$2
  shift 2
  say "round $round of $rounds: $system, obs-bench $1"
  # In the background, so that a signal is not kept waiting.
  "$root/build/release/bin/obs-bench" --output json "$@" >"$work/run.json" &
  load=$!
  wait "$load" || die "obs-bench failed"
  load=
  jq --compact-output --arg system "$system" --argjson samples_a_series "$samples" --argjson round "$round" \
    '. + {$system, $samples_a_series, $round}' "$work/run.json" >>"$work/runs"
}

free_port() {
  /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

start_victoria_metrics() {
  victoria-metrics -storageDataPath="$work/data" -httpListenAddr="$address" -retentionPeriod=1d -loggerLevel=ERROR \
    >"$work/log" 2>&1 &
  server=$!
}

start_prometheus() {
  : >"$work/prometheus.yml"  # scrapes nothing
  prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/data" --web.listen-address="$address" \
    --web.enable-remote-write-receiver --storage.tsdb.retention.time=1d --log.level=error >"$work/log" 2>&1 &
  server=$!
}

await_server() {
  local deadline=$((SECONDS + 30))
  until curl --silent --fail --output /dev/null "http://$address/metrics"; do
    if ! kill -0 "$server" 2>/dev/null || ((SECONDS > deadline)); then
      tail -n 20 "$work/log" >&2
      die "the server did not start"
    fi
    sleep 0.1
  done
}

stop_server() {
  kill -KILL "$server"
  wait "$server" 2>/dev/null || true
  server=
  rm -rf "$work/data"
}

# peer NAME SAMPLES START COUNTER: loads a new server, and asks it by its metric COUNTER whether it has all.
peer() {
  local name=$1 samples=$2 start=$3 counter=$4 sent taken
  address=127.0.0.1:$(free_port)
  "$start"
  await_server
  bench "$name" "$samples" remote-write --url "http://$address/api/v1/write" --server-pid "$server" \
    --series $series --samples "$samples" --streams $streams --duration "$duration"
  sent=$(jq ".samples + $series" "$work/run.json")  # one of each before the run
  taken=$(curl --silent --fail "http://$address/metrics" |
    awk -v counter="$counter" 'index($1, counter) == 1 {sum += $2} END {printf "%d", sum}')
  stop_server
  ((sent == taken)) || die "$name acknowledged $sent samples, but counts $taken"
}

measure_round() {
  local samples
  for samples in 10 1; do
    # A batch holds what a request to the others holds.
    bench "obs, compact form" "$samples" ingest --series $series --streams $streams \
      --batch $((samples * series / streams)) --duration "$duration"
    peer VictoriaMetrics "$samples" start_victoria_metrics 'vm_rows_inserted_total{type="promremotewrite"}'
    peer Prometheus "$samples" start_prometheus prometheus_tsdb_head_samples_appended_total
  done
  bench "obs, simple form" 1 ingest --form simple --series $series --streams $streams --duration "$duration"
  bench obs 1 record --duration "$duration"
  bench obs 1 scrape --series $page_series --scrapes 5 --beside-prometheus-cpp
}

version_of() { dpkg-query --show --showformat='${Version}' "$1"; }

print_heading() {
  printf '%s, %s with %d cores, Linux %s. %s, VictoriaMetrics %s, Prometheus %s, prometheus-cpp %s.\n' \
    "$(date --utc +%F)" "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(uname -r)" \
    "$("$root/build/release/bin/obs-bench" --version)" \
    "$(version_of victoria-metrics)" "$(version_of prometheus)" "$(version_of prometheus-cpp-dev)"
  printf 'Medians of %d interleaved rounds of %s; ratios are those of each round.\n' "$rounds" "$duration"
}

read -r busy _ </proc/loadavg
if [[ ${busy%.*} -gt 0 ]]; then say "load average is $busy: others are at work here, and figures will be worth little"; fi
for ((round = 1; round <= rounds; ++round)); do measure_round; done
print_heading
jq --slurp --raw-output --from-file "$root/scripts/bench-peers.jq" "$work/runs"
cat <<EOF

**Ingest**: $series series with 4 labels and the same values, over $streams connections on the loopback, as fast as each server
takes them. VictoriaMetrics and Prometheus: remote write with Snappy; a request has so many samples of each of
$((series / streams)) series, and the next is ready while it is answered. obs-aggregate: gRPC; in the compact form a batch has what a
request to the others has; in the simple form each of a batch's 1,000 samples is a message with its own name and labels. Each server is new, and knows the series when
the clock starts. Every sample counted is acknowledged, and by the server's own count taken in. CPU is what the server's
process used until then, memory what it had resident at the end. obs-aggregate keeps 15 minutes, in memory; the others
write to disk too, for good.

**Recording**: time an operation of one thread, turn by turn. **Exposition**: collecting and writing the text of $page_series series,
without HTTP.
EOF
