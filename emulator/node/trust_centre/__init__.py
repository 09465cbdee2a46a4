"""The trust centre: who may join, who is on the network, where, and under which key."""
