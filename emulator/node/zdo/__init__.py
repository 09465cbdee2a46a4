"""The device object (ZDO) of a node: what it asks and answers about itself."""
