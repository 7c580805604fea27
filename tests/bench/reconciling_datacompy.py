"""Seconds that datacompy takes to read both files and to compare them. Run outside golive's environment."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import datacompy
import pandas as pd

COLUMNS = ["payment_intent", "cents", "credits", "currency"]


def main() -> None:
    """Print the seconds."""
    folder = Path(sys.argv[1])
    started = time.perf_counter()
    payments = pd.read_parquet(
        folder / "payments.parquet", columns=["payment_intent", "due_cents", "currency"]
    )
    payments = payments.rename(columns={"due_cents": "cents"})
    payments["credits"] = payments["cents"] * 10
    purchases = pd.read_parquet(folder / "purchases.parquet", columns=COLUMNS)
    compared = datacompy.PandasCompare(payments, purchases, join_columns="payment_intent")
    compared.report()
    sys.stdout.write(f"{time.perf_counter() - started}\n")


if __name__ == "__main__":
    main()
