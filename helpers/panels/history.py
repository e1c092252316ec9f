"""The runs of a panel, to be compared and taken along."""

import csv
from collections import deque
from io import StringIO
from typing import NamedTuple

from helpers.drawing.picture import Picture
from helpers.panels.workloads import SETTING_NAMES, WAY_LABELS, WORKLOADS, Settings
from helpers.running.breakdown import PARTS, rounded, time_spent
from helpers.runs import Run
from helpers.timelines import progress
from helpers.words import counted

MOST = 6  # runs: more lines can't be told apart


class Entry(NamedTuple):
    """A run, its settings, how long its tasks took one after the other, and where the time went, in seconds."""

    number: int
    settings: Settings
    run: Run
    serial: float
    parts: dict[str, float]

    @property
    def speedup(self):
        return self.serial / self.run.makespan

    @property
    def efficiency(self):
        return self.speedup / max(1, self.run.size)


class History:
    """The last runs of a panel."""

    def __init__(self):
        self.entries = deque(maxlen=MOST)
        self._count = 0

    def add(self, settings, run, serial):
        """Keep a `Run`, but not its results, and return its `Entry`."""
        run = Run(
            run.title, [span._replace(result=None) for span in run.spans], run.began, run.ended, run.size, run.crew
        )
        self._count += 1
        parts = rounded(time_spent(run, serial), digits=3)
        self.entries.append(Entry(self._count, settings, run, serial, parts))
        return self.entries[-1]

    def labels(self):
        """Return what each run is called: its number, and the settings in which the runs differ."""
        used = [entry.settings.used() for entry in self.entries]
        differ = [name for name in SETTING_NAMES if len({settings.get(name) for settings in used}) > 1]
        return [
            ": ".join(filter(None, [f"run {entry.number}", ", ".join(in_words(settings, differ))]))
            for entry, settings in zip(self.entries, used)
        ]

    def picture(self):
        """Draw the runs over each other, with a table."""
        labels = self.labels()
        drawn = progress({label: entry.run for label, entry in zip(labels, self.entries)})
        header = ["run", "makespan", "speedup", "efficiency", *PARTS]
        rows = [
            [
                label,
                f"{entry.run.makespan:.2f} s",
                f"{entry.speedup:.2f}",
                f"{entry.efficiency:.0%}",
                *(f"{seconds:.2f} s" for seconds in rounded(entry.parts).values()),
            ]
            for label, entry in zip(labels, self.entries)
        ]
        return Picture(drawn.figure, drawn.caption, header, rows)

    def csv(self):
        """Return the runs as the text of a CSV file, times in seconds."""
        text = StringIO()
        table = csv.writer(text)
        table.writerow(["run", *SETTING_NAMES, "makespan", "speedup", "efficiency", *PARTS])
        for entry in self.entries:
            used = entry.settings.used()
            figures = [entry.run.makespan, entry.speedup, entry.efficiency]
            table.writerow(
                [
                    entry.number,
                    *(used.get(name, "") for name in SETTING_NAMES),
                    *(f"{figure:.3f}" for figure in figures),
                    *(f"{seconds:.3f}" for seconds in entry.parts.values()),
                ]
            )
        return text.getvalue()


def in_words(settings, names):
    """Return the settings of these names as a reader would say them."""
    say = {
        "workload": lambda value: WORKLOADS[value].label,
        "how": WAY_LABELS.get,
        "workers": lambda value: counted(value, "worker"),
        "tasks": lambda value: counted(value, "task"),
        "size": lambda value: f"size {value}",
        "chunksize": lambda value: f"chunksize {value}",
        "start_method": str,
    }
    return [say[name](settings[name]) for name in names if name in settings]
