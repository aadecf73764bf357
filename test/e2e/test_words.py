"""scripts/lib/words.py finds the words that this project does not use, and no ordinary ones."""
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "lib"))

import words  # noqa: E402

pytestmark = pytest.mark.shipped("no extension runs")


@pytest.mark.parametrize(("text", "word"), [
    ("// It waits three spells.", "spells"), ("dearer than its bound", "dearer"), ("measured anew", "anew"),
    ("A pid of 0 is none.", "is none"), ("what is no JSON", "is no J"), ("the extension's own messages", "own messages"),
    ("The API is gone for good.", "for good"), ("as it was told", "told"), ("This tells the difference.", "tells"),
    ("To be read, it is to be opened.", "is to be"), ("good during the call alone.", "alone"), ("the gauges alone", "alone"),
    ("the edge of a window", "edge of a window"), ("at the first look", "first look"), ("the process has gone", "has gone"),
    ("leading blanks", "blanks"), ("telemetry is believed", "believed"), ("where nothing else is said", "nothing else is said")])
def test_a_word_is_found(text, word):
    assert [fault for fault in words.faults("x.h", f"first line\n{text}\n") if word in fault and fault.startswith("x.h:2: ")]


@pytest.mark.parametrize("text", [
    "There is no telemetry, and there is none later.", "It is no longer than 4 KB.", "if x is None: return", "Cut it with cut -d: -f1.",
    "double value = 0.5;", "A blank line ends it.", "standalone", "Leave it alone and go on.", "misspelt", "edges covered by the fuzzer",
    "Look at the log.", "The rest is read.", "looks up the address", "spell out the name"])
def test_an_ordinary_word_is_not(text):
    assert list(words.faults("x.h", text)) == []


def test_the_command_names_the_place_and_fails(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("fine\nfine, told anew\n")
    run = subprocess.run([sys.executable, ROOT / "scripts" / "lib" / "words.py", page], capture_output=True, text=True, timeout=20)
    assert run.returncode == 1
    assert run.stdout.splitlines() == [f'{page}:2: "anew": write again; from scratch',
                                       f'{page}:2: "told": write reported; reports; distinguishes']


def test_what_is_checked_exists_and_is_in_order():
    checked = words.checked_files(ROOT, words.CLEAN)
    assert len(checked) > 500 and "README.md" in checked
    assert not set(checked) & set(words.NOT_CHECKED)
