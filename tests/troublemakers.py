"""Workers named after what they do."""

import multiprocessing
import multiprocessing.connection
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from helpers.running.inside import end_with_parent, own
from helpers.running.supervise import interrupts_deferred
from helpers.workers import write_errors_to


def double(number):
    return 2 * number


class Adder:
    """An object that adds, by a method and by being called."""

    def __init__(self, number):
        self.number = number

    def add(self, number):
        return self.number + number

    __call__ = add


def be_interrupted_where_interrupts_are_deferred(path):
    """Leave a file if the interrupt does not cut the block short."""
    with interrupts_deferred():
        os.kill(os.getpid(), signal.SIGINT)  # a thread receives it, and passes it on
        for _ in range(50):
            time.sleep(0.01)
        Path(path).touch()


def process_id(_):
    return os.getpid()


def kind_of_process(_):
    """Return what multiprocessing calls this kind of process, such as "SpawnProcess"."""
    return type(multiprocessing.current_process()).__name__


def fail(number):
    raise KeyError(number)


def fail_with_the_error_in(path):
    write_errors_to(path)
    raise KeyError("a message for the file")


class NeedsTwoArguments(Exception):
    """An error that pickles but does not unpickle: its __init__ takes more than `args` holds."""

    def __init__(self, first, second):
        super().__init__(f"{first} and {second}")


def fail_beyond_pickling(number):
    raise NeedsTwoArguments(number, number)


def return_beyond_pickling(_):
    return lambda: None


def die(_):
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def sleep_for_ever(_):
    time.sleep(3600)


def meet(folder_name_names):
    """Return once files with all names are in the folder, which takes workers that run at the same time."""
    folder, name, names = folder_name_names
    Path(folder, name).touch()
    while not all(Path(folder, other).exists() for other in names):
        time.sleep(0.005)
    return name


def end_if_worker(number):
    """End the process of this worker once both workers have a task, if the worker has that number."""
    while not all(own.log.worker):
        time.sleep(0.005)
    if own.number == number:
        os._exit(0)
    time.sleep(3600)


def wait_for_log(column_tasks):
    """Return the item once the log of the run has an entry in that column for each of the tasks."""
    column, tasks = column_tasks
    while not all(getattr(own.log, column)[task] for task in tasks):
        time.sleep(0.005)
    return column_tasks


def obey(folder_task):
    """Do a task as the files in the folder say: "fail", "exit", "return a lambda", or wait while "wait" is there.

    Leaves a file named "<task> <PID>". If there is a file "but not at first", the first process to come passes.
    """
    folder, task = folder_task
    Path(folder, f"{task} {os.getpid()}").touch()
    if Path(folder, "but not at first").exists() and comes_first(folder):
        return task
    if Path(folder, "fail").exists():
        raise KeyError(task)
    if Path(folder, "exit").exists():
        os._exit(0)
    if Path(folder, "return a lambda").exists():
        return lambda: None
    give_up = time.monotonic() + 60
    while Path(folder, "wait").exists() and time.monotonic() < give_up:
        time.sleep(0.01)
    return task


def comes_first(folder):
    """Return whether this process was the first to ask."""
    try:
        Path(folder, "first").symlink_to(str(os.getpid()))  # appears with its text, or not at all
    except FileExistsError:
        pass
    return str(Path(folder, "first").readlink()) == str(os.getpid())


def found_a_family(folder, generations=2, child=None):
    """Leave a file named after the PID, start a process that does the same and ends with this one, and run forever."""
    Path(folder, str(os.getpid())).touch()
    if generations:
        multiprocessing.Process(target=child or follow, args=(folder, generations - 1)).start()
    time.sleep(3600)


class Deleted:
    """An object that takes an hour to delete. Python ignores what is raised meanwhile."""

    def __init__(self, folder):
        self.folder = folder

    def __del__(self):
        Path(self.folder, str(os.getpid())).touch()
        time.sleep(3600)


def lose_an_interrupt(folder):
    """Leave a file named after the PID, lose the interrupt that comes then, and run forever."""
    Deleted(folder)
    time.sleep(3600)


def follow(folder, generations):
    """Start a family of processes, and end when the parent does, as all workers of a run do."""
    end_with_parent()
    found_a_family(folder, generations)


