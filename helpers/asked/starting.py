"""What people ask about starting processes."""

from helpers.asked import Asked

DOCS = "https://docs.python.org/3/library/multiprocessing.html"

ASKED = (
    Asked(
        "What is the smallest program with a `Process`?",
        "A function, the guard, and in it `Process(target=worker)`, `start()` and `join()`.",
        "03-create-a-process#Create, start, join",
        f"{DOCS}#the-process-class",
        words="hello world example simple minimal first begin",
    ),
    Asked(
        "What does `join()` do?",
        "It waits until the process has ended, and cleans up after it. It returns nothing and raises nothing.",
        "03-create-a-process#Create, start, join",
        "https://stackoverflow.com/questions/25391025",
        words="wait finish block",
    ),
    Asked(
        "Why do my processes run one after the other?",
        "`start()` and `join()` are in the same loop. Start all in one loop, and join them in a second one.",
        "03-create-a-process#Start them all, then join them all",
        f"{DOCS}#multiprocessing.Process.join",
        words="sequential serial not parallel same time loop",
    ),
    Asked(
        "Does it matter in which order I join?",
        "No. All the joins together take until the last process has ended.",
        "06-four-processes#What people ask",
        f"{DOCS}#multiprocessing.Process.join",
        below="Does it matter in which order I join?",
        words="wait for all several multiple",
    ),
    Asked(
        "How do I get the return value of a `Process`?",
        "It's thrown away, so let the process send it through a pipe or a queue. A pool brings results home by itself.",
        "03-create-a-process#Bring results home",
        "https://stackoverflow.com/questions/10415028",
        words="result None return Queue Pipe",
    ),
    Asked(
        "What does the “bootstrapping phase” in an error message mean?",
        "Your script has no guard, so a new process that imports it starts processes, too. Put the start under "
        '`if __name__ == "__main__":`.',
        "03-create-a-process#What the guard is for",
        "https://stackoverflow.com/questions/18204782",
        messages=(
            "RuntimeError: An attempt has been made to start a new process before the current process has finished "
            "its bootstrapping phase.",
        ),
        versions="Windows always, macOS since Python 3.8, Linux since Python 3.14. With fork it doesn't happen.",
        words="main guard freeze_support idiom proper",
    ),
    Asked(
        "A `Pool` without the guard never ends. Why?",
        "Each worker imports the script, tries to make a pool, and dies. The pool replaces it, again and again.",
        "07-start-methods-and-pickling#The guard and freeze_support",
        f"{DOCS}#multiprocessing-safe-main-import",
        versions="Windows always, macOS since Python 3.8, Linux since Python 3.14.",
        words="endless infinite loop main many processes spawn bomb",
    ),
    Asked(
        "Where does `freeze_support()` go?",
        "First under the guard, if you pack the program into an executable file. Elsewhere it isn't needed.",
        "07-start-methods-and-pickling#The guard and freeze_support",
        "https://stackoverflow.com/questions/24374288",
        versions="Before Python 3.13.4 it did its work on Windows only. In some later versions it also settles the "
        "start method, so call `set_start_method` before it.",
        words="frozen exe main",
    ),
    Asked(
        "Why does my PyInstaller program open its window again and again?",
        "A frozen program starts itself as a worker. Without `freeze_support()`, each copy runs the main program.",
        "07-start-methods-and-pickling#The guard and freeze_support",
        "https://stackoverflow.com/questions/24944558",
        words="executable cx_Freeze py2exe frozen exe infinite windows",
    ),
    Asked(
        "Why does my function run before `start()`, and not in the child?",
        "`target=worker()` calls it at once. Leave out the parentheses, and pass arguments as `args`.",
        "03-create-a-process#What people ask",
        f"{DOCS}#multiprocessing.Process",
        below="Why must there be no parentheses after the target?",
        words="target parentheses brackets called immediately",
    ),
    Asked(
        "Why is an `'int' object` not iterable, if I pass one argument?",
        "`args=(1)` is only a number. A tuple with one entry needs a comma: `args=(1,)`.",
        "14-what-people-ask#Three small slips",
        f"{DOCS}#multiprocessing.Process",
        messages=("TypeError: 'int' object is not iterable",),
        words="args comma tuple single argument",
    ),
    Asked(
        "Can I start a `Process` again?",
        "No, only once. Create a new one, or use a pool, whose workers are used again.",
        "14-what-people-ask#Three small slips",
        f"{DOCS}#multiprocessing.Process.start",
        messages=("AssertionError: cannot start a process twice",),
        words="restart reuse second time rerun",
    ),
    Asked(
        "How do I run different functions at the same time?",
        "Give each `Process` a target of its own, or hand each function to a pool with `apply_async`.",
        "06-four-processes#What people ask",
        "https://stackoverflow.com/questions/7207309",
        below="Can the four processes do different things?",
        words="two functions simultaneously parallel submit",
    ),
    Asked(
        "Which of my processes ends first?",
        "`multiprocessing.connection.wait` watches their `sentinel`s, and returns when one has ended.",
        "06-four-processes#What people ask",
        f"{DOCS}#multiprocessing.Process.sentinel",
        below="How do I know which process is done first?",
        words="finished done as completed wait any",
    ),
    Asked(
        "What happens to the children if the parent ends first?",
        "A parent that exits normally waits for them, but terminates those that are daemonic.",
        "03-create-a-process#What people ask",
        f"{DOCS}#multiprocessing.Process.daemon",
        below="What if the parent ends before its children?",
        words="daemon True background exit main",
    ),
)
