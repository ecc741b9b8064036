"""The operator's configuration: read, typed and checked, all faults at once."""
