"""Exercise 2 of notebook 04: start the longest task first, and keep the order of the results."""

from helpers.exercises import Exercise, Hint

LIMITS = "[10_000, 20_000, 15_000, 25_000, 10_000, 20_000, 150_000]"

GIVEN = f"""\
import multiprocessing

from helpers.workers import count_primes

limits = {LIMITS}

if __name__ == "__main__":
    with multiprocessing.Pool(processes=2) as pool:
        counts = pool.map(count_primes, limits, chunksize=1)
    for limit, count in zip(limits, counts):
        print(limit, count)
"""

SOLUTION = f"""\
import multiprocessing

from helpers.workers import count_primes

limits = {LIMITS}

if __name__ == "__main__":
    longest_first = sorted(limits, reverse=True)
    with multiprocessing.Pool(processes=2) as pool:
        counts = pool.map(count_primes, longest_first, chunksize=1)
    count_of = dict(zip(longest_first, counts))
    for limit in limits:
        print(limit, count_of[limit])
"""

WANTED = ["10000 1229", "20000 2262", "15000 1754", "25000 2762", "10000 1229", "20000 2262", "150000 13848"]
ORDER = "longest_first = sorted(limits, reverse=True)"
MAP = "counts = pool.map(count_primes, longest_first, chunksize=1)"


def check(attempt):
    if LIMITS not in attempt.source:
        return Hint(
            "The list of limits has changed. In real work you rarely choose the order in which your items come.",
            "Leave limits as it was, and make a second list in another order.",
            ORDER,
        )
    calls = attempt.calls_in_children("count_primes")
    if len(calls) != len(WANTED):
        return Hint(
            f"The pool's workers called count_primes {len(calls)} times. How many limits are there?",
            "Let one call of pool.map do all seven tasks.",
            MAP,
        )
    if max(attempt.chunks, default=1) > 1:
        return Hint(
            "Some tasks traveled in the same chunk. Who can take a task that waits behind the long one?",
            "Keep one task in each chunk, so that the other worker can take all the short tasks.",
            MAP,
        )
    longest = max(calls, key=lambda call: call.ended - call.began)
    if sum(call.began < longest.began for call in calls) >= len(calls) // 2:
        return Hint(
            "The long task still starts late: most of the others had started before it. Which item does the pool get "
            "first?",
            "Give the pool the limits from the largest to the smallest.",
            f"{ORDER}\n{MAP}",
        )
    if attempt.lines != WANTED and sorted(attempt.lines) == sorted(WANTED):
        return Hint(
            f"The long task starts first now. But the first line is {attempt.lines[0]!r}. Which limit comes first?",
            "Remember which count belongs to which limit. Then go through limits to print.",
            "count_of = dict(zip(longest_first, counts))",
        )
    if attempt.lines != WANTED:
        return Hint(
            f"The long task starts first now, but these lines are not all true: {attempt.lines}. "
            "Below 10,000 there are 1,229 primes.",
            "The counts come in the order in which the pool got the limits. Pair them in that order.",
            "count_of = dict(zip(longest_first, counts))",
        )
    return None


EXERCISE = Exercise(
    title="the long task first",
    task="""\
The last of these seven tasks takes longer than all the others together. So one worker computes it at the end, while the
other one has nothing left to do.

Change the program so that the long task starts first. It must still print its lines in the order of `limits`, and
`limits` must stay as it is.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="""\
`sorted(..., reverse=True)` works here because a larger limit takes longer. You needn't know the exact times: a rough
order is enough.""",
    praise="The long task starts first, and the other worker does the short ones meanwhile. The order is kept, too.",
    mistakes="change or sort `limits` itself; sort upward; pair counts with the wrong limits",
    ask="Which task does the pool get first? In which order do counts come back?",
    right=[
        GIVEN.replace("limits, chunksize=1)", "limits[::-1], chunksize=1)[::-1]"),
        SOLUTION.replace(
            "pool.map(count_primes, longest_first, chunksize=1)", "list(pool.imap(count_primes, longest_first))"
        ),
    ],
    wrong=[
        (GIVEN.replace(", chunksize=1", ", chunksize=7"), "traveled in the same chunk"),
        (SOLUTION.replace(", reverse=True", ""), "still starts late"),
        (GIVEN.replace(LIMITS, "[150_000, 25_000, 20_000, 20_000, 15_000, 10_000, 10_000]"), "has changed"),
        (
            GIVEN.replace("    with multi", "    limits.sort(reverse=True)\n    with multi"),
            "But the first line is '150000",
        ),
        (GIVEN.replace("count_primes, limits", "count_primes, sorted(limits, reverse=True)"), "not all true"),
        (
            GIVEN.replace("pool.map(count_primes, limits, chunksize=1)", "[count_primes(limit) for limit in limits]"),
            "called count_primes 0 times",
        ),
    ],
    check=check,
)
