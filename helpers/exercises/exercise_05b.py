"""Exercise 2 of notebook 05: get the results while the pool is there."""

from helpers.exercises import Exercise, Hint

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
        return Hint(
            "The task asks you to keep apply_async. What does it return?",
            "Hand over each task with apply_async, keep the handles, and then ask each handle for its result.",
            "handles = [pool.apply_async(count_primes, (limit,)) for limit in limits]",
        )
    if attempt.lines == ["[]"]:
        return Hint(
            "The list is empty: no result was ready when the program looked. Did anything wait for one?",
            "ready() only looks. get() waits. Call it for every handle, before the with block ends.",
            "print([handle.get() for handle in handles])",
        )
    if "Result object" in attempt.output:
        return Hint(
            "The program printed handles. How do you get from a handle to its result?",
            "Call get() on each of them, inside the block.",
            "print([handle.get() for handle in handles])",
        )
    if attempt.one_by_one:
        return Hint(
            "Only one task ran at a time. What does the program do between two calls to apply_async?",
            "get() straight after apply_async waits for that task. Hand over all tasks first, and then call get().",
            "handles = [pool.apply_async(count_primes, (limit,)) for limit in limits]",
        )
    if attempt.lines != ["[7837, 2262, 6057, 4203]"]:
        return Hint(
            f"The program printed {attempt.lines}. Are these all four counts, in the order of the limits?",
            "Ask the handles in their own order, and don't sort the results.",
            "print([handle.get() for handle in handles])",
        )
    return None


EXERCISE = Exercise(
    title="the lost results",
    task="""\
This program hands over four tasks and prints the results that are ready. It prints `[]`.
Change it so that it prints all four, in order. Keep `apply_async`.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword=(
        "`get` waits for its result. It has to wait inside the block, since the end of the block ends the workers."
    ),
    praise="The parent waited for each result while the workers were still there.",
    mistakes="`get` after the block; `get` straight after `apply_async`; print the handles; sort",
    ask="Which line waits, and are the workers still there?",
    right=[
        SOLUTION.replace(f"print({ALL})", f"pool.close()\n        pool.join()\n    print({ALL})"),
        SOLUTION.replace(f"print({ALL})", f"results = {ALL}\n    print(results)"),
    ],
    wrong=[
        (GIVEN.replace(" if handle.ready()", ""), "Where does the with block end?"),
        (GIVEN.replace("    print(", "        print("), "no result was ready"),
        (SOLUTION.replace(ALL, "handles"), "The program printed handles"),
        (
            SOLUTION.replace("(limit,)) for", "(limit,)).get() for").replace(ALL, "handles"),
            "Only one task ran at a time",
        ),
        (
            SOLUTION.replace(
                "handles = [pool.apply_async(count_primes, (limit,)) for limit in limits]\n        ", ""
            ).replace(ALL, "pool.map(count_primes, limits)"),
            "keep apply_async",
        ),
        (SOLUTION.replace("(limit,))", "(limit))"), "go into a tuple"),
        (SOLUTION.replace(ALL, "sorted(handle.get() for handle in handles)"), "in the order of the limits"),
    ],
    check=check,
)
