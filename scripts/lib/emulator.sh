# shellcheck shell=bash
# Programs for arm64 on another machine, through qemu-user. After common.sh and setup.sh.

# The head of a static program for arm64, and which of its bits count.
ARM64_MAGIC='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
ARM64_MASK='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'

# arm64_place PROGRAM: sets the array ARM64_PLACE to what goes before a command so that in it PROGRAM, one for arm64, can be
# executed like any other: nothing if the machine knows how, else a user namespace with a register of binary formats of
# its own (Linux 6.7), of which the machine's own knows nothing and which is gone with the command. Fails, and says why,
# where neither is possible.
arm64_place() {
    local qemu
    ARM64_PLACE=()
    if "$1" --version >/dev/null 2>&1; then return; fi
    qemu=$(command -v qemu-aarch64-static) || { say "qemu-aarch64-static is missing"; return 1; }
    # shellcheck disable=SC2016  # expanded in the namespace
    ARM64_PLACE=(unshare --user --map-root-user --mount sh -euc '
        mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
        printf %s "$1" >/proc/sys/fs/binfmt_misc/register
        shift
        exec "$@"' sh ":arm64:M::$ARM64_MAGIC:$ARM64_MASK:$qemu:F")
    "${ARM64_PLACE[@]}" "$1" --version >/dev/null && return
    cat >&2 <<END

  NOTHING RUNS PROGRAMS FOR ARM64 HERE: qemu-user is not registered with this machine (package binfmt-support), and a user
  namespace cannot have a register of its own: it takes Linux 6.7 and the right to make user namespaces. The binary for
  arm64 has not been run as an extension.

END
    return 1
}
