"""Rules broken in the reference engine, in a party, or in the bench's own reports."""

import dataclasses
import re
from collections.abc import Callable
from importlib import import_module
from typing import Any

from tests.ablations.breaks import Break, Patch

from hanbench.emulator.instant import HOUR_US, Instant
from hanbench.emulator.parties import (
    commissioning_party,
    epcl,
    epcl_operations,
    utrn_period,
)
from hanbench.emulator.parties.dco import Dco
from hanbench.emulator.parties.dsp import Dsp
from hanbench.emulator.parties.epcl import Epcl
from hanbench.emulator.parties.utrn_period import CUT_OVER, Phase, SmsoRoute
from hanbench.harness.engine.port import Authorisation, AuthorisedMeter, EndState, Json
from hanbench.harness.engine.reference import entry, outcome, rotation
from hanbench.harness.engine.reference.exchange import Line
from hanbench.harness.engine.reference.work import Work
from hanbench.harness.parties import migration_reports
from hanbench.harness.parties.authorisation_files import PASSWORD
from hanbench.harness.parties.migration_reports import Attempt, Report
from hanbench.protocol.errors import FileError
from hanbench.protocol.migration import authorisation, protected_file, signature, xml_file
from hanbench.protocol.migration.authorisation import MigrationAuthorisation

migrate = import_module("hanbench.harness.engine.reference.migrate")


def offers_a_code_again(patch: Patch) -> None:
    """A code is kept and used for whatever comes next."""
    spent: dict[tuple[str, int], Json] = {}
    authorise = Line._authorise

    async def once(self: Line, device: str, instruction: bytes, version: int | None) -> Any:
        if version is None:
            return None
        if (device, version) not in spent:
            spent[device, version] = await authorise(self, device, instruction, version) or {}
        return spent[device, version]

    patch.setattr(Line, "_authorise", once)


def rotates_untested_keys(patch: Patch) -> None:
    """Whatever the SMSO hands over is taken for the meter's own key."""

    async def untested(work: Work) -> None:
        for meter in work.authorisation.meters:
            await work.note("tested", device=meter.name)

    patch.setattr(migrate, "_test", untested)


def takes_a_time_out_for_old(patch: Patch) -> None:
    """Nothing came back, so nothing can have happened."""

    async def taken_as_old(work: Work, meter: AuthorisedMeter) -> None:
        memory = work.memory_of(meter)
        assert memory.belief is not None
        memory.belief = dataclasses.replace(memory.belief, open_counters=())
        work.state_belief(meter, "no answer came, so the meter still has the old key")

    patch.setattr(rotation, "_resolve", taken_as_old)


def calls_every_roll_back_limited(patch: Patch) -> None:
    roll_back = outcome._roll_back

    async def limited(work: Work, unknown: list[str], why: str) -> tuple[EndState, str]:
        end, said = await roll_back(work, unknown, why)
        is_whole = end is EndState.ROLLED_BACK_INTACT
        return (EndState.ROLLED_BACK_LIMITED if is_whole else end), said

    patch.setattr(outcome, "_roll_back", limited)


def hands_a_moved_home_back(patch: Patch) -> None:
    async def back(work: Work, moved: object, why: str) -> tuple[EndState, str]:
        del moved
        await work.party("SMSO", "roll_back")
        return EndState.UNRESOLVED, why

    patch.setattr(outcome, "_go_forward", back)


def calls_a_moved_home_rolled_back(patch: Patch) -> None:
    async def back(work: Work, moved: object, why: str) -> tuple[EndState, str]:
        del work, moved
        return EndState.ROLLED_BACK_INTACT, why or "nothing moved"

    patch.setattr(outcome, "_go_forward", back)


def gives_up_for_a_silent_gas_meter(patch: Patch) -> None:
    test_one = migrate._test_one

    async def strict(work: Work, meter: AuthorisedMeter) -> None:
        await test_one(work, meter)
        if work.memory_of(meter).is_unreachable:
            await migrate._refuse(work, f"{meter.name} does not answer")

    patch.setattr(migrate, "_test_one", strict)


def counts_attempts_that_never_were(patch: Patch) -> None:
    patch.setattr(entry, "ATTEMPTS_MAX", 4)


def period_of_two_days(patch: Patch) -> None:
    """The length of the first draft."""
    patch.setattr(utrn_period, "UTRN_PERIOD_US", 48 * HOUR_US)


def period_from_the_first_of_the_home(patch: Patch) -> None:
    """One clock for the whole home: whichever meter moves first starts it for both."""
    own = Dco.utrn_period_started_at

    def shared(self: Dco, installation: str, device: str) -> Instant | None:
        del device
        begun = [own(self, installation, name) for name in ("esme", "gsme")]
        return min((one for one in begun if one is not None), default=None)

    patch.setattr(Dco, "utrn_period_started_at", shared)


