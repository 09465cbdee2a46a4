"""Network certificates: attached by the migration, or added by the supplier of the fuel."""

from hanbench.protocol.migration.common_file import NetworkCertificate

GT = {"installation": "home-1", "role": "GT", "serial": "3D4E5F", "sender": "supplier-a"}


def test_a_supplier_adds_one_once_the_meter_is_commissioned(bench):
    assert bench.refuse(bench.s1sp, "add_network_certificate", **GT) == "NOT_COMMISSIONED"
    bench.inventory.commission("home-1", "gsme")

    told = bench.succeed(bench.s1sp, "add_network_certificate", **GT)

    assert told == {"role": "GT", "serial": "3D4E5F", "by": "supplier"}
    held = bench.certificates.of("home-1", "GT")
    assert held is not None
    assert held.serial == "3D4E5F"
    assert bench.certificates.of("home-1", "DNO") is None


def test_only_the_supplier_of_the_fuel_may(bench):
    bench.inventory.commission("home-3", "gsme")
    gas, electricity = {**GT, "installation": "home-3"}, {**GT, "installation": "home-3"}

    assert bench.succeed(bench.s1sp, "add_network_certificate", **gas)["by"] == "supplier"
    electricity |= {"sender": "supplier-b"}
    assert bench.refuse(bench.s1sp, "add_network_certificate", **electricity) == "NOT_RESPONSIBLE"
    bare = {**GT, "installation": "home-2"}
    assert bench.refuse(bench.s1sp, "add_network_certificate", **bare) == "NOT_RESPONSIBLE"


def test_the_migration_attaches_what_its_file_has_and_a_later_one_replaces_it(bench):
    bench.inventory.commission("home-1", "gsme")
    bench.certificates.attach("home-1", [NetworkCertificate("GT", "AA")])
    assert bench.certificates.of("home-1", "GT").by == "migration"

    bench.succeed(bench.s1sp, "add_network_certificate", **GT)

    assert bench.certificates.of("home-1", "GT").serial == "3D4E5F"
