"""What displays and repeaters hold: readings, notices, use, screen, firmware."""

from dataclasses import asdict

from hanbench.emulator.displays.cad import Cad
from hanbench.emulator.displays.display_device import DisplayDevice
from hanbench.emulator.displays.ppmid import Ppmid
from hanbench.emulator.fuel import Fuel
from hanbench.emulator.instant import Instant
from hanbench.emulator.repeater import Repeater
from hanbench.harness.inspection.node_state import Names, node_sections
from hanbench.harness.inspection.state import Section, Value, when


def display_sections(
    display: DisplayDevice, face: tuple[str, ...], names: Names, now: Instant
) -> tuple[Section, ...]:
    """Return the sections of a PPMID, an IHD, a CAD or a third party's display."""
    found = [
        Section("receiver", {"on": display.is_listening, "sleeps": display.is_sleepy}),
        *(Section(f"{fuel.value} reading", _reading(display, fuel)) for fuel in Fuel),
        Section("notices", _notices(display)),
        Section("shows", {"lines": list(face)}),
    ]
    if isinstance(display, Ppmid):
        found.append(Section("top-ups", _top_ups(display)))
    if isinstance(display, Cad):
        found.append(Section("handed on", {"readings": len(display.published)}))
    screen = "\n".join(line.rstrip() for line in display.screen(now)).rstrip()
    fleeting: dict[str, Value] = {"time": when(now), "screen": screen.split("\n")}
    return (
        *found,
        Section("at this instant", fleeting, is_fleeting=True),
        *node_sections(display.stack, names),
    )


def repeater_sections(repeater: Repeater, names: Names, now: Instant) -> tuple[Section, ...]:
    """Return the sections of a repeater."""
    return (
        Section("relaying", {"frames relayed": repeater.frames_relayed}, is_busy=True),
        Section("at this instant", {"time": when(now)}, is_fleeting=True),
        *node_sections(repeater.stack, names),
    )


def _reading(display: DisplayDevice, fuel: Fuel) -> dict[str, Value]:
    reading = display.reading(fuel)
    if reading is None:
        return {"known": False}
    told: dict[str, Value] = dict(asdict(reading))
    told["updated_at"] = when(reading.updated_at)
    return {name.replace("_", " "): value for name, value in told.items()}


def _notices(display: DisplayDevice) -> dict[str, Value]:
    notices = display.notices
    told: dict[str, Value] = {
        "message": None if notices.message is None else str(notices.message.text),
        "supplier": notices.supplier or None,
        "tariff": notices.schedule.name or None,
    }
    for fuel, price in notices.prices.items():
        told[f"{fuel.value} price, tenths of a penny"] = price
    if display.ota is not None:
        told["firmware"] = display.ota.line
    told["last served at"] = when(display.last_served_at)
    return told


def _top_ups(display: Ppmid) -> dict[str, Value]:
    told: dict[str, Value] = {"typed": display.typed or None}
    told |= {f"{fuel.value} top-up": one.value for fuel, one in display.top_up.items()}
    told |= {f"{fuel.value} emergency credit": one.value for fuel, one in display.emergency.items()}
    last = display.last_top_up
    if last is not None:
        told["last result"] = (
            f"{last.fuel.value}: {last.result.name.lower()}, {last.value_pence} pence"
        )
    return told
