"""The runs of a panel, to compare and to save."""

import csv
from collections import deque
from dataclasses import replace
from io import StringIO
from typing import NamedTuple

from helpers.drawing.picture import Picture
from helpers.panels.workloads import SETTING_NAMES, WORKLOADS, Settings
from helpers.running.breakdown import PARTS, rounded, time_spent
from helpers.running.comparison import Comparison
from helpers.running.ways import WAYS
from helpers.timelines import completion
from helpers.words import counted

MOST = 6  # runs: more lines are hard to tell apart


class Entry(NamedTuple):
    """A run: its settings, its comparison with the serial run, and where the time went, in seconds."""

    number: int
    settings: Settings
    comparison: Comparison
    parts: dict[str, float]

    @property
    def run(self):
        return self.comparison.run


class History:
    """The last runs of a panel."""

    def __init__(self):
        self.entries = deque(maxlen=MOST)
        self.count = 0  # runs so far

    def add(self, settings, comparison):
        """Keep a `Comparison` without the results of its runs, and return its `Entry`."""
        run, serial = map(without_results, (comparison.run, comparison.serial))
        self.count += 1
        parts = rounded(time_spent(run), digits=3)
        self.entries.append(Entry(self.count, settings, Comparison(run, serial, comparison.again), parts))
        return self.entries[-1]

    def labels(self):
        """Return a label for each run: its number, and the settings in which the runs differ."""
        used = [entry.settings.used() for entry in self.entries]
        differ = [name for name in SETTING_NAMES if len({settings.get(name) for settings in used}) > 1]
        return [
            ": ".join(filter(None, [f"run {entry.number}", ", ".join(in_words(settings, differ))]))
            for entry, settings in zip(self.entries, used)
        ]

    def picture(self):
        """Draw all runs in one chart, with a table."""
        labels = self.labels()
        drawn = completion({label: entry.run for label, entry in zip(labels, self.entries)})
        header = ["run", "makespan", "speedup", "efficiency", *PARTS]
        rows = [
            [
                label,
                f"{entry.run.makespan:.2f} s",
                *figures(entry.comparison, ".2f", ".0%", "machine busy"),
                *(f"{seconds:.2f} s" for seconds in rounded(entry.parts).values()),
            ]
            for label, entry in zip(labels, self.entries)
        ]
        return Picture(drawn.figure, drawn.caption, header, rows)

    def csv(self):
        """Return the runs as the text of a CSV file, with times in seconds."""
        text = StringIO()
        table = csv.writer(text)
        table.writerow(["run", *SETTING_NAMES, "makespan", "speedup", "efficiency", *PARTS])
        for entry in self.entries:
            used = entry.settings.used()
            table.writerow(
                [
                    entry.number,
                    *(as_text(used.get(name, "")) for name in SETTING_NAMES),
                    f"{entry.run.makespan:.3f}",
                    *figures(entry.comparison, ".3f", ".3f", ""),
                    *(f"{seconds:.3f}" for seconds in entry.parts.values()),
                ]
            )
        return text.getvalue()


def without_results(run):
    """Return the `Run` without its tasks' results, which can be large."""
    return replace(run, spans=[span._replace(result=None) for span in run.spans])


def figures(comparison, of_speedup, of_efficiency, none):
    """Return speedup and efficiency in the formats given, or twice `none` if they are unknown."""
    if comparison.speedup is None:
        return [none, none]
    return [format(comparison.speedup, of_speedup), format(comparison.efficiency, of_efficiency)]


def as_text(value):
    """Return the value of a setting for a CSV file: for a learner's own work, its label."""
    return getattr(value, "label", value)


def in_words(settings, names):
    """Return the settings with these names in words."""
    say = {
        "workload": lambda value: WORKLOADS.get(value, value).label,
        "how": lambda value: WAYS[value].label,
        "workers": lambda value: counted(value, "worker"),
        "tasks": lambda value: counted(value, "task"),
        "size": lambda value: f"size {value}",
        "chunksize": lambda value: f"chunksize {value}",
        "start_method": str,
        "method": str,
    }
    return [say[name](settings[name]) for name in names if name in settings]
