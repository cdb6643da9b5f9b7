#!/usr/bin/env bash
# usage: build.sh [--preset PRESET] [COMPONENT]
#
# Sets up what is needed, and builds into build/PRESET: programs to bin/, libobs to lib/.
#
#   --preset PRESET  release (default), debug, asan, tsan or fuzz
#   COMPONENT        all (default)   everything
#                    library         libobs
#                    tools           every tool
#                    aggregator, agent, send, tail ...
#                                    one tool: NAME builds tools/obs-NAME
#                    dashboard       the page that obs-aggregate serves at /, which is part of that program
#                    tests           the test programs, and the tools that they run
#                    unit-tests      the test programs that run no tool
#                    package         a Debian package of all of it, in build/PRESET
#                    image           obs:VERSION, a container image; needs docker or podman and nothing else

source "$(dirname "$0")/common.sh"

# The build targets of a component, one a line.
targets_of() {
  case $1 in
    all | package) echo all ;;
    library) echo obs ;;
    tools) find "$root/tools" -mindepth 1 -maxdepth 1 -name 'obs-*' -printf '%f\n' ;;
    aggregator | dashboard) echo obs-aggregate ;;
    tests) echo obs_tests && targets_of tools ;;
    unit-tests) echo obs_tests ;;
    *)
      [[ -d $root/tools/obs-$1 ]] || die_usage "no component $1"
      echo "obs-$1"
      ;;
  esac
}

preset=release
component=all
while (($#)); do
  case $1 in
    -h | --help) print_help && exit ;;
    --preset)
      preset=${2:-}
      [[ $preset ]] || die_usage "--preset needs a name"
      shift
      ;;
    -*) die_usage "no option $1" ;;
    *) component=$1 ;;
  esac
  shift
done

if [[ $component == image ]]; then
  find_engine
  [[ $(<"$root/CMakeLists.txt") =~ project\(obs\ VERSION\ ([0-9.]+) ]]
  # Podman's own format has no health check.
  BUILDAH_FORMAT=docker exec "$engine" build -f "$root/compose/Dockerfile" -t "obs:${BASH_REMATCH[1]}" "$root"
fi

mapfile -t targets < <(targets_of "$component")
((${#targets[@]})) || exit 2  # targets_of has said why
"$root/scripts/setup.sh"
cd "$root"
cmake --preset "$preset" --log-level=WARNING
cmake --build --preset "$preset" --parallel "$(build_jobs)" --target "${targets[@]}"
if [[ $component == package ]]; then cpack --config "build/$preset/CPackConfig.cmake" -B "build/$preset"; fi
