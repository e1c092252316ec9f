"""Exercise 3 of notebook 08: a seed for each task, so that no two are the same, and each run is."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
import multiprocessing
import random

generator = random.Random(2026)


def roll(results):
    results.put([generator.randint(1, 6) for _ in range(20)])


def play():
    results = multiprocessing.SimpleQueue()
    processes = [multiprocessing.Process(target=roll, args=(results,)) for number in range(4)]
    for process in processes:
        process.start()
    games = sorted(results.get() for process in processes)
    for process in processes:
        process.join()
    return games


if __name__ == "__main__":
    games = play()
    print("different games:", len(set(map(tuple, games))))
    print("the same when played again:", play() == games)
"""

SOLUTION = """\
import multiprocessing
import random


def roll(number, results):
    generator = random.Random(number)
    results.put([generator.randint(1, 6) for _ in range(20)])


def play():
    results = multiprocessing.SimpleQueue()
    processes = [multiprocessing.Process(target=roll, args=(number, results)) for number in range(4)]
    for process in processes:
        process.start()
    games = sorted(results.get() for process in processes)
    for process in processes:
        process.join()
    return games


if __name__ == "__main__":
    games = play()
    print("different games:", len(set(map(tuple, games))))
    print("the same when played again:", play() == games)
"""

DIFFERENT, AGAIN = "different games: 4", "the same when played again: True"
A_SEED_EACH = "Send each process its number, and let it make a generator with that as the seed."
SEED_LINE = "generator = random.Random(number)"
OWN_GENERATOR = "    generator = random.Random(number)\n"


def check(attempt):
    if len(attempt.lines) != 2:
        return Hint(
            f"The program should print two lines. It printed {len(attempt.lines)}.",
            "Keep the last three lines as they are.",
            'print("different games:", len(set(map(tuple, games))))\n'
            'print("the same when played again:", play() == games)',
        )
    if len(attempt.processes) < 8 or len(attempt.calls_in_children("roll")) < 8:
        return Hint(
            "It should take four processes to play, twice. Who rolled the dice here?",
            "Leave the processes as they are. " + A_SEED_EACH,
            SEED_LINE,
        )
    if attempt.lines[0] != DIFFERENT:
        return Hint(
            "Games are the same, since their generators begin with the same seed. What is different in each process?",
            A_SEED_EACH,
            SEED_LINE,
        )
    if attempt.lines[1] != AGAIN:
        return Hint(
            "The games differ, and they differ from those of the next run, too. Where does their seed come from?",
            "Neither Python nor the operating system should choose it. " + A_SEED_EACH,
            SEED_LINE,
        )
    return None


EXERCISE = Exercise(
    title="four different games, each time the same",
    task="""\
Four processes roll dice. All four play the same game: their generators begin in the same state. It should print:

```
different games: 4
the same when played again: True
```

Change it, so that the games differ from each other, but not from one run of the program to the next.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="""\
With NumPy, take `numpy.random.SeedSequence(2026).spawn(4)` for the four seeds. They are made so that the generators
have nothing to do with each other.
""",
    praise="Each process has a seed of its own, and it's the same in each run.",
    mistakes="no seed, or the PID as one; one seed for all",
    ask="What differs between processes, and not between runs?",
    right=[
        SOLUTION.replace("random.Random(number)", 'random.Random(f"2026, game {number}")'),
        SOLUTION.replace(OWN_GENERATOR, "    random.seed(number)\n").replace("generator.randint", "random.randint"),
    ],
    wrong=[
        (
            GIVEN.replace("\ngenerator = random.Random(2026)\n", "").replace("generator.randint", "random.randint"),
            "Where does their seed come from?",
        ),
        (SOLUTION.replace(OWN_GENERATOR, "    generator = random.Random()\n"), "Where does their seed come from?"),
        (SOLUTION.replace(OWN_GENERATOR, "    generator = random.Random(2026)\n"), "begin with the same seed"),
        (
            SOLUTION.replace(OWN_GENERATOR, "    generator = random.Random(multiprocessing.current_process().pid)\n"),
            "Where does their seed come from?",
        ),
        (
            GIVEN.replace("generator = random.Random(2026)\n", "random.seed(2026)\n")
            .replace("generator.randint", "random.randint")
            .replace("random.seed(2026)\n\n\ndef roll(results):\n", "\ndef roll(results):\n    random.seed(2026)\n"),
            "begin with the same seed",
        ),
        (
            SOLUTION.replace("multiprocessing.Process(target=roll", "threading.Thread(target=roll").replace(
                "import random\n", "import random\nimport threading\n"
            ),
            "Who rolled the dice here?",
        ),
    ],
    check=check,
)
