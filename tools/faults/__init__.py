"""Faults and hostile inputs by the thousand, counted.

    python -m tools.faults AREA... [--count 1000] [--minutes 10] [--seed 0]
        [--kind TEXT] [--write]

Each trial runs in a process of its own, under limits of time and memory, and ends in
one way:

right
    The answer is that of the sound input, or whatever was lost is told.
refused
    An error, and it names the file, clip, row or parameter.
not shown
    Another answer, without a word, for damage that the format has no means to show.
unnamed
    An error that names nothing, or of a kind that callers do not expect.
wrong
    Another answer, without a word.
crashed, hung, ran code
    The process died, did not end, or ran code of the input.

A trial is made anew from the seed and its number. ``--write`` keeps the table in
``benchmarks/results/faults``.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# the makers of odd files are those of the tests
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
