"""Run a script that may hang or crash, in its own process group and with a time limit. X-ray what it did."""

from helpers.scripts.capture import capture_script
from helpers.scripts.tracing import run_script
from helpers.scripts.xray import xray

__all__ = ["capture_script", "run_script", "xray"]
