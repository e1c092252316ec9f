"""Run what has changed in the notebooks and store what it shows, without differences that mean nothing.

If code of its own has changed, a notebook runs from top to bottom, so that all its figures are those of one run. If
only its exercises or its quiz have changed, they run alone, and every other output stays.
Nothing is stored if a claim of a cell did not hold, or if other programs took the cores.

Each notebook's metadata keeps how long its run took, for the map in notebook 00, and which code it ran. So notebook 00
comes last, and its map is always written anew. So are the tables of TEACHING.md.
"""

import argparse
import hashlib
import json
import re
import sys
import tempfile
import time
from pathlib import Path

import course
import guide
import listing
import nbformat
import practice
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from helpers.running.load import BUSY, Watch

CELL_LIMIT = 120  # seconds
LOOK = 1.0  # seconds, before a run and after it, in which other programs show how busy they are
OF_ALL = ["## The map", "## What you have done"]  # in notebook 00: they show what the other notebooks are
PATH_OF_A_MACHINE = re.compile(r"(?:/(?:home|root|tmp|Users|work)/|[A-Z]:\\\\)[\w.-]+")
PICTURE = re.compile(r"(?<=;base64,)[\w+/=]+")  # an SVG within HTML, in which any letters may stand by chance
WIDGET_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
COLOR = re.compile(r"\x1b\[[\d;]*m")
MARKED = re.compile(r"^-+> *\d+ (.*)", re.MULTILINE)  # the line of a cell that raised an error, in IPython's traceback


class Refused(Exception):
    """The notebook must not be stored as it is."""


def refresh(path, environment, everything=False, busy=False):
    """Rewrite the generated sections of the notebook at `path`, run what has changed, and write the notebook back.

    everything  whether to run all cells, changed or not
    busy        whether to store what was measured on a busy machine, too

    Raises Refused if the notebook must not be stored. Then the file stays as it is.
    """
    notebook = course.read(path)
    own, alone = divided(notebook, path.name[:2])
    everything = everything or has_changed(notebook, own)
    cells = notebook.cells if everything else alone
    seconds = run(cells, environment, busy or not everything) if cells else 0.0
    if everything:
        notebook.metadata["course"] = {"code": fingerprint(own), "seconds": seconds}
    text = normalized(notebook)
    complain(text)
    if text == path.read_text(encoding="utf-8"):
        print(f"{path.name}: nothing has changed", flush=True)
    else:
        path.write_text(text, encoding="utf-8", newline="\n")
        ran = "all cells" if everything else f"{len(cells)} of its cells"
        print(f"{path.name}: ran {ran} in {seconds:.0f} s, {len(text.encode()) // 1000} KB", flush=True)


# --- What has changed ---


def divided(notebook, number):
    """Write the generated sections of a notebook such as "04", and divide its code cells.

    Returns its own, of which each may need those before it; and those to run that stand alone: exercises and quiz if
    they have changed, and the map. Raises Refused if a section has no place, or nothing to write into it.
    """
    try:
        sections = {**practice.sections(number), **listing.sections(number)}
        for heading, cells in sections.items():
            place = practice.section_of(notebook, heading)
            if practice.sources(notebook.cells[place]) != practice.sources(cells):
                notebook.cells[place] = cells
        headings = OF_ALL if number == "00" else sections
        places = [practice.section_of(notebook, heading) for heading in headings]
    except ValueError as error:
        raise Refused(str(error)) from None
    inside = {index for place in places for index in range(place.start, place.stop)}
    own, alone = [], []
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            (alone if index in inside else own).append(cell)
    is_new = number == "00" or any(cell.execution_count is None for cell in alone)
    return own, alone if is_new else []


def has_changed(notebook, own):
    """Return whether a notebook's outputs are not those of one run of its `own` code cells."""
    counts = [cell.execution_count for cell in own]
    in_order = None not in counts and counts == sorted(counts)
    return not in_order or notebook.metadata.get("course", {}).get("code") != fingerprint(own)


def fingerprint(cells):
    """Return a short text that another code in the cells would change."""
    return hashlib.sha256("\0".join(cell.source for cell in cells).encode()).hexdigest()[:12]


# --- The run ---


