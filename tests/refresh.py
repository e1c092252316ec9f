"""Run the notebooks from top to bottom and store what they show, without differences that mean nothing.

Each notebook's metadata keeps how long its run took, for the map in notebook 00. So notebook 00 is run last.

python tests/refresh.py [NAME ...]      all notebooks, or those whose names begin with a NAME
"""

import json
import re
import sys
import tempfile
import time
from pathlib import Path

import course
import listing
import nbformat
import practice
from nbclient import NotebookClient

CELL_LIMIT = 120  # seconds
PATH_OF_A_MACHINE = re.compile(r"(?:/(?:home|root|tmp|Users|work)/|[A-Z]:\\\\)[\w.-]+")
PICTURE = re.compile(r"(?<=;base64,)[\w+/=]+")  # an SVG within HTML, in which any letters may stand by chance
WIDGET_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")


def refresh(path, environment):
    """Rewrite the generated sections of the notebook at `path`, run the notebook, and write it back."""
    notebook = course.read(path)
    number = path.name[:2]
    for heading, cells in {**practice.sections(number), **listing.sections(number)}.items():
        notebook.cells[practice.section_of(notebook, heading)] = cells
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            timeout=CELL_LIMIT,
            kernel_name="python3",
            record_timing=False,
            store_widget_state=False,
            resources={"metadata": {"path": str(course.copy(Path(folder) / "notebooks"))}},
        )
        client.execute(env=environment)
    seconds = round(time.perf_counter() - began, 1)
    notebook.metadata["course"] = {"seconds": seconds}
    text = normalized(notebook)
    complain(path, text)
    path.write_text(text, encoding="utf-8", newline="\n")
    print(f"{path.name}: {seconds:.0f} s, {len(text.encode()) // 1000} KB", flush=True)


def normalized(notebook):
    """Return the notebook as text, without versions and with ids that count up."""
    notebook.metadata.kernelspec = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    notebook.metadata.language_info = {"name": "python"}
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    text = nbformat.writes(notebook) + "\n"
    order = {}
    return WIDGET_ID.sub(lambda found: f"{order.setdefault(found[0], len(order)):032x}", text)


def complain(path, text):
    """Exit with a message if the notebook must not be stored as it is."""
    pathless = json.loads(text)
    for cell in pathless["cells"]:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop("image/png", None)
    if found := PATH_OF_A_MACHINE.search(PICTURE.sub("", json.dumps(pathless))):
        sys.exit(f"{path.name} shows a path of this machine: {found[0]}")
    if len(text.encode()) >= course.LARGEST:
        sys.exit(f"{path.name} has {len(text.encode()) // 1000} KB: over {course.LARGEST // 1000} KB")


if __name__ == "__main__":
    first, *others = course.NOTEBOOKS
    with tempfile.TemporaryDirectory() as folder:
        environment = course.environment(Path(folder), course.NO_PROGRESS_BARS)
        for path in [*others, first]:
            if not sys.argv[1:] or path.name.startswith(tuple(sys.argv[1:])):
                refresh(path, environment)
