"""What an auditor does with a bundle, and what an attacker does to one before."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evidence import verify_min
from evidence.bag import Part, write_bag
from evidence.bundle import write_bundle
from evidence.layout import LEAVES, TAG_MANIFEST, TAGS, TOP
from evidence.tree import leaf_hash
from evidence.verification.procedure import verify
from evidence.verification.report import Report
from evidence.verification.trust import Trust, trusted
from tests.evidence.authority import Authority
from tests.evidence.sealed import Sealed

Files = dict[str, bytes]


@dataclass(frozen=True, kw_only=True)
class Auditor:
    """What somebody brings to a verification."""

    vkey: str | None = None
    authorities: Sequence[Authority] = ()
    receipts: Sequence[bytes] = ()
    is_open: bool = False

    @classmethod
    def of(cls, sealed: Sealed) -> Auditor:
        """One who brings everything."""
        return cls(vkey=sealed.vkey, authorities=sealed.authorities, receipts=sealed.receipts)

    @property
    def without_receipt(self) -> Auditor:
        """One who kept no receipt."""
        return replace(self, receipts=())

    @property
    def with_nothing(self) -> Auditor:
        """One who brings nothing at all."""
        return Auditor(is_open=self.is_open)

    @property
    def trust(self) -> Trust:
        """The same, read."""
        return trusted(
            vkey=self.vkey,
            roots={one.name: one.pem for one in self.authorities},
            receipts={str(number): one for number, one in enumerate(self.receipts)},
            is_open=self.is_open,
        )

    def verify(self, bundle: Path) -> Report:
        """What golive says."""
        return verify(bundle, self.trust)

    def verify_min(self, bundle: Path) -> int:
        """What the small program says, which shares no code with golive."""
        return verify_min.main(self.words(bundle))

    def words(self, bundle: Path) -> list[str]:
        """The words of its command line."""
        folder = bundle.parent
        root = folder / "roots.pem"
        root.write_bytes(b"".join(one.pem for one in self.authorities))
        receipts = [folder / f"receipt-{number}.txt" for number in range(len(self.receipts))]
        for file, data in zip(receipts, self.receipts, strict=True):
            file.write_bytes(data)
        return [
            str(bundle),
            self.vkey or "-",
            str(root) if self.authorities else "-",
            *map(str, receipts),
            *(["--open"] if self.is_open else []),
        ]


def written(sealed: Sealed, path: Path) -> Path:
    """The bundle of a log."""
    with path.open("wb") as out:
        write_bundle(sealed.contents(), out)
    return path


def unpacked(path: Path) -> Files:
    """The payload of a bundle, without what its maker said of it."""
    with zipfile.ZipFile(path) as bag:
        files = {name.removeprefix(TOP): bag.read(name) for name in bag.namelist()}
    return {name: data for name, data in files.items() if name not in {*TAGS, TAG_MANIFEST}}


def packed(files: Mapping[str, bytes], path: Path) -> Path:
    """A bundle of these files, as an attacker makes it: with the lists of files made anew."""
    with path.open("wb") as out:
        write_bag([Part.of(name, data) for name, data in files.items()], out)
    return path


def relisted(files: Files) -> Files:
    """The same with the list of leaves made anew."""
    records = [files[name] for name in sorted(files) if name.startswith("data/records/")]
    leaves = "".join(f"{leaf_hash(record).hex()}\n" for record in records)
    return {**files, LEAVES: leaves.encode()}


def renumbered(files: Files, records: Iterable[bytes]) -> Files:
    """The same with these records instead, in this order."""
    kept = {name: data for name, data in files.items() if not name.startswith("data/records/")}
    fresh = {f"data/records/{index:06d}.dsse.json": data for index, data in enumerate(records)}
    return relisted({**kept, **fresh})
