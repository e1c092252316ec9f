"""Exercise 2 of notebook 11: an event loop that stays free."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
import asyncio
from concurrent.futures import ProcessPoolExecutor

from helpers.workers import count_primes


async def heart():
    for _ in range(3):
        print("beat", flush=True)
        await asyncio.sleep(0.01)


async def main():
    beating = asyncio.create_task(heart())
    with ProcessPoolExecutor(1) as executor:
        primes = count_primes(100_000)
    print("primes:", primes, flush=True)
    await beating


if __name__ == "__main__":
    asyncio.run(main())
"""

LINE = "primes = await asyncio.get_running_loop().run_in_executor(executor, count_primes, 100_000)"

SOLUTION = GIVEN.replace("primes = count_primes(100_000)", LINE)

TO_WAIT = "primes = executor.submit(count_primes, 100_000).result()"
TO_THREAD = "primes = await asyncio.to_thread(count_primes, 100_000)"


def check(attempt):
    if sorted(attempt.lines) != ["beat"] * 3 + ["primes: 9592"]:
        return Hint(
            f"The program should print three beats and the number of primes. It printed {attempt.lines}.",
            "Await the result, and leave both prints as they are.",
            LINE,
        )
    if attempt.lines[0] != "beat":
        return Hint(
            "The heart stood still until the primes were counted. What did the thread of the event loop do meanwhile?",
            "Hand the call to the executor by the loop's own method, and await what that returns.",
            LINE,
        )
    if not attempt.calls_in_children("count_primes"):
        return Hint(
            "The heart beats. But the primes were counted in the process of the event loop. What if there were many "
            "such calls, and one GIL?",
            "There is an executor with a process. Let it do the counting.",
            LINE,
        )
    return None


EXERCISE = Exercise(
    title="a heart that beats on",
    task="""\
The coroutine `heart` should beat while the primes are counted. But the program prints `primes: 9592` before the first
beat.

Let the executor's process count them, so that the heart beats meanwhile.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="""\
`run_in_executor` submits the call and returns at once. `await` then lets the other coroutines run until the result is
there.""",
    praise="The process counts, and the event loop is free for the heart.",
    mistakes="`result()`; a thread; no `await`",
    ask="What does the event loop's thread do meanwhile?",
    right=[
        GIVEN.replace("count_primes(100_000)", "await asyncio.wrap_future(executor.submit(count_primes, 100_000))"),
    ],
    wrong=[
        (GIVEN.replace("primes = count_primes(100_000)", TO_WAIT), "The heart stood still"),
        (GIVEN.replace("primes = count_primes(100_000)", TO_THREAD), "in the process of the event loop"),
        (SOLUTION.replace("await asyncio.get", "asyncio.get"), "three beats and the number of primes"),
    ],
    check=check,
)
