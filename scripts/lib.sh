# What the scripts share; sourced, never run.

# Tools that cargo builds for the project lie outside the clone, so that every clone finds them.
TOOLS=${STAFETTE_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/stafette}

have() { command -v "$1" >/dev/null 2>&1; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# rustup's cargo is often installed but not on PATH in a fresh shell.
have cargo || { [ -x "$HOME/.cargo/bin/cargo" ] && PATH="$HOME/.cargo/bin:$PATH"; } || true

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

# Where rustup has no standard library for WebAssembly, Debian's compiler builds its own from source.
has_wasm_std() { [ -d "$(rustc --print sysroot 2>/dev/null)/lib/rustlib/wasm32-unknown-unknown/lib" ]; }
has_debian_wasm() {
  [ -x /usr/bin/cargo ] && [ -d /usr/lib/rustlib/src/rust/library ] && [ -x /usr/bin/wasm-ld-22 ]
}

# with_wasm COMMAND…: runs it with a compiler that can make WebAssembly. Meant for a subshell.
with_wasm() {
  if ! has_wasm_std; then
    has_debian_wasm || die "the Rust standard library for wasm32-unknown-unknown is missing: run scripts/setup"
    mkdir -p "$TOOLS/debian-rust"
    ln -sf /usr/bin/cargo /usr/bin/rustc /usr/bin/rustdoc "$TOOLS/debian-rust/"
    export PATH="$TOOLS/debian-rust:$PATH" RUSTC_BOOTSTRAP=1 CARGO_UNSTABLE_BUILD_STD=std,panic_abort
    export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-22
  fi
  "$@"
}
