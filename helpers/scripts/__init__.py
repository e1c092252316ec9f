"""Run a script in a process group of its own: for what may hang or crash, and to see what its processes did."""

from helpers.scripts.capture import capture_script, run_script
from helpers.scripts.xray import xray

__all__ = ["capture_script", "run_script", "xray"]
