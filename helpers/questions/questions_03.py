"""The questions of notebook 03, How do I create a process?"""

from helpers.questions import Question, right, wrong

QUESTIONS = (
    Question(
        "A child has a minute of work left, and the parent calls process.join(timeout=1). What happens after a second?",
        (
            wrong(
                "join() raises a TimeoutError in the parent",
                "join() raises nothing. It returns None, as always, so the parent has to check whether the child "
                "still runs.",
            ),
            right(
                "join() returns, and the child keeps working",
                "A timeout ends only the waiting. If you want the child to end, terminate it, and join it again.",
            ),
            wrong(
                "The child is terminated, with a negative exit code",
                "Only terminate() or kill() does that. A timeout leaves the child alone.",
            ),
            wrong(
                "join() returns False, because the child is not done yet",
                "join() always returns None. Ask is_alive() or exitcode.",
            ),
        ),
        answered="When the child does not end",
    ),
    Question(
        "What does this program print?",
        (
            wrong(
                "MainProcess\nProcess-1",
                "The child runs nothing: its target is None. The second line is what greet() returned.",
            ),
            right(
                "MainProcess\nNone",
                "greet() is called in this process, before the child exists. It returns None, so the child has no "
                "target.",
            ),
            wrong(
                "Process-1\nNone",
                "With parentheses, greet is called at once, by the process that reads this line: the parent.",
            ),
            wrong(
                "TypeError: 'NoneType' object is not callable",
                "None is allowed: the child starts, does nothing, and ends with exit code 0.",
            ),
        ),
        program="""
import multiprocessing


def greet():
    print(multiprocessing.current_process().name)


if __name__ == "__main__":
    target = greet()
    process = multiprocessing.Process(target=target)
    process.start()
    process.join()
    print(target)
""",
        start_methods=("fork", "spawn", "forkserver"),
        answered="Why must there be no parentheses after the target?",
    ),
    Question(
        "The start method is spawn. What does this program print?",
        (
            wrong(
                "Good evening",
                "The parent changed its own greeting, under the guard. The child read the script again, and skipped "
                "that part.",
            ),
            wrong(
                "Good morning\nGood evening",
                "The script is read twice. But only worker prints, and only the child calls it, once.",
            ),
            wrong(
                "NameError: name 'greeting' is not defined",
                "The child reads the script, so it has everything outside the guard.",
            ),
            right(
                "Good morning",
                "The child reads the script under another name, and skips what is under the guard. So it has the "
                "first greeting only.",
            ),
        ),
        program="""
import multiprocessing

greeting = "Good morning"


def worker():
    print(greeting)


if __name__ == "__main__":
    greeting = "Good evening"
    process = multiprocessing.Process(target=worker)
    process.start()
    process.join()
""",
        start_methods=("spawn", "forkserver"),
        answered="What the guard is for",
    ),
    Question(
        "A child has computed a list of a thousand numbers. How does the parent get it?",
        (
            right(
                "Through a pipe, into which the child sends the whole list",
                "A process returns nothing. What the parent needs has to be sent.",
            ),
            wrong(
                "From process.join(), which returns what the target returned",
                "join() always returns None. What the target returned is lost.",
            ),
            wrong(
                "As process.exitcode, once the child has ended",
                "An exit code is one small number that says how the process ended.",
            ),
            wrong(
                "From a global list that the child appends to",
                "The child appends to a list in its own memory. The parent's stays as it was.",
            ),
        ),
        answered="Bring results home",
    ),
    Question(
        "A child is inside a with lock: block when its parent calls terminate(). What becomes of the lock?",
        (
            wrong(
                "The with block releases it on the way out",
                "The child is ended on the spot. Neither the end of a with block nor a finally runs.",
            ),
            wrong(
                "The operating system releases it, as it closes files",
                "It does close the child's files. But to the system a lock is only a counter, and belongs to nobody.",
            ),
            right(
                "It stays locked, and whoever wants it next waits forever",
                "Nobody is left to release it. So terminate a process only if it shares no lock that you still need.",
            ),
            wrong(
                "Whoever wants it next gets an error",
                "There is no error. Whoever wants it waits, unless a timeout ends the waiting.",
            ),
        ),
        answered="What terminate and kill may break",
    ),
)
