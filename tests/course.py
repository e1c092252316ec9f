"""The notebooks as the tests read them."""

import re
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("[0-9][0-9]-*.ipynb"))

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path):
    return nbformat.read(path, as_version=4)


def cells(path, kind):
    """Return the notebook's cells of a kind ("code" or "markdown") in order."""
    return [cell for cell in read(path).cells if cell.cell_type == kind]


def exercises(path):
    """Return name → (script as given, script of the solution) for each exercise of the notebook."""
    found, name = {}, None
    for cell in read(path).cells:
        if given := re.match(r"%%writefile (exercise_\w+)\.py\n(.*)", cell.source, re.DOTALL):
            name = given[1]
            found[name] = (given[2], None)
        elif solution := re.match(r"<details>\s*<summary>Solution.*?```python\n(.*?)```", cell.source, re.DOTALL):
            found[name] = (found[name][0], solution[1])
    return found
