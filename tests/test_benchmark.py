"""What `make bench` tells: its arithmetic, its limits and its pages. What it measures is left to an idle machine."""

import re
from statistics import median

import pytest
from benchmarks import costs, growth, line_up, speedups, start_up, the_course
from benchmarks.command import PARTS, main
from benchmarks.storing import RESULTS, machine, page, store, table
from benchmarks.telling import what_was_told
from benchmarks.tools import Figure, Findings, in_turn, ratio
from benchmarks.work import echo
from conftest import ROOT
from joblib.externals.loky import get_reusable_executor

from helpers.machine import usable_cores
from helpers.running.load import Load

IDLE, BUSY = Load(cores=2, others=0.1, idle=1.9), Load(cores=2, others=1.5, idle=0.4)


def limits(figures):
    """Return of all figures with a limit: what was measured → (median, limit, whether it is met)."""
    return {
        figure.what: (round(median(figure.values), 3), figure.limit, figure.met) for figure in figures if figure.limit
    }


# --- Figures and tables ---


@pytest.mark.parametrize(
    ("settings", "row"),
    [
        ({}, ["a run", "2.0 s", "1.0 s to 9.0 s", "", ""]),
        ({"most": 2}, ["a run", "2.0 s", "1.0 s to 9.0 s", "≤ 2.0 s", "yes"]),
        ({"most": 1.9}, ["a run", "2.0 s", "1.0 s to 9.0 s", "≤ 1.9 s", "NO"]),
        ({"least": 2}, ["a run", "2.0 s", "1.0 s to 9.0 s", "≥ 2.0 s", "yes"]),
        ({"least": 2.1}, ["a run", "2.0 s", "1.0 s to 9.0 s", "≥ 2.1 s", "NO"]),
        ({"least": 1, "most": 3}, ["a run", "2.0 s", "1.0 s to 9.0 s", "1.0 s to 3.0 s", "yes"]),
        ({"least": 0, "most": 0}, ["a run", "2.0 s", "1.0 s to 9.0 s", "0.0 s to 0.0 s", "NO"]),
    ],
)
def test_the_median_is_held_to_the_limit(settings, row):
    assert Figure("a run", [9, 1, 2], " s", 1, **settings).row() == row


def test_one_figure_has_no_spread():
    assert Figure("pictures", [1234.5]).row() == ["pictures", "1,234", "", "", ""]


def test_a_ratio_compares_each_round_with_itself():
    assert ratio("slower machine", [2, 4, 60], [1, 2, 20]).values == [2, 2, 3]


def test_each_round_has_an_order_of_its_own():
    orders = [in_turn("abcdef", round) for round in range(5)]
    assert all(sorted(order) == list("abcdef") for order in orders)
    assert len(set(map(tuple, orders))) == 5 and orders[3] == in_turn("abcdef", 3)


def test_a_table_has_a_row_for_each_figure():
    lines = table([Figure("long", [1], " s"), Figure("a", [22], " s", most=20)]).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert [line.replace(" ", "") for line in lines[2:]] == ["|long|1s||||", "|a|22s||≤20s|NO|"]


# --- Pages ---


def a_part():
    """how long it takes

    At most a second.
    """


def another_part():
    """something else"""


def test_a_page_says_what_was_measured_where_and_when():
    text = page(a_part, Findings([Figure("it", [0.5], " s", 1, most=1)]), IDLE)
    assert text.startswith("# How long it takes\n\nAt most a second.\n\nMeasured by `make bench ARGS=a_part` on 2")
    assert machine() in text and f"{usable_cores()} usable cores" in machine() and "start method" in machine()
    assert "| it | 0.5 s  |                   | ≤ 1.0 s | yes |" in text and "busy" not in text


@pytest.mark.parametrize(("load", "is_told"), [(IDLE, False), (None, False), (BUSY, True)])
def test_a_page_says_if_the_machine_was_busy(load, is_told):
    text = page(a_part, Findings([Figure("it", [1])]), load)
    assert ("**The machine was busy. Other programs took 1.5 of 2 cores." in text) == is_told


