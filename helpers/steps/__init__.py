"""Be the scheduler: two real processes that take a step when told, and every order in which they can."""

from helpers.steps.widget import Steps, every_order

__all__ = ["Steps", "every_order"]
