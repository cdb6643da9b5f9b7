#!/usr/bin/env bash
# usage: lint.sh [format|shell|tidy]...
#
# Reads the code without running it. Without arguments, all of:
#
#   format  clang-format would change nothing (apply it with: git ls-files '*.cc' '*.h' | xargs clang-format-14 -i)
#   shell   shellcheck finds nothing in the scripts
#   tidy    clang-tidy finds nothing in libobs and tools, among it what Clang's thread-safety analysis sees
#
# The last configures a build of its own, since Clang cannot read what GCC precompiled.

source "$(dirname "$0")/common.sh"

# Prints NUL-separated the files that are, or are about to be, under version control.
files() { git ls-files -z --cached --others --exclude-standard -- "$@"; }

run_check() {
  case $1 in
    format) files '*.cc' '*.h' | xargs -0 clang-format-14 --dry-run --Werror ;;
    shell)
      files '*.sh' .ci/run compose/obs-health scripts/package/{postinst,prerm,postrm} | xargs -0 shellcheck
      ;;
    tidy)
      "$root/scripts/setup.sh" && cmake --preset tidy --log-level=WARNING &&
        cmake --build --preset tidy --target obs_proto &&
        run-clang-tidy-14 -quiet -j "$(build_jobs)" -p build/tidy "^$root/(libobs|tools)/" 2>&1 |
        sed -E '/^clang-tidy-14 |^[0-9]+ warnings? .*generated\.$/d'
      ;;
  esac
}

checks=()
while (($#)); do
  case $1 in
    -h | --help) print_help && exit ;;
    format | shell | tidy) checks+=("$1") ;;
    *) die_usage "no check $1" ;;
  esac
  shift
done
((${#checks[@]})) || checks=(format shell tidy)

cd "$root"
status=0
for check in "${checks[@]}"; do
  if run_check "$check"; then
    say "$check: passed"
  else
    say "$check: FAILED"
    status=1
  fi
done
exit $status
