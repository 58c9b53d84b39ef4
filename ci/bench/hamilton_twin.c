/* The search for a Hamilton cycle once more, read for read and draw for draw the same as the compiled reference:
   what it is timed against. Names, phases and layout in memory are those of linear.py and lists.py, which say
   why each step is made; what is said here is where C goes another way. Edges have coins, and trees are grown: the
   defaults of the reference. */

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "stream.h"

enum { NO_VERTEX = -1, READS_A_TREE_VERTEX = 3, READS_AN_END = 4 };

/* Lists: neighbours in random order, drawn as they are read. */

enum { OUT, INTO, END, FRONT, BACK, POINTERS };

typedef struct {
    int64_t n;
    const int64_t *offsets;
    const int32_t *adjacency;
    int32_t *entries;
    int32_t (*pointers)[POINTERS];
    uint64_t key;
    int64_t reads, budget;
    uint64_t *random;
} Lists;

static void begin(Lists *lists) {
    memset(lists->pointers, 0, (size_t)lists->n * sizeof *lists->pointers);
    lists->key = draw(lists->random);
}

static inline int32_t degree(const Lists *lists, int32_t v) {
    return (int32_t)(lists->offsets[v + 1] - lists->offsets[v]);
}

static inline int32_t read(Lists *lists, int32_t v, int pointer) {
    int32_t *row = lists->entries + lists->offsets[v], *own = lists->pointers[v], length = degree(lists, v);
    int32_t i = own[pointer];
    own[pointer] = i + 1 < length ? i + 1 : 0;
    if (pointer == END) i = length - 1 - i;
    int32_t drawn = own[FRONT], after = length - own[BACK];
    if (drawn <= i && i < after) {
        int64_t j = drawn + below((uint64_t)(after - drawn), lists->random);
        int32_t entry = row[j];
        row[j] = row[i];
        row[i] = entry;
        own[pointer == END ? BACK : FRONT]++;
    }
    lists->reads++;
    return row[i];
}

static inline bool is_arc(int32_t u, int32_t v, uint64_t key) {
    uint64_t bits = ((uint64_t)(u < v ? u : v) << 32 | (uint64_t)(u < v ? v : u)) ^ key;
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
    bool upward = (bits ^ (bits >> 31)) >> 63;
    return upward == (u < v);
}

static inline int32_t read_arc(Lists *lists, int32_t v, int pointer) {
    for (int32_t left = degree(lists, v); left > 0; left--) {
        int32_t w = read(lists, v, pointer);
        if (is_arc(v, w, lists->key) == (pointer == OUT)) return w;
    }
    return NO_VERTEX;
}

static inline bool spent(const Lists *lists) { return lists->reads >= lists->budget; }

/* Phase 1: a matching between left and right vertices. */

typedef struct {
    int32_t *successors, *predecessors, *parent, *root, *stage;
} Matching;

static int32_t *array_of(int64_t n) { return malloc((size_t)n * sizeof(int32_t)); }

static int32_t *filled(int64_t n, int32_t value) {
    int32_t *array = array_of(n);
    for (int64_t i = 0; i < n; i++) array[i] = value;
    return array;
}

static inline bool in_tree(const Matching *matching, int32_t y, int32_t stage) {
    return matching->stage[y] == stage && matching->predecessors[matching->root[y]] == NO_VERTEX;
}

static inline void hang(Matching *matching, int32_t y, int32_t parent, int32_t root, int32_t stage) {
    matching->parent[y] = parent;
    matching->root[y] = root;
    matching->stage[y] = stage;
}

static void climb(Matching *matching, int32_t u, int32_t y) {
    while (u != NO_VERTEX) {
        int32_t loser = matching->predecessors[y];
        matching->successors[u] = y;
        matching->predecessors[y] = u;
        u = loser;
        y = matching->parent[y];
    }
}

static int grow(Lists *lists, Matching *matching, int32_t root, int64_t most, int32_t stage, int32_t *members) {
    hang(matching, root, NO_VERTEX, root, stage);
    members[0] = root;
    int64_t size = 1, visited = 0;
    while (visited < size && size < most) {
        int32_t x = members[visited++];
        for (int turn = 0; turn < READS_A_TREE_VERTEX; turn++) {
            int32_t u = read_arc(lists, x, INTO);
            if (u == NO_VERTEX) {
                if (x == root) return NO_VERTEX;
                break;
            }
            int32_t y = matching->successors[u];
            if (y == NO_VERTEX) {
                climb(matching, u, x);
                return 1;
            }
            if (!in_tree(matching, y, stage)) {
                hang(matching, y, x, root, stage);
                members[size++] = y;
                if (size == most) break;
            }
        }
    }
    return 0;
}

