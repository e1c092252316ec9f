"""Exercise 1 of notebook 05: each result as soon as it is there, with the task that it belongs to."""

import re

from helpers.exercises import Exercise, Hint

GIVEN = """\
import multiprocessing

from helpers.workers import count_primes

limits = [150_000, 10_000, 20_000, 15_000]

if __name__ == "__main__":
    with multiprocessing.Pool(processes=2) as pool:
        for count in pool.map(count_primes, limits, chunksize=1):
            print(count, "primes")
"""

SOLUTION = """\
import multiprocessing

from helpers.workers import count_primes

limits = [150_000, 10_000, 20_000, 15_000]


def worker(limit):
    return limit, count_primes(limit)


if __name__ == "__main__":
    with multiprocessing.Pool(processes=2) as pool:
        for limit, count in pool.imap_unordered(worker, limits):
            print(count, "primes below", limit)
"""

COUNTS = {150_000: 13848, 10_000: 1229, 20_000: 2262, 15_000: 1754}

WANTED = sorted(f"{count} primes below {limit}" for limit, count in COUNTS.items())

ZIPPED = GIVEN.replace(
    "for count in pool.map(count_primes, limits, chunksize=1)",
    "for limit, count in zip(limits, pool.imap_unordered(count_primes, limits))",
).replace('"primes")', '"primes below", limit)')


def check(attempt):
    if not attempt.calls_in_children("count_primes"):
        return Hint(
            "Only one process counted. Which line hands the work to the pool?",
            "Call a method of the pool, and loop over what it returns.",
            "for limit, count in pool.imap_unordered(worker, limits):",
        )
    if attempt.lines_of_children:
        return Hint(
            "The workers printed. What may happen to their lines if the output goes to a file?",
            "Let the worker return what is to be printed, and print it in the parent's loop.",
            "return limit, count_primes(limit)",
        )
    if not all(re.fullmatch(r"\d+ primes below \d+", line) for line in attempt.lines):
        return Hint(
            f"The program printed {attempt.lines[0]!r}. How does the reader know which task that was?"
            if attempt.lines
            else "The program printed nothing. Who prints the results?",
            "Write a worker that returns the limit together with the count, and print both.",
            "def worker(limit):\n    return limit, count_primes(limit)",
        )
    if sorted(attempt.lines) != WANTED:
        odd = next((line for line in attempt.lines if line not in WANTED), "too little or too much")
        return Hint(
            f"The program printed {odd!r}. Is that true?",
            "Results that come in any order don't match the list of limits. Let each result bring its limit along.",
            "def worker(limit):\n    return limit, count_primes(limit)",
        )
    longest = max(attempt.calls("count_primes"), key=lambda call: call.ended - call.began)
    if attempt.printed_by_parent("primes below") > longest.ended:
        return Hint(
            "The first line was printed only when the longest task was done. Which results were ready before?",
            "Use the method that hands over each result as soon as it's ready, and print in its loop.",
            "for limit, count in pool.imap_unordered(worker, limits):",
        )
    return None


EXERCISE = Exercise(
    title="each result as soon as it's there",
    task="""\
This program prints nothing until all four tasks are done, and doesn't say which count is whose.

Change it so that the parent prints each result as soon as it's there, together with its limit. The long task is the
first one, and its line will come last:

```
1229 primes below 10000
2262 primes below 20000
1754 primes below 15000
13848 primes below 150000
```

The order of the first three lines may differ.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="A result that may overtake others has to say which task it belongs to. So the worker returns both.",
    praise="The short tasks' lines came while the long task was still running, and each says which task it is.",
    mistakes="`imap`; `zip` with `limits`; print in the worker",
    ask="Which results were ready first? Whose count is this?",
    right=[
        SOLUTION.replace("return limit, count_primes(limit)", 'return f"{count_primes(limit)} primes below {limit}"')
        .replace("for limit, count in", "for line in")
        .replace('print(count, "primes below", limit)', "print(line)"),
        SOLUTION.replace("import multiprocessing", "from concurrent.futures import ProcessPoolExecutor, as_completed")
        .replace("multiprocessing.Pool(processes=2)", "ProcessPoolExecutor(2)")
        .replace("in pool.imap_unordered(worker, limits):", "in map(Future.result, as_completed(futures)):")
        .replace(
            "        for limit", "        futures = [pool.submit(worker, limit) for limit in limits]\n        for limit"
        )
        .replace("import ProcessPoolExecutor,", "import Future, ProcessPoolExecutor,"),
    ],
    wrong=[
        (SOLUTION.replace("imap_unordered", "imap"), "only when the longest task was done"),
        (SOLUTION.replace("imap_unordered(worker, limits)", "map(worker, limits, chunksize=1)"), "Which results were"),
        (SOLUTION.replace("pool.imap_unordered(worker, limits)", "map(worker, limits)"), "Only one process counted"),
        (ZIPPED, "Is that true?"),
        (
            GIVEN.replace("pool.map(count_primes, limits, chunksize=1)", "pool.imap_unordered(count_primes, limits)"),
            "which task",
        ),
        (
            SOLUTION.replace("return limit, count_primes(limit)", 'print(count_primes(limit), "primes below", limit)')
            .replace("for limit, count in ", "list(")
            .replace('limits):\n            print(count, "primes below", limit)', "limits))"),
            "if the output goes to a file",
        ),
    ],
    check=check,
)
