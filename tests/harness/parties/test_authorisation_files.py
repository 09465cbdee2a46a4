"""The Authorisation files of a world: one a supplier and day, each meter by its supplier."""

from tests.ablations.breaks import case

from hanbench.harness.engine.adapter import AsyncEngine
from hanbench.harness.engine.reference.migrate import migrate
from hanbench.harness.parties.authorisation_files import (
    authorisation_files,
    day_of,
    group_of,
    stamp,
)
from hanbench.harness.running.case import Case
from hanbench.harness.running.run_case import world_of
from hanbench.protocol.migration import authorisation
from hanbench.protocol.sua import HAN_SUA_M1


def world(one: Case):
    return world_of(one, HAN_SUA_M1, lambda: AsyncEngine(migrate))


def checks(party):
    said = party.call("check", {"installation": "home-1"}, 0)
    return {one["name"]: one["passed"] for one in said["checks"]}


def test_each_supplier_and_day_has_a_file_that_reads_back():
    files = authorisation_files(case("rules/day-of-a-thousand"))

    assert [file.supplier for file in files] == [
        "Example Supplier",
        "Supplier A",
        "Supplier B",
        "Supplier C",
    ]
    assert len({file.name for file in files}) == len(files)
    assert sum(len(file.message.installations) for file in files) == 1_000
    for file in files:
        assert authorisation.decode(file.octets, name=file.name) == file.message


def test_in_a_home_of_two_suppliers_each_names_its_own_meter():
    two = case("rules/stop-in-a-two-supplier-home")
    homes = [it for it in (two, *two.companions) if it.gas_supplier]
    assert homes
    name = homes[0].installation.name

    entries = {
        file.supplier: entry
        for file in authorisation_files(two)
        for entry in file.message.installations
        if entry.installation == name
    }

    electricity, gas = entries[homes[0].installation.supplier.name], entries[homes[0].gas_supplier]
    assert (electricity.esme is None, electricity.gsme is None) == (False, True)
    assert (gas.esme is None, gas.gsme is None) == (True, False)


def test_a_file_is_stamped_at_noon_on_the_day_before_or_when_it_is_sent():
    one = case("rules/malformed-authorisation")
    group = group_of(one, "late-1")
    now = stamp(one, 8 * 3_600_000_000)

    (usual,) = [it for it in authorisation_files(one) if it.group == group]
    (sent,) = [it for it in authorisation_files(one, {group: now}) if it.group == group]

    assert group == ("Supplier M", 0)
    assert usual.message.name.written_at.isoformat() == "2021-02-28T12:00:00"
    assert sent.message.name.written_at.isoformat() == "2021-03-01T08:00:00"
    assert day_of(one) == 0


def test_every_migrating_world_has_its_authorisations_and_a_step_sends_its_own():
    usual = world(case("secure/clean-two-fuel")).organisations
    waiting = world(case("rules/malformed-authorisation")).organisations
    nothing = world(case("han/leave")).organisations

    assert len(usual.mcc.authorisations_of("home-1")) == 1
    assert waiting.mcc.authorisations_of("late-1") == ()
    assert waiting.mcc.reasons("late-1", 0) == ("no-authorisation",)
    assert nothing.mcc.authorisations_of("home-1") == ()


def test_the_commissioning_party_checks_against_them_in_every_migrating_run():
    """Neither check passes because nobody gave it an Authorisation to look at."""
    home = world(case("rules/network-certificates-attached"))
    party = home.organisations.commissioning_party
    devices = {"installation": "home-1", "devices": ["esme", "gsme"]}
    assert party.call("submit_common_file", devices, 0)

    passed = {
        one["name"]: one["passed"]
        for one in party.call("check", {"installation": "home-1"}, 0)["checks"]
    }
    party._known["home-1"] = ()
    failed = {
        one["name"]: one["passed"]
        for one in party.call("check", {"installation": "home-1"}, 0)["checks"]
    }

    assert passed["authorisation"]
    assert passed["network-certificates"]
    assert not failed["authorisation"]
    assert not failed["network-certificates"]