static bool walk(Lists *lists, Matching *matching, int32_t u, int32_t stage) {
    while (!spent(lists)) {
        int32_t y = read_arc(lists, u, OUT);
        if (y == NO_VERTEX) return false;
        if (in_tree(matching, y, stage)) {
            climb(matching, u, y);
            return true;
        }
        int32_t loser = matching->predecessors[y];
        matching->successors[u] = y;
        matching->predecessors[y] = u;
        matching->successors[loser] = NO_VERTEX;
        u = loser;
    }
    return false;
}

/* Keep the vertices without a partner, where they stand; return how many there are. */
static int64_t unmatched_of(int32_t *vertices, int64_t size, const int32_t *partners) {
    int64_t kept = 0;
    for (int64_t i = 0; i < size; i++)
        if (partners[vertices[i]] == NO_VERTEX) vertices[kept++] = vertices[i];
    return kept;
}

static void count_up(int32_t *array, int64_t n) {
    for (int64_t i = 0; i < n; i++) array[i] = (int32_t)i;
}

static void shuffle(int32_t *order, int64_t n, uint64_t *random) {
    for (int64_t i = 0; i < n - 1; i++) {
        int64_t j = i + below((uint64_t)(n - i), random);
        int32_t v = order[i];
        order[i] = order[j];
        order[j] = v;
    }
}

/* Let every left vertex, in random order, have the first right one that it reads, if that is free. */
static bool match_first_reads(Lists *lists, Matching *matching, int32_t *order) {
    count_up(order, lists->n);
    shuffle(order, lists->n, lists->random);
    for (int64_t i = 0; i < lists->n; i++) {
        int32_t u = order[i], w = read_arc(lists, u, OUT);
        if (w == NO_VERTEX) return false;
        if (matching->predecessors[w] == NO_VERTEX) {
            matching->successors[u] = w;
            matching->predecessors[w] = u;
        }
    }
    return true;
}

/* One stage: grow trees, walk until half of the left vertices are matched. */
static bool halve(Lists *lists, Matching *matching, int32_t stage, const int32_t *lefts, const int32_t *rights,
                  int64_t unmatched, int32_t *members) {
    int64_t size = unmatched, goal = size / 2, most = (int64_t)sqrt((double)(lists->n / size));
    for (int64_t i = 0; i < size; i++) {
        int status = grow(lists, matching, rights[i], most, stage, members);
        if (status == NO_VERTEX) return false;
        unmatched -= status;
    }
    for (int64_t i = 0; i < size && unmatched > goal; i++) {
        if (matching->successors[lefts[i]] != NO_VERTEX) continue;
        if (!walk(lists, matching, lefts[i], stage)) return false;
        unmatched--;
    }
    return true;
}

static bool match(Lists *lists, int32_t *successors) {
    int64_t n = lists->n;
    for (int64_t v = 0; v < n; v++) successors[v] = NO_VERTEX;
    Matching matching = {successors, filled(n, NO_VERTEX), array_of(n), array_of(n), filled(n, 0)};
    int32_t *lefts = array_of(n), *rights = array_of(n), *members = array_of((int64_t)sqrt((double)n) + 1);
    bool going = match_first_reads(lists, &matching, lefts);
    count_up(lefts, n);
    count_up(rights, n);
    int64_t unmatched = unmatched_of(lefts, n, successors);
    unmatched_of(rights, n, matching.predecessors);
    for (int32_t stage = 1; going && unmatched > 0; stage++) {
        going = halve(lists, &matching, stage, lefts, rights, unmatched, members);
        unmatched_of(rights, unmatched, matching.predecessors);
        unmatched = unmatched_of(lefts, unmatched, successors);
    }
    free(matching.predecessors);
    free(matching.parent);
    free(matching.root);
    free(matching.stage);
    free(lefts);
    free(rights);
    free(members);
    return going;
}

/* Phase 2: the cycles of the permutation. */

typedef struct {
    int64_t first, last;
} Segment;

