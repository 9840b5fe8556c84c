"""Programs that do none of the work and count on a suite that believes them: adversaries of every pack.

`admission` grades each beside the author's own flawed solutions. A hidden test that one of them passes gives
points for nothing; it is named, and may stay only with a reason in the pack's [liars]. Some liars have an
honest twin, the same work without the lie: what the twin earns, too, is not what the lie has earned.

A service or a program is tested over its protocol, so its liars come in one of the pack's languages only;
functions have them in every language, since the objects of each lie in their own way.
"""

from grading.challenge import ChallengePack, Kind
from grading.liars import databases, functions, programs, services, stores
from grading.liars.liar import Liar

__all__ = ["Liar", "liars"]


def liars(pack: ChallengePack) -> list[Liar]:
    """Every liar that can be made for this pack, the same ones each time."""
    match pack.kind:
        case Kind.SERVICE:
            return [*services.liars(pack), *stores.liars(pack)]
        case Kind.PROGRAM:
            return programs.liars(pack)
        case Kind.FUNCTION:
            return functions.liars(pack)
        case Kind.SQL:
            return databases.liars(pack)
