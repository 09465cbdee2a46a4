"""A node of the HAN: its ZigBee stack, from MAC frames up to the packets that a device sees."""
