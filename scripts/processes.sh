# Sourced by the scripts that run the tools: common.sh, and how to start and stop them together.
# shellcheck shell=bash
source "$(dirname "$0")/common.sh"

bin=$root/build/release/bin
scratch=  # a directory that the script makes before it starts the aggregator

# start COMMAND...: runs it in the background and sets `child`. It is out of the terminal's process group, so
# that Ctrl-C reaches only this script, which stops all in order; and it ends if this script is killed.
start() {
  setsid setpriv --pdeathsig TERM "$@" </dev/null &
  child=$!
}

# Asks children to end, and waits until they have; those that take longer than 10 s are killed.
stop() {
  local deadline=$((SECONDS + 10))
  (($#)) || return 0
  kill -TERM "$@" 2>/dev/null || true
  while kill -0 "$@" 2>/dev/null; do
    ((SECONDS < deadline)) || kill -KILL "$@" 2>/dev/null || true
    sleep 0.05
  done
}

# Starts the aggregator and sets `aggregator`, and `grpc`, `http` and `metrics` to the addresses that its ready
# line names.
start_aggregator() {
  local line
  mkfifo "$scratch/log"
  exec 4<>"$scratch/log"  # both ways, since opened one way a pipe waits for its other end
  exec 3<"$scratch/log"
  start "$bin/obs-aggregate" 2>&4 3<&- 4<&-
  aggregator=$child
  exec 4<&-
  while read -r line <&3; do
    printf '%s\n' "$line" >&2
    if [[ $line =~ ready\ grpc=([^ ]+)\ http=([^ ]+)\ metrics=([^ ]+) ]]; then
      # shellcheck disable=SC2034 # for the script that sources this
      grpc=${BASH_REMATCH[1]} http=${BASH_REMATCH[2]} metrics=${BASH_REMATCH[3]}
      cat <&3 >&2 &  # whatever it says later
      exec 3<&-
      return
    fi
  done
  wait "$aggregator" || exit  # it has said why
  exit 1
}
