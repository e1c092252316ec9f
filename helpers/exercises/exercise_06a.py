"""Exercise 1 of notebook 06: start all, then join all."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
import multiprocessing

from helpers.workers import count_primes

if __name__ == "__main__":
    for number in range(1, 5):
        process = multiprocessing.Process(target=count_primes, args=(80_000 // number,))
        process.start()
        print("started", number)
        process.join()
        print("joined", number, "with exit code", process.exitcode)
"""

SOLUTION = """\
import multiprocessing

from helpers.workers import count_primes

if __name__ == "__main__":
    processes = []
    for number in range(1, 5):
        process = multiprocessing.Process(target=count_primes, args=(80_000 // number,))
        processes.append(process)
        process.start()
        print("started", number)
    for number, process in enumerate(processes, start=1):
        process.join()
        print("joined", number, "with exit code", process.exitcode)
"""

SECOND_LOOP = "    for number, process in enumerate(processes, start=1):\n        process.join()\n"

STARTED = [f"started {number}" for number in range(1, 5)]

JOINED = [f"joined {number} with exit code 0" for number in range(1, 5)]


def check(attempt):
    joined = sum(process.joined is not None for process in attempt.processes)
    if not attempt.processes:
        return Hint(
            "No process was started with start(). So who did the counting?",
            "Call start() on each Process. The new process then calls run() by itself.",
            "process.start()",
        )
    if attempt.one_by_one:
        return Hint(
            'Look at the order of the lines. Which process had been joined when "started 2" was printed?',
            "Leave only the start in the first loop, and keep each process in a list. Join them in a second loop.",
            "for process in processes:\n    process.join()",
        )
    if not joined:
        return Hint(
            "All four are started. But which line waits for them?",
            "Keep the processes in a list, and join each of them in a second loop.",
            "for process in processes:\n    process.join()",
        )
    if joined < len(attempt.processes):
        return Hint(
            f"The program joins {joined} of 4 processes. Which process does the name process refer to after the "
            "first loop?",
            "Only the last one. Keep all four in a list, and join each of them.",
            "processes.append(process)",
        )
    if attempt.lines[:4] != STARTED or sorted(attempt.lines[4:]) != JOINED:
        return Hint(
            "The processes are started and joined as they should be. But does the program still print all eight lines, "
            "and each exit code after the join?",
            "Print a line after each start, with the numbers 1 to 4 in order, and one after each join.",
            'print("joined", number, "with exit code", process.exitcode)',
        )
    return None


EXERCISE = Exercise(
    title="all at once",
    task="""\
Here each process is joined before the next is started. Change the program so that all four are started before the
first is joined. It should still print the same eight lines, but now with the four “started” lines first.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="`enumerate(processes, start=1)` counts along: 1 with the first process, 2 with the second, and so on.",
    praise="All four were started before the first was joined, so they could work at the same time.",
    mistakes="no join; a join of the last process only; `run()`; lose the *joined* lines",
    ask="After the loop, which process is `process`?",
    right=[
        """\
import multiprocessing

from helpers.workers import count_primes

if __name__ == "__main__":
    processes = {
        number: multiprocessing.Process(target=count_primes, args=(80_000 // number,)) for number in range(1, 5)
    }
    for number in processes:
        processes[number].start()
        print("started", number)
    for number in reversed(processes):
        processes[number].join()
        print("joined", number, "with exit code", processes[number].exitcode)
""",
    ],
    wrong=[
        (GIVEN.replace("        process.join()\n", ""), "which line waits for them"),
        (
            GIVEN.replace("        process.join()\n        print", "        print") + "    process.join()\n",
            "joins 1 of 4 processes",
        ),
        (
            GIVEN.replace("process.start()\n", "process.run()\n").replace("        process.join()\n", ""),
            "No process was started",
        ),
        (
            SOLUTION.replace("        process.start()\n", "").replace(
                SECOND_LOOP, SECOND_LOOP.replace("process.join", "process.start()\n        process.join")
            ),
            "had been joined",
        ),
        (
            SOLUTION.replace('        print("joined", number, "with exit code", process.exitcode)\n', ""),
            "all eight lines",
        ),
    ],
    check=check,
)
