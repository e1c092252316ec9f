"""Pack what a learner answered into one file, to be handed in.

The file is a zip archive beside the notebooks. It holds the exercises as they were last run, and what the learner has
done and when. `make grade` checks a folder of such files.
"""

import json
import re
import zipfile
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from IPython.display import display

from helpers import exercises, progress
from helpers.inputs import text
from helpers.words import counted

PREFIX = "answers-"
CLAIMS = "answers.json"  # in the archive: what can't be checked, such as the name and the times
MOST_LETTERS = 60  # characters of a name in the name of the file


def show():
    """Show a field for the learner's name, and a button that packs the answers."""
    from helpers.browser.hand_in import HandInButton  # not above: packing needs no browser

    display(HandInButton(pack))


def pack(name):
    """Pack the answers in the current folder, and return what to tell the learner.

    name  the learner's name

    Raises TypeError or ValueError if there is no name or no answer, OSError if the file can't be written.
    """
    name = " ".join(text("name", name, "Ada").split())
    if not re.search(r"\w", name):
        raise ValueError("Write your name first.")
    written = [path for path in map(Path, (f"{name}.py" for name in exercises.names())) if path.is_file()]
    claimed = claims(name)
    if not written and not claimed["quizzes"]:
        raise ValueError("There is nothing to pack yet: no exercise was run here, and no quiz was answered.")
    path = Path(f"{PREFIX}{in_file_name(name)}.zip")
    write(path, written, claimed)
    packed = f"{counted(len(written), 'exercise')} and {counted(len(claimed['quizzes']), 'quiz', 'quizzes')}"
    return f"{path} now holds {packed}. It lies beside the notebooks. Hand in that file."


def claims(name):
    """Return what a file says of itself, as a dict.

    "name"     the learner's name
    "packed"   when
    "done"     name of an exercise or a quiz → when it was first done
    "tries"    name of an exercise → how often it was tried
    "quizzes"  notebook → the answers given, in order, as {"question", "choice", "at"}
    """
    facts = progress.facts()
    quizzes = {}
    for fact in facts:
        if isinstance(notebook := fact.get("quiz"), str):
            quizzes.setdefault(notebook, []).append({part: fact.get(part) for part in ("question", "choice", "at")})
    first = {done: fact.get("at") for fact in reversed(facts) if (done := progress.name_in(fact, "done"))}
    tries = Counter(filter(None, (progress.name_in(fact, "tried") for fact in facts)))
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {"name": name, "packed": now, "done": first, "tries": tries, "quizzes": quizzes}


def in_file_name(name):
    """Return a name as a part of a file's name, such as "ada-lovelace"."""
    return re.sub(r"\W+", "-", name.casefold()).strip("-")[:MOST_LETTERS]


def write(path, written, claimed):
    """Write the archive."""
    with in_one_step(path) as unfinished, zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in written:
            archive.writestr(file.name, file.read_bytes())  # write() refuses files from before 1980
        archive.writestr(CLAIMS, json.dumps(claimed, indent=2, ensure_ascii=False))


@contextmanager
def in_one_step(path):
    """Give the path of a file to write, which takes the place of the one at `path` after the block.

    An earlier one stays as it is until then, and for good if there is an error.
    """
    unfinished = path.with_suffix(".part")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
