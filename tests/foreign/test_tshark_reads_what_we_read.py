"""tshark's reading equals ours, field by field, for every frame of the shipped suites, and for one
of every message that we can write.

What is compared stands in the tables of `tshark_fields_*.py`. tshark reads each capture once, and
scapy is shown what it has read: a suite is run once for both.
"""

import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import pytest
from tests.foreign.readings import Reader, Reading, all_readings
from tests.foreign.shapes import Shapes
from tests.foreign.specimen_frames import keys
from tests.foreign.specimens import Specimen, specimens
from tests.foreign.tshark_fields import LEARNT, Cells, cells, differences, rows
from tests.foreign.tshark_fields_zcl import General, InCluster
from tests.foreign.tshark_tables import BITS, FIELDS, LEFT_OUT, TABLES, UNSEEN, compare

from hanbench.harness.captures import pcapng
from hanbench.harness.captures.writing import CaptureRun, write_capture
from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.reference.migrate import migrate
from hanbench.harness.files.loader import Library, fixtures_folder
from hanbench.harness.running.case import expand
from hanbench.harness.running.run_case import run_with
from hanbench.protocol.ieee802154 import MacFrame
from hanbench.protocol.ieee802154_commands import (
    AssociationRequest,
    AssociationResponse,
    Beacon,
    BeaconRequest,
    DataRequest,
    MacCommand,
)
from hanbench.protocol.sua import HAN_SUA_M1
from hanbench.protocol.zigbee import aps_commands, nwk_commands, zdo
from hanbench.protocol.zigbee.aps import ApsFrame
from hanbench.protocol.zigbee.aps_commands import ApsCommand
from hanbench.protocol.zigbee.clusters import catalogue
from hanbench.protocol.zigbee.nwk import NwkFrame
from hanbench.protocol.zigbee.nwk_commands import NwkCommand
from hanbench.protocol.zigbee.zdo import DeviceAnnounce, ZdoFrame

GATE = (
    "zbee_sec.encrypted_payload || zbee_sec.extended_source_unknown || _ws.malformed "
    "|| wpan.fcs.bad"
)
SECURE_MIN = {
    "wpan.seq_no": 50_000,
    "wpan.dst16": 50_000,
    "wpan.pending": 50_000,
    "zbee_beacon.ext_panid": 5,
    "zbee_nwk.src": 20_000,
    "zbee_nwk.src64": 2_000,
    "zbee_nwk.relay": 10,
    "zbee_nwk.cmd.id": 2_000,
    "zbee_nwk.cmd.link.address": 1_000,
    "zbee_nwk.cmd.relay_device": 2,
    "zbee.sec.counter": 20_000,
    "zbee.sec.key": 20_000,
    "zbee_aps.counter": 15_000,
    "zbee_aps.cluster": 15_000,
    "zbee_zdp.cinfo": 10,
    "zbee_zcl.cmd.tsn": 15_000,
    "zbee_zcl.cmd.id": 10_000,
    "zbee_zcl_se.tun.cmd.srv_rx.id": 1_000,
    "zbee_zcl_se.met.attr_id": 10_000,
    "zbee_zcl.attr.uint48": 10_000,
    "zbee_zcl.attr.int32": 1_000,
    "zbee_zcl.attr.status": 200,
}
"""In how many frames of the suite a field is at least: what is in hardly any is hardly compared."""
HAN_MIN = {
    **SECURE_MIN,
    "wpan.dst64": 50,
    "wpan.asoc.addr": 50,
    "wpan.cinfo.idle_rx": 50,
    "zbee_beacon.ext_panid": 500,
    "zbee_nwk.relay": 300,
    "zbee_nwk.cmd.relay_device": 50,
    "zbee_nwk.cmd.status": 10,
    "zbee_nwk.cmd.update.id": 10,
    "zbee_aps.cmd.key": 100,
    "zbee_aps.cmd.key_type": 100,
    "zbee_aps.cmd.partner": 50,
    "zbee_aps.cmd.device": 50,
    "zbee_aps.cmd.seqno": 50,
    "zbee_zdp.bind.dst64": 50,
    "zbee_zdp.in_cluster": 100,
    "zbee_zdp.status": 100,
    "zbee_zcl.attr.minint": 50,
    "zbee_zcl.attr.utc": 20,
    "zbee_zcl.cmd.id.rsp": 50,
    "zbee_zcl_se.tun.cmd.srv_rx.id": 300,
    "zbee_zcl_se.ke.cmd.srv_rx.id": 100,
}
BUILT = {
    *(MacFrame, NwkFrame, ApsFrame, InCluster, General, DataRequest, Beacon, DeviceAnnounce),
    *(nwk_commands.LinkStatus, nwk_commands.RouteRequest, nwk_commands.RouteRecord),
}
BUILT_ON_THE_HAN = {
    *(AssociationRequest, AssociationResponse, BeaconRequest, ZdoFrame),
    *(nwk_commands.RouteReply, nwk_commands.NetworkStatus, nwk_commands.Leave),
    *(nwk_commands.RejoinRequest, nwk_commands.RejoinResponse, nwk_commands.NetworkUpdate),
    *(aps_commands.TransportNetworkKey, aps_commands.Tunnel, aps_commands.UpdateDevice),
    aps_commands.TransportApplicationLinkKey,
}
PLANTED = 3
"""In how many frames a field is planted wrong."""
NUMBERS = ("zbee_zcl_se.", "zbee_zcl_general.")
"""How the fields of cluster commands begin: their examples have numbers, and few flags apart."""
LIBRARY = Library()
Tshark = Callable[..., list[str]]


