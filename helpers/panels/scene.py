"""The data of a panel's picture. The browser draws it."""

import numpy as np

from helpers.drawing.chart import PIXELS, task_bars
from helpers.running.breakdown import rows_now, spent_by

MOST_SHOWN = 2000  # tick marks for results: more can't be distinguished


def scene(log, length):
    """Return what has happened in a run so far, given its `Log` and the length of the time axis in seconds.

    Times are in seconds since the run began. The bars are 32-bit floats, seven for each bar: start, width, extent, fill
    (see `helpers.drawing.chart.task_bars`), the number of tasks that the bar stands for, the first of them, and when
    its result reached the parent (0: not yet). A running task's computing time is not known yet: its fill is NaN.
    """
    crew, done, seconds = rows_now(log)
    while length < seconds:
        length *= 1.5
    spent, going = spent_by(crew, seconds, more=not all(log.worker))
    home = np.array(log.home) - log.began if log.began else np.zeros(len(log.home))
    home = np.where(np.array(log.home) > 0, home, 0.0)
    workers, bars = [], []
    for life, row in zip(log.lives, crew):
        own = bars_of(row, length / PIXELS, home)
        bars.append(own)
        workers.append(
            {
                "pid": life.process,
                "asked": row.asked,
                "ready": float(min(row.ready, seconds)),
                "gone": float(min(row.gone, seconds)),
                "bars": len(own),
                "tasks": len(row.starts),
                "computing": float(np.nansum(row.computing)),
                "waiting": float(np.sum((row.ends - row.starts - row.computing)[~np.isnan(row.computing)])),
            }
        )
    return {
        "seconds": seconds,
        "length": length,
        "done": done,
        "tasks": len(home),
        "workers": workers,
        "bars": np.concatenate(bars).astype(np.float32).tobytes(),
        "home": ticks(home[home > 0], length / MOST_SHOWN).astype(np.float32).tobytes(),
        "spent": [float(part) for part in spent.values()],
        "going": going,
    }


def bars_of(row, pixel, home):
    """Return the bars of one worker in order of time, as rows of seven numbers."""
    starts, widths, extents, fills, counts, places = task_bars(row, pixel)
    fills = np.where((counts == 1) & np.isnan(row.computing[places]), np.nan, fills)
    came = np.where(counts == 1, home[row.tasks[places]], 0.0)
    figures = np.column_stack([starts, widths, extents, fills, counts, row.tasks[places], came])
    return figures[np.argsort(starts, kind="stable")]


def ticks(times, apart):
    """Return the times in ascending order, with those less than `apart` seconds apart merged."""
    return np.unique(np.round(times / apart)) * apart


def tiles(log, across, room, seen):
    """Return the tiles computed since the last call, and add their tasks to the set `seen`.

    across  number of tiles in a row
    room    number of points in a tile
    """
    fresh = not seen
    new = [task for task, end in enumerate(log.end) if end and task not in seen]
    seen.update(new)
    return {
        "across": across,
        "pixels": round(room**0.5),
        "fresh": fresh,
        "tasks": new,
        "workers": [log.worker[task] for task in new],
        "ends": np.array([log.end[task] - log.began for task in new], np.float32).tobytes(),
        "points": b"".join(log.shown(task) for task in new),
    }
