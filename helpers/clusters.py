"""Dask clusters for a notebook: on this machine alone, without log messages, and with nothing left behind."""

import asyncio
import logging
import os
import shlex
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import perf_counter

import dask
import psutil
from dask.distributed import Client, Future, LocalCluster
from distributed.comm import get_address_host_port
from distributed.core import rpc

from helpers.inputs import a_kind_of, number_of_workers, text
from helpers.running.families import descendants, end_group, is_tracker, kill, start_group, wait_for_end

LIMIT = 2.0  # seconds for a scheduler to answer, and to have a worker
LOOK_EVERY = 0.1  # seconds
END_LIMIT = 5.0  # seconds for a cluster's processes to end once it has been closed
LAST_WORDS = 800  # characters of what a command printed, told with an error
ADDRESS = "DASK_SCHEDULER_ADDRESS"


class NoCluster(Exception):
    """There is no cluster to use at an address. Says why."""


@contextmanager
def on_this_machine():
    """Let a `LocalCluster` in the block write its files to a folder of its own, and log nothing but what is critical.

    After the block, the folder is gone, and so is every process that was started in the block. Write it in front:

    with on_this_machine(), LocalCluster(dashboard_address="127.0.0.1:0") as cluster, Client(cluster) as client:
        ...
    """
    before = set(descendants(os.getpid()))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            with quiet(), variables(**settings(folder)), dask.config.set({"temporary-directory": folder}):
                yield
        finally:
            new = {process for process in descendants(os.getpid()) if process not in before and is_of_dask(process)}
            kill(wait_for_end(new, END_LIMIT))
            wait_for_end(new, END_LIMIT)


def settings(folder):
    """Return environment variables for Dask's processes: where they write files, and that they log hardly anything."""
    return {"DASK_TEMPORARY_DIRECTORY": folder, "DASK_LOGGING__DISTRIBUTED": "critical"}


def is_of_dask(process):
    """Return whether a psutil process may be a worker: any but multiprocessing's own two helpers, which stay.

    What the fork server has forked has the same command line, but another parent.
    """
    try:
        is_server = process.ppid() == os.getpid() and "forkserver" in " ".join(process.cmdline())
    except psutil.Error:  # it has ended just now
        return False
    return not is_server and not is_tracker(process)


@contextmanager
def quiet():
    """Let Dask log nothing in this process but what is critical."""
    logger = logging.getLogger("distributed")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


@contextmanager
def variables(**values):
    """Set environment variables for the block."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


# --- This machine's cluster, or a real one ---


@contextmanager
def connect(workers=2):
    """Give a `Client` of the cluster that DASK_SCHEDULER_ADDRESS names, or of a `LocalCluster` for the block.

    workers  how many worker processes the `LocalCluster` has, with a thread each

    If the variable names a cluster that can't be used, it says why within five seconds, and starts a `LocalCluster`.
    Raises TypeError or ValueError for a number of workers that can't be.
    """
    number_of_workers(workers)
    with ExitStack() as stack:
        stack.enter_context(on_this_machine())
        client = None
        if address := os.environ.get(ADDRESS):
            try:
                client = client_of(address)
                print(f"Using the cluster at {address}.")
            except NoCluster as reason:
                print(f"{ADDRESS} is {address}, but {reason}. So this cell starts a cluster of its own.")
        if not client:
            cluster = LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0")
            client = Client(stack.enter_context(cluster))
        yield stack.enter_context(client)


def client_of(address):
    """Return a `Client` of the cluster whose scheduler listens at the address. Raises `NoCluster` if it can't be used.

    Finding that out takes at most a second longer than LIMIT.
    """
    thread = ThreadPoolExecutor(1)  # this one has a running event loop, if it's a notebook's
    asked = thread.submit(asyncio.run, ask(address))
    thread.shutdown(wait=False)  # at its end, asyncio.run waits for a name server that doesn't answer
    try:
        asked.result(LIMIT + 1)
    except TimeoutError:
        raise no_answer() from None
    return Client(address, timeout=LIMIT)


def no_answer():
    return NoCluster(f"no scheduler answered within {LIMIT:g} s")


async def ask(address):
    """Wait until the scheduler at an address has a worker. Raises `NoCluster` if it has none after LIMIT seconds.

    It asks in its own way, since a Client waits forever for a program that accepts a connection and says nothing, and
    tries a closed port again and again.
    """
    answer = {}
    try:
        async with asyncio.timeout(LIMIT):
            await knock(address)
            async with rpc(address) as scheduler:
                while not answer.get("workers"):
                    answer = await scheduler.identity()
                    await asyncio.sleep(LOOK_EVERY)
    except ConnectionRefusedError as error:
        raise NoCluster("nothing listens there") from error
    except TimeoutError as error:  # a wrong host, no answer, another program's answer
        raise (NoCluster("its scheduler has no workers") if answer else no_answer()) from error
    except Exception as error:  # most likely no address at all
        raise NoCluster(f"no scheduler can be asked there ({error})") from error


async def knock(address):
    """Connect to an address, and close the connection. Raises ConnectionRefusedError if nothing listens there."""
    _, writer = await asyncio.open_connection(*get_address_host_port(address))
    writer.close()
    await writer.wait_closed()


# --- The same from the command line ---


@contextmanager
def command_lines(*commands):
    """Run commands that begin with "dask", as if each was typed into a terminal, until the block ends.

    Gives their Popens. They run in folders of their own, as on another machine: what lies beside the notebook is not
    there. At the end of the block they are ended, with everything that they started. If the block raises an error, what
    they printed last is added to it.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        started = []
        try:
            for number, command in enumerate(commands):
                started.append(start(command, Path(folder, str(number))))
            with quiet():
                yield started
        except Exception as error:
            for number, command in enumerate(commands):
                error.add_note(f"{command}\n{last_words(Path(folder, str(number), 'printed'))}")
            raise
        finally:
            for process in started:
                end_group(process)


