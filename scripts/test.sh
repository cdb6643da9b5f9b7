#!/usr/bin/env bash
# usage: test.sh [--preset PRESET]... [--lint] [-- CTEST_OPTION...]
#
# Sets up what is needed, builds, and runs every test of the release build, the unit and integration tests under
# AddressSanitizer with UndefinedBehaviorSanitizer and under ThreadSanitizer, and lint.sh without its slow part,
# tidy. With options, only what they name.
#
#   --preset PRESET  the tests of that build: release, debug, asan or tsan
#   --lint           lint.sh, tidy included
#   CTEST_OPTION     for example  -R StoreTest  runs the tests whose names match
#
# The last line counts over all of it: "N passed, N failed".

source "$(dirname "$0")/common.sh"

passed=0
failed=0
rows=()

# count NAME PASSED FAILED DETAIL
count() {
  ((passed += $2, failed += $3)) || true
  rows+=("$(printf '%-8s %5d passed, %d failed   %s' "$1" "$2" "$3" "$4")")
}

# Prints "TESTS FAILURES" of a JUnit report of CTest's. A test that did not run has not passed.
read_report() {
  /usr/bin/python3 - "$1" <<'PYTHON'
import sys, xml.etree.ElementTree as tree
cases = tree.parse(sys.argv[1]).getroot().findall("testcase")
print(len(cases), sum(case.get("status") != "run" for case in cases))
PYTHON
}

# What CTest says, without a line for each test that starts or passes.
run_ctest() { ctest "$@" | sed -u -E '/^ *Start +[0-9]+: /d; /^ *[0-9]+\/[0-9]+ Test .* Passed /d'; }

test_preset() {
  local preset=$1 report=$root/build/$1/tests.xml start=$SECONDS component=all built tests failures
  shift
  # Under a sanitizer the programs themselves are too slow for tests that watch the clock from outside, and
  # memory has other ways.
  if [[ $preset == [at]san ]]; then
    component=unit-tests
    set -- --exclude-regex '^((cli|install|scripts)\.|SeriesMemoryTest)' "$@"
  fi
  printf '\n== %s ==\n' "$preset"
  if ! "$root/scripts/build.sh" --preset "$preset" "$component"; then
    count "$preset" 0 1 "does not build"
    return
  fi
  built=$((SECONDS - start))
  rm -f "$report"
  run_ctest --preset "$preset" --parallel "$(nproc)" --output-junit "$report" "$@" || true
  if ! read -r tests failures < <(read_report "$report"); then
    count "$preset" 0 1 "its tests did not run"
    return
  fi
  count "$preset" $((tests - failures)) "$failures" "built in ${built} s, ran in $((SECONDS - start - built)) s"
}

run_lint() {
  local check start
  for check in "$@"; do
    start=$SECONDS
    printf '\n== %s ==\n' "$check"
    if "$root/scripts/lint.sh" "$check"; then
      count "$check" 1 0 "$((SECONDS - start)) s"
    else
      count "$check" 0 1 "$((SECONDS - start)) s"
    fi
  done
}

presets=()
lint=()
while (($#)); do
  case $1 in
    -h | --help) print_help && exit ;;
    --preset)
      [[ ${2:-} ]] || die_usage "--preset needs a name"
      presets+=("$2")
      shift
      ;;
    --lint) lint=(format shell tidy) ;;
    --)
      shift
      break
      ;;
    *) die_usage "no option $1" ;;
  esac
  shift
done
if ((${#presets[@]} == 0 && ${#lint[@]} == 0)); then
  presets=(release asan tsan)
  lint=(format shell)
fi

cd "$root"
"$root/scripts/setup.sh"
for preset in "${presets[@]}"; do
  test_preset "$preset" "$@"
done
if ((${#lint[@]})); then run_lint "${lint[@]}"; fi

printf '\n'
printf '%s\n' "${rows[@]}"
printf '%d passed, %d failed\n' $passed $failed
((failed == 0))