static inline int64_t length_of(Segment segment) { return llabs(segment.last - segment.first) + 1; }

static int64_t cycles_of(const int32_t *successors, int64_t n, int32_t *base, Segment *cycles) {
    bool *seen = calloc((size_t)n, sizeof(bool));
    int64_t size = 0, count = 0;
    for (int32_t v = 0; v < n; v++) {
        if (seen[v]) continue;
        cycles[count].first = size;
        for (int32_t u = v; !seen[u]; u = successors[u]) {
            seen[u] = true;
            base[size++] = u;
        }
        cycles[count++].last = size - 1;
    }
    free(seen);
    return count;
}

/* The larger cycle first; of two as large, the one that was found first, for qsort need not be stable. */
static int larger_first(const void *one, const void *other) {
    const Segment *a = one, *b = other;
    int64_t lengths = length_of(*b) - length_of(*a);
    if (lengths != 0) return lengths > 0 ? 1 : -1;
    return a->first > b->first ? 1 : -1;
}

/* Phase 3: merging. The segments of a path are turned where they stand; as each holds a vertex, n of them are
   room enough. */

typedef struct {
    Segment *segments;
    int64_t *starts;
    int64_t size; /* of `segments`; `starts` has one entry more */
    const int32_t *base, *places;
} Path;

static void find_starts(Path *path) {
    path->starts[0] = 0;
    for (int64_t index = 0; index < path->size; index++)
        path->starts[index + 1] = path->starts[index] + length_of(path->segments[index]);
}

static int32_t vertex_at(const Path *path, int64_t i) {
    int64_t low = 0, high = path->size; /* starts[low] <= i < starts[high] */
    while (high - low > 1) {
        int64_t middle = (low + high) / 2;
        if (path->starts[middle] <= i)
            low = middle;
        else
            high = middle;
    }
    Segment segment = path->segments[low];
    int64_t beyond = i - path->starts[low];
    return path->base[segment.first <= segment.last ? segment.first + beyond : segment.first - beyond];
}

static int64_t place_on(const Path *path, int32_t v) {
    int64_t place = path->places[v];
    for (int64_t index = 0; index < path->size; index++) {
        Segment segment = path->segments[index];
        bool up = segment.first <= segment.last;
        if (up ? segment.first <= place && place <= segment.last : segment.last <= place && place <= segment.first)
            return path->starts[index] + llabs(place - segment.first);
    }
    return -1;
}

/* Have a segment begin at place i of the path; return its index, the number of segments if i is the end. */
static int64_t cut(Path *path, int64_t i) {
    int64_t before = 0, index = 0;
    while (index < path->size && before + length_of(path->segments[index]) <= i)
        before += length_of(path->segments[index++]);
    if (i == before) return index;
    Segment *head = path->segments + index, *tail = head + 1;
    memmove(tail, head, (size_t)(path->size++ - index) * sizeof(Segment));
    int64_t step = head->first < head->last ? 1 : -1;
    tail->first = head->first + step * (i - before);
    head->last = tail->first - step;
    return index + 1;
}

/* Turn the path around from a segment on. */
static void turn_from(Path *path, int64_t index) {
    for (int64_t low = index, high = path->size - 1; low <= high; low++, high--) {
        Segment one = path->segments[low], other = path->segments[high];
        path->segments[low] = (Segment){other.last, other.first};
        path->segments[high] = (Segment){one.last, one.first};
    }
}

static void backwards(Path *path) { turn_from(path, 0); }

static void rotate(Path *path, int64_t pivot) { turn_from(path, cut(path, pivot + 1)); }

static void expand(const Path *path, int32_t *vertices) {
    for (int64_t index = 0; index < path->size; index++) {
        Segment segment = path->segments[index];
        int64_t step = segment.first <= segment.last ? 1 : -1;
        for (int64_t place = segment.first; place != segment.last + step; place += step)
            *vertices++ = path->base[place];
    }
}

/* Put a cycle, from the vertex after `place` around to that at `place`, before the path from `pivot` on. */
static void insert(Path *path, int64_t pivot, Segment cycle, int64_t place) {
    int64_t index = cut(path, pivot), size = path->size, added = place == cycle.last ? 1 : 2;
    Segment *segments = malloc((size_t)(size + added) * sizeof(Segment));
    segments[0] = place == cycle.last ? cycle : (Segment){place + 1, cycle.last};
    if (added == 2) segments[1] = (Segment){cycle.first, place};
    memcpy(segments + added, path->segments + index, (size_t)(size - index) * sizeof(Segment));
    memcpy(segments + added + size - index, path->segments, (size_t)index * sizeof(Segment));
    path->size = size + added;
    memcpy(path->segments, segments, (size_t)path->size * sizeof(Segment));
    free(segments);
}

