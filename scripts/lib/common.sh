# shellcheck shell=bash
# Shared by every command of scripts/. Sourced, never run. Standard output is for a command's result, so
# messages go to standard error.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=$ROOT/build

say() { printf '==> %s\n' "$*" >&2; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }
misused() { printf '%s: %s; see %s --help\n' "${0##*/}" "$*" "$0" >&2; exit 2; }
have() { command -v "$1" >/dev/null 2>&1; }

# bounded SECONDS COMMAND...: runs it with a time limit. In the foreground, so that Ctrl-C reaches it.
bounded() { timeout --foreground --kill-after=10 "$@"; }

# only_one_at_a_time NAME: locks the rest of this (sub)shell; two commands may set up at the same moment.
only_one_at_a_time() {
    mkdir -p "$BUILD"
    exec {lock}>"$BUILD/.$1.lock"
    flock --timeout 1800 "$lock" || die "another command has been setting up for 30 minutes; is $BUILD/.$1.lock held?"
}
