"""Exercise 2 of notebook 04: small chunks for long, uneven tasks."""

from helpers.exercises import Exercise

GIVEN = """\
import multiprocessing
import os

from helpers.workers import count_primes

limits = [60_000, 60_000, 60_000, 60_000, 10, 10, 10, 10]


def worker(limit):
    count_primes(limit)
    return os.getpid()


if __name__ == "__main__":
    with multiprocessing.Pool(processes=2) as pool:
        pids = pool.map(worker, limits, chunksize=4)
    long_tasks = pids[:4]
    print("long tasks of the busiest worker:", max(long_tasks.count(pid) for pid in long_tasks))
"""

SOLUTION = GIVEN.replace("chunksize=4", "chunksize=1")

LONGER = "60_000, 60_000, 60_000, 60_000, 10, 10, 10, 10"


def check(attempt):
    if LONGER not in attempt.source:
        return "leave the limits as they are. You don't always choose the order of your tasks."
    if len(attempt.calls_in_children("worker")) != 8:
        return "leave the work to pool.map, and change its chunksize."
    if not attempt.lines or not attempt.lines[-1].startswith("long tasks of the busiest worker: "):
        return f"keep the line that prints. The script printed {attempt.lines}."
    if max(attempt.chunks) >= 4:
        return "one worker still gets them: all four long tasks are in one chunk. Make the chunks smaller."
    if max(attempt.chunks) == 3:
        return "with chunks of three, one worker still gets three of the four long tasks. Make the chunks smaller."
    return None


EXERCISE = Exercise(
    title="share the long tasks",
    task="""\
The first four of these eight tasks are long, the others are short. One worker gets all the long ones.
Change one number so that the workers share them.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="""\
With one task in a chunk, a worker that is busy with a long task leaves the next one to the other.
`chunksize=2` does it here too, but only because the long tasks stand at the front.""",
    praise="No chunk holds more than its share of the long tasks, so a worker that is free finds one to take.",
    right=[
        GIVEN.replace("chunksize=4", "chunksize=2"),
        GIVEN.replace(", chunksize=4", ""),
        GIVEN.replace("pool.map(worker, limits, chunksize=4)", "list(pool.imap(worker, limits))"),
    ],
    wrong=[
        (GIVEN.replace("chunksize=4", "chunksize=3"), "three of the four long tasks"),
        (GIVEN.replace("chunksize=4", "chunksize=8"), "all four long tasks are in one chunk"),
        (GIVEN.replace("processes=2", "processes=4"), "all four long tasks are in one chunk"),
        (GIVEN.replace(LONGER, "60_000, 10, 60_000, 10, 60_000, 10, 60_000, 10"), "leave the limits as they are"),
        (
            GIVEN.replace("pool.map(worker, limits, chunksize=4)", "[worker(limit) for limit in limits]"),
            "leave the work",
        ),
    ],
    check=check,
)
