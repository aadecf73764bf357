"""Moves a running process to another time namespace: its steady clock (CLOCK_MONOTONIC) and its time since boot (CLOCK_BOOTTIME)
jump, as they may for a process that was in a snapshot and continues on another machine.

No call of the kernel does that to another process: setns(2) moves its caller, which may have one thread only. So ptrace(2) lets
the process make the calls itself, while it waits in a system call. What is not simulated: the wall clock, which is the machine's;
the clocks of processes with several threads, as most runtimes are; the CPU clock and the start time of the process, which a restore by
CRIU changes. Takes root, x86_64, and Linux 6.1.
"""

import ctypes
import os
import platform
import subprocess
import time

from .errors import INTERNAL_ERROR, Fatal

_SEIZE, _INTERRUPT, _PEEKTEXT, _GETREGS, _SETREGS, _SINGLESTEP, _DETACH = 0x4206, 0x4207, 1, 12, 13, 9, 17
_WALL = 0x40000000  # __WALL
_PIDFD_OPEN, _SETNS, _CLOSE, _CLONE_NEWTIME = 434, 308, 3, 0x80
_SYSCALL = 0x050F  # the instruction, little-endian
_LIMIT_S = 5.0
_NAMES = ("r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base gs_base ds es fs gs")

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


class _Registers(ctypes.Structure):  # user_regs_struct
    _fields_ = [(name, ctypes.c_ulong) for name in _NAMES.split()]


def jump(pid: int, steady_s: int, boot_s: int) -> None:
    """Blocks for some milliseconds. Offsets are seconds, and may be negative: no clock may become negative."""
    if platform.machine() != "x86_64":
        raise Fatal(INTERNAL_ERROR, "the clocks of a process can be moved on x86_64 only")
    command = ["unshare", "--time", "--monotonic", str(steady_s), "--boottime", str(boot_s), "sleep", "60"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as helper:
        try:
            _wait_until_there(helper)
            _join(pid, helper.pid)
        except OSError as error:
            raise Fatal(INTERNAL_ERROR, f"the clocks of process {pid} cannot be moved: {error}") from None
        finally:
            helper.kill()


def _wait_until_there(helper: subprocess.Popen) -> None:
    own, end = os.readlink("/proc/self/ns/time"), time.monotonic() + _LIMIT_S
    while os.readlink(f"/proc/{helper.pid}/ns/time") == own:
        if helper.poll() is not None or time.monotonic() > end:
            raise OSError(f"there is no new time namespace: {helper.stderr.read() if helper.poll() is not None else 'unshare hangs'}")
        time.sleep(0.001)


def _ptrace(request: int, pid: int, address=0, data=0) -> int:
    ctypes.set_errno(0)
    result = _libc.ptrace(request, pid, address, data)
    if result == -1 and ctypes.get_errno():
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def _join(pid: int, other: int) -> None:
    _ptrace(_SEIZE, pid)
    try:
        _ptrace(_INTERRUPT, pid)
        os.waitpid(pid, _WALL)
        saved = _Registers()
        _ptrace(_GETREGS, pid, 0, ctypes.addressof(saved))
        if _ptrace(_PEEKTEXT, pid, saved.rip - 2) & 0xFFFF != _SYSCALL:
            raise OSError("it does not wait in a system call")
        try:
            descriptor = _call(pid, saved, _PIDFD_OPEN, other, 0)
            _call(pid, saved, _SETNS, descriptor, _CLONE_NEWTIME)
            _call(pid, saved, _CLOSE, descriptor, 0)
        finally:
            _ptrace(_SETREGS, pid, 0, ctypes.addressof(saved))
    finally:
        _ptrace(_DETACH, pid)


def _call(pid: int, saved: _Registers, number: int, first: int, second: int) -> int:
    registers = _Registers.from_buffer_copy(saved)
    registers.rip -= 2
    registers.rax, registers.rdi, registers.rsi = number, first, second
    registers.orig_rax = 2**64 - 1  # the interrupted call is not restarted here
    _ptrace(_SETREGS, pid, 0, ctypes.addressof(registers))
    _ptrace(_SINGLESTEP, pid)
    os.waitpid(pid, _WALL)
    _ptrace(_GETREGS, pid, 0, ctypes.addressof(registers))
    result = ctypes.c_long(registers.rax).value
    if result < 0:
        raise OSError(-result, os.strerror(-result))
    return result
