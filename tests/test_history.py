"""Runs are compared by the settings in which they differ, and can be taken along."""

import csv
from io import StringIO

import pytest

from helpers.panels.history import MOST, History
from helpers.panels.workloads import SETTING_NAMES, Settings
from helpers.running.breakdown import PARTS
from helpers.running.inside import Span
from helpers.runs import Run


def made(seconds=2.0, workers=2):
    """A run of one task a worker."""
    spans = [Span(number, number, 0.5, seconds, "a large result") for number in range(workers)]
    crew = {(number, number): 0.25 for number in range(workers)}
    return Run("made", spans, 0.0, seconds, workers, crew)


@pytest.fixture
def history():
    """Two runs that differ in their number of workers."""
    history = History()
    history.add(Settings(how="pool", workers=2), made(2.0, 2), serial=3.0)
    history.add(Settings(how="pool", workers=4), made(1.5, 4), serial=3.0)
    return history


def read(history):
    return list(csv.DictReader(StringIO(history.csv())))


def test_a_single_run_has_only_its_number():
    history = History()
    history.add(Settings(), made(), serial=3.0)
    assert history.labels() == ["run 1"]


def test_runs_are_told_apart_by_what_differs(history):
    assert history.labels() == ["run 1: 2 workers", "run 2: 4 workers"]


def test_what_a_way_does_not_use_tells_nothing():
    history = History()
    history.add(Settings(how="serial"), made(), serial=3.0)
    history.add(Settings(how="pool", workers=1, chunksize=2), made(), serial=3.0)
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
    }
    for other, label in others.items():
        history = History()
        history.add(first, made(), serial=3.0)
        history.add(other, made(), serial=3.0)
        assert history.labels()[1] == f"run 2: {label}"


def test_only_the_last_runs_are_kept_under_their_own_numbers_and_without_results():
    history = History()
    for _ in range(MOST + 3):
        history.add(Settings(), made(), serial=3.0)
    assert [entry.number for entry in history.entries] == list(range(4, MOST + 4))
    assert {span.result for entry in history.entries for span in entry.run.spans} == {None}


def test_adding_a_run_takes_nothing_from_it():
    run = made()
    History().add(Settings(), run, serial=3.0)
    assert run.results == ["a large result"] * 2


def test_the_table_tells_speedup_efficiency_and_where_the_time_went(history):
    picture = history.picture()
    assert picture.png().startswith(b"\x89PNG")
    assert picture.header == ["run", "makespan", "speedup", "efficiency", *PARTS]
    assert picture.rows[0] == [
        *("run 1: 2 workers", "2.00 s", "1.50", "75%"),
        *("3.00 s", "0.50 s", "0.50 s", "0.00 s", "0.00 s"),
    ]
    assert "run 2: 4 workers: all tasks done after 1.50 s." in picture.caption


def test_the_csv_has_a_line_a_run_with_its_settings_and_figures(history):
    first, second = read(history)
    assert list(first) == ["run", *SETTING_NAMES, "makespan", "speedup", "efficiency", *PARTS]
    assert (first["run"], first["workload"], first["how"], first["workers"]) == ("1", "primes", "pool", "2")
    assert (second["makespan"], second["speedup"], second["efficiency"]) == ("1.500", "2.000", "0.500")


def test_in_the_table_the_parts_add_up_to_workers_times_makespan():
    history = History()
    for thirds in range(1, 20):
        history.add(Settings(), made(seconds=1 + thirds / 3), serial=thirds / 7)
        *_, row = history.picture().rows
        shown = sum(float(cell.removesuffix(" s")) for cell in row[4:])
        assert f"{shown:.2f}" == f"{2 * (1 + thirds / 3):.2f}"


def test_in_the_csv_the_parts_add_up_to_workers_times_makespan(history):
    for line in read(history):
        whole = float(line["workers"]) * float(line["makespan"])
        assert sum(float(line[part]) for part in PARTS) == pytest.approx(whole, abs=0.0005)


def test_what_a_way_does_not_use_is_empty_in_the_csv():
    history = History()
    history.add(Settings(how="serial"), made(workers=1), serial=2.0)
    (line,) = read(history)
    assert (line["workers"], line["chunksize"], line["start_method"]) == ("", "", "")
    assert line["tasks"] == "12"
