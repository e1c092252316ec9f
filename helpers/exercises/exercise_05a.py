"""Exercise 1 of notebook 05: several arguments."""

from helpers.exercises import Exercise

GIVEN = """\
import multiprocessing

pairs = [(2, 3), (3, 2), (10, 3)]


def power(base, exponent):
    return base**exponent


if __name__ == "__main__":
    results = ...
    print(results)
"""

SOLUTION = """\
import multiprocessing

pairs = [(2, 3), (3, 2), (10, 3)]


def power(base, exponent):
    return base**exponent


if __name__ == "__main__":
    with multiprocessing.Pool(processes=4) as pool:
        results = pool.starmap(power, pairs)
    print(results)
"""

STARMAP = "pool.starmap(power, pairs)"


def check(attempt):
    if "Result object" in attempt.output:
        return "the script printed a handle. Call its get() inside the with block, or use starmap, which waits."
    if not attempt.calls_in_children():
        return "this runs in one process. Make a pool: with multiprocessing.Pool(processes=4) as pool: ..."
    if any(pool.size != 4 for pool in attempt.process_pools):
        return f"the pool has {attempt.process_pools[0].size} workers. Make it four: processes=4."
    if attempt.one_by_one:
        return "each task waits for the one before it. Hand over all pairs at once, with starmap."
    if attempt.lines != ["[8, 9, 1000]"]:
        return f"the script should print one line, [8, 9, 1000]. It printed {attempt.lines}."
    return None


EXERCISE = Exercise(
    title="several arguments",
    task="""\
Replace the line with the three dots: let a pool of four workers call `power` for each pair.
The program should print `[8, 9, 1000]`.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="",
    praise="The pool handed both numbers of each pair to a worker.",
    right=[
        SOLUTION.replace("power(base, exponent):", "power(pair):\n    base, exponent = pair").replace("starmap", "map"),
        SOLUTION.replace(STARMAP, "[pool.apply_async(power, pair) for pair in pairs]").replace(
            "print(", "    results = [handle.get() for handle in results]\n    print("
        ),
        SOLUTION.replace("import multiprocessing", "from concurrent.futures import ProcessPoolExecutor")
        .replace("multiprocessing.Pool(processes=4)", "ProcessPoolExecutor(4)")
        .replace(STARMAP, "list(pool.map(power, *zip(*pairs)))"),
    ],
    wrong=[
        (SOLUTION.replace("starmap", "map"), "starmap takes a tuple apart"),
        (SOLUTION.replace("starmap", "starmap_async"), "a handle"),
        (GIVEN.replace("...", "[power(*pair) for pair in pairs]"), "runs in one process"),
        (SOLUTION.replace(STARMAP, "[pool.apply(power, pair) for pair in pairs]"), "waits for the one before it"),
        (SOLUTION.replace(STARMAP, "pool.starmap(power(2, 3), pairs)"), "without brackets"),
        (SOLUTION.replace("processes=4", "processes=2"), "has 2 workers"),
    ],
    check=check,
)
