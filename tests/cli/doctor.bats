#!/usr/bin/env bats
# What the doctor says, and where it is kept.
bats_require_minimum_version 1.5.0
load helpers

@test "the doctor speaks of this machine, within 80 columns, and exits 1 when something is serious" {
    program doctor --seconds 0.2
    expect [ -z "$stderr" ]
    grep -Eq '^(Serious|Worth knowing|Fine)$' <<<"$output"
    grep -v '^ *\(fix\|undo\): ' <<<"$output" | within_80_columns
    if grep -q '^Serious$' <<<"$output"; then
        expect [ "$status" -eq 1 ]
    else
        expect [ "$status" -eq 0 ]
    fi
}

@test "JSON holds the same findings, with every number that is known" {
    program doctor --json --seconds 0.2
    expect [ -z "$stderr" ]
    "$PYTHON" - "$status" "$output" <<'PYTHON'
import json, sys
report = json.loads(sys.argv[2])
severities = [finding["severity"] for finding in report["findings"]]
assert severities and set(severities) <= {"serious", "worth knowing", "fine"}, severities
assert ("serious" in severities) == (sys.argv[1] == "1"), severities
assert all(finding["sentence"].endswith(".") for finding in report["findings"]), report
assert all("fix" in finding for finding in report["findings"] if "undo" in finding), report
assert report["observed"]["seconds"] >= 0.2 and "clock_cost_ns" in report["observed"], report
PYTHON
}

@test "without watching nothing is said of what only watching shows" {
    program doctor --json --seconds 0
    "$PYTHON" - "$output" <<'PYTHON'
import json, sys
report = json.loads(sys.argv[1])
assert report["observed"] == {"seconds": 0}, report
assert report["findings"] and not {"speed", "background", "steal", "clock"} & {f["check"] for f in report["findings"]}
PYTHON
}

@test "a time that makes no sense is refused" {
    for seconds in -1 601 x '' nan; do
        program doctor "--seconds=$seconds"
        expect [ "$status" -eq 2 ]
        expect [ -z "$output" ]
    done
}

@test "run keeps every finding with its results" {
    program local "${smallest[@]}"
    expect [ "$status" -eq 0 ]
    "$PYTHON" - results/benchmark_local.parquet <<'PYTHON'
import sys
import pyarrow.parquet
metadata = {key.decode(): value.decode() for key, value in pyarrow.parquet.read_metadata(sys.argv[1]).metadata.items()}
findings = {key: value for key, value in metadata.items() if key.startswith("doctor.") and "observed" not in key}
assert findings and all(value.split(": ")[0] in ("serious", "worth knowing", "fine") for value in findings.values()), findings
assert float(metadata["doctor.observed.seconds"]) > 0, metadata
PYTHON
}
