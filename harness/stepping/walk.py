"""A walk through a recording: commands in, places out. It knows no terminal."""

from collections.abc import Callable
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape

from hanbench.emulator.instant import format_instant
from hanbench.harness.errors import ScenarioError
from hanbench.harness.files.file_problems import did_you_mean
from hanbench.harness.inspection.show import show_state
from hanbench.harness.running.results import EXIT_OK, EXIT_UNEXPECTED, EXIT_USAGE
from hanbench.harness.stepping.breaks import VOCABULARY, parse_break
from hanbench.harness.stepping.event_words import device_of
from hanbench.harness.stepping.frames import FrameTeller
from hanbench.harness.stepping.places import NeverComes, find_place
from hanbench.harness.stepping.recording import Recording
from hanbench.harness.stepping.show import Show

HELP = (
    ("next [N], n", "the next event, or N on; an empty line repeats it"),
    ("back [N], b", "the event before, or N back"),
    ("goto PLACE, g", "an event number, a time, a fault point, start or end"),
    ("fault [back], f", "where the next fault strikes, or the one before"),
    ("frame [DEVICE]", "the next frame, of a device"),
    ("continue [EXPR], c", "the next event where it holds; without EXPR: the last one, --break-on"),
    ("reverse [EXPR], r", "the event before where it holds"),
    ("show device NAME [SECTION]", "all that a device holds here"),
    ("show belief", "what the engine believes of each meter, and the truth"),
    ("show changes", "all that this event changed, frame counters too"),
    ("show points [PART]", "the fault points of the run, with their event numbers"),
    ("show event", "this event again"),
    ("tree, t", "the octets of this event, field by field"),
    ("frames on|off", "whether next and back stop at frames"),
    ("help, ?", "this list"),
    ("quit, q", "leave"),
)
_SHORT = {
    "n": "next",
    "b": "back",
    "g": "goto",
    "f": "fault",
    "c": "continue",
    "r": "reverse",
    "t": "tree",
    "s": "show",
    "?": "help",
    "q": "quit",
}
_ON_AIR = ("frame", "packet")
_POINTS_SHOWN = 200


