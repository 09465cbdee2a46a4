"""An installation made of a dump or of a log: it loads, and says what it had to fill in."""

import json
from pathlib import Path

import pytest
from tests.harness.field_log.logs import lines_of, text_of, trace_text, written

from hanbench.harness.errors import ScenarioError
from hanbench.harness.field_log.reading import read_log
from hanbench.harness.field_log.replaying import replay_log
from hanbench.harness.files.loader import Library
from hanbench.harness.new.installation import write_new_installation
from hanbench.harness.running.case import Home
from hanbench.harness.running.terminal import make_console
from hanbench.protocol.identifiers import format_eui64
from hanbench.protocol.sua import HAN_SUA_M1

DUMP = """\
devices:
  - {ieee: "00:db:12:34:56:78:90:a2", device_id: 0x0500, model: Secure Skyline-i 510 rev 2}
  - ieee_address: 00-DB-12-34-56-78-90-A1
    friendly name: gas meter
    clusters:
      metering: {MeteringDeviceType: 1}
      prepayment: {CreditRemaining: 1500}
  - {EUI64: 00DB1234567890A0, type: esme, mode: dormant, KeyVersion: 3, last_counter: 77}
  - {mac: "0200000000000102", deviceId: 0x0502, name: shelf}
  - {mac: "0200000000000101", device_id: "0x0008"}
  - {mac: "0200000000000103", device_id: 0x0506}
"""


def made(folder: Path, source: Path, **options: str) -> tuple[Home, tuple[str, ...]]:
    path = folder / "made.yaml"
    notes = write_new_installation(path, source, **options)  # type: ignore[arg-type]
    return Library().home(path), notes


def test_a_dump_becomes_a_home_that_loads(tmp_path: Path) -> None:
    home, notes = made(tmp_path, written(tmp_path, DUMP, "dump.yaml"))

    devices = home.installation.devices
    assert {name: one.type for name, one in devices.items()} == {
        "hub": "CHF",
        "esme": "ESME",
        "gas-meter": "GSME",
        "ppmid": "PPMID",
        "shelf": "IHD",
        "repeater": "REPEATER",
    }
    gas, electricity = devices["gas-meter"], devices["esme"]
    assert (gas.payment_mode, gas.balance_pence, gas.mode) == ("prepayment", 1500, "active")
    assert (electricity.sua.version, electricity.sua.last_counter) == (3, 77)
    assert electricity.mode == "dormant"
    assert devices["hub"].model == "skyline-i-510"
    assert devices["shelf"].third_party
    assert "gas-meter is taken for a GSME: its MeteringDeviceType is 1" in notes
    assert "esme is taken for an ESME: the dump says so" in notes


def test_json_is_a_dump_too_and_names_may_be_keys(tmp_path: Path) -> None:
    dump = {
        "hub": {"ieee": "00DB1234567890A2", "type": "CHF"},
        "e1": {"ieee": "00DB1234567890A0", "type": "ESME"},
    }

    home, _ = made(tmp_path, written(tmp_path, json.dumps(dump), "dump.json"))

    assert list(home.installation.devices) == ["hub", "e1"]


def test_one_device_alone_gets_the_rest_of_a_home(tmp_path: Path) -> None:
    one = "eui64: 00-DB-12-34-56-78-90-A1\ntype: GSME\n"

    home, notes = made(tmp_path, written(tmp_path, one, "one.yaml"))

    assert set(home.installation.devices) == {"hub", "esme", "gsme"}
    assert "no CHF in it: hub is made up" in notes
    assert "no ESME in it: esme is made up" in notes


def test_a_second_meter_of_a_kind_is_left_out_and_said_so(tmp_path: Path) -> None:
    two = "- {mac: 00DB1234567890A0, type: ESME}\n- {mac: 00DB1234567890A9, type: ESME}\n"

    home, notes = made(tmp_path, written(tmp_path, two, "two.yaml"))

    assert home.installation.meter_names == ("esme",)
    assert "esme-2 is left out: a second ESME (the dump says so)" in notes


