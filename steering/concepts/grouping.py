"""Groups: statements that say nearly the same are one, and every group lies in one split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from steering.concepts.items import Item, Split, hashed, normalised, split_at, split_of

# Share of different words that two statements must have in common to be nearly the same.
NEAR = 0.8
# A split has its share where it has as many groups as it would have of so many.
SMALL = 20
_FEWEST_WORDS = 4
_ROWS_AT_ONCE = 512

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Pair:
    """Two items that say nearly the same."""

    one: Item
    other: Item

    @property
    def leaks(self) -> bool:
        """Return whether the two lie in different splits, so that one is learnt, one tested."""
        return self.one.split != self.other.split


def near_duplicates(items: Sequence[Item]) -> tuple[Pair, ...]:
    """Return the pairs of items of different groups that share at least `NEAR` of their words.

    Statements of less than four different words say too little to be compared.
    """
    pairs = (Pair(items[one], items[other]) for one, other in zip(*_near(items), strict=True))
    return tuple(pair for pair in pairs if pair.one.group != pair.other.group)


def joined(items: Sequence[Item]) -> tuple[Item, ...]:
    """Return the items, the groups of nearly equal statements made one, also by way of others.

    A joined group takes the name of one of its own, and with it the split: that of the split in
    which most of its items lay before, and there the one with the smallest hash. So as few items
    as possible change their split, whatever the order of the rows.
    """
    names = sorted({item.group for item in items})
    number = {name: place for place, name in enumerate(names)}
    group = np.array([number[item.group] for item in items], dtype=np.int64)
    one, other = (group[places] for places in _near(items))
    links = coo_array((np.ones(len(one)), (one, other)), shape=(len(names), len(names)))
    part = dict(zip(names, connected_components(links, directed=False)[1].tolist(), strict=True))
    before = Counter((part[item.group], split_of(item.group)) for item in items)
    ranked = sorted(names, key=lambda name: (-before[part[name], split_of(name)], hashed(name)))
    name_of = {part[name]: name for name in reversed(ranked)}
    return tuple(replace(item, group=name_of[part[item.group]]) for item in items)


def placed(items: Sequence[Item]) -> tuple[Item, ...]:
    """Return the items in their splits: by the hash of their group, or by its rank where few are.

    The shares are 40 % of the groups for train, 10 % for validation and 50 % for test. By its hash
    alone, `split_of`, a group's split depends on nothing else; but of few groups, none may fall to
    validation. A split has less than its share where it has fewer groups than it would have of
    `SMALL` groups by their rank (8, 2 and 10 of 20), or of all, where they are fewer. If that is so
    of any split, all groups are placed by rank: in the order of their hashes, the first 40 %
    go to train, the next 10 % to validation, the others to test.
    """
    names = sorted({item.group for item in items}, key=hashed)
    by_hash = Counter(split_of(name) for name in names)
    fewest = Counter(_by_rank(min(len(names), SMALL)))
    if all(by_hash[split] >= count for split, count in fewest.items()):
        return tuple(items)
    splits = dict(zip(names, _by_rank(len(names)), strict=True))
    return tuple(replace(item, placed=splits[item.group]) for item in items)


def _by_rank(count: int) -> list[Split]:
    return [split_at((rank + 0.5) / count) for rank in range(count)]


def _near(items: Sequence[Item]) -> tuple[Places, Places]:
    """Return the places of both items of each pair that shares at least `NEAR` of its words."""
    texts = [_words(item) for item in items]
    column = {word: place for place, word in enumerate(sorted(set().union(*texts)))}
    columns = [column[word] for words in texts for word in words]
    sizes = np.array([len(words) for words in texts])
    ends, count = np.cumsum([0, *sizes]), np.ones(len(columns))
    holds = csr_array((count, columns, ends), shape=(len(texts), len(column)))
    found: list[tuple[Places, Places]] = []
    for start in range(0, len(texts), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        shared = (holds[rows] @ holds.T).toarray()
        near = shared >= NEAR * (sizes[rows, None] + sizes - shared)
        near &= np.minimum(sizes[rows, None], sizes) >= _FEWEST_WORDS
        one, other = np.nonzero(np.triu(near, k=start + 1))
        found.append((one + start, other))
    ones, others = zip(*found, strict=True)
    return np.concatenate(ones), np.concatenate(others)


def _words(item: Item) -> set[str]:
    # Lettered choices belong to what is asked; Yes and No are the same everywhere.
    options = () if {*item.options} == {"Yes", "No"} else item.options
    return set(normalised(" ".join([item.statement, *options])).split())
