"""Engines that break a rule of the process: whether, when and with whom a migration may go."""

import asyncio

from hanbench.harness.engine.adapter import PartyRefused
from hanbench.harness.engine.port import AuthorisedMeter, Json
from hanbench.harness.engine.reference import configuration, entry
from hanbench.harness.engine.reference.work import Work
from hanbench.harness.zoo.modules import MIGRATE
from hanbench.harness.zoo.specimen import Swaps, faulty_engine

_LATE_S = 2 * 3_600


def _taken_for(swap: Swaps, party: str, operation: str, **lie: object) -> None:
    """Have the engine take this for the answer of a party, whatever it truly says."""
    call = Work.party

    async def party_of(self: Work, name: str, what: str, **arguments: object) -> Json:
        answer = await call(self, name, what, **arguments)
        return {**answer, **lie} if (name, what) == (party, operation) else answer

    swap.put(Work, "party", party_of)


def _forgiving(swap: Swaps, operation: str, instead: Json) -> None:
    """Have the engine take a refusal of this operation for a good answer."""
    call = Work.party

    async def party_of(self: Work, name: str, what: str, **arguments: object) -> Json:
        try:
            return await call(self, name, what, **arguments)
        except PartyRefused:
            if what != operation:
                raise
            return instead

    swap.put(Work, "party", party_of)


@faulty_engine(case="rules/stop-late", finding="started-stop-requested", clause="tmad/4.23A")
def starts_without_asking_the_mcc(swap: Swaps) -> None:
    """It starts when it is given the Installation, and asks nobody whether it still may."""
    call = Work.party

    async def party_of(self: Work, name: str, what: str, **arguments: object) -> Json:
        if name == "MCC":
            return {"is_cleared": True, "reasons": []}
        return await call(self, name, what, **arguments)

    swap.put(Work, "party", party_of)


@faulty_engine(
    case="rules/another-day",
    finding="started-not-authorised-today",
    clause="tmad/authorisation-day",
)
def migrates_on_the_wrong_day(swap: Swaps) -> None:
    """The day of the Authorisation is not looked at."""
    call = Work.party

    async def party_of(self: Work, name: str, what: str, **arguments: object) -> Json:
        answer = await call(self, name, what, **arguments)
        if name != "MCC":
            return answer
        reasons = [one for one in answer["reasons"] if one != "not-authorised-today"]
        return {**answer, "reasons": reasons, "is_cleared": not reasons}

    swap.put(Work, "party", party_of)


@faulty_engine(case="rules/stop-on-the-day", finding="started-stop-requested", clause="tmad/4.23A")
def asks_the_mcc_hours_before_it_starts(swap: Swaps) -> None:
    """It asks for clearance, waits for two hours, and starts on what it was told."""
    objection = MIGRATE.objection

    async def early(work: Work) -> str:
        why = str(await objection(work))
        if not why:
            await asyncio.sleep(_LATE_S)
        return why

    swap.put(MIGRATE, "objection", early)


@faulty_engine(case="rules/no-epcl-entry", finding="started-not-eligible", clause="tmad/epcl")
def ignores_the_epcl(swap: Swaps) -> None:
    """A device model without an entry on the EPCL is migrated like any other."""
    _taken_for(swap, "EPCL", "check", is_eligible=True)


@faulty_engine(
    case="rules/communications-check-fails",
    finding="started-silent",
    clause="dcc/exclusion/no-wan-before",
)
def ignores_a_silent_home(swap: Swaps) -> None:
    """A home that was not heard for a week is started."""
    _taken_for(swap, "SMSO", "communications_check", devices=[])


@faulty_engine(
    case="secure/clean-electricity-only",
    finding="started-unchecked",
    clause="tmad/communications-check",
)
def checks_communications_of_gas_homes_alone(swap: Swaps) -> None:
    """An electricity meter always listens, so a home without gas is started unchecked."""
    call = Work.party

    async def party_of(self: Work, name: str, what: str, **arguments: object) -> Json:
        has_gas = any(meter.type == "GSME" for meter in self.authorisation.meters)
        if what == "communications_check" and not has_gas:
            return {"devices": []}
        return await call(self, name, what, **arguments)

    swap.put(Work, "party", party_of)


