"""Thirty made-up learners, what they hand in, and what has to be in the table.

Some of them try to harm the others or the machine. They do so under limits only, when `helpers.grading` runs them.
"""

import io
import json
import zipfile
from dataclasses import dataclass, field

from helpers import exercises, questions

NAME = "exercise_01a"
RIGHT = exercises.find(NAME).solution
GIVEN = exercises.find(NAME).given
SECRET = "secret of ada"


@dataclass(frozen=True)
class Learner:
    """A made-up learner.

    files    the name of a file in the folder of all hand-ins → its bytes
    rows     what has to be in the table: (what, result or results, a part of the hint)
    tries    what has to be there for tries
    """

    files: dict[str, bytes]
    rows: list[tuple[str, str, str]]
    tries: str = field(default="")


def packed(files, links=()):
    """Return a zip file with these files, (name, text) each. `links` are names of files that are links."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files:
            member = zipfile.ZipInfo(name)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = (0o120777 if name in links else 0o100644) << 16
            archive.writestr(member, text)
    return data.getvalue()


def archive(who, *files, links=(), rows, tries=""):
    """Return a `Learner` who hands in an archive with these files, (name, text) each."""
    return Learner({f"answers-{who}.zip": packed(files, links)}, rows, tries)


def bare(who, program, result, hint="", name=NAME):
    """Return a `Learner` who hands in a folder with a program."""
    return Learner({f"{who}/{name}.py": program.encode()}, [(name, result, hint)])


def claims(**claimed):
    return "answers.json", json.dumps(claimed)


def answer(text=RIGHT, name=NAME):
    return f"{name}.py", text


def main(*lines):
    """Return the right program with more lines at its end."""
    return RIGHT + "".join(f"    {line}\n" for line in lines)


QUIZ = questions.of_notebook("01")
RIGHT_CHOICES = [
    {"question": question.asked, "choice": next(choice.text for choice in question.choices if choice.right)}
    for question in QUIZ
]
WRONG_FIRST = {"question": QUIZ[0].asked, "choice": next(c.text for c in QUIZ[0].choices if not c.right)}

# It leaves a process of its own that outlives its program, its session and its group
ESCAPES = [
    "import os, time",
    "if not os.fork():",
    "    os.setsid()",
    "    if not os.fork():",
    "        time.sleep(600)",
    "    os._exit(0)",
    "os.wait()",
]
KILLS_PARENT = ["import os", "try: os.kill(os.getppid(), 9)", "except PermissionError: pass"]
FORKS = "import os\n\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass\n"
SPREADS = """\
import multiprocessing, time

if __name__ == "__main__":
    while True:
        multiprocessing.Process(target=time.sleep, args=(600,)).start()
