"""Reports that other devices have asked for: by a binding, and by what they configured.

Source: ZigBee Cluster Library (075123), section 2.5.7 (configure reporting): an attribute is
reported at the latest after the maximum interval, and as soon as it has changed by the reportable
change if the minimum interval is over. Reports go to whoever the cluster is bound to (ZigBee
05-3474, 2.4.3.2.2).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from hanbench.emulator.instant import SECOND_US, Instant, after
from hanbench.emulator.node.zdo.bindings import Binding
from hanbench.protocol.zigbee.attributes import AttributeValue
from hanbench.protocol.zigbee.zcl import ZclStatus
from hanbench.protocol.zigbee.zcl_general import (
    Attribute,
    ReportAttributes,
)
from hanbench.protocol.zigbee.zcl_reporting import (
    AskedRule,
    ConfigureReporting,
    ConfigureReportingResponse,
    ReadReportingConfiguration,
    ReadReportingConfigurationResponse,
    ReportDirection,
    ReportingFailure,
    ReportingRule,
    ReportingTimeout,
)

Values = Mapping[int, AttributeValue]
Bindings = Callable[[], Iterable[Binding]]
NEVER: Final = 0xFFFF
"""As a maximum interval: the attribute is reported no more."""
SHORTEST_US: Final = SECOND_US
"""An attribute is looked at once a second at most [M]."""
RULES_MAX: Final = 64


@dataclass(slots=True)
class _Rule:
    stated: ReportingRule
    interval_us_min: int
    interval_us_max: int | None
    """None: it is reported when it has changed, and only then."""
    change: int
    looked_at: Instant
    reported_at: Instant | None = None
    reported: int | None = None

    @property
    def due(self) -> Instant:
        if self.reported_at is None:
            return self.looked_at
        look = after(self.looked_at, max(self.interval_us_min, SHORTEST_US))
        if self.interval_us_max is None:
            return look
        latest = after(self.reported_at, self.interval_us_max)
        # An attribute that is gone is not reported at the latest either, but looked for again.
        return min(look, latest) if latest > self.looked_at else look

    def wants(self, value: AttributeValue, now: Instant) -> bool:
        """Whether a value is worth a report now."""
        if self.reported_at is None:
            return True
        if self.interval_us_max is not None and now - self.reported_at >= self.interval_us_max:
            return True
        if not isinstance(value.value, int) or self.reported is None:
            return value.value != self.reported
        return abs(value.value - self.reported) >= max(1, self.change)


@dataclass(frozen=True, slots=True)
class Due:
    """A report that is due, and to whom it goes."""

    binding: Binding
    report: ReportAttributes


@dataclass(slots=True)
class Reporting:
    """The reports of one device."""

    bindings: Bindings
    deadline: Instant | None = None
    """When `due` is next worth calling."""
    _rules: dict[tuple[int, int], _Rule] = field(default_factory=dict)
    """By cluster and attribute."""

    def provision(self, cluster: int, rules: Iterable[ReportingRule], now: Instant) -> None:
        """Begin with what was configured long ago, and was last reported now."""
        for rule in rules:
            self._rules[cluster, rule.id] = held = _rule_of(rule, now)
            held.reported_at = now
        self._plan()

    def restart(self, now: Instant) -> None:
        """Begin each interval anew: the power was away, and the rules are kept."""
        for rule in self._rules.values():
            rule.looked_at = rule.reported_at = now
        self._plan()

    def bound_to(self, cluster: int) -> tuple[Binding, ...]:
        """Return who hears of a cluster."""
        return tuple(one for one in self.bindings() if one.cluster == cluster)

    def configure(
        self, cluster: int, command: ConfigureReporting, held: Values, now: Instant
    ) -> ConfigureReportingResponse:
        """Take what somebody wants reported; say what cannot be."""
        failures = [
            failure
            for rule in command.rules
            if (failure := self._take(cluster, rule, held, now)) is not None
        ]
        self._plan()
        return ConfigureReportingResponse(tuple(failures))

    def configuration(
        self, cluster: int, command: ReadReportingConfiguration, held: Values
    ) -> ReadReportingConfigurationResponse:
        """Say what has been configured, and what has not (ZCL 2.5.9)."""
        return ReadReportingConfigurationResponse(
            tuple(self._told(cluster, one, held) for one in command.asked)
        )

    def due(self, values: Callable[[int], Values], now: Instant) -> list[Due]:
        """Return the reports that are due, a cluster and a bound device at a time."""
        changed: dict[int, list[Attribute]] = {}
        read: dict[int, Values] = {}
        for (cluster, number), rule in self._rules.items():
            if rule.due > now:
                continue
            rule.looked_at = now
            if cluster not in read:
                read[cluster] = values(cluster)
            value = read[cluster].get(number)
            if value is None or not rule.wants(value, now):
                continue
            rule.reported_at = now
            rule.reported = value.value if isinstance(value.value, int) else None
            changed.setdefault(cluster, []).append(Attribute(number, value))
        self._plan()
        reports = {cluster: ReportAttributes(tuple(found)) for cluster, found in changed.items()}
        # Device by device, so that one who gets two reports gets them in a row.
        return [
            Due(binding, reports[binding.cluster])
            for binding in (self.bindings() if reports else ())
            if binding.cluster in reports
        ]

    def _take(
        self, cluster: int, rule: ReportingRule | ReportingTimeout, held: Values, now: Instant
    ) -> ReportingFailure | None:
        if isinstance(rule, ReportingTimeout):
            return None  # about reports that we receive: nothing follows from it
        value = held.get(rule.id)
        status = ZclStatus.SUCCESS
        if value is None:
            status = ZclStatus.UNSUPPORTED_ATTRIBUTE
        elif value.type is not rule.type:
            status = ZclStatus.INVALID_DATA_TYPE
        elif 0 < rule.interval_s_max < rule.interval_s_min:
            status = ZclStatus.INVALID_VALUE
        elif len(self._rules) >= RULES_MAX and (cluster, rule.id) not in self._rules:
            status = ZclStatus.INSUFFICIENT_SPACE
        if status is not ZclStatus.SUCCESS:
            return ReportingFailure(status, ReportDirection.SEND, rule.id)
        if rule.interval_s_max == NEVER:
            self._rules.pop((cluster, rule.id), None)
            return None
        self._rules[cluster, rule.id] = _rule_of(rule, now)
        return None

    def _told(
        self, cluster: int, asked: AskedRule, held: Values
    ) -> ReportingRule | ReportingFailure:
        value, rule = held.get(asked.id), self._rules.get((cluster, asked.id))
        is_ours = asked.direction is ReportDirection.SEND
        if rule is not None and is_ours:
            return rule.stated
        status = ZclStatus.UNSUPPORTED_ATTRIBUTE if value is None else ZclStatus.NOT_FOUND
        return ReportingFailure(status, asked.direction, asked.id)

    def _plan(self) -> None:
        self.deadline = min((rule.due for rule in self._rules.values()), default=None)


def _rule_of(rule: ReportingRule, now: Instant) -> _Rule:
    return _Rule(
        stated=rule,
        interval_us_min=rule.interval_s_min * SECOND_US,
        interval_us_max=rule.interval_s_max * SECOND_US or None,
        change=rule.change if isinstance(rule.change, int) else 0,
        looked_at=now,
    )
