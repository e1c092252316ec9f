"""Exercise 2 of notebook 08: a queue gets to the workers of a pool through inheritance, or from a manager."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
import multiprocessing


def worker(task):
    news, number = task
    news.put(f"{number} squared is {number * number}")


if __name__ == "__main__":
    news = multiprocessing.SimpleQueue()
    with multiprocessing.Pool(processes=2) as pool:
        pool.map(worker, [(news, number) for number in range(4)])
        for line in sorted(news.get() for _ in range(4)):
            print(line)
"""

SOLUTION = """\
import multiprocessing


def set_up(queue):
    global news
    news = queue


def worker(number):
    news.put(f"{number} squared is {number * number}")


if __name__ == "__main__":
    queue = multiprocessing.SimpleQueue()
    with multiprocessing.Pool(processes=2, initializer=set_up, initargs=(queue,)) as pool:
        pool.map(worker, range(4))
        for line in sorted(queue.get() for _ in range(4)):
            print(line)
"""

ANSWER = [f"{number} squared is {number * number}" for number in range(4)]
POOL_LINE = "multiprocessing.Pool(processes=2, initializer=set_up, initargs=(queue,))"

WITH_A_MANAGER = GIVEN.replace(
    "    news = multiprocessing.SimpleQueue()\n    with multiprocessing.Pool(processes=2) as pool:\n",
    "    with multiprocessing.Manager() as manager, multiprocessing.Pool(processes=2) as pool:\n"
    "        news = manager.Queue()\n",
)
RETURNED = (
    GIVEN.replace("    news, number = task\n    news.put(", "    return (")
    .replace("(task)", "(number)")
    .replace("    news = multiprocessing.SimpleQueue()\n", "")
    .replace("        pool.map(worker, [(news, number) for number in range(4)])\n", "")
    .replace("sorted(news.get() for _ in range(4))", "pool.map(worker, range(4))")
)
OWN_PROCESSES = GIVEN.replace(
    "    with multiprocessing.Pool(processes=2) as pool:\n"
    "        pool.map(worker, [(news, number) for number in range(4)])\n"
    "        for line in sorted(news.get() for _ in range(4)):\n"
    "            print(line)\n",
    "    processes = [multiprocessing.Process(target=worker, args=((news, number),)) for number in range(4)]\n"
    "    for process in processes:\n        process.start()\n"
    "    for line in sorted(news.get() for _ in range(4)):\n        print(line)\n"
    "    for process in processes:\n        process.join()\n",
)


def check(attempt):
    if attempt.lines != ANSWER:
        return Hint(
            f"The program should print four lines, from {ANSWER[0]!r} to {ANSWER[-1]!r}. It printed {attempt.lines}.",
            "Let each task put one line, and take four out of the same queue.",
            "for line in sorted(queue.get() for _ in range(4)):",
        )
    if not attempt.process_pools:
        return Hint(
            "The lines are right, but no pool of processes computed them. Who should?",
            "Keep the pool. It gets the queue when it starts its workers.",
            POOL_LINE,
        )
    if ".put(" not in attempt.source:
        return Hint(
            "The lines came as results, which is fine for most programs. Here they should come as news, through the "
            "queue. How does a worker get that?",
            "Give it to an initializer, which keeps it in a global variable of the worker.",
            POOL_LINE,
        )
    return None


EXERCISE = Exercise(
    title="a queue for the pool's workers",
    task="""\
While a pool works, its workers should send news to the parent through a queue. This program hands the queue over with
each task, and ends with a `RuntimeError`.

Change it, so that the workers of the pool get the queue and it prints:

```
0 squared is 0
1 squared is 1
2 squared is 4
3 squared is 9
```
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="""\
With `multiprocessing.Manager().Queue()` in place of the `SimpleQueue`, the program works as it was given: that
queue can be sent with a task.
""",
    praise="The workers got the queue in a way that works with every start method.",
    mistakes="another kind of queue; a global (fork only); threads; return the lines",
    ask="When can a queue get into a process?",
    right=[WITH_A_MANAGER],
    wrong=[
        (GIVEN.replace("SimpleQueue", "Queue"), "was sent with a task"),
        (
            SOLUTION.replace("    global news\n", ""),
            "The name news is not defined",
        ),
        (
            GIVEN.replace("    news, number = task\n", "")
            .replace("(task)", "(number)")
            .replace("[(news, number) for number in range(4)]", "range(4)"),
            "This works with fork only",
        ),
        (
            GIVEN.replace("multiprocessing.Pool(", "ThreadPool(").replace(
                "import multiprocessing\n", "import multiprocessing\nfrom multiprocessing.pool import ThreadPool\n", 1
            ),
            "no pool of processes",
        ),
        (OWN_PROCESSES, "no pool of processes"),
        (RETURNED, "The lines came as results"),
    ],
    check=check,
)
