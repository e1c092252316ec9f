"""The pool panel: choose settings, watch the workers work, predict and measure, compare runs."""

from helpers.panels.panel import Panel

__all__ = ["Panel"]