def test_a_part_replaces_its_own_page_and_picture_only(tmp_path):
    drawn = Findings([Figure("a task", [1])], costs.picture_of(MICROS))
    store(a_part, drawn, None, tmp_path)
    store(another_part, Findings([Figure("it", [1])]), None, tmp_path)
    before = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert sorted(before) == ["a_part.md", "a_part.svg", "another_part.md"] and "](a_part.svg)" in before["a_part.md"]
    store(another_part, Findings([Figure("it", [2])]), None, tmp_path)
    after = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert {name for name in after if after[name] != before[name]} == {"another_part.md"}


# --- Limits ---

MICROS = {label: [200.0, 210.0, 190.0] for label in costs.TOOLS}
MICROS |= {
    line_up.UNORDERED: [20.0, 22.0, 18.0],
    line_up.RECORDED: [26.0, 27.0, 24.0],
    line_up.LIVE: [40.0, 44.0, 36.0],
}


def test_a_task_may_cost_1_3_times_as_much_as_in_a_bare_pool():
    assert limits(costs.figures_of(MICROS)) == {
        "a task: the course's run, recorded ÷ Pool.imap_unordered, round by round": (1.3, "≤ 1.30 ×", True),
        "a task: the course's panel, live ÷ Pool.imap_unordered, round by round": (2.0, "≤ 1.30 ×", False),
    }


SECONDS = {speedups.ALONE: [1.0, 2.0], speedups.LIMIT: [1.0, 2.0]} | {label: [2.0, 4.0] for label in speedups.TOOLS}
SECONDS |= {line_up.BARE: [1.01, 2.02], line_up.RECORDED: [1.02, 2.04], line_up.LIVE: [1.04, 2.08]}


def test_speedups_are_compared_with_the_limit_and_a_bare_pool():
    figures = speedups.figures_of(SECONDS, workers=4)
    told = {figure.what: figure.values for figure in figures}
    assert told["speedup: the machine's own limit"] == [4, 4]
    assert told["speedup: plain processes"] == [2, 2]
    assert limits(figures) == {
        "of the limit, round by round: the course's run, recorded": (0.98, "≥ 0.970", True),
        "of the limit, round by round: the course's panel, live": (0.962, "≥ 0.970", False),
        "time: the course's run, recorded ÷ Pool.map, round by round": (1.01, "≤ 1.010 ×", True),
        "time: the course's panel, live ÷ Pool.map, round by round": (1.03, "≤ 1.010 ×", False),
    }


def test_start_up_is_compared_with_the_same_one_bare():
    ways = start_up.settings()
    millis = {(method, how, bare): [100.0 if bare else 120.0 if how == "pool" else 105.0] for method, how, bare in ways}
    told = limits(start_up.figures_of(millis))
    assert len(told) == len(ways) / 2
    assert told["spawn, pool: the course's ÷ bare, round by round"] == (1.2, "≤ 1.10 ×", False)
    assert told["spawn, processes: the course's ÷ bare, round by round"] == (1.05, "≤ 1.10 ×", True)


def grown(power):
    """Return made-up findings of `growth`: from 10,000 tasks on, all grows with that power of tasks × workers."""
    return {
        (what, tasks, workers): [(1e-9 * (max(tasks, 10_000) * workers) ** power, tasks * workers, 0.5)]
        for what, tasks, workers in growth.points()
    }


@pytest.mark.parametrize(("power", "met"), [(1.0, True), (1.3, False), (0.0, True)])
def test_growth_is_held_to_be_linear(power, met):
    told = limits(growth.figures_of(grown(power)))
    assert told["drawing a run: exponent of seconds over tasks"] == (power, "≤ 1.10", met)
    assert told["drawing a run: exponent of seconds over workers"] == (power, "≤ 1.10", met)
    assert told["recording a run: exponent of memory over tasks"] == (1.0, "≤ 1.10", True)
    assert told["an X-ray, 100 tasks, 2 workers: its picture"] == (0.5, "≤ 1.00 MB", True)


def test_nothing_that_is_too_little_to_draw_spoils_the_picture():
    found = {point: [(1.0, 0.0 if point[1] <= 1_000 else 5.0, None)] for point in growth.points()}
    assert growth.picture_of(found).svg().startswith("<svg")