def start(command, folder):
    """Start a command that begins with "dask" in a new folder. Return its Popen. Raises ValueError for another one."""
    try:
        dask_, *arguments = shlex.split(text("A command", command, "dask scheduler")) or [""]
    except ValueError:  # a quotation mark without another one
        dask_ = ""
    if dask_ != "dask":
        raise ValueError(f"A command must begin with dask, as in 'dask worker tcp://127.0.0.1:8786', not {command!r}.")
    folder.mkdir()
    with Path(folder, "printed").open("wb") as printed:
        return start_group(
            [sys.executable, "-m", "dask", *arguments],  # this Python's dask, even if it isn't on the PATH
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            env={**os.environ, "DASK_TEMPORARY_DIRECTORY": str(folder)},
        )


def last_words(path):
    """Return the end of what a command printed."""
    return path.read_text(encoding="utf-8", errors="replace")[-LAST_WORDS:] if path.exists() else ""


def free_port():
    """Return the number of a port that no program on this machine uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# --- Spans from other machines ---


def gather_spans(client, futures):
    """Return the `Span`s of tasks that ran on a cluster, on this machine's clock. It does what client.gather does.

    client   the `Client` that was asked for the tasks
    futures  of calls of a worker that `timed` wraps

    Each machine has a clock of its own. Where a worker's clock is not ours, its spans are shifted by as much as
    the two differ, give or take half of the time that a question and its answer take. Raises TypeError for anything
    else.
    """
    if not isinstance(client, Client):
        raise TypeError(f"client must be a Client, as connect() gives it, not {a_kind_of(client)}.")
    if not isinstance(futures, list) or not all(isinstance(future, Future) for future in futures):
        raise TypeError("futures must be what client.map(timed(worker), items) returns.")
    spans = client.gather(futures)
    places = client.who_has(futures)
    asked = perf_counter()
    clocks = client.run(perf_counter)
    answered = perf_counter()
    return [
        on_our_clock(
            span, *(place for place in places.get(future.key, ())[:1]), clocks=clocks, between=(asked, answered)
        )
        for span, future in zip(spans, futures)
    ]


def on_our_clock(span, place=None, clocks=None, between=(0.0, 0.0)):
    """Return a `Span` on this process's clock.

    place    the address of its worker, if it is known
    clocks   address → what that worker's clock said
    between  what ours said before and after
    """
    if place not in (clocks or {}):
        return span
    asked, answered = between
    ahead = clocks[place] - (asked + answered) / 2
    if abs(ahead) <= (answered - asked) / 2:  # as far as can be told, it is the same clock
        return span
    # two machines may have a process of the same PID
    return span._replace(process=place, up=span.up - ahead, start=span.start - ahead, end=span.end - ahead)
