"""The questions of notebook 09, What do I do when things go wrong?"""

from helpers.questions import Question, right, wrong

QUESTIONS = (
    Question(
        "What does this program print?",
        (
            wrong(
                "0 ValueError",
                "handle.get() would raise the error. This program only waits, and waiting raises nothing.",
            ),
            wrong(
                "ValueError",
                "The task has failed, but nobody asked for its result.",
            ),
            wrong(
                "0 True",
                "It's over, but not successfully: successful() says whether a result is there, and not an error.",
            ),
            right(
                "0 False",
                "wait() and the end of the block don't look at the result. Without get(), no error is raised.",
            ),
        ),
        program="""
import multiprocessing

if __name__ == "__main__":
    errors = 0
    with multiprocessing.Pool(processes=1) as pool:
        try:
            handle = pool.apply_async(int, ("three",))
            handle.wait()
        except ValueError:
            errors += 1
    print(errors, handle.successful())
""",
        start_methods=("fork", "spawn", "forkserver"),
        answered="An error that nobody hears",
    ),
    Question(
        "A job on a server uses Pool.map over large pictures. Since yesterday it stands still, with no error. The "
        "system's log says that a process was killed because memory ran out. What do you change first?",
        (
            right(
                "Use ProcessPoolExecutor, and give it fewer workers",
                "It raises BrokenProcessPool when a worker dies, and fewer workers need less memory at a time.",
            ),
            wrong(
                "Use map_async and get(timeout=3600), so that the worker is started again",
                "The timeout tells you after an hour. And the worker was started again: its task is what is missing.",
            ),
            wrong(
                "Catch MemoryError in the task",
                "The system kills the process from outside. No exception is raised in it.",
            ),
            wrong(
                "Give the pool an error_callback, which is called when a worker is killed",
                "It's called with errors that a worker has sent. A dead worker sends nothing.",
            ),
        ),
        answered="A worker is killed",
    ),
    Question(
        "Your executor raises BrokenProcessPool, always at the same item. No worker has crashed: the log shows that "
        "the task raised your own exception. What do you look at?",
        (
            wrong(
                "The guard",
                "Without it the very first task would fail, not always the same one.",
            ),
            wrong(
                "The memory",
                "If memory ran out, the worker would have been killed, and would have raised no exception.",
            ),
            right(
                "Its __init__ method: does it pass all its arguments to super().__init__?",
                "If it doesn't, the parent can't unpickle the error, and the executor breaks.",
            ),
            wrong(
                "Its name: the parent has to import the module in which it's raised",
                "The parent knows the class, since it sent the function from the same module.",
            ),
        ),
        answered="An error that can't travel",
    ),
    Question(
        "Three processes use the locks a, b and c. One takes a, then b. One takes b, then c. One takes c, then a. "
        "Can they end up in a deadlock?",
        (
            wrong(
                "No: no two of them take the same two locks",
                "The circle can have three members: each holds its first lock, and waits for the next one's.",
            ),
            right(
                "Yes. It can't happen if the last one takes a before c",
                "Then all take their locks in the order of the alphabet, and a circle can't close.",
            ),
            wrong(
                "Yes. The only way out is one lock for all three, instead of three locks",
                "That helps, but it isn't the only way. The same order everywhere is enough.",
            ),
            wrong(
                "Only with fork, which copies locks",
                "These locks are shared by all processes, with each start method.",
            ),
        ),
        answered="Two locks, each for the other",
    ),
    Question(
        "A program has been computing for two days, and hasn't written anything for an hour. It was started without "
        "any preparation, on Python 3.15. What do you try first?",
        (
            wrong(
                "Press Ctrl+C, and read where the workers were",
                "That ends two days of work. First look, then decide.",
            ),
            wrong(
                "kill -USR1 with the PID of a worker",
                "Only a process that has called faulthandler.register writes its traceback then. All others are ended.",
            ),
            right(
                "python -m profiling.sampling dump, with the PID of each worker",
                "It looks from outside, and the process goes on undisturbed.",
            ),
            wrong(
                "Start it again with faulthandler.dump_traceback_later, and wait for two days",
                "It would work, in two days. You can look into the process that is there.",
            ),
        ),
        answered="Where does it stand?",
    ),
)
