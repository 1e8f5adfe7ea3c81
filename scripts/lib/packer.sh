# Sourced after common.sh: a packer to run, and our plugin installed for it.

# Packer must speak our plugin's protocol and know HCL's data blocks well.
packer_minimum=1.11.0
packer_built=v1.16.0

# Where HashiCorp's releases are, and what they must be: lines of packer_VERSION_SHA256SUMS
# there.
packer_releases=${SCRATCHMACHINE_PACKER_RELEASES:-https://releases.hashicorp.com/packer}
packer_sums=$root/scripts/lib/packer.sha256

export CHECKPOINT_DISABLE=1 # no request to HashiCorp for each command

# at_least VERSION MINIMUM: compares dotted numbers.
at_least() {
  [ "$(printf '%s\n%s\n' "$2" "$1" | sort -t. -k1,1n -k2,2n -k3,3n | head -n 1)" = "$2" ]
}

# find_packer sets $packer: the one in PATH if it is new enough, else HashiCorp's release
# or, where that cannot be had, one that is built. Either is kept.
find_packer() {
  local version
  if packer=$(command -v packer); then
    version=$("$packer" version 2>/dev/null | sed -n '1s/^Packer v\([0-9.]*\).*$/\1/p')
    if [ -n "$version" ] && at_least "$version" "$packer_minimum"; then
      return
    fi
    say "$packer is version ${version:-unknown}, older than $packer_minimum: not used"
  fi
  packer=$cache/packer-$packer_built/packer
  [ -x "$packer" ] || fetch_packer "$packer" || build_packer "$packer" "$(go env GOOS)"
}

# fetch_packer FILE: HashiCorp's release for this host, or fails and says why. It gives up
# soon: there is another way.
fetch_packer() {
  local name url zip sum
  name=packer_${packer_built#v}_$(go env GOHOSTOS)_$(go env GOHOSTARCH).zip
  url=$packer_releases/${packer_built#v}/$name zip=$1.zip
  sum=$(sed -n "s/^\([0-9a-f]\{64\}\)  $name\$/\1/p" "$packer_sums")
  [ -n "$sum" ] || { say "There is no checksum of $name in $packer_sums: not fetched" && return 1; }
  mkdir -p "$(dirname "$1")"
  if ! curl --fail --silent --show-error --location --connect-timeout 5 --speed-limit 100000 --speed-time 10 \
    --output "$zip" "$url" 2>"$zip.error"; then
    say "Packer's release could not be fetched: $url: $(head -n 1 "$zip.error")"
    rm -f "$zip" "$zip.error"
    return 1
  fi
  rm -f "$zip.error"
  if [ "$(sha256 "$zip")" != "$sum" ]; then
    say "Packer's release is refused: $url is not what $packer_sums says, but $(sha256 "$zip")"
    rm -f "$zip"
    return 1
  fi
  unpack_packer "$zip" >"$1.part" && chmod +x "$1.part" && mv "$1.part" "$1" && rm -f "$zip" ||
    { say "Packer's release cannot be unpacked: install unzip" && rm -f "$zip" "$1.part" && return 1; }
  say "Fetched packer $packer_built, HashiCorp's release, into $cache (once)"
}

# sha256 FILE: its digest. Linux has sha256sum, macOS shasum.
sha256() {
  { sha256sum "$1" 2>/dev/null || shasum -a 256 "$1"; } | cut -d ' ' -f 1
}

# unpack_packer ZIP: writes the file packer in it.
unpack_packer() {
  unzip -p "$1" packer 2>/dev/null || bsdtar -xOf "$1" packer 2>/dev/null
}

# build_packer FILE GOOS: once, from the module in scripts/tools.
build_packer() {
  [ ! -x "$1" ] || return 0
  say "Building packer $packer_built for $2 into $cache (once; about 5 minutes)"
  mkdir -p "$(dirname "$1")"
  (cd "$root/scripts/tools" && GOWORK=off GOOS=$2 CGO_ENABLED=0 run_quietly "$cache/log/packer.log" \
    go build -trimpath -ldflags '-s -w' -o "$1.part" github.com/hashicorp/packer)
  mv "$1.part" "$1"
}

# build_vagrant_plugin sets $vagrant_plugin: HashiCorp's plugin that uploads
# boxes, in the one version that is to be had as a Go module. Its post-processor
# vagrant-registry came later: to test that as well, put another's path into
# SCRATCHMACHINE_PLUGIN_VAGRANT.
build_vagrant_plugin() {
  local module=github.com/hashicorp/packer-plugin-vagrant
  vagrant_plugin=${SCRATCHMACHINE_PLUGIN_VAGRANT:-$cache/build/packer-plugin-vagrant}
  [ ! -x "$vagrant_plugin" ] || return 0
  (cd "$root/scripts/tools/vagrant" && GOWORK=off CGO_ENABLED=0 run_quietly "$cache/log/packer-plugin-vagrant.log" \
    go build -trimpath -ldflags "-s -w -X $module/version.VersionPrerelease=" -o "$vagrant_plugin" "$module")
}

# build_plugin sets $plugin: the plugin, built with its stock programs inside.
build_plugin() {
  plugin=$cache/build/packer-plugin-scratchmachine
  (cd "$root" && go generate ./plugin/stock && go build -trimpath -o "$plugin" ./plugin)
}

# install_plugin installs $plugin for $packer, where PACKER_PLUGIN_PATH says
# or in packer's own place.
install_plugin() {
  run_quietly "$cache/log/plugin.log" "$packer" plugins install \
    --path "$plugin" github.com/scratchmachine/scratchmachine
}
