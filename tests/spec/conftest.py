"""Every rule that stands here as a table holds for the naive rater and for the engine."""

import pytest
from one_operator import by_engine, by_reference


@pytest.fixture(params=[by_reference, by_engine], ids=["reference", "engine"])
def rate(request):
    """Return one of the two raters."""
    return request.param
