"""The communications hub: coordinator of the HAN, WAN modem, gas mirror, energy services."""
