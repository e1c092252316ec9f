"""Exercise 2 of notebook 06: an order that doesn't depend on which process is first."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
import multiprocessing

from helpers.workers import count_primes


def worker(number):
    print(f"Process {number}: {count_primes(80_000 // number)} primes")


if __name__ == "__main__":
    processes = [multiprocessing.Process(target=worker, args=(number,)) for number in range(1, 5)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    print("All processes completed.")
"""

SOLUTION = """\
import multiprocessing

from helpers.workers import count_primes


def worker(number, queue):
    queue.put((number, count_primes(80_000 // number)))


if __name__ == "__main__":
    queue = multiprocessing.SimpleQueue()
    processes = [multiprocessing.Process(target=worker, args=(number, queue)) for number in range(1, 5)]
    for process in processes:
        process.start()
    results = [queue.get() for process in processes]
    for process in processes:
        process.join()
    for number, count in sorted(results):
        print(f"Process {number}: {count} primes")
    print("All processes completed.")
"""

TAKE = "    results = [queue.get() for process in processes]\n"
JOIN = "    for process in processes:\n        process.join()\n"

LINES = [f"Process {number}: {count} primes" for number, count in enumerate([7837, 4203, 2922, 2262], start=1)]
LINES.append("All processes completed.")


def check(attempt):
    if attempt.one_by_one:
        return Hint(
            "No two processes ever worked at the same time. What does the loop wait for?",
            "Start all four in one loop. Only then take the results, and join.",
            "for process in processes:\n    process.start()",
        )
    if attempt.lines_of_children:
        return Hint(
            "Each process prints its own line when it's done. Who could print all four lines once they're all known?",
            "Let each process put its number and its count into a queue. The parent takes them out, sorts and prints.",
            "queue.put((number, count_primes(80_000 // number)))",
        )
    if not attempt.calls_in_children("count_primes"):
        return Hint(
            "The main process did all the counting. What is left for the four processes to do?",
            "Call count_primes in the worker, and send only its result to the parent.",
            "queue.put((number, count_primes(80_000 // number)))",
        )
    if attempt.lines != LINES and sorted(attempt.lines) == sorted(LINES):
        return Hint(
            "All the lines are there. In which order do the results come out of the queue?",
            "They come out in the order of their arrival. Sort them by their numbers before you print.",
            "for number, count in sorted(results):",
        )
    if attempt.lines != LINES:
        return Hint(
            "The program should print the four lines of the given one, and then its last line. What is different?",
            "Print one line for each number from 1 to 4, in the same form as before, and then the last line.",
            'print(f"Process {number}: {count} primes")',
        )
    if attempt.joined_first:
        return Hint(
            "The lines are right. But think of results that are too large for the queue. Who takes them out while the "
            "processes try to put them in?",
            "Take all four results out first, and join the processes after that.",
            "results = [queue.get() for process in processes]",
        )
    return None


EXERCISE = Exercise(
    title="in order",
    task="""\
Process 1 has the most to do, so its line tends to come last. Change the program so that the lines always come in the
order 1, 2, 3, 4. The processes should still work at the same time.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="A pool does it too: return the count, and use `pool.map(worker, range(1, 5))`.",
    praise="The processes ended in any order, and their results were printed in the order of their numbers.",
    mistakes="`sleep`; `join` before `get`; `return` for `put`; sort backward",
    ask="Who takes the results out while the processes put them in?",
    right=[
        """\
import multiprocessing

from helpers.workers import count_primes


def worker(number):
    return count_primes(80_000 // number)


if __name__ == "__main__":
    with multiprocessing.Pool(processes=4) as pool:
        for number, count in enumerate(pool.map(worker, range(1, 5)), start=1):
            print(f"Process {number}: {count} primes")
    print("All processes completed.")
""",
        """\
import multiprocessing

from helpers.workers import count_primes


def worker(number, sender):
    sender.send(count_primes(80_000 // number))


if __name__ == "__main__":
    processes, receivers = [], []
    for number in range(1, 5):
        receiver, sender = multiprocessing.Pipe(duplex=False)
        processes.append(multiprocessing.Process(target=worker, args=(number, sender)))
        receivers.append(receiver)
        processes[-1].start()
        sender.close()
    for number, receiver in enumerate(receivers, start=1):
        print(f"Process {number}: {receiver.recv()} primes")
    for process in processes:
        process.join()
    print("All processes completed.")
""",
    ],
    wrong=[
        (
            GIVEN.replace(JOIN, "").replace(
                "        process.start()\n", "        process.start()\n        process.join()\n"
            ),
            "No two processes ever worked",
        ),
        (
            GIVEN.replace(
                "def worker(number):\n", "def worker(number):\n    import time\n\n    time.sleep(number / 4)\n"
            ),
            "Who could print all four lines",
        ),
        (SOLUTION.replace("sorted(results)", "sorted(results, reverse=True)"), "In which order do the results come"),
        (SOLUTION.replace(TAKE + JOIN, JOIN + TAKE), "too large for the queue"),
        (
            SOLUTION.replace(
                TAKE + JOIN,
                "    results = []\n"
                + JOIN.replace("process.join()", "process.join(timeout=60)\n        results.append(queue.get())"),
            ),
            "too large for the queue",
        ),
        (SOLUTION.replace("queue.put((number, count_primes(80_000 // number)))", "return number"), "none of them sent"),
    ],
    check=check,
)
