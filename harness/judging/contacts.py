"""Which devices of a home had not been heard when it was to start, reckoned by the bench itself.

"Communications check 7 days before" (TMAD v5.1 conclusions) is read in one of two ways, as the
scenario says (domain.md 10.8): the device was heard within seven days, or within the last day [M].
"""

from hanbench.emulator.instant import Instant
from hanbench.harness.parties.organisations import Organisations
from hanbench.harness.running.case import Case

COUNTS = {"heard-within-7-days": "seven days", "checked-on-the-day": "a day"}
"""How long a contact counts by each reading, in words."""
_HOUR_US = 3_600_000_000
_COUNTS_US = {"heard-within-7-days": 168 * _HOUR_US, "checked-on-the-day": 24 * _HOUR_US}


def unheard(case: Case, parties: Organisations, now: Instant) -> tuple[str, ...]:
    """Return the names of the devices whose last contact no longer counts."""
    smso = case.scenario.parties.smso
    home = case.installation.name
    limit_us = _COUNTS_US[smso.communications]
    late = []
    for name, before_us in smso.last_heard.items():
        heard_at = parties.last_contact_at(home, name)
        since_us = now + before_us if heard_at is None else now - heard_at
        if since_us > limit_us:
            late.append(name)
    return (*smso.silent, *(name for name in late if name not in smso.silent))
