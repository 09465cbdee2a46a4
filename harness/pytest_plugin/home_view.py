"""The emulated home, as a test sees it: what devices truly hold, and what is done there."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from hanbench.emulator.events import AlertRaised, LogWritten
from hanbench.harness.judging.han_truth import HanTruth, han_truth

if TYPE_CHECKING:
    from hanbench.emulator.meters.esme import Esme
    from hanbench.emulator.meters.gsme import Gsme
    from hanbench.harness.pytest_plugin.bench_view import Bench


class DeviceView:
    """One device of the home."""

    def __init__(self, bench: "Bench", name: str) -> None:
        self._bench = bench
        self.name = name

    @override
    def __repr__(self) -> str:
        return f"<{self.name} of {self._bench.case.installation.name}>"

    @property
    def type(self) -> str:
        """ESME, GSME, CHF, PPMID, IHD, CAD or REPEATER."""
        return self._bench.case.installation.devices[self.name].type

    @property
    def screen(self) -> tuple[str, ...]:
        """The lines on the screen of a display; none where there is no screen."""
        return self._bench.world.home.screen(self.name, self._bench.now)

    @property
    def face(self) -> tuple[str, ...]:
        """What a device shows by lamps and symbols."""
        return self._bench.world.home.face(self.name)

    @property
    def han(self) -> HanTruth:
        """What it truly is on its HAN: joined, its parent, its keys, what it dropped."""
        return han_truth(self._bench.world, self.name, self._bench.now)

    @property
    def codes(self) -> tuple[str, ...]:
        """The alert and event codes that it has raised or logged so far, in order."""
        return tuple(
            event.code
            for event in self._bench.world.trace.events
            if isinstance(event, AlertRaised | LogWritten) and event.device == self.name
        )


class MeterView(DeviceView):
    """A meter."""

    @property
    def key_truth(self) -> str:
        """OLD, NEW, or NEITHER: what its memory holds, against what it held at the start."""
        return self._bench.world.truth.of(self.name).value

    @property
    def key_version(self) -> int | None:
        """The version of the SUA key that it holds; None: it holds no valid one."""
        return self._meter.truth.current_version

    @property
    def failures(self) -> int:
        """How many wrong SUA codes it has counted."""
        return self._meter.truth.failures

    @property
    def is_locked(self) -> bool:
        """Whether it is locked out after too many wrong SUA codes."""
        return self._meter.truth.locked_until > self._bench.now

    @property
    def balance_pence(self) -> int:
        """The credit, as of its last settlement."""
        return self._meter.metering.balance_pence

    @property
    def supply(self) -> str:
        """Enabled, armed or disabled, in lower case."""
        return self._meter.metering.supply.words

    @property
    def reading(self) -> int:
        """The register now, in Wh or litres."""
        return self._meter.metering.register(self._bench.now)

    def top_up(
        self,
        pence: int,
        *,
        route: str = "smso-web",
        entry: str = "keypad",
        expect: str = "accepted",
    ) -> str:
        """Buy credit and enter the code; return what became of it, as far as that is known.

        Any other result than `expect` is a finding, as in a scenario file.
        """
        return self._bench.do(
            "top-up", device=self.name, pence=pence, route=route, entry=entry, expect=expect
        )

    @property
    def _meter(self) -> "Esme | Gsme":
        return self._bench.world.home.meters[self.name]


class InstallationView:
    """The home: `installation.gsme`, `installation["repeater-1"]`, or all by iteration."""

    def __init__(self, bench: "Bench") -> None:
        self._bench = bench

    @override
    def __repr__(self) -> str:
        return f"<installation {self.name}>"

    @property
    def name(self) -> str:
        """Its name, with which fault points begin."""
        return self._bench.case.installation.name

    @property
    def meters(self) -> tuple[MeterView, ...]:
        """Its meters, in the order of the file."""
        return tuple(one for one in self if isinstance(one, MeterView))

    def __iter__(self) -> Iterator[DeviceView]:
        return (self[name] for name in self._bench.case.installation.devices)

    def __getitem__(self, name: str) -> DeviceView:
        devices = self._bench.case.installation.devices
        if name not in devices:
            raise KeyError(f"no device {name!r} in {self.name}; there are {', '.join(devices)}")
        return (MeterView if devices[name].is_meter else DeviceView)(self._bench, name)

    def __getattr__(self, name: str) -> Any:
        """Return a device whose name is a word of Python: `installation.gsme`."""
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(error.args[0]) from None
