# Sourced by the commands beside this folder: where things are, and how to say it.
# Plain bash 3.2, as macOS has it.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# Everything that is fetched or built once lives here, outside the checkout.
cache=${SCRATCHMACHINE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/scratchmachine}

say() { printf '==> %s\n' "$*" >&2; }

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# help prints the comment block at the head of the calling script.
help() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p;}' "$0"; }

# run_quietly LOG COMMAND...: shows what the command printed only if it fails.
run_quietly() {
  local log=$1
  shift
  mkdir -p "$(dirname "$log")"
  "$@" >"$log" 2>&1 || {
    cat "$log" >&2
    die "this failed: $* (log: $log)"
  }
}

# install_packages PACKAGES: installs Debian's packages, a list in one word.
install_packages() {
  local sudo=
  [ -n "$1" ] || return 0
  command -v apt-get >/dev/null || die "these are not installed: $1(names of Debian's packages)"
  [ "$(id -u)" = 0 ] || sudo=sudo
  say "Installing $1"
  run_quietly "$cache/log/apt-update.log" $sudo apt-get update
  # shellcheck disable=SC2086 # a list
  run_quietly "$cache/log/apt-install.log" $sudo env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends $1
}

command -v go >/dev/null || die "Go is not installed: see https://go.dev/dl/"
