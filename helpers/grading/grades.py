"""Check all answers of a class, several at a time, each in a folder of its own that is removed again."""

import json
import stat
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import monotonic

import psutil

from helpers.grading import protection
from helpers.grading.hand_ins import clean
from helpers.machine import usable_cores, usable_memory
from helpers.running.families import OWN_GROUP, adopt_orphans, end_descendants, end_group, group
from helpers.words import size_in_words

CHECK_LIMIT = 100.0  # seconds for a check, which may run a program up to four times, for 20 s each
LOOK_EVERY = 0.25  # seconds
MOST_ON_DISK = 400 * 2**20  # bytes of all files of a check, what its program printed included
SMALLEST_FILE = 2**12  # bytes that a file takes at least, even an empty one: a name takes room, too
MOST_PROCESSES = 400  # of a check, its program included: the check itself gives up much earlier
LEAST_MEMORY, MOST_MEMORY = 2**30, 4 * 2**30  # bytes for a program
MOST_LETTERS = 300  # characters of a hint

RIGHT, NOT_YET, UNKNOWN = "right", "not yet", "can't tell"
STOPPED, UNREAD, MISSING, CLAIMED = "stopped", "not read", "missing", "claimed"


@dataclass(frozen=True)
class Grade:
    """A row of the table.

    who     whose file or folder it is
    name    the learner's name, as claimed
    what    the name of an exercise or a quiz, or "" for the whole file
    result  RIGHT, NOT_YET, UNKNOWN (the check can't tell), STOPPED (the check had to be ended), UNREAD, MISSING (it is
            claimed to be done, but not there), or CLAIMED (a quiz, which can't be checked)
    hint    what the learner would be told first, or what is wrong with the file
    tries   how often it was tried, as claimed; None if unknown
    done    when it was done, as claimed, or ""
    """

    who: str
    name: str
    what: str
    result: str
    hint: str = ""
    tries: int | None = None
    done: str = ""


