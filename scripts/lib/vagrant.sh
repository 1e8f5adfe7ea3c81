# What the scripts share that drive machines with Vagrant, with their files in the
# folder $work.
# shellcheck shell=bash

# step COMMAND...: shows the command, its output and how long it took.
step() {
  local start=$SECONDS
  printf '$ %s\n' "$*"
  "$@" || die "this failed with status $?: $*"
  printf '(%d s)\n' $((SECONDS - start))
}

# greeted [TEXT [URL]]: whether a machine's program answers so, by default on the
# forwarded port.
greeted() { curl -sS -m 60 "${2:-http://localhost:8080}" | grep -F "${1:-Hello from Scratch Machine!}"; }

# refused COMMAND...: wants it to fail, with the sentence that says why.
refused() { ! "$@" >"$work/said" 2>&1 && grep "no SSH and no shell" "$work/said"; }