def period_that_never_begins(patch: Patch) -> None:
    patch.setattr(Dco, "utrn_period_started_at", lambda *_: None)


def _route(patch: Patch, phase: Phase, **changed: object) -> None:
    patch.setitem(CUT_OVER, phase, dataclasses.replace(CUT_OVER[phase], **changed))


def web_page_in_the_period(patch: Patch) -> None:
    _route(patch, Phase.UTRN_PERIOD, web_vend=True)


def smso_drops_the_stranded(patch: Patch) -> None:
    _route(patch, Phase.ROLLED_BACK, smso=SmsoRoute.OVER)


def list_needs_no_approval(patch: Patch) -> None:
    def propose(self: Epcl, asked: epcl_operations.Proposal, now: Instant) -> object:
        return self._enter(asked.model, asked.way, now)

    patch.setattr(Epcl, "_propose", propose)


def ppct_waits_for_approval(patch: Patch) -> None:
    def propose(self: Epcl, asked: epcl_operations.Proposal, now: Instant) -> object:
        del now
        self._waiting[asked.model] = asked.way
        return epcl_operations.Entry(model=asked.model, way=asked.way, effective_since_us=None)

    patch.setattr(Epcl, "_propose", propose)


def separation_after_the_standstill(patch: Patch) -> None:
    patch.setattr(epcl, "AFTER_STANDSTILL_MONTHS", 0)


def separation_from_the_first_entry(patch: Patch) -> None:
    enter = Epcl._enter

    def once(self: Epcl, model: str, way: Any, now: Instant) -> object:
        before = self._last_entry
        entered = enter(self, model, way, now)
        self._last_entry = before if before is not None else now
        return entered

    patch.setattr(Epcl, "_enter", once)


def _reports(patch: Patch, change: Any) -> None:
    honest = migration_reports.reports_of

    def reports_of(attempts: tuple[Attempt, ...]) -> tuple[Report, ...]:
        return tuple(change(report) for report in honest(attempts))

    patch.setattr(migration_reports, "reports_of", reports_of)


def report_drops_a_row(patch: Patch) -> None:
    def shorter(report: Report) -> Report:
        is_six = report.number == "S1MIG-006"
        return dataclasses.replace(report, rows=report.rows[1:]) if is_six else report

    _reports(patch, shorter)


def report_doubles_a_cancellation(patch: Patch) -> None:
    def longer(report: Report) -> Report:
        is_ten = report.number == "S1MIG-010"
        return dataclasses.replace(report, rows=(*report.rows, *report.rows)) if is_ten else report

    _reports(patch, longer)


def cancelled_ones_are_migrations(patch: Patch) -> None:
    patch.setattr(Attempt, "is_migration", property(lambda _: True))


def a_home_of_the_day_is_forgotten(patch: Patch) -> None:
    honest = migration_reports.attempts_of

    def attempts_of(case: str, events: Any, epoch: Any) -> tuple[Attempt, ...]:
        return honest(case, events, epoch)[1:]

    patch.setattr(migration_reports, "attempts_of", attempts_of)


def starts_whatever_the_mcc_says(patch: Patch) -> None:
    party_of = Work.party

    async def party(self: Work, name: str, what: str, **arguments: object) -> Json:
        said = await party_of(self, name, what, **arguments)
        return {**said, "is_cleared": True} if what == "clearance" else said

    patch.setattr(Work, "party", party)


def takes_the_good_lines_of_a_file(patch: Patch) -> None:
    """What cannot be read of an Authorisation is left out, and the rest is acted on."""
    read = authorisation.decode

    def lenient(data: bytes, *, name: str) -> MigrationAuthorisation:
        lines = data.split(b"\r\n")
        while len(lines) > 4:
            try:
                return read(b"\r\n".join(lines), name=name)
            except FileError:
                lines = [*lines[:-3], b"TRAILER,%d" % (len(lines) - 5), b""]
        return read(data, name=name)

    patch.setattr(authorisation, "decode", lenient)


def opens_with_any_password(patch: Patch) -> None:
    unprotect = protected_file.unprotect
    patch.setattr(
        protected_file, "unprotect", lambda data, name, _given: unprotect(data, name, PASSWORD)
    )


def leaves_certificates_out(patch: Patch) -> None:
    signed = migrate.signed_common_file

    def without(given: Authorisation, displays: Any = ()) -> Json:
        return signed(given.model_copy(update={"certificates": ()}), displays)

    patch.setattr(migrate, "signed_common_file", without)


def believes_any_signature(patch: Patch) -> None:
    patch.setattr(signature, "verify", lambda *_a, **_k: None)


def reads_document_types(patch: Patch) -> None:
    """What libxml2 makes of a document type is left to libxml2."""
    patch.setattr(xml_file, "_DOCTYPE", re.compile("(?!)"))


