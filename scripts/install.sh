#!/bin/sh
# Installs decodex from the files of a release, which lie in a folder or at an address.
# Everything is a function but the last line, so that half a download of this runs nothing.
set -eu

# Where the files of a release lie if neither --from nor DECODEX_RELEASES says so; empty: not known.
DEFAULT_RELEASES=""

# Exit codes, as the help lists them.
USAGE=2
UNSUPPORTED=3
UNREACHABLE=4
UNVERIFIED=5
UNPACKABLE=6
UNWRITABLE=7
UNSTARTABLE=8

TARGETS="x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu x86_64-apple-darwin aarch64-apple-darwin x86_64-pc-windows-msvc"
MARK="# added by install.sh of decodex"

help() {
  cat <<END
Installs decodex for you alone: no root, no shell profile touched unless you say so.

Usage: sh install.sh [--from WHERE] [--version V] [--to DIR] [--target T] [--bundle]
                     [--add-to-path] [--dry-run] [--uninstall] [--help]

  --from WHERE    a folder, or an http(s) address, with the files of one release; {version} in it
                  stands for --version (default: \$DECODEX_RELEASES${DEFAULT_RELEASES:+, else $DEFAULT_RELEASES})
  --version V     the version that it has to be
  --to DIR        where the program goes (default: \$DECODEX_INSTALL, else ~/.local/bin)
  --target T      for another system than this one: $TARGETS
  --bundle        the bundle, which the deno on PATH runs, in the place of an executable
  --add-to-path   write DIR into the profile of your shell, once
  --dry-run       say what would be done
  --uninstall     delete what was installed in DIR

Examples:
  sh install.sh --from .                                   # in the folder of an air-gap archive
  sh install.sh --from https://files.example.org/decodex/{version} --version 0.1.0
  https_proxy=http://proxy.example.org:3128 sh install.sh --from https://files.example.org/decodex
  sh install.sh --to "\$HOME/bin" --uninstall

Downloads are made by curl or wget, through http_proxy, https_proxy and no_proxy. SHA256SUMS tells
whether a file is whole and the one that was published together with it; who published them is what
the address stands for.

Exit: 0 done, 1 failed, 2 usage, 3 nothing for this system, 4 a file could not be had,
5 its checksum is missing or wrong, 6 an archive is not as it should be, 7 DIR cannot be written,
8 the program does not start here
END
}

main() {
  read_options "$@"
  case $action in
    help) help ;;
    uninstall) uninstall ;;
    install) install_release ;;
  esac
}

read_options() {
  action=install from=${DECODEX_RELEASES:-$DEFAULT_RELEASES} version='' to='' target=''
  bundle=no add_to_path=no dry_run=no
  while [ $# -gt 0 ]; do
    case $1 in
      --from | --version | --to | --target)
        [ -n "${2:-}" ] || fail $USAGE "$1 needs a value"
        case $1 in
          --from) from=$2 ;;
          --version) version=${2#v} ;;
          --to) to=$2 ;;
          --target) target=$2 ;;
        esac
        shift
        ;;
      --bundle) bundle=yes ;;
      --add-to-path) add_to_path=yes ;;
      --dry-run) dry_run=yes ;;
      --uninstall) action=uninstall ;;
      -h | --help) action=help ;;
      *) fail $USAGE "unknown argument \"$1\"; --help lists what there is" ;;
    esac
    shift
  done
  [ "$action" != help ] || return 0
  case $version in
    *[!0-9A-Za-z.+-]*) fail $USAGE "\"$version\" is no version" ;;
  esac
  if [ -n "$target" ]; then
    case " $TARGETS " in
      *" $target "*) ;;
      *) fail $USAGE "unknown target \"$target\": it has to be one of $TARGETS" ;;
    esac
  fi
  choose_folder
}

