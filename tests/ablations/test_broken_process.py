"""One rule of the process broken in the engine: the invariant that names the clause catches it.

Each broken engine breaks no other rule, crashes nowhere, and passes a scenario about another thing.
"""

from collections.abc import Callable
from contextlib import suppress
from importlib import import_module

import pytest
from tests.ablations.breaks import run

from hanbench.harness.engine.adapter import PartyRefused
from hanbench.harness.engine.port import Json
from hanbench.harness.engine.reference import configuration, entry, outcome
from hanbench.harness.engine.reference.exchange import Line
from hanbench.harness.engine.reference.work import Work
from hanbench.harness.pytest_plugin.bench_view import Bench
from hanbench.harness.verdict import Verdict

migrate = import_module("hanbench.harness.engine.reference.migrate")
"""The module: the package exports no other thing of that name, but imports the function."""
Patch = pytest.MonkeyPatch
_PARTY = Work.party
_METERS = entry._meters
_DISPLAYS = entry.displays_to_migrate


def _told(patch: Patch, party: str, operation: str, **lie: object) -> None:
    """Have the engine take this for the answer of a party, whatever it truly says."""

    async def party_of(self: Work, name: str, what: str, **arguments: object) -> Json:
        answer = await _PARTY(self, name, what, **arguments)
        return {**answer, **lie} if (name, what) == (party, operation) else answer

    patch.setattr(Work, "party", party_of)


def ignores_clearance(patch: Patch) -> None:
    _told(patch, "MCC", "clearance", is_cleared=True)


def ignores_the_epcl(patch: Patch) -> None:
    _told(patch, "EPCL", "check", is_eligible=True)


def ignores_silence(patch: Patch) -> None:
    _told(patch, "SMSO", "communications_check", devices=[])


def never_checks_communications(patch: Patch) -> None:
    async def party_of(self: Work, name: str, what: str, **arguments: object) -> Json:
        if what == "communications_check":
            return {"devices": []}
        return await _PARTY(self, name, what, **arguments)

    patch.setattr(Work, "party", party_of)


def starts_without_master_keys(patch: Patch) -> None:
    async def complete(work: Work) -> list[Json]:
        return [{**one, "has_required_data": True} for one in await _METERS(work)]

    patch.setattr(entry, "_meters", complete)


def tries_for_ever(patch: Patch) -> None:
    patch.setattr(entry, "ATTEMPTS_MAX", 100)


def leaves_displays_out(patch: Patch) -> None:
    async def none(_work: Work) -> list[Json]:
        return []

    patch.setattr(migrate, "displays_to_migrate", none)


def takes_every_device(patch: Patch) -> None:
    async def every(work: Work) -> list[Json]:
        report = await work.party("SMSO", "devices")
        others = [one for one in report["devices"] if one["device"] not in ("hub", "esme", "gsme")]
        return [{**one, "type": one["type"] or "IHD"} for one in others]

    patch.setattr(migrate, "displays_to_migrate", every)


def goes_on_after_a_failed_file_set(patch: Patch) -> None:
    async def party_of(self: Work, name: str, what: str, **arguments: object) -> Json:
        try:
            return await _PARTY(self, name, what, **arguments)
        except PartyRefused:
            if what != "process_signed_file_set":
                raise
            return {}

    patch.setattr(Work, "party", party_of)
    patch.setattr(migrate, "problem_of", lambda *_: "")


def commissions_unchecked(patch: Patch) -> None:
    async def party_of(self: Work, name: str, what: str, **arguments: object) -> Json:
        try:
            return await _PARTY(self, name, what, **arguments)
        except PartyRefused:
            if what != "check":
                raise
            return {"passed": True}

    patch.setattr(Work, "party", party_of)


def hides_a_start(patch: Patch) -> None:
    async def start(work: Work) -> None:
        await work.party("SMSO", "communications_check")
        await work.party("SMSO", "start_migration")
        await work.note("refused", why="not started: it was, though")

    patch.setattr(migrate, "_start", start)


def tells_no_supplier(patch: Patch) -> None:
    async def silent(*_: object) -> None:
        return None

    patch.setattr(outcome, "_tell", silent)


def registers_what_the_consumer_bought(patch: Patch) -> None:
    async def displays(work: Work) -> list[Json]:
        await work.party(
            "INVENTORY",
            "register",
            device="shelf-display",
            type="IHD",
            status="Commissioned",
            route="12.2",
        )
        return await _DISPLAYS(work)

    patch.setattr(migrate, "displays_to_migrate", displays)


