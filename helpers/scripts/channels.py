"""Pipes and queues: which ends belong together, and what they are called."""


class Channels:
    """The pipes and queues of a script, identified by the numbers of their sending ends."""

    def __init__(self, notes):
        pairs = [fact["ends"] for fact in notes.of("pipe")]
        self._other = {end: pair[1 - side] for pair in pairs if len(set(pair)) == 2 for side, end in enumerate(pair)}
        self._names, self._hidden = {}, set()
        plumbing = [fact["ends"] for fact in notes.of("plumbing")]
        self._of_pools = of_pools = {end for ends in plumbing for end in ends}
        queues = [end for fact in notes.of("queue") for end in fact["ends"]]
        pipes = [pair for pair in pairs if not set(pair) & {*queues, *of_pools}]
        for what, ends in (("queue", [[end] for end in queues if end not in of_pools]), ("pipe", pipes)):
            for number, numbers in enumerate(ends, start=1):
                name = f"the {what}" if len(ends) == 1 else f"{what} {number}"
                self._names.update(dict.fromkeys(numbers, name))
        for tasks, results, *rest in (ends for ends in plumbing if len(ends) > 1):
            self._names |= {tasks: "the pool's tasks", results: "the pool's results"}
            self._hidden |= set(rest)

    def other_end(self, end):
        """Return the number of the end that sends what this end receives."""
        return self._other.get(end, end)

    def is_of_pool(self, end):
        """Return whether the end connects a pool with its workers."""
        return end in self._of_pools

    def name(self, end):
        """Return the name of a pipe or queue."""
        return self._names.get(end, "a pipe")

    def public_name(self, end):
        """Return its name, or "" if neither the script nor its pools use it."""
        return "" if end in self._hidden else self._names.get(end, "")
