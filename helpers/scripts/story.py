"""What a script did, in words: its `Trace` as a caption, a list in order of time, and where each process was.

It imports no other module of this package, so that any of them may import it.
"""

import html
import re
import signal
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from helpers.words import counted, markdown_table

MOST_ROWS, MOST_ARROWS, MOST_EVENTS = 17, 40, 200  # in a picture, and in a list: nobody would read more
OPEN_EVENTS = 15  # a longer list is folded away in a notebook
MOST_NAMED = 4  # processes in a sentence
SHORT_WAIT = 0.005  # seconds: shorter waits are not worth mentioning
LATE = 0.05  # seconds between sending and receiving that are worth mentioning
SHORTEST = 0.001  # seconds: of shorter calls, the exact length doesn't matter
LONG_CODE, LONG_LINE, LONG_PLACE = 40, 80, 100  # characters
AROUND_A_GAP = MOST_EVENTS // 4  # events that are listed after those left out
HEADER = ["when", "what happened"]
WHOLE_WORDS = "white-space: pre-wrap; word-break: normal"  # JupyterLab breaks a line within a word
OTHERS = -1  # the place of all rows that have no line of their own


# --- Which rows are shown ---


@dataclass(frozen=True)
class Folding:
    """Which rows of a trace have a line of their own.

    shown   their places, in the order in which they started
    folded  the places of the other rows, which share a line
    label   what those are: "85 more processes"; "" if there are none
    """

    shown: list[int]
    folded: list[int]
    label: str