static bool join(Lists *lists, Path *path, Segment cycle) {
    bool going = true;
    for (int32_t turn = 0; going && !spent(lists); turn++) {
        going = false;
        for (int64_t place = cycle.first; place <= cycle.last; place++) {
            int32_t u = path->base[place];
            if (turn == degree(lists, u)) continue;
            going = going || turn + 1 < degree(lists, u);
            int64_t pivot = place_on(path, read(lists, u, END));
            if (pivot >= 0) {
                insert(path, pivot, cycle, place);
                return true;
            }
        }
    }
    return false;
}

typedef struct {
    int32_t *vertex[2], *parent[2], *pivot[2], *reads[2], *node;
    int64_t *pivots; /* those that lead to the node that was asked for last */
} Ends;

static int64_t pivots_to(Ends *ends, int side, int32_t node) {
    int64_t count = 0;
    for (int32_t above = node; above > 0; above = ends->parent[side][above]) count++;
    for (int64_t left = count; node > 0; node = ends->parent[side][node])
        ends->pivots[--left] = ends->pivot[side][node];
    return count;
}

static int32_t visit(Lists *lists, const Path *path, Ends *ends, int side, int32_t here, int32_t *size) {
    int64_t n = path->starts[path->size], half = side == 0 ? n / 2 : n - n / 2;
    int64_t count = pivots_to(ends, side, here);
    const int64_t *pivots = ends->pivots;
    int32_t end = ends->vertex[side][here], left = degree(lists, end) - ends->reads[side][here];
    if (left > READS_AN_END) left = READS_AN_END;
    for (; left > 0; left--) {
        ends->reads[side][here]++;
        int32_t x = read(lists, end, END);
        int64_t place = place_on(path, x);
        if (place < 0) continue;
        if (side == 1) place = n - 1 - place;
        if (place < half) {
            if (ends->node[x] >= 0) return ends->node[x];
            continue;
        }
        for (int64_t i = 0; i < count; i++)
            if (place > pivots[i]) place = n + pivots[i] - place;
        int64_t new = place + 1;
        for (int64_t i = count - 1; i >= 0; i--)
            if (new > pivots[i]) new = n + pivots[i] - new;
        int32_t v = vertex_at(path, side == 0 ? new : n - 1 - new);
        if (ends->node[v] < 0) {
            int32_t node = size[side]++;
            ends->vertex[side][node] = v;
            ends->parent[side][node] = here;
            ends->pivot[side][node] = (int32_t)place;
            ends->reads[side][node] = 0;
            ends->node[v] = node;
        }
    }
    return -1;
}

static bool close(Lists *lists, Path *path, Ends *ends) {
    int64_t n = path->starts[path->size];
    int32_t size[2] = {1, 1}, visited[2] = {0, 0}, here = -1, there = -1;
    bool unread[2] = {false, false}, read_out[2] = {false, false};
    int side = 0;
    for (int tree = 0; tree < 2; tree++) {
        ends->vertex[tree][0] = vertex_at(path, tree == 0 ? n - 1 : 0);
        ends->reads[tree][0] = 0;
        ends->node[ends->vertex[tree][0]] = 0;
    }
    while (there < 0 && !(read_out[0] && read_out[1]) && !spent(lists)) {
        side = read_out[1] || (size[0] <= size[1] && !read_out[0]) ? 0 : 1;
        here = visited[side]++;
        there = visit(lists, path, ends, side, here, size);
        if (ends->reads[side][here] < degree(lists, ends->vertex[side][here])) unread[side] = true;
        if (visited[side] == size[side]) {
            visited[side] = 0;
            read_out[side] = !unread[side];
            unread[side] = false;
        }
    }
    for (int tree = 0; tree < 2; tree++)
        for (int32_t node = 0; node < size[tree]; node++) ends->node[ends->vertex[tree][node]] = -1;
    if (there < 0) return false;
    int64_t count = pivots_to(ends, 0, side == 0 ? here : there);
    for (int64_t i = 0; i < count; i++) rotate(path, ends->pivots[i]);
    backwards(path);
    count = pivots_to(ends, 1, side == 0 ? there : here);
    for (int64_t i = 0; i < count; i++) rotate(path, ends->pivots[i]);
    return true;
}

