"""The notebooks as stored: complete, small, linked, and consistent in form."""

import ast
import re

import course
import pytest
import refresh
import rules
from conftest import ROOT
from course import every_notebook

LONGEST_CELL = 40  # lines: what fits a screen

# what shows or measures something, and says what that is
SHOWS = {"Panel", "Quiz", "Index", "advise", "explore", "xray", "show", "contents", "measure_speedups", "time_each"}


@every_notebook
def test_its_outputs_come_from_one_run_of_all_cells(path):
    counts = [cell.execution_count for cell in course.cells(path, "code")]
    assert counts == list(range(1, len(counts) + 1)), f"run make refresh ARGS={path.name[:2]}"


@every_notebook
def test_its_outputs_are_those_of_its_code(path):
    notebook = course.read(path)
    own, _ = refresh.divided(notebook, path.name[:2])
    assert not refresh.has_changed(notebook, own), f"run make refresh ARGS={path.name[:2]}"


def test_the_course_leads_to_each_notebook():
    rules.insist(rules.of_course((ROOT / "README.md").read_text(encoding="utf-8")))


def test_nothing_that_was_laid_out_is_unfinished():
    cells = {path.name: "\n".join(cell.source for cell in course.read(path).cells) for path in course.NOTEBOOKS}
    data = [*(ROOT / "helpers" / "exercises").glob("*.py"), *(ROOT / "helpers" / "questions").glob("*.py")]
    texts = [ROOT / "README.md", ROOT / "TEACHING.md", *data]
    files = {path.name: path.read_text(encoding="utf-8") for path in texts}
    rules.insist(rules.of_unfinished(cells | files))


@every_notebook
def test_it_stores_no_error_no_warning_and_no_path_of_a_machine(path):
    for cell in course.cells(path, "code"):
        outputs = [output for output in cell.outputs if output.output_type != "display_data"]
        assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]
        assert not re.search(r"Warning|/(home|root|tmp|Users|work)/|[A-Z]:\\", str(outputs))


@every_notebook
def test_it_is_under_500_kb(path):
    assert path.stat().st_size < course.LARGEST


@every_notebook
def test_its_cells_fit_a_screen(path):
    for cell in course.cells(path, "code"):
        lines = cell.source.count("\n") + 1
        assert lines <= LONGEST_CELL, f"Divide this cell: it has {lines} lines, {LONGEST_CELL} fit.\n{cell.source}"


@every_notebook
def test_each_picture_is_followed_by_its_text(path):
    for cell in course.cells(path, "code"):
        shown = [output.data for output in cell.outputs if "data" in output]
        for number, data in enumerate(shown):
            if "image/png" in data:  # a panel's picture brings its text along
                assert "text/markdown" in {**data, **dict(*shown[number + 1 : number + 2])}, cell.source


# --- What a cell claims ---


def code_of(cell):
    """Return the syntax tree of a cell, or an empty one if the cell begins with a notebook command."""
    return ast.parse("" if cell.source.startswith("%") else cell.source)


def asserts(tree):
    return [node.test for node in ast.walk(tree) if isinstance(node, ast.Assert)]


def hardly_can_fail(claim):
    """Return whether a claim holds whatever the lesson says: on a type, a count, above 0, or on its own source."""
    if isinstance(claim, ast.BoolOp):
        return any(map(hardly_can_fail, claim.values))
    if isinstance(claim, ast.Call):
        return called(claim) == "isinstance" or (
            called(claim) == "all" and any(hardly_can_fail(getattr(arg, "elt", arg)) for arg in claim.args)
        )
    if not isinstance(claim, ast.Compare):
        return isinstance(claim, ast.Constant)
    sides = [claim.left, *claim.comparators]
    return any(says_little(left, operator, right) for left, operator, right in zip(sides, claim.ops, claim.comparators))


