"""The questions of notebook 06, Four processes, each printing a different number."""

from helpers.questions import Question, right, wrong

QUESTIONS = (
    Question(
        "What does this program print?",
        (
            wrong(
                "20 10 30",
                "With one queue for all three, that would be the order of arrival. Here each has a pipe of its own.",
            ),
            wrong("10 20 30", "Nothing is sorted here. The parent reads the pipes in the order of its list."),
            right(
                "30 20 10",
                "The parent reads one pipe after the other, and each recv() waits for its own process.",
            ),
            wrong(
                "30 10 20",
                "30 does come first. But after that the parent reads the second pipe, and 20 is in it.",
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
                "Use multiprocessing.Queue instead: its put() returns at once",
                "It does. But a process can't end until all it put in has gone into the pipe, so join() still hangs.",
            ),
            right(
                "Take all results out of the queue first, and join after that",
                "While the parent takes results out, there is room for the rest. Then the processes can end.",
            ),
            wrong(
                "Join each process right after its start, in the same loop",
                "The same again: a process that finds the queue full can't end, so its join() never returns.",
            ),
            wrong(
                "Start fewer processes than there are usable cores",
                "A single process with a large enough result hangs just the same. Cores have nothing to do with it.",
            ),
        ),
        answered="Take first, join after",
    ),
    Question(
        "You start three processes in one loop. They run for 3, 1 and 2 seconds, on a machine with four free cores. A "
        "second loop joins them in that order. How long does the second loop take?",
        (
            wrong(
                "About 6 seconds: the three joins add up",
                "They would if each were started only after the join before it. But all three are running already.",
            ),
            wrong(
                "About 1 second: it ends with the first process that is done",
                "Each join() waits for its own process, and the one that takes 3 seconds is among them.",
            ),
            wrong(
                "No time at all: join() only marks a process as done",
                "join() waits until the process has ended. So a line printed after the loop is always the last.",
            ),
            right(
                "About 3 seconds: as long as the longest process",
                "After 3 seconds the first join() returns. The other two processes have ended by then.",
            ),
        ),
        answered="Does it matter in which order I join?",
    ),
    Question(
        "You want to sharpen 5,000 small pictures with a function in plain Python. Each picture takes 50 milliseconds, "
        "and the GIL is on. Which way suits the job?",
        (
            right(
                "A Pool with about as many workers as there are usable cores",
                "The tasks compute, and there are many of them. A few processes are started once, and share the tasks.",
            ),
            wrong(
                "5,000 processes, started in one loop and joined in a second",
                "Each task of 50 ms would pay for the start and the memory of a process. And they'd all run at once.",
            ),
            wrong(
                "A pool of 50 threads, since threads start much faster",
                "They do. But with the GIL on, only one of them at a time runs Python code, so nothing gets faster.",
            ),
            wrong(
                "One process after the other, so that the pictures stay in order",
                "Then no two ever work at the same time. And Pool.map returns the results in order, too.",
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
                "join() waits until a process ends, for whatever reason. Only the exit codes say how it ended.",
            ),
            wrong(
                "None of them failed, or join() would have raised the error",
                "join() raises nothing. A process that fails prints its own error message, and its exit code isn't 0.",
            ),
            wrong(
                "They ended in the order in which they were started",
                "Each ends when its own work is done. The order of the joins doesn't change that.",
            ),
        ),
        answered="When one of four fails",
    ),
)