@dataclass
class Walk:
    """Where somebody is in a run."""

    recording: Recording
    console: Console
    break_on: str = ""
    position: int = 0
    code: int = EXIT_OK
    """The worst that happened to a command: 2 it was none, 1 its place never comes."""
    is_over: bool = False
    with_frames: bool = True
    _last: str = "next"
    frames: FrameTeller = field(init=False)
    show: Show = field(init=False)

    def __post_init__(self) -> None:
        self.frames = FrameTeller(self.recording)
        self.show = Show(self.recording, self.frames, self.console)

    def take(self, line: str) -> None:
        """Obey a command; what is wrong with it is said, and the walk goes on."""
        if line.startswith("#"):
            return  # a comment, which fault points cannot be taken for
        words = line.split() or [self._last]
        name = _SHORT.get(words[0], words[0])
        obey = self._commands().get(name)
        if obey is None:
            known = did_you_mean(words[0], tuple(self._commands()))
            self._wrong(f"no command {words[0]!r}; {known}; `help` lists them")
            return
        self._last = name if name in ("next", "back") else "next"
        try:
            obey(words[1:])
        except NeverComes as never:
            self.code = max(self.code, EXIT_UNEXPECTED)
            self._say(f"[yellow]{escape(str(never))}[/]")
        except ScenarioError as error:
            self._wrong(str(error))

    def go_to(self, position: int) -> None:
        """Go to a position and print it."""
        self.position = position
        self.show.place(position)

    def _commands(self) -> dict[str, Callable[[list[str]], None]]:
        return {
            "next": lambda words: self._move(_count(words), 1),
            "back": lambda words: self._move(_count(words), -1),
            "goto": self._goto,
            "fault": self._fault,
            "frame": self._frame,
            "continue": lambda words: self._search(words, forward=True),
            "reverse": lambda words: self._search(words, forward=False),
            "show": self._show,
            "tree": lambda _: self.show.tree(self.position),
            "frames": self._set_frames,
            "help": lambda _: self._help(),
            "quit": lambda _: self._quit(),
        }

    def _move(self, count: int, direction: int) -> None:
        position, last = self.position, self.recording.last
        for _ in range(count):
            position = self._beside(position, direction)
            if position in (0, last):
                break
        if position == self.position:
            self._say("  this is the end of the run" if direction > 0 else "  this is the start")
            return
        self.go_to(position)

    def _beside(self, position: int, direction: int) -> int:
        position += direction
        while 0 < position < self.recording.last and self._is_passed_over(position):
            position += direction
        return min(max(position, 0), self.recording.last)

    def _is_passed_over(self, position: int) -> bool:
        event = self.recording.event(position)
        return not self.with_frames and event is not None and event.kind in _ON_AIR

    def _goto(self, words: list[str]) -> None:
        if not words:
            raise ScenarioError("goto: say where: an event number, a time, a point, start or end")
        self.go_to(find_place(self.recording, " ".join(words)).position)

    def _fault(self, words: list[str]) -> None:
        is_back = words == ["back"]
        if words and not is_back:
            raise ScenarioError(f"fault: {' '.join(words)!r} is not known; did you mean 'back'?")
        self._seek(lambda place: self._kind(place) == "fault", "fault", forward=not is_back)

    def _frame(self, words: list[str]) -> None:
        name = " ".join(words)
        if name:
            self._check_device(name)

        def holds(place: int) -> bool:
            event = self.recording.event(place)
            is_frame = event is not None and event.kind in _ON_AIR
            return is_frame and (not name or name in device_of(event))  # type: ignore[arg-type]  # is_frame says so

        self._seek(holds, f"frame of {name}" if name else "frame", forward=True)

    def _search(self, words: list[str], *, forward: bool) -> None:
        expression = " ".join(words) or self.break_on
        if not expression:
            says = f"say what to stop at: {', '.join(VOCABULARY)}"
            raise ScenarioError(says)
        holds = parse_break(expression, self.recording, self.frames, option="continue")
        self.break_on = expression
        self._seek(holds, expression, forward=forward)

    def _seek(self, holds: Callable[[int], bool], what: str, *, forward: bool) -> None:
        ahead = range(self.position + 1, self.recording.last + 1)
        behind = range(self.position - 1, 0, -1)
        found = next(filter(holds, ahead if forward else behind), None)
        if found is None:
            where = "after" if forward else "before"
            raise NeverComes(f"no {what} {where} event {self.position}")
        self.go_to(found)

    def _show(self, words: list[str]) -> None:
        match words:
            case ["device", name, *sections]:
                self._show_device(name, tuple(sections))
            case ["belief"]:
                self.show.belief(self.position)
            case ["changes"]:
                self.show.changes(self.position, is_all=True)
            case ["points", *parts]:
                self._show_points(" ".join(parts))
            case ["event"] | []:
                self.show.place(self.position)
            case ["frame"]:
                self.show.tree(self.position)
            case _:
                known = "device NAME, belief, changes, points, event, frame"
                raise ScenarioError(f"show {' '.join(words)}: not known; expected one of {known}")

    def _show_device(self, name: str, sections: tuple[str, ...]) -> None:
        self._check_device(name)
        states = self.recording.states(self.position)
        title = f"at {format_instant(self.recording.latest(self.position))}"
        shown = [
            show_state(self.console, state, f"{title}, event {self.position}", sections)
            for (_, device), state in states.items()
            if device == name
        ]
        if not any(shown):
            titles = [one.title for one in next(iter(states.values())).sections]
            says = did_you_mean(" ".join(sections), tuple(titles))
            raise ScenarioError(f"show device {name}: no section {' '.join(sections)!r}; {says}")

    def _show_points(self, part: str) -> None:
        found = [one for one in self.recording.points if part in one.name]
        for one in found[:_POINTS_SHOWN]:
            self._say(f"  #{one.position:<6}{format_instant(one.at)}  {escape(one.name)}")
        if len(found) > _POINTS_SHOWN:
            more = len(found) - _POINTS_SHOWN
            self._say(f"  and {more} more; `show points PART` shows those that hold PART")
        if not found:
            raise NeverComes(f"the run passes no point with {part!r} in its name")

    def _set_frames(self, words: list[str]) -> None:
        if words not in (["on"], ["off"]):
            raise ScenarioError("frames: say on or off")
        self.with_frames = words == ["on"]
        self._say(f"  next and back {'stop at' if self.with_frames else 'pass over'} frames")

    def _check_device(self, name: str) -> None:
        known = tuple(dict.fromkeys(device for _, device in self.recording.last_states))
        if name not in known:
            raise ScenarioError(f"no device {name!r}; {did_you_mean(name, known)}")

    def _help(self) -> None:
        for command, says in HELP:
            self.show.entry(f"  {command:<28}", says)
        self.show.entry(f"  {'EXPR':<28}", f"{', '.join(VOCABULARY)}; and, or, not, ( )")

    def _quit(self) -> None:
        self.is_over = True

    def _kind(self, position: int) -> str:
        event = self.recording.event(position)
        return "" if event is None else event.kind

    def _wrong(self, says: str) -> None:
        self.code = EXIT_USAGE
        self._say(f"[red]{escape(says)}[/]")

    def _say(self, text: str) -> None:
        self.console.print(text, soft_wrap=True)


def _count(words: list[str]) -> int:
    if not words:
        return 1
    if len(words) > 1 or not words[0].isdigit() or words[0] == "0":
        raise ScenarioError(f"{' '.join(words)!r} is no number of events")
    return int(words[0])
