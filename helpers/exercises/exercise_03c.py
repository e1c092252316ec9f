"""Exercise 3 of notebook 03: join() does not tell how a process ended, exitcode does."""

from helpers.exercises import Exercise

GIVEN = """\
import multiprocessing
import sys

from helpers.workers import count_primes


def work(number):
    count_primes(20_000)
    if number == 2:
        sys.exit(3)


if __name__ == "__main__":
    processes = []
    for number in range(1, 5):
        processes.append(multiprocessing.Process(target=work, args=(number,), name=f"worker {number}"))
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    print("all went well")
"""

SOLUTION = """\
import multiprocessing
import sys

from helpers.workers import count_primes


def work(number):
    count_primes(20_000)
    if number == 2:
        sys.exit(3)


if __name__ == "__main__":
    processes = []
    for number in range(1, 5):
        processes.append(multiprocessing.Process(target=work, args=(number,), name=f"worker {number}"))
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    failed = [process for process in processes if process.exitcode != 0]
    for process in failed:
        print("failed:", process.name)
    if not failed:
        print("all went well")
"""

LAST = '    print("all went well")\n'

ALL = [f"failed: worker {number}" for number in range(1, 5)]


def check(attempt):
    if [process.exit_code for process in attempt.processes].count(3) != 1:
        return "leave work as it is, and start all four processes. One of them has to fail with exit code 3."
    if not all(process.joined for process in attempt.processes):
        return "wait for each process with join(), and only then ask how it ended."
    if attempt.lines == ["all went well"] and "exitcode" not in attempt.source:
        return "join() returns and raises nothing, however a process ended. Look at its exitcode."
    if attempt.lines == ["all went well"]:
        return "an exit code of 0 says that all went well, anything but 0 that it did not. Here it is 3."
    if attempt.lines == ALL:
        return (
            "those that ended well are listed too. exitcode is None until a process has ended, so ask after join(). "
            "is_alive() tells whether it runs, not how it ended."
        )
    if attempt.lines == ["failed: worker 2", "all went well"]:
        return "print all went well only if none failed."
    if attempt.lines != ["failed: worker 2"]:
        return f"the script should print one line, failed: worker 2. It printed {attempt.lines}."
    return None


EXERCISE = Exercise(
    title="notice who failed",
    task="""\
One of these four processes fails, and still the program says `all went well`. Let it print a line for each process
that failed: `failed: ` and its name. It should print `all went well` only if none failed. Leave `work` as it is.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="",
    praise="The parent waited for all, and asked each for its exit code.",
    right=[
        GIVEN.replace(
            "        process.join()\n",
            '        process.join()\n        if process.exitcode:\n            print("failed:", process.name)\n',
        ).replace(LAST, "    if not any(process.exitcode for process in processes):\n    " + LAST),
    ],
    wrong=[
        (
            GIVEN.replace(
                "        process.join()\n",
                "        try:\n            process.join()\n        except Exception:\n"
                '            print("failed:", process.name)\n',
            ),
            "join() returns and raises nothing",
        ),
        (
            SOLUTION.replace("    for process in processes:\n        process.join()\n    failed", "    failed")
            + "    for process in processes:\n        process.join()\n",
            "exitcode is None until",
        ),
        (SOLUTION.replace("process.exitcode != 0", "not process.is_alive()"), "how it ended"),
        (SOLUTION.replace("process.exitcode != 0", "process.exitcode == 1"), "anything but 0"),
        (SOLUTION.replace("    if not failed:\n        print", "    print"), "only if none failed"),
        (SOLUTION.replace("process.name", "process.exitcode"), "failed: worker 2"),
        (
            SOLUTION.replace("    for process in processes:\n        process.join()\n", ""),
            "wait for each process with join()",
        ),
    ],
    check=check,
)
