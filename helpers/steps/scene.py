"""What can be seen of two processes that are run step by step, as data and in words."""

from helpers.steps.orders import in_words
from helpers.steps.program import DEADLOCK, LOST


def play(scheduler, order):
    """Take the steps of an order from the beginning. Return a row for each (see `take_step`)."""
    scheduler.begin()
    return [take_step(scheduler, number) for number in order]


def take_step(scheduler, number):
    """Let a process take a step. Return, as texts, what it did and what is there now:

    process  its name
    step     the code
    note     who waits or goes on because of it, or ""
    own      the own variables of each process
    shared   the state of each thing that they share
    """
    stepper = scheduler.steppers[number]
    step, waited = stepper.step, [other for other in scheduler.steppers if other.waits]
    scheduler.step(number)
    notes = [f"{stepper.name} {wait_of(scheduler, stepper)}"] if stepper.waits else []
    notes += [f"{other.name} goes on" for other in waited if not other.waits]
    return {
        "process": stepper.name,
        "step": step,
        "note": ", ".join(notes),
        "own": [in_words(other.own) for other in scheduler.steppers],
        "shared": [thing["text"] for thing in shared_things(scheduler)],
    }


def scene(scheduler, rows):
    """Return where the processes of a `Scheduler` stand, as data for the browser. `rows` are those of its steps."""
    return {
        "alive": True,
        "processes": [
            {
                "pid": stepper.process.pid,
                "line": 0 if stepper.done else stepper.line,
                "step": stepper.step,
                "own": in_words(stepper.own),
                "state": state_of(scheduler, stepper),
                "can": stepper.can_move,
            }
            for stepper in scheduler.steppers
        ],
        "shared": shared_things(scheduler),
        "rows": rows,
    }


def shared_things(scheduler):
    """Return the name and the state of each thing that is shared; of a lock also who holds it and who waits for it."""
    things = []
    for name in scheduler.program.shared:
        if name in scheduler.values:
            things.append({"name": name, "text": str(scheduler.values[name])})
            continue
        holder = scheduler.holders[name]
        waiting = [number for number, stepper in enumerate(scheduler.steppers) if stepper.waits == name]
        things.append(
            {
                "name": name,
                "text": f"held by {holder.name}" if holder else "free",
                "holder": scheduler.steppers.index(holder) if holder else None,
                "waiting": waiting,
            }
        )
    return things


def state_of(scheduler, stepper):
    """Say what a process does now."""
    if stepper.done:
        return "has returned"
    return wait_of(scheduler, stepper) if stepper.waits else "stands before the marked line"


def wait_of(scheduler, stepper):
    """Say for which lock a process waits, and for whom."""
    holder = scheduler.holders[stepper.waits]
    return f"waits for {stepper.waits}, which {holder.name} holds"


def told(row):
    """Say what a step did."""
    return f"{row['process']}: {row['step']}" + (f" ({row['note']})" if row["note"] else "")


def now(scheduler, number):
    """Say what the own variables of a process and the shared things are now."""
    stepper = scheduler.steppers[number]
    own = f"{stepper.name} has {in_words(stepper.own)}. " if stepper.own else ""
    return own + " ".join(f"{thing['name']}: {thing['text']}." for thing in shared_things(scheduler))


def how_it_ended(scheduler, orders):
    """Return the result of an order that has come to its end, and a sentence on it.

    orders  the `Orders` of the program, which say what is right
    """
    result = orders.result(scheduler.values, scheduler.stuck)
    if result == DEADLOCK:
        waits = [f"{stepper.name} {wait_of(scheduler, stepper)}." for stepper in scheduler.steppers if stepper.waits]
        if len(waits) == 2:
            waits.append("Each waits for the other, so neither can ever go on: a deadlock.")
        return result, " ".join(waits)
    end = f"Both have returned, with {in_words(scheduler.values)}."
    if result == LOST:
        return result, f"{end} One after the other, they end with {in_words(orders.expected)}. So an update is lost."
    return result, f"{end} That's right."