"""
LEAKS = "from multiprocessing import shared_memory; kept = shared_memory.SharedMemory(create=True, size=100)"
DEEP = "[" * 100_000


def snoops(folder):
    """Return a program that is right, unless it finds out what others wrote."""
    return main(
        "from pathlib import Path",
        f"places = [Path({str(folder)!r}), *Path.cwd().parents[:-1], *Path('/proc').glob('[0-9]*/cwd')]",
        "for place in places:",
        "    try:",
        "        found = [path for path in place.rglob('exercise_*.py') if path.parent != Path.cwd()]",
        "    except OSError:",
        "        continue",
        "    for path in found:",
        f"        if {SECRET[::-1]!r}[::-1] in path.read_text():",
        "            raise RuntimeError('found a secret')",
    )


def tampers(folder):
    """Return a program that is right, unless it can change what others wrote."""
    return main(
        "from pathlib import Path",
        f"for path in [Path({str(folder)!r}, 'ada', 'exercise_01a.py'), Path({str(folder)!r}, 'ada', 'new.py')]:",
        "    try:",
        "        path.write_text('changed')",
        "    except OSError:",
        "        continue",
        "    raise RuntimeError('changed a file')",
    )


def learners(folder):
    """Return name → `Learner`, for hand-ins in `folder`."""
    forged = claims(name="Forged", done={NAME: "2020-01-01", "exercise_01b": "x"}, tries={NAME: 1})
    return {
        "ada": bare("ada", f"# {SECRET}\n{RIGHT}", "right"),
        "bea": bare("bea", GIVEN, "not yet", "Whose total did the workers add to?"),
        "cem": bare("cem", RIGHT.replace("sum(pool.map", "list(pool.map"), "not yet", "What's missing for a total?"),
        "dan": bare("dan", "", "not yet", "No worker process"),
        "eva": bare("eva", "print(", "not yet", "Python can't read line 1"),
        "fay": bare("fay", "import os\nos._exit(0)\n", "not yet", "No worker process"),
        "gil": bare("gil", main("import os", "os._exit(3)"), "not yet", "it did not say which"),
        "hal": bare("hal", "while True:\n    pass\n", "not yet", "it computes all the time"),
        "ida": bare("ida", "import multiprocessing\nmultiprocessing.SimpleQueue().get()\n", "not yet", "does not end"),
        "jon": bare("jon", FORKS, "not yet or stopped"),  # on a busy machine it slows its check down
        "kim": bare("kim", SPREADS, "not yet", "more and more processes"),
        "leo": bare("leo", main("print('x' * 20_000_000)"), "not yet", "It printed"),
        "mia": bare("mia", "while True: print('x' * 1_000_000)\n", "not yet", "printed too much"),
        "nat": bare("nat", main("kept = bytearray(6 * 2**30)"), "not yet", "MemoryError"),
        "oda": bare("oda", main("files = [open('/dev/null') for _ in range(5000)]"), "not yet", "Too many open files"),
        "pia": bare("pia", main(*ESCAPES), "right"),
        "quin": bare("quin", main(*KILLS_PARENT), "right"),
        "ray": bare("ray", snoops(folder), "right"),
        "sue": bare("sue", tampers(folder), "right"),
        "tom": bare("tom", main(LEAKS, "import os", "os._exit(0)"), "right"),
        "ugo": archive(
            "ugo",
            answer(),
            answer("print(...)", "exercise_01b"),
            claims(name="Ugo =1", tries={NAME: 7}, done={NAME: "at noon"}, quizzes={"01": RIGHT_CHOICES}),
            rows=[
                (NAME, "right", ""),
                ("exercise_01b", "not yet", "a gap to fill in"),
                ("quiz_01", "claimed", f"{len(QUIZ)} of {len(QUIZ)} right at once"),
            ],
            tries="7",
        ),
        "vic": archive(
            "vic",
            answer(GIVEN),
            forged,
            rows=[(NAME, "not yet", "Whose total"), ("exercise_01b", "missing", "")],
            tries="1",
        ),
        "wim": archive(
            "wim",
            claims(name=["x"], tries={NAME: -1}, done=[], quizzes={"01": [WRONG_FIRST, *RIGHT_CHOICES], "77": []}),
            answer(),
            rows=[(NAME, "right", ""), ("quiz_01", "claimed", f"{len(QUIZ) - 1} of {len(QUIZ)} right at once")],
        ),
        "xia": Learner({"answers-xia.zip": b"PK\x03\x04 not a zip file"}, [("", "not read", "can't be read")]),
        "yan": archive("yan", rows=[("", "not read", "no answer in it")]),
        "zoe": archive("zoe", answer(), ("../exercise_01b.py", RIGHT), rows=[("", "not read", "leads out of it")]),
        "bomb": archive("bomb", answer("#" * 50_000_000), rows=[("", "not read", "larger than 200,000 bytes")]),
        "link": archive(
            "link", answer("/etc/passwd"), links=("exercise_01a.py",), rows=[("", "not read", "is a link")]
        ),
        "twice": archive("twice", answer(), ("more/exercise_01a.py", GIVEN), rows=[("", "not read", "in it twice")]),
        "deep": archive(
            "deep", ("answers.json", DEEP), answer(), rows=[(NAME, "right", ""), ("", "not read", "can't be read")]
        ),
    }