class Grader:
    """Checks answers. Use it in a with block, which leaves nothing behind.

    folder  the folder of all hand-ins, which is kept out of the programs' reach

    protected  what was seen to be kept out of reach, as sentences
    """

    def __init__(self, folder):
        self.folder = folder
        self.workers = usable_cores()
        self.memory = min(MOST_MEMORY, max(LEAST_MEMORY, usable_memory() // (2 * self.workers)))
        self._numbers = count(1)
        self._stopping = threading.Event()

    def __enter__(self):
        adopt_orphans()
        self._before = set(psutil.Process().children())
        self._work = tempfile.TemporaryDirectory(prefix="grading-", ignore_cleanup_errors=True)
        place = Path(self._work.name)
        place.chmod(0o711)  # another user gets into a folder of its own, and can't list those of others
        try:
            self._way, self.protected = protection.best(self.folder, place, self.memory)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._stopping.set()
        end_descendants(but=self._before)
        self._work.cleanup()

    def grades(self, hand_ins):
        """Yield a list of `Grade`s for each `HandIn`, in order, as soon as all of them are known."""
        with ThreadPoolExecutor(self.workers) as threads:
            asked = [
                (hand_in, [threads.submit(self.grade, hand_in, name) for name in sorted(hand_in.answers)])
                for hand_in in hand_ins
            ]
            try:
                for hand_in, answers in asked:
                    yield [*(answer.result() for answer in answers), *unchecked(hand_in)]
            finally:
                self._stopping.set()  # an interrupt must not wait for what is left
                threads.shutdown(cancel_futures=True)

    def grade(self, hand_in, name):
        """Return the `Grade` of an answer in a `HandIn`, having run it."""
        result, hint = self.check(name, hand_in.answers[name])
        hint = "" if result == RIGHT else clean(hint)[:MOST_LETTERS]
        return Grade(hand_in.who, hand_in.name, name, result, hint, hand_in.tries(name), hand_in.done().get(name, ""))

    def check(self, name, answer):
        """Return the result and the hint for an answer, the bytes of a file, to the exercise with this name."""
        number = next(self._numbers)
        with tempfile.TemporaryDirectory(dir=self._work.name, prefix=f"{number}-", ignore_cleanup_errors=True) as place:
            place = Path(place)
            place.chmod(0o711)
            own = place / "own"
            own.mkdir(mode=0o700)
            file = own / f"{name}.py"
            file.write_bytes(answer)
            command = self._way.command(place, number, self.memory, self.folder)
            with self.judge(place, name, file, command) as judge:
                why = self.watch(judge, place)
            said, complaint = judge.communicate()
        if why:
            return STOPPED, why
        try:
            found = json.loads(said)
        except ValueError:
            return UNKNOWN, f"The check ended without a verdict. {(complaint.strip().splitlines() or [''])[-1]}"
        if found["right"]:
            return RIGHT, ""
        return NOT_YET if found["opening"].startswith("Not yet") else UNKNOWN, found["hint"]

    @contextmanager
    def judge(self, place, name, file, command):
        """Start a check, and end it with everything that it started. Yields its Popen."""
        judge = subprocess.Popen(
            [sys.executable, "-P", "-m", "helpers.grading.judge", name, str(file), json.dumps(command)],
            cwd=place,
            env=protection.scripts_environment(place),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **OWN_GROUP,
        )
        try:
            yield judge
        finally:
            end_group(judge)

    def watch(self, judge, place):
        """Wait until a check ends. Return None, or why it has to be ended. `place` is the folder with all its files."""
        deadline = monotonic() + CHECK_LIMIT
        while True:
            try:
                judge.wait(LOOK_EVERY)  # what it prints is too short to fill a pipe
                return None
            except subprocess.TimeoutExpired:
                pass
            if self._stopping.is_set():
                return "The checks were interrupted."
            if monotonic() > deadline:
                return f"The check took longer than {CHECK_LIMIT:g} s."
            processes = group(judge.pid)
            if len(processes) > MOST_PROCESSES:
                return f"The program had more than {MOST_PROCESSES} processes."
            if memory_of(processes) > self.memory:
                return f"The program needed more than {size_in_words(self.memory)} of memory."
            if on_disk(place) > MOST_ON_DISK:
                return f"The program wrote more than {size_in_words(MOST_ON_DISK)} to the disk."


def unchecked(hand_in):
    """Return the `Grade`s of what can't be checked in a `HandIn`: quizzes, claims without an answer, problems."""
    who, name = hand_in.who, hand_in.name
    missing = [
        Grade(who, name, what, MISSING, "", hand_in.tries(what), at)
        for what, at in hand_in.done().items()
        if what not in hand_in.answers
    ]
    quizzes = [
        Grade(who, name, f"quiz_{notebook}", CLAIMED, f"{right} of {asked} right at once")
        for notebook, (right, asked) in hand_in.quizzes().items()
    ]
    return [*missing, *quizzes, *(Grade(who, name, "", UNREAD, problem) for problem in hand_in.problems)]


def on_disk(folder):
    """Return how many bytes of disk a folder takes with all files below it. Beyond MOST_ON_DISK it stops counting.

    It does not see a file that was removed while a process has it open.
    """
    taken, left = 0, [folder]
    while left and taken <= MOST_ON_DISK:
        path = left.pop()
        try:
            found = path.lstat()
            if stat.S_ISDIR(found.st_mode):
                left += path.iterdir()
        except OSError:  # it was removed meanwhile
            continue
        taken += max(SMALLEST_FILE, 512 * getattr(found, "st_blocks", found.st_size / 512))  # Windows counts no blocks
    return taken


def memory_of(processes):
    """Return how many bytes of memory the psutil processes use, without what they share."""
    used = 0
    for process in processes:
        try:
            memory = process.memory_info()
        except psutil.Error:  # it has ended
            continue
        used += memory.rss - getattr(memory, "shared", 0)
    return used