def says_what_was_not_asked(patch: Patch) -> None:
    """The Commissioning Party signs outcomes for devices that it has not commissioned."""
    write = commissioning_party.write_outcomes

    def none_of_them(entry_: Any, name: str, _done: Any, error: str) -> Any:
        return write(entry_, name, (), error)

    patch.setattr(commissioning_party, "write_outcomes", none_of_them)


def _does_nothing(reference: str) -> Callable[[Patch], None]:
    """A service request that is acknowledged, answered well, and changes nothing."""

    def broken(patch: Patch) -> None:
        act = Dsp._act

        def acted(self: Dsp, asked: Any, row: Any, now: Instant) -> None:
            if asked.reference != reference:
                act(self, asked, row, now)

        patch.setattr(Dsp, "_act", acted)

    broken.__name__ = f"{reference}_changes_nothing"
    return broken


def executes_what_was_executed(patch: Patch) -> None:
    patch.setattr(Dsp, "_of_counter", lambda *_: iter(()))


DISPLAY_ADDED, METER_ADDED = "rules/third-party-display-added", "rules/third-party-meter-added"
CANCELLED = "rules/cancelled-before-and-after-the-file"
# With no attempt in the case nothing can be lost: the unrelated one migrates nothing.
NOTHING_MIGRATES = "han/leave"
BARE = "rules/checks-fail"
BREAKS = [
    Break("dcc/device-testing", rotates_untested_keys, "secure/wrong-key-handed-over"),
    Break("def/sua", offers_a_code_again, "secure/rotation-request-lost"),
    Break("property/P9", takes_a_time_out_for_old, "secure/rotation-response-lost"),
    Break("property/P9", takes_a_time_out_for_old, "secure/rotation-fetched-late"),
    Break("seed0/sua-rollback", calls_every_roll_back_limited, "secure/wrong-key-handed-over"),
    Break(
        "seed0/no-complete-rollback", hands_a_moved_home_back, "secure/rollback-asked-after-commit"
    ),
    Break(
        "domain/10.8-joint-outcome",
        calls_a_moved_home_rolled_back,
        "secure/gsme-committed-esme-not",
    ),
    Break("var/gt01", gives_up_for_a_silent_gas_meter, "rules/gas-meter-without-han"),
    Break(
        "dcc/exclusion/attempts-counted",
        counts_attempts_that_never_were,
        "rules/stopped-attempts-do-not-count",
    ),
    Break("def/utrn-period", period_of_two_days, "secure/top-up-through-the-utrn-period"),
    Break("seed0/two-clocks", period_from_the_first_of_the_home, "rules/two-clocks"),
    Break("tmad/3.14C(a)", period_that_never_begins, "rules/two-clocks"),
    Break("seed0/utrn-cutover", web_page_in_the_period, "secure/top-up-through-the-utrn-period"),
    Break("seed0/utrn-stranded", smso_drops_the_stranded, "secure/power-cut-torn-commit"),
    Break("tmad/3.7", list_needs_no_approval, "rules/no-epcl-entry[not-approved]"),
    Break("tmad/3.7", ppct_waits_for_approval, "rules/no-epcl-entry"),
    Break("tmad/3.14E", separation_after_the_standstill, "rules/separation-date"),
    Break("tmad/3.14E", separation_from_the_first_entry, "rules/separation-date"),
    Break("s1sr/11.1(a)", executes_what_was_executed, "rules/signed-request-sent-twice"),
    Break("tmad/authorised", starts_whatever_the_mcc_says, "rules/malformed-authorisation", BARE),
    Break("files/whole-or-not", takes_the_good_lines_of_a_file, "rules/malformed-authorisation"),
    Break("files/signature", believes_any_signature, "rules/files-not-in-order"),
    Break("files/xml", reads_document_types, "rules/files-not-in-order"),
    Break("files/required-file-sets", says_what_was_not_asked, "rules/files-not-in-order", BARE),
    Break("files/password", opens_with_any_password, "rules/protected-authorisation"),
    Break(
        "seed3/network-certificates",
        leaves_certificates_out,
        "rules/network-certificates-attached",
    ),
    *[
        Break(f"srv/{one}", _does_nothing(one), where)
        for where, requests in (
            (DISPLAY_ADDED, ("12.2", "8.11", "8.7.2")),
            (METER_ADDED, ("6.21", "8.7.1", "8.1.1")),
        )
        for one in requests
    ],
    Break("seed0/s1mig-counting", report_drops_a_row, CANCELLED, NOTHING_MIGRATES),
    Break("seed0/s1mig-counting", report_doubles_a_cancellation, CANCELLED, "rules/checks-fail"),
    Break("seed0/s1mig-counting", cancelled_ones_are_migrations, CANCELLED, "rules/checks-fail"),
    Break("seed0/s1mig-counting", a_home_of_the_day_is_forgotten, CANCELLED, NOTHING_MIGRATES),
]
