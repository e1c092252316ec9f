"""Exercise 1 of notebook 06: start all, then join all."""

from helpers.exercises import Exercise

GIVEN = """\
import multiprocessing

from helpers.workers import count_primes

if __name__ == "__main__":
    for number in range(1, 5):
        process = multiprocessing.Process(target=count_primes, args=(80_000 // number,))
        process.start()
        print("started", number)
        process.join()
        print("joined", number)
    print("still running:", len(multiprocessing.active_children()))
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
        print("joined", number)
    print("still running:", len(multiprocessing.active_children()))
"""

SECOND_LOOP = "    for number, process in enumerate(processes, start=1):\n        process.join()\n"

STARTED = [f"started {number}" for number in range(1, 5)]

JOINED = [f"joined {number}" for number in range(1, 5)]


def check(attempt):
    joined = sum(process.joined is not None for process in attempt.processes)
    if not attempt.processes:
        return "the work runs in the main process. Call start() for each of the four processes, not run()."
    if attempt.one_by_one:
        return "process 1 is joined before process 2 is started. Start all four first, then join them in a second loop."
    if not joined:
        return "nothing waits for the processes any more. Start all four first, then join them in a second loop."
    if joined < len(attempt.processes):
        return f"the program joins {joined} of 4 processes. Keep all four in a list, and join each of them."
    if attempt.lines[:4] != STARTED or sorted(attempt.lines[4:-1]) != JOINED:
        return f"keep the lines that print, and the processes 1 to 4 in order. The script printed {attempt.lines}."
    if attempt.lines[-1] != "still running: 0":
        return f"keep the lines that print. The last one should be still running: 0. It was {attempt.lines[-1]}."
    return None


EXERCISE = Exercise(
    title="all at once",
    task="""\
Here each process is joined before the next is started. Change the program so that all four are started before the
first is joined. Keep the lines that print.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="",
    praise="All four were started before the first was joined, so they worked at the same moment.",
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
        print("joined", number)
    print("still running:", len(multiprocessing.active_children()))
""",
    ],
    wrong=[
        (GIVEN.replace("        process.join()\n", ""), "nothing waits for the processes"),
        (
            GIVEN.replace("        process.join()\n        print", "        print").replace(
                '    print("still', '    process.join()\n    print("still'
            ),
            "joins 1 of 4 processes",
        ),
        (SOLUTION.replace(SECOND_LOOP, SECOND_LOOP.replace(".join", ".start")), "cannot start a process twice"),
        (
            GIVEN.replace("process.start()\n", "process.run()\n").replace("        process.join()\n", ""),
            "in the main process",
        ),
        (
            SOLUTION.replace('    print("still running:", len(multiprocessing.active_children()))\n', ""),
            "keep the lines",
        ),
    ],
    check=check,
)
