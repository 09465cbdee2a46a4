"""The closed vocabulary of `--break-on` and `continue`: what a walk through a run can stop at.

    device=NAME          an event of a device
    frame:CLUSTER        a frame of a cluster, by name or number; frame=KIND: of a kind, as `poll`
    journal:STEP         a journal write of a step; journal: any
    belief-changes       the engine believes something else; belief-changes=DEVICE: of one meter
    belief-wrong         it is certain of what is not so
    truth-changes        a meter holds another key; truth-changes=DEVICE
    fault, finding       a fault strikes; the instant that a finding of the verdict names
    refused              a party or a device refuses
    KIND                 any kind of event: instruction, wan, mirror, key-state, alert, step, ...
    POINT                a fault point is passed

Words are joined by and, or, not and parentheses.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hanbench.emulator import events as e
from hanbench.emulator.events import Event
from hanbench.harness import events as h
from hanbench.harness.errors import ScenarioError
from hanbench.harness.faults.point_grammar import parse_point
from hanbench.harness.files.file_problems import did_you_mean
from hanbench.harness.running.name_filter import parse_expression
from hanbench.harness.stepping.event_words import device_of
from hanbench.harness.stepping.frames import FrameTeller
from hanbench.harness.stepping.recording import OUTCOME, Recording
from hanbench.protocol.zigbee.clusters.cluster import ClusterId

_KINDS = tuple(
    sorted(
        kind.kind
        for module in (e, h)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
    )
)
_CLUSTERS = {cluster.name.lower().replace("_", "-"): int(cluster) for cluster in ClusterId}
_WORDS = ("belief-changes", "belief-wrong", "truth-changes", "finding", "refused")
_PREFIXES = ("device=", "frame:", "frame=", "journal:", "belief-changes=", "truth-changes=")
VOCABULARY = (*_WORDS, *_KINDS, *(f"{prefix}..." for prefix in _PREFIXES), "a fault point")
OPTION = "--break-on"

Holds = Callable[[int], bool]
"""Says of a position whether the walk stops behind its event."""


@dataclass(frozen=True, slots=True)
class _Terms:
    recording: Recording
    frames: FrameTeller
    option: str

    def of(self, word: str) -> Holds:
        """Return what a word asks of a position."""
        name, mark, value = _parted(word)
        made = self._valued(name, mark, value) if mark else self._plain(word)
        if made is not None:
            return made
        if "/" in word or word == OUTCOME:
            return self._point(word)
        known = (*_WORDS, *_KINDS, *(prefix for prefix in _PREFIXES))
        raise ScenarioError(f"{self.option}: {word!r} is not known; {did_you_mean(word, known)}")

    def _plain(self, word: str) -> Holds | None:
        match word:
            case "belief-changes":
                return self._belief_changes("")
            case "truth-changes":
                return self._truth_changes("")
            case "belief-wrong":
                return self._event(_is_wrong)
            case "finding":
                return self._finding()
            case "refused":
                return self._event(_is_refused)
            case _ if word in _KINDS:
                return self._event(lambda event: event.kind == word)
            case _:
                return None

    def _valued(self, name: str, mark: str, value: str) -> Holds | None:
        match name, mark:
            case "device", "=":
                self._check_device(value)
                return self._event(lambda event: value in device_of(event))
            case "belief-changes", "=":
                self._check_device(value, meters_only=True)
                return self._belief_changes(value)
            case "truth-changes", "=":
                self._check_device(value, meters_only=True)
                return self._truth_changes(value)
            case "frame", "=":
                return self._frame_kind(value)
            case "frame", ":":
                return self._cluster(value)
            case "journal", ":":
                return self._event(lambda event: _is_journal_of(event, value))
            case _:
                return None

    def _event(self, holds: Callable[[Event], bool]) -> Holds:
        def at(position: int) -> bool:
            event = self.recording.event(position)
            return event is not None and holds(event)

        return at

    def _check_device(self, name: str, *, meters_only: bool = False) -> None:
        world = self.recording.world
        homes = [home.case.installation for home in (world, *world.companions)]
        known = tuple(
            dict.fromkeys(
                device
                for home in homes
                for device in (home.meter_names if meters_only else home.devices)
            )
        )
        if name not in known:
            what = "meter" if meters_only else "device"
            raise ScenarioError(f"{self.option}: no {what} {name!r}; {did_you_mean(name, known)}")

    def _belief_changes(self, device: str) -> Holds:
        said: dict[tuple[str, str], str] = {}
        changed: dict[int, None] = {}
        for position, event in enumerate(self.recording.events, 1):
            if isinstance(event, h.Believed) and device in ("", event.device):
                belief = f"{event.key} {event.candidates}"
                meter = (event.installation, event.device)
                if said.get(meter) != belief:
                    changed[position] = None
                said[meter] = belief
        return lambda position: position in changed

    def _truth_changes(self, device: str) -> Holds:
        def at(position: int) -> bool:
            if not position:
                return False
            before, now = (self.recording.truth(place) for place in (position - 1, position))
            meters = [meter for meter in now if device in ("", meter[1])]
            return any(before[meter].truth != now[meter].truth for meter in meters)

        return at

    def _finding(self) -> Holds:
        result = self.recording.result
        everything = (*result.findings, *result.party_faults)
        instants = [one.at_us for one in everything if one.at_us is not None]
        found: dict[int, None] = {}
        for instant in instants:
            after = (
                position
                for position in range(1, self.recording.last + 1)
                if self.recording.latest(position) >= instant
            )
            found[next(after, self.recording.last)] = None
        return lambda position: position in found

    def _frame_kind(self, kind: str) -> Holds:
        kinds = tuple(
            dict.fromkeys(
                event.frame_kind
                for event in self.recording.events
                if isinstance(event, e.FrameSent | e.PacketPassed)
            )
        )
        if kind not in kinds:
            raise ScenarioError(
                f"{self.option}: the run has no frame of kind {kind!r}; {did_you_mean(kind, kinds)}"
            )
        return self._event(lambda event: getattr(event, "frame_kind", "") == kind)

    def _cluster(self, named: str) -> Holds:
        number = _CLUSTERS.get(named.lower())
        if number is None:
            try:
                number = int(named, 16)
            except ValueError:
                says = did_you_mean(named, tuple(_CLUSTERS))
                raise ScenarioError(f"{self.option}: no cluster {named!r}; {says}") from None
        return lambda position: number in self.frames.clusters(position)

    def _point(self, word: str) -> Holds:
        installation = self.recording.case.installation.name
        names = (word, f"{installation}/{word}")
        if word != OUTCOME and not any(one.name in names for one in self.recording.points):
            whole = word if word.startswith(f"{installation}/") else names[1]
            try:
                parse_point(whole)
            except ValueError as error:
                raise ScenarioError(f"{self.option}: {error}") from None
        passed = {one.position: None for one in self.recording.points if one.name in names}
        return lambda position: position in passed


def parse_break(
    text: str, recording: Recording, frames: FrameTeller, *, option: str = OPTION
) -> Holds:
    """Read an expression.

    Raises:
        ScenarioError: a word of it is not of the vocabulary, or names what is not there.
    """
    terms = _Terms(recording, frames, option)
    words = f"of {', '.join(VOCABULARY[:3])}, ... (see `hanbench replay --help`)"
    return parse_expression(text, terms.of, option=option, words=words)


def matches(holds: Holds, recording: Recording, start: int) -> Iterator[int]:
    """Yield each position after `start` where it holds."""
    return (place for place in range(start + 1, recording.last + 1) if holds(place))


def _parted(word: str) -> tuple[str, str, str]:
    for mark in ("=", ":"):
        name, found, value = word.partition(mark)
        if found and "/" not in name and value:
            return name, mark, value
    return word, "", ""


def _is_wrong(event: Event) -> bool:
    if not isinstance(event, h.Believed) or event.key not in ("OLD", "NEW"):
        return False
    return event.key != event.truth or (event.key == "OLD" and event.can_still_move)


def _is_refused(event: Event) -> bool:
    match event:
        case e.PartyCalled():
            return event.is_error
        case e.InstructionJudged():
            return event.outcome != "accepted"
        case _:
            return False


def _is_journal_of(event: Event, step: str) -> bool:
    return isinstance(event, h.Journalled) and f'"{step}"' in event.entry
