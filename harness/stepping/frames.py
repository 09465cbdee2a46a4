"""The octets of a run explained: frames, envelopes and unencoded packets, with its test keys."""

from bisect import bisect_left

from hanbench.emulator.events import Event, FrameSent, KeyMade, PacketPassed, WanPassed
from hanbench.harness.captures.source import head_of
from hanbench.harness.dissection.application import ApplicationReader
from hanbench.harness.dissection.frame import FrameReader
from hanbench.harness.dissection.keys import KeyTable, LabelledKey
from hanbench.harness.dissection.tree import Dissection
from hanbench.harness.inspection.node_state import called
from hanbench.harness.inspection.reading import names_of
from hanbench.harness.parties.organisations import S1SP_EUI64, SMSO_EUI64
from hanbench.harness.stepping.recording import Recording
from hanbench.harness.world import World
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key, KeyUsage

LEAD_IN = 400
"""How many frames before one are read for their segments and addresses, at most."""
_HEAD_ENDS = (("S1SP", S1SP_EUI64), ("SMSO", SMSO_EUI64))


class FrameTeller:
    """Explains what went over the air, in any order."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._known: dict[int, Dissection] = {}
        self._carriers = [
            position
            for position, event in enumerate(recording.events, 1)
            if isinstance(event, FrameSent | KeyMade | WanPassed | PacketPassed)
        ]

    def told(self, position: int) -> Dissection | None:
        """Return the explanation of the event before a position; None: it carries no octets."""
        event = self._recording.event(position)
        if not isinstance(event, FrameSent | WanPassed | PacketPassed):
            return None
        if position not in self._known:
            self._read_to(position)
        return self._known[position]

    def clusters(self, position: int) -> tuple[int, ...]:
        """Return the clusters that an event speaks of; none where it is sealed or has none."""
        event = self._recording.event(position)
        if isinstance(event, PacketPassed):
            return (event.cluster,)
        told = self.told(position) if isinstance(event, FrameSent) else None
        if told is None:
            return ()
        return tuple(
            int.from_bytes(node.octets, "little")
            for layer in told.layers
            if layer.name in ("APS", "Inter-PAN")
            for node in layer.nodes
            if node.name == "cluster"
        )

    def _read_to(self, position: int) -> None:
        last = bisect_left(self._carriers, position)
        first = max(0, last - LEAD_IN)
        reader = FrameReader(keys_of(self._recording))
        for place in self._carriers[first : last + 1]:
            event = self._recording.event(place)
            told = self._one(reader, event, place)
            if told is not None:
                self._known[place] = told

    @staticmethod
    def _one(reader: FrameReader, event: Event | None, number: int) -> Dissection | None:
        match event:
            case FrameSent():
                return reader.frame(event.frame, number=number)
            case WanPassed():
                told = Dissection(event.envelope)
                reader.envelopes.envelope(told, event.envelope)
                return told
            case PacketPassed():
                told = Dissection(event.payload)
                application = ApplicationReader(reader.envelopes)
                application.zcl(told, event.cluster, event.payload, 0, (None, 0, 0), number)
                return told
            case _:
                return None


def keys_of(recording: Recording) -> KeyTable:
    """Return every key of a run that is test material; a user's own open nothing here."""
    table = KeyTable()
    for home in (recording.world, *recording.world.companions):
        head = head_of(home)
        _add(table, home.installation, head.network_key)
        names = names_of(home)
        for link in head.link_keys:
            label = f"{called(link.device, names)} and {called(link.trust_centre, names)}"
            _add(table, label, link.key)
        _add_meters(table, home)
    for event in recording.events:
        if isinstance(event, KeyMade):
            usage = KeyUsage.NETWORK if event.usage == "network" else KeyUsage.LINK
            table.add(f"{event.usage} key of {event.device}", usage, event.key)
    return table


def _add_meters(table: KeyTable, home: World) -> None:
    devices = home.case.installation.devices
    ends = [(name, devices[name].eui64) for name in home.home.meters]
    hub = home.case.installation.hub_name
    for name, eui64 in [*ends, (hub, devices[hub].eui64)]:
        for head_end, peer in _HEAD_ENDS:
            key = home.keyring.key(eui64, KeyUsage.TRANSPORT, peer)
            _add(table, f"{name}, {head_end}", key)
    for name, eui64 in ends:
        for label, key in _sua_keys(home, name, eui64):
            _add(table, label, key)


def _sua_keys(home: World, name: str, eui64: Eui64) -> list[tuple[str, Key]]:
    own = home.organisations.dco.own_keys(home.installation, name)
    made = [(f"{name}, SUA version {version}", key) for version, key in own.items()]
    return [(f"{name}, SUA as handed over", home.keyring.key(eui64, KeyUsage.SUA)), *made]


def _add(table: KeyTable, label: str, key: Key) -> None:
    if key.is_test_material:
        held = table.held.setdefault(key.usage, [])
        if all(one.key.value != key.value for one in held):
            held.insert(0, LabelledKey(label, key))
