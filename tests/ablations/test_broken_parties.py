"""One rule broken in a party: it is found by its clause, and it is that party that is named.

The engine is the reference engine as it stands: it is not blamed for what a party did.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tests.ablations.breaks import case, run

from hanbench.emulator.instant import DAY_US, Instant
from hanbench.emulator.meters.esme import Esme
from hanbench.emulator.meters.gsme import Gsme
from hanbench.emulator.parties import dsp, smso
from hanbench.emulator.parties import supplier as supplier_party
from hanbench.emulator.parties.configuration import (
    ConfigurationRegister,
    ConfigurationStep,
    Ordered,
    Steps,
)
from hanbench.emulator.parties.custody import Custody
from hanbench.emulator.parties.dsp import Dsp
from hanbench.emulator.parties.firmware import FirmwareRegister, Fitted, Sequence
from hanbench.emulator.parties.inventory import Inventory
from hanbench.emulator.parties.inventory_operations import StatusChange, StatusChanged
from hanbench.emulator.parties.mcc import Mcc
from hanbench.emulator.parties.mcc_operations import AuthorisedDay, ReceivedAuthorisation
from hanbench.emulator.parties.network_certificates import (
    NetworkCertificates,
    NewCertificate,
    Notified,
)
from hanbench.emulator.parties.operation import Json, PartyError
from hanbench.emulator.parties.premises import Home
from hanbench.emulator.parties.s1sp import S1sp
from hanbench.emulator.parties.s1sp_operations import N55
from hanbench.harness.judging.party_watch import PartyWatch
from hanbench.harness.parties.organisations import Organisations
from hanbench.harness.pytest_plugin.bench_view import Bench
from hanbench.harness.running.suites import suite_files
from hanbench.harness.verdict import Verdict
from hanbench.protocol.answer import UtrnAnswer, UtrnResult

Patch = pytest.MonkeyPatch
RULES = tuple(file.name for file in suite_files("rules"))


_LISTED = {
    "eui64": "00-DB-12-34-56-78-90-A0",
    "type": "ESME",
    "is_third_party": False,
    "has_required_data": True,
    "joined_order": 1,
    "is_configured": True,
}


def _lies(patch: Patch, party: str, operation: str, **lie: object) -> None:
    """Have a party answer this whatever is true."""
    honest = Organisations._answer

    def answer(
        self: Organisations, name: str, what: str, arguments: Mapping[str, Any], now: Instant
    ) -> Json | PartyError:
        said = honest(self, name, what, arguments, now)
        is_meant = (name, what) == (party, operation) and not isinstance(said, PartyError)
        return {**said, **lie} if is_meant else said  # type: ignore[dict-item]

    patch.setattr(Organisations, "_answer", answer)


def mcc_clears_everything(patch: Patch) -> None:
    _lies(patch, "MCC", "clearance", is_cleared=True, reasons=[])


def mcc_clears_nothing(patch: Patch) -> None:
    _lies(patch, "MCC", "clearance", is_cleared=False, reasons=["daily-limit"])


def smso_hears_everybody(patch: Patch) -> None:
    devices = [{"device": "hub", "last_contact_us": None, "is_recent": True}]
    _lies(patch, "SMSO", "communications_check", devices=devices)


def smso_forgets_after_a_day(patch: Patch) -> None:
    patch.setattr(smso, "RECENT_US", DAY_US)


def dco_forgets_what_it_drew(patch: Patch) -> None:
    def discard(self: Custody, *, with_escrow: bool = False) -> tuple[int, ...]:
        del with_escrow
        dropped = tuple(self.held)
        self.held.clear()
        return dropped

    patch.setattr(Custody, "discard", discard)


def every_stop_is_for_the_whole_day(patch: Patch) -> None:
    def covers(asked: Home, supplier: str, other: Home) -> bool:
        return other.migration_day == asked.migration_day and supplier in other.suppliers

    patch.setattr(supplier_party, "_covers", covers)


def every_stop_is_for_one_home(patch: Patch) -> None:
    patch.setattr(supplier_party, "_covers", lambda asked, _, other: asked.name == other.name)


def s1sp_never_sends_an_n55(patch: Patch) -> None:
    patch.setattr(S1sp, "issue", lambda *_: N55(acknowledgement="I99", alert=None, utrn=None))


def mcc_takes_anybodys_authorisation(patch: Patch) -> None:
    def authorise(self: Mcc, asked: ReceivedAuthorisation, _now: Instant) -> AuthorisedDay:
        self._setup.premises.authorise(asked.installation, asked.day)
        return AuthorisedDay(day=asked.day)

    patch.setattr(Mcc, "_authorise", authorise)


def meter_takes_any_code(patch: Patch) -> None:
    for meter in (Esme, Gsme):
        patch.setattr(meter, "enter_code", lambda *_: UtrnAnswer(UtrnResult.ACCEPTED, 0, 0))


def dsp_checks_nothing(patch: Patch) -> None:
    patch.setattr(Dsp, "_objections", lambda *_: iter(()))


def s1sp_takes_anybodys_certificate(patch: Patch) -> None:
    def add(self: NetworkCertificates, asked: NewCertificate, _now: Instant) -> Notified:
        del self
        return Notified(role=asked.role, serial=asked.serial, by="supplier")

    patch.setattr(NetworkCertificates, "add", add)


def smso_activates_any_image(patch: Patch) -> None:
    patch.setattr(
        FirmwareRegister, "sequence", lambda *_: Sequence(fitted="00000000", images=("0000FFFF",))
    )
    patch.setattr(FirmwareRegister, "upgrade", lambda *_: Fitted(firmware="0000FFFF"))


def smso_configures_whatever_is_asked(patch: Patch) -> None:
    step = ConfigurationStep(setting="standing-charge-tenth-pence", value=1)
    patch.setattr(ConfigurationRegister, "sequence", lambda *_: Steps(steps=(step,)))
    patch.setattr(
        ConfigurationRegister,
        "configure",
        lambda _self, asked, _now: Ordered(setting=asked.setting, value=asked.value),
    )


def smso_calls_every_meter_configured(patch: Patch) -> None:
    meters = [{**_LISTED, "device": name} for name in ("esme", "gsme")]
    _lies(patch, "SMSO", "devices", devices=meters)


def dsp_has_its_result_at_once(patch: Patch) -> None:
    patch.setattr(dsp, "RESULT_AFTER_US", 0)


def inventory_enters_everything(patch: Patch) -> None:
    def set_status(self: Inventory, asked: StatusChange, now: Instant) -> StatusChanged:
        previous = self.status_of(asked.installation, asked.device) or asked.status
        effective = Instant(asked.effective_at_us or now)
        self.move(asked.installation, asked.device, asked.status, now, effective)
        return StatusChanged(status=asked.status, previous=previous)

    patch.setattr(Inventory, "_set_status", set_status)


def dco_holds_another_key(patch: Patch) -> None:
    _lies(patch, "DCO", "accept_hand_over", check_value="000000")


ABLATIONS: list[tuple[Callable[[Patch], None], str, str, str, str]] = [
    (mcc_clears_everything, "tmad/4.12(b)", "MCC", "daily-limit", "third-party-served"),
    (mcc_clears_everything, "tmad/4.23A", "MCC", "stop-late", "third-party-served"),
    (mcc_clears_everything, "seed0/dormant-suspension", "MCC", "dormant-suspended", "checks-fail"),
    (mcc_clears_everything, "tmad/authorisation-day", "MCC", "another-day", "third-party-served"),
    (mcc_clears_nothing, "tmad/4.12(b)", "MCC", "third-party-served", "missing-master-key"),
    (
        smso_hears_everybody,
        "tmad/communications-check",
        "SMSO",
        "communications-check-fails",
        "third-party-served",
    ),
    (
        smso_forgets_after_a_day,
        "tmad/communications-check",
        "SMSO",
        "communications-check-read-two-ways",
        "third-party-served",
    ),
    (every_stop_is_for_the_whole_day, "tmad/4.23", "MCC", "other-cohort-stop", "stop-late"),
    (every_stop_is_for_one_home, "tmad/4.23A", "MCC", "stop-on-time", "other-cohort-stop"),
    (s1sp_never_sends_an_n55, "seed0/n55", "S1SP", "utrn-period-to-the-minute", "gbcs-code-typed"),
    (
        mcc_takes_anybodys_authorisation,
        "domain/change-of-supplier",
        "MCC",
        "two-authorisations[by-somebody-else]",
        "stop-late",
    ),
    (meter_takes_any_code, "domain/utrn-forms", "device", "gbcs-code-typed", "stop-late"),
    (
        dsp_has_its_result_at_once,
        "srv/acknowledged",
        "DSP",
        "third-party-display-added",
        "stop-late",
    ),
    (
        s1sp_takes_anybodys_certificate,
        "seed3/certificates-afterwards",
        "S1SP",
        "network-certificates-afterwards",
        "stop-late",
    ),
    (
        smso_activates_any_image,
        "seed3/known-firmware",
        "SMSO",
        "dormant-firmware-half-way",
        "stop-late",
    ),
    (
        smso_configures_whatever_is_asked,
        "seed3/configuration-order",
        "SMSO",
        "dormant-configuration-half-way",
        "stop-late",
    ),
    (
        smso_calls_every_meter_configured,
        "seed0/configured-in-time",
        "SMSO",
        "dormant-configuration-half-way[no-sequence]",
        "stop-late",
    ),
    (dsp_checks_nothing, "srv/roles", "DSP", "service-requests-refused", "third-party-served"),
    (dsp_checks_nothing, "srv/variants", "DSP", "service-requests-refused", "third-party-served"),
    (dsp_checks_nothing, "srv/order", "DSP", "service-requests-refused", "third-party-served"),
    (dsp_checks_nothing, "srv/device-type", "DSP", "service-requests-refused", "stop-late"),
    (dsp_checks_nothing, "srv/order", "DSP", "critical-requests-refused", "stop-late"),
    (
        dsp_checks_nothing,
        "srv/reachable",
        "DSP",
        "service-request-while-the-wan-is-down",
        "stop-late",
    ),
    (
        inventory_enters_everything,
        "domain/smi-path",
        "INVENTORY",
        "smi-updates-out-of-order",
        "third-party-display-added",
    ),
    (dco_holds_another_key, "domain/10.8-hand-over", "SMSO", "third-party-served", "stop-late"),
]


@pytest.mark.parametrize(
    ("break_it", "clause", "party", "scenario", "unrelated"),
    ABLATIONS,
    ids=[f"{one.__name__}-{scenario}" for one, _, _, scenario, _ in ABLATIONS],
)
def test_a_party_that_breaks_a_rule_is_named_with_its_clause(
    monkeypatch: Patch,
    bench: Bench,
    break_it: Callable[[Patch], None],
    clause: str,
    party: str,
    scenario: str,
    unrelated: str,
) -> None:
    break_it(monkeypatch)

    caught = bench.load(f"rules/{scenario}").run(check=False)
    other = run(f"rules/{unrelated}")

    assert (clause, party) in {(fault.clause, fault.by) for fault in caught.party_faults}
    assert "engine-broke" not in {finding.name for finding in caught.findings}
    assert caught.verdict is Verdict.FAIL
    assert other.verdict is Verdict.PASS, [finding.detail for finding in other.findings]


def test_a_dco_that_throws_its_escrow_away_is_named(monkeypatch: Patch, bench: Bench) -> None:
    dco_forgets_what_it_drew(monkeypatch)

    caught = bench.load("rules/dco-discards-its-escrow").run(check=False)

    assert caught.stranded_by == "DCO"
    assert [(fault.clause, fault.by) for fault in caught.party_faults] == [
        ("domain/10.8-escrow", "DCO")
    ]


def test_the_engine_is_not_blamed_for_what_a_party_told_it(
    monkeypatch: Patch, bench: Bench
) -> None:
    mcc_clears_everything(monkeypatch)

    caught = bench.load("rules/daily-limit").run(check=False)

    engine = [one for one in caught.findings if one.name == "started-daily-limit"]
    assert engine == []


@pytest.mark.parametrize(
    "hanbench_scenario", [name for name in RULES if case(name).scenario.expect.party_faults]
)
def test_a_party_fault_that_is_expected_and_does_not_come_is_a_finding(
    monkeypatch: Patch, bench: Bench
) -> None:
    """A watch that sees nothing must not let such a scenario pass."""
    monkeypatch.setattr(PartyWatch, "note", lambda *_: None)

    result = bench.run(check=False)

    assert "party-fault-not-found" in {finding.name for finding in result.findings}
    assert not result.is_as_expected
