"""Exercise 3 of notebook 03: join() doesn't say how a process ended, exitcode does."""

from helpers.exercises import Exercise, Hint

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
FAILED = ALL[1]


def check(attempt):
    if [process.exit_code for process in attempt.processes].count(3) != 1:
        return Hint(
            "One of four processes should fail with exit code 3. What happened to it?",
            "Leave work as it is, and start all four processes.",
            "for process in processes:\n    process.start()",
        )
    if not all(process.joined for process in attempt.processes):
        return Hint(
            "Some of the processes were never joined. Does the parent know how they end?",
            "Wait for each process first, in a loop of its own. Then ask how it ended.",
            "for process in processes:\n    process.join()",
        )
    if attempt.lines == ["all went well"] and "exitcode" not in attempt.source:
        return Hint(
            "One process failed, and the parent didn't notice. Does join() tell you?",
            "join() returns and raises nothing, however a process ended. Look at the exit code of each one.",
            'if process.exitcode != 0:\n    print("failed:", process.name)',
        )
    if attempt.lines == ["all went well"]:
        return Hint(
            "One process ended with exit code 3, and your test lets it pass. Which exit codes mean that all went well?",
            "0 does, and no other. A process that was ended by a signal even has a negative one.",
            "if process.exitcode != 0:",
        )
    if set(attempt.lines) & set(ALL) > {FAILED}:
        return Hint(
            "Processes that ended well are listed too. What did your test see when it looked?",
            "exitcode is None until a process has ended, so look after join(). is_alive() says only whether "
            "a process runs.",
            "process.join()\nif process.exitcode != 0:",
        )
    if attempt.lines == [FAILED, "all went well"]:
        return Hint(
            "The program found the one that failed, and then says that all went well. When may it say so?",
            "Collect those that failed, and print the last line only if there are none.",
            'if not failed:\n    print("all went well")',
        )
    if attempt.lines != [FAILED]:
        return Hint(
            f"The program should print one line, {FAILED}. It printed {attempt.lines}. What is different?",
            "Print the name of each process that failed, after the word failed and a colon.",
            'print("failed:", process.name)',
        )
    return None


EXERCISE = Exercise(
    title="notice who failed",
    task="""\
One of these four processes fails, but the program says `all went well`. Let it print a line for each process that
failed: `failed:` and its name. It should print `all went well` only if none failed. Leave `work` as it is.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="",
    praise="The parent waited for all four, and then looked at the exit code of each.",
    mistakes="`try` around `join()`; look before the join; ask `is_alive()`; say *all went well* all the same",
    ask="What does `join()` tell you? Which exit code is good?",
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
            "Does join() tell you?",
        ),
        (
            SOLUTION.replace("    for process in processes:\n        process.join()\n    failed", "    failed")
            + "    for process in processes:\n        process.join()\n",
            "What did your test see",
        ),
        (SOLUTION.replace("process.exitcode != 0", "not process.is_alive()"), "What did your test see"),
        (SOLUTION.replace("process.exitcode != 0", "process.exitcode == 1"), "your test lets it pass"),
        (SOLUTION.replace("    if not failed:\n        print", "    print"), "When may it say so?"),
        (SOLUTION.replace("process.name", "process.exitcode"), "failed: worker 2"),
        (
            SOLUTION.replace("    for process in processes:\n        process.join()\n", ""),
            "never joined",
        ),
    ],
    check=check,
)
