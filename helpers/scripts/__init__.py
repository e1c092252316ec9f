"""Run a script in a process group of its own, with a time limit: for what may hang or crash. X-ray what it did."""

from helpers.scripts.capture import capture_script
from helpers.scripts.tracing import run_script
from helpers.scripts.xray import xray

__all__ = ["capture_script", "run_script", "xray"]