# Sets $to to an absolute path: the program of the bundle is found by it.
choose_folder() {
  [ -n "$to" ] || to=${DECODEX_INSTALL:-}
  if [ -z "$to" ]; then
    [ -n "${HOME:-}" ] || fail $USAGE "HOME is not set: say --to DIR"
    to=$HOME/.local/bin
  fi
  case $to in
    /*) ;;
    *) to=$PWD/$to ;;
  esac
  case $to in
    *:* | *'
'*) fail $USAGE "\"$to\" cannot stand in PATH" ;;
  esac
}

install_release() {
  umask 022
  work='' staged=''
  trap cleanup EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  work=$(mktemp -d "${TMPDIR:-/tmp}/decodex-install.XXXXXX") || fail $UNWRITABLE "no temporary folder"

  resolve_source
  fetch SHA256SUMS "$work/SHA256SUMS"
  read_version
  choose_form
  say "installing decodex $version ($form) into $to"
  if [ "$dry_run" = yes ]; then
    say "would take $archive from $from"
    return 0
  fi
  [ ! -e "$to" ] || check_folder
  fetch "$archive" "$work/archive"
  verify "$work/archive" "$archive"
  mkdir -p "$to" 2>/dev/null || true
  check_folder
  if [ "$form" = bundle ]; then install_bundle; else install_executable; fi
  say "installed $to/$file"
  tell_path
}

cleanup() {
  [ -z "$staged" ] || rm -rf "$staged"
  [ -z "$work" ] || rm -rf "$work"
}

# --- where the files come from

resolve_source() {
  [ -n "$from" ] || fail $USAGE "where from? Say --from with the folder or the address of a release, or set DECODEX_RELEASES"
  case $from in
    *'{version}'*)
      [ -n "$version" ] || fail $USAGE "\"$from\" needs --version"
      from=${from%%'{version}'*}$version${from#*'{version}'}
      ;;
  esac
  from=${from%/}
  case $from in
    https://*) ;;
    http://localhost[:/]* | http://127.0.0.1[:/]*) ;;
    http://*) say "warning: $from is not encrypted, so anybody on the way can change program and checksums alike" ;;
    *://*) fail $USAGE "\"$from\": only folders, http:// and https://" ;;
    *) [ -d "${from:=/}" ] || fail $UNREACHABLE "there is no folder \"$from\"" ;;
  esac
  honour_proxies
}

# curl and wget read the small names; for http curl reads no other.
honour_proxies() {
  [ -n "${http_proxy:-}" ] || [ -z "${HTTP_PROXY:-}" ] || export http_proxy="$HTTP_PROXY"
  [ -n "${https_proxy:-}" ] || [ -z "${HTTPS_PROXY:-}" ] || export https_proxy="$HTTPS_PROXY"
  [ -n "${no_proxy:-}" ] || [ -z "${NO_PROXY:-}" ] || export no_proxy="$NO_PROXY"
}

# fetch NAME FILE
fetch() {
  case $from in
    http://* | https://*) download "$from/$1" "$2" ;;
    *)
      [ -f "$from/$1" ] || fail $UNREACHABLE "\"$from\" has no $1"
      cp "$from/$1" "$2" || fail $UNREACHABLE "cannot read \"$from/$1\""
      ;;
  esac
}

# Every wait ends: that for the next byte after a minute.
download() {
  if has curl; then
    case $1 in https://*) schemes='=https' ;; *) schemes='=http,https' ;; esac
    curl --fail --silent --show-error --location --proto "$schemes" --proto-redir "$schemes" \
      --connect-timeout 20 --speed-limit 1 --speed-time 60 --retry 2 --output "$2" "$1"
  elif has wget; then
    if wget --help 2>&1 | grep -q -e --tries; then
      wget -q --tries=3 --timeout=60 -O "$2" "$1"
    else
      wget -q -O "$2" "$1" # busybox: it has a limit of its own, and -T breaks some builds of it
    fi
  else
    fail $UNREACHABLE "neither curl nor wget is here: copy the files of a release into a folder and say --from FOLDER"
  fi || fail $UNREACHABLE "cannot download $1"
}

# --- which file

# The bundle is in every release, and its name tells the version of all.
read_version() {
  found=''
  while read -r sum name; do
    case $name in
      decodex-*-bundle.tar.gz)
        name=${name#decodex-}
        [ -z "$found" ] || fail $UNVERIFIED "SHA256SUMS tells of more than one version"
        found=${name%-bundle.tar.gz}
        ;;
    esac
  done <"$work/SHA256SUMS"
  case $found in
    '' | *[!0-9A-Za-z.+-]*) fail $UNVERIFIED "SHA256SUMS at $from tells of no version of decodex" ;;
  esac
  [ -z "$version" ] || [ "$version" = "$found" ] ||
    fail $UNREACHABLE "$from has version $found, not $version"
  version=$found
}

# Sets form, archive, prefix and file; an executable if there is one, else the bundle if deno is here.
choose_form() {
  obstacle='' own=$(detect_target) || own=''
  if [ "$bundle" = no ] && [ -z "$target" ]; then
    target=$own
    [ -n "$target" ] || obstacle="there are no executables for $(uname -sm)"
    if is_musl; then
      target='' obstacle="this system has musl, and executables of decodex need glibc"
    fi
  fi
  if [ "$bundle" = no ] && [ -n "$target" ]; then
    set_archive "$target"
    [ -z "$(sums_of "$archive")" ] || return 0
    obstacle="this release has no executable for $target"
  fi
  if ! has deno; then
    [ "$bundle" = no ] || fail $UNSUPPORTED "the bundle needs Deno: install it (https://deno.com), then run this again"
    fail $UNSUPPORTED "$obstacle; install Deno (https://deno.com, or your system's package of it) and run this again: the bundle is installed then"
  fi
  [ -z "$obstacle" ] || say "$obstacle: taking the bundle, which $(command -v deno) runs"
  form=bundle prefix=decodex-$version-bundle file=decodex
  archive=$prefix.tar.gz
}

set_archive() {
  form=$1 prefix=decodex-$version-$1 file=decodex
  archive=$prefix.tar.gz
  case $1 in
    *-windows-*) archive=$prefix.zip file=decodex.exe ;;
  esac
}

detect_target() {
  machine=$(uname -m)
  case $(uname -s) in
    Linux) system=unknown-linux-gnu ;;
    Darwin)
      system=apple-darwin
      # A shell under Rosetta says x86_64 on an arm64 machine.
      [ "$(sysctl -n sysctl.proc_translated 2>/dev/null)" != 1 ] || machine=arm64
      ;;
    MINGW* | MSYS* | CYGWIN*) system=pc-windows-msvc machine=x86_64 ;;
    *) return 1 ;;
  esac
  # A 64-bit kernel may carry a system of 32 bits.
  [ "$(getconf LONG_BIT 2>/dev/null || echo 64)" = 64 ] || return 1
  case $machine in
    x86_64 | amd64) echo "x86_64-$system" ;;
    aarch64 | arm64) echo "aarch64-$system" ;;
    *) return 1 ;;
  esac
}

is_musl() {
  [ "$(uname -s)" = Linux ] || return 1
  if has ldd; then
    case $(ldd --version 2>&1 || true) in
      *musl*) return 0 ;;
      *GLIBC* | *GNU* | *glibc*) return 1 ;;
    esac
  fi
  for loader in /lib64/ld-linux-* /lib/ld-linux-*; do
    [ ! -e "$loader" ] || return 1
  done
  for loader in /lib/ld-musl-*; do
    [ ! -e "$loader" ] || return 0
  done
  return 1
}

# --- is it the one that was published

verify() {
  wanted=$(sums_of "$2")
  case $wanted in
    '' | *[!0-9a-f]*) fail $UNVERIFIED "SHA256SUMS has no clear line for $2; nothing was installed" ;;
  esac
  actual=$(sha256_of "$1") || fail $UNVERIFIED "cannot compute SHA-256: sha256sum, shasum or openssl is needed"
  [ "$wanted" = "$actual" ] ||
    fail $UNVERIFIED "$2 is not the published one; nothing was installed
  SHA-256 of it    $actual
  in SHA256SUMS    $wanted"
}

# Of two lines for one name both are printed, which is then no sum.
sums_of() {
  while read -r sum name; do
    [ "${name#\*}" != "$1" ] || printf '%s\n' "$sum"
  done <"$work/SHA256SUMS"
}

sha256_of() {
  if has sha256sum; then
    digest=$(sha256sum <"$1")
  elif has shasum; then
    digest=$(shasum -a 256 <"$1")
  elif has openssl; then
    digest=$(openssl dgst -sha256 -r <"$1")
  else
    return 1
  fi
  echo "${digest%% *}"
}

# --- unpacking

install_executable() {
  check_names
  [ ! -d "$to/$file" ] || fail $UNWRITABLE "$to/$file is a folder"
  staged=$(mktemp "$to/.decodex.XXXXXX") || fail $UNWRITABLE "cannot write into $to"
  # To standard output: whatever kind of entry this is, no path of the archive is written to.
  case $archive in
    *.zip) unzip -p "$work/archive" "$prefix/$file" >"$staged" ;;
    *) tar -xzOf "$work/archive" "$prefix/$file" >"$staged" ;;
  esac || fail $UNPACKABLE "cannot unpack $archive"
  [ -s "$staged" ] || fail $UNPACKABLE "$archive has an empty $file"
  chmod 755 "$staged"
  if [ "$form" = "$own" ]; then
    check_start "$staged"
  else
    say "not started: it is for $form"
  fi
  mv -f "$staged" "$to/$file" || fail $UNWRITABLE "cannot write $to/$file"
  staged=''
}

install_bundle() {
  check_names
  mkdir "$work/unpacked"
  tar -xzf "$work/archive" -C "$work/unpacked" || fail $UNPACKABLE "cannot unpack $archive"
  [ -f "$work/unpacked/$prefix/decodex.js" ] || fail $UNPACKABLE "$archive has no decodex.js"
  [ ! -d "$to/$file" ] || fail $UNWRITABLE "$to/$file is a folder"
  staged=$(mktemp -d "$to/.decodex.XXXXXX") || fail $UNWRITABLE "cannot write into $to"
  cp -R "$work/unpacked/$prefix" "$staged/$prefix" || fail $UNWRITABLE "cannot write into $to"
  launcher "$staged/$prefix" >"$work/start"
  check_start sh "$work/start"
  launcher "$to/$prefix" >"$staged/$file"
  chmod 755 "$staged" "$staged/$file"
  [ ! -e "$to/$prefix" ] || mv "$to/$prefix" "$staged/before"
  mv "$staged/$prefix" "$to/$prefix"
  mv -f "$staged/$file" "$to/$file" || fail $UNWRITABLE "cannot write $to/$file"
}

launcher() {
  echo '#!/bin/sh'
  echo "exec deno run -A --no-config --no-lock $(quoted "$1/decodex.js") \"\$@\""
}

# The archive was verified: this is for a release that was made wrongly.
check_names() {
  case $archive in
    *.zip)
      has unzip || fail $UNPACKABLE "unzip is needed for $archive"
      unzip -Z1 "$work/archive" >"$work/names"
      ;;
    *) tar -tzf "$work/archive" >"$work/names" ;;
  esac || fail $UNPACKABLE "cannot read $archive"
  entries=0
  while IFS= read -r name; do
    case $name in
      "$prefix/$file" | "$prefix/decodex.js") entries=$((entries + 1)) ;;
      "$prefix/") ;;
      "$prefix"/*/* | "$prefix/."*) fail $UNPACKABLE "$archive has an entry \"$name\"" ;;
      "$prefix"/*) ;;
      *) fail $UNPACKABLE "$archive has an entry \"$name\"" ;;
    esac
  done <"$work/names"
  [ "$entries" = 1 ] || fail $UNPACKABLE "$archive has no $prefix/$file"
  if [ "$form" = bundle ] && tar -tvzf "$work/archive" | grep -v '^[-d]' >/dev/null; then
    fail $UNPACKABLE "$archive has links"
  fi
}

# Before it takes the place of one that works.
check_start() {
  output=$("$@" --version 2>&1 </dev/null) ||
    fail $UNSTARTABLE "decodex $version does not start here; nothing was installed: $output"
  [ "$output" = "decodex $version" ] ||
    fail $UNSTARTABLE "the program says \"$output\", not \"decodex $version\"; nothing was installed"
}

# --- the folder, PATH, and the way back

check_folder() {
  if [ ! -d "$to" ] || [ ! -w "$to" ]; then
    fail $UNWRITABLE "cannot write into $to: choose another folder with --to"
  fi
}

tell_path() {
  case ":$PATH:" in
    *":$to:"*) return 0 ;;
  esac
  if ! choose_profile; then
    say "$to is not on PATH"
  elif [ "$add_to_path" = no ]; then
    say "$to is not on PATH; --add-to-path writes this line into $profile:"
    say "  $line"
  elif [ -f "$profile" ] && grep -qF "$line" "$profile"; then
    say "$profile has $to already"
  else
    mkdir -p "${profile%/*}"
    printf '\n%s\n%s\n' "$MARK" "$line" >>"$profile" || fail $UNWRITABLE "cannot write $profile"
    say "added $to to PATH in $profile; it holds in new shells"
  fi
}

# Sets profile and the line that belongs into it; without a home there is neither.
choose_profile() {
  [ -n "${HOME:-}" ] || return 1
  line="export PATH=$(quoted "$to"):\"\$PATH\""
  case ${SHELL:-} in
    */zsh) profile=${ZDOTDIR:-$HOME}/.zshrc ;;
    */bash)
      profile=$HOME/.bashrc
      [ "$(uname -s)" != Darwin ] || profile=$HOME/.bash_profile
      ;;
    */fish)
      profile=${XDG_CONFIG_HOME:-$HOME/.config}/fish/conf.d/decodex.fish
      line="fish_add_path $(quoted "$to")"
      ;;
    *) profile=$HOME/.profile ;;
  esac
}

uninstall() {
  removed=no
  for program in "$to/decodex" "$to/decodex.exe"; do
    [ -f "$program" ] || continue
    remove "$program"
  done
  for folder in "$to"/decodex-*-bundle; do
    [ -f "$folder/decodex.js" ] || continue
    remove "$folder"
  done
  [ "$removed" = yes ] || say "there is no decodex in $to"
  if choose_profile && [ -f "$profile" ] && grep -qF "$line" "$profile"; then
    say "$profile still has this line: $line"
  fi
}

remove() {
  removed=yes
  if [ "$dry_run" = yes ]; then
    say "would delete $1"
  else
    rm -rf "$1" || fail $UNWRITABLE "cannot delete $1"
    say "deleted $1"
  fi
}

# --- small things

quoted() {
  printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"
}

has() {
  command -v "$1" >/dev/null 2>&1
}

say() {
  printf 'decodex: %s\n' "$1" >&2
}

# fail CODE MESSAGE
fail() {
  printf 'error: %s\n' "$2" >&2
  exit "$1"
}

# In braces, so that a line that was cut short is no command.
{ main "$@"; }
