"""The notebooks, as tests read them."""

import os
import re
import shutil
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parent.parent / "notebooks"
LARGEST = 800_000  # bytes per notebook: each picture is stored as SVG and as PNG
NOTEBOOKS = sorted(FOLDER.glob("[0-9][0-9]-*.ipynb"))

LESSONS = [path for path in NOTEBOOKS if path.stem[:2] not in ("00", "14")]  # with practice: 14 is an index

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


# Stored outputs have no progress bars, which would stay at 0% forever
NO_PROGRESS_BARS = """\
import os

os.environ["TQDM_DISABLE"] = "1"  # tqdm reads it when it is imported
import tqdm.auto
import tqdm.std

tqdm.auto.tqdm = tqdm.std.tqdm  # the one that draws widgets does not ask
del os, tqdm
"""


def environment(folder, startup):
    """Return the environment for kernels that run the code `startup` first; `folder` is for their IPython's files."""
    file = folder / "profile_default" / "startup" / "startup.py"
    file.parent.mkdir(parents=True)
    file.write_text(startup)
    return {**os.environ, "IPYTHONDIR": str(folder)}


def copy(folder):
    """Copy the notebooks to a new folder at that path, without the files that they have written. Return the folder."""
    return shutil.copytree(
        FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "answers-*.zip", ".progress.jsonl", ".ipynb_checkpoints")
    )


def named(beginnings):
    """Return the paths of the notebooks whose names begin so, such as "07"; of all notebooks if none is given.

    Raises ValueError if no notebook's name does.
    """
    for beginning in beginnings:
        if not any(path.name.startswith(beginning) for path in NOTEBOOKS):
            known = ", ".join(path.name[:2] for path in NOTEBOOKS)
            raise ValueError(f"no notebook's name begins with {beginning!r}. Use one of {known}, or none for all.")
    return [path for path in NOTEBOOKS if not beginnings or path.name.startswith(tuple(beginnings))]


def read(path):
    return nbformat.read(path, as_version=4)


def cells(path, kind):
    """Return the notebook's cells of one kind ("code" or "markdown") in order."""
    return [cell for cell in read(path).cells if cell.cell_type == kind]


def anchors(path):
    """Return the anchors of the notebook's headings, as JupyterLab makes them."""
    text = "\n".join(cell.source for cell in cells(path, "markdown"))
    return {heading.strip().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
