"""The questions of notebook 06, Four processes, each printing a different number."""

from helpers.questions import Question, right, wrong

QUESTIONS = (
    Question(
        "What does this program print?",
        (
            wrong(
                "20 10 30",
                "That would be the order of arrival, if all three used one queue. Here each has a pipe of its own.",
            ),
            wrong("10 20 30", "Nobody sorts here. The parent reads the pipes in the order of its list."),
            right(
                "30 20 10",
                "The parent reads one pipe after the other, and each recv() waits for its own process.",
            ),
            wrong(
                "10 30 20",
                "The process that sleeps longest sends last. But the parent waits for it, since its pipe comes first.",
            ),
        ),
        program="""
import multiprocessing
import time


def send(number, seconds, sender):
    time.sleep(seconds)
    sender.send(10 * number)


if __name__ == "__main__":
    processes, receivers = [], []
    for number, seconds in [(3, 0.6), (2, 0), (1, 0.3)]:
        receiver, sender = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.Process(target=send, args=(number, seconds, sender))
        process.start()
        sender.close()
        processes.append(process)
        receivers.append(receiver)
    print(*[receiver.recv() for receiver in receivers])
    for process in processes:
        process.join()
""",
        start_methods=("fork", "spawn", "forkserver"),
        answered="A pipe for each process",
    ),
    Question(
        "Four processes put their results into a SimpleQueue. The program joins them, and then takes the results out. "
        "It worked with small results. With large ones it hangs. What helps?",
        (
            wrong(
                "Give each join() a timeout, so that it can't wait forever",
                "The joins return, but the processes are still stuck in put(). Nothing has been taken out yet.",
            ),
            right(
                "Take all results out of the queue first, and join after that",
                "While the parent takes results out, there is room for the rest. Then the processes can end.",
            ),
            wrong(
                "Join each process right after its start, in the same loop",
                "Then the program hangs at the first process: it can't end before somebody takes its result out.",
            ),
            wrong(
                "Start fewer processes than there are usable cores",
                "A single process with a large result hangs just the same. Cores play no part in it.",
            ),
        ),
        answered="Take first, join after",
    ),
    Question(
        "You start processes that run for 3, 1 and 2 seconds, all in one loop, on a machine with four free cores. A "
        "second loop joins them in that order. How long does the second loop take?",
        (
            wrong(
                "About 6 seconds: the three joins add up",
                "They would, if each process were started only after the join before it. Here all three run already.",
            ),
            wrong(
                "About 1 second: it ends with the first process that is done",
                "Each join() waits for its own process, and the one that takes 3 seconds is among them.",
            ),
            wrong(
                "No time at all: join() only marks a process as done",
                "join() waits until the process has ended. That's why the line after the loop is always the last.",
            ),
            right(
                "About 3 seconds: as long as the longest process",
                "After 3 seconds the first join() returns. The other two processes have ended by then.",
            ),
        ),
        answered="Does it matter in which order I join?",
    ),
    Question(
        "5,000 small pictures are to be sharpened by a function in plain Python. Each takes 50 milliseconds, with the "
        "GIL on. Which way suits the job?",
        (
            right(
                "A Pool with about as many workers as there are usable cores",
                "The work computes, and there are many tasks. A few processes are started once, and share them.",
            ),
            wrong(
                "5,000 processes, started in one loop and joined in a second",
                "Each process costs a start and memory for one task of 50 ms. They would all be started at once, too.",
            ),
            wrong(
                "A pool of 50 threads, since threads start much faster",
                "They do. But with the GIL on only one of them at a time runs Python code, so nothing gets faster.",
            ),
            wrong(
                "One process after the other, so that the pictures stay in order",
                "Then no two ever work at the same time. Pool.map returns the results in order, too.",
            ),
        ),
        answered="Process, Pool or thread?",
    ),
    Question(
        "A program starts four processes in one loop, joins all of them in a second one, and then prints "
        "“All processes completed.” What do you know when you read that line?",
        (
            wrong(
                "Each of the four has printed its number",
                "One of them may have failed before its print(). The parent would print its line all the same.",
            ),
            right(
                "All four have ended, but not whether they did their work",
                "join() waits for an end, whatever kind of end. Only the exit codes say whether it was a good one.",
            ),
            wrong(
                "None of them failed, or join() would have raised the error",
                "join() raises nothing. A failed process shows an error message, and an exit code other than 0.",
            ),
            wrong(
                "They ended in the order in which they were started",
                "Each ends in its own time. The order of the joins has no influence on that.",
            ),
        ),
        answered="When one of four fails",
    ),
)
