"""The mutants are still defects of this code, the tests that find them exist, and a mutant that lives is not hidden."""

import ast

import mutants
import pytest
import rules
from conftest import ROOT
from mutants import FAILED, KILLED, MUTANTS, NOT_BEGUN, PASSED, SKIPPED, SURVIVED, TOOK_TOO_LONG, Case, Mutant, Ran


def functions(file):
    """Return the names of the functions in a file of tests, or none if there is no such file."""
    path = ROOT / "tests" / file
    tree = ast.parse(path.read_text(encoding="utf-8")) if path.is_file() else ast.Module([])
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_the_text_of_each_mutant_stands_once_in_its_file_and_its_code_is_python():
    broken = []
    for mutant in MUTANTS:
        file = ROOT / "helpers" / mutant.file
        try:
            changed = mutant.changed(file.read_text(encoding="utf-8"))
            if file.suffix == ".py":
                ast.parse(changed)
        except (ValueError, SyntaxError, OSError) as error:
            broken.append(f"{mutant.name}: {error}")
    rules.insist(broken)


def test_each_test_that_a_mutant_names_exists():
    killers = {tuple(killer.partition("[")[0].split("::")) for mutant in MUTANTS for killer in mutant.killers}
    known = {file: functions(file) for file, _ in killers}
    rules.insist([f"There is no {file}::{test}." for file, test in sorted(killers) if test not in known[file]])


def test_each_mutant_has_a_name_of_its_own_and_a_test():
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    assert all(mutant.killers and mutant.text != mutant.instead for mutant in MUTANTS)


@pytest.mark.parametrize("source", ["nothing", "one = 1\none = 1\n"])
def test_a_text_that_does_not_stand_there_once_is_told(source):
    mutant = Mutant("a name", "a file", "one = 1", "one = 2", ["test_words.py::test"])
    assert mutant.changed("one = 1\n") == "one = 2\n"
    with pytest.raises(ValueError, match="a name: its text stands [02] times in a file, not once"):
        mutant.changed(source)


def test_mutants_are_chosen_by_words_of_their_names():
    chosen = {mutant.name.partition(":")[0] for mutant in mutants.named(["spans", "units"])}
    assert chosen == {"spans", "units"} and mutants.named([]) == MUTANTS
    with pytest.raises(SystemExit, match="No mutant has any of these words in its name: no such word"):
        mutants.named(["no such word"])


# --- The verdict ---

FOUND = """\
<testsuites><testsuite>
<testcase classname="tests.test_a" name="test_passes[1]" />
<testcase classname="tests.test_a" name="test_skipped"><skipped message="no" /></testcase>
<testcase classname="tests.test_a" name="test_before"><error message="failed on setup with &quot;x&quot;" /></testcase>
<testcase classname="tests.test_a" name="test_fails"><failure message="assert 1 == 2&#10; more" /></testcase>
<testcase classname="tests.test_a" name="test_after"><error message="failed on teardown with x" /></testcase>
<testcase classname="tests.test_a" name="test_long"><failure message="Failed: Timeout (&gt;9s) from pytest-timeout." />
</testcase></testsuite></testsuites>
"""


@pytest.fixture
def cases(tmp_path):
    (tmp_path / "found.xml").write_text(FOUND)
    return mutants.cases_in(tmp_path / "found.xml")


def test_what_pytest_writes_is_read(cases):
    assert cases[0] == Case("test_a.py::test_passes[1]", PASSED)
    assert [case.result for case in cases] == [PASSED, SKIPPED, NOT_BEGUN, FAILED, FAILED, FAILED]
    assert [case.took_too_long for case in cases] == [False] * 5 + [True]
    assert cases[3].why == "assert 1 == 2"


@pytest.mark.parametrize(
    ("exit_code", "ran", "killer", "verdict"),
    [
        (1, [0, 3, 4], "test_a.py::test_fails", KILLED),
        (1, [0, 4], "test_a.py::test_after", KILLED),
        (1, [5], "test_a.py::test_long", TOOK_TOO_LONG),
        (0, [0, 1], "", SURVIVED),
        (1, [2], "", "not tried: its last words"),
        (2, [], "", "not tried: its last words"),
        (None, [0], "", "not tried: its last words"),
    ],
)
def test_only_a_test_that_ran_and_failed_kills_a_mutant(exit_code, ran, killer, verdict, cases):
    found = mutants.verdict_on(Ran(exit_code, [cases[number] for number in ran], "its last words"))
    assert found == (killer, verdict)


def test_the_table_says_how_many_were_killed():
    rows = [["one", "helpers/a.py", "test_a", KILLED], ["other", "helpers/b.py", "", SURVIVED]]
    assert "\n\n1 of 2 mutants killed.\n\n| mutant | file | killed by | verdict |\n" in mutants.report(rows)
