"""Every e-invoice passes the official schemas and rules, which refuse a wrong one."""

import re

import pytest
from generated_documents import some_documents
from official_rules import (
    Document,
    RuleSet,
    factur_x,
    findings,
    newer_rule_sets,
    rule_findings,
    rule_sets,
    schema_findings,
    send_peppol,
)
from sample_documents import DOCUMENTS

from invoicing.einvoice.cii import cii_invoice
from invoicing.einvoice.ubl import PEPPOL, ubl_invoice

pytestmark = pytest.mark.slow


def both(name, document):
    ubl = ubl_invoice(document)
    kind = "peppol" if f">{PEPPOL}<".encode() in ubl else "ubl"
    return [Document(f"{name} (UBL)", kind, ubl), Document(f"{name} (CII)", "cii", cii_invoice(document))]


def test_every_kind_of_invoice_and_credit_note_passes(tmp_path):
    made = [each for name, document in DOCUMENTS.items() for each in both(name, document)]
    assert findings(made, tmp_path) == []


def test_generated_invoices_and_credit_notes_pass(tmp_path):
    made = [each for document in some_documents(40) for each in both(repr(document), document)]
    assert findings(made, tmp_path) == []


def test_only_what_peppol_has_no_rates_for_goes_without_its_additions():
    kinds = {name: both(name, document)[0].kind for name, document in DOCUMENTS.items()}
    assert [name for name, kind in kinds.items() if kind == "ubl"] == ["one-stop shop"]


EN16931_UBL = RuleSet(factur_x("ubl-2.1/EN16931-UBL-validation.xslt"), frozenset({"peppol"}))
EN16931_UBL_2024 = RuleSet(send_peppol("CEN-EN16931-UBL.xsl"), frozenset({"peppol"}))
PEPPOL_2024 = RuleSet(send_peppol("PEPPOL-EN16931-UBL.xsl"), frozenset({"peppol"}))
FACTUR_X = RuleSet(factur_x("facturx-en16931/FACTUR-X_EN16931.xslt"), frozenset({"cii"}))


def altered(document, pattern, replacement):
    xml, count = re.subn(pattern, replacement, document.xml.decode(), count=1, flags=re.DOTALL)
    assert count == 1, f"{pattern} is not in {document.name}"
    return document._replace(xml=xml.encode())


# The rule set that must speak, the syntax (0 UBL, 1 CII), what is made wrong of the invoice of one rate, and the rule.
WRONG = [
    (EN16931_UBL, 0, r"(TaxExclusiveAmount [^>]*>)322\.45", r"\g<1>322.46", "BR-CO-13"),
    (EN16931_UBL, 0, r"(PayableAmount [^>]*>)403\.06", r"\g<1>403.07", "BR-CO-16"),
    (EN16931_UBL, 0, r"<cbc:Name>Samtal utlandet</cbc:Name>", "", "BR-25"),
    (EN16931_UBL_2024, 0, r"(PayableAmount [^>]*>)403\.06", r"\g<1>403.07", "BR-CO-16"),
    (PEPPOL_2024, 0, r"<cbc:BuyerReference>.*?</cbc:BuyerReference>", "", "PEPPOL-EN16931-R003"),
    (PEPPOL_2024, 0, r"(PriceAmount [^>]*>)23\.25", r"\g<1>23.28", "PEPPOL-EN16931-R120"),
    (PEPPOL_2024, 0, r"Godkänd för F-skatt", "F-skatt", "SE-R-005"),
    (PEPPOL_2024, 0, r">9912346<", ">991-2346<", "SE-R-008"),
    (PEPPOL_2024, 0, r"<cbc:StartDate>2026-09-01", "<cbc:StartDate>2026-09-02", "PEPPOL-EN16931-R110"),
    (FACTUR_X, 1, r"(DuePayableAmount>)403\.06", r"\g<1>403.07", "BR-CO-16"),
    (FACTUR_X, 1, r"(BasisAmount>)322\.45", r"\g<1>324.45", "BR-S-08"),
]


@pytest.fixture(scope="module")
def found_wrong(tmp_path_factory):
    """What the rules find in all of WRONG, and in the right invoice that they are made of, in one run."""
    right = both("right", DOCUMENTS["one rate"])
    wrong = [
        altered(right[syntax], pattern, replacement)._replace(name=f"wrong {at}")
        for at, (_, syntax, pattern, replacement, _) in enumerate(WRONG)
    ]
    sets = [EN16931_UBL, EN16931_UBL_2024, PEPPOL_2024, FACTUR_X]
    return rule_findings([*right, *wrong], tmp_path_factory.mktemp("wrong"), sets)


@pytest.mark.parametrize("at", range(len(WRONG)), ids=[f"{rule} {rules.sheet.stem}" for rules, _, _, _, rule in WRONG])
def test_a_wrong_invoice_is_refused(found_wrong, at):
    rules, *_, rule = WRONG[at]
    told = [finding for finding in found_wrong if finding.startswith(f"wrong {at}: {rules.sheet.name}: ")]
    assert any(f": {rule} " in finding for finding in told), told


def test_the_invoice_that_wrong_ones_are_made_of_is_right(found_wrong):
    assert [finding for finding in found_wrong if finding.startswith("right")] == []


@pytest.mark.parametrize("syntax", [0, 1], ids=["UBL", "CII"])
def test_the_schemas_refuse_an_element_out_of_place(syntax):
    right = both("right", DOCUMENTS["one rate"])[syntax]
    wrong = altered(right, r"(<\w+:ID>1000234</\w+:ID>)", r"\1\1")
    assert schema_findings(right) == []
    assert schema_findings(wrong)


def test_rules_that_see_none_of_our_elements_are_no_pass(tmp_path):
    """A CII document fires next to none of the rules for UBL: that is told, not taken for a pass."""
    cii = both("one rate", DOCUMENTS["one rate"])[1]
    (told, *_) = rule_findings([cii], tmp_path, [RuleSet(EN16931_UBL.sheet, frozenset({"cii"}))])
    assert "rules fired" in told


def test_the_official_rules_let_a_wrong_cent_pass(tmp_path):
    """Why test_exact_cents.py compares every figure: BR-CO-17 and BR-S-09 allow one whole unit of the currency."""
    right = both("right", DOCUMENTS["one rate"])[0]
    wrong = right
    for before, after in (("80.61", "80.01"), ("80.61", "80.01"), ("403.06", "402.46"), ("403.06", "402.46")):
        wrong = altered(wrong, rf">{re.escape(before)}<", f">{after}<")
    assert rule_findings([wrong], tmp_path) == []


def test_newer_rules_on_disk_are_run_too():
    if not newer_rule_sets():
        pytest.skip("no rules in shared/samples/finance/rules")
    assert len(rule_sets()) == 4 + len(newer_rule_sets())
