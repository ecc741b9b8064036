"""A reference field taken apart: what stands in it, and of what kind it is."""

import pytest

from pipelines.formats.reference_parts import field_parts


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("100000157", [("100000157", "ocr")]),
        ("000100000157", [("000100000157", "ocr")]),
        ("1000235", [("1000235", "invoice_no")]),
        ("577,8013575", [("577", "invoice_no"), ("8013575", "ocr")]),
        ("145871/8849", [("145871", "invoice_no"), ("8849", "invoice_no")]),
        ("477220+478687", [("477220", "invoice_no"), ("478687", "invoice_no")]),
        ("100000157 100000256", [("100000157", "ocr"), ("100000256", "ocr")]),
        ("RF18539007547034", [("RF18539007547034", "ocr")]),
        ("RF18 5390 0754 7034", [("RF18539007547034", "ocr")]),
        ("faktura 1000236  kund nr 8849", [("faktura 1000236 kund nr 8849", "free_text")]),
        ("FNR. 478110 KUNDNR. 2988", [("FNR. 478110 KUNDNR. 2988", "free_text")]),
        ("  ", []),
        (None, []),
    ],
)
def test_a_field_is_taken_apart(written, found):
    assert [(each["reference_text"], each["reference_kind"]) for each in field_parts(written)] == found


def test_blanks_that_only_group_one_reference_do_not_part_it():
    """1000 001 57: together its check digit fits, and the groups are no references."""
    assert [each["reference_text"] for each in field_parts("1000 001 57")] == ["100000157"]
