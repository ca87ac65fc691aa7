"""Compares freshly made values with the recorded ones: `compare.py RECORDED FRESH FILE...`, both folders.

Every number has to agree to 1e-6 (what fits find, to 1e-3), every list to be as long; what is null in FRESH was not
made and is passed over. Ends with status 1 and names the first places that differ.
"""

import gzip
import json
import sys
from pathlib import Path


def differences(recorded, fresh, where, tolerance):
    if fresh is None:
        return
    if isinstance(fresh, dict):
        for key, value in fresh.items():
            if key == "madeBy":
                continue
            loose = 1e-3 if "fit" in key or "prior" in key else tolerance
            yield from differences(recorded.get(key), value, f"{where}.{key}", loose)
    elif isinstance(fresh, list):
        if not isinstance(recorded, list) or len(recorded) != len(fresh):
            yield f"{where}: another length"
            return
        for index, (old, new) in enumerate(zip(recorded, fresh, strict=True)):
            yield from differences(old, new, f"{where}[{index}]", tolerance)
    elif isinstance(fresh, (int, float)) and isinstance(recorded, (int, float)):
        if abs(fresh - recorded) > tolerance * max(1.0, abs(recorded)):
            yield f"{where}: {recorded} recorded, {fresh} now"
    elif fresh != recorded:
        yield f"{where}: {recorded!r} recorded, {fresh!r} now"


def read(path):
    packed = path.with_name(path.name + ".gz")
    return json.loads(path.read_text() if path.exists() else gzip.decompress(packed.read_bytes()))


def main():
    recorded, fresh, *names = sys.argv[1:]
    found = []
    for name in names:
        old, new = (read(Path(folder) / name) for folder in (recorded, fresh))
        found += differences(old, new, name, 1e-6)
    for line in found[:20]:
        print(line)
    print(f"{len(found)} differences in {', '.join(names)}")
    sys.exit(1 if found else 0)


main()
