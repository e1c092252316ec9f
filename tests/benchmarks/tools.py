"""What all parts of the benchmarks share: figures, and how they are measured."""

from collections import namedtuple
from dataclasses import dataclass
from random import Random
from statistics import median
from time import perf_counter

TIME_LIMIT = 60  # seconds, for anything that could hang

Findings = namedtuple("Findings", "figures picture", defaults=[None])
Findings.__doc__ = (
    """What a part of the benchmarks has measured: a list of `Figure`s and, if they are drawn, a `Picture`."""
)


@dataclass
class Figure:
    """What was measured in several rounds, and the limit that its median has to keep to.

    what         what was measured
    values       a number for each round
    unit         written behind them, such as " s"
    digits       written behind the point
    most, least  the limit: what the median may be at most, and has to be at least
    """

    what: str
    values: list[float]
    unit: str = ""
    digits: int = 0
    most: float | None = None
    least: float | None = None

    @property
    def limit(self):
        """The limit in words, or "" if there is none."""
        if self.least is None:
            return "" if self.most is None else f"≤ {self.say(self.most)}"
        return f"≥ {self.say(self.least)}" if self.most is None else f"{self.say(self.least)} to {self.say(self.most)}"

    @property
    def met(self):
        """Whether the median keeps to the limit, or None if there is none."""
        if not self.limit:
            return None
        middle = median(self.values)
        return (self.most is None or middle <= self.most) and (self.least is None or middle >= self.least)

    def say(self, value):
        """Return a value in words."""
        return f"{value:,.{self.digits}f}{self.unit}"

    def row(self):
        """Return the cells of its row in a table."""
        spread = f"{self.say(min(self.values))} to {self.say(max(self.values))}" if len(self.values) > 1 else ""
        met = {True: "yes", False: "NO", None: ""}[self.met]
        return [self.what, self.say(median(self.values)), spread, self.limit, met]


HEADER = ["", "median", "lowest to highest", "limit", "met"]  # of a table with such rows


def ratio(what, ours, theirs, most=None, digits=2):
    """Return the `Figure` of one time ÷ another, round by round, since the speed of a machine may drift."""
    times = [one / other for one, other in zip(ours, theirs)]
    return Figure(f"{what}, round by round", times, " ×", digits, most=most)


def timed(call, rounds, clock=perf_counter):
    """Return the seconds that each of some calls takes on a clock, after one to warm up."""
    call()
    seconds = []
    for _ in range(rounds):
        began = clock()
        call()
        seconds.append(clock() - began)
    return seconds


def in_turn(things, round):
    """Return the things in an order that differs from round to round, so that none always follows the same one."""
    things = list(things)
    return Random(round).sample(things, len(things))
