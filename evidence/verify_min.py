"""Checks a golive bundle without golive: `python verify_min.py BUNDLE VKEY TSA_ROOT.pem RECEIPT... [--open]`

Needs python, cryptography and the openssl command; `-` stands for a VKEY or a TSA_ROOT that you do not have.
It looks at what steps 0 to 6 of `golive verify` look at, and at the plan and the close. It does not judge if
a decision had the evidence that the plan asks for (7), nor look for secrets (8), and says so.
Exit code: 0 it holds, 1 it does not, 2 usage, 3 nothing is proven for want of a trusted input, 4 it has gaps.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

TOP, DAY_S, SKEW_S = "golive-evidence/", 86_400, 120
TYPE = "application/vnd.in-toto+json"
NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}"
KNOWN = re.compile(
    rf"bagit\.txt|bag-info\.txt|(tag)?manifest-sha256\.txt|data/(leaves\.txt|plan\.json|VERIFY\.md|verify_min\.py"
    rf"|records/\d{{6}}\.dsse\.json|blobs/[0-9a-f]{{64}}|checkpoints/\d{{6}}\.note|anchors/\d{{6}}\.{NAME}\.tsr"
    rf"|view/{NAME})"
)
UNREADABLE = (LookupError, TypeError, ValueError, RecursionError, zipfile.BadZipFile)
SHOWN = 3
found: list[tuple[str, int, str]] = []


class UnreadableError(Exception):
    """Says which file cannot be read, and why."""


def need(holds: object, step: int, text: str, how: str = "FAIL") -> bool:
    if not holds:
        found.append((how, step, text))
    return bool(holds)


@contextmanager
def reading(name: str) -> Iterator[None]:
    try:
        yield
    except UNREADABLE as error:
        raise UnreadableError(f"{name} cannot be read: {error!r}") from error


def named(names: Iterable[str]) -> str:
    """The first few of these files; what no bundle calls a file is escaped, whatever it does to a screen."""
    every = [one if KNOWN.fullmatch(one) else ascii(one) for one in sorted(names)]
    return ", ".join(every[:SHOWN]) + (f" and {len(every) - SHOWN} more" if len(every) > SHOWN else "")


def sha(data: bytes) -> str:
    return sha256(data).hexdigest()


def at(text: str, shape: str = "%Y-%m-%dT%H:%M:%SZ") -> int:
    return int(datetime.strptime(text, shape).replace(tzinfo=UTC).timestamp())


def spelled(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def files_of(path: Path) -> dict[str, bytes]:  # 0
    if path.is_dir():
        root = path if (path / "bagit.txt").exists() else path / TOP
        every = [one for one in root.rglob("*") if one.is_symlink() or not one.is_dir()]
        links = [one.relative_to(root).as_posix() for one in every if one.is_symlink()]
        need(not links, 0, f"a link among the files: {named(links)}")
        files = {one.relative_to(root).as_posix(): one.read_bytes() for one in every if one.is_file()}
    else:
        again, files = io.BytesIO(), {}
        with zipfile.ZipFile(path) as bag, zipfile.ZipFile(again, "w") as copy:
            members = bag.infolist()
            if any(one.compress_type or not one.filename.startswith(TOP) for one in members):
                raise ValueError("a compressed file, or one outside of the folder")
            for name in dict.fromkeys(one.filename for one in members):
                fresh = zipfile.ZipInfo(name)
                fresh.create_system, fresh.external_attr = 3, 0o100644 << 16
                copy.writestr(fresh, bag.read(name))
                files[name.removeprefix(TOP)] = bag.read(name)
        need(again.getvalue() == path.read_bytes(), 0, "the ZIP holds more than its files, or one twice")
    unknown = [one for one in files if not KNOWN.fullmatch(one)]
    need(not unknown, 0, f"a file that no bundle holds: {named(unknown)}")
    return files


def check_fixity(files: dict[str, bytes]) -> None:  # 1
    data = sorted(name for name in files if name.startswith("data/"))
    octets = sum(len(files[name]) for name in data)
    tags = {
        "bagit.txt": "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": f"Bag-Software-Agent: golive\nPayload-Oxum: {octets}.{len(data)}\n",
        "manifest-sha256.txt": "".join(f"{sha(files[name])}  {name}\n" for name in data),
    }
    tags["tagmanifest-sha256.txt"] = "".join(
        f"{sha(files.get(name, b''))}  {name}\n" for name in sorted(tags)
    )
    for name, text in tags.items():
        there = files.get(name, b"").decode(errors="replace")
        differ = {line[66:] for line in {*there.splitlines()} ^ {*text.splitlines()}} - {""}
        where = f"; they differ in {named(differ)}" if differ else ""
        need(files.get(name) == text.encode(), 1, f"{name} is not that of these files{where}")


def records_of(files: dict[str, bytes], origin: str | None) -> list[tuple[str, dict[str, Any]]]:  # 3
    names = sorted(name for name in files if name.startswith("data/records/"))
    opened = list[tuple[Any, bytes, Any]]()
    for name in names:
        with reading(name):
            envelope = json.loads(files[name])
            payload = b64decode(envelope["payload"])
            opened.append((envelope, payload, json.loads(payload)))
    leaves, told = [sha(b"\0" + files[name]) for name in names], [one["predicate"] for *_, one in opened]
    erased = {one["data"]["blob"]: index for index, one in enumerate(told) if one["kind"] == "erasure"}
    key, used = told[0]["data"]["recorder"], set[str]()
    for index, (envelope, payload, record) in enumerate(opened):
        with reading(names[index]):
            log, kind, (signature,) = told[index]["log"], told[index]["kind"], envelope["signatures"]
            exact = {"payload": b64encode(payload).decode(), "payloadType": TYPE, "signatures": [signature]}
            same = spelled(exact) == files[names[index]] and spelled(record) == payload
            need(same and set(signature) == {"keyid", "sig"}, 3, f"record {index}: not as golive writes it")
            need(
                is_signed(key, b64decode(signature["sig"]), payload),
                3,
                f"record {index}: not signed by its key",
            )
            need(log["origin"] == (origin or told[0]["log"]["origin"]), 3, f"record {index}: of another log")
            placed = int(names[index][13:19]) == log["index"] == index and (kind == "genesis") == (index == 0)
            follows = log["prev"] == (leaves[index - 1] if index else "")
            need(placed and follows, 3, f"record {index}: not at its place")
            key = told[index]["data"]["recorder"] if kind == "key.rotate" else key
            for blob in (subject["digest"]["sha256"] for subject in record["subject"]):
                there = sha(files.get(f"data/blobs/{blob}", b"")) == blob or erased.get(blob, -1) > index
                need(there, 3, f"record {index}: the blob {blob[:12]} is not there as it was")
            told[index]["subjects"] = {subject["digest"]["sha256"] for subject in record["subject"]}
            used.update(f"data/blobs/{blob}" for blob in told[index]["subjects"])
    orphans = {name for name in files if name.startswith("data/blobs/")} - used
    need(not orphans, 3, f"a blob of no record: {named(orphans)}")
    return list(zip(leaves, told, strict=True))


def is_signed(spki: str, signature: bytes, payload: bytes) -> bool:
    key = load_der_public_key(b64decode(spki))
    data = b"DSSEv1 %d %b %d %b" % (len(TYPE), TYPE.encode(), len(payload), payload)
    try:
        return isinstance(key, ec.EllipticCurvePublicKey) and not key.verify(
            signature, data, ec.ECDSA(SHA256())
        )
    except InvalidSignature:
        return False


def root_of(leaves: list[str]) -> bytes:
    if len(leaves) < 2:  # noqa: PLR2004
        return bytes.fromhex(leaves[0]) if leaves else sha256().digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1" + root_of(leaves[:split]) + root_of(leaves[split:])).digest()


def head_of(note: bytes, vkey: str, leaves: list[str], step: int, name: str) -> int:  # 4, 5
    """The size of a head, of a receipt too, that this key signed over these leaves; 0 for any other."""
    _, told, encoded = vkey.split("+", 2)[-3:]
    public = b64decode(encoded)
    with reading(name):
        text, tail = note.decode().replace("\r\n", "\n").rstrip("\n").split("\n\n")[-2:]
        origin, over, root_text = text.split("\n")
        size, root = int(over), b64decode(root_text)
        signature = b64decode(tail.split("\n")[0].split(" ")[2])
    key_hash = sha256(f"{vkey.partition('+')[0]}\n".encode() + public).digest()[:4]
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(public[1:]).verify(signature[4:], f"{text}\n".encode())
        signed = origin == vkey.partition("+")[0] and key_hash == signature[:4] == bytes.fromhex(told)
    except InvalidSignature:
        signed = False
    if not need(signed, step, f"{name}: not signed by the log's key"):
        return 0
    if not need(size <= len(leaves), step, f"{name}: TRUNCATED, it is over {size} records"):
        return 0
    same = root_of(leaves[:size]) == root
    return size if need(same, step, f"{name}: REWRITTEN, these records have another root") else 0


def openssl(*arguments: str) -> str:
    done = subprocess.run(["openssl", "ts", *arguments], capture_output=True, text=True, check=False)  # noqa: S603, S607 - the openssl on the PATH, no shell
    return done.stdout if done.returncode == 0 else ""


def tokens_of(files: dict[str, bytes], root: str, genuine: set[int]) -> dict[tuple[int, str], int]:  # 6
    tokens = {}
    with tempfile.TemporaryDirectory() as folder:
        token, note = Path(folder, "token"), Path(folder, "note")
        for name in sorted(one for one in files if one.startswith("data/anchors/")):
            size, tsa = int(name[13:19]), name[20:-4]
            token.write_bytes(files[name])
            note.write_bytes(files.get(f"data/checkpoints/{size:06d}.note", b""))
            said = re.search(
                r"Time stamp: (.*:\d\d)(?:\.\d+)?( \d+) GMT", openssl("-reply", "-in", str(token), "-text")
            )
            when = at(" ".join("".join(said.groups()).split()), "%b %d %H:%M:%S %Y") if said else 0
            asked = ("-data", str(note), "-in", str(token), "-CAfile", root, "-attime", str(when))
            holds = need(openssl("-verify", *asked), 6, f"{name}: no token over its head by this root")
            need(f"data/checkpoints/{size:06d}.note" in files, 6, f"{name}: its head is not there")
            if holds and size in genuine:
                tokens[size, tsa] = when
    return tokens


def check_times(
    files: dict[str, bytes], told: list[Any], tokens: dict[tuple[int, str], int] | None
) -> None:  # 6
    times = [at(one["recorded_at"]) for one in told]
    claims = [at(one["captured_at"]) for one in told]
    need(all(before <= after for before, after in pairwise(times)), 6, "the records' time goes back")
    need(
        all(claim <= time + SKEW_S for claim, time in zip(claims, times, strict=True)),
        6,
        "recorded before captured",
    )
    order = [when for _, when in sorted(((size, when) for (size, _), when in (tokens or {}).items()))]
    need(
        all(after >= before - SKEW_S for before, after in pairwise(order)),
        6,
        "a later head has an earlier token",
    )
    newest = 0
    for index, one in enumerate(told):
        need(times[index] >= newest - SKEW_S, 6, f"record {index}: BACKDATED")
        first = min((when for (size, _), when in (tokens or {}).items() if size > index), default=None)
        if tokens is not None and need(first, 6, f"record {index}: no token is over it", "GAP") and first:
            need(times[index] <= first + SKEW_S, 6, f"record {index}: POSTDATED")
            need(first - times[index] <= DAY_S + SKEW_S, 6, f"record {index}: first proven late")
            need(first - claims[index] <= DAY_S + SKEW_S, 6, f"record {index}: an old claim", "GAP")
        if one["kind"] == "anchor":
            size, tsa, said = one["data"]["size"], one["data"]["tsa"], at(one["data"]["gen_time"])
            token = sha(files.get(f"data/anchors/{size:06d}.{tsa}.tsr", b""))
            head = sha(files.get(f"data/checkpoints/{size:06d}.note", b"")) == one["data"]["note_sha256"]
            there = token in one["subjects"] and head
            need(there and (tokens or {}).get((size, tsa), said) == said, 6, f"record {index}: another token")
            newest = max(newest, (tokens or {}).get((size, tsa), 0))


def check_end(told: list[Any], plan: str, covered: int | None, *, is_open: bool) -> None:  # 7
    need(told[0]["data"]["plan_sha256"] == plan, 7, "another plan than the genesis names")
    for index, one in enumerate(told):
        if one["kind"] in {"decision", "close"}:
            need(one["data"]["plan_sha256"] == plan, 7, f"record {index}: decided by another plan")
            need(
                one["data"]["verdict"] != "GO" or not one["data"]["unmet"],
                7,
                f"record {index}: GO, and unmet",
            )
            need(covered is None or index < covered, 7, f"record {index}: no receipt covers it", "GAP")
    kinds = [one["kind"] for one in told]
    need(kinds.count("close") <= 1 and "close" not in kinds[:-1], 7, "records after the close")
    need(is_open or kinds[-1] == "close", 7, "no close at the end")


def check(bundle: Path, vkey: str | None, root: str | None, receipts: list[Path], *, is_open: bool) -> None:
    for given, what in ((vkey, "log key"), (root, "root of an authority"), (receipts, "receipt")):
        need(given, 2, f"no {what} of the auditor's own", "CAP")
    files = files_of(bundle)
    check_fixity(files)
    records = records_of(files, vkey.partition("+")[0] if vkey else None)
    leaves, told = [leaf for leaf, _ in records], [one for _, one in records]
    own = told[0]["data"]["vkey"]
    need(vkey in {None, own}, 4, "the genesis names another key than the pinned one")
    need(files["data/leaves.txt"].decode().split() == leaves, 4, "leaves.txt lists others")
    notes = {int(name[17:23]): name for name in files if name.startswith("data/checkpoints/")}
    genuine = {
        size for size, name in notes.items() if head_of(files[name], vkey or own, leaves, 4, name) == size
    }
    need(genuine == set(notes) and max(notes) == len(leaves), 4, "the heads are not up to the end")
    sizes = [head_of(one.read_bytes(), vkey or own, leaves, 5, one.name) for one in receipts]
    check_times(files, told, tokens_of(files, root, genuine) if root else None)
    check_end(told, sha(files["data/plan.json"]), max(sizes, default=None), is_open=is_open)


def main(arguments: list[str]) -> int:
    given = [None if one == "-" else one for one in arguments if one != "--open"]
    is_option = any(one.startswith("-") for one in given if one)
    if len(given) < 3 or given[0] is None or is_option:  # noqa: PLR2004
        sys.stderr.write(f"{__doc__}\n")
        return 2
    found.clear()
    vkey, root, *receipts = given[1:]
    key = Path(vkey).read_text() if vkey and Path(vkey).is_file() else vkey
    try:
        held = [Path(one) for one in receipts if one]
        with reading("the bundle"):
            check(Path(given[0]), key and key.strip(), root, held, is_open="--open" in arguments)
    except UnreadableError as error:
        need(False, 0, str(error))
    results = {
        "FAIL": ("FAILED", 1),
        "CAP": ("CONSISTENT-ONLY", 3),
        "GAP": ("WITH-GAPS", 4),
        "": ("HOLDS", 0),
    }
    worst = next(how for how in results if not how or any(how == one for one, _, _ in found))
    text, code = results[worst]
    lines = [f"{how} step {step}: {what}" for how, step, what in found]
    last = "not looked at: what the plan asks of a decision (7), secrets (8)"
    sys.stdout.write("\n".join([f"{text}; {last}", *lines, ""]))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
