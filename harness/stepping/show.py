"""Prints where a walk is: the event, what changed, what the engine believes against the truth."""

from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.markup import escape

from hanbench.emulator.events import FrameSent, PacketPassed, WanPassed
from hanbench.emulator.instant import Instant, format_instant
from hanbench.harness.dissection.render import show as show_dissection
from hanbench.harness.dissection.tree import Dissection
from hanbench.harness.events import Believed
from hanbench.harness.inspection.reading import States
from hanbench.harness.inspection.show import hang, value_words
from hanbench.harness.inspection.state import Change, changes
from hanbench.harness.stepping.event_words import details, headline
from hanbench.harness.stepping.frames import FrameTeller
from hanbench.harness.stepping.recording import MeterKey, Passed, Recording

CHANGES_SHOWN = 8
"""How many values that changed are shown unasked."""
_COLOURS = {
    "fault": "bold red",
    "belief": "magenta",
    "key-state": "bold yellow",
    "instruction": "cyan",
    "frame": "dim",
    "packet": "dim",
    "outcome": "bold",
    "engine-crash": "bold red",
}
_MARGIN = 10


class Show:
    """Prints parts of one recording."""

    def __init__(self, recording: Recording, frames: FrameTeller, console: Console) -> None:
        self._recording = recording
        self._frames = frames
        self._console = console

    def place(self, position: int) -> None:
        """Print all that is worth knowing at a position."""
        recording = self._recording
        event = recording.event(position)
        if event is None:
            self._say(f"[bold]start[/]  before the first of {recording.last} events")
            self.belief(position)
            return
        colour = _COLOURS.get(event.kind, "")
        number = f"[bold]#{position}[/] of {recording.last}"
        at = format_instant(recording.at(position))
        home = f"  {escape(event.installation)}" if recording.world.companions else ""
        self._say(f"{number}  {at}{home}  {event.kind}")
        self._hang("  ", _styled(headline(event), colour))
        for line in details(event):
            self._hang("    ", escape(line))
        self._frame_line(position)
        self.points(recording.passed_before(position))
        self.changes(position)
        self.belief(position)
        if position == recording.last:
            self.end()

    def points(self, passed: Iterable[Passed]) -> None:
        """Print the points that were passed on the way to an event."""
        for one in passed:
            self._row("passed", escape(one.name))

    def changes(self, position: int, *, is_all: bool = False) -> None:
        """Print what is another than before the event, device by device."""
        if not position:
            return
        before = self._recording.states(position - 1)
        now = self._recording.states(position)
        found = changed(before, now, is_all=is_all)
        flat = [(name, change) for name, found_of in found.items() for change in found_of]
        shown = flat if is_all else flat[:CHANGES_SHOWN]
        for name, change in shown:
            self._row("changed", f"{escape(name)}  {escape(change.what)}: {_difference(change)}")
        if len(flat) > len(shown):
            self._row("", f"and {len(flat) - len(shown)} more: show changes")
        if is_all and not flat:
            self._say("  nothing changed")

    def belief(self, position: int) -> None:
        """Print what the engine has said of each meter's key, and what the meter holds."""
        said = beliefs_at(self._recording, position)
        truths = self._recording.truth(position)
        several = bool(self._recording.world.companions)
        names = {meter: "/".join(meter) if several else meter[1] for meter in truths}
        columns = max((len(name) for name in names.values()), default=0)
        for meter, held in truths.items():
            believed = said.get(meter)
            words = "nothing" if believed is None else believed.key
            is_wrong = words in ("OLD", "NEW") and words != held.truth
            colour = "bold red" if is_wrong else "magenta"
            held_possible = () if believed is None else believed.candidates
            candidates = f" ({', '.join(held_possible)})" if held_possible else ""
            truth = f"truth [bold]{held.truth:<7}[/] {held.words:<10}"
            belief = f"belief {_styled(words, colour)}{escape(candidates)}"
            self._row("keys", f"{escape(names[meter]):<{columns}}  {truth}  {belief}")

    def entry(self, label: str, says: str) -> None:
        """Print a line of a list."""
        self._hang(label, escape(says))

    def tree(self, position: int) -> None:
        """Print the octets of an event, field by field."""
        told = self._frames.told(position)
        event = self._recording.event(position)
        if told is None or event is None:
            self._say("  this event carries no octets")
            return
        show_dissection(self._console, f"#{position}  {headline(event)}", told)

    def end(self) -> None:
        """Print what came of the run."""
        result = self._recording.result
        claimed = result.claimed or "nothing"
        self._say(f"  [bold]end of the run[/]  {result.verdict.value}, claimed {escape(claimed)}")
        for finding in result.findings:
            at = "" if finding.at_us is None else format_instant(Instant(finding.at_us))
            self._hang("    ", f"[red]{escape(finding.name)}[/] {at}: {escape(finding.detail)}")

    def _frame_line(self, position: int) -> None:
        event = self._recording.event(position)
        if not isinstance(event, FrameSent | WanPassed | PacketPassed):
            return
        told = self._frames.told(position)
        if told is not None:
            self._row("decoded", escape(_brief(told)))
            for error in told.errors:
                self._row("", f"[red]not decoded: {escape(error)}[/]")

    def _row(self, name: str, says: str) -> None:
        self._hang(f"  {name:<{_MARGIN}}", says)

    def _say(self, text: str) -> None:
        self._console.print(text, soft_wrap=True)

    def _hang(self, label: str, says: str) -> None:
        hang(self._console, label, says)


def changed(
    before: States, now: States, *, is_all: bool = False
) -> Mapping[str, tuple[Change, ...]]:
    """Return what changed of each device."""
    several = len({installation for installation, _ in now}) > 1
    found = {}
    for key, state in now.items():
        name = "/".join(key) if several else key[1]
        of_device = changes(before[key], state, with_busy=is_all)
        if of_device:
            found[name] = of_device
    return found


def beliefs_at(recording: Recording, position: int) -> Mapping[MeterKey, Believed]:
    """Return the last that the engine said of each meter."""
    return {
        (event.installation, event.device): event
        for event in recording.events[:position]
        if isinstance(event, Believed)
    }


def _difference(change: Change) -> str:
    """Return what is another: of a list only what came and what went."""
    before, after = change.before, change.after
    if isinstance(before, list) and isinstance(after, list):
        came = [f"+ [bold]{value_words(one)}[/]" for one in after if one not in before]
        went = [f"- {value_words(one)}" for one in before if one not in after]
        if came or went:
            return "  ".join([*went, *came])
    return f"{value_words(before)} -> [bold]{value_words(after)}[/]"


def _brief(told: Dissection) -> str:
    names = " / ".join(layer.name for layer in told.layers)
    return f"{names}   {told.summary}".rstrip()


def _styled(text: str, style: str) -> str:
    return f"[{style}]{escape(text)}[/]" if style else escape(text)
