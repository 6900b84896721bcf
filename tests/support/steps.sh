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
  cmake --build build/release -j "${jobs:-2}" --target koipond $(test_programs) | tail -n 3
}
rooms_on() {
  local store=$1 program
  for program in $(test_programs); do
    echo "  $program on $store" >&2
    KOI_TEST_STORE=$store build/release/"$program" --gtest_brief=1
  done
}
web_checks() {
  (cd web && npm ci --no-audit --no-fund --loglevel=error >/dev/null && npm run --silent check && npm test --silent && npm run --silent build)
}
