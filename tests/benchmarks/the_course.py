"""How long the notebooks and the tests take."""

import json
from datetime import date
from xml.etree import ElementTree

from course import NOTEBOOKS, read

from benchmarks.storing import RESULTS
from benchmarks.tools import Figure, Findings

LONGEST = 25  # seconds of a notebook, from top to bottom
LONGEST_OF_12 = 40  # it starts one cluster after the other
LONGEST_SUITE = 15  # minutes, on two cores
KEPT = "suite.json"


def course():
    """the course: how long each notebook runs from top to bottom, and how long all tests take

    A notebook's seconds are those of the last `make refresh` that ran all of it. Those of the tests are of the last
    report that was given: `make test ARGS=--junitxml=FILE`, then `make bench ARGS="course --suite FILE"`.

    A notebook must take at most 25 seconds (12 at most 40), and the tests at most 15 minutes on two cores.
    """
    seconds = {path.stem: read(path).metadata.get("course", {}).get("seconds") for path in NOTEBOOKS}
    return Findings(figures_of(seconds, kept_suite()))


def figures_of(seconds, suite):
    """Return the `Figure`s for notebook → seconds, and for what `keep_suite` kept, or None."""
    known = {name: figure for name, figure in seconds.items() if figure is not None}
    figures = [
        Figure(name, [figure], " s", 1, most=LONGEST_OF_12 if name.startswith("12") else LONGEST)
        for name, figure in known.items()
    ]
    figures.append(Figure("all notebooks, one after the other", [sum(known.values())], " s"))
    if suite:
        what = f"all {suite['tests']:,} tests, on {suite['date']}"
        figures.append(Figure(what, [suite["seconds"] / 60], " min", 1, most=LONGEST_SUITE))
    return figures


def keep_suite(report, folder=RESULTS):
    """Keep how long all tests took, from a report that pytest wrote with --junitxml. Raises ValueError for others."""
    try:
        suites = [*ElementTree.parse(report).getroot().iter("testsuite")]
    except ElementTree.ParseError as error:
        raise ValueError(f"{report} is no report of pytest's: {error}.") from None
    if not suites:
        raise ValueError(f"{report} is no report of pytest's: it names no tests.")
    kept = {
        "seconds": sum(float(suite.get("time")) for suite in suites),
        "tests": sum(int(suite.get("tests")) for suite in suites),
        "date": suites[0].get("timestamp", date.today().isoformat())[:10],
    }
    folder.mkdir(exist_ok=True)
    (folder / KEPT).write_text(json.dumps(kept) + "\n", encoding="utf-8")


def kept_suite(folder=RESULTS):
    """Return what `keep_suite` has kept, or None."""
    kept = folder / KEPT
    return json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else None
