#!/usr/bin/env bash
# usage: mac-deploy.sh [--dry-run] [--uninstall] [--aggregator HOST:PORT] [--api-key-file FILE]
#
# On macOS: installs what is needed with Homebrew, compiles the tools, installs them below ~/.local/obs, and has launchd
# run obs-agent for this user, now and after every login. Run again, it updates what is there.
#
#   --aggregator HOST:PORT  where the agent sends to (localhost:9000)
#   --api-key-file FILE     file whose first line is the key that it presents; it stays where it is
#   --uninstall             stops the agent, and removes what this has installed
#   --dry-run               prints what would be run and written, and does nothing; also elsewhere than on macOS
#
# The agent's configuration, ~/.local/obs/etc/agent.toml, is written once and then left alone.
# Its log is ~/Library/Logs/obs-agent.log.

# macOS has bash 3.2: no mapfile, and under `set -u` no empty arrays.
source "$(dirname "$0")/common.sh"

readonly label=io.obs.agent
readonly prefix=$HOME/.local/obs
readonly config=$prefix/etc/agent.toml
readonly service=$HOME/Library/LaunchAgents/$label.plist
readonly log=$HOME/Library/Logs/obs-agent.log
readonly build=$root/build/mac
readonly packages="cmake ninja pkg-config abseil boost cli11 fmt grpc nlohmann-json openssl@3 prometheus-cpp protobuf re2 snappy spdlog"

dry_run=
aggregator=localhost:9000
api_key_file=

# run COMMAND...: runs it, or says that it would.
run() {
  if [[ $dry_run ]]; then
    printf '+'
    printf ' %q' "$@"
    printf '\n'
  else
    "$@"
  fi
}

# write FILE: what comes on stdin.
write() {
  if [[ $dry_run ]]; then
    printf '+ write %q\n' "$1"
    sed 's/^/  | /'
  else
    mkdir -p "$(dirname "$1")"
    cat >"$1"
  fi
}

xml() { printf '%s' "$1" | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g'; }

print_config() {
  printf '# Every long option of obs-agent(1) can stand here, without its dashes. After a change:\n'
  printf '#   launchctl kickstart -k gui/%s/%s\n\n' "$UID" "$label"
  printf 'aggregator = "%s"\ninstance = "host"\n' "$aggregator"
  [[ ! $api_key_file ]] || printf 'api-key-file = "%s"\n' "$api_key_file"
}

print_service() {
  cat <<PLIST
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>$label</string>
  <key>ProgramArguments</key>
  <array>
    <string>$(xml "$prefix")/bin/obs-agent</string>
    <string>--config</string>
    <string>$(xml "$config")</string>
  </array>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <true/>
  <key>ThrottleInterval</key>
  <integer>10</integer>
  <key>ProcessType</key>
  <string>Background</string>
  <key>StandardErrorPath</key>
  <string>$(xml "$log")</string>
</dict>
</plist>
PLIST
}

stop_service() {
  # It fails where nothing is loaded.
  if [[ $dry_run ]] || launchctl print "gui/$UID/$label" >/dev/null 2>&1; then run launchctl bootout "gui/$UID/$label"; fi
}

install() {
  local homebrew=/opt/homebrew
  if command -v brew >/dev/null; then homebrew=$(brew --prefix); fi
  # shellcheck disable=SC2086  # words
  run brew install $packages
  run cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release "-DCMAKE_INSTALL_PREFIX=$prefix" \
    "-DCMAKE_PREFIX_PATH=$homebrew;$homebrew/opt/openssl@3" -DOBS_BUILD_TESTS=OFF -DOBS_BUILD_DASHBOARD=OFF \
    -DOBS_WARNINGS_AS_ERRORS=OFF
  run cmake --build "$build"
  stop_service
  run cmake --install "$build"
  if [[ $dry_run || ! -e $config ]]; then print_config | write "$config"; fi
  print_service | write "$service"
  run launchctl bootstrap "gui/$UID" "$service"
  say "obs-agent sends to $aggregator; its log is $log"
}

uninstall() {
  stop_service
  run rm -f "$service" "$log"
  run rm -rf "$prefix"
  say "removed; what Homebrew installed stays"
}

action=install
while (($#)); do
  case $1 in
    -h | --help) print_help && exit ;;
    --dry-run) dry_run=yes ;;
    --uninstall) action=uninstall ;;
    --aggregator | --api-key-file)
      [[ ${2:-} ]] || die_usage "$1 needs a value"
      if [[ $1 == --aggregator ]]; then aggregator=$2; else api_key_file=$2; fi
      shift
      ;;
    *) die_usage "unexpected argument $1" ;;
  esac
  shift
done

[[ ! $api_key_file || -r $api_key_file ]] || die_usage "cannot read the key file $api_key_file"
if [[ $api_key_file == [!/]* ]]; then api_key_file=$PWD/$api_key_file; fi
if [[ ! $dry_run ]]; then
  [[ $(uname) == Darwin ]] || die "this is not macOS; --dry-run shows what it would do there"
  command -v brew >/dev/null || die "needs Homebrew: https://brew.sh"
fi
$action
