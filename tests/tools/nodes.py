#!/usr/bin/env python3
"""nodes.py BASE OUTPUT PLATFORM COUNT [NODE=FACTOR[:SHARE]]...

Makes the results of COUNT nodes, PLATFORM-n001 and so on, out of one pair of result files: BASE is the folder and the
platform of that pair, as in results/local. Each node has the pair's trials, its processes in an order of its own, times
a factor of the node (0.4 %), of the node and cell (0.8 %), and of the process (0.5 %). A NODE (n017) is slower by its
FACTOR, in the SHARE of its cells that it names, the larger sizes first.
"""
import os
import sys

import numpy
import pyarrow
import pyarrow.parquet

NODE_SIGMA, CELL_SIGMA, PROCESS_SIGMA = 0.004, 0.008, 0.005


def read(base, kind):
    folder, platform = os.path.split(base)
    return pyarrow.parquet.read_table(os.path.join(folder, f"{kind}_{platform}.parquet"))


def codes(table, names):
    """Rows by the values of these columns, as whole numbers from 0 on."""
    result = numpy.zeros(len(table), dtype=numpy.int64)
    for name in names:
        values = table[name].combine_chunks()
        encoded = (values if pyarrow.types.is_dictionary(values.type) else values.dictionary_encode()).indices
        result = result * (int(pyarrow.compute.max(encoded).as_py() or 0) + 2) + encoded.fill_null(-1).to_numpy() + 1
    return numpy.unique(result, return_inverse=True)[1]


def scaled(column, factors):
    values = column.combine_chunks()
    times = values.fill_null(0).to_numpy(zero_copy_only=False).astype(numpy.float64) * factors
    whole = numpy.maximum(1, numpy.rint(times)).astype(numpy.uint64)
    return pyarrow.array(whole, type=values.type, mask=values.is_null().to_numpy(zero_copy_only=False))


def renamed(table, platform, node):
    metadata = dict(table.schema.metadata or {})
    metadata[b"memalloc_bench.platform"] = platform.encode()
    metadata[b"slurm.node"] = node.encode()
    metadata.setdefault(b"cpu.model", b"Made-up CPU")
    return table.replace_schema_metadata(metadata)


class Base:
    def __init__(self, base):
        self.details, self.benchmark = read(base, "details"), read(base, "benchmark")
        self.cell = codes(self.details, ["allocator", "pattern", "size_bytes", "live_objects"])
        self.process = self.details["process"].fill_null(0).to_numpy()
        self.processes = int(self.process.max()) + 1
        sizes = self.details["size_bytes"].to_numpy()
        self.size_of_cell = numpy.zeros(self.cell.max() + 1)
        self.size_of_cell[self.cell] = sizes
        # A row of the benchmark file has its process, and so its factor, from the details file.
        used = self.details["used"].fill_null(False).to_numpy(zero_copy_only=False)
        control = self.details["control"].fill_null(False).to_numpy(zero_copy_only=False)
        live = self.details["live_objects"].to_numpy() == 100
        names = lambda table: list(zip(table["allocator"].to_pylist(), table["pattern"].to_pylist(),
                                       table["size_bytes"].to_pylist(), table["iteration"].to_pylist()))
        row_of = {name: row for row, name in enumerate(names(self.details)) if used[row] and live[row]}
        self.row_of_benchmark = numpy.array([row_of[name] for name in names(self.benchmark)])
        assert control is not None and len(self.row_of_benchmark)

    def slow_cells(self, share):
        order = numpy.argsort(-self.size_of_cell, kind="stable")
        slow = numpy.zeros(len(order), dtype=bool)
        slow[order[: round(share * len(order))]] = True
        return slow

    def write(self, output, platform, node, seed, factor, share):
        random = numpy.random.default_rng(seed)
        cells = len(self.size_of_cell)
        log = random.normal(0, NODE_SIGMA) + random.normal(0, CELL_SIGMA, cells)
        log[self.slow_cells(share)] += numpy.log(factor)
        by_process = random.normal(0, PROCESS_SIGMA, (cells, self.processes))
        factors = numpy.exp(log[self.cell] + by_process[self.cell, self.process])
        details = self.details
        for name in ("total_ns", "latency_ns"):
            details = details.set_column(details.schema.get_field_index(name), name, scaled(details[name], factors))
        benchmark, name = self.benchmark, f"{platform}-{node}"
        for column in ("total_ns", "latency_ns"):
            benchmark = benchmark.set_column(benchmark.schema.get_field_index(column), column,
                                             details[column].take(pyarrow.array(self.row_of_benchmark)))
        index = benchmark.schema.get_field_index("platform")
        benchmark = benchmark.set_column(index, "platform", pyarrow.array([name] * len(benchmark)))
        for kind, table in (("details", details), ("benchmark", benchmark)):
            pyarrow.parquet.write_table(renamed(table, name, node), f"{output}/{kind}_{name}.parquet")


def main(base, output, platform, count, *slow):
    os.makedirs(output, exist_ok=True)
    files, slowdowns = Base(base), {}
    for word in slow:
        node, _, rest = word.partition("=")
        factor, _, share = rest.partition(":")
        slowdowns[node] = (float(factor), float(share or 1))
    for number in range(1, int(count) + 1):
        node = f"n{number:03d}"
        files.write(output, platform, node, number, *slowdowns.pop(node, (1.0, 1.0)))
    if slowdowns:
        sys.exit(f"nodes.py: there is no node {', '.join(slowdowns)}")


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
