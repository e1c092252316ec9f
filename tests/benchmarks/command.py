"""The command behind `make bench`."""

import argparse
import inspect
import sys
from pathlib import Path
from time import perf_counter

from refresh import busier, look

from benchmarks.account import account, fullness
from benchmarks.advice import advice
from benchmarks.costs import cost_of_a_task
from benchmarks.drawing import drawing
from benchmarks.growth import growth
from benchmarks.panels import begin_and_cancel, first_panel
from benchmarks.simulation import simulation
from benchmarks.speedups import speedups
from benchmarks.start_up import imports, start_up
from benchmarks.storing import page, store
from benchmarks.the_course import course, keep_suite
from benchmarks.tracing import tracing
from benchmarks.watching import watching
from helpers.words import about

PARTS = [
    account,
    fullness,
    speedups,
    cost_of_a_task,
    imports,
    start_up,
    growth,
    watching,
    tracing,
    drawing,
    first_panel,
    begin_and_cancel,
    simulation,
    advice,
    course,
]


def main(description, arguments=None):
    """Measure and store what the command line names."""
    parser = argparse.ArgumentParser(
        prog="make bench",
        usage='make bench ARGS="[--suite FILE] [PART ...]"',
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(["parts:", *(f"  {part.__name__:<18}{title(part)}" for part in PARTS)]),
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="see below; none: all")
    parser.add_argument(
        "--suite", type=Path, metavar="FILE", help="a report of all tests: make test ARGS=--junitxml=FILE"
    )
    wanted = parser.parse_args(arguments)
    known = {part.__name__: part for part in PARTS}
    if unknown := [name for name in wanted.parts if name not in known]:
        parser.error(f"no part is called {unknown[0]!r}. Use some of {', '.join(known)}, or none for all.")
    if wanted.suite:
        try:
            keep_suite(wanted.suite)
        except (OSError, ValueError) as error:
            parser.error(str(error))
    chosen = [part for part in PARTS if not wanted.parts or part.__name__ in wanted.parts]
    for number, part in enumerate(chosen, start=1):
        print(f"{number} of {len(chosen)}: {title(part)}", file=sys.stderr, flush=True)
        measure(part)


def measure(part):
    """Measure one part, store what it found, and print it."""
    before, began = look(), perf_counter()
    findings = part()
    seconds, load = perf_counter() - began, busier(before, look())
    path = store(part, findings, load)
    print(page(part, findings, load), flush=True)
    print(f"In {path}, after {about(seconds)}.", file=sys.stderr, flush=True)


def title(part):
    """Return the first line of what a part says of itself."""
    return inspect.getdoc(part).splitlines()[0]