def hands_in_service_requests(patch: Patch) -> None:
    async def displays(work: Work) -> list[Json]:
        await work.party(
            "DSP",
            "request",
            device="shelf-display",
            reference="12.2",
            role="IS",
            variant=8,
            sender=work.authorisation.supplier,
            type="IHD",
        )
        return await _DISPLAYS(work)

    patch.setattr(migrate, "displays_to_migrate", displays)


def sees_no_uneconomic_model(patch: Patch) -> None:
    _told(patch, "EPCL", "check", devices=[], is_eligible=True)


def takes_silence_for_a_lost_meter(patch: Patch) -> None:
    async def there(_self: Line, _meter: object) -> bool:
        return True

    patch.setattr(Line, "is_hub_there", there)


def tells_the_supplier_of_the_authorisation(patch: Patch) -> None:
    async def party_of(self: Work, name: str, what: str, **arguments: object) -> Json:
        more = {"supplier": self.authorisation.supplier} if what == "notify" else {}
        return await _PARTY(self, name, what, **arguments, **more)

    patch.setattr(Work, "party", party_of)


def _upgrades(patch: Patch, *images: str) -> None:
    """Have the engine activate these images in the electricity meter, come what may."""

    async def forward(work: Work, lacking: list[str]) -> str:
        del lacking
        for image in images:
            with suppress(PartyRefused):
                await work.party("SMSO", "upgrade_firmware", device="esme", firmware=image)
        return ""

    patch.setattr(entry, "bring_forward", forward)


def upgrades_every_meter(patch: Patch) -> None:
    _upgrades(patch, "00010300", "00020000", "00020000")


def skips_an_image(patch: Patch) -> None:
    _upgrades(patch, "00020000")


def upgrades_while_suspended(patch: Patch) -> None:
    ignores_clearance(patch)
    upgrades_every_meter(patch)


def migrates_as_it_is_configured(patch: Patch) -> None:
    async def none(_work: Work, _unfit: list[str]) -> str:
        return ""

    patch.setattr(entry, "configure", none)


def _configures(patch: Patch, *steps: tuple[str, int]) -> None:
    """Have the engine send these steps to the electricity meter, come what may."""

    async def configure(work: Work, unfit: list[str]) -> str:
        del unfit
        for setting, value in steps:
            with suppress(PartyRefused):
                asked = {"device": "esme", "setting": setting, "value": value}
                await work.party("SMSO", "configure", **asked)
        return "it was configured"

    patch.setattr(entry, "configure", configure)


def configures_every_meter(patch: Patch) -> None:
    _configures(patch, ("standing-charge-tenth-pence", 4100))


def skips_a_step(patch: Patch) -> None:
    _configures(patch, ("unit-rate-tenth-pence", 281))


def takes_a_step_for_done(patch: Patch) -> None:
    async def taken(*_: object) -> bool:
        return True

    patch.setattr(configuration, "_has_taken", taken)


def configures_while_suspended(patch: Patch) -> None:
    ignores_clearance(patch)
    configures_every_meter(patch)


