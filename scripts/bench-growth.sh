#!/usr/bin/env bash
# usage: bench-growth.sh [--series N,...] [--watchers N,...] [--duration DURATION]
#
# Measures how the aggregator's costs grow with series and with watchers, on this machine, and prints tables in
# Markdown.
#
#   --series N,...       numbers of series (default: 100,1000,10000,100000,1000000)
#   --watchers N,...     numbers of watchers (default: 1,10,100,500,1000,1500,2000)
#   --duration DURATION  how long each is loaded (default: 5s)
#
# Builds what is needed. Takes about three minutes, in which nothing else should run. Ends with 1 if anything was lost.

source "$(dirname "$0")/common.sh"

series=100,1000,10000,100000,1000000
watchers=1,10,100,500,1000,1500,2000
duration=5s

while (($#)); do
  case $1 in
    -h | --help) print_help && exit ;;
    --series | --watchers | --duration)
      [[ ${2:-} ]] || die_usage "$1 needs a value"
      printf -v "${1#--}" '%s' "$2"
      shift
      ;;
    *) die_usage "no option $1" ;;
  esac
  shift
done
for list in "$series" "$watchers"; do
  [[ $list =~ ^[1-9][0-9]*(,[1-9][0-9]*)*$ ]] || die_usage "$list is no list of numbers"
done
[[ $duration =~ ^[0-9.]+(ms|s|m)$ ]] || die_usage "--duration $duration is none such as 5s"

"$root/scripts/build.sh" bench >&2
"$root/scripts/build.sh" aggregator >&2

# bench ARGUMENT...: what obs-bench found, as JSON.
bench() {
  say "obs-bench $*"
  "$root/build/release/bin/obs-bench" --output json "$@" || die "obs-bench failed"
}

print_heading() {
  printf '%s, %s with %d cores, Linux %s. %s. Runs of %s.\n' \
    "$(date --utc +%F)" "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(uname -r)" \
    "$("$root/build/release/bin/obs-bench" --version)" "$duration"
}

# Three significant digits.
readonly digits='def digits: if . == null then "-" elif . >= 100 then round elif . >= 10 then . * 10 | round / 10
  elif . >= 1 then . * 100 | round / 100 else . * 1000 | round / 1000 end | tostring;'

print_heading
cat <<'EOF'

| series | ingest | server CPU a sample | tick, p50 | tick, p99 | scrape | of that, writing the page | memory |
|--:|--:|--:|--:|--:|--:|--:|--:|
EOF
for n in ${series//,/ }; do
  {
    bench ingest --series "$n" --duration "$duration"
    # One metric of at most 100 series is watched while all series change.
    bench mixed --series "$n" --rate 1000000 --watchers 1 --duration "$duration"
    bench scrape --series "$n" --scrapes 5
  } | jq --slurp --raw-output "$digits"'
    (map({(.bench): .}) | add) as $of
    | "| \($of.scrape.series) | \($of.ingest.samples_per_second / 1e6 | digits) M/s" +
      " | \($of.ingest.server_cpu_ns_per_sample | digits) ns" +
      " | \($of.mixed.tick_duration_p50_ms | digits) ms | \($of.mixed.tick_duration_p99_ms | digits) ms" +
      " | \($of.scrape.scrape_ms | digits) ms | \($of.scrape.exposition_ms | digits) ms" +
      " | \($of.scrape.server_resident_bytes / 1048576 | digits) MiB |"'
done
cat <<'EOF'

| watchers | frames/s | of those wanted | server CPU a frame | tick, p50 | tick, p99 | tick late, p99 | memory |
|--:|--:|--:|--:|--:|--:|--:|--:|
EOF
for n in ${watchers//,/ }; do
  bench fanout --watchers "$n" --duration "$duration" | jq --raw-output "$digits"'
    "| \(.watchers) | \(.frames_per_second | digits) | \(100 * .frames_per_second / .frames_wanted_per_second | digits) %" +
    " | \(.server_cpu_ns_per_frame / 1000 | digits) us" +
    " | \(.tick_duration_p50_ms | digits) ms | \(.tick_duration_p99_ms | digits) ms" +
    " | \(.tick_lateness_p99_ms | digits) ms | \(.server_resident_bytes / 1048576 | digits) MiB |"'
done
cat <<'EOF'

**Series**: the compact form over 2 connections in batches of 1,000, as fast as it is taken; the tick while a million samples a second
change all series and one metric is watched at 60 Hz; a scrape over HTTP of all of them; memory with what the run left in
history. **Watchers**: all of the same eight series at 60 Hz, in frames of 2 kB; a tick finds what changed and makes the frames, which
other threads then write. Client and server share the machine.
EOF
