"""Reports on data that nobody sees: (database, day, region), by what is easily got wrong."""

from datetime import date

SKEWED = [
    ("skewed", date(2025, 11, 10 + number % 6), region)
    for number, region in enumerate(["BER", "NYC", "TYO", "LIS", "DEL", "SFO", "AKL", "CAI"])
]
ORDINARY = [("edges", date(2025, 5, 5), "BER")]
TIES = [("edges", date(2025, 5, 6), "LIS")]
MISSING_VALUES = [("edges", date(2025, 5, 7), "NYC")]
MIDNIGHT = [("edges", date(2025, 5, 8), "SFO"), ("edges", date(2025, 5, 8), "DEL")]
CLOCK_CHANGES = [("edges", date(2025, 10, 26), "BER"), ("edges", date(2025, 3, 9), "NYC")]
REPETITIONS = [("edges", date(2025, 5, 12), "TYO")]
NOTHING = [("edges", date(2025, 5, 1), "AKL"), ("edges", date(2025, 5, 5), "XXX")]

ALL = [*SKEWED, *ORDINARY, *TIES, *MISSING_VALUES, *MIDNIGHT, *CLOCK_CHANGES, *REPETITIONS, *NOTHING]
