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
TEXT_VALUE = "zbee_zcl.attr.str"
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
    f"zbee_zcl_{cluster}.cmd.{way}.id"
    for cluster in (
        *("se.met", "se.pp", "se.tun", "se.ke", "se.price", "se.msg", "se.calendar"),
        *("se.device_management", "se.events", "general.ota"),
    )
    for way in ("srv_tx", "srv_rx")
)
ATTRIBUTES = (
    *(f"zbee_zcl_se.{cluster}.attr_id" for cluster in ("met", "pp", "price", "keep_alive")),
    *(f"zbee_zcl_general.{cluster}.attr_id" for cluster in ("basic", "time", "ota")),
    *(f"zbee_zcl_se.{cluster}.attr_id" for cluster in ("tun", "ke")),
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
    "zbee.sec.key_id",
    "zbee.sec.key_seqno",
    "zbee.sec.src64",
    "zbee_aps.counter",
    "zbee_aps.dst",
    "zbee_aps.src",
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
    TEXT_VALUE,
    "zbee_zcl.attr.data.type",
)
EVERYWHERE = {
    "MAC sequence",
    "MAC short addresses",
    "NWK addresses",
    "NWK sequence and radius",
    "NWK command",
    "frame counters",
    "key ids",
    "key sequence",
    "who protected it",
    "APS counter",
    "APS endpoints",
    "cluster and profile",
    "ZCL sequence",
    "general command",
    "cluster command",
    "attributes",
    "attribute values",
    "attribute types",
}
SEEN_MIN = 100
PLANTED_FRAMES, PLANTED_MIN = 1500, 25
ON_THE_HAN = {"APS command", "type of a key", "MAC long addresses"}
LIBRARY = Library()


def captures(suite: str, only: str = "*") -> Iterator[CaptureRun]:
    """The capture of every case of a suite, the swept ones as they stand."""
    for path in sorted((fixtures_folder("scenarios") / suite).glob(f"{only}.yaml")):
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


def eui64s(row: dict[str, str], *names: str) -> list[int]:
    """The EUI-64s in some fields, which tshark prints with colons."""
    return [
        int(text.replace(":", ""), 16) for name in names for text in row[name].split(",") if text
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
    sealed = [part.security for part in parts if part and part.security]
    counters = [security.frame_counter for security in sealed]
    sources = [security.source for security in sealed if security.source is not None]
    is_general = frame is not None and frame.frame_type is zcl.FrameType.GENERAL
    is_whole = aps is None or aps.fragment is None
    found = {
        "MAC sequence": (told(mac.sequence), numbers(row, "wpan.seq_no")),
        "MAC short addresses": (
            told(mac.source_short, mac.target_short),
            numbers(row, "wpan.src16", "wpan.dst16"),
        ),
        "MAC long addresses": (
            told(mac.source_eui64, mac.target_eui64),
            # Beside a short address tshark puts the long one that it has learnt: that is no field.
            [
                *(eui64s(row, "wpan.src64") if mac.source_short is None else []),
                *(eui64s(row, "wpan.dst64") if mac.target_short is None else []),
            ],
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
        "key ids": ([int(one.key_id) for one in sealed], numbers(row, "zbee.sec.key_id")),
        "key sequence": (
            told(*(one.key_sequence for one in sealed)),
            numbers(row, "zbee.sec.key_seqno"),
        ),
        "APS endpoints": (
            sorted(told(aps.target_endpoint, aps.source_endpoint)) if aps is not None else [],
            sorted(numbers(row, "zbee_aps.dst", "zbee_aps.src")),
        ),
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
    if len(sources) == len(sealed):
        # Without an extended nonce tshark says whom it takes for the sender: that is no field.
        found["who protected it"] = (sources, eui64s(row, "zbee.sec.src64"))
    if is_whole:
        found |= {
            "attribute types": (
                list(reading.types),
                numbers(row, "zbee_zcl.attr.data.type"),
            ),
            "texts": (
                [int.from_bytes(text.encode(), "big") for text in reading.texts],
                [int.from_bytes(text.encode(), "big") for text in row[TEXT_VALUE].split(",")]
                if row[TEXT_VALUE]
                else [],
            ),
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
        found["cluster command"] = (
            told(frame.command_id) if frame and not is_general else [],
            numbers(row, *CLUSTER_COMMANDS),
        )
    return found


@pytest.mark.timeout(600)  # 200,000 frames: a minute or so on a machine that does nothing else
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
    rare = {what: seen.get(what, 0) for what in expected if seen.get(what, 0) < SEEN_MIN}
    assert rare == {}, "a fact that is in hardly any frame is hardly compared"


def test_a_planted_wrong_value_is_seen_in_each_field_that_tshark_prints(tmp_path: Path) -> None:
    path = tmp_path / "han.pcapng"
    run = next(captures("han", "join-by-install-code"))
    write_capture(path, [run])
    read = [*zip(readings(run), their_rows(path), strict=True)][:PLANTED_FRAMES]
    planted: dict[str, str] = {}

    for (captured, reading), row in read:
        for name in FIELDS:
            # A fragment's fields beyond the APS are those of a whole that is put together later.
            is_learnt = name in ("wpan.src64", "wpan.dst64", "zbee.sec.src64")
            is_partial = reading.aps is not None and reading.aps.fragment is not None
            if name == "frame.number" or not row[name] or is_learnt or is_partial:
                continue
            wrong = {**row, name: another(row[name])}
            with pytest.raises(AssertionError, match="ours"):
                [*compare(captured, reading, wrong)]
            planted[name] = row[name]

    assert {"zbee.sec.counter", "zbee_aps.cmd.key_type", "zbee_zcl.attr.uint48"} <= set(planted)
    assert len(planted) >= PLANTED_MIN


def another(text: str) -> str:
    """A value that tshark did not print, in the same manner."""
    first, *rest = text.split(",")
    if first in ("True", "False"):
        return ",".join(("True" if first == "False" else "False", *rest))
    if UTC_TEXT.search(text) is not None:
        return (
            text.replace(":0", ":1", 1) if ":0" in text else re.sub(r":(\d)", ":0", text, count=1)
        )
    return ",".join((hex(int(first, 0) ^ 1), *rest))


def compare(captured: CapturedFrame, reading: Reading, row: dict[str, str]) -> Iterator[str]:
    """Yield the facts that both have, once they are known to agree."""
    for what, (our, their) in facts(reading, row).items():
        if our and their:
            yield what
        assert our == their, (
            f"frame {row['frame.number']} ({captured.comment}): {what}: ours {our}, theirs {their}"
        )
