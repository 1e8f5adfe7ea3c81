# Sourced after common.sh: wine to run programs for Windows, and what they need.

# install_wine installs Debian's wine and a C compiler for Windows, unless they are there.
install_wine() {
  local packages=
  command -v wine >/dev/null || packages="wine wine64"
  command -v x86_64-w64-mingw32-gcc >/dev/null || packages="$packages gcc-mingw-w64-x86-64"
  install_packages "$packages"
}

# make_wine_prefix makes the folder $WINEPREFIX, which is a Windows machine to wine.
make_wine_prefix() {
  export WINEARCH=win64 WINEDEBUG=-all
  # Neither .NET nor HTML: wine would ask for their installers.
  WINEDLLOVERRIDES="mscoree,mshtml=" run_quietly "$cache/log/wine.log" wine wineboot --init
  add_process_prng
}

# add_process_prng gives wine the one DLL that Go needs and wine 8 lacks.
add_process_prng() {
  local dll=$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll
  [ ! -e "$dll" ] || return 0
  run_quietly "$cache/log/bcryptprimitives.log" \
    x86_64-w64-mingw32-gcc -shared -nostdlib -Wl,--entry=0 -o "$dll" "$root/scripts/lib/bcryptprimitives.c" -ladvapi32
}

# write_runner FILE [PROGRAM.EXE]: writes a command that runs the program, or its
# first argument, on wine. What is printed goes through a file: processes of wine's
# own live on for a while, and who read from a pipe would wait for them.
write_runner() {
  local program=
  [ -z "${2:-}" ] || printf -v program %q "$2"
  cat >"$1" <<EOF
#!/bin/sh
out=\$(mktemp) && trap 'rm -f "\$out"' EXIT
wine $program "\$@" >"\$out" 2>&1
status=\$?
cat "\$out"
exit \$status
EOF
  chmod +x "$1"
}

# write_overlay writes $overlay, which tells go build to compile os.RemoveAll as
# for the file systems that cannot delete an open file. wine 8 cannot, but says so
# by an error that Go does not expect, "Invalid function", and tests could not
# remove their folders. Nothing else is changed.
write_overlay() {
  local file
  file=$(go env GOROOT)/src/internal/syscall/windows/at_windows.go
  grep -q 'if TestDeleteatFallback {' "$file" || die "$file is not as it was: see write_overlay"
  sed 's/if TestDeleteatFallback {/if true {/' "$file" >"$work/at_windows.go"
  overlay=$work/overlay.json
  printf '{"Replace": {"%s": "%s"}}\n' "$file" "$work/at_windows.go" >"$overlay"
}

# find_windows_packer sets $windows_packer: packer.exe, built once, run by wine.
find_windows_packer() {
  local exe=$cache/packer-$packer_built/packer.exe
  build_packer "$exe" windows
  windows_packer=$work/packer
  write_runner "$windows_packer" "$exe"
}

# build_windows_plugin sets $windows_plugin: the plugin's .exe, with its stock
# programs inside.
build_windows_plugin() {
  windows_plugin=$work/packer-plugin-scratchmachine.exe
  GOOS=windows CGO_ENABLED=0 go build -trimpath -overlay "$overlay" -o "$windows_plugin" ./plugin
}
