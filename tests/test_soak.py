"""What grows is told from what wavers."""

import random

import pytest
from soak import Figures, growing, row, slope

HELD = Figures(memory=200_000_000, processes=2, threads=20, files=70, blocks=0, semaphores=1)


def runs(number, **changing):
    """Return the `Figures` of that many runs, with those changed that are given as functions of the run's number."""
    return [HELD._replace(**{name: change(run) for name, change in changing.items()}) for run in range(number)]


@pytest.mark.parametrize("number", [1, 2, 3, 10, 200])
def test_what_stays_as_it_is_does_not_grow(number):
    assert growing(runs(number)) == []
    assert row("a panel", runs(number))[-1] == "flat"


@pytest.mark.parametrize(
    ("number", "changing", "grown"),
    [
        (10, {"files": lambda run: 70 + run}, ["open files"]),
        (200, {"threads": lambda run: 20 + run // 50}, ["threads"]),
        (200, {"semaphores": lambda run: run // 3, "blocks": lambda run: run // 3}, ["shared memory", "semaphores"]),
        (200, {"memory": lambda run: 200_000_000 + 150_000 * run}, ["memory"]),
        (10, {"processes": lambda run: 2 + run // 2}, ["processes"]),
    ],
)
def test_what_grows_is_named(number, changing, grown):
    assert growing(runs(number, **changing)) == grown
    assert row("a panel", runs(number, **changing))[-1] == f"GROWS: {', '.join(grown)}"


def test_what_wavers_does_not_grow():
    chance = random.Random(1)
    wavering = {"files": lambda run: 70 + chance.randint(0, 12), "memory": lambda run: 2e8 + chance.randint(0, 10**7)}
    assert growing(runs(200, **wavering)) == []


@pytest.mark.parametrize("high", [(6, 7), (7, 8), (8, 9), (7, 8, 9)])
def test_in_few_runs_what_is_higher_at_times_does_not_grow(high):
    assert growing(runs(10, files=lambda run: 70 + 2 * (run in high))) == []


def test_what_grows_at_first_only_does_not_grow():
    assert growing(runs(200, memory=lambda run: 2e8 + 1e6 * min(run, 90), files=lambda run: min(70, run))) == []


def test_a_slope_is_per_run():
    assert slope([5, 5, 1, 3, 5, 7]) == 2