def ignore_interrupts(folder):
    """Name a semaphore in a file, ignore every kind of interrupt, and start a process that ignores its parent's end."""
    lock = multiprocessing.get_context("spawn").Lock()
    Path(folder, "semaphore").write_text(lock._semlock.name)
    for name in (signal.SIGINT, signal.SIGUSR1):
        signal.signal(name, signal.SIG_IGN)
    found_a_family(folder, generations=1, child=found_a_family)


def echo(*items):
    return items


def itself(item):
    return item


def say_who(item):
    """Return the PID and the thread of this worker, a moment of this task, and the item."""
    return os.getpid(), threading.get_native_id(), time.perf_counter(), item


def compute(seconds):
    """Compute until this thread has used that many seconds of processor time."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def raise_it(error):
    raise error


def fail_because_of_another(_):
    try:
        raise KeyError("the first")
    except KeyError as first:
        raise ValueError("the second") from first


def return_beyond_pickling_at(number):
    return (lambda: None) if number == 1 else number


def end_in_task_2(number_ending):
    """End this worker in task 2, in the way named. The others take their time, but not forever."""
    number, ending = number_ending
    if number != 2:
        time.sleep(3600 if ending == "os_exit_or_sleep" else 0.05)
        return number
    if ending == "exit":
        sys.exit(0)
    if ending == "die":
        die(number)
    if ending == "sigterm":
        os.kill(os.getpid(), signal.SIGTERM)
    os._exit(0)


def be_killed_while_sending(_):
    """Cut the next message that this process sends short, by killing the process in the middle of it."""

    def send_half(self, message):
        os.write(self.fileno(), bytes(message)[: len(message) // 2])
        os.kill(os.getpid(), signal.SIGKILL)

    multiprocessing.connection.Connection._send = send_half
    return "a result"


told = threading.Event()


def sleep_an_hour_or_until_told(_):
    told.wait(3600)


def make_semaphores_and_die(prefix):
    """Make named semaphores, as spawned processes need, and be killed."""
    multiprocessing.current_process()._config["semprefix"] = prefix
    context = multiprocessing.get_context("spawn")
    made = [context.Lock(), context.Event()]
    assert made and list(Path("/dev/shm").glob(f"sem.{prefix[1:]}-*"))
    die(0)


def return_a_list_with_a_lambda():
    return [1, lambda: None, 3]


def die_in_a_pool(_):
    """Kill the process if it is a worker of a pool."""
    if "PoolWorker" in multiprocessing.current_process().name:
        die(_)


def touch(folder, pid=None):
    """Leave a file named after a PID, this process's own by default."""
    Path(folder, str(pid or os.getpid())).touch()


def hold_the_gil(folder):
    """Leave a file named after the PID, and compute for hours without a moment for other threads."""
    touch(folder)
    return sum(range(10**13))


def sleep_in(folder):
    """Leave a file named after the PID, and sleep for an hour."""
    touch(folder)
    time.sleep(3600)


def stop_itself(folder):
    """Leave a file named after the PID, and suspend this process, as a debugger may."""
    touch(folder)
    os.kill(os.getpid(), signal.SIGSTOP)


def start_a_child(folder_seconds):
    """Start a program that runs for an hour, leave a file named after its PID, and return after some seconds."""
    folder, seconds = folder_seconds
    touch(folder, subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"]).pid)
    time.sleep(seconds)
    return seconds


def start_a_thread(number):
    """Start a thread that runs for an hour."""
    threading.Thread(target=time.sleep, args=(3600,)).start()
    return number


def print_megabytes(number):
    for _ in range(2000):
        print("x" * 999)
    return number


def return_megabytes(megabytes):
    return bytes(megabytes * 10**6)


def close_streams(number):
    """Close the standard streams, for Python and for the system."""
    for stream in filter(None, (sys.stdin, sys.stdout, sys.stderr)):
        stream.close()
    for descriptor in range(3):
        try:
            os.close(descriptor)
        except OSError:  # it went with its stream
            pass
    return number


class HoldsALambda(Exception):
    """An error that does not pickle."""

    def __init__(self, text):
        super().__init__(text)
        self.function = lambda: None


class HasNoText(HoldsALambda):
    """An error that neither pickles nor can say what it is."""

    def __str__(self):
        raise KeyError("no text")


def raise_a_lambda(_):
    raise HoldsALambda("of the task")


def raise_without_a_text(_):
    raise HasNoText("of the task")


def raise_a_group(_):
    raise ExceptionGroup("of the task", [HoldsALambda("inside")])