@pytest.mark.parametrize(
    ("dump", "message"),
    [
        ("[]", "no device in it"),
        ("devices: [7]", "dump.yaml:1:11: devices[0]: no device: expected a mapping"),
        ("- {type: ESME}", "no address; expected one of eui64, ieee, ieeeaddress, ieeeaddr"),
        ("- {mac: here, type: ESME}", "'here' is not an EUI-64"),
        ("- {mac: 00DB1234567890A0}", "nothing tells what it is; expected a type (ESME, GSME"),
        (
            "- {mac: 00DB1234567890A0, type: ESME, last_counter: many}",
            "'many' is no whole number",
        ),
        (
            "- {mac: 00DB1234567890A0, type: ESME}\n- {mac: 00DB1234567890A0, type: GSME}",
            "no installation can be made of it",
        ),
    ],
)
def test_what_is_wrong_with_a_dump_is_said_with_its_place(
    tmp_path: Path, dump: str, message: str
) -> None:
    source = written(tmp_path, dump, "dump.yaml")

    with pytest.raises(ScenarioError) as caught:
        write_new_installation(tmp_path / "made.yaml", source)

    assert message in str(caught.value)
    assert not (tmp_path / "made.yaml").exists()


def test_a_text_log_gives_addresses_keys_and_counters(tmp_path: Path) -> None:
    source = written(tmp_path, text_of(lines_of("rotation-response-lost")))

    home, notes = made(tmp_path, source)

    devices = home.installation.devices
    assert {name: one.type for name, one in devices.items()} == {
        "hub": "CHF",
        "esme": "ESME",
        "gsme": "GSME",
    }
    assert format_eui64(devices["gsme"].eui64) == "00-DB-12-34-56-78-90-A1"
    assert (devices["gsme"].sua.version, devices["gsme"].sua.last_counter) == (1, 17)
    assert (devices["esme"].sua.version, devices["esme"].sua.last_counter) == (1, 41)
    assert any(note.startswith("gsme is taken for a GSME: ") for note in notes)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("00:DB:12", "00-DB-12"),
        ("[red]gas[/red]", "red-gas-red"),
        ("Z\xe4hler", "Z-hler"),
        ("7", "7"),
        ("no", "no"),
        ("hub", "hub"),
        ("\xe4", "device-1"),
    ],
)
def test_a_name_that_no_file_can_hold_is_made_into_one_that_it_can(
    tmp_path: Path, given: str, name: str
) -> None:
    lines = [line.replace(" esme ", f" {given} ") for line in lines_of("clean-electricity-only")]

    home, notes = made(tmp_path, written(tmp_path, text_of(lines)))

    meters = home.installation.meter_names
    assert meters == (name,)
    assert any(f"the log calls it {given!r}" in note for note in notes) == (given != name)


def test_two_meters_of_one_name_in_a_log_become_two_devices(tmp_path: Path) -> None:
    lines = [
        line.replace(" esme ", " meter ").replace(" gsme ", " meter ")
        for line in lines_of("clean-two-fuel")
    ]

    home, _ = made(tmp_path, written(tmp_path, text_of(lines)))

    assert set(home.installation.meter_names) == {"meter", "meter-2"}


def test_the_home_made_of_a_log_gives_the_log_again(tmp_path: Path) -> None:
    source = written(tmp_path, text_of(lines_of("clean-electricity-only")))
    made(tmp_path, source)

    code = replay_log(
        read_log(source), make_console(), HAN_SUA_M1, installation=str(tmp_path / "made.yaml")
    )

    assert code == 0


def test_a_trace_of_several_cases_wants_a_name(tmp_path: Path) -> None:
    text = trace_text("clean-electricity-only") + trace_text("rotation-response-lost")
    source = written(tmp_path, text, "trace.jsonl")

    with pytest.raises(ScenarioError, match=r"2 exchanges; say which by --case"):
        made(tmp_path, source)
    home, _ = made(tmp_path, source, case_name="secure/clean-electricity-only")
    assert "gsme" not in home.installation.devices


def test_a_file_that_is_there_is_kept(tmp_path: Path) -> None:
    source = written(tmp_path, DUMP, "dump.yaml")
    (tmp_path / "made.yaml").write_text("mine", encoding="utf-8")

    with pytest.raises(ScenarioError, match="is there already; name another, or give --force"):
        made(tmp_path, source)
    assert write_new_installation(tmp_path / "made.yaml", source, may_replace=True)
    with pytest.raises(ScenarioError, match="cannot be read"):
        write_new_installation(tmp_path / "other.yaml", tmp_path / "none.yaml")
    with pytest.raises(ScenarioError, match="cannot be written"):
        write_new_installation(source / "below.yaml", source)