def fold(trace, most=MOST_ROWS):
    """Return the `Folding` of a trace into at most `most` lines. The first rows and failed ones keep their own."""
    places = range(len(trace.rows))
    if len(places) <= most:
        return Folding(list(places), [], "")
    # at most half of the lines, so that a hundred failures leave room for what went well
    important = sorted(places, key=lambda place: (place > 0, not failed(trace.rows[place])))[: most // 2]
    others = [place for place in places if place not in important]
    shown = sorted(important + others[: most - 1 - len(important)])
    folded = sorted(set(places) - set(shown))
    return Folding(shown, folded, f"{len(folded):,} more {what_they_are([trace.rows[place] for place in folded])}")


def what_they_are(rows):
    """Return what some rows are, in the plural: "workers", "threads", "processes" …"""
    if all(row.pool for row in rows):
        return "workers"
    kinds = {row.kind for row in rows}
    return {("process",): "processes", ("thread",): "threads"}.get(tuple(kinds), "processes and threads")


def failed(row):
    """Return whether a process ended with an exit code other than 0, or by a signal.

    SIGTERM is no failure for a daemonic process, such as a pool's worker: it ends that way when all goes well.
    """
    return row.exit_code not in (None, 0) and not (row.daemon and row.exit_code == -signal.SIGTERM)


def ending(row):
    """Return how a row ended: "exit code 3", "SIGKILL"; "" if unknown, or if it is a thread."""
    if row.exit_code is None:
        return ""
    return f"exit code {row.exit_code}" if row.exit_code >= 0 else signal_name(-row.exit_code)


def signal_name(number):
    """Return "SIGKILL" for 9."""
    try:
        return signal.Signals(number).name
    except ValueError:  # real-time signals have no name
        return f"signal {number}"


def numbered(marks):
    """Return (number, mark) for each printed line among the marks. The picture uses the same numbers."""
    return list(enumerate((mark for mark in marks if mark.kind == "prints"), start=1))


# --- Calls: what a row was given to run, including the waits inside ---


@dataclass
class Call:
    """A call of a function, from its beginning to its end, including its waits.

    computing  seconds of processor time; None if unknown
    tasks      how many calls it covers
    open       whether it was still running at the end
    """

    what: str
    began: float
    ended: float
    computing: float | None
    tasks: int = 1
    open: bool = False


def calls(row):
    """Return the `Call`s of a row. A call continues after a wait, except after a wait for a task."""
    found, goes_on = [], False
    for span in row.spans:
        if span.kind == "waiting":
            goes_on = bool(found) and span.what != "a task"
            if goes_on and span.open:
                found[-1].open, found[-1].ended = True, span.ended
        elif span.kind == "running":
            same = bool(found) and found[-1].what == span.what
            if same and (row.by is None or goes_on and found[-1].tasks == span.tasks == 1):
                add(found[-1], span)
            else:
                found.append(Call(span.what, span.began, span.ended, span.computing, span.tasks, span.open))
            goes_on = False
    return found


def add(call, span):
    """Extend a call by a span."""
    call.ended, call.open = span.ended, span.open
    known = call.computing is not None and span.computing is not None
    call.computing = call.computing + span.computing if known else None


# --- Events ---


@dataclass
class Event:
    """Something that happened, or several similar things that share a line of the list.

    at     when the first one happened
    kind   a key of `WORDS`, whose function puts it into words
    alike  what the things that share a line have in common, beginning with the place of the row
    items  what that function needs, one item for each thing
    """

    at: float
    kind: str
    alike: tuple
    items: list


@dataclass
class Line:
    """A line of the list.

    at      when it happened
    text    what happened
    quoted  the parts of the text that a script printed; they are in quotation marks
    """

    at: float
    text: str
    quoted: list[str] = field(default_factory=list)

    def when(self):
        return f"{self.at:.3f} s"

    def markdown(self):
        """Return the text in Markdown, with what was printed as code, so that nothing in it acts as markup."""
        done, rest = "", self.text
        for printed in self.quoted:
            before, _, rest = rest.partition(f'"{printed}"')
            done += f'{escaped(before)}"{as_code(printed)}"'
        return done + escaped(rest)


def all_events(trace):
    """Yield an `Event` for everything that happened, in no particular order."""
    for place, row in enumerate(trace.rows):
        yield Event(row.asked, "starts", (row.by, row.kind) if place else (place,), [(place, row)])
        yield from events_of(place, row)
    for message in trace.messages:
        yield Event(message.sent, "sends", (message.sender, message.receiver, message.channel), [message])
    for number, mark in numbered(trace.marks):
        yield Event(mark.at, "prints", (mark.row,), [(number, mark.text)])
    for mark in trace.marks:
        if mark.kind in DONE:
            yield Event(mark.at, mark.kind, (mark.row,), [mark.other])
    if trace.exit_code is None:
        still = [place for place, row in enumerate(trace.rows) if row.ended is None]
        yield Event(trace.seconds, "given up", (0,), still)


def events_of(place, row):
    """Yield an `Event` for everything that a row did by itself."""
    its_calls = calls(row)
    after = [span for span in row.spans if span.kind in ("running", "waiting")]
    runs_first = row.up is not None and bool(after) and after[0].kind == "running"
    at_once = runs_first and after[0].began - row.up < SHORTEST
    if row.up is not None and not at_once:
        yield Event(row.up, "is up", (place,), [row])
    for number, call in enumerate(its_calls):
        first = row if at_once and number == 0 else None
        yield Event(call.began, "runs", (place, call.what), [(call, first)])
    for span in after:
        if span.kind == "waiting" and span.what != "a task" and (span.seconds >= SHORT_WAIT or span.open):
            yield Event(span.began, "waits", (place, span.what), [span])
    if row.ended is not None:
        yield Event(row.ended, "ends", (place,), [row])


def tell_starts(trace, event):
    """Say who started whom."""
    (place, row), *more = event.items
    if place == 0:
        return f"{trace.script} starts as {row.name} (PID {row.pid})."
    if more:
        whom = f"{len(event.items):,} {what_they_are([row for _, row in event.items])}"
    else:
        whom = f"{row.name} (PID {row.pid})" if row.kind == "process" else row.name
    until = f" until {max(row.asked for _, row in event.items):.3f} s" if more else ""
    who = "An unknown process" if row.by is None else trace.rows[row.by].name
    return f"{who} starts {whom}{until}."


def tell_is_up(trace, event):
    (row,) = event.items
    return f"{row.name} is up, {row.up - row.asked:.3f} s after {start_of(row)}."


def start_of(row):
    """Return what a row's start-up began with."""
    return "the script's start" if row.by is None else "start()"


def tell_runs(trace, event):
    """Say what ran, for how long, and for how much of that time it computed."""
    row, found = trace.rows[event.alike[0]], [call for call, _ in event.items]
    what = trace.script if row.by is None else found[0].what or row.target or "its own code"
    times = sum(call.tasks for call in found)
    computing, seconds = [call.computing for call in found], sum(call.ended - call.began for call in found)
    told = None not in computing and seconds >= SHORTEST
    computes = f" and computes for {sum(computing):.3f} s of it" if told else ""
    took = f"for {seconds:.3f} s" if seconds >= SHORTEST else f"for less than {SHORTEST:g} s"
    who = f"{tell_is_up(trace, Event(row.up, 'is up', (), [row]))} It" if event.items[0][1] else row.name
    if times > 1:
        return f"{who} runs {what} {times:,} times until {found[-1].ended:.3f} s: {took}{computes}."
    stopped = f", until {end_of(row)}" + "," * bool(computes) if found[0].open else ""
    return f"{who} runs {what} {took}{stopped}{computes}."


def end_of(row):
    """Return what cut short something that a row was doing."""
    own = row.ended is not None and row.exit_code is not None and row.exit_code >= 0
    return "the process ends" if own else "it is stopped"


def tell_waits(trace, event):
    """Say what a row waited for, and for how long."""
    row, spans = trace.rows[event.alike[0]], event.items
    name, what, seconds = row.name, spans[0].what, sum(span.seconds for span in spans)
    if len(spans) > 1:
        return f"{name} waits for {what}, {len(spans):,} times until {spans[-1].ended:.3f} s: {seconds:.3f} s in all."
    where = f" (line {spans[0].line})" if spans[0].line else ""
    if spans[0].open:
        return f"{name} waits for {what}, until {end_of(row)}{where}."
    if what.endswith(" to pass"):
        return f"{name} waits for {what}{where}."
    return f"{name} waits {seconds:.3f} s for {what}{where}."


def tell_sends(trace, event):
    """Say who sent how much to whom."""
    sender, receiver, channel = event.alike
    name, through = trace.rows[sender].name, f" through {channel}" if channel else ""
    to = "" if receiver is None else " to others" if receiver == OTHERS else f" to {trace.rows[receiver].name}"
    total = sum(message.bytes for message in event.items)
    size = f"{total:,} byte" + "s" * (total != 1)
    if len(event.items) > 1:
        unread = ". They are never received" if receiver is None else ""
        last = f"until {event.items[-1].sent:.3f} s"
        return f"{name} sends {len(event.items):,} messages{through}{to} {last}, {size} in all{unread}."
    (message,) = event.items
    if receiver is None:
        return f"{name} sends {size}{through}. The message is never received."
    late = message.received - message.sent if message.received is not None else 0.0
    later = f", which receives the message {late:.3f} s later" if late >= LATE else ""
    return f"{name} sends {size}{through}{to}{later}."


def tell_prints(trace, event):
    """Say what was printed, with its number in the picture."""
    name = trace.rows[event.alike[0]].name
    (first, text), (last, last_text) = event.items[0], event.items[-1]
    if first == last:
        return f'{name} prints "{shortened(text)}" [{first}]'
    together = "–" if last - first + 1 == len(event.items) else " … "  # others may have printed in between
    said = f'from "{shortened(text)}" to "{shortened(last_text)}"'
    return f"{name} prints {len(event.items):,} lines, {said} [{first}{together}{last}]"


def tell_ends(trace, event):
    (row,) = event.items
    if row.exit_code is not None and row.exit_code < 0:
        why = ", as its pool ends its workers" if row.pool and not failed(row) else ""
        asked = any(mark.kind in ("terminates", "kills") and trace.rows[mark.other] is row for mark in trace.marks)
        if row.daemon and not (row.pool or failed(row) or asked):
            why = ", since it is daemonic and its parent ends"
        return f"{row.name} is ended by {ending(row)}{why}."
    return f"{row.name} ends with {ending(row)}." if ending(row) else f"{row.name} ends."


def tell_given_up(trace, event):
    still = [trace.rows[place] for place in event.items]
    if not still:
        return f"{trace.script} is stopped."
    return f"{trace.script} is stopped. Still running: {listed([row.name for row in still])}."


def to_others(text):
    """Return a function that says what was done to other rows. Their name or number replaces the {} in the text."""

    def tell(trace, event):
        others = [trace.rows[other] for other in event.items if other is not None]
        if len(event.items) == 1:
            whom = others[0].name if others else "a process"
        else:
            whom = f"{len(event.items):,} {what_they_are(others)}"
        return f"{trace.rows[event.alike[0]].name}{text.format(whom)}"

    return tell


# Things that happen at the same moment are listed in this order
WORDS = {
    "starts": tell_starts,
    "is up": tell_is_up,
    "runs": tell_runs,
    "sends": tell_sends,
    "prints": tell_prints,
    "waits": tell_waits,
    "terminates": to_others(" terminates {}."),
    "kills": to_others(" kills {}."),
    "ends": tell_ends,
    "joined": to_others(": join() of {} returns."),
    "given up": tell_given_up,
}
ORDER = {kind: number for number, kind in enumerate(WORDS)}
DONE = ("terminates", "kills", "joined")  # what one row does to another, other than start it
# What is grouped if there is too much to list
MANY = {"sends": "messages", "prints": "printed lines", "runs": "calls", "waits": "waits", "joined": "join()s"}


def told_together(events):
    """Return events of one kind, with similar ones merged into one."""
    groups = {}
    for event in events:
        if event.alike in groups:
            groups[event.alike].items.extend(event.items)
        else:
            groups[event.alike] = Event(event.at, event.kind, event.alike, list(event.items))
    return list(groups.values())


def condensed(events, most=MOST_EVENTS):
    """Return at most about `most` events, and sentences that say what was grouped: the most frequent kinds first."""
    of_kind = defaultdict(list)
    for event in events:
        of_kind[event.kind].append(event)
    said = []
    for kind in sorted(MANY, key=lambda kind: -len(of_kind[kind])):
        if sum(map(len, of_kind.values())) <= most:
            break
        together = told_together(of_kind[kind])
        if len(together) < len(of_kind[kind]):
            number = sum(how_many(event) for event in together if len(event.items) > 1)
            said.append(f"{number:,} {MANY[kind]} are grouped in the list, not shown one by one.")
            of_kind[kind] = together
    return in_order([event for kind in of_kind.values() for event in kind]), said


def how_many(event):
    """Return how many things an event covers. A single `Call` may cover several calls."""
    return sum(call.tasks for call, _ in event.items) if event.kind == "runs" else len(event.items)


def in_order(events):
    return sorted(events, key=lambda event: (event.at, ORDER[event.kind]))


def of_shown_rows(events, folding):
    """Return the events of the rows that are shown, and what those did to the others, such as start and join."""
    folded = set(folding.folded)
    kept, of_others = [], defaultdict(list)
    for event in events:
        if event.kind == "starts" and event.items[0][0] in folded:
            if event.alike[0] not in folded:
                of_others["starts", event.alike[0]].append(event)
        elif event.alike[0] in folded:
            pass
        elif event.kind in DONE and event.items[0] in folded:
            of_others[event.kind, event.alike[0]].append(event)
        elif event.kind == "sends" and event.alike[1] in folded:
            sender, _, channel = event.alike
            of_others[event.kind, sender].append(Event(event.at, event.kind, (sender, OTHERS, channel), event.items))
        else:
            kept.append(event)
    return kept + [event for alike in of_others.values() for event in told_together(alike)]


def lines_of(trace, folding):
    """Return the `Line`s of the list, at most MOST_EVENTS, and sentences that say what they leave out."""
    everything = in_order(all_events(trace))
    events, said = condensed(of_shown_rows(everything, folding))
    lines = [Line(event.at, WORDS[event.kind](trace, event), quoted(event)) for event in events]
    if folding.folded:
        lines.append(line_of_folded(trace, folding))
        lines.sort(key=lambda line: line.at)
    if len(lines) > MOST_EVENTS:
        first, last = MOST_EVENTS - AROUND_A_GAP - 1, len(lines) - AROUND_A_GAP
        gap = f"({last - first:,} events until {lines[last - 1].at:.3f} s are left out.)"
        said.append(f"{last - first:,} events are left out of the list.")
        lines[first:last] = [Line(lines[first].at, gap)]
    return lines, said


def quoted(event):
    """Return the parts of an event's line that a script printed."""
    if event.kind != "prints":
        return []
    texts = [text for _, text in event.items]
    return [shortened(text) for text in (texts[:1] if len(texts) == 1 else [texts[0], texts[-1]])]


def line_of_folded(trace, folding):
    """Return one line on everything that the folded rows did."""
    rows, folded = [trace.rows[place] for place in folding.folded], set(folding.folded)
    ended = [trace.seconds if row.ended is None else row.ended for row in rows]
    did = [f"{folding.label}, {rows[0].name} to {rows[-1].name}, share a line, until {max(ended):.3f} s"]
    if computing := sum(span.computing or 0.0 for row in rows for span in row.spans):
        did.append(f"they compute for {computing:.3f} s")
    if prints := sum(mark.kind == "prints" and mark.row in folded for mark in trace.marks):
        did.append(f"print {counted(prints, 'line')}")
    if sent := [message.bytes for message in trace.messages if message.sender in folded]:
        did.append(f"send {counted(len(sent), 'message')} ({sum(sent):,} bytes)")
    ends = Counter(ending(row) for row in rows if ending(row))
    how = "".join(f" Ended with {how}: {number:,}." for how, number in ends.most_common(MOST_NAMED))
    return Line(min(row.asked for row in rows), f"{did[0]}{': ' * (len(did) > 1)}{', '.join(did[1:])}.{how}")


# --- All together ---


@dataclass
class Story:
    """What a script did, in words.

    caption  a few sentences
    places   where each process was, if the script was stopped; or ""
    lines    the `Line`s of the list
    folding  which rows have a line of their own in the picture
    """

    caption: str
    places: str
    lines: list[Line]
    folding: Folding

    def rows(self):
        """Return the list as the rows of a table with the HEADER."""
        return [[line.when(), line.text] for line in self.lines]

    def text(self):
        """Return all of it for a terminal."""
        width = max((len(line.when()) for line in self.lines), default=0)
        told = "\n".join(f"{line.when():>{width}}  {line.text}" for line in self.lines)
        return "\n\n".join(filter(None, [self.caption, self.places, told]))

    def markdown(self):
        """Return all of it as Markdown for a notebook. A long list is folded away."""
        times = [line.when().replace(" ", "\N{NO-BREAK SPACE}") for line in self.lines]
        table = markdown_table(HEADER, [[when, line.markdown()] for when, line in zip(times, self.lines)])
        if len(self.lines) > OPEN_EVENTS:
            summary = f"<summary>All {len(self.lines)} events</summary>"
            table = f"<details>{summary}\n\n{table}\n\n</details>"
        places = self.places and f'<pre style="{WHOLE_WORDS}">{html.escape(self.places, quote=False)}</pre>'
        return "\n\n".join(filter(None, [escaped(self.caption), places, table]))


def story_of(trace, time_limit=None):
    """Return the `Story` of a `Trace`.

    time_limit  the script's time limit in seconds, or None
    """
    folding = fold(trace)
    lines, left_out = lines_of(trace, folding)
    seconds = given_up_after(trace, time_limit)
    places = places_in_words(trace, seconds) if trace.places else ""
    return Story(" ".join([*sentences(trace, seconds), *left_out, *trace.unseen]), places, lines, folding)


def given_up_after(trace, time_limit=None):
    """Return after how many seconds a script was stopped, not counting the time that it took to end it."""
    seconds = round(trace.seconds, 1) if trace.seconds < 10 else round(trace.seconds)
    return seconds if time_limit is None else min(time_limit, seconds)


def sentences(trace, seconds):
    """Yield the sentences that sum up what a script did."""
    if trace.exit_code is None:
        yield f"{trace.script} was stopped after {seconds:g} s."
    else:
        code = trace.exit_code
        how = f"ended with exit code {code}" if code >= 0 else f"was ended by {signal_name(-code)}"
        yield f"{trace.script} {how} after {trace.seconds:.3f} s."
    yield started(trace.rows[1:])
    if bad := [f"{row.name} ({ending(row)})" for row in trace.rows[1:] if failed(row)]:
        yield f"Ended with an error: {listed(bad)}."
    if trace.verdict and not trace.places:
        yield trace.verdict
    if trace.unshown:
        yield unshown(trace)
    folding = fold(trace)
    if folding.folded:
        yield f"{folding.label[0].upper()}{folding.label[1:]} share a row; what they did is summed up in the list."
    if len(trace.messages) > MOST_ARROWS:
        yield f"The picture shows at most {MOST_ARROWS} of {len(trace.messages):,} messages."


def unshown(trace):
    """Say how much of what a script printed is not shown."""
    return f"It printed {trace.unshown / 1e6:,.1f} MB more than is shown here."


def started(rows):
    """Say how many processes and threads a script started."""
    kinds = [("process", "processes"), ("thread", "threads")]
    numbers = [(sum(row.kind == one for row in rows), one, many) for one, many in kinds]
    said = [f"{number:,} {one if number == 1 else many}" for number, one, many in numbers if number]
    return f"It started {' and '.join(said)}." if said else "It started no process with multiprocessing."


def listed(names):
    """Return names as a list in words, with at most MOST_NAMED of them."""
    if len(names) > MOST_NAMED:
        return f"{', '.join(names[:MOST_NAMED])} and {len(names) - MOST_NAMED:,} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


# --- Where the processes were ---


def places_in_words(trace, seconds):
    """Return where each process was when the script was stopped, and why it could never have continued.

    seconds  how long the script ran before it was stopped

    Each process has a line. If any line got too long, what it waits for has a line of its own.
    """
    told = trace.places[:MOST_ROWS]
    places = [(trace.rows[place.row].name, spot(place), place.waits) for place in told]
    name_width = max((len(name) for name, _, _ in places), default=0)
    spot_width = max((len(where) for _, where, _ in places), default=0)
    lines = [f"  {name:{name_width}}  {where:{spot_width}}   {waits}".rstrip() for name, where, waits in places]
    if any(len(line) > LONG_PLACE for line in lines):
        indent = " " * (2 + name_width + 2)
        lines = [f"  {name:{name_width}}  {where}\n{indent}{waits}".rstrip() for name, where, waits in places]
    if more := len(trace.places) - len(told):
        lines.append(f"  and {more:,} more")
    stood = " Where they stood:" if lines else ""
    return "\n".join(filter(None, [f"Not finished after {seconds:g} s.{stood}", *lines, trace.verdict]))


def spot(place):
    """Return where a process or thread was: the line of the learner's file."""
    if place.line is None:
        return f"{place.function} has returned" if place.function else "at no line of the script"
    within = f", in {place.function}" if place.function else ""
    return f"{place.file} line {place.line}{within}: {elided(place.code)}"


def elided(code):
    """Return a line of code. A long one loses the contents of a pair of parentheses, so that most of it is left."""
    code = " ".join(code.split())
    if len(code) <= LONG_CODE:
        return code
    opened, short = [], []
    for place, char in enumerate(code):
        if char == "(":
            opened.append(place)
        elif char == ")" and opened:
            short.append(f"{code[: opened.pop() + 1]}...{code[place:]}")
    short += [
        f"{code[: place + 1]}..." + ")" * number for number, place in enumerate(opened, start=1)
    ]  # the code continues on the next line
    return max((text for text in short if len(text) <= LONG_CODE), key=len, default=shortened(code, LONG_CODE))


# --- Markdown ---


def shortened(text, most=LONG_LINE):
    """Return a text on one line, cut if it is long."""
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split(" "))
    return text if len(text) <= most else text[: most - 1] + "…"


def escaped(text):
    """Return a text with all Markdown markup escaped, except bars, which only matter in tables."""
    # JupyterLab takes even an escaped dollar for the beginning of a formula, except in code
    return re.sub(r"([\\`*_{}\[\]<>#&~])", r"\\\1", text).replace("$", "`$`")


def as_code(text):
    """Return a text as code in Markdown."""
    if not text.strip():
        return text
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    space = " " * (text.startswith("`") or text.endswith("`") or text[0] == text[-1] == " ")
    return f"{fence}{space}{text}{space}{fence}"
