#!/usr/bin/env bash
# Run by test_containers.py in a clean container: the package of /package is installed, used, upgraded, removed and purged.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

fail() {
  echo "package_life.sh: $*" >&2
  exit 1
}

# Files of this machine that are neither the system's own notes nor other packages'.
all_files() { find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path '/var/*' -o -path /run \) -prune -o -print | sort; }

apt-get update -qq
apt-get install -y -qq --no-install-recommends systemd adduser procps >/dev/null 2>&1 || fail "cannot install systemd"

echo "== install"
apt-get install -y -qq --no-install-recommends /package/*.deb >/tmp/log 2>&1 || { cat /tmp/log; fail "does not install"; }
dpkg --verify obs || fail "is not installed as it was packed"
id obs
mapfile -t tools < <(dpkg -L obs | grep ^/usr/bin/)
((${#tools[@]} >= 5)) || fail "holds only ${tools[*]}"
for tool in "${tools[@]}"; do "$tool" --version; done
for tool in "${tools[@]}"; do
  ! ldd "$tool" | grep "not found" || fail "$tool misses a library"
done

echo "== services"
systemd-analyze verify --man=no /usr/lib/systemd/system/obs-*.service || fail "a service is not valid"
# From 0, locked up, to 100, open.
systemd-analyze security --offline=yes --threshold=15 obs-aggregate.service >/tmp/log || { cat /tmp/log; fail "too open"; }
systemd-analyze security --offline=yes --threshold=35 obs-agent.service >/tmp/log || { cat /tmp/log; fail "too open"; }

# command_of SERVICE: what it runs.
command_of() { sed -n 's/^ExecStart=//p' "/usr/lib/systemd/system/$1"; }

echo "== use, as the services do"
install -m 600 -o obs /dev/null /etc/obs/api-keys
echo not-so-secret >/etc/obs/api-keys
sed -i 's/^# api-keys-file/api-keys-file/' /etc/obs/aggregate.toml
echo 'api-key-file = "/etc/obs/api-keys"' >>/etc/obs/agent.toml
read -ra aggregator < <(command_of obs-aggregate.service)
read -ra agent < <(command_of obs-agent.service)
setpriv --reuid obs --regid obs --clear-groups "${aggregator[@]}" 2>/tmp/aggregator &
for _ in {1..200}; do
  ! grep -q ready /tmp/aggregator || break
  sleep 0.05
done
grep ready /tmp/aggregator || { cat /tmp/aggregator; fail "the aggregator is not ready"; }
setpriv --reuid obs --regid obs --clear-groups "${agent[@]}" &
API_KEY=not-so-secret timeout 30 obs-tail --output json --count 1 'node_load1{instance="host"}' || fail "nothing from the agent"
kill %2
wait %2
kill %1
wait %1
compgen -G '/var/lib/obs/aggregate/*.journal' >/dev/null || fail "the aggregator has kept nothing"

echo "== upgrade"
dpkg -i /package/*.deb >/tmp/log 2>&1 || { cat /tmp/log; fail "cannot be upgraded"; }
grep -q '^api-keys-file' /etc/obs/aggregate.toml || fail "an upgrade changes what its owner has configured"

echo "== remove"
dpkg -L obs | sort >/tmp/packed
all_files >/tmp/before
dpkg --remove obs >/tmp/log 2>&1 || { cat /tmp/log; fail "cannot be removed"; }
for tool in "${tools[@]}"; do [[ ! -e $tool ]] || fail "$tool is left"; done
[[ -e /etc/obs/api-keys && -e /etc/obs/agent.toml ]] || fail "removes what its owner has configured"
dpkg --purge obs >/tmp/log 2>&1 || { cat /tmp/log; fail "cannot be purged"; }
all_files >/tmp/after
# Directories that other packages have too stay.
comm -12 /tmp/packed /tmp/after | while read -r path; do [[ -d $path ]] || echo "$path"; done >/tmp/left
[[ ! -s /tmp/left ]] || { cat /tmp/left; fail "leaves files behind"; }
[[ ! -e /etc/obs ]] || fail "leaves /etc/obs behind"
[[ ! -e /var/lib/obs ]] || fail "leaves /var/lib/obs behind"
echo "== gone"
