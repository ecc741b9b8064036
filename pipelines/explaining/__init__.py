"""How a charge came about, told from the lake."""
