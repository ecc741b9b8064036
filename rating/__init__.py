"""What it costs: number to zone to price to charge, recurring fees, credit, commission. Pure; imports schemas."""