def captures(suite: str, only: str = "*") -> Iterator[CaptureRun]:
    """The captures of every case of a suite, of all its homes, the swept ones as they stand."""
    for path in sorted((fixtures_folder("scenarios") / suite).glob(f"{only}.yaml")):
        for case in expand(LIBRARY.scenario(path, name=f"{suite}/{path.stem}")):
            ran = run_with(case, lambda: AsyncEngine(migrate), HAN_SUA_M1)
            if ran.capture is not None:
                yield ran.capture
            yield from ran.others


@pytest.mark.usefixtures("tshark")
@pytest.mark.timeout(600)  # 320,000 frames: two minutes or so on a machine that does nothing else
@pytest.mark.parametrize(("suite", "wanted"), [("secure", SECURE_MIN), ("han", HAN_MIN)])
def test_for_every_frame_of_a_suite_and_scapy_builds_those_of_each_shape(
    suite: str, wanted: dict[str, int], tmp_path: Path
) -> None:
    path = tmp_path / "han.pcapng"
    runs = list(captures(suite))
    shapes = Shapes()

    write_capture(path, runs)

    ours = ((captured.comment, one) for captured, one in all_readings(runs))
    seen = compare(path, ours, watch=shapes.show)
    rare = {name: seen[name] for name, least in wanted.items() if seen[name] < least}
    assert rare == {}, "a field that is in hardly any frame is hardly compared"
    kinds = BUILT if suite == "secure" else BUILT | BUILT_ON_THE_HAN
    assert kinds - {*shapes.built} == set(), "scapy was shown no such message"


def written(ones: list[Specimen], folder: Path) -> Path:
    """Write specimens to a capture."""
    path = folder / "specimens.pcapng"
    packets = [pcapng.packet(0, at_ns, one.octets, one.kind) for at_ns, one in enumerate(ones)]
    path.write_bytes(b"".join([pcapng.section_header(), pcapng.interface("all"), *packets]))
    return path


def read(ones: list[Specimen]) -> list[tuple[str, Reading]]:
    reader = Reader(keys())
    return [(one.kind, reader.read(one.octets)) for one in ones]


@pytest.mark.usefixtures("tshark")
def test_for_every_message_that_we_can_write(tmp_path: Path) -> None:
    ones = specimens()

    seen = compare(written(ones, tmp_path), read(ones))

    assert [name for name in FIELDS if not seen[name]] == []


def test_every_message_of_ours_has_its_fields_and_a_specimen() -> None:
    kinds = {
        kind
        for union in (MacCommand, NwkCommand, ApsCommand, zdo.Message, catalogue.ClusterCommand)
        for one in get_args(union)
        for kind in get_args(one) or (one,)
    }
    written_here = {type(part) for _, reading in read(specimens()) for part in reading.parts}

    assert kinds - TABLES.keys() == set()
    assert kinds - written_here == set()


def test_each_flag_of_a_message_is_set_in_one_and_clear_in_another() -> None:
    values: dict[str, set[object]] = {}
    flags = {
        name
        for table in TABLES.values()
        for name, say in table.fields.items()
        if not hasattr(say, "always") and not name.startswith(NUMBERS)
    }
    for _, reading in read(specimens()):
        for name, said in cells(reading.parts, TABLES).items():
            values.setdefault(name, set()).update(said)

    one_sided = {name for name in flags if values.get(name) in ({0}, {1})}
    assert one_sided == set()


@pytest.mark.usefixtures("tshark")
def test_a_planted_wrong_value_is_seen_in_each_field(tmp_path: Path) -> None:
    ones = specimens()
    planted: Counter[str] = Counter()

    for (_, reading), row in zip(
        read(ones), rows(written(ones, tmp_path), FIELDS, "wpan"), strict=True
    ):
        said = cells(reading.parts, TABLES)
        for name in row:
            if LEARNT in said[name] or planted[name] == PLANTED:
                continue
            without = {other: cell for other, cell in row.items() if other != name}
            assert name in differences(said, without)
            assert name in differences(said, {**row, name: another(said, name)})
            planted[name] += 1

    assert [name for name in FIELDS if not planted[name]] == []


def another(said: Cells, name: str) -> str:
    """A value that we have not read, as tshark would print it."""
    (first, *_) = said[name]
    match first:
        case bytes():
            return (first + b"\0").hex()
        case str():
            return f"{first}?"
        case _:
            return str(first + 1)


@pytest.mark.usefixtures("tshark")
def test_all_that_tshark_shows_is_compared_or_left_out_for_a_reason(tmp_path: Path) -> None:
    joining = tmp_path / "joining.pcapng"
    write_capture(joining, [next(captures("han", "join-by-install-code"))])

    shown = {*all_fields(written(specimens(), tmp_path)), *all_fields(joining)}

    assert {"zbee_aps.cmd.key", "zbee_zdp.node.type", "zbee_aps.fragment"} <= shown
    missing = {name for name in shown - {*FIELDS, *LEFT_OUT} if not name.startswith(BITS)}
    assert missing == set()
    assert LEFT_OUT.keys() - shown == set(), "left out, and not even there"
    assert UNSEEN.keys() & shown == set(), "tshark has learnt to print it"


def all_fields(path: Path) -> set[str]:
    """The fields of MAC and ZigBee that tshark shows in a capture."""
    command = ["tshark", "-n", "-r", str(path), "-Y", "wpan", "-T", "pdml"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return set(re.findall(r'<field name="((?:wpan|zbee)[^"]*)"', told))
