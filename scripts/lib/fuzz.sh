# Sourced by scripts/test: runs the fuzz targets.

# fuzz_targets lists them: "PACKAGE TARGET", a line each.
fuzz_targets() {
  git ls-files '*_test.go' | xargs grep -o '^func Fuzz[A-Za-z0-9_]*' /dev/null |
    sed 's,^\(.*\)/[^/]*:func \(.*\)$,./\1 \2,' | LC_ALL=C sort
}

# fuzz DURATION PART/PARTS: runs each target of one part for so long, one after
# another, prints a table and fails if there was a find. Go keeps the inputs that
# fail below testdata/fuzz, where `go test` runs them from then on.
fuzz() {
  local duration=$1 part=${2%/*} parts=${2#*/} number=0 finds=0 package target log start found table=
  export GOMEMLIMIT=${GOMEMLIMIT:-1GiB} # of each worker
  mkdir -p "$cache/log"
  while read -r package target; do
    number=$((number + 1))
    [ $((number % parts)) = $((part % parts)) ] || continue
    say "Fuzzing $package $target"
    log=$cache/log/fuzz-$(printf %s "${package#./}" | tr / -)-$target.log
    start=$SECONDS found=-
    if ! go test -run '^$' -fuzz "^$target\$" -fuzztime "$duration" -fuzzminimizetime 1s -timeout 0 "$package" </dev/null >"$log" 2>&1; then
      tail -n 60 "$log" >&2
      finds=$((finds + 1))
      found=$(sed -n 's,.*Failing input written to ,,p' "$log")
      found=${found:-see $log}
    fi
    table+=$(printf '%-36s %-22s %7d %12s  %s' "${package#./}" "$target" $((SECONDS - start)) \
      "$(sed -n 's/.*execs: \([0-9]*\).*/\1/p' "$log" | tail -n 1)" "$found")$'\n'
  done < <(fuzz_targets)
  printf '%-36s %-22s %7s %12s  %s\n%s' package target seconds inputs find "$table"
  [ $finds = 0 ] || die "$finds targets failed: mend what the inputs show, and commit these with it"
}
