"""Read what learners handed in: files of the button in notebook 00, or bare files of exercises.

Nothing in them is trusted. Only files that are called like an exercise are taken out of an archive, into memory.
"""

import json
import zipfile
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from helpers import exercises, questions
from helpers.handing_in import CLAIMS, PREFIX

MOST_IN_FILE = 200_000  # bytes of an exercise, or of the claims
MOST_IN_ARCHIVE = 5_000_000  # bytes of an archive
MOST_FILES = 1000  # in an archive
MOST_LETTERS = 80  # characters of a learner's name
NOTHING = "There is no answer in it."
LINK = 0o120000  # the kind of file in an archive that is a link
ENCRYPTED = 1  # a flag of a file in an archive
PACKED_BY = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others may ask for gigabytes of memory


@dataclass
class HandIn:
    """What a learner handed in.

    who       the name of the file or of the folder
    answers   the name of an exercise → the bytes of its file
    claims    what the file says of itself; see `helpers.handing_in.claims`
    problems  what could not be read, in words
    """

    who: str
    answers: dict[str, bytes] = field(default_factory=dict)
    claims: dict = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def name(self):
        """The learner's name, as claimed."""
        return clean(self.claims.get("name"))[:MOST_LETTERS]

    def tries(self, exercise):
        """Return how often the exercise was tried, as claimed, or None."""
        tries = as_dict(self.claims.get("tries")).get(exercise)
        return tries if type(tries) is int and 0 < tries < 10**6 else None

    def done(self):
        """Return the name of what is done → when, as claimed."""
        done = as_dict(self.claims.get("done"))
        return {name: clean(at)[:MOST_LETTERS] for name, at in done.items() if name in exercises.names()}

    def quizzes(self):
        """Return the number of a notebook → (how many answers were right at once, of how many), as claimed."""
        found = {}
        for notebook, given in sorted(as_dict(self.claims.get("quizzes")).items()):
            if notebook in questions.notebooks() and isinstance(given, list):
                asked = questions.of_notebook(notebook)
                found[notebook] = sum(right_at_once(question, given) for question in asked), len(asked)
        return found


def right_at_once(question, given):
    """Return whether the first choice that was given for a `Question` is its right one."""
    chosen = [fact.get("choice") for fact in given if isinstance(fact, dict) and fact.get("question") == question.asked]
    return bool(chosen) and any(choice.right and choice.text == chosen[0] for choice in question.choices)


def as_dict(value):
    return value if isinstance(value, dict) else {}


def clean(value):
    """Return a text of a learner's as one line that does nothing in a terminal, or "" if it is no text."""
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


# --- In a folder ---


def in_folder(folder):
    """Return the `HandIn`s in a folder, in order.

    Each archive is one, and so is each folder with bare files of exercises. So is an empty folder of a learner.
    """
    found = []
    for place in sorted([folder, *folder.rglob("*")]):
        inside = place.relative_to(folder).parts
        if place.is_symlink() or any(part.startswith((".", "__")) for part in inside):
            continue
        if place.is_dir():
            bare = [path for path in sorted(place.glob("exercise_*.py")) if path.stem in exercises.names()]
            if bare:
                found.append(in_bare_files(clean("/".join(inside)) or clean(folder.resolve().name), bare))
        elif place.suffix.lower() == ".zip":
            who = "/".join([*inside[:-1], place.stem.removeprefix(PREFIX)])
            found.append(in_archive(clean(who), place))
    known = {hand_in.who.partition("/")[0] for hand_in in found}
    learners = [place.name for place in folder.iterdir() if place.is_dir() and not place.name.startswith((".", "__"))]
    found += [HandIn(clean(name), problems=[NOTHING]) for name in learners if clean(name) not in known]
    return sorted(found, key=lambda hand_in: hand_in.who)


def in_bare_files(who, paths):
    """Return the `HandIn` that consists of these files."""
    hand_in = HandIn(who)
    for path in paths:
        if path.is_symlink() or not path.is_file():
            hand_in.problems.append(f"{path.name} is not a plain file.")
        elif path.stat().st_size > MOST_IN_FILE:
            hand_in.problems.append(f"{path.name} is larger than {MOST_IN_FILE:,} bytes.")
        else:
            hand_in.answers[path.stem] = path.read_bytes()
    return hand_in


# --- In an archive ---


class Refused(Exception):
    """An archive, or a file in it, is not read."""


def in_archive(who, path):
    """Return the `HandIn` that is in the zip file at `path`."""
    hand_in = HandIn(who)
    try:
        if path.stat().st_size > MOST_IN_ARCHIVE:
            raise Refused(f"The file is larger than {MOST_IN_ARCHIVE:,} bytes.")
        with zipfile.ZipFile(path) as archive:
            for name, member in wanted(archive).items():
                take(hand_in, name, read(archive, member))
    except Refused as why:
        return HandIn(who, problems=[str(why)])
    except Exception as error:  # zipfile raises errors of many kinds for a broken file
        return HandIn(who, problems=[f"The file can't be read as a zip file: {clean(str(error)) or 'it is broken'}."])
    if not hand_in.answers and not hand_in.claims and not hand_in.problems:
        hand_in.problems.append(NOTHING)
    return hand_in


def take(hand_in, name, data):
    """Add a file of an archive, with this name and these bytes, to a `HandIn`."""
    if name != CLAIMS:
        hand_in.answers[name.removesuffix(".py")] = data
        return
    try:
        hand_in.claims = as_dict(json.loads(data))
    except (ValueError, RecursionError):
        hand_in.problems.append(f"{CLAIMS} can't be read.")


def wanted(archive):
    """Return name → `ZipInfo` of the files to be read. Raises Refused if one of them may not be what it seems."""
    members = archive.infolist()
    if len(members) > MOST_FILES:
        raise Refused(f"There are more than {MOST_FILES} files in it.")
    known = {CLAIMS, *(f"{name}.py" for name in exercises.names())}
    found = {}
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in member.filename:
            raise Refused(f"A name in it leads out of it: {clean(member.filename)[:MOST_LETTERS]}.")
        if member.is_dir() or path.name not in known or any(part.startswith((".", "__")) for part in path.parts):
            continue
        if path.name in found:
            raise Refused(f"{path.name} is in it twice.")
        if member.external_attr >> 16 & 0o170000 == LINK:
            raise Refused(f"{path.name} is a link.")
        if member.flag_bits & ENCRYPTED or member.compress_type not in PACKED_BY:
            raise Refused(f"{path.name} is encrypted, or packed in an unusual way.")
        found[path.name] = member
    return found


def read(archive, member):
    """Return the bytes of a file in an archive. Raises Refused if there are too many, whatever the archive says."""
    with archive.open(member) as file:
        data = file.read(MOST_IN_FILE + 1)
    if len(data) > MOST_IN_FILE:
        raise Refused(f"{PurePosixPath(member.filename).name} is larger than {MOST_IN_FILE:,} bytes.")
    return data