def test_notebooks_and_tests_are_held_to_their_limits(tmp_path):
    report = tmp_path / "suite.xml"
    report.write_text('<testsuites><testsuite time="960.0" tests="2000" timestamp="2026-05-04T03:02:01"/></testsuites>')
    the_course.keep_suite(report, tmp_path)
    figures = the_course.figures_of({"01-a": 12.0, "02-b": 26.0, "03-c": None}, the_course.kept_suite(tmp_path))
    assert limits(figures) == {
        "01-a": (12.0, "≤ 25.0 s", True),
        "02-b": (26.0, "≤ 25.0 s", False),
        "all 2,000 tests, on 2026-05-04": (16.0, "≤ 15.0 min", False),
    }
    assert "all notebooks, one after the other" in [figure.what for figure in figures]


@pytest.mark.parametrize("text", ["", "<testsuites/>", "{}"])
def test_what_is_no_report_of_pytest_is_refused(text, tmp_path):
    (tmp_path / "suite.xml").write_text(text)
    with pytest.raises(ValueError, match="no report of pytest's"):
        the_course.keep_suite(tmp_path / "suite.xml", tmp_path)
    assert the_course.kept_suite(tmp_path) is None


# --- What is measured ---


@pytest.mark.parametrize("label", [label for label in costs.TOOLS if "Dask" not in label])
@pytest.mark.timeout(60)
def test_each_tool_runs_all_tasks(label):
    ran = costs.TOOLS[label](echo, range(8), 2)
    get_reusable_executor().shutdown()  # joblib would keep its processes
    line_up.insist_on_results(label, ran, range(8))
    assert 1 <= len(ran.ups) <= 2 and 0 < min(ran.ups) < ran.done  # the other worker may come too late for any task


def test_a_lost_result_is_no_measurement():
    with pytest.raises(RuntimeError, match="Pool has lost results"):
        line_up.insist_on_results("Pool", line_up.Ran([0, 1, 1], [1.0], 2.0), [0, 1, 2])


@pytest.mark.parametrize("what", growth.SUBJECTS)
@pytest.mark.timeout(60)
def test_each_thing_that_grows_can_be_measured(what, capsys):
    growth.measure_once(what, 200, 3)
    [(seconds, memory, picture)] = what_was_told(capsys.readouterr().out)
    assert seconds > 0 and memory >= 0 and (picture is None or 0 < picture < growth.LARGEST)


# --- The command, and the README ---

WITH_PICTURE = ["speedups", "cost_of_a_task", "start_up", "growth"]


def test_the_command_names_a_part_that_it_does_not_know(capsys):
    with pytest.raises(SystemExit):
        main("Measure.", ["speed"])
    assert "no part is called 'speed'. Use some of account, fullness, speedups," in capsys.readouterr().err


def test_the_command_lists_all_parts(capsys):
    with pytest.raises(SystemExit):
        main("Measure.", ["--help"])
    said = capsys.readouterr().out
    assert all(re.search(rf"^  {part.__name__} +\w", said, re.MULTILINE) for part in PARTS)


@pytest.mark.parametrize(
    ("part", "limit"),
    [
        (speedups.speedups, f"at least {speedups.LEAST:g} of the limit"),
        (speedups.speedups, f"{speedups.MOST - 1:.0%}".replace("%", " %")),
        (costs.cost_of_a_task, f"at most {costs.MOST:g} times"),
        (start_up.start_up, f"at most {start_up.MOST:g} times"),
        (growth.growth, f"at most {growth.STEEPEST:g}"),
        (growth.growth, f"at most {growth.LARGEST:g} MB"),
        (the_course.course, f"at most {the_course.LONGEST:g} seconds"),
        (the_course.course, f"at most {the_course.LONGEST_SUITE:g} minutes"),
    ],
)
def test_a_part_tells_its_limit(part, limit):
    assert part in PARTS and limit in part.__doc__


def test_the_readme_shows_what_the_benchmarks_write():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    _, _, text = text.partition("| part | ")
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == [part.__name__ for part in PARTS]
    shown = re.findall(r"!\[[^]]+\]\((\S+)\)", text)
    pictures = [(RESULTS / name).with_suffix(".svg") for name in WITH_PICTURE]
    assert shown == [picture.relative_to(ROOT).as_posix() for picture in pictures if picture.exists()]
