"""Key establishment at a node: what belongs to no exchange, and who keeps how much."""

import pytest
from tests.emulator.node.net import HUB, Net, net

from hanbench.emulator.device import Packet, Transmission
from hanbench.emulator.node.joining.joiner import Phase
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.zigbee import zcl, zcl_general
from hanbench.protocol.zigbee.attributes import DataType
from hanbench.protocol.zigbee.clusters import key_establishment
from hanbench.protocol.zigbee.clusters.cluster import CLIENT, SERVER, ClusterId
from hanbench.protocol.zigbee.clusters.key_establishment import (
    Command,
    ConfirmKeyRequest,
    ConfirmKeyResponse,
    EphemeralDataRequest,
    EphemeralDataResponse,
    InitiateRequest,
    InitiateResponse,
    TerminateByClient,
    TerminateByServer,
    TerminateStatus,
)
from hanbench.protocol.zigbee.zcl import FrameType, ZclFrame, ZclStatus
from hanbench.protocol.zigbee.zcl_general import DefaultResponse, ReadAttributes

NEW, MEMBER = Eui64(0xB1), Eui64(0xC2)
POINT = b"\x02" + bytes(21)
STRAY = [
    EphemeralDataRequest(POINT),
    EphemeralDataResponse(POINT),
    ConfirmKeyRequest(bytes(16)),
    ConfirmKeyResponse(bytes(16)),
    InitiateResponse(suites=1, ephemeral_data_s=1, confirm_key_s=1, certificate=bytes(48)),
]


def packet(frame: ZclFrame, source: Eui64 = MEMBER, target: Eui64 = HUB) -> Packet:
    return Packet(
        source=source,
        target=target,
        cluster=ClusterId.KEY_ESTABLISHMENT,
        payload=zcl.encode(frame),
        source_endpoint=3,
        target_endpoint=1,
        is_secured=False,
    )


def say(command: Command, **places: Eui64) -> Packet:
    return packet(key_establishment.COMMANDS.encode(command, sequence=9), **places)


def answers(home: Net, asked: Packet) -> list[Packet]:
    return home.nodes[asked.target].keys.take(asked, home.now)


def said(one: Packet) -> Command:
    return key_establishment.COMMANDS.decode(zcl.decode(one.payload))


def general(one: Packet) -> tuple[ZclFrame, object]:
    frame = zcl.decode(one.payload)
    return frame, zcl_general.decode(frame)


@pytest.mark.parametrize("stray", STRAY, ids=lambda one: type(one).__name__)
def test_what_belongs_to_no_exchange_is_answered_with_bad_message(stray: Command) -> None:
    (answer,) = answers(net(MEMBER), say(stray))

    told = said(answer)
    assert isinstance(told, TerminateByClient | TerminateByServer)
    assert told.status is TerminateStatus.BAD_MESSAGE
    # The answer to what a client said is the server's, and the other way round.
    from_client = isinstance(stray, EphemeralDataRequest | ConfirmKeyRequest)
    assert isinstance(told, TerminateByServer) is from_client
    assert (answer.source_endpoint, answer.target_endpoint) == (1, 3)
    assert not answer.is_secured


@pytest.mark.parametrize("kind", [TerminateByClient, TerminateByServer])
def test_a_terminate_is_never_answered(
    kind: type[TerminateByClient] | type[TerminateByServer],
) -> None:
    home = net(MEMBER)

    assert answers(home, say(kind(TerminateStatus.BAD_MESSAGE, 60, 1))) == []
    direction = CLIENT if kind is TerminateByClient else SERVER
    broken = ZclFrame(
        frame_type=FrameType.CLUSTER, direction=direction, sequence=1, command_id=3, payload=b"\xff"
    )
    assert answers(home, packet(broken)) == []


def test_a_malformed_message_of_no_exchange_is_a_bad_message() -> None:
    broken = ZclFrame(
        frame_type=FrameType.CLUSTER, direction=CLIENT, sequence=1, command_id=1, payload=b"\x02"
    )

    (answer,) = answers(net(MEMBER), packet(broken))

    assert said(answer) == TerminateByServer(TerminateStatus.BAD_MESSAGE, 60, 3)


def test_a_command_that_the_cluster_has_not_is_said_to_be_unsupported() -> None:
    unknown = ZclFrame(frame_type=FrameType.CLUSTER, direction=SERVER, sequence=5, command_id=0x77)

    (answer,) = answers(net(MEMBER), packet(unknown))

    frame, response = general(answer)
    assert response == DefaultResponse(0x77, ZclStatus.UNSUPPORTED_CLUSTER_COMMAND)
    assert (frame.direction, frame.sequence) == (CLIENT, 5)


def test_a_read_of_the_suites_is_answered_the_way_it_came() -> None:
    read = zcl_general.encode(ReadAttributes((0, 7)), CLIENT, sequence=4)

    (answer,) = answers(net(MEMBER), packet(read))

    frame, response = general(answer)
    assert frame.direction is SERVER
    assert isinstance(response, zcl_general.ReadAttributesResponse)
    known, unknown = response.results
    assert known.typed is not None
    assert (known.typed.type, known.typed.value) == (DataType.ENUM16, 3)
    assert unknown.status is ZclStatus.UNSUPPORTED_ATTRIBUTE


def test_no_invitation_ends_an_exchange_that_we_have_begun() -> None:
    """A forged Initiate in the trust centre's name must not cost a joiner its key."""
    home = net(newcomers=[NEW])
    forged: list[list[Packet]] = []

    def meddle(one: Transmission) -> bool:
        if one.frame_kind == "key-establishment" and one.sender == NEW and not forged:
            offer = InitiateRequest(
                suites=1, ephemeral_data_s=1, confirm_key_s=1, certificate=bytes(48)
            )
            forged.append(answers(home, say(offer, source=HUB, target=NEW)))
        return False

    home.loses = meddle
    home.admit(NEW)
    home.begin(NEW)
    home.advance(5)

    ((answer,),) = forged
    assert said(answer) == TerminateByServer(TerminateStatus.NO_RESOURCES, 60, 1)
    assert home.nodes[NEW].joiner.phase is Phase.JOINED
    assert home.changes(NEW) == ["joined"]


def test_an_exchange_that_is_over_is_forgotten_and_what_is_late_refused() -> None:
    home = net(newcomers=[NEW])
    home.loses = lambda one: one.frame_kind == "key-establishment" and one.sender == HUB
    home.admit(NEW)
    home.begin(NEW)
    home.advance(1)
    assert list(home.nodes[HUB].keys._sessions) == [NEW]
    home.dark[NEW] = None
    home.advance(30)
    assert home.nodes[HUB].keys._sessions == {}

    (answer,) = answers(home, say(EphemeralDataRequest(POINT), source=NEW))

    assert said(answer) == TerminateByServer(TerminateStatus.BAD_MESSAGE, 60, 3)


def test_a_flood_of_invitations_leaves_so_many_exchanges() -> None:
    home = net(MEMBER)
    offer = InitiateRequest(suites=1, ephemeral_data_s=1, confirm_key_s=1, certificate=bytes(48))

    for number in range(100):
        answers(home, say(offer, source=Eui64(0xBAD_0000 + number)))

    # The certificate of each is nonsense, so that each is over at once.
    assert home.nodes[HUB].keys._sessions == {}
