"""What drawing a run costs."""

from benchmarks.tools import Figure, Findings, timed
from helpers.panels.scene import scene
from helpers.running.comparison import Comparison
from helpers.running.log import Log
from helpers.runs import logged_run
from helpers.timelines import finished


def drawing():
    """what drawing a run costs, and how large its picture is"""
    figures = []
    for tasks, workers, most in [(100_000, 2, 1), (100_000, 64, 1), (1_000, 64, 1)]:
        log = made_up_log(tasks, workers)
        run = logged_run(log, [None] * tasks, "Pool")

        def draw(run=run):
            picture = finished(Comparison(run, run))
            return len(picture.svg()) + len(picture.png())

        what = f"{tasks:,} tasks, {workers} workers"
        figures.append(Figure(f"a finished run drawn as SVG and PNG: {what}", timed(draw, 5), " s", 2, most=most))
        figures.append(Figure(f"its size: {what}", [draw() / 1e6], " MB", 2, most=1))
    for tasks, workers, most in [(100, 2, 10), (100, 64, 10), (100_000, 64, 40)]:
        log = made_up_log(tasks, workers)
        millis = [1000 * seconds for seconds in timed(lambda log=log: scene(log, 2.0), rounds=20)]
        figures.append(Figure(f"a live picture: {tasks:,} tasks, {workers} workers", millis, " ms", most=most))
    return Findings(figures)


def made_up_log(tasks, workers):
    """Return the `Log` of a run of one second whose workers were busy nine tenths of it."""
    log = Log(tasks, workers)
    log.began, log.ended = 1.0, 2.0
    for number in range(workers):
        log.process[number], log.thread[number] = number + 1, number + 1
        log.asked[number], log.ready[number] = 1.0, 1.01
    places = -(-tasks // workers)  # of tasks, one after the other
    for task in range(tasks):
        place, number = divmod(task, workers)
        log.worker[task] = number + 1
        log.start[task] = 1.02 + 0.98 * place / places
        log.end[task] = log.start[task] + 0.9 * 0.98 / places
        log.computing[task] = 0.7 * 0.98 / places
    return log
