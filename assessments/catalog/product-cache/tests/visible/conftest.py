"""Everything is in tests/support."""

from shop_fixtures import (  # noqa: F401
    commit,
    give_time,
    hold_read,
    meanwhile,
    outage,
    overtake,
    product_reads,
    shop,
    stampede,
)