def run(cells, environment, busy):
    """Run cells in a kernel of their own, in a copy of the notebooks. Return for how many seconds.

    Raises Refused if one of them ends with an error, or takes too long; or if the machine is busy, unless it may be.
    """
    before = look()
    if not busy:
        insist_on_idle_cores(before)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            nbformat.v4.new_notebook(cells=cells),
            timeout=CELL_LIMIT,
            kernel_name="python3",
            record_timing=False,
            store_widget_state=False,
            allow_errors=True,  # to tell of all claims that did not hold
            extra_arguments=["--IPKernelApp.log_level=ERROR"],  # it warns of TCP, which stays on this machine
            resources={"metadata": {"path": str(course.copy(Path(folder) / "notebooks"))}},
        )
        try:
            client.execute(env=environment)
        except (CellTimeoutError, DeadKernelError) as error:
            raise Refused(str(error)) from None
    seconds = round(time.perf_counter() - began, 1)
    after = look()
    if failed := [error for cell in cells for error in errors(cell)]:
        raise Refused("\n".join(["What a cell says did not hold:", *failed, told(busier(before, after))]))
    if not busy:
        insist_on_idle_cores(after)
    return seconds


def errors(cell):
    """Return the errors with which a cell ended, each in a line, with the line of code that raised it."""
    found = []
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            lines = MARKED.findall(COLOR.sub("", "\n".join(output.traceback)))
            said = ": ".join(filter(None, [output.ename, output.evalue]))
            found.append(f"    cell [{cell.execution_count}]  {lines[0].strip() if lines else ''}  ({said})")
    return found


def look():
    """Return the `Load` that other programs put on the cores now, or None if that is unknown."""
    watch = Watch()
    time.sleep(LOOK)
    return watch.load(used=0.0)


def busier(one, other):
    """Return the `Load` of a busier machine, or None if one of them is unknown."""
    return max(one, other, key=lambda load: load.others) if one and other else None


def told(load):
    """Return in a sentence how busy the machine was."""
    return f"Other programs took {load.others:.1f} of {load.cores} cores." if load else "How busy it was is unknown."


def insist_on_idle_cores(load):
    """Raise Refused if other programs take so much of the cores that figures would be theirs."""
    if load and load.others > BUSY * load.cores:
        raise Refused(
            f"{told(load)} What it measures would be worth little. Run it again when the machine is idle. "
            "To store it all the same, add --busy."
        )


# --- What is stored ---


def normalized(notebook):
    """Return the notebook as text, without versions and with numbers and ids that count up."""
    notebook.metadata.kernelspec = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    notebook.metadata.language_info = {"name": "python"}
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    for count, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), start=1):
        cell.execution_count = count
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
    text = nbformat.writes(notebook) + "\n"
    order = {}
    return WIDGET_ID.sub(lambda found: f"{order.setdefault(found[0], len(order)):032x}", text)


def refresh_guide():
    """Write the tables of TEACHING.md anew. Raises Refused if one of them has no place, or nothing to write into it."""
    text = guide.FILE.read_text(encoding="utf-8")
    try:
        new = guide.written(text)
    except ValueError as error:
        raise Refused(str(error)) from None
    if new != text:
        guide.FILE.write_text(new, encoding="utf-8", newline="\n")
        print(f"{guide.FILE.name}: its tables have changed", flush=True)


def complain(text):
    """Raise Refused if the text of a notebook must not be stored."""
    pathless = json.loads(text)
    for cell in pathless["cells"]:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop("image/png", None)
    if found := PATH_OF_A_MACHINE.search(PICTURE.sub("", json.dumps(pathless))):
        raise Refused(f"It shows a path of this machine: {found[0]}")
    if len(text.encode()) >= course.LARGEST:
        raise Refused(f"It has {len(text.encode()) // 1000} KB: over {course.LARGEST // 1000} KB.")


# --- The command ---


def main(arguments):
    """Refresh what the command line names. Exits with a message if it names nothing, or if a notebook is not stored."""
    parser = argparse.ArgumentParser(
        prog="make refresh", usage='make refresh ARGS="[--all] [--busy] [NAME ...]"', description=__doc__
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="how a notebook's name begins, such as 07")
    parser.add_argument("--all", action="store_true", help="run all cells, changed or not")
    parser.add_argument("--busy", action="store_true", help="store what was measured on a busy machine, too")
    wanted = parser.parse_args(arguments)
    try:
        chosen = course.named(wanted.names)
    except ValueError as error:
        parser.error(str(error))
    first, *others = course.NOTEBOOKS
    with tempfile.TemporaryDirectory() as folder:
        environment = course.environment(Path(folder), course.NO_PROGRESS_BARS)
        stored = [
            is_stored(path, refresh, path, environment, wanted.all and path in chosen, wanted.busy)
            for path in [*filter(chosen.__contains__, others), first]
        ]
    stored.append(is_stored(guide.FILE, refresh_guide))
    if not all(stored):
        sys.exit(1)


def is_stored(path, act, *arguments):
    """Call the function that writes the file at `path`. Return whether it did, having said why it didn't."""
    try:
        act(*arguments)
    except Refused as why:
        print(f"{path.name} is not stored. {why}", file=sys.stderr, flush=True)
        return False
    return True


if __name__ == "__main__":
    main(sys.argv[1:])
