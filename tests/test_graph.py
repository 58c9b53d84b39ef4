from __future__ import annotations

import gzip

import networkx as nx
import numpy as np
import pytest

from whp.reference import families
from whp.reference.graph import Graph, LoopError
from whp.reference.graph_files import GraphFileError, read_graph


def test_edges_are_brought_into_one_form():
    graph = Graph.of(4, [(3, 1), (1, 0), (1, 3), (0, 1)])
    assert graph.edges.tolist() == [[0, 1], [1, 3]]
    assert graph == Graph.of(4, np.array([[0, 1], [1, 3]]))
    assert graph != Graph.of(5, [(0, 1), (1, 3)])
    assert eval(repr(graph)) == graph


def test_rows_of_neighbors_are_those_of_networkx():
    for seed in range(20):
        known = nx.gnp_random_graph(15, 0.3, seed=seed)
        graph = Graph.from_networkx(known)
        assert [graph.neighbors(v).tolist() for v in range(15)] == [sorted(known[v]) for v in range(15)]
        assert [graph.degree(v) for v in range(15)] == [known.degree(v) for v in range(15)]
        assert graph.max_degree == max(dict(known.degree()).values())
        assert nx.utils.graphs_equal(graph.to_networkx(), known)
        assert graph.offsets.tolist() == np.cumsum([0, *graph.degrees]).tolist()


@pytest.mark.parametrize("n", [0, 1, 5])
def test_a_graph_without_edges(n):
    graph = Graph.of(n)
    assert (graph.n, graph.max_degree, graph.edges.shape, len(graph.adjacency)) == (n, 0, (0, 2), 0)
    assert graph.offsets.tolist() == [0] * (n + 1)


def test_loops_and_strangers_are_refused():
    with pytest.raises(LoopError, match="edge 1 joins vertex 2 to itself"):
        Graph.of(3, [(0, 1), (2, 2)])
    with pytest.raises(ValueError, match=r"edge 0 is \(0, 3\), but the vertices are 0..2"):
        Graph.of(3, [(0, 3)])


def test_families_have_their_sizes():
    assert families.complete(5).edges.shape == (10, 2)
    assert families.cycle(2) == families.path(2) == families.complete(2)
    assert families.disjoint(3, families.complete(3)).degrees.tolist() == [2] * 9
    assert families.circulant(8, 1, 4).degrees.tolist() == [3] * 8
    assert families.complete_bipartite(2, 3).degrees.tolist() == [3, 3, 2, 2, 2]
    assert families.karate_club().edges.shape == (78, 2)


# Files


@pytest.mark.parametrize(
    ("name", "n", "m"),
    [
        ("karate.txt", 34, 78),
        ("myciel4.col", 23, 71),
        ("petersen.mtx", 10, 15),
        ("florentine.graphml", 15, 20),
    ],
)
def test_the_graphs_that_ship_are_read(graphs, name, n, m):
    graph = read_graph(graphs / name).graph
    assert (graph.n, len(graph.edges)) == (n, m)


def test_every_format_reads_the_same_graph(graphs, tmp_path):
    karate = read_graph(graphs / "karate.txt").graph
    assert karate == families.karate_club()
    (tmp_path / "k.txt.gz").write_bytes(gzip.compress((graphs / "karate.txt").read_bytes()))
    (tmp_path / "k.json").write_text(f'{{"n": 34, "edges": {karate.edges.tolist()}}}')
    nx.write_graphml(karate.to_networkx(), tmp_path / "k.graphml")
    lines = [f"e {u + 1} {v + 1}" for u, v in karate.edges]
    (tmp_path / "k.col").write_text("\n".join(["c karate", "p edge 34 78", *lines]))
    lines = [f"{v + 1} {u + 1} 2.5" for u, v in karate.edges]
    (tmp_path / "k.mtx").write_text(
        "\n".join(["%%MatrixMarket matrix coordinate real symmetric", "34 34 78", *lines])
    )
    for name in ("k.txt.gz", "k.json", "k.graphml", "k.col", "k.mtx"):
        assert read_graph(tmp_path / name).graph == karate, name


