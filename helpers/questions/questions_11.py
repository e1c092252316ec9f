"""The questions of notebook 11, Which engine should I choose?"""

from helpers.questions import Question, right, wrong

QUESTIONS = (
    Question(
        "A program fetches 200 pages with a blocking function, one after the other. What do you try first?",
        (
            wrong(
                "A Pool with a process for each core",
                "It would wait for as many pages at a time as there are cores. Waiting doesn't need cores.",
            ),
            right(
                "A ThreadPoolExecutor with 20 workers or more",
                "Threads wait as well as processes do, and start at once. How many is up to the server.",
            ),
            wrong(
                "Interpreters, one for each core",
                "Each has its own GIL, but a thread that waits doesn't hold the GIL anyway.",
            ),
            wrong(
                "A coroutine around each call of the function",
                "A function that blocks will block the event loop, so the pages still come one by one.",
            ),
        ),
        answered="Work that computes, and work that waits",
    ),
    Question(
        "The system kills a worker in the middle of a task. With which engine does your program wait forever?",
        (
            wrong(
                "ProcessPoolExecutor",
                "It breaks: all tasks without a result raise BrokenProcessPool.",
            ),
            wrong(
                "joblib with its default engine",
                "It raises a TerminatedWorkerError.",
            ),
            wrong(
                "asyncio with a ProcessPoolExecutor",
                "The error of the executor reaches the await.",
            ),
            right(
                "multiprocessing.Pool",
                "It starts another worker in place of the dead one, but nobody does the lost task again.",
            ),
        ),
        answered="How each engine behaves",
    ),
    Question(
        "A coroutine calls count_primes(1_000_000) without any await. What do the other coroutines do meanwhile?",
        (
            right(
                "Nothing, until it returns",
                "They all share one thread. A coroutine gives it up only where it awaits something.",
            ),
            wrong(
                "They run on another core",
                "An event loop has one thread, and it is busy.",
            ),
            wrong(
                "They take turns with it every few milliseconds",
                "Threads do so. Coroutines change only where one of them awaits something.",
            ),
            wrong(
                "They raise a TimeoutError",
                "Nobody is there to notice: even a timer needs the loop.",
            ),
        ),
        answered="An event loop that must not wait",
    ),
    Question(
        "You call pool.map on a generator that would give ten million items. What happens first?",
        (
            wrong(
                "Each worker takes one item",
                "Workers don't ask for items. The parent collects them, and then sends them in chunks.",
            ),
            wrong(
                "The generator waits until a worker is free",
                "That would be back-pressure, which a Pool doesn't have.",
            ),
            right(
                "The parent takes all ten million into its memory",
                "map makes a list of its input first. Engines such as joblib take a few at a time.",
            ),
            wrong(
                "It raises an error, since a generator has no length",
                "It needs the length, and so it makes a list.",
            ),
        ),
        answered="How each engine behaves",
    ),
)
