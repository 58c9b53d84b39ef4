"""Graphs from files: DIMACS `.col`, edge lists, MatrixMarket, GraphML and JSON, each plain or gzipped."""

from __future__ import annotations

import gzip
import json
import re
import warnings
import zlib
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, cast

import numpy as np

from whp.reference.graph import Graph, LoopError, numbered

FORMATS = {
    ".col": "DIMACS",
    ".edges": "edge list",
    ".el": "edge list",
    ".graphml": "GraphML",
    ".json": "JSON",
    ".mtx": "MatrixMarket",
    ".txt": "edge list",
}


class GraphFileError(ValueError):
    """The file is no graph; the message names the file, the line where there is one, and the way out."""


@dataclass(frozen=True)
class GraphFile:
    """A graph, and the file's own names of its vertices."""

    graph: Graph
    names: list[Hashable]


@dataclass(frozen=True)
class Listing:
    """What a file says: edges between its own names, and where each stands, such as "karate.txt:7"."""

    ends: Sequence[tuple[Hashable, Hashable]]
    where: Callable[[int], str]
    vertices: Sequence[Hashable] | None  # None: those that the edges name


def read_graph(path: Path) -> GraphFile:
    """Read a graph.

    Doubles are merged with a warning, a loop is a GraphFileError, and so is anything malformed; each names
    the file and the line.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    kind = FORMATS.get((suffixes[-2:-1] if suffixes[-1:] == [".gz"] else suffixes[-1:] or [""])[0])
    if kind is None:
        raise GraphFileError(
            f"{path}: unknown kind of graph file; name it {', '.join(FORMATS)} (or that and .gz)"
        )
    try:
        with _open(path) as file:
            listing = READERS[kind](path, file)
    except (OSError, EOFError, zlib.error) as error:
        raise GraphFileError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    except UnicodeDecodeError:
        raise GraphFileError(f"{path}: is not text in UTF-8; a compressed file ends in .gz") from None
    return _graph(listing)


def _open(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path)) if path.suffix.lower() == ".gz" else path.open("rb")


def _graph(listing: Listing) -> GraphFile:
    if listing.vertices is None:
        number = numbered(name for ends in listing.ends for name in ends)
    else:
        number = {name: index for index, name in enumerate(listing.vertices)}
    pairs = np.array([(number[u], number[v]) for u, v in listing.ends], np.int64).reshape(-1, 2)
    try:
        graph = Graph.of(len(number), pairs)
    except LoopError as loop:
        raise GraphFileError(
            f"{listing.where(loop.position)}: vertex {list(number)[loop.vertex]} is joined to itself; "
            "a simple graph has no loops, so remove this edge"
        ) from None
    doubles = len(pairs) - len(graph.edges)
    if doubles:
        low, high = np.sort(pairs, axis=1).T
        _, first = np.unique(low * graph.n + high, return_index=True)
        again = int(np.setdiff1d(np.arange(len(pairs)), first)[0])
        u, v = (list(number)[index] for index in pairs[again])
        warnings.warn(
            f"{listing.where(again)}: edge {u} {v} is there already; "
            f"{doubles} such double{'s' * (doubles > 1)} merged",
            stacklevel=3,
        )
    return GraphFile(graph, list(number))


def _text(file: IO[bytes]) -> Iterator[tuple[int, str]]:
    for line, raw in enumerate(file, 1):
        text = raw.decode("utf-8-sig" if line == 1 else "utf-8").strip()
        if text:
            yield line, text


def _name(word: str) -> Hashable:
    return int(word) if re.fullmatch(r"-?\d{1,18}", word) else word


def _edge_list(path: Path, file: IO[bytes]) -> Listing:
    ends: list[tuple[Hashable, Hashable]] = []
    lines = []
    for line, text in _text(file):
        if text[0] in "#%":
            continue
        words = text.replace(",", " ").split()
        if len(words) < 2:
            raise GraphFileError(f"{path}:{line}: {text[:60]!r} is no edge; a line holds two names, u v")
        ends.append((_name(words[0]), _name(words[1])))
        lines.append(line)
    if len({type(name) for pair in ends for name in pair}) > 1:  # numbers among names are names
        ends = [(str(u), str(v)) for u, v in ends]
    return Listing(ends, lambda position: f"{path}:{lines[position]}", None)


def _dimacs(path: Path, file: IO[bytes]) -> Listing:
    n = None
    ends: list[tuple[Hashable, Hashable]] = []
    lines = []
    for line, text in _text(file):
        words = text.split()
        if words[0] == "c" or words[0] == "n":
            continue
        try:
            if words[0] == "p" and n is None:
                n = int(words[2])
                if n < 0:
                    raise GraphFileError(f"{path}:{line}: {n} vertices, but their number is not negative")
            elif words[0] == "e" and n is not None:
                u, v = int(words[1]), int(words[2])
                if not (1 <= u <= n and 1 <= v <= n):
                    raise GraphFileError(f"{path}:{line}: edge {u} {v}, but the vertices are 1..{n}")
                ends.append((u, v))
                lines.append(line)
            else:
                raise ValueError
        except (IndexError, ValueError) as error:
            if isinstance(error, GraphFileError):
                raise
            wanted = "'p edge VERTICES EDGES' before the first edge" if n is None else "'e U V'"
            raise GraphFileError(f"{path}:{line}: {text[:60]!r} where {wanted} is expected") from None
    if n is None:
        raise GraphFileError(f"{path}: has no line 'p edge VERTICES EDGES'")
    return Listing(ends, lambda position: f"{path}:{lines[position]}", range(1, n + 1))


def _matrix_market(path: Path, file: IO[bytes]) -> Listing:
    from scipy.io import mmread

    text = file.read()
    try:
        matrix = mmread(BytesIO(text))
    except (ValueError, OverflowError) as error:
        where = re.match(r"Line (\d+): (.*)", str(error))
        line, fault = where.groups() if where else ("1", str(error))
        raise GraphFileError(f"{path}:{line}: {fault}") from None
    if isinstance(matrix, np.ndarray):
        raise GraphFileError(f"{path}:1: a dense array; an adjacency matrix in coordinate form is wanted")
    n, columns = matrix.shape
    if n != columns:
        raise GraphFileError(f"{path}: a {n} x {columns} matrix; an adjacency matrix is square")
    rows, columns = matrix.row + 1, matrix.col + 1
    if b"general" not in text.split(b"\n", 1)[0].lower():  # the reader mirrors a symmetric file's triangle
        rows, columns = rows[rows >= columns], columns[rows >= columns]
    ends = list(zip(rows.tolist(), columns.tolist(), strict=True))

    def where_is(position: int) -> str:
        entry = tuple(b"%d" % end for end in ends[position])
        lines = [(line, row.split()) for line, row in enumerate(text.split(b"\n"), 1) if row[:1] != b"%"]
        found = [line for line, words in lines[1:] if tuple(words[:2]) == entry]
        before = ends[:position].count(ends[position])
        return f"{path}:{found[min(before, len(found) - 1)]}" if found else str(path)

    return Listing(ends, where_is, range(1, n + 1))


def _graphml(path: Path, file: IO[bytes]) -> Listing:
    from xml.etree.ElementTree import ParseError

    import networkx as nx

    text = file.read().decode()
    try:
        graph = nx.parse_graphml(text, force_multigraph=True)
    except ParseError as error:
        raise GraphFileError(f"{path}:{error.position[0]}: {error}") from None
    except (nx.NetworkXError, KeyError, ValueError, StopIteration) as error:
        raise GraphFileError(f"{path}: no GraphML that networkx reads: {error}") from None
    ends = [(u, v) for u, v in graph.edges()]

    def where_is(position: int) -> str:
        u, v = ends[position]
        for tag in re.finditer(r"<edge\b[^>]*>", text):
            ids = dict(re.findall(r"(source|target)\s*=\s*[\"']([^\"']*)[\"']", tag.group()))
            if {ids.get("source"), ids.get("target")} == {u, v}:
                return f"{path}:{text.count(chr(10), 0, tag.start()) + 1}"
        return str(path)

    return Listing(ends, where_is, list(graph))


def _json(path: Path, file: IO[bytes]) -> Listing:
    try:
        value = json.load(file)
    except json.JSONDecodeError as error:
        raise GraphFileError(f"{path}:{error.lineno}: {error.msg}") from None
    except RecursionError:
        raise GraphFileError(f"{path}: is nested too deeply") from None
    shape = '{"n": 3, "edges": [[0, 1], [1, 2]]}'
    if not (
        isinstance(value, dict)
        and type(value.get("n")) is int
        and value["n"] >= 0
        and isinstance(value.get("edges"), list)
    ):
        raise GraphFileError(f"{path}: a graph is {shape}")
    n = value["n"]
    for index, edge in enumerate(value["edges"]):
        if not (
            isinstance(edge, list)
            and len(edge) == 2
            and all(type(end) is int and 0 <= end < n for end in edge)
        ):
            raise GraphFileError(
                f"{path}: $.edges[{index}] is {edge!r:.60}; an edge is two vertices of 0..{n - 1}"
            )
    ends = [(u, v) for u, v in value["edges"]]
    return Listing(ends, lambda position: f"{path}: $.edges[{position}]", range(n))


READERS = {
    "DIMACS": _dimacs,
    "GraphML": _graphml,
    "JSON": _json,
    "MatrixMarket": _matrix_market,
    "edge list": _edge_list,
}