@faulty_engine(
    case="rules/missing-master-key",
    finding="started-without-master-key",
    clause="var/missing-master-keys",
)
def starts_without_master_keys(swap: Swaps) -> None:
    """A meter whose master key is missing is found out after the start, not before."""
    meters = entry._meters

    async def complete(work: Work) -> list[Json]:
        return [{**one, "has_required_data": True} for one in await meters(work)]

    swap.put(entry, "_meters", complete)


@faulty_engine(
    case="rules/five-attempts", finding="started-too-often", clause="dcc/exclusion/five-attempts"
)
def tries_for_ever(swap: Swaps) -> None:
    """Attempts are not counted."""
    swap.put(entry, "ATTEMPTS_MAX", 100)


@faulty_engine(
    case="rules/last-joined-active", finding="wrong-device-selection", clause="tmad/4.44A"
)
def submits_the_first_joined(swap: Swaps) -> None:
    """Of two displays of a kind, the one that joined first stands in the file."""

    async def first(work: Work) -> list[Json]:
        report = await work.party("SMSO", "devices")
        able = [one for one in report["devices"] if one["has_required_data"]]
        chosen: dict[str, Json] = {}
        for one in sorted(able, key=lambda one: int(one["joined_order"])):
            if one["type"] in entry.ONE_OF_EACH and not one["is_third_party"]:
                chosen.setdefault(str(one["type"]), one)
        return list(chosen.values())

    swap.put(MIGRATE, "displays_to_migrate", first)


@faulty_engine(
    case="rules/last-joined-dormant[display-lacks-data]",
    finding="wrong-device-selection",
    clause="tmad/4.34A",
)
def submits_displays_without_data(swap: Swaps) -> None:
    """A display that nothing is known of stands in the file."""
    devices = entry._devices

    async def able(work: Work) -> list[Json]:
        return [{**one, "has_required_data": True} for one in await devices(work)]

    swap.put(entry, "_devices", able)


@faulty_engine(
    case="rules/file-set-fails-at-s1sp",
    finding="file-set-not-discarded",
    clause="tmad/5.27(c)(iii)",
)
def goes_on_after_a_failed_file_set(swap: Swaps) -> None:
    """The file set failed, and the rotation of keys begins."""
    _forgiving(swap, "process_signed_file_set", {})
    swap.put(MIGRATE, "problem_of", lambda *_: "")


@faulty_engine(case="rules/checks-fail", finding="commissioned-unchecked", clause="tmad/5.9")
def commissions_what_nobody_has_checked(swap: Swaps) -> None:
    """The Commissioning Party's checks do not answer, and that is taken for a yes."""
    _forgiving(swap, "check", {"passed": True})


@faulty_engine(
    case="rules/dormant-configuration-half-way[no-sequence]",
    finding="started-not-configured",
    clause="seed0/configured-in-time",
)
def leaves_a_dormant_meter_as_it_is(swap: Swaps) -> None:
    """The configuration of a Dormant Meter is not looked at before the start."""
    meters = entry._meters

    async def configured(work: Work) -> list[Json]:
        return [{**one, "is_configured": True} for one in await meters(work)]

    swap.put(entry, "_meters", configured)


@faulty_engine(
    case="rules/dormant-configuration-half-way",
    finding="unknown-configuration",
    clause="seed3/configuration-order",
)
def sends_a_configuration_all_at_once(swap: Swaps) -> None:
    """A step that was ordered is taken for taken, and the next one follows on its heels."""

    async def at_once(_work: Work, _meter: AuthorisedMeter, _step: Json) -> bool:
        return True

    swap.put(configuration, "_has_taken", at_once)
