"""Kernels such as a learner's, in which a benchmark runs."""

import subprocess
import time
from contextlib import contextmanager
from time import perf_counter

from jupyter_client.manager import start_new_kernel

from benchmarks.telling import TESTS, call_of, ordinary, what_was_told
from benchmarks.tools import TIME_LIMIT


@contextmanager
def kernel():
    """A kernel in the tests' folder, as `make lab` has them, and a client that reads its messages."""
    manager, client = start_new_kernel(env=ordinary(), cwd=TESTS, stderr=subprocess.DEVNULL)
    try:
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel()  # not at once: it cleans up, and so does its resource tracker


def told_by(function, *args, note=lambda message: None):
    """Call a function of the benchmarks in a new kernel, with `note` for each message. Return what it has told."""
    said = []
    with kernel() as client:
        for message in outputs(client, call_of(function, *args)):
            if message["msg_type"] == "stream":
                said.append(message["content"]["text"])
            note(message)
    return what_was_told("".join(said))


def outputs(client, code):
    """Run a cell and yield its messages as they arrive, until it has ended. Raises RuntimeError if the cell raises."""
    request = client.execute(code)
    while True:
        message = client.get_iopub_msg(timeout=TIME_LIMIT)
        if message["parent_header"].get("msg_id") != request and message["msg_type"] != "comm_msg":
            continue
        if message["msg_type"] == "error":
            raise RuntimeError("\n".join(message["content"]["traceback"]))
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            return
        yield message


def wait_until(true):
    """Wait until a function returns something true. Raises TimeoutError if it never does."""
    deadline = perf_counter() + TIME_LIMIT
    while not true():
        if perf_counter() > deadline:
            raise TimeoutError(f"Nothing happened for {TIME_LIMIT} s.")
        time.sleep(0.001)
