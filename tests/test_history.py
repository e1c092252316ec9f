"""Runs are compared by the settings in which they differ, and can be exported."""

import csv
from io import StringIO

import numpy
import pytest
import troublemakers

from helpers.panels.history import MOST, History
from helpers.panels.own_work import own_work
from helpers.panels.workloads import SETTING_NAMES, Settings
from helpers.running.breakdown import PARTS
from helpers.running.comparison import Comparison
from helpers.running.inside import Span
from helpers.running.log import Life
from helpers.runs import Run


def made(seconds=2.0, workers=2):
    """A run of one task per worker, each of which computed for half of its time."""
    spans = [
        Span(number, number, 0.25, 0.5, seconds, (seconds - 0.5) / 2, "a large result") for number in range(workers)
    ]
    lives = [Life(number, number, 0.1, 0.25, 0.0) for number in range(workers)]
    return Run("made", spans, 0.0, seconds, lives)


def compared(run=None, serial=3.0):
    """The run, compared with a serial run of some seconds."""
    alone = Run("serial", [Span(9, 9, 0.0, 0.0, serial, serial, "large")], 0.0, serial, [Life(9, 9, 1.0, 1.0, 0.0)])
    return Comparison(run or made(), alone)


@pytest.fixture
def history():
    """Two runs that differ in their number of workers."""
    history = History()
    history.add(Settings(how="pool", workers=2), compared(made(2.0, 2)))
    history.add(Settings(how="pool", workers=4), compared(made(1.5, 4)))
    return history


def read(history):
    return list(csv.DictReader(StringIO(history.csv())))


def test_a_single_run_has_only_its_number():
    history = History()
    history.add(Settings(), compared())
    assert history.labels() == ["run 1"]


def test_runs_are_told_apart_by_what_differs(history):
    assert history.labels() == ["run 1: 2 workers", "run 2: 4 workers"]


def test_what_a_way_does_not_use_tells_nothing():
    history = History()
    history.add(Settings(how="serial"), compared())
    history.add(Settings(how="pool", workers=1, chunksize=2), compared())
    first, second = history.labels()
    assert first == "run 1: serial"
    assert second.startswith("run 2: Pool, 1 worker, chunksize 2")


def test_every_setting_can_be_what_differs():
    first = Settings("primes", "pool", 2, 12, 1000, 1, "spawn")
    others = {
        Settings("uneven", "pool", 2, 12, 1000, 1, "spawn"): "count primes, each task longer",
        Settings("primes", "executor", 2, 12, 1000, 1, "spawn"): "ProcessPoolExecutor",
        Settings("primes", "pool", 1, 12, 1000, 1, "spawn"): "1 worker",
        Settings("primes", "pool", 2, 1, 1000, 1, "spawn"): "1 task",
        Settings("primes", "pool", 2, 12, 5000, 1, "spawn"): "size 5000",
        Settings("primes", "pool", 2, 12, 1000, 3, "spawn"): "chunksize 3",
        Settings("primes", "pool", 2, 12, 1000, 1, "spawn", "imap"): "imap",
    }
    for other, label in others.items():
        history = History()
        history.add(first, compared())
        history.add(other, compared())
        assert history.labels()[1] == f"run 2: {label}"


def test_own_work_is_known_by_its_label():
    history = History()
    first, second = (own_work(worker, [numpy.zeros(2), numpy.ones(2)]) for worker in (troublemakers.double, abs))
    for work in (first, first, second):
        history.add(Settings(work), compared())
    assert history.labels() == ["run 1: double", "run 2: double", "run 3: abs"]
    assert [(line["workload"], line["size"], line["tasks"]) for line in read(history)] == [
        *[("double", "", "2")] * 2,
        ("abs", "", "2"),
    ]


def test_the_csv_names_the_method_of_a_pool_only():
    history = History()
    for settings in (Settings(), Settings(method="apply_async"), Settings(how="executor")):
        history.add(settings, compared())
    assert [(line["method"], line["chunksize"]) for line in read(history)] == [
        *(("map", "1"), ("apply_async", ""), ("", "1"))
    ]


def test_only_the_last_runs_are_kept_under_their_own_numbers_and_without_results():
    history = History()
    for _ in range(MOST + 3):
        history.add(Settings(), compared())
    assert [entry.number for entry in history.entries] == list(range(4, MOST + 4))
    runs = [run for entry in history.entries for run in (entry.run, entry.comparison.serial)]
    assert {span.result for run in runs for span in run.spans} == {None}


def test_adding_a_run_takes_nothing_from_it():
    run = made()
    History().add(Settings(), compared(run))
    assert run.results == ["a large result"] * 2


def test_the_table_tells_speedup_efficiency_and_where_the_time_went(history):
    picture = history.picture()
    assert picture.png().startswith(b"\x89PNG")
    assert picture.header == ["run", "makespan", "speedup", "efficiency", *PARTS]
    assert picture.rows[0] == [
        *("run 1: 2 workers", "2.00 s", "1.50", "75%"),
        *("0.50 s", "1.50 s", "1.50 s", "0.50 s", "0.00 s"),
    ]
    assert "run 2: 4 workers: all tasks done after 1.50 s." in picture.caption


def test_the_csv_has_a_line_a_run_with_its_settings_and_figures(history):
    first, second = read(history)
    assert list(first) == ["run", *SETTING_NAMES, "makespan", "speedup", "efficiency", *PARTS]
    assert (first["run"], first["workload"], first["how"], first["workers"]) == ("1", "primes", "pool", "2")
    assert (second["makespan"], second["speedup"], second["efficiency"]) == ("1.500", "2.000", "0.500")
    spent = {
        "start-up": "1.000",
        "computing": "2.000",
        "waiting": "2.000",
        "between tasks": "1.000",
        "no task left": "0.000",
    }
    assert {part: second[part] for part in PARTS} == spent


def test_in_the_table_the_parts_add_up_to_workers_times_makespan():
    history = History()
    for thirds in range(1, 20):
        history.add(Settings(), compared(made(seconds=1 + thirds / 3), thirds / 7))
        *_, row = history.picture().rows
        shown = sum(float(cell.removesuffix(" s")) for cell in row[4:])
        assert f"{shown:.2f}" == f"{2 * (1 + thirds / 3):.2f}"


def test_in_the_csv_the_parts_add_up_to_workers_times_makespan(history):
    for line in read(history):
        whole = float(line["workers"]) * float(line["makespan"])
        assert sum(float(line[part]) for part in PARTS) == pytest.approx(whole, abs=0.0005)


def test_what_a_way_does_not_use_is_empty_in_the_csv():
    history = History()
    history.add(Settings(how="serial"), compared(made(workers=1), 2.0))
    (line,) = read(history)
    assert (line["workers"], line["chunksize"], line["start_method"]) == ("", "", "")
    assert line["tasks"] == "12"


def test_a_speedup_that_can_not_be_is_left_out():
    history = History()
    history.add(Settings(), compared(made(1.0, 2), serial=9.0))
    assert history.picture().rows[0][2:4] == ["machine busy", "machine busy"]
    (line,) = read(history)
    assert (line["makespan"], line["speedup"], line["efficiency"]) == ("1.000", "", "")
