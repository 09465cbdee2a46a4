"""What a meter measures: the word that meters, displays and reports share."""

import enum


class Fuel(enum.Enum):
    """What a meter measures."""

    ELECTRICITY = "electricity"
    """In Wh."""
    GAS = "gas"
    """In litres (dm³)."""
