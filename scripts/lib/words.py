"""Finds words and phrases that this project does not use, because plain English has a better one.

    words.py [FILE...]

Reads the files of CLEAN, or the named ones. Prints file:line, the word and what to write instead, and exits with 1 if there is one.
A pattern here must be wrong in every sense: words that are right in some ("cut" the command, "double" the type) are for the reader.
Case matters: Python's None and names in capitals are not prose.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# What is checked, as git pathspecs.
CLEAN = ["*"]
# What lists the words, what is not ours, and inputs of fuzzers.
NOT_CHECKED = ["scripts/lib/words.py", "test/e2e/test_words.py", "LICENSE", "test/fuzz/corpus", "*.svg", "*.png", "*package-lock.json"]

NOT_AN = r"(?!longer|more|less|later|doubt|sooner|other than|need)"
WORDS = [(re.compile(pattern), instead) for pattern, instead in [
    (r"\b[Ss]pells?\b(?! out)", "run period; or the event meant, such as thaw"),
    (r"\b[Dd]ear(er|est|ly)?\b", "expensive"),
    (r"\b[Aa]new\b", "again; from scratch"),
    (r"(?<!there )\b(is|are|was|were) none\b(?! of)", '"is not a …", "invalid", "absent"'),
    (r"(?<!there )(?<!There )\b(is|are|was|were) no " + NOT_AN + r"[A-Za-z]", '"is not a …"'),
    (r"\bown messages?\b", "diagnostics"),
    (r"\b[Rr]ested\b|\bat rest\b", "idle"),
    (r"\byoung(er)? (process|member|runtime)", "newly discovered"),
    (r"\bfor good\b", "permanently; finally; or what happened, such as unreachable"),
    (r"\b[Tt]old\b|\b[Tt]ells\b|\b[Tt]elling\b", "reported; reports; distinguishes"),
    (r"\b(is|are|was|were) to be\b", "must be; should be; will be"),
    (r"\balone(?=[.,;:)]|$)|\b(by|in|for|on|with|of) \w+ alone\b", "only"),
    (r"\bedges? of (a|the|its|an|each) (window|invocation)\b|\bwindow'?s? edges?\b|\bat (the|its|both|either) edges?\b", "window boundary"),
    (r"\b([Aa]|[Oo]ne|first|last|next|previous|each|every|this|that|two) looks?\b(?![- ]up| (like|at (the|what|how)))|\blooks? at /proc\b",
     "sample; poll"),
    (r"\b(has|have|is|are|was|were|had) gone\b", "exited; removed; unreachable"),
    (r"\b[Bb]lanks\b|\ba blank\b(?! line)", "space"),
    (r"\b[Dd]oubles and\b|\bis doubled\b|\bdoubled (event|batch|INVOKE|report)", "duplicate"),
    (r"\b[Bb]egun\b", "started"),
    (r"\bbelieved\b", "validated; taken as valid"),
    (r"nothing else is said|said otherwise", "unless noted"),
    (r"\bin the place of\b|\bin its place\b", "instead of; instead"),
    (r"\bat hand\b", "available; or leave it out"),
    (r"\b[Ss]eldom\b", "rarely"),
    (r"\bspoilt\b", "corrupted; invalid"),
    (r"\bas ever\b|\bof old\b|\bhitherto\b|\bthereof\b|\btherein\b|\bwherein\b|\blest\b", "a plain word"),
]]


def faults(name, text):
    """One line for each word in `text`, the content of the file `name`."""
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, instead in WORDS:
            for match in pattern.finditer(line):
                yield f'{name}:{number}: "{match[0]}": write {instead}'


def checked_files(root, patterns):
    without = [f":!{each}" for each in NOT_CHECKED]
    listed = subprocess.run(["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate", "--",
                             *patterns, *without], check=True, capture_output=True, text=True)
    return [each for each in listed.stdout.split("\0") if each and (root / each).is_file()]


def main(names):
    found = 0
    for name in names or checked_files(ROOT, CLEAN):
        for fault in faults(name, (ROOT / name).read_text(encoding="utf-8", errors="replace")):
            print(fault)
            found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
