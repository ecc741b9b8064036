"""Exit codes: what failed, without reading the log."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """One code per class of failure."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    CONFIGURATION = 3
    PROOF = 4
    HOME = 5
    STORE = 6
    DOCUMENT = 7
    MACHINE = 8
    PREFECT = 9


MEANINGS = {
    ExitCode.OK: "all is well",
    ExitCode.UNEXPECTED: "a fault nobody foresaw; where a run had begun, its report has it",
    ExitCode.USAGE: "the command's words are wrong",
    ExitCode.CONFIGURATION: "the configuration has faults; each is listed with file, line, value and remedy",
    ExitCode.PROOF: "an equation of the proof does not hold; nothing was delivered or published",
    ExitCode.HOME: "the home is missing, incomplete, or held by another run",
    ExitCode.STORE: "the lake cannot be opened or written",
    ExitCode.DOCUMENT: "a document, card or answer does not exist or could not be made",
    ExitCode.MACHINE: "something the machine needs is missing; the doctor names the remedy",
    ExitCode.PREFECT: "Prefect's server did not start",
}
