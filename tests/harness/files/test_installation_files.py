"""Installation, model and key files."""

from pathlib import Path

import pytest

from hanbench.harness.errors import ScenarioError
from hanbench.harness.files.installation import DEVICE_USAGES
from hanbench.harness.files.loader import Library, fixture_names, fixtures_folder
from hanbench.harness.running.case import device_profiles
from hanbench.protocol.keys import KeyUsage

HUB = "hub: {type: CHF, eui64: 00-DB-12-34-56-78-90-A2, model: skyline-i-510}"
ESME = "esme: {type: ESME, eui64: 00-DB-12-34-56-78-90-A0, model: liberty-100, mode: active}"
SECRET = "5ec2e7" + "0" * 26


def home_text(*devices: str, more: str = "") -> str:
    lines = "".join(f"  {device}\n" for device in devices)
    return f"installation: 1\nname: home-1\ndevices:\n{lines}{more}"


def refusal(folder: Path, text: str) -> str:
    path = folder / "home.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        Library().home(path, shown="home.yaml")
    return str(caught.value)


@pytest.mark.parametrize("name", fixture_names("installations"))
def test_every_shipped_installation_is_read(name: str) -> None:
    home = Library().home(fixtures_folder("installations") / f"{name}.yaml")

    assert home.installation.hub_name == "hub"
    assert "esme" in home.installation.meter_names
    assert set(device_profiles(home, {})) == set(home.installation.devices)
    assert home.keys is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (home_text(HUB), "home.yaml:3:1: devices: the Installation has no ESME"),
        (home_text(ESME), "the Installation has no communications hub (type CHF)"),
        (home_text(HUB, ESME, ESME.replace("esme:", "other:")), "a second ESME; 'esme' is one"),
        (
            home_text(HUB, ESME.replace("A0", "A2")),
            "home.yaml:5:22: devices.esme.eui64: 00-DB-12-34-56-78-90-A2 is the EUI-64 of 'hub'",
        ),
        (
            home_text(HUB, ESME.replace("00-DB-12-34-56-78-90-A0", "00db1234567890a2")),
            "is the EUI-64 of 'hub' already",
        ),
        (home_text(HUB, ESME.replace("00-DB", "00-DX")), "is not an EUI-64 such as"),
        (home_text(HUB, ESME.replace("00-DB-12-34-56-78-90-A0", "17")), "17 is not an EUI-64"),
        (
            home_text(HUB, ESME.replace("liberty-100", "liberty-10")),
            "devices.esme.model: no device model 'liberty-10'; did you mean 'liberty-100'?",
        ),
        (
            home_text(HUB, ESME.replace("liberty-100", "skyline-i-510")),
            "'skyline-i-510' is the model of a CHF, not of a ESME",
        ),
        (home_text(HUB, ESME.replace(", mode: active", "")), "missing key 'mode'"),
        (home_text(HUB, ESME.replace(", model: liberty-100", "")), "missing key 'model'"),
        (home_text(HUB, ESME.replace("mode:", "moed:")), "did you mean 'mode'?"),
        (home_text(HUB, ESME, HUB), "repeated key; it stands in line 4 already"),
        (home_text(HUB, ESME.replace("}", ", via: hub}")), "'hub' is not a repeater; none here"),
        (home_text(HUB, ESME.replace("}", ", sua: {version: 0}}")), "devices.esme.sua.version"),
        (home_text(HUB, ESME, more="keys: mine.yaml\n"), "keys: no key file 'mine.yaml'"),
        (home_text(HUB, ESME, more="supplier: {nmae: x}\n"), "did you mean 'name'?"),
        ("installation: 1\n", "missing key 'devices'"),
        ("installation: 1\nname: a b\ndevices: {}\n", "name: expected text of the form"),
        ("installation: 1\nname: h\ndevices: []\n", "devices: expected a mapping of keys"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    assert says in refusal(tmp_path, text)


def test_a_users_own_model_is_found_beside_the_installation(tmp_path: Path) -> None:
    shipped = (fixtures_folder("models") / "liberty-100.yaml").read_text(encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(shipped, encoding="utf-8")
    path = tmp_path / "home.yaml"
    path.write_text(home_text(HUB, ESME.replace("liberty-100", "./mine.yaml")))

    home = Library().home(path)

    assert device_profiles(home, {})["esme"].device_type == "ESME"


def test_a_mistake_in_a_model_file_is_named_there(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\ntitle: x\n")

    refused = refusal(tmp_path, home_text(HUB, ESME.replace("liberty-100", "./mine.yaml")))

    assert "mine.yaml:1:1: device_type: Field required" in refused


def key_file(**usages: str) -> str:
    hub = f"  hub: {{transport: {SECRET}}}\n"
    esme = ", ".join(f"{usage}: {value}" for usage, value in usages.items())
    return f"keys: 1\nnetwork: {SECRET}\ndevices:\n{hub}  esme: {{{esme}}}\n"


def test_a_users_own_keys_are_no_test_material(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(key_file(**dict.fromkeys(DEVICE_USAGES["ESME"], SECRET)))
    path = tmp_path / "home.yaml"
    path.write_text(home_text(HUB, ESME, more="keys: mine.yaml\n"))

    home = Library().home(path)

    assert home.keys is not None
    esme = home.installation.devices["esme"].eui64
    assert home.keys[esme, KeyUsage.SUA].value.hex() == SECRET
    assert not any(key.is_test_material for key in home.keys.values())
    assert SECRET not in repr(home)


def test_a_missing_key_is_named_with_device_and_usage(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(key_file(link=SECRET, sua=SECRET, vend=SECRET))

    refused = refusal(tmp_path, home_text(HUB, ESME, more="keys: mine.yaml\n"))

    assert "devices.esme.master: missing key; the ESME esme needs its master key" in refused
    assert "devices.esme.transport: missing key" in refused


def test_a_malformed_key_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(key_file(sua=SECRET[:-1] + "G", link=SECRET + "00"))

    refused = refusal(tmp_path, home_text(HUB, ESME, more="keys: mine.yaml\n"))

    assert "devices.esme.sua" in refused
    assert SECRET[:6] not in refused
