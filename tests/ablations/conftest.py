"""What is kept of a file that was read or signed under a break must not outlive the break."""

from collections.abc import Iterator

import pytest

from hanbench.protocol.migration import commissioning, common_file, file_sets, signature

KEPT = (
    commissioning.encode_commissioning,
    commissioning.encode_outcomes,
    common_file.decode,
    common_file.encode,
    file_sets.encode_dco,
    file_sets.encode_s1sp,
    signature.sign,
)


def forget() -> None:
    for function in KEPT:
        function.cache_clear()


@pytest.fixture(autouse=True)
def _keeps_no_file_of_a_break() -> Iterator[None]:
    forget()
    yield
    forget()
