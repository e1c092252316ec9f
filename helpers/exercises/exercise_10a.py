"""Exercise 1 of notebook 10: a serial part that the workers can do as well."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
import multiprocessing

from helpers.workers import count_primes, hash_password


def worker(limit):
    return count_primes(limit)


if __name__ == "__main__":
    with multiprocessing.Pool(processes=2) as pool:
        counts = pool.map(worker, range(10_000, 22_000, 2_000), chunksize=1)
    hashes = [hash_password(str(count)) for count in counts]
    for line in hashes:
        print(line[:8])
"""

SOLUTION = """\
import multiprocessing

from helpers.workers import count_primes, hash_password


def worker(limit):
    return hash_password(str(count_primes(limit)))


if __name__ == "__main__":
    with multiprocessing.Pool(processes=2) as pool:
        hashes = pool.map(worker, range(10_000, 22_000, 2_000), chunksize=1)
    for line in hashes:
        print(line[:8])
"""

TASKS = 6
LINE = "return hash_password(str(count_primes(limit)))"


def check(attempt):
    if len(attempt.calls_in_children("count_primes")) != TASKS:
        return Hint(
            "The pool's workers no longer count the primes of six limits. That part was parallel already.",
            "Let one call of pool.map do all six tasks, as before.",
            "hashes = pool.map(worker, range(10_000, 22_000, 2_000), chunksize=1)",
        )
    hashed = len(attempt.calls_in_children("hash_password"))
    if hashed < TASKS:
        return Hint(
            f"The workers made {hashed} of the six hashes. Who makes the others, and what do the workers do meanwhile?",
            "Hash a count where it was made: in the worker, before it goes back to the parent.",
            LINE,
        )
    if len(attempt.lines) != TASKS or len(set(attempt.lines)) != TASKS or {len(line) for line in attempt.lines} != {8}:
        return Hint(
            f"The workers do it all now. But the program printed {attempt.lines} instead of six short hashes.",
            "Print the first eight letters of each hash that the pool returns.",
            "for line in hashes:\n        print(line[:8])",
        )
    return None


EXERCISE = Exercise(
    title="shrink the serial part",
    task="""\
This program counts primes in a pool. Then the parent hashes the counts, one after the other, while the workers have
nothing to do. So a part of the work is serial, although it needn't be.

Change the program so that the workers do all the computing. It must print the same lines.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="""\
Each hash needs only its own count, so it can be made in the same task. What has to look at all results together, such
as a sum, stays serial.""",
    praise="The workers hash what they counted, and the parent only prints. The serial part is as good as gone.",
    mistakes="hash in the parent with `map`; drop the counting; print the list",
    ask="Who computes while the workers are done?",
    right=[
        GIVEN.replace(
            "hashes = [hash_password(str(count)) for count in counts]",
            "with multiprocessing.Pool(2) as pool:\n        hashes = pool.map(hash_password, map(str, counts))",
        ),
    ],
    wrong=[
        (
            GIVEN.replace("[hash_password(str(count)) for count in counts]", "map(hash_password, map(str, counts))"),
            "made 0 of the six hashes",
        ),
        (GIVEN.replace("pool.map(worker, range(10_000, 22_000, 2_000), chunksize=1)", "[1] * 6"), "no longer count"),
        (SOLUTION.replace("    for line in hashes:\n        print(line[:8])", "    print(hashes)"), "six short hashes"),
    ],
    check=check,
)
