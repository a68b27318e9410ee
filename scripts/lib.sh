# shellcheck shell=bash
# What the scripts share. Sourced from the root of the repository, never run.

# Tools that cargo builds for the project lie outside the clone, so that every clone finds them.
TOOLS=${STAFETTE_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/stafette}
CARGO_DENY=0.20.2
SCHEMATHESIS=4.32.5
DEPLOY_CHECKS=1 # raise it with the versions in scripts/setup
TRUNK=0.21.14 # 0.22 asks for a newer Rust than the project does
TARGET=${CARGO_TARGET_DIR:-target}

have() { command -v "$1" >/dev/null 2>&1; }

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# Servers live in sbin, which is not on everyone's PATH; neither is rustup's folder in the shell that installed it.
export PATH="$PATH:$HOME/.cargo/bin:/usr/sbin:/sbin"

# timed WHAT COMMAND…: runs it and says how long it took.
timed() {
  local what=$1 start=$SECONDS
  shift
  printf '\n== %s\n' "$what"
  if "$@"; then
    printf '== %s: %d s\n' "$what" $((SECONDS - start))
  else
    printf '== %s: FAILED after %d s\n' "$what" $((SECONDS - start)) >&2
    return 1
  fi
}

# Tells whether the first version is at least the second.
at_least() { [ "$(printf '%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

has_wasm_std() { [ -d "$(rustc --print sysroot 2>/dev/null)/lib/rustlib/wasm32-unknown-unknown/lib" ]; }

# Where rustup cannot add the standard library for WebAssembly, Debian's compiler builds it from source.
has_debian_wasm() {
  [ -x /usr/bin/cargo ] && [ -d /usr/lib/rustlib/src/rust/library ] && [ -x /usr/bin/wasm-ld-22 ]
}

# use_wasm: from here on, cargo can compile for WebAssembly. Call it in a subshell.
use_wasm() {
  # Leptos forgets the types of components then: 9 % less over the wire, and less to compile.
  export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="--cfg erase_components"
  has_wasm_std && return
  has_debian_wasm || die "Rust cannot compile for wasm32-unknown-unknown: run scripts/setup"
  mkdir -p "$TOOLS/debian-rust"
  ln -sf /usr/bin/cargo /usr/bin/rustc /usr/bin/rustdoc "$TOOLS/debian-rust/"
  export PATH="$TOOLS/debian-rust:$PATH" RUSTC_BOOTSTRAP=1 CARGO_UNSTABLE_BUILD_STD=std,panic_abort
  export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-22
}

# The folder of a PostgreSQL server of version 15 or newer; Debian keeps it off PATH. Fails where there is none.
postgres_bin() {
  local folder version
  for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV) "$(dirname "$(command -v initdb)" 2>/dev/null)"; do
    [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ] || continue
    version=$("$folder/postgres" --version | grep -oE '[0-9]+' | head -n 1)
    [ "$version" -ge 15 ] && echo "$folder" && return
  done
  return 1
}
