"""The course's notebooks: what each answers, and how long it takes."""

import json
import re
from pathlib import Path

from IPython.display import Markdown

from helpers import inputs
from helpers.words import markdown_table


def contents(folder="."):
    """Return a table of the notebooks in `folder`: what each answers, the time to plan for, and how long it ran.

    Raises TypeError or ValueError for what is no folder.
    """
    folder = Path(inputs.path("folder", folder, "notebooks"))
    if not folder.is_dir():
        raise ValueError(f"There is no folder {folder}. Name the one that holds the notebooks.")
    rows = [row(path) for path in sorted(folder.glob("[0-9][0-9]-*.ipynb"))]
    return Markdown(markdown_table(["notebook", "you will", "time for you", "time to run"], rows))


def row(path):
    """Return the row of one notebook. `make refresh` stored how long it ran, in its metadata."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    head = "".join(notebook["cells"][0]["source"])
    question = head.splitlines()[0].removeprefix("# ")
    you_will = re.search(r"\*\*You will\*\* (.+?)\n\n", head, re.DOTALL)
    time_for_you = re.search(r"\*\*Time\*\* ([^·\n]+)", head)
    seconds = notebook["metadata"].get("course", {}).get("seconds")
    return [
        f"[{question}]({path.name})",
        you_will[1] if you_will else "",
        time_for_you[1].strip() if time_for_you else "",
        "not measured yet" if seconds is None else f"{seconds:.0f} s",
    ]
