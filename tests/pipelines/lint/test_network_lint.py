"""Which services have a network element."""

import pytest

ELEMENTS = "service,network_element\n"


class TestNetworkElements:
    def test_without_the_file_nothing_is_asked(self, lint):
        assert lint({}) == []
        assert lint({"network_elements.csv": ELEMENTS + "voice,pbx\n"}) == []

    def test_a_service_that_is_sold_without_an_element_and_an_element_without_a_plan_are_told(self, lint):
        assert lint({"network_elements.csv": ELEMENTS + "mobile,hlr\n"}) == [
            (
                "network_elements.csv:2: warning: service mobile is not in plans.csv (found 'mobile'). "
                "Remedy: add it to plans.csv, or use one that is there."
            ),
            (
                "plans.csv:2: warning: service voice is not in network_elements.csv: nothing is ordered from the "
                "network for its plans (found 'voice'). "
                "Remedy: add the service there, if a network element shall know of it."
            ),
        ]

    @pytest.mark.parametrize(
        ("row", "told"), [("telex,pbx", "service must satisfy"), ("voice,..", "network_element must")]
    )
    def test_an_unknown_service_and_a_name_that_is_no_folder_are_faults(self, lint, row, told):
        with pytest.raises(AssertionError, match=told):
            lint({"network_elements.csv": f"{ELEMENTS}{row}\n"})
