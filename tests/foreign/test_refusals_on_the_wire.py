"""Key establishment that goes wrong: its status on the wire, as tshark and our decoder read it."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.emulator.node.net import HUB, Net, lots_of, net
from tests.foreign.readings import Keys, Reader
from tests.foreign.test_tshark_learns_the_network_key import uat
from tests.foreign.test_tshark_reassembles import captured

from hanbench.emulator.device import Packet, Transmission
from hanbench.emulator.events import HanChanged
from hanbench.emulator.node.joining.credentials import Credential
from hanbench.emulator.node.joining.key_establishment import SESSIONS_MAX, TERMINATE
from hanbench.harness.homes.authorities import certificate_maker
from hanbench.protocol.errors import DecodeError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import KeyUsage, derive_test_key
from hanbench.protocol.zigbee import zcl
from hanbench.protocol.zigbee.certificates import Suite
from hanbench.protocol.zigbee.clusters import key_establishment
from hanbench.protocol.zigbee.clusters.cluster import CLIENT, ClusterId
from hanbench.protocol.zigbee.clusters.key_establishment import (
    ConfirmKeyRequest,
    TerminateByClient,
    TerminateByServer,
    TerminateStatus,
)
from hanbench.protocol.zigbee.zcl import FrameType, ZclFrame

NEW, STRANGER, MEMBER = Eui64(0xB1), Eui64(0xEE), Eui64(0xC2)
NETWORK_KEY = derive_test_key("net", KeyUsage.NETWORK)
KIND = "key-establishment"
Tshark = Callable[..., list[str]]


def joins(home: Net, seconds: float = 5) -> Net:
    home.admit(NEW)
    home.air.clear()
    home.begin(NEW)
    home.advance(seconds)
    return home


def proves_itself_by(home: Net, eui64: Eui64, **changes: object) -> None:
    """Exchange something that a device was made with."""
    keys = home.nodes[eui64].keys
    keys._credentials = dataclasses.replace(keys._credentials, **changes)


def says(home: Net, frame: ZclFrame) -> None:
    """Let the joiner send the trust centre a frame of the cluster, whatever it waits for."""
    packet = Packet(
        source=NEW,
        target=HUB,
        cluster=ClusterId.KEY_ESTABLISHMENT,
        payload=zcl.encode(frame),
        is_secured=False,
        frame_kind=KIND,
    )
    home.send(home.stacks[NEW].send(packet, home.now))


def deaf_in_the_middle() -> Net:
    """The trust centre has answered the joiner's Initiate, and the joiner has not heard it."""
    home = net(MEMBER, newcomers=[NEW])
    home.loses = lambda one: one.frame_kind == KIND and one.sender == HUB
    joins(home, 1)
    home.loses = lambda _: False
    return home


def joiner_does_not_know_the_issuer() -> Net:
    return joins(net(MEMBER, newcomers=[NEW], authorities={}))


def hub_does_not_know_the_issuer() -> Net:
    home = net(MEMBER, newcomers=[NEW])
    proves_itself_by(home, HUB, authorities={})
    return joins(home)


def certificate_is_anothers() -> Net:
    home = net(MEMBER, newcomers=[NEW])
    stolen = certificate_maker(Suite.SUITE_1, STRANGER, lots_of(STRANGER))
    proves_itself_by(home, NEW, certificates={Suite.SUITE_1: stolen})
    return joins(home)


def private_key_is_anothers() -> Net:
    home = net(MEMBER, newcomers=[NEW])
    real = certificate_maker(Suite.SUITE_1, NEW, lots_of(NEW))()
    stolen = Credential(Suite.SUITE_1, real.certificate, real.private_key + 1)
    proves_itself_by(home, NEW, certificates={Suite.SUITE_1: lambda: stolen})
    return joins(home)


def suite_is_not_the_hubs() -> Net:
    home = net(MEMBER, newcomers=[NEW], suites=[Suite.SUITE_2])
    one = home.nodes[HUB].keys._credentials.certificates[Suite.SUITE_1]
    proves_itself_by(home, HUB, certificates={Suite.SUITE_1: one})
    return joins(home)


def proof_comes_too_early() -> Net:
    home = deaf_in_the_middle()
    says(home, key_establishment.COMMANDS.encode(ConfirmKeyRequest(bytes(16)), sequence=9))
    return home


def point_is_cut_short() -> Net:
    home = deaf_in_the_middle()
    cut = ZclFrame(
        frame_type=FrameType.CLUSTER, direction=CLIENT, sequence=9, command_id=1, payload=b"\x02"
    )
    says(home, cut)
    return home


def answer_is_late() -> Net:
    home = net(MEMBER, newcomers=[NEW])
    said: list[Transmission] = []

    def is_not_the_first_of_hub(one: Transmission) -> bool:
        if one.frame_kind != KIND or one.sender != HUB:
            return False
        said.append(one)
        return len(said) > 1

    home.loses = is_not_the_first_of_hub
    return joins(home, 13)


def all_are_taken() -> Net:
    members = [Eui64(0xC0 + number) for number in range(SESSIONS_MAX)]
    home = net(*members, newcomers=[NEW])
    home.loses = lambda one: one.frame_kind == KIND and one.sender == HUB
    for member in members:
        for begun in home.nodes[member].keys.begin(HUB, 1, Suite.SUITE_1, home.now):
            home.send(home.stacks[member].send(begun, home.now))
    home.loses = lambda _: False
    return joins(home, 1)


