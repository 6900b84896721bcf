# Steps of ./koi test: each is timed; the first failure stops the run and says how to repeat it.
steps_log=${steps_log:-build/test-steps.log}
step() {
  local name=$1; shift
  local start=$SECONDS
  printf '\033[36m▸ %s\033[0m\n' "$name" >&2
  if ! "$@"; then printf '\033[31m✗ %s (%ss): %s\033[0m\n' "$name" "$((SECONDS - start))" "$*" >&2; exit 1; fi
  mkdir -p build; printf '%6ss  %s\n' "$((SECONDS - start))" "$name" >>"$steps_log"
}
summary() { printf '\033[32m✓ all green\033[0m\n' >&2; cat "$steps_log" >&2; rm -f "$steps_log"; }

rooms() { sed -nE 's/^domain\(([a-z]+).*/\1/p' CMakeLists.txt; }
test_programs() { for room in $(rooms); do if compgen -G "src/$room/tests/*.cc" >/dev/null; then echo "koi_${room}_tests"; fi; done; }

build_everything() {
  [ -f build/release/build.ninja ] || cmake --preset release >build/cmake.log
  # shellcheck disable=SC2046
  cmake --build build/release -j "${jobs:-2}" --target koipond koi_rules_told koi_vectors $(test_programs) | tail -n 3
}
# rooms_on STORE [PRESET]: every room's tests, shared out over lanes of one CPU each; on PostgreSQL each lane has its own
# cluster. A client and its server speak in turns: on one CPU a turn is a switch, across two it is an interrupt and takes
# three times as long.
rooms_on() {
  local store=$1 preset=${2:-release} within=() lanes=() cpus=() cpu lane failed=0
  [ "$store" = postgres ] && within=(tests/support/with-postgres)
  mapfile -t cpus < <(cpus_of_this_run | head -n 8)
  for cpu in "${cpus[@]}"; do
    KOI_TEST_STORE=$store GTEST_TOTAL_SHARDS=${#cpus[@]} GTEST_SHARD_INDEX=${#lanes[@]} \
      taskset -c "$cpu" "${within[@]}" bash -c 'source tests/support/steps.sh; one_lane "$1"' lane "$preset" &
    lanes+=($!)
  done
  for lane in "${lanes[@]}"; do wait "$lane" || failed=1; done
  return $failed
}
one_lane() {
  local preset=$1 program
  for program in $(test_programs); do
    build/"$preset"/"$program" --gtest_brief=1 || return 1
  done | sed -u "s/^/  lane $GTEST_SHARD_INDEX: /" >&2
  return "${PIPESTATUS[0]}"
}
cpus_of_this_run() {
  local part
  for part in $(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status | tr ',' ' '); do seq "${part%-*}" "${part#*-}"; done
}
web_checks() {
  (cd web && npm ci --no-audit --no-fund --loglevel=error >/dev/null && npm run --silent check && npm test --silent && npm run --silent build && npm run --silent budget -- --brief)
}
