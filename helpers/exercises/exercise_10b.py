"""Exercise 2 of notebook 10: Amdahl's law as a function."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
def seconds(workers):
    return 60 / workers


for workers in [1, 4, 16, 1024]:
    print(f"{workers} workers: {seconds(workers):.2f} s")
"""

SOLUTION = GIVEN.replace("60 / workers", "6 + 54 / workers")
WANTED = ["1 workers: 60.00 s", "4 workers: 19.50 s", "16 workers: 9.38 s", "1024 workers: 6.05 s"]


def check(attempt):
    lines = attempt.lines
    if [line.split(":")[0] for line in lines] != [line.split(":")[0] for line in WANTED]:
        return Hint(
            f"The program should print four lines, for 1, 4, 16 and 1024 workers. It printed {lines}.",
            "Change only what seconds(workers) returns.",
            "return 6 + 54 / workers",
        )
    if lines == WANTED:
        return None
    if lines[0] != WANTED[0]:
        return Hint(
            f"With one worker the program takes 60 s, not {lines[0].split(': ')[1]}.",
            "The serial part and the rest are 60 s together: so the rest is 54 s.",
            "return 6 + 54 / workers",
        )
    return Hint(
        f"With 1024 workers you say {lines[-1].split(': ')[1]}. How long do the 6 s that can't be divided take?",
        "Divide only the other 54 s by the number of workers.",
        "return 6 + 54 / workers",
    )


EXERCISE = Exercise(
    title="Amdahl's law, by hand",
    task="""\
A program takes 60 s with one worker. 6 s of them can't be divided.

`seconds` should return how long the program takes with any number of workers, by Amdahl's law. It forgets the
serial part. Fix it.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="""\
With 64 workers it would be 6.84 s, so 1024 are hardly better: the 6 s stay. The best speedup is 60 ÷ 6 = 10.""",
    praise="Only the part that can be divided gets shorter. No number of workers makes the program faster than 6 s.",
    mistakes="divide all 60 s; forget the 6 s; add 6 s to 60",
    ask="How long with one worker? With a million?",
    right=[GIVEN.replace("60 / workers", "60 * (0.1 + 0.9 / workers)")],
    wrong=[
        (GIVEN.replace("60 / workers", "54 / workers + 6 / workers"), "How long do the 6 s that"),
        (GIVEN.replace("60 / workers", "54 / workers"), "takes 60 s, not 54.00 s"),
        (GIVEN.replace("60 / workers", "6 + 60 / workers"), "takes 60 s, not 66.00 s"),
        (GIVEN.replace(", 1024", ""), "should print four lines"),
    ],
    check=check,
)
