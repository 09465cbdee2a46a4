"""tshark's reading equals ours, fact by fact, for every frame of the shipped suites."""

import re
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.foreign.readings import Reading, readings

from hanbench.harness.captures.writing import CapturedFrame, CaptureRun, write_capture
from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.reference.migrate import migrate
from hanbench.harness.files.loader import Library, fixtures_folder
from hanbench.harness.running.case import expand
from hanbench.harness.running.run_case import run_with
from hanbench.protocol.sua import HAN_SUA_M1
from hanbench.protocol.zigbee import zcl
from hanbench.protocol.zigbee.aps import FrameType

GATE = (
    "zbee_sec.encrypted_payload || zbee_sec.extended_source_unknown || _ws.malformed "
    "|| wpan.fcs.bad"
)
UTC_VALUE = "zbee_zcl.attr.utc"
UTC_TEXT = re.compile(r"([A-Z][a-z]{2}) +(\d+), (\d{4}) (\d\d:\d\d:\d\d)")
YEAR_2000 = datetime(2000, 1, 1, tzinfo=UTC)
VALUES = (
    "zbee_zcl_general.time.attr.time_status",
    "zbee_zcl_se.keep_alive.attr.base",
    "zbee_zcl_se.keep_alive.attr.jitter",
    *(
        f"zbee_zcl.attr.{kind}"
        for kind in (
            *("boolean", "bitmap8", "bitmap16", "bitmap24", "bitmap32", "bitmap64"),
            *("uint8", "uint16", "uint24", "uint32", "uint48", "int8", "int16", "int24", "int32"),
        )
    ),
)
CLUSTER_COMMANDS = tuple(
    f"zbee_zcl_se.{cluster}.cmd.{way}.id"
    for cluster in ("met", "pp", "tun", "ke", "price")
    for way in ("srv_tx", "srv_rx")
)
ATTRIBUTES = (
    *(f"zbee_zcl_se.{cluster}.attr_id" for cluster in ("met", "pp", "price", "keep_alive")),
    "zbee_zcl_general.basic.attr_id",
    "zbee_zcl_general.time.attr_id",
)
FIELDS = (
    "frame.number",
    "wpan.seq_no",
    "wpan.src16",
    "wpan.dst16",
    "wpan.src64",
    "wpan.dst64",
    "zbee_nwk.src",
    "zbee_nwk.dst",
    "zbee_nwk.seqno",
    "zbee_nwk.radius",
    "zbee_nwk.cmd.id",
    "zbee.sec.counter",
    "zbee_aps.counter",
    "zbee_aps.cluster",
    "zbee_aps.zdp_cluster",
    "zbee_aps.profile",
    "zbee_aps.cmd.id",
    "zbee_aps.cmd.key_type",
    "zbee_zcl.cmd.tsn",
    "zbee_zcl.cmd.id",
    *CLUSTER_COMMANDS,
    *ATTRIBUTES,
    *VALUES,
    UTC_VALUE,
)
EVERYWHERE = {
    "MAC sequence",
    "MAC short addresses",
    "NWK addresses",
    "NWK sequence and radius",
    "NWK command",
    "frame counters",
    "APS counter",
    "cluster and profile",
    "ZCL sequence",
    "general command",
    "cluster command",
    "attributes",
    "attribute values",
}
ON_THE_HAN = {"APS command", "type of a key"}
LIBRARY = Library()


def captures(suite: str) -> Iterator[CaptureRun]:
    """The capture of every case of a suite, the swept ones as they stand."""
    for path in sorted((fixtures_folder("scenarios") / suite).glob("*.yaml")):
        for case in expand(LIBRARY.scenario(path, name=f"{suite}/{path.stem}")):
            ran = run_with(case, lambda: AsyncEngine(migrate), HAN_SUA_M1)
            if ran.capture is not None:
                yield ran.capture


