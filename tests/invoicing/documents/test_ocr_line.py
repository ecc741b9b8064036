"""The payment slip's machine-readable line."""

from decimal import Decimal

from invoicing.documents.ocr_line import ocr_line


def test_the_amount_carries_its_own_check_digit():
    """123450 from the right: 0x2 5x1 4x2 3x1 2x2 1x1 = 0+5+8+3+4+1 = 21, so 9."""
    assert ocr_line("100023498", Decimal("1234.50"), "991-2346") == "# 100023498 # 1234 50 9 > 9912346#41#"


def test_oere_are_written_with_two_digits():
    """0.05: 5x2 = 10, digits 1+0 = 1, so 9."""
    assert ocr_line("133", Decimal("0.05"), "5050-1055") == "# 133 # 0 05 9 > 50501055#41#"
