"""Measured speed: generators of large inputs, and the runs that compare nightbill with a plain copy of them."""
