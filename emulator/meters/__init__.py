"""ESME and GSME: what they measure, charge and switch, what they are told and top up."""
