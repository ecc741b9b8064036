"""The command `nightbill`."""
