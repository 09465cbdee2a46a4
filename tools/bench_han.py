"""The figures of the HAN: one frame against scapy, key establishment and whole joins."""

import io
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from scapy.config import conf
from scapy.layers.dot15d4 import Dot15d4FCS

from hanbench.emulator.instant import SECOND_US, Instant
from hanbench.emulator.node.joining.cbke_session import CbkeSession
from hanbench.emulator.node.joining.credentials import Credentials
from hanbench.emulator.node.stack import ZigbeeStack
from hanbench.emulator.node.surroundings import hash_of
from hanbench.harness.captures.reading import read_capture
from hanbench.harness.captures.writing import write_capture
from hanbench.harness.dissection.decoding import DecodeRequest, execute
from hanbench.harness.engines import load_engine
from hanbench.harness.files.loader import Library, fixtures_folder
from hanbench.harness.homes.authorities import certificate_maker, trusted
from hanbench.harness.running.case import Case, expand
from hanbench.harness.running.run_case import run_case
from hanbench.harness.schemes import load_scheme
from hanbench.harness.world import World
from hanbench.protocol import ieee802154
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import KeyUsage
from hanbench.protocol.zigbee import aps, nwk, zcl
from hanbench.protocol.zigbee.certificates import Suite
from hanbench.protocol.zigbee.zcl import Direction

FRAMES = 500
JOINER, TRUST_CENTRE = Eui64(0xB1), Eui64(0xA0)


def capture_file(case: Case, path: Path) -> tuple[Path, int]:
    """Write the capture of a case; return where it is and how many packets it has."""
    run = run_case(case).capture
    assert run is not None
    write_capture(path, [run])
    return path, sum(1 for _ in read_capture(path))


def decode_file(path: Path, *, is_brief: bool) -> None:
    """Explain each packet of a capture, and print it to nobody."""
    request = DecodeRequest(what=str(path), is_brief=is_brief)
    assert execute(request, Console(file=io.StringIO())) == 0


def report_frames(world: World) -> tuple[list[bytes], Callable[[], None], Callable[[], None]]:
    """Return reports of 88 octets, and what encodes and what decodes and decrypts all of them."""
    hub, meter = world.home.hub.eui64, world.home.meters["esme"].eui64
    ppmid = world.home.displays["ppmid"].eui64
    network = world.keyring.key(hub, KeyUsage.NETWORK)
    link = world.keyring.link_key(meter, ppmid)
    links = {ppmid: link, hub: world.keyring.link_key(meter, hub)}
    stack = ZigbeeStack(meter, world.home.neighbourhood, links)
    core = world.home.meters["esme"].core
    cluster, reading = core.clusters.reports(Instant(20_000_000))[0]
    report = core.sender.general(
        ppmid, cluster, reading, direction=Direction.SERVER_TO_CLIENT, kind="report"
    )
    sent: list[bytes] = []

    def encode() -> None:
        sent[:] = [stack.send(report, Instant(0))[0].frame for _ in range(FRAMES)]

    def decode() -> None:
        # Codecs keep what they decoded last: many frames in turn, so that nothing is met again.
        for octets in sent:
            mac = ieee802154.decode(octets)
            frame = nwk.decode(mac.payload)
            clear = nwk.unsecure(frame, mac.payload, network)
            message = aps.decode(clear)
            zcl.decode(aps.unsecure(message, clear, link, meter))

    return sent, encode, decode


def dissect_by_scapy(frames: list[bytes]) -> None:
    """Take frames apart by scapy alone, which decrypts nothing."""
    conf.dot15d4_protocol = "zigbee"
    for octets in frames:
        Dot15d4FCS(octets)


def key_establishment(suite: Suite) -> None:
    """Do one whole exchange, both sides, certificates issued before."""
    sessions = {
        me: CbkeSession(
            me=me,
            peer=peer,
            is_initiator=me == JOINER,
            suite=suite,
            credentials=credentials(me, suite),
            ephemeral_key=hash_of(f"ephemeral {me}"),
        )
        for me, peer in ((JOINER, TRUST_CENTRE), (TRUST_CENTRE, JOINER))
    }
    said, listener, speaker = sessions[JOINER].start(Instant(0)), TRUST_CENTRE, JOINER
    while said:
        said = [more for one in said for more in sessions[listener].take(one, Instant(0))]
        listener, speaker = speaker, listener


def credentials(me: Eui64, suite: Suite) -> Credentials:
    """Return what a device proves itself by."""
    maker = certificate_maker(suite, me, lambda purpose, number: hash_of(f"{me}{purpose}{number}"))
    return Credentials(certificates={suite: maker}, authorities=trusted())


def join(suite: Suite) -> float:
    """Return the CPU seconds of a whole run in which one device joins, both sides."""
    variant = "" if suite is Suite.SUITE_1 else "suite-2"
    case = next(case for case in han_cases("join-by-install-code") if case.variant == variant)
    world = World(case, load_scheme(case.scheme), load_engine(case.engine))
    device = "new-display" if suite is Suite.SUITE_1 else "new-cad"
    hub, node = world.home.hub, world.home.nodes.nodes[device]
    code = world.home.nodes.install_code(device)
    eui64 = case.installation.devices[device].eui64
    _, outputs = hub.membership.add(eui64, code, 180, Instant(0), is_test=True)
    world.runner.emit(world.installation, hub.name, outputs)
    began_s = time.process_time()
    world.runner.emit(world.installation, device, node.joiner.begin(Instant(0)))
    world.runner.run_until(Instant(5 * SECOND_US))
    took_s = time.process_time() - began_s
    assert hub.joined.of(eui64) is not None, "it has joined"
    return took_s


def han_cases(name: str) -> tuple[Case, ...]:
    """Load the cases of a scenario of the han suite."""
    path = fixtures_folder("scenarios") / "han" / f"{name}.yaml"
    return expand(Library().scenario(path, name=f"han/{name}"))
