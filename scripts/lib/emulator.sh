# shellcheck shell=bash
# Programs for arm64 on another machine, through qemu-user. After common.sh and setup.sh.

# The start of a static program for arm64, and its significant bits.
ARM64_MAGIC='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
ARM64_MASK='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'

# Runs the command after the first argument, the format of programs for arm64, if the kernel can execute them.
# shellcheck disable=SC2016  # expanded there
ARM64_REGISTERED='
    register=/proc/sys/fs/binfmt_misc name=lambda-vitals-$$
    mount -t binfmt_misc none "$register"
    printf ":%s:%s" "$name" "$1" >"$register/register"
    shift
    trap "echo -1 >$register/$name" EXIT
    trap "exit 130" INT TERM
    "$@"'

# arm64_place PROGRAM: sets the array ARM64_PLACE to the prefix of a command in which PROGRAM, one for arm64, can be
# executed like any other. It is empty if the machine can do that; else a user namespace with its own binary formats
# (Linux 6.7), separate from the machine's; else, for root, an entry in the machine's binary formats for as
# long as the command takes. Fails with a message if none of these is possible.
arm64_place() {
    local qemu way
    ARM64_PLACE=()
    if "$1" --version >/dev/null 2>&1; then return; fi
    qemu=$(command -v qemu-aarch64-static) || { say "qemu-aarch64-static is missing"; return 1; }
    for way in --user --mount; do
        ARM64_PLACE=(unshare "$way")
        [ "$way" != --user ] || ARM64_PLACE+=(--map-root-user --mount)
        ARM64_PLACE+=(sh -euc "$ARM64_REGISTERED" sh "M::$ARM64_MAGIC:$ARM64_MASK:$qemu:F")
        if "${ARM64_PLACE[@]}" "$1" --version >/dev/null 2>&1; then return; fi
    done
    cat >&2 <<END

  NOTHING RUNS PROGRAMS FOR ARM64 HERE: qemu-user is not registered with this machine (package binfmt-support), and cannot
  be: that takes root, or a user namespace with a register of its own (Linux 6.7). The binary for arm64 has not been run as
  an extension.

END
    return 1
}