/* Merge the cycles one by one, and write down the vertices of the cycle that they become. */
static bool merge(Lists *lists, const int32_t *base, const Segment *cycles, int64_t count, int32_t *cycle) {
    int64_t n = lists->n;
    size_t room = (size_t)n;
    int32_t *places = array_of(n), *nodes = array_of(8 * n);
    for (int64_t place = 0; place < n; place++) places[base[place]] = (int32_t)place;
    Ends ends = {.node = filled(n, -1), .pivots = malloc(room * sizeof(int64_t))};
    for (int tree = 0; tree < 2; tree++) {
        ends.vertex[tree] = nodes + n * tree;
        ends.parent[tree] = nodes + n * (2 + tree);
        ends.pivot[tree] = nodes + n * (4 + tree);
        ends.reads[tree] = nodes + n * (6 + tree);
    }
    Path path = {malloc(room * sizeof(Segment)), malloc((room + 1) * sizeof(int64_t)), 1, base, places};
    path.segments[0] = cycles[0];
    bool going = true;
    for (int64_t i = 1; going && i < count; i++) {
        find_starts(&path);
        going = join(lists, &path, cycles[i]);
        find_starts(&path);
        going = going && close(lists, &path, &ends);
    }
    if (going) expand(&path, cycle);
    free(places);
    free(nodes);
    free(ends.node);
    free(ends.pivots);
    free(path.segments);
    free(path.starts);
    return going;
}

/* The whole search. */

static bool has(const int32_t *row, int64_t length, int32_t v) {
    int64_t low = 0;
    for (int64_t high = length; low < high;) {
        int64_t middle = (low + high) / 2;
        if (row[middle] < v)
            low = middle + 1;
        else
            high = middle;
    }
    return low < length && row[low] == v;
}

static bool is_hamilton_cycle(const Lists *lists, const int32_t *cycle) {
    int64_t n = lists->n;
    bool *seen = calloc((size_t)n, sizeof(bool)), right = n >= 3;
    for (int64_t i = 0; right && i < n; i++) {
        int32_t u = cycle[i > 0 ? i - 1 : n - 1], v = cycle[i];
        right = !seen[v] && has(lists->adjacency + lists->offsets[u], degree(lists, u), v);
        seen[v] = true;
    }
    free(seen);
    return right;
}

static bool attempt_once(Lists *lists, int32_t *cycle) {
    int64_t n = lists->n;
    int32_t *successors = array_of(n), *base = array_of(n);
    Segment *cycles = malloc((size_t)n * sizeof(Segment));
    bool found = match(lists, successors);
    if (found) {
        int64_t count = cycles_of(successors, n, base, cycles);
        qsort(cycles, (size_t)count, sizeof(Segment), larger_first);
        found = merge(lists, base, cycles, count, cycle) && is_hamilton_cycle(lists, cycle);
    }
    free(successors);
    free(base);
    free(cycles);
    return found;
}

/* Search with at most `attempts` attempts, each of about `budget` reads a vertex; `entries`, a copy of `adjacency`,
   is changed. Write down a cycle, if one is found, and the number of reads in all attempts; return the number of the
   attempt that found it, else 0. */
int64_t search(int64_t n, const int64_t *offsets, const int32_t *adjacency, int32_t *entries, uint64_t *random,
               int64_t attempts, int64_t budget, int64_t *cycle, int64_t *reads) {
    Lists lists = {.n = n, .offsets = offsets, .adjacency = adjacency, .entries = entries, .random = random};
    int32_t *vertices = array_of(n);
    lists.pointers = malloc((size_t)n * sizeof *lists.pointers);
    int64_t found = 0;
    for (int64_t attempt = 1; found == 0 && attempt <= attempts; attempt++) {
        lists.budget = lists.reads + budget * n;
        begin(&lists);
        if (attempt_once(&lists, vertices)) found = attempt;
    }
    for (int64_t i = 0; found > 0 && i < n; i++) cycle[i] = vertices[i];
    *reads = lists.reads;
    free(lists.pointers);
    free(vertices);
    return found;
}
