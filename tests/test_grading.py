"""A class hands in its answers. The table is right, and nobody harms anybody else."""

import csv
import os
import subprocess
import sys
import tempfile
import time

import leftovers
import made_up_class
import psutil
import pytest
from made_up_class import GIVEN, NAME, RIGHT

from helpers.grading import grades, protection
from helpers.grading.__main__ import HEADER, TABLE, harmless, main
from helpers.grading.grades import Grader, unchecked
from helpers.grading.hand_ins import HandIn, clean, in_folder
from helpers.running.families import lives

CLASS_LIMIT = 300  # seconds for all of the class

pytestmark = pytest.mark.timeout(CLASS_LIMIT + 60)


def write(folder, learners):
    """Write what the made-up learners hand in."""
    for learner in learners:
        for name, data in learner.files.items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)


def those_in(folder):
    """Return the processes whose environment names the folder, as that of each script of a grader does."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and any(str(folder) in value for value in process.environ().values()):
                found.append(process)
        except psutil.Error:  # it has ended, or is another user's
            pass
    return [process for process in found if lives(process)]


@pytest.fixture
def hand_ins(tmp_path):
    """The folder of all hand-ins."""
    folder = tmp_path / "handed in"
    folder.mkdir()
    return folder


@pytest.fixture
def work(tmp_path, monkeypatch):
    """The folder in which a grader makes its own."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)  # it remembers where the others are
    return folder


def table_in(folder):
    """Return the rows of the stored table, as dicts."""
    with (folder / TABLE).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def apart():
    """Skip the test where programs can't be kept apart."""
    if protection.ways()[0] not in (protection.NAMESPACES_AND_USER, protection.USER_NAMESPACES):
        pytest.skip("needs Linux and unshare: apt-get install util-linux")


def test_a_class_of_thirty_gets_the_right_table_and_leaves_nothing_behind(apart, hand_ins, work, tmp_path):
    learners = made_up_class.learners(hand_ins)
    assert len(learners) == 30
    write(hand_ins, learners.values())
    before = leftovers.names()
    began = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-m", "helpers.grading", hand_ins], capture_output=True, text=True, timeout=CLASS_LIMIT
    )
    print(f"{time.monotonic() - began:.0f} s\n{ran.stdout}")
    assert ran.returncode == 0, ran.stderr
    assert "This runs the programs of learners" in ran.stdout and "could not read the hand-ins" in ran.stdout

    found = {}
    for row in table_in(hand_ins):
        found.setdefault(row["who"], []).append(row)
    assert sorted(found) == sorted(learners)
    wrong = []
    for name, learner in learners.items():
        rows = found[name]
        fits = [row["what"] for row in rows] == [what for what, _, _ in learner.rows]
        for row, (_, result, hint) in zip(rows, learner.rows):
            fits &= row["result"] in result.split(" or ") and hint in row["hint"]
        if not (fits and rows[0]["tries (claimed)"] == learner.tries):
            wrong.append(rows)
    assert not wrong

    for learner in learners.values():  # nobody changed a file, nor added one
        for name, data in learner.files.items():
            assert (hand_ins / name).read_bytes() == data
    assert sorted(path.name for path in (hand_ins / "ada").iterdir()) == ["exercise_01a.py"]
    assert those_in(tmp_path) == []
    assert list(work.iterdir()) == []
    assert leftovers.unused(leftovers.names() - before) == set()


# --- One answer ---


