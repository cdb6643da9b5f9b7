#!/usr/bin/env bash
# usage: setup.sh [-h] [--build-only] [PACKAGE]...
#
# Installs the Debian packages that this project is built, tested and tried out with, and those named. Does nothing,
# and needs no rights, when all are there; otherwise needs root or sudo, and network to Debian's packages.
#
#   --build-only  only what compiling and packaging the tools needs, without Node.js
#   PACKAGE       one more, such as victoria-metrics; services that come along do not start

source "$(dirname "$0")/common.sh"

build_packages=(
  g++ cmake make ninja-build ccache pkg-config
  protobuf-compiler protobuf-compiler-grpc libprotobuf-dev libgrpc++-dev libabsl-dev
  libboost1.81-dev libcli11-dev nlohmann-json3-dev libspdlog-dev libfmt-dev libre2-dev libsnappy-dev libisal-dev
  prometheus-cpp-dev
  dpkg-dev file
)

work_packages=(
  # test; chromium is for the dashboard
  chromium
  libgtest-dev libgmock-dev python3 python3-grpcio python3-protobuf python3-websockets python3-yaml python3-jsonschema
  # what the tools' completions and man pages are tested with
  bash bash-completion zsh fish mandoc
  # lint and fuzz
  git clang-14 clang-tidy-14 clang-format-14 libclang-rt-14-dev shellcheck
  # the commands that the README tries: vmstat, jq, promtool (in prometheus), and an awk that does not
  # hold back lines from a pipe
  curl jq procps gawk prometheus
)

# What builds the dashboard. Debian's npm brings hundreds of packages: one from elsewhere is as good.
if ! { command -v node && command -v npm; } >/dev/null; then work_packages+=(nodejs npm); fi

# dpkg-query fails if it has never heard of one of them.
installed_packages() {
  dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null || true
}

missing_packages() {
  comm -23 <(printf '%s\n' "${packages[@]}" | sort -u) <(installed_packages | sed -n 's/^installed //p' | sort -u)
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  else
    sudo "$@"
  fi
}

# Services stay off: only programs are wanted, and Debian's prometheus would take port 9090.
readonly policy=/usr/sbin/policy-rc.d
forbid_services() {
  [[ -e $policy ]] && return
  printf '#!/bin/sh\nexit 101\n' | as_root install -m 755 /dev/stdin $policy
  trap 'as_root rm -f $policy' EXIT
}

# disable_services PACKAGE...: what has just been installed does not start with the machine either.
disable_services() {
  local service
  command -v systemctl >/dev/null || return 0
  for service in prometheus victoria-metrics; do
    if [[ " $* " == *" $service "* ]]; then as_root systemctl disable --quiet "$service.service" || true; fi
  done
}

# apt_get ARG...: never asks, waits for another apt to finish, and shows what it says only if it fails.
apt_get() {
  local log
  log=$(mktemp)
  if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
    "$@" </dev/null >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    rm -f "$log"
    die "apt-get $1 failed"
  fi
  rm -f "$log"
}

packages=("${build_packages[@]}" "${work_packages[@]}")
while (($#)); do
  case $1 in
    -h | --help) print_help && exit ;;
    --build-only) packages=("${build_packages[@]}") ;;
    -*) die_usage "no option $1" ;;
    *) break ;;
  esac
  shift
done
packages+=("$@")

command -v dpkg-query >/dev/null || die "needs a Debian machine: there is no dpkg here"
mapfile -t missing < <(missing_packages)
((${#missing[@]})) || exit 0
((EUID == 0)) || command -v sudo >/dev/null || die "to install packages, run it as root or install sudo: ${missing[*]}"

say "installing ${#missing[@]} Debian packages: ${missing[*]}"
apt_get update
forbid_services
apt_get install --no-install-recommends "${missing[@]}"
disable_services "${missing[@]}"
