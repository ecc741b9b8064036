"""What only shows when rows or files of the configuration are read together."""
