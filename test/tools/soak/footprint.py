"""The extension's memory and descriptors during a soak run, life by life."""
import os
from dataclasses import dataclass, field
from statistics import median

# Contract: the extension stays under this, whatever happens.
MEMORY_LIMIT_KB = 4096
# The allocator's own variation between two samples of a process that holds the same. A leak of one byte for every invocation is
# more than that in a run of a million, one of a small object in a run of ten thousand.
PLAY_KB = 128
PLAY_DESCRIPTORS = 2  # a telemetry connection that is renewed
ENOUGH_LOOKS = 24  # in a life, to tell growth from chance


@dataclass
class Life:
    """From one start of the extension to its end."""

    pid: int
    resident_kb: list[int] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)
    high_water_kb: int = 0

    def look(self) -> None:
        try:
            with open(f"/proc/{self.pid}/status") as status:
                values = dict(line.split(":", 1) for line in status)
            self.descriptors.append(len(os.listdir(f"/proc/{self.pid}/fd")))
            self.resident_kb.append(int(values["VmRSS"].split()[0]))
            self.high_water_kb = int(values["VmHWM"].split()[0])
        except (OSError, KeyError):
            return  # it has exited

    def _growth(self, values: list[int]) -> int:
        """Of the usual value, from the second quarter of the life to the last one: the first is the warm-up."""
        quarter = len(values) // 4
        return round(median(values[-quarter:]) - median(values[quarter:2 * quarter]))

    @property
    def faults(self) -> list[str]:
        found = []
        if self.high_water_kb >= MEMORY_LIMIT_KB:
            found.append(f"resident memory reached {self.high_water_kb} kB")
        if len(self.resident_kb) >= ENOUGH_LOOKS:
            if (grown := self._growth(self.resident_kb)) > PLAY_KB:
                found.append(f"resident memory grew by {grown} kB, to {self.resident_kb[-1]} kB")
            if (grown := self._growth(self.descriptors)) > PLAY_DESCRIPTORS:
                found.append(f"descriptors grew by {grown}, to {self.descriptors[-1]}")
        return found


class Footprint:
    def __init__(self) -> None:
        self.lives: list[Life] = []

    def look(self, pid: int) -> None:
        if not self.lives or self.lives[-1].pid != pid:
            self.lives.append(Life(pid))
        self.lives[-1].look()

    @property
    def now(self) -> str:
        if not self.lives or not self.lives[-1].resident_kb:
            return "–"
        life = self.lives[-1]
        return f"{life.resident_kb[-1] / 1024:.2f} MB, {life.descriptors[-1]} descriptors"

    def figures(self) -> dict:
        """One sentence, and what is wrong."""
        high_water = max((life.high_water_kb for life in self.lives), default=0) / 1024
        descriptors = max((max(life.descriptors, default=0) for life in self.lives), default=0)
        longest = max(self.lives, key=lambda life: len(life.resident_kb))
        first, last = longest.resident_kb[0] / 1024, longest.resident_kb[-1] / 1024
        return {
            "footprint": f"{len(self.lives)} lives of the extension; resident memory {high_water:.2f} MB at most, "
                         f"{first:.2f} MB at the begin and {last:.2f} MB at the end of the longest life; "
                         f"{descriptors} descriptors at most",
            "faults": [fault for life in self.lives for fault in life.faults]}
