"""The questions of notebook 10, How fast can it go?"""

from helpers.questions import Question, right, wrong

QUESTIONS = (
    Question(
        "A fifth of a program's serial time can't be divided. How many times as fast can it become, with any number of "
        "workers?",
        (
            wrong(
                "As many times as there are workers",
                "Only four fifths of its time get shorter. The other fifth stays, whatever the number of workers.",
            ),
            right(
                "5 times at best",
                "If the rest took no time at all, a fifth of the time would be left: 1 ÷ 0.2 = 5.",
            ),
            wrong(
                "20 times at best",
                "With 20 workers that never wait, a fifth of the time still passes before or after them.",
            ),
            wrong(
                "4 times at best",
                "Close, but it is the share that is left that counts: 1 ÷ 0.2.",
            ),
        ),
        answered="A part that can't be divided",
    ),
    Question(
        "A thousand tasks of 5 ms go to a pool, on a machine with a core for each worker. Why can 1024 workers be "
        "slower than 64?",
        (
            wrong(
                "The cores take turns, so each of them is slower",
                "There is a core for each worker here. They needn't take turns.",
            ),
            wrong(
                "The tasks get longer when they are divided among more workers",
                "The tasks stay what they are. Each worker just gets fewer of them.",
            ),
            right(
                "The parent starts the workers one after another, and that takes longer than the work",
                "With 64 workers, the work takes less than a tenth of a second. Starting 1024 processes takes longer.",
            ),
            wrong(
                "A pool can't have more than 64 workers",
                "On most systems it can. It just seldom pays.",
            ),
        ),
        answered="A machine that you don't have",
    ),
    Question(
        "Before you believe what a simulation says about 64 cores, what should it do?",
        (
            wrong(
                "Say the same each time that it runs",
                "It always does if it gets the same figures. It can be wrong in the same way each time.",
            ),
            wrong(
                "Show a smooth curve without outliers",
                "A curve may be smooth and wrong.",
            ),
            wrong(
                "Reach the ideal speedup for large pools",
                "Hardly any program does. A simulation that says so has forgotten what a pool costs.",
            ),
            right(
                "Predict what can be measured here, before it is measured",
                "If it is right wherever you can check it, it deserves some trust where you can't.",
            ),
        ),
        answered="Predict, then measure",
    ),
    Question(
        "Eight workers multiply matrices with NumPy on a machine with eight cores. They are slower than one process. "
        "What do you try first?",
        (
            right(
                "Limit each worker to one thread",
                "Each worker may have started eight threads for its multiplications. Then 64 threads want eight cores.",
            ),
            wrong(
                "Start more workers",
                "Each of them brings its own threads along, so even more threads want the same cores.",
            ),
            wrong(
                "Put more multiplications into a chunk",
                "That saves messages. But while they multiply, the threads still fight for the cores.",
            ),
            wrong(
                "Give each worker one thread for each core",
                "Many libraries do so by default. In a pool, that is too many: workers × cores.",
            ),
        ),
        answered="Too many threads",
    ),
)
