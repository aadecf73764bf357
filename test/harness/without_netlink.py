"""Runs a command whose processes get EPERM for every netlink socket, as where a seccomp profile forbids them:

    python3 without_netlink.py COMMAND ARGUMENT...
"""
import ctypes
import os
import platform
import struct
import sys

AUDIT_ARCH, SOCKET = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}[platform.machine()]
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06  # BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JEQ|BPF_K, BPF_RET|BPF_K
ALLOW, EPERM, AF_NETLINK = 0x7FFF0000, 0x00050001, 16
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data

PROGRAM = [
    (LOAD, 0, 0, ARCHITECTURE), (EQUAL, 0, 5, AUDIT_ARCH),
    (LOAD, 0, 0, NUMBER), (EQUAL, 0, 3, SOCKET),
    (LOAD, 0, 0, FIRST_ARGUMENT), (EQUAL, 0, 1, AF_NETLINK),
    (RETURN, 0, 0, EPERM), (RETURN, 0, 0, ALLOW),
]


def refuse_netlink():
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in PROGRAM))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(PROGRAM), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    zero = ctypes.c_ulong(0)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), zero, zero, zero) or libc.prctl(
            PR_SET_SECCOMP, ctypes.c_ulong(SECCOMP_MODE_FILTER), program, zero, zero):
        raise OSError(ctypes.get_errno(), "seccomp")


if __name__ == "__main__":
    refuse_netlink()
    os.execvp(sys.argv[1], sys.argv[1:])
