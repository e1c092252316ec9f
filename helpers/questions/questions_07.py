"""The questions of notebook 07, What does a new process get from its parent?"""

from helpers.questions import Question, right, wrong

QUESTIONS = (
    Question(
        "What does this program print?",
        (
            wrong(
                "2 2",
                "It would with fork. A spawned child imports the script, and skips what is under the guard.",
            ),
            wrong(
                "1 1",
                "The argument was sent as it was in the parent when the process was started: 2.",
            ),
            right(
                "2 1",
                "The argument was pickled and sent. The global variable was set by the child's own import.",
            ),
            wrong(
                "1 2",
                "It's the other way around: what is sent comes from the parent, and the rest from the import.",
            ),
        ),
        program="""
import multiprocessing

level = 1


def show(sent):
    print(sent, level)


if __name__ == "__main__":
    level = 2
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=show, args=(level,))
    process.start()
    process.join()
""",
        start_methods=("fork", "spawn", "forkserver"),
        answered="What each child sees",
    ),
    Question(
        "A program uses a pool, then changes os.environ, and makes another pool. On Linux with Python 3.14, the "
        "workers of the second pool don't see the change. Why?",
        (
            right(
                "They are copies of the fork server, which was started with the first pool",
                "The server got the environment as it was then, and hears of no later change. With spawn, the "
                "workers would see it.",
            ),
            wrong(
                "No child ever sees its parent's environment, unless you send it",
                "With fork and spawn a child gets the variables as they are when it's started.",
            ),
            wrong(
                "The change was made under the guard, which the workers skip",
                "The guard matters for what the script does on import. The environment comes from the process that "
                "starts the child.",
            ),
            wrong(
                "Workers of the first pool are used again",
                "Each pool starts workers of its own.",
            ),
        ),
        answered="What each child sees",
    ),
    Question(
        "Which of these can you send to the workers of a pool, with any start method and on any system?",
        (
            wrong(
                "lambda number: pow(2, number)",
                "It has no name that a worker could look up.",
            ),
            wrong(
                "a function that you have just defined in a cell of your notebook",
                "The parent can pack it. But unless a worker is a fork of the notebook's process, it won't find it.",
            ),
            wrong(
                "a method of an object that keeps its log file open",
                "The method takes its object along, and the object its file. A file can't be pickled.",
            ),
            right(
                "partial(pow, 2)",
                "It's packed as a name that can be imported, and a number.",
            ),
        ),
        answered="What can be sent",
    ),
    Question(
        "A server on Linux with Python 3.12 has hung three times this year. Each time a worker waited for a lock that "
        "no other process held. What is the likely cause?",
        (
            wrong(
                "The lock was left locked by a worker that was killed",
                "That happens with locks that processes share. But then it's also locked for the parent and for the "
                "other workers.",
            ),
            right(
                "The worker was forked at a moment when another thread held the lock",
                "The worker has a copy of the locked lock, and no copy of that thread. Most forks are lucky.",
            ),
            wrong(
                "Two workers waited for each other",
                "Then each would hold what the other one wants. Here no process holds the lock.",
            ),
            wrong(
                "The program has no guard, so its workers never get to the end of their start-up",
                "That fails each time, not three times a year. And with fork the guard isn't needed.",
            ),
        ),
        answered="Only once in a while",
    ),
    Question(
        "You write a library that must not fork. How should it start its pool?",
        (
            wrong(
                'set_start_method("spawn", force=True), and then Pool()',
                "It changes the start method for all other parts of the program, which may rely on theirs.",
            ),
            wrong(
                'set_start_method("spawn") when the library is imported',
                "If the program, or another library, sets it as well, one of them gets a RuntimeError.",
            ),
            wrong(
                "Pool() under a guard, so that the workers import the script",
                "The guard chooses no start method. On some systems the default is fork.",
            ),
            right(
                'get_context("spawn").Pool()',
                "The context has a start method of its own, and the rest of the program keeps its default.",
            ),
        ),
        answered="Choose a start method",
    ),
)
