"""Invoices for the buyer's system: EN 16931 as UBL (Peppol BIS Billing 3.0) and as CII (Factur-X, ZUGFeRD)."""
