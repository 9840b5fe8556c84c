"""The right answer, worked out in plain Python from a database's rows: not the reference query over again."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

COLUMNS = {
    "rank": int,
    "customer_id": int,
    "customer": str,
    "parcels": int,
    "delivered": int,
    "late": int,
    "average_hours": Decimal,
    "charged": Decimal,
}
LAST_RANK = 10

# The whole day in any time zone lies within this range around midnight UTC.
_PARCELS = """
    SELECT p.id, p.customer_id, p.from_depot_id, p.to_depot_id, p.accepted_at, p.promised_at
    FROM parcels p, regions r
    WHERE r.code = %(region)s AND (p.accepted_at AT TIME ZONE r.time_zone)::date = %(day)s
      AND p.accepted_at BETWEEN %(day)s::date::timestamptz - interval '1 day'
                            AND %(day)s::date::timestamptz + interval '3 days'
"""

Row = tuple[Any, ...]


@dataclass
class Figures:
    """What is told of one customer."""

    parcels: int = 0
    late: int = 0
    hours: list[Decimal] = field(default_factory=list)
    charged: Decimal = Decimal(0)

    def add(self, parcel: Row, delivered_at: datetime | None, charged: Decimal) -> None:
        _, _, _, _, accepted_at, promised_at = parcel
        self.parcels += 1
        self.charged += charged
        if delivered_at is not None:
            self.hours.append(Decimal((delivered_at - accepted_at).total_seconds()) / 3600)
            self.late += promised_at is not None and delivered_at > promised_at

    @property
    def average_hours(self) -> Decimal | None:
        if not self.hours:
            return None
        return (sum(self.hours, Decimal(0)) / len(self.hours)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def expected_rows(postgres: Any, database: str, day: date, region: str) -> list[Row]:
    """The report's rows in their order. Reads as owner."""
    parcels = _parcels(postgres, database, day, region)
    ids = [parcel[0] for parcel in parcels]
    delivered = _first_deliveries(postgres, database, ids)
    charged = _charged(postgres, database, ids)
    customers: dict[int, Figures] = defaultdict(Figures)
    for parcel in parcels:
        customers[parcel[1]].add(parcel, delivered.get(parcel[0]), charged[parcel[0]])
    return _ranked(customers, dict(postgres.fetch("SELECT id, name FROM customers", database=database)))


def _parcels(postgres: Any, database: str, day: date, region: str) -> list[Row]:
    """Those that count: of a customer who is not internal, with a depot of the region at either end."""
    depots = dict(postgres.fetch("SELECT id, region FROM depots", database=database))
    internal = {
        row[0] for row in postgres.fetch("SELECT customer_id FROM internal_accounts", database=database)
    }
    found = postgres.fetch(_PARCELS, {"day": day, "region": region}, database=database)
    return [
        row
        for row in found
        if row[1] is not None and row[1] not in internal and region in (depots[row[2]], depots[row[3]])
    ]


def _first_deliveries(postgres: Any, database: str, ids: list[int]) -> dict[int, datetime]:
    query = "SELECT parcel_id, kind, scanned_at FROM scans WHERE parcel_id = ANY(%s)"
    first: dict[int, datetime] = {}
    for parcel, kind, at in postgres.fetch(query, (ids,), database=database):
        if kind.lower() == "delivered":
            first[parcel] = min(at, first.get(parcel, at))
    return first


def _charged(postgres: Any, database: str, ids: list[int]) -> dict[int, Decimal]:
    query = "SELECT parcel_id, amount FROM charges WHERE parcel_id = ANY(%s)"
    total: dict[int, Decimal] = defaultdict(Decimal)
    for parcel, amount in postgres.fetch(query, (ids,), database=database):
        total[parcel] += amount or 0
    return total


def _ranked(customers: dict[int, Figures], names: dict[int, str]) -> list[Row]:
    rows = []
    for id, own in sorted(customers.items()):
        ahead = sum((other.late, other.charged) > (own.late, own.charged) for other in customers.values())
        if ahead < LAST_RANK:
            figures = (own.parcels, len(own.hours), own.late, own.average_hours, own.charged)
            rows.append((ahead + 1, id, names[id], *figures))
    return sorted(rows, key=lambda row: row[:2])
