"""Run compiled schematron rules on files: `python rule_runner.py WORK.json`, its answer is JSON on standard output.

A program of its own, because Saxon's library ends the whole process that uses it from a thread. WORK.json names for
each style sheet the files it is run on; the answer has, in the same order, how many rules fired on each and what they
found.
"""

import json
import sys
from pathlib import Path

from lxml import etree
from saxonche import PySaxonProcessor

SVRL = "{http://purl.oclc.org/dsdl/svrl}"


def report(svrl: str) -> dict[str, object]:
    root = etree.fromstring(svrl.encode())
    found = [*root.iter(f"{SVRL}failed-assert"), *root.iter(f"{SVRL}successful-report")]
    return {
        "fired": sum(1 for _ in root.iter(f"{SVRL}fired-rule")),
        "findings": [f"{each.get('id')} {' '.join(''.join(each.itertext()).split())}" for each in found],
    }


def run(work: dict[str, list[str]]) -> dict[str, list[dict[str, object]]]:
    answer = {}
    with PySaxonProcessor(license=False) as processor:
        for sheet, files in work.items():
            compiler = processor.new_xslt30_processor()
            compiled = compiler.compile_stylesheet(stylesheet_file=sheet)
            answer[sheet] = [report(compiled.transform_to_string(source_file=file)) for file in files]
    return answer


if __name__ == "__main__":
    print(json.dumps(run(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))  # noqa: T201 (its answer)
