"""ZigBee PRO and Smart Energy on the wire."""