def test_names_are_mapped_to_vertices(tmp_path):
    file = tmp_path / "graph.txt"
    file.write_text("# FromNodeId\tToNodeId\n\n1000\t20\n20\t7\n")
    read = read_graph(file)
    assert read.names == [7, 20, 1000]
    assert read.graph.edges.tolist() == [[0, 1], [1, 2]]
    file.write_text("b a\na 1\n")
    assert read_graph(file).names == ["b", "a", "1"]


@pytest.mark.parametrize(
    ("name", "text", "note"),
    [
        ("g.txt", "1 2\n3 1\n2 1\n1 2\n", "g.txt:3: edge 2 1 is there already; 2 such doubles merged"),
        ("g.col", "p edge 3 2\ne 1 2\ne 2 1\n", "g.col:3: edge 2 1 is there already; 1 such double merged"),
        (
            "g.mtx",
            "%%MatrixMarket matrix coordinate pattern general\n3 3 3\n2 1\n1 2\n3 1\n",
            "g.mtx:4: edge 1 2 is there already; 1 such double merged",
        ),
    ],
)
def test_doubles_are_merged_with_a_note(tmp_path, name, text, note):
    file = tmp_path / name
    file.write_text(text)
    with pytest.warns(UserWarning, match="is there already") as caught:
        read_graph(file)
    assert str(caught[0].message) == f"{tmp_path}/{note}"


GRAPHML = """<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<graph edgedefault="undirected">
<node id="a"/>
"""


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("g.txt", "1 2\n# c\n3 3\n", "g.txt:3: vertex 3 is joined to itself; a simple graph has no loops"),
        ("g.txt", "1 2\nstray\n", "g.txt:2: 'stray' is no edge"),
        ("g.col", "p edge 3 2\ne 1 1\n", "g.col:2: vertex 1 is joined to itself"),
        ("g.col", "p edge 3 2\ne 1 4\n", "g.col:2: edge 1 4, but the vertices are 1..3"),
        (
            "g.col",
            "c x\ne 1 2\n",
            "g.col:2: 'e 1 2' where 'p edge VERTICES EDGES' before the first edge is expected",
        ),
        ("g.col", "p edge 3 2\nx 1 2\n", "g.col:2: 'x 1 2' where 'e U V' is expected"),
        ("g.col", "c nothing\n", "g.col: has no line 'p edge VERTICES EDGES'"),
        (
            "g.mtx",
            "%%MatrixMarket matrix coordinate pattern general\n3 3 2\n2 1\n3 3\n",
            "g.mtx:4: vertex 3 is joined to itself",
        ),
        ("g.mtx", "%%MatrixMarket matrix coordinate pattern general\n3 3 1\nx 1\n", "g.mtx:3: "),
        ("g.mtx", "%%MatrixMarket matrix coordinate pattern general\n3 4 1\n2 1\n", "g.mtx: a 3 x 4 matrix"),
        ("g.mtx", "hello\n", "g.mtx:1: "),
        (
            "g.graphml",
            GRAPHML + '<edge source="a" target="a"/></graph></graphml>',
            "g.graphml:4: vertex a is joined to itself",
        ),
        ("g.graphml", GRAPHML, "g.graphml:4: no element found"),
        ("g.json", '{"n": 2, "edges": [[0, 1], [1, 1]]}', "g.json: $.edges[1]: vertex 1 is joined to itself"),
        (
            "g.json",
            '{"n": 2, "edges": [[0, 2]]}',
            "g.json: $.edges[0] is [0, 2]; an edge is two vertices of 0..1",
        ),
        ("g.json", '{"n": 2,\n', "g.json:2: "),
        ("g.txt.gz", "1 2\n", "g.txt.gz: Not a gzipped file"),
        ("g.doc", "1 2\n", "g.doc: unknown kind of graph file; name it .col"),
    ],
)
def test_what_is_no_graph_is_told_with_file_and_line(tmp_path, name, text, message):
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(GraphFileError) as caught:
        read_graph(file)
    assert str(caught.value).startswith(f"{tmp_path}/{message}")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_not_text(tmp_path):
    with pytest.raises(GraphFileError, match="No such file"):
        read_graph(tmp_path / "g.txt")
    (tmp_path / "g.txt").write_bytes(b"\xff\xfe1 2")
    with pytest.raises(GraphFileError, match="is not text"):
        read_graph(tmp_path / "g.txt")
