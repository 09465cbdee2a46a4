"""What makes two failures of one case the same failure: the verdict and what was found, no more.

Details, instants and hashes are left out, so that a known failure stays known when the bench words
it better; another finding, or another device, is another failure.
"""

import hashlib

from hanbench.harness.verdict import CaseResult

DIGITS = 12


def fingerprint(result: CaseResult) -> str:
    """Return the fingerprint of a result, 12 hex digits."""
    found = sorted({(one.name, one.device, one.clause) for one in result.findings})
    said = repr((result.case, result.verdict.value, found))
    return hashlib.sha256(said.encode()).hexdigest()[:DIGITS]


def in_words(result: CaseResult) -> str:
    """Say what a result is: `fail: confidently-wrong gsme property/P9`."""
    first = result.findings[0] if result.findings else None
    what = (
        "" if first is None else " ".join(p for p in (first.name, first.device, first.clause) if p)
    )
    return f"{result.verdict.value}: {what}" if what else result.verdict.value