@dataclass(frozen=True)
class Wrong:
    """What went wrong, who says so first with which status, and what each side notes of it."""

    made: Callable[[], Net]
    who: Eui64
    status: TerminateStatus
    notes: dict[Eui64, str]

    def __str__(self) -> str:
        return self.made.__name__


OURS, THEIRS = "{}, we say, with {:x}", "{}, the other says, with {:x}"


def told(status: TerminateStatus, by: Eui64, to: Eui64, words: str = "") -> dict[Eui64, str]:
    name = status.name.lower().replace("_", "-")
    return {by: OURS.format(words or name, to), to: THEIRS.format(name, by)}


def refused(made: Callable[[], Net], who: Eui64, status: TerminateStatus) -> Wrong:
    return Wrong(made, who, status, told(status, who, HUB if who == NEW else NEW))


S = TerminateStatus
WRONGS = [
    refused(joiner_does_not_know_the_issuer, NEW, S.UNKNOWN_ISSUER),
    refused(hub_does_not_know_the_issuer, HUB, S.UNKNOWN_ISSUER),
    refused(certificate_is_anothers, HUB, S.INVALID_CERTIFICATE),
    refused(private_key_is_anothers, HUB, S.BAD_KEY_CONFIRM),
    refused(proof_comes_too_early, HUB, S.BAD_MESSAGE),
    refused(point_is_cut_short, HUB, S.BAD_MESSAGE),
    Wrong(answer_is_late, NEW, S.BAD_MESSAGE, told(S.BAD_MESSAGE, NEW, HUB, "too-late")),
    # At the hub there was no exchange that could have failed: the joiner alone has one to tell of.
    Wrong(suite_is_not_the_hubs, HUB, S.UNSUPPORTED_SUITE,
          {NEW: THEIRS.format("unsupported-suite", HUB)}),
    Wrong(all_are_taken, HUB, S.NO_RESOURCES, {NEW: THEIRS.format("no-resources", HUB)}),
]  # fmt: skip


def terminates(home: Net) -> list[tuple[Eui64, TerminateByClient | TerminateByServer]]:
    """Return what our decoder reads in the frames: who ended an exchange, and how."""
    reader = Reader(Keys(network={0: NETWORK_KEY}))
    found = []
    for sent in home.air:
        if sent.frame_kind != KIND:
            continue
        try:
            frame = reader.read(sent.frame).zcl
        except DecodeError:
            continue  # the one that is cut short
        assert frame is not None
        if frame.command_id != TERMINATE:
            continue
        command = key_establishment.COMMANDS.decode(frame)
        assert isinstance(command, TerminateByClient | TerminateByServer)
        found.append((sent.sender, command))
    return found


def seen_by_tshark(home: Net, path: Path, tshark: Tshark) -> list[tuple[int, int, str]]:
    """Return status, seconds to wait and direction of each Terminate that tshark reads."""
    prefix = "zbee_zcl_se.ke"
    names = ("terminate.status", "terminate.wait.time", "cmd.srv_rx.id", "cmd.srv_tx.id")
    fields = [part for name in names for part in ("-e", f"{prefix}.{name}")]
    shown = ("-Y", f"{prefix}.terminate.status", "-T", "fields", *fields)
    rows = tshark(captured(home, path), *uat(NETWORK_KEY), *shown)
    cells = [row.split("\t") for row in rows]
    return [
        (int(status, 0), int(wait), "client" if to_server else "server")
        for status, wait, to_server, _ in cells
    ]


def noted(home: Net) -> dict[Eui64, str]:
    """Return what each of the two noted first of an exchange with the other that failed."""
    notes: dict[Eui64, str] = {}
    for event in home.events:
        if isinstance(event, HanChanged) and event.change == "key-establishment-failed":
            notes.setdefault(Eui64(int(event.device, 16)), event.detail)
    return notes


@pytest.mark.parametrize("wrong", WRONGS, ids=str)
def test_its_status_is_read_alike_and_both_sides_name_it(
    wrong: Wrong, tmp_path: Path, tshark: Tshark
) -> None:
    home = wrong.made()

    said = terminates(home)

    assert said
    who, first = said[0]
    assert (who, first.status) == (wrong.who, wrong.status)
    assert isinstance(first, TerminateByServer) is (who == HUB)
    side = {TerminateByClient: "client", TerminateByServer: "server"}
    ours = [(int(one.status), one.wait_s, side[type(one)]) for _, one in said]
    assert seen_by_tshark(home, tmp_path / "refused.pcapng", tshark) == ours
    assert noted(home) == wrong.notes
    assert home.joined.of(NEW) is None


@pytest.mark.parametrize("wrong", WRONGS, ids=str)
def test_who_was_refused_costs_nobody_else_anything(wrong: Wrong) -> None:
    home = wrong.made()
    home.loses = lambda _: False
    members = [one.eui64 for one in home.joined.members]
    assert members

    for number, member in enumerate(members):
        home.packet(member, HUB, b"served %d" % number)

    assert home.payloads(HUB) == [b"served %d" % number for number in range(len(members))]
    assert home.stacks[NEW].security.is_preconfigured(HUB) or not home.stacks[NEW].is_joined
