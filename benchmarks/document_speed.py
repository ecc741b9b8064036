"""How fast documents are drawn: one-page invoices a second, milliseconds an itemised line, memory over many documents.

`python -m benchmarks.document_speed [--documents N] [--lines N] [--processes N]`. The processes are those of
`pipelines.documents.deliver_flow`: spawned, each with its own renderer, batches of twenty; nothing is written. Progress
goes to standard error, one line of JSON with the figures to standard output.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import islice
from multiprocessing.synchronize import Barrier

from benchmarks.sample_documents import itemised_invoice, monthly_invoice
from invoicing.documents.brand import load_brand
from invoicing.documents.rendering import DocumentRenderer
from pipelines.documents.deliver_flow import prepare_process

_BATCH = 20
_IN_HAND = 4  # batches a process: enough to be never idle, few enough to stop quickly
_WARMING = 5
_KILOBYTES = 1024


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Measure and print; returns the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=400)
    parser.add_argument("--lines", type=int, default=2_000)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args(arguments)
    figures = {
        **one_page_invoices(chosen.documents, chosen.processes),
        "ms_per_itemised_line": round(milliseconds_a_line(chosen.lines), 3),
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    return figures


def one_page_invoices(documents: int, processes: int) -> dict[str, float]:
    """Draw so many one-page invoices; returns how many a second, what one takes of a processor, and workers' memory.

    Not counted is the start of a process and its first documents, for which it loads fonts, style and templates: all
    processes have drawn some before any is counted.
    """
    spawn = multiprocessing.get_context("spawn")
    all_ready = spawn.Barrier(processes)
    numbers = [range(at, min(at + _BATCH, documents)) for at in range(0, documents, _BATCH)]
    with ProcessPoolExecutor(processes, mp_context=spawn, initializer=_start, initargs=(all_ready,)) as pool:
        list(pool.map(_draw, range(processes), [0] * processes))
        begun = time.perf_counter()
        memory, worked = [], 0.0
        for done, peak, processor_s in _drawn(pool, numbers, processes):
            memory.append(peak)
            worked += processor_s
            _say(f"{done} of {documents} documents, {done / (time.perf_counter() - begun):.1f} a second, {peak} MB")
        seconds = time.perf_counter() - begun
    early = max(memory[: max(1, len(memory) // 10)])
    return {
        "one_page_invoices": documents, "processes": processes,
        "a_second": round(documents / seconds, 2), "processor_ms_a_document": round(worked * 1000 / documents, 1),
        "memory_early_mb": early, "memory_end_mb": max(memory),
    }  # fmt: skip


def milliseconds_a_line(lines: int) -> float:
    """Draw an invoice with so many itemised calls and one with none; returns processor time a line of difference."""
    bare = min(_processor_time(0) for _ in range(3))
    return (_processor_time(lines) - bare) * 1000 / lines


def _processor_time(lines: int) -> float:
    begun = time.process_time()
    _draw(0, lines)
    return time.process_time() - begun


def _drawn(pool: ProcessPoolExecutor, batches: list[range], processes: int) -> Iterator[tuple[int, int, float]]:
    """Hand out batches as they are finished; yields documents done, the worker's memory in MB, its seconds."""
    left = iter(batches)
    under_way = [(batch, pool.submit(_draw_batch, batch)) for batch in islice(left, processes * _IN_HAND)]
    done = 0
    while under_way:
        batch, drawn = under_way.pop(0)
        peak, processor_s = drawn.result()
        done += len(batch)
        under_way += [(following, pool.submit(_draw_batch, following)) for following in islice(left, 1)]
        yield done, peak, processor_s


def _start(all_ready: Barrier) -> None:
    """Draw the first documents of a process, and wait until every other one has."""
    prepare_process()
    for number in range(_WARMING):
        _draw(number, 0)
    all_ready.wait()


def _draw_batch(numbers: range) -> tuple[int, float]:
    begun = time.process_time()
    for number in numbers:
        _draw(number, 0)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _KILOBYTES, time.process_time() - begun


def _draw(number: int, lines: int) -> int:
    document = itemised_invoice(lines, number) if lines else monthly_invoice(number)
    return len(_renderer().render_invoice(document))


@cache
def _renderer() -> DocumentRenderer:
    return DocumentRenderer(load_brand())


def _say(what: str) -> None:
    sys.stderr.write(f"{what}\n")


if __name__ == "__main__":
    main()
