# Makes tables of the runs of bench-peers.sh.

def median: sort | (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2;

# Three significant digits.
def digits:
  if . >= 100 then round elif . >= 10 then . * 10 | round / 10 else . * 100 | round / 100 end | tostring;

def row: "| " + join(" | ") + " |";

# The median of what `ours` has in each round by what `theirs` has in the same.
def ratio(ours; theirs; f):
  [ours, theirs] | map(sort_by(.round)) | transpose | map(f) | median | digits;

# Rows of the servers that were sent as many samples of each series at once.
def ingest_rows:
  (map(select(.system == "obs, compact form"))) as $ours
  | group_by([(.system | startswith("obs") | not), .system])[]  # ours first
  | . as $runs
  | [ .[0].system,
      (.[0].samples_a_series | tostring),
      (map(.samples_per_second) | median / 1e6 | digits) + " M",
      (map(.server_cpu_ns_per_sample) | median | digits) + " ns",
      (map(.client_cpu_ns_per_sample) | median | digits) + " ns",
      (map(.server_resident_bytes) | median / 1048576 | round | tostring) + " MiB",
      ratio($ours; $runs; .[0].samples_per_second / .[1].samples_per_second),
      ratio($ours; $runs; .[1].server_cpu_ns_per_sample / .[0].server_cpu_ns_per_sample) ]
  | row;

# Operations of obs beside prometheus-cpp's.
def beside_row($name; ours; theirs; unit):
  [ $name,
    (map(ours) | median | digits) + unit,
    (map(theirs) | median | digits) + unit,
    (map(theirs / ours) | median | digits) ]
  | row;

[
  "",
  "| server | samples a series | samples/s | server CPU a sample | client CPU a sample | server memory | obs, times faster | obs, times less CPU |",
  "|---|--:|--:|--:|--:|--:|--:|--:|",
  (map(select(.bench == "ingest" or .bench == "remote-write")) | group_by(-.samples_a_series)[] | ingest_rows),
  "",
  "| | obs | prometheus-cpp | obs, times faster |",
  "|---|--:|--:|--:|",
  ( [.[] | select(.bench == "record") | .cases[]]
    | group_by([.operation, .threads])[]
    | beside_row("\(.[0].operation), threads: \(.[0].threads)"; .ns_per_op; .prometheus_cpp_ns_per_op; " ns") ),
  ( map(select(.bench == "scrape")) | select(length > 0)
    | beside_row("exposition of \(.[0].series) series"; .exposition_ms; .prometheus_cpp_exposition_ms; " ms") )
]
| .[]
