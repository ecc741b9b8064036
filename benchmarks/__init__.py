"""Measured speed: generators of large inputs, and the runs that compare nightbill with a plain copy of them."""

import pipelines  # noqa: F401 (sets up polars' memory before polars is loaded, for both sides of a comparison)
