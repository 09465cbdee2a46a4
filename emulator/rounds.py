"""Things that a device does over and over: link status, reports, reads, the expiry of a mirror.

A device has one deadline; this keeps the several reasons for it apart. Two that fall on one instant
are done in the order of their names, so never in the order of a hash.
"""

from hanbench.emulator.instant import Instant, after

LINK_STATUS_US = 15_000_000
"""nwkLinkStatusPeriod of a router, 15 s (han.md section 2)."""


class Rounds:
    """Named jobs, each due at an instant or not at all."""

    def __init__(self) -> None:
        self._due: dict[str, Instant] = {}
        self._every_us: dict[str, int] = {}

    def every(self, job: str, interval_us: int | None, first: Instant) -> None:
        """Do a job at `first` and each `interval_us` after; None or 0: never."""
        if interval_us:
            self._every_us[job] = interval_us
            self._due[job] = first

    def once(self, job: str, when: Instant | None) -> None:
        """Do a job at an instant instead of when it was due before; None: not at all."""
        if when is None:
            self._due.pop(job, None)
        else:
            self._due[job] = when

    @property
    def next(self) -> Instant | None:
        """When the first job is due."""
        return min(self._due.values(), default=None)

    def take_due(self, now: Instant) -> list[str]:
        """Return the jobs due by now, oldest first, and put the periodic ones down again."""
        ready = sorted((when, job) for job, when in self._due.items() if when <= now)
        for when, job in ready:
            interval_us = self._every_us.get(job)
            if interval_us is None:
                del self._due[job]
            else:
                # From when it was due, not from now: a late wake must not shift the rhythm.
                self._due[job] = max(after(when, interval_us), after(now, 1))
        return [job for _, job in ready]