def says_little(left, operator, right):
    """Return whether one comparison is of a kind that holds whatever the lesson says."""
    if isinstance(operator, ast.Gt | ast.GtE):
        return isinstance(right, ast.Constant) and right.value in (0, 1)
    if isinstance(operator, ast.Lt | ast.LtE):
        return isinstance(left, ast.Constant) and left.value in (0, 1)
    if isinstance(operator, ast.In):
        return not isinstance(left, ast.Constant) and isinstance(right, ast.Name | ast.Attribute)
    if called(left) in ("len", "sum"):
        of_what = called(left.args[0])
        return of_what != "set" and (isinstance(right, ast.Constant) or called(right) == "len")
    if called(left) == "list":
        return called(right) == "list"
    return called(left) == "set" and isinstance(right, ast.Set)


def called(node):
    """Return the name of the function that a call calls."""
    function = getattr(node, "func", None)
    return getattr(function, "id", getattr(function, "attr", None))


@pytest.mark.parametrize(
    "claim",
    [
        "usable_cores() >= 1",
        "1 <= usable_cores() <= os.cpu_count()",
        "list(computing) == list(ways)",
        "isinstance(by_this_process, bool)",
        "median(seconds[default]) > 0",
        "min(seconds['two loops']) > 0",
        "makespan > 0",
        "len(ended) == 3",
        "len(threads.spans) == len(processes.spans) == 8",
        "sum(orders.values()) == 10",
        "set(seconds) == {'a process for each', 'one pool of 2'}",
        "all(len(row) == 3 for row in rows)",
        "soonest in watched",
        "cores in measured.sizes",
        "len(processes.workers) == 16 and len(pooled.workers) <= 2",
        "True",
    ],
)
def test_what_hardly_can_fail_is_told(claim):
    assert hardly_can_fail(ast.parse(claim, mode="eval").body)


@pytest.mark.parametrize(
    "claim",
    [
        "parallel.results == serial.results",
        "usable_cores() <= os.cpu_count()",
        "median(start_up['a process']) > median(start_up['a thread'])",
        "process.exitcode == 0",
        "len(set(first_half)) == len(set(second_half)) == 1",
        "not sys.stdout.isatty()",
        "'01-what-is-multiprocessing.ipynb' in contents().data",
        "sum(span.end - span.start for span in threads.spans) > threads.makespan",
    ],
)
def test_what_can_fail_passes(claim):
    assert not hardly_can_fail(ast.parse(claim, mode="eval").body)


@every_notebook
def test_each_assert_can_fail(path):
    for cell in course.cells(path, "code"):
        assert [ast.unparse(claim) for claim in asserts(code_of(cell)) if hardly_can_fail(claim)] == []


@every_notebook
def test_a_cell_that_is_not_compared_claims_something_or_only_shows_what_there_is(path):
    """Or it answers a prediction, and depends on what the learner predicted and what was measured."""
    for cell in course.cells(path, "code"):
        if "nbval-ignore-output" in cell.metadata.get("tags", []):
            tree = code_of(cell)
            shows = {called(node) for node in ast.walk(tree)} & SHOWS
            answers = any(getattr(node, "id", "").startswith("predicted") for node in ast.walk(tree))
            assert asserts(tree) or shows or answers, f"Nobody compares what this shows. Add an assert.\n{cell.source}"


@every_notebook
def test_every_link_leads_to_a_notebook_and_a_heading_that_exist(path):
    for cell in course.cells(path, "markdown"):
        for target in re.findall(r"\]\(([^)\s]+)\)", cell.source):
            if not target.startswith("https://"):
                file, _, anchor = target.partition("#")
                linked = path.parent / file if file else path
                assert linked.exists(), target
                assert not anchor or anchor in course.anchors(linked), target


@every_notebook
def test_it_has_the_courses_rhythm(path):
    wanted = rules.RHYTHM
    if path.stem.startswith("00"):
        wanted = ["The short answer", "The map", "Remember"]
    if path.stem.startswith("14"):
        wanted = ["The short answer", "Find your question", "Answered here", "All questions", "Remember"]
    found = [
        heading
        for cell in course.cells(path, "markdown")
        for heading in re.findall(r"^## (.+)$", cell.source, re.MULTILINE)
    ]
    shown = [heading for heading in found if heading in wanted]
    assert shown == wanted, f"{path.name} should have these headings, in this order: {', '.join(wanted)}"
