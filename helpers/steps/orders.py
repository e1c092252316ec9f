"""Every order in which two processes can take their steps, and how each ends."""

from collections import Counter, namedtuple

from helpers.steps.program import DEADLOCK, LOST, NAMES
from helpers.words import counted, markdown_table

MOST_ORDERS = 1000  # a thousand take a few seconds
MOST_STEPS = 50  # in one order

Order = namedtuple("Order", "steps values stuck waited")
Order.__doc__ = """One order, and how it ended.

steps   the index of the process that took each step
values  name → the shared number at the end
stuck   whether it ended with processes that wait forever
waited  whether a process had to wait
"""


RIGHT = "right"  # the result of an order, if it is neither LOST nor DEADLOCK


def each_order(scheduler):
    """Run a `Scheduler`'s program once in each order that is possible, and yield each `Order`.

    The first is A to its end and then B, the last is B to its end and then A. Raises what the scheduler raises, and
    ValueError if there are more than MOST_ORDERS, or one has more than MOST_STEPS.
    """
    beginnings = [()]
    for _ in range(MOST_ORDERS):
        scheduler.begin()
        todo, waited = list(beginnings.pop()), False
        while scheduler.movable:
            if not todo:
                first, *others = scheduler.movable
                beginnings += [(*scheduler.order, other) for other in others]
                todo = [first]
            scheduler.step(todo.pop(0))
            if len(scheduler.order) > MOST_STEPS:
                raise ValueError(f"There are more than {MOST_STEPS} steps. Use workers with fewer lines.")
            waited = waited or any(stepper.waits for stepper in scheduler.steppers)
        yield Order(tuple(scheduler.order), scheduler.values, scheduler.stuck, waited)
        if not beginnings:
            return
    raise ValueError(f"There are more than {MOST_ORDERS} orders. Use workers with fewer lines.")


class Orders:
    """Every order of a program's steps, and how each ended.

    program  the `Program`
    found    each `Order`, as `each_order` yields them

    The result of an order is RIGHT if the shared numbers are those of one process after the other. It is DEADLOCK if
    the processes wait forever, and LOST otherwise.
    """

    def __init__(self, program, found):
        self.program, self.found = program, list(found)
        self._right = [self.found[0].values, self.found[-1].values]

    def __len__(self):
        return len(self.found)

    def result(self, values, stuck):
        """Return the result of an order that ended with these numbers, and with processes that are stuck or not."""
        if stuck:
            return DEADLOCK
        return RIGHT if values in self._right else LOST

    @property
    def expected(self):
        """The shared numbers when A runs to its end before B begins."""
        return self._right[0]

    @property
    def tally(self):
        """Result → in how many orders it is the result."""
        return Counter(self.result(order.values, order.stuck) for order in self.found)

    @property
    def example(self):
        """The first order with the result that the program is about; if there is none, one in which a process waits."""
        about = [order for order in self.found if self.result(order.values, order.stuck) == self.program.about]
        return [*about, *(order for order in self.found if order.waited), *self.found][0]

    @property
    def caption(self):
        """How many orders there are, and how many go wrong, in words."""
        said = [f"There {'is' if len(self) == 1 else 'are'} {counted(len(self), 'order')}."]
        lost, stuck = (f"{self.tally[result] or 'none'} of them" for result in (LOST, DEADLOCK))
        if self.tally[LOST] or self.program.about == LOST:
            said.append(f"An update is lost in {lost}{self._share(LOST)}.")
        if self.tally[DEADLOCK] or self.program.about == DEADLOCK:
            ends = "end" if self.tally[DEADLOCK] > 1 else "ends"
            said.append(f"{stuck.capitalize()}{self._share(DEADLOCK)} {ends} in a deadlock.")
        if number := sum(order.waited and not order.stuck for order in self.found):
            said.append(f"In {number} of them a process has to wait, and goes on later.")
        return " ".join(said)

    def _share(self, result):
        """Return the share of the orders with this result, or "" if there is none."""
        return f" ({self.tally[result] / len(self):.0%})" if self.tally[result] else ""

    def rows(self):
        """Return a row of text for each order: its steps, the shared numbers at the end, and the result."""
        return [
            [
                " ".join(NAMES[number] for number in order.steps),
                in_words(order.values),
                self.result(order.values, order.stuck),
            ]
            for order in self.found
        ]

    def _repr_markdown_(self):
        table = markdown_table(HEADER, self.rows())
        return f"{self.caption}\n\n<details><summary>All {len(self)} orders</summary>\n\n{table}\n\n</details>"

    def __repr__(self):
        return self.caption


HEADER = ["order", "ends with", "result"]


def in_words(values):
    """Return names with their values as text, such as "value = 1, other = 2"."""
    return ", ".join(f"{name} = {value}" for name, value in values.items())
