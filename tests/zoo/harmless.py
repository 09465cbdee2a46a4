"""Specimens that the tests bring along: one without a mistake, one that only crashes."""

from hanbench.harness.engine.reference import rotation
from hanbench.harness.zoo.specimen import Swaps, faulty_engine


@faulty_engine(case="secure/rotation-response-lost", finding="confidently-wrong")
def makes_no_mistake(swap: Swaps) -> None:
    """Nothing is wrong with it."""
    del swap


@faulty_engine(case="secure/rotation-response-lost", finding="confidently-wrong")
def crashes_on_a_time_out(swap: Swaps) -> None:
    """It divides by zero when an answer does not come."""

    async def crash(*_: object) -> None:
        raise ZeroDivisionError

    swap.put(rotation, "_resolve", crash)
