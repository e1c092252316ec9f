"""Exercise 2 of notebook 05: get the results while the pool is there."""

from helpers.exercises import Exercise

GIVEN = """\
import multiprocessing

from helpers.workers import count_primes

limits = [80_000, 20_000, 60_000, 40_000]

if __name__ == "__main__":
    with multiprocessing.Pool(processes=2) as pool:
        handles = [pool.apply_async(count_primes, (limit,)) for limit in limits]
    print([handle.get() for handle in handles if handle.ready()])
"""

SOLUTION = """\
import multiprocessing

from helpers.workers import count_primes

limits = [80_000, 20_000, 60_000, 40_000]

if __name__ == "__main__":
    with multiprocessing.Pool(processes=2) as pool:
        handles = [pool.apply_async(count_primes, (limit,)) for limit in limits]
        print([handle.get() for handle in handles])
"""

ALL = "[handle.get() for handle in handles]"


def check(attempt):
    if not any("apply_async" in pool.methods and "apply" not in pool.methods for pool in attempt.pools):
        return "keep apply_async, which does not wait. Then ask each handle for its result, in time."
    if attempt.lines == ["[]"]:
        return "no result was ready yet. get() waits: ask every handle, ready or not, before the with block ends."
    if "Result object" in attempt.output:
        return "the script printed the handles. Call get() on each of them."
    if attempt.one_by_one:
        return "get() straight after apply_async waits: each task waits for the one before it. Hand over all first."
    if attempt.lines != ["[7837, 2262, 6057, 4203]"]:
        return f"the results should be [7837, 2262, 6057, 4203], in this order. The script printed {attempt.lines}."
    return None


EXERCISE = Exercise(
    title="the lost results",
    task="""\
This program hands four tasks over and prints the results that are ready. It prints `[]`.
Change it so that it prints all four, in order. Keep `apply_async`.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword=(
        "`get` waits for its result. It has to do so inside the block: at the end of the block the workers are ended."
    ),
    praise="The parent waited for each result while the workers were still there.",
    right=[
        SOLUTION.replace(f"print({ALL})", f"pool.close()\n        pool.join()\n    print({ALL})"),
        SOLUTION.replace(f"print({ALL})", f"results = {ALL}\n    print(results)"),
    ],
    wrong=[
        (GIVEN.replace(" if handle.ready()", ""), "Ask for the results inside the block"),
        (GIVEN.replace("    print(", "        print("), "no result was ready yet"),
        (SOLUTION.replace(ALL, "handles"), "Call get() on each"),
        (
            SOLUTION.replace("(limit,)) for", "(limit,)).get() for").replace(ALL, "handles"),
            "waits for the one before it",
        ),
        (
            SOLUTION.replace(
                "handles = [pool.apply_async(count_primes, (limit,)) for limit in limits]\n        ", ""
            ).replace(ALL, "pool.map(count_primes, limits)"),
            "keep apply_async",
        ),
        (SOLUTION.replace("(limit,))", "(limit))"), "a comma"),
        (SOLUTION.replace(ALL, "sorted(handle.get() for handle in handles)"), "in this order"),
    ],
    check=check,
)
