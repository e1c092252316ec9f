"""The questions of notebook 01, What is multiprocessing?"""

from helpers.questions import Question, right, wrong

QUESTIONS = (
    Question(
        "What does this program print?",
        (
            wrong(
                "[1, 2, 3] [2, 4, 6]",
                "The workers did append to a list of that name, but to one in their own memory. The parent prints its "
                "own.",
            ),
            right(
                "[] [2, 4, 6]",
                "The workers append to lists in their own memory, so the parent's list stays empty. What they return "
                "is sent to the parent.",
            ),
            wrong(
                "[] [None, None, None]",
                "Each worker returns a number, and map brings it home. Only what it appends stays behind.",
            ),
            wrong(
                "NameError: name 'seen' is not defined",
                "Each worker process has its own variable seen, in its own memory.",
            ),
        ),
        program="""
import multiprocessing

seen = []


def double(number):
    seen.append(number)
    return 2 * number


if __name__ == "__main__":
    with multiprocessing.Pool(processes=2) as pool:
        doubled = pool.map(double, [1, 2, 3])
    print(seen, doubled)
""",
        start_methods=("fork", "spawn", "forkserver"),
        answered="Each process has its own memory",
    ),
    Question(
        "In a timeline, the bars of two workers overlap all the time. Each bar is half full, and twice as long as in "
        "the serial run. What happened?",
        (
            wrong(
                "The tasks ran in parallel, since their bars overlap",
                "Overlapping bars only say that the second task began before the first one had ended.",
            ),
            wrong(
                "Each worker did only half of each task",
                "Each bar is a whole task. How full it is says how much of that time the worker computed.",
            ),
            wrong(
                "The workers were still starting up half of the time",
                "Start-up is a gray bar before the first task. It isn't part of a task.",
            ),
            right(
                "The workers took turns on one core",
                "That's concurrent, not parallel: each computed half of the time, so each task took twice as long.",
            ),
        ),
        answered="Are they really working at the same moment?",
    ),
    Question(
        "A machine has 8 usable cores (logical CPUs), but 4 physical cores. A computation takes 8 seconds in one "
        "process. How long do you expect it to take in a pool of 8 workers?",
        (
            right(
                "More than 1 second, since two workers share each physical core",
                "Two busy processes on one physical core slow each other down. How much depends on the work: measure.",
            ),
            wrong(
                "1 second, since 8 workers on 8 cores are 8 times as fast",
                "That would need 8 physical cores, with nothing else to do. Two logical CPUs on one core share its "
                "computing units.",
            ),
            wrong(
                "8 seconds, since Python runs one thing at a time",
                "Each worker process has a Python interpreter of its own, so several can compute at the same moment.",
            ),
            wrong(
                "It fails, since a pool can't have more workers than physical cores",
                "A pool can have any number of workers. If there are more of them than cores, they take turns.",
            ),
        ),
        answered="Do more processes always mean more speed?",
    ),
    Question(
        "Which of these would you give to a pool of processes?",
        (
            wrong(
                "Adding up a thousand numbers",
                "That takes much less time than starting one worker.",
            ),
            wrong(
                "Waiting for one large file to come from a server",
                "There is next to nothing to compute while it's on its way. More cores don't make it come sooner.",
            ),
            right(
                "Making thumbnails of a thousand photos",
                "Shrinking a photo takes computing, and no photo needs another one's result.",
            ),
            wrong(
                "Ten million rounds of a hash, each of which needs the round before it",
                "Rounds that need each other can't run at the same moment, so other workers would have nothing to do.",
            ),
        ),
        answered="What kind of work suits a pool?",
    ),
)
