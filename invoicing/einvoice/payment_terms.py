"""How an e-invoice is paid: Bankgiro at home, the bank account abroad or in another currency."""

from __future__ import annotations

from invoicing.documents.invoice_page import InvoiceDocument
from invoicing.einvoice.electronic_invoice import Payment

_CREDIT_TRANSFER, _SEPA_CREDIT_TRANSFER, _SEPA_DIRECT_DEBIT = "30", "58", "59"
_BANKGIRO_BRANCH = "SE:BANKGIRO"


def payment(document: InvoiceDocument) -> Payment | None:
    """Return where the buyer pays to and with which reference, or None where the operator has no account for it.

    Bankgiro takes kronor from Swedish banks only; a buyer abroad and an invoice in another currency get the IBAN, if
    the operator has one, with the reference of ISO 11649. SEPA direct debit names the mandate and the account that it
    is collected from; Autogiro has no code of its own, so the account that it is collected to stands.
    """
    operator = document.operator
    debit = document.direct_debit
    if debit and debit.scheme == "sepa":
        reference = document.rf_reference or document.ocr_reference
        return Payment(
            _SEPA_DIRECT_DEBIT, "SEPA direct debit", reference, mandate=debit.mandate_id,
            debited_account=debit.payer_account,
        )  # fmt: skip
    at_home = document.buyer.country_code == operator.country_code and document.currency == operator.currency
    if operator.iban and not at_home:
        code = _SEPA_CREDIT_TRANSFER if document.currency == "EUR" else _CREDIT_TRANSFER
        return Payment(code, "IBAN", document.rf_reference or document.ocr_reference, operator.iban)
    if document.currency != operator.currency:
        return None
    return Payment(_CREDIT_TRANSFER, "Bankgiro", document.ocr_reference, operator.bankgiro_digits, _BANKGIRO_BRANCH)
