"""Engines that draw the wrong joint outcome from what they know (domain.md 10.8)."""

from hanbench.harness.engine.port import AuthorisedMeter, EndState, KeyBelief
from hanbench.harness.engine.reference import outcome
from hanbench.harness.engine.reference.work import Work
from hanbench.harness.zoo.modules import MIGRATE
from hanbench.harness.zoo.specimen import Swaps, faulty_engine

JOINT = "domain/10.8-joint-outcome"
COMMS_GONE = "secure/rotation-response-lost-comms-gone"
Ended = tuple[EndState, str]


@faulty_engine(case=COMMS_GONE, finding="outcome-contradicts-truth", clause=JOINT)
def claims_intact_with_gas_unknown(swap: Swaps) -> None:
    """It rolls back, and says that all keys are intact, although the gas meter's is not known."""
    roll_back = outcome._roll_back

    async def intact(work: Work, _unknown: list[str], why: str) -> Ended:
        return await roll_back(work, [], why)

    swap.put(outcome, "_roll_back", intact)


@faulty_engine(
    case="secure/esme-committed-gsme-not", finding="outcome-contradicts-truth", clause=JOINT
)
def commissions_with_gas_unknown(swap: Swaps) -> None:
    """Electricity has moved, so the home is called commissioned, whatever the gas meter holds."""
    go_forward = outcome._go_forward

    async def whole(work: Work, moved: list[AuthorisedMeter], why: str) -> Ended:
        end_state, detail = await go_forward(work, moved, why)
        is_half = end_state is EndState.ELECTRICITY_ONLY
        return (EndState.COMMISSIONED if is_half else end_state), detail

    swap.put(outcome, "_go_forward", whole)


@faulty_engine(
    case="rules/commissioning-fails-after-rotation",
    finding="outcome-contradicts-truth",
    clause=JOINT,
)
def takes_a_refused_commissioning_for_done(swap: Swaps) -> None:
    """The Commissioning Party refuses, and the engine reports the home as commissioned."""
    go_forward = outcome._go_forward

    async def anyway(work: Work, moved: list[AuthorisedMeter], why: str) -> Ended:
        end_state, detail = await go_forward(work, moved, why)
        is_refused = detail.startswith("commissioning failed")
        return (EndState.COMMISSIONED if is_refused else end_state), detail

    swap.put(outcome, "_go_forward", anyway)


@faulty_engine(
    case="secure/rollback-asked-after-commit", finding="outcome-contradicts-truth", clause=JOINT
)
def rolls_back_after_a_commit(swap: Swaps) -> None:
    """A roll-back that is asked for is done and claimed, although a meter has moved."""
    end_state = outcome._end_state

    async def obey(work: Work) -> Ended:
        if work.port.stop_requested:
            await work.party("SMSO", "roll_back")
            return EndState.ROLLED_BACK_INTACT, "as it was asked for"
        return await end_state(work)

    swap.put(outcome, "_end_state", obey)


@faulty_engine(
    case="secure/gsme-committed-esme-not",
    finding="handed-back-after-commit",
    clause="seed0/no-complete-rollback",
)
def hands_a_moved_meter_back_to_the_smso(swap: Swaps) -> None:
    """Gas has moved and electricity cannot: the home goes back to the SMSO all the same."""
    go_forward = outcome._go_forward

    async def back(work: Work, moved: list[AuthorisedMeter], why: str) -> Ended:
        end_state, detail = await go_forward(work, moved, why)
        if end_state is EndState.UNRESOLVED:
            await work.party("SMSO", "roll_back")
        return end_state, detail

    swap.put(outcome, "_go_forward", back)


@faulty_engine(
    case="secure/smso-refuses-hand-over",
    finding="rolled-back-but-on-dcc",
    clause="domain/10.5-states",
)
def leaves_the_account_with_the_dcc(swap: Swaps) -> None:
    """It claims a roll-back, and never asks the SMSO to take the Installation back."""
    roll_back = outcome._roll_back

    async def in_words(work: Work, unknown: list[str], why: str) -> Ended:
        is_started, work.memory.is_started = work.memory.is_started, False
        ended = await roll_back(work, unknown, why)
        work.memory.is_started = is_started
        return ended

    swap.put(outcome, "_roll_back", in_words)


@faulty_engine(
    case="rules/checks-fail", finding="not-started-but-moved", clause="domain/10.5-states"
)
def calls_a_failed_migration_not_started(swap: Swaps) -> None:
    """What ended before any key moved is claimed never to have been started."""
    roll_back = outcome._roll_back

    async def never(work: Work, unknown: list[str], why: str) -> Ended:
        end_state, detail = await roll_back(work, unknown, why)
        is_intact = end_state is EndState.ROLLED_BACK_INTACT
        return (EndState.NOT_STARTED if is_intact else end_state), detail

    swap.put(outcome, "_roll_back", never)


@faulty_engine(
    case="rules/mixed-home-rolled-back",
    finding="supplier-not-told",
    clause="seed0/after-rollback",
)
def tells_no_supplier(swap: Swaps) -> None:
    """It ends the migration, and tells the supplier nothing."""

    async def silent(*_: object) -> None:
        return None

    swap.put(outcome, "_tell", silent)


@faulty_engine(case=COMMS_GONE, finding="rotated-beyond-a-doubt", clause=JOINT)
def goes_on_to_the_next_meter(swap: Swaps) -> None:
    """The gas meter's key is not known, and the electricity meter's is rotated all the same."""
    rotate = MIGRATE.rotate
    check = MIGRATE.check_new_key

    async def every(work: Work) -> None:
        for name in work.authorisation.rotation_order:
            meter = work.meter(name)
            if not work.memory_of(meter).is_unreachable:
                summary = await rotate(work, meter)
                if summary is KeyBelief.NEW:
                    await check(work, meter)

    swap.put(MIGRATE, "_rotate_all", every)


@faulty_engine(case=COMMS_GONE, finding="outcome-contradicts-truth", clause=JOINT)
def calls_every_doubt_unresolved(swap: Swaps) -> None:
    """A gas meter in doubt leaves the home with nobody, in place of a limited roll-back."""
    roll_back = outcome._roll_back

    async def undecided(work: Work, unknown: list[str], why: str) -> Ended:
        if unknown:
            return EndState.UNRESOLVED, why or f"the key of {', '.join(unknown)} is not known"
        return await roll_back(work, unknown, why)

    swap.put(outcome, "_roll_back", undecided)


@faulty_engine(
    case="secure/rollback-asked-after-commit[before-any-rotation]",
    finding="went-on-after-a-stop",
    clause="seed0/sua-rollback",
)
def ignores_a_stop(swap: Swaps) -> None:
    """A roll-back that is asked for before any key has moved is not listened to."""

    def never(_work: Work) -> bool:
        return False

    swap.put(Work, "is_asked_to_stop", property(never))