def spread(folder, files):
    """Write files, name → text, into a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.mark.parametrize("way", protection.ways(), ids=lambda way: way.words)
def test_each_way_to_run_programs_tells_right_from_wrong_and_says_what_it_keeps_out(way, hand_ins, work, monkeypatch):
    monkeypatch.setattr(protection, "ways", lambda: [way])
    spread(hand_ins, {"ada/exercise_01a.py": RIGHT, "bea/exercise_01a.py": GIVEN})
    try:
        with Grader(hand_ins) as grader:
            rows = [row for found in grader.grades(in_folder(hand_ins)) for row in found]
    except protection.Unprotected as why:
        pytest.skip(str(why))
    assert [(row.who, row.result) for row in rows] == [("ada", "right"), ("bea", "not yet")]
    assert grader.protected[0] == way.words
    reached = "A program that tried could read the hand-ins." in grader.protected
    assert reached == any("FILES ARE NOT PROTECTED" in said for said in grader.protected)
    assert not (reached and way.new_root)
    assert list(work.iterdir()) == []


def test_root_runs_no_program_as_root(hand_ins, work, monkeypatch, capsys):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert protection.LIMITS not in protection.ways()
    monkeypatch.setattr(protection, "ways", lambda: [protection.Protection("No way.", ("false",))])
    spread(hand_ins, {"ada/exercise_01a.py": RIGHT})
    assert main([str(hand_ins)]) == 2
    said = capsys.readouterr().err
    assert "No program can be run here without danger.\nNot possible here: “No way.” (it printed nothing)" in said
    assert list(work.iterdir()) == [] and not (hand_ins / TABLE).exists()


def test_without_limits_it_says_so(hand_ins, work, monkeypatch):
    monkeypatch.setattr(protection, "ways", lambda: [protection.NOTHING])
    with Grader(hand_ins) as grader:
        assert "without limits" in grader.protected[0] and "FILES ARE NOT PROTECTED" in grader.protected[1]
        assert grader.check(NAME, RIGHT.encode()) == ("right", "")


@pytest.fixture
def unlimited(hand_ins, work, monkeypatch):
    """A grader that leaves it to its own watch to stop a program."""
    monkeypatch.setattr(protection, "ways", lambda: [protection.NOTHING])
    with Grader(hand_ins) as grader:
        yield grader
    assert list(work.iterdir()) == []


@pytest.mark.parametrize(
    ("limit", "most", "line", "why"),
    [
        ("CHECK_LIMIT", 3.0, "while True: pass", "took longer than 3 s"),
        ("MOST_PROCESSES", 3, "while True: pass", "more than 3 processes"),
        ("MOST_ON_DISK", 2**23, "while True: open('large', 'ab').write(bytes(2**20))", "wrote more than 8 MiB"),
        ("MOST_ON_DISK", 2**23, "for number in itertools.count(): open(str(number), 'w')", "wrote more than 8 MiB"),
    ],
)
def test_a_check_that_goes_too_far_is_stopped(limit, most, line, why, unlimited, monkeypatch, tmp_path):
    monkeypatch.setattr(grades, limit, most)
    many = RIGHT.replace("    print", f"        pool.map_async(abs, [1])\n        {line}\n    print")
    many = f"import itertools\n{many}"
    result, hint = unlimited.check(NAME, many.encode())
    assert result == "stopped" and why in hint
    assert those_in(tmp_path) == []


def test_a_program_that_needs_too_much_memory_is_stopped(unlimited, tmp_path):
    unlimited.memory = 500_000_000
    program = "kept = bytearray(600_000_000)\nkept[::4096] = bytes([1]) * len(kept[::4096])\nwhile True: pass\n"
    result, hint = unlimited.check(NAME, program.encode())
    assert result == "stopped" and hint == "The program needed more than 476.8 MiB of memory."
    assert those_in(tmp_path) == []


# It fills the folders in which it may make files, last of all the one where it runs
FILLS = [
    "for folder in ('/tmp', '/dev/shm', '.'):",
    "    try:",
    "        for number in range(9):",
    "            open(f'{folder}/{number}', 'wb').write(bytes(2**20))",
    "    except OSError:",
    "        if folder == '.':",
    "            raise",
    "    else:",
    "        raise RuntimeError('there is more room')",
]


def test_a_program_with_files_of_its_own_has_only_so_much_room_for_them(apart, hand_ins, work, monkeypatch):
    monkeypatch.setattr(protection, "MOST_IN_FOLDER", 2**22)
    with Grader(hand_ins) as grader:
        assert "what it may write (4 MiB a folder)" in grader.protected[-1]
        result, hint = grader.check(NAME, made_up_class.main(*FILLS).encode())
    assert result == "not yet" and "OSError: [Errno 28] No space left on device. It happened in line" in hint


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a check adopt orphans")
def test_a_process_that_leaves_its_session_is_ended_with_its_check(unlimited, tmp_path):
    assert unlimited.check(NAME, made_up_class.main(*made_up_class.ESCAPES).encode()) == ("right", "")
    assert those_in(tmp_path) == []


def test_a_check_that_breaks_says_why(unlimited):
    result, hint = unlimited.check("exercise_99z", b"")
    assert result == "can't tell" and "There is no exercise 'exercise_99z'" in hint


def test_a_program_gets_no_secret_from_the_environment(unlimited, monkeypatch):
    monkeypatch.setenv("TOKEN", "secret")
    told = RIGHT + "    import os\n    assert 'TOKEN' not in os.environ, 'it is there'\n"
    assert unlimited.check(NAME, told.encode()) == ("right", "")


def test_an_interrupt_ends_all_programs_and_stores_what_is_known(hand_ins, work, tmp_path, monkeypatch, capsys):
    spread(hand_ins, {"ada/exercise_01a.py": "print(...)", "bea/exercise_01a.py": "while True: pass"})

    def grades_until_interrupted(self, found, grades=Grader.grades):
        for number, rows in enumerate(grades(self, found)):
            yield rows
            if number == 0:
                raise KeyboardInterrupt

    monkeypatch.setattr(Grader, "grades", grades_until_interrupted)
    assert main([str(hand_ins)]) == 130
    assert [(row["who"], row["result"]) for row in table_in(hand_ins)] == [("ada", "not yet")]
    assert "Interrupted: all programs were ended." in capsys.readouterr().err
    assert those_in(tmp_path) == [] and list(work.iterdir()) == []


# --- What is handed in ---


def test_each_archive_and_each_folder_with_answers_is_a_hand_in(tmp_path):
    spread(
        tmp_path,
        {
            "exercise_01a.py": "a",
            "ada/exercise_01a.py": "b",
            "ada/.ipynb_checkpoints/exercise_01a.py": "no",
            "ada/deeper/exercise_01b.py": "c",
            "ada/other.py": "no",
            "bea/notes.txt": "no",
            "grades.csv": "no",
        },
    )
    (tmp_path / "cem").mkdir()
    (tmp_path / "cem" / "answers-x.zip").write_bytes(made_up_class.packed([("notebooks/exercise_01a.py", "d")]))
    found = {hand_in.who: hand_in for hand_in in in_folder(tmp_path)}
    assert {who: hand_in.answers for who, hand_in in found.items()} == {
        clean(tmp_path.name): {"exercise_01a": b"a"},
        "ada": {"exercise_01a": b"b"},
        "ada/deeper": {"exercise_01b": b"c"},
        "bea": {},
        "cem/x": {"exercise_01a": b"d"},
    }
    assert found["bea"].problems == ["There is no answer in it."]


def test_links_and_large_files_are_not_read(tmp_path):
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "exercise_01a.py").symlink_to("/etc/passwd")
    (tmp_path / "ada" / "exercise_01b.py").write_text("#" * 200_001)
    (tmp_path / "bea").symlink_to(tmp_path / "ada")
    (tmp_path / "cem.zip").symlink_to(tmp_path / "ada")
    (hand_in,) = [hand_in for hand_in in in_folder(tmp_path) if hand_in.who == "ada"]
    assert hand_in.answers == {}
    assert hand_in.problems == ["exercise_01a.py is not a plain file.", "exercise_01b.py is larger than 200,000 bytes."]
    assert "cem" not in [hand_in.who for hand_in in in_folder(tmp_path)]


@pytest.mark.parametrize("who", ["zoe", "bomb", "link", "twice"])
def test_an_archive_that_is_not_what_it_seems_is_not_read(who, tmp_path):
    learner = made_up_class.learners(tmp_path)[who]
    write(tmp_path, [learner])
    (hand_in,) = in_folder(tmp_path)
    ((_, _, why),) = learner.rows
    assert hand_in.answers == {} and why in hand_in.problems[0]


@pytest.mark.parametrize("cut", range(0, 400, 13))
def test_a_damaged_archive_is_a_row_and_no_error(cut, tmp_path):
    whole = made_up_class.packed([("exercise_01a.py", RIGHT), ("answers.json", "{}")])
    for number, broken in enumerate([whole[:cut], whole[:cut] + b"\xff" * 9 + whole[cut + 9 :], whole[cut:]]):
        (tmp_path / f"{number}.zip").write_bytes(broken)
    for hand_in in in_folder(tmp_path):
        assert hand_in.problems or hand_in.answers == {"exercise_01a": RIGHT.encode()}


@pytest.mark.parametrize(
    ("claims", "name", "tries", "done", "quizzes"),
    [
        ({}, "", None, {}, {}),
        ({"name": "A\x1b[2J\nB"}, "A�[2J B", None, {}, {}),
        ({"name": 7, "tries": [], "done": "x", "quizzes": 1}, "", None, {}, {}),
        ({"tries": {NAME: True}, "quizzes": {"01": ["x", {"choice": ["y"]}]}}, "", None, {}, {"01": (0, 4)}),
        ({"tries": {NAME: 10**9}, "done": {NAME: 7, "x": "y"}}, "", None, {NAME: ""}, {}),
    ],
)
def test_claims_of_any_form_are_read(claims, name, tries, done, quizzes):
    hand_in = HandIn("x", claims=claims)
    assert (hand_in.name, hand_in.tries(NAME), hand_in.done(), hand_in.quizzes()) == (name, tries, done, quizzes)


def test_what_is_claimed_to_be_done_and_not_there_is_missing():
    (grade,) = unchecked(HandIn("x", claims={"done": {NAME: "today"}, "tries": {NAME: 3}}))
    assert (grade.what, grade.result, grade.tries, grade.done) == (NAME, "missing", 3, "today")


# --- The table ---


def test_a_spreadsheet_runs_nothing(tmp_path):
    assert harmless("=HYPERLINK(1)") == "'=HYPERLINK(1)" and harmless("ada") == "ada"
    assert len(HEADER) == 7


@pytest.mark.parametrize("missing", [True, False])
def test_a_folder_without_answers_is_explained(missing, tmp_path, capsys):
    folder = tmp_path / "none" if missing else tmp_path
    assert main([str(folder)]) == 2
    assert f"There is {'no folder' if missing else 'nothing to check in'} {folder}" in capsys.readouterr().err
