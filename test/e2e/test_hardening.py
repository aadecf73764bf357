"""The shipped binary is hardened as far as a static one can be; extension/CMakeLists.txt has the flags."""
import bisect
import re
import shutil
import subprocess

import pytest

pytestmark = pytest.mark.shipped("what the compiler and the linker made of the file that ships")


@pytest.fixture(scope="module")
def segments(extension):
    """Its program headers, as (type, flags)."""
    text = subprocess.run(["readelf", "-lW", extension], capture_output=True, text=True, timeout=30, check=True).stdout
    return re.findall(r"^ +([A-Z_]+) +(?:0x\w+ +){5}([RWE ]{3})", text, re.MULTILINE)


def test_no_memory_is_both_written_and_executed(segments):
    flags = [flags for kind, flags in segments if kind == "LOAD"]
    assert len(flags) >= 2
    assert not [each for each in flags if "W" in each and "E" in each]


def test_code_has_a_segment_of_its_own(segments):
    """Read-only parts are not executable: the file's own headers, in the first one, and constants."""
    flags = [flags.strip() for kind, flags in segments if kind == "LOAD"]
    assert "E" not in flags[0] and "R" in flags
    assert len([each for each in flags if "E" in each]) == 1


def test_the_stack_is_not_executable(segments):
    assert dict(segments)["GNU_STACK"].strip() == "RW"


def test_what_is_relocated_is_read_only_afterwards(segments):
    assert "GNU_RELRO" in dict(segments)


def test_code_is_not_relocated(extension):
    """A static file that is not position-independent has only the calls that glibc chooses by processor; their places lie in
    the part that becomes read-only."""
    text = subprocess.run(["readelf", "-rW", extension], capture_output=True, text=True, timeout=30, check=True).stdout
    kinds = set(re.findall(r"^[0-9a-f]+ +[0-9a-f]+ +(R_\w+)", text, re.MULTILINE))
    assert {kind.rpartition("_")[2] for kind in kinds} <= {"IRELATIV", "IRELATIVE"}


class Code:
    """The file's disassembly, with the symbols that the build kept beside it before it stripped the file."""

    # What is compiled with the project's flags: its own functions, and those that it has of libraries' headers. glibc's and
    # the compiler's libraries come compiled.
    OURS = re.compile(r"\b(vitals|boost|fmt|nlohmann)::")

    def __init__(self, extension, machine):
        symbols = extension.with_name(extension.name + ".symbols").read_text()
        self._symbols = sorted((int(address, 16), name) for address, name in re.findall(
            r"^([0-9a-f]+) [TtWwiu] (.+)$", symbols, re.MULTILINE))
        self._addresses = [address for address, _ in self._symbols]
        cross = shutil.which("aarch64-linux-gnu-objdump") if machine == "AArch64" else None
        self._text = subprocess.run([cross or "objdump", "-d", "--no-show-raw-insn", extension], capture_output=True,
                                   text=True, timeout=120, check=True).stdout
        self._calls = [(int(place, 16), int(target, 16)) for place, target in re.findall(
            r"^ *([0-9a-f]+):\s+(?:call|jmp|bl|b)\s+(?:0x)?([0-9a-f]+)", self._text, re.MULTILINE)]

    def callers(self, name):
        targets = {address for address, each in self._symbols if each == name}
        return self._ours(place for place, target in self._calls if target in targets)

    def having(self, instruction):
        return self._ours(int(place, 16) for place in re.findall(rf"^ *([0-9a-f]+):\s+{instruction}", self._text, re.MULTILINE))

    def _ours(self, places):
        within = {self._symbols[bisect.bisect_right(self._addresses, place) - 1][1] for place in places}
        return {each for each in within if self.OURS.search(each)}


@pytest.fixture(scope="module")
def machine(extension):
    text = subprocess.run(["readelf", "-hW", extension], capture_output=True, text=True, timeout=30, check=True).stdout
    return re.search(r"Machine: +(.+)", text)[1]


@pytest.fixture(scope="module")
def code(extension, machine):
    return Code(extension, machine)


def test_a_smashed_stack_is_noticed(code):
    assert len(code.callers("__stack_chk_fail")) > 50


@pytest.mark.parametrize("function", ["__memcpy_chk", "__snprintf_chk"])
def test_what_is_written_into_a_buffer_is_checked_against_its_size(code, function):
    """Where the compiler knows the size and not that it suffices, which is rare."""
    assert code.callers(function)


def test_the_stack_cannot_grow_over_what_lies_below_it_unnoticed(code, machine):
    """Each page of a large frame is touched when it is made. On arm64 a guard of 64 kB lies below the stack, and no function
    of ours takes that much."""
    assert machine == "AArch64" or code.having(r"orq? +\$0x0,(?:0x\w+)?\(%rsp\)")


def test_return_addresses_are_signed_on_arm64(code, machine):
    assert machine != "AArch64" or len(code.having("paciasp")) > 50
