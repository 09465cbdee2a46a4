"""One short file of a format for its reference page; a test reads each with the bench's reader."""

from hanbench.harness.files.loader import fixtures_folder

_FIXTURES = fixtures_folder("")


def _shipped(*parts: str) -> str:
    text = _FIXTURES.joinpath(*parts).read_text(encoding="utf-8")
    return f"`{'/'.join(('fixtures', *parts))}`:\n\n```yaml\n{text.rstrip()}\n```\n"


BASELINE = """\
baseline: 1
suite: secure
cases:
  - secure/clean-two-fuel
  - secure/rotation-response-lost
known:
  - case: secure/rotation-response-lost
    fingerprint: 0123456789ab
    what: confidently-wrong gsme [P9]
    reason: the engine takes a time-out as proof; mended in its release 2.4
    expires: 2027-03-31
"""
EXAMPLES = {
    "scenario": _shipped("scenarios", "secure", "rotation-response-lost.yaml"),
    "installation": _shipped("installations", "two-fuel.yaml"),
    "baseline": f"```yaml\n{BASELINE}```\n",
}
"""By the name of the page."""