def their_rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the fields of each frame as tshark prints them."""
    ours = "wpan && !(frame.comment contains synthetic)"
    command = [
        "tshark",
        "-r",
        str(path),
        "-Y",
        ours,
        "-T",
        "fields",
        "-E",
        "separator=|",
        "-E",
        "occurrence=a",
    ]
    for name in FIELDS:
        command += ["-e", name]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as tshark:
        assert tshark.stdout is not None
        for line in tshark.stdout:
            yield dict(zip(FIELDS, line.rstrip("\n").split("|"), strict=True))


def numbers(row: dict[str, str], *names: str) -> list[int]:
    """The numbers in some fields, which may each occur several times."""
    return [
        {"True": 1, "False": 0}.get(text) if text in ("True", "False") else int(text, 0)  # type: ignore[misc]
        for name in names
        for text in row[name].split(",")
        if text
    ]


def instants(row: dict[str, str]) -> list[int]:
    """The times in an attribute, which tshark puts into words, as seconds from 2000."""
    found = [" ".join(parts) for parts in UTC_TEXT.findall(row[UTC_VALUE])]
    times = [datetime.strptime(f"{one} +0000", "%b %d %Y %H:%M:%S %z") for one in found]
    return [int((one - YEAR_2000).total_seconds()) for one in times]


def told(*values: int | None) -> list[int]:
    return [value for value in values if value is not None]


def facts(reading: Reading, row: dict[str, str]) -> dict[str, tuple[list[int], list[int]]]:
    """Our values and theirs by what they are."""
    mac, nwk, aps, frame = reading.mac, reading.nwk, reading.aps, reading.zcl
    is_data = aps is not None and aps.frame_type is not FrameType.COMMAND
    parts = (nwk, aps, reading.inner)
    counters = [part.security.frame_counter for part in parts if part and part.security]
    is_general = frame is not None and frame.frame_type is zcl.FrameType.GENERAL
    is_whole = aps is None or aps.fragment is None
    found = {
        "MAC sequence": (told(mac.sequence), numbers(row, "wpan.seq_no")),
        "MAC short addresses": (
            told(mac.source_short, mac.target_short),
            numbers(row, "wpan.src16", "wpan.dst16"),
        ),
        "NWK addresses": (
            told(nwk.source, nwk.target) if nwk else [],
            numbers(row, "zbee_nwk.src", "zbee_nwk.dst"),
        ),
        "NWK sequence and radius": (
            told(nwk.sequence, nwk.radius) if nwk else [],
            numbers(row, "zbee_nwk.seqno", "zbee_nwk.radius"),
        ),
        "NWK command": (told(reading.nwk_command), numbers(row, "zbee_nwk.cmd.id")),
        "frame counters": (counters, numbers(row, "zbee.sec.counter")),
        "APS counter": (
            [part.counter for part in (aps, reading.inner) if part],
            numbers(row, "zbee_aps.counter"),
        ),
        "APS command": ([*reading.aps_commands], numbers(row, "zbee_aps.cmd.id")),
        "type of a key": ([*reading.key_types], numbers(row, "zbee_aps.cmd.key_type")),
        "cluster and profile": (
            told(aps.cluster, aps.profile) if aps is not None and is_data else [],
            numbers(row, "zbee_aps.cluster", "zbee_aps.zdp_cluster", "zbee_aps.profile"),
        ),
    }
    if is_whole:
        found |= {
            "ZCL sequence": (
                told(frame.sequence) if frame else [],
                numbers(row, "zbee_zcl.cmd.tsn"),
            ),
            "general command": (
                told(frame.command_id) if frame and is_general else [],
                numbers(row, "zbee_zcl.cmd.id"),
            ),
            "attribute values": (
                sorted(reading.values),
                sorted((*numbers(row, *VALUES), *instants(row))),
            ),
            "attributes": (sorted(reading.attributes), sorted(numbers(row, *ATTRIBUTES))),
        }
        cluster_command = numbers(row, *CLUSTER_COMMANDS)
        if cluster_command:
            found["cluster command"] = (
                told(frame.command_id) if frame and not is_general else [],
                cluster_command,
            )
    return found


@pytest.mark.parametrize("suite", ["secure", "han"])
def test_for_every_frame_of_a_suite(
    suite: str, tmp_path: Path, tshark: Callable[..., list[str]]
) -> None:
    path = tmp_path / "han.pcapng"
    runs = list(captures(suite))
    seen: dict[str, int] = {}
    compared = 0

    write_capture(path, runs)

    assert tshark(path, "-Y", GATE) == [], "something is left encrypted, malformed or damaged"
    ours = (pair for run in runs for pair in readings(run))
    for (captured, reading), row in zip(ours, their_rows(path), strict=True):
        compared += 1
        for what in compare(captured, reading, row):
            seen[what] = seen.get(what, 0) + 1
    assert compared > 10_000
    expected = EVERYWHERE if suite == "secure" else EVERYWHERE | ON_THE_HAN
    assert expected <= set(seen), "a fact that was in no frame was not compared at all"


def compare(captured: CapturedFrame, reading: Reading, row: dict[str, str]) -> Iterator[str]:
    """Yield the facts that both have, once they are known to agree."""
    for what, (our, their) in facts(reading, row).items():
        if our and their:
            yield what
        assert our == their, (
            f"frame {row['frame.number']} ({captured.comment}): {what}: ours {our}, theirs {their}"
        )