CONFIGURED = "dormant-configuration-half-way"
ABLATIONS: list[tuple[Callable[[Patch], None], str, str, str]] = [
    (ignores_clearance, "tmad/4.23A", "stop-on-time", "no-epcl-entry"),
    (ignores_clearance, "tmad/4.23A", "stop-late", "no-epcl-entry"),
    (ignores_clearance, "tmad/4.23A", "stop-on-the-day", "no-epcl-entry"),
    (ignores_clearance, "tmad/4.23A", "stop-in-a-two-supplier-home", "missing-master-key"),
    (ignores_clearance, "tmad/4.12(b)", "daily-limit", "no-epcl-entry"),
    (ignores_clearance, "tmad/authorisation-day", "another-day", "no-epcl-entry"),
    (ignores_clearance, "seed0/dormant-suspension", "dormant-suspended", "no-epcl-entry"),
    (ignores_clearance, "tmad/18", "active-to-dormant", "no-epcl-entry"),
    (ignores_clearance, "domain/change-of-supplier", "change-of-supplier", "no-epcl-entry"),
    (
        ignores_clearance,
        "domain/one-migration",
        "two-authorisations[after-it-was-commissioned]",
        "no-epcl-entry",
    ),
    (ignores_clearance, "tmad/authorisation-day", "two-authorisations", "no-epcl-entry"),
    (sees_no_uneconomic_model, "dcc/exclusion/uneconomic-dmc", "uneconomic-model", "stop-late"),
    (
        takes_silence_for_a_lost_meter,
        "dcc/exclusion/no-wan-during",
        "no-wan-while-attempting",
        "gas-meter-without-han",
    ),
    (
        tells_the_supplier_of_the_authorisation,
        "domain/change-of-supplier",
        "change-of-supplier",
        "stop-late",
    ),
    (upgrades_every_meter, "seed3/dormant-firmware", "dormant-firmware-half-way", "stop-late"),
    (skips_an_image, "seed3/known-firmware", "dormant-firmware-half-way", "stop-late"),
    (
        upgrades_while_suspended,
        "seed0/dormant-suspension",
        "dormant-firmware-half-way[suspended]",
        "missing-master-key",
    ),
    (migrates_as_it_is_configured, "seed0/configured-in-time", CONFIGURED, "stop-late"),
    (configures_every_meter, "seed3/dormant-configuration", CONFIGURED, "stop-late"),
    (skips_a_step, "seed3/configuration-order", CONFIGURED, "stop-late"),
    (
        takes_a_step_for_done,
        "seed3/configuration-order",
        f"{CONFIGURED}[lost-on-the-wan]",
        "stop-late",
    ),
    (
        configures_while_suspended,
        "seed0/dormant-suspension",
        f"{CONFIGURED}[suspended]",
        "missing-master-key",
    ),
    (ignores_the_epcl, "tmad/epcl", "dormant-firmware-half-way", "stop-late"),
    (ignores_the_epcl, "tmad/epcl", "no-epcl-entry", "stop-on-time"),
    (ignores_silence, "dcc/exclusion/no-wan-before", "communications-check-fails", "stop-late"),
    (
        ignores_silence,
        "dcc/exclusion/no-wan-before",
        "communications-check-read-two-ways[on-the-day]",
        "stop-late",
    ),
    (never_checks_communications, "tmad/communications-check", "daily-limit", "stop-late"),
    (starts_without_master_keys, "var/missing-master-keys", "missing-master-key", "stop-late"),
    (tries_for_ever, "dcc/exclusion/five-attempts", "five-attempts", "stop-late"),
    (leaves_displays_out, "tmad/4.44A", "last-joined-active", "stop-late"),
    (leaves_displays_out, "tmad/4.34A", "last-joined-dormant", "stop-late"),
    (takes_every_device, "tmad/4.44A", "last-joined-active", "stop-late"),
    (takes_every_device, "seed0/third-party-devices", "third-party-served", "stop-late"),
    (
        registers_what_the_consumer_bought,
        "seed0/added-afterwards",
        "third-party-display-added",
        "stop-late",
    ),
    (hands_in_service_requests, "seed0/added-afterwards", "third-party-served", "stop-late"),
    (
        goes_on_after_a_failed_file_set,
        "tmad/5.27(c)(iii)",
        "file-set-fails-at-dco",
        "stop-late",
    ),
    (
        goes_on_after_a_failed_file_set,
        "tmad/5.27(c)(iii)",
        "file-set-fails-at-s1sp",
        "stop-late",
    ),
    (commissions_unchecked, "tmad/5.9", "checks-fail", "stop-late"),
    (commissions_unchecked, "dcc/data-validation", "checks-fail", "stop-late"),
    (tells_no_supplier, "seed0/after-rollback", "mixed-home-rolled-back", "stop-late"),
]


@pytest.mark.parametrize(
    ("break_it", "clause", "scenario", "unrelated"),
    ABLATIONS,
    ids=[f"{one.__name__}-{scenario}" for one, _, scenario, _ in ABLATIONS],
)
def test_a_broken_rule_is_caught_by_its_clause_and_nothing_crashes(
    monkeypatch: Patch,
    bench: Bench,
    break_it: Callable[[Patch], None],
    clause: str,
    scenario: str,
    unrelated: str,
) -> None:
    break_it(monkeypatch)

    caught = bench.load(f"rules/{scenario}").run(check=False)
    other = run(f"rules/{unrelated}")

    assert clause in {finding.clause for finding in caught.findings}
    assert "engine-broke" not in {finding.name for finding in caught.findings}
    assert other.verdict is Verdict.PASS, [finding.detail for finding in other.findings]


def test_a_start_that_is_claimed_never_to_have_been_is_caught(
    monkeypatch: Patch, bench: Bench
) -> None:
    hides_a_start(monkeypatch)

    caught = bench.load("rules/checks-fail").run(check=False)

    assert "domain/10.5-states" in {finding.clause for finding in caught.findings}
    assert "engine-broke" not in {finding.name for finding in caught.findings}
