"""What `make bench` writes: a table for each part, and pictures of some."""

import inspect
import multiprocessing
import platform
import re
from datetime import date
from pathlib import Path

from refresh import told

from benchmarks.tools import HEADER
from helpers.machine import usable_cores
from helpers.running.load import BUSY

RESULTS = Path(__file__).parent / "results"


def store(part, findings, load, folder=RESULTS):
    """Write the page of one part and, if it has one, its picture, and nothing else. Return the page's path.

    part      the function that measured
    findings  its `Findings`
    load      the `Load` of the machine before or after, or None if it is unknown
    """
    folder.mkdir(exist_ok=True)
    path = folder / f"{part.__name__}.md"
    if findings.picture:
        path.with_suffix(".svg").write_text(findings.picture.svg() + "\n", encoding="utf-8", newline="\n")
    path.write_text(page(part, findings, load), encoding="utf-8", newline="\n")
    return path


def page(part, findings, load):
    """Return the page of a part: what it measures, where and when, how busy the machine was, and its figures."""
    title, _, more = inspect.getdoc(part).partition("\n")
    picture = f"![{findings.picture.caption}]({part.__name__}.svg)" if findings.picture else ""
    said = [
        f"# {title[0].upper()}{title[1:]}",
        more.strip(),
        f"Measured by `make bench ARGS={part.__name__}` on {date.today()}: {machine()}.",
        busy(load),
        picture,
        table(findings.figures),
    ]
    return "\n\n".join(filter(None, said)) + "\n"


def table(figures):
    """Return the table of some `Figure`s in Markdown."""
    return markdown(HEADER, [figure.row() for figure in figures])


def markdown(header, rows):
    """Return a Markdown table that can be read as plain text too."""
    widths = [max(map(len, column)) for column in zip(header, *rows)]
    lines = [header, ["-" * width for width in widths], *rows]
    padded = [[f"{cell:<{width}}" for cell, width in zip(line, widths)] for line in lines]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in padded)


def busy(load):
    """Return a sentence if other programs took cores that the benchmark could have used, or ""."""
    if not load or load.others <= BUSY * load.cores:
        return ""
    return f"**The machine was busy. {told(load)} These figures are worth little: measure again when it is idle.**"


def machine():
    """Return in words what was measured on."""
    return (
        f"{processor()}, {usable_cores()} usable cores, {platform.python_implementation()} {platform.python_version()} "
        f"on {platform.system()} ({platform.machine()}), start method {multiprocessing.get_start_method()}"
    )


def processor():
    """Return the name of the processor, as far as the system tells it."""
    try:
        names = re.findall(r"^model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:  # no Linux
        names = []
    return " ".join((names or [platform.processor() or platform.machine()])[0].split())
