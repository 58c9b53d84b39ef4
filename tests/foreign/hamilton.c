/* Hamilton cycles in random graphs as a process subject of the system `hamilton`: it offers find_cycle,
   is_hamiltonian and random_graph, by JSON-RPC 2.0, one message a line. C99 and its standard library. The
   search is that of Posa (1976) and of Angluin and Valiant (1979), which takes of the order of n ln n reads
   where the one of arXiv:2012.02551 takes n.

       cc -O2 -o hamilton hamilton.c -lm
       whp check hamilton --subject 'cmd: ./hamilton'
*/

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *resized(void *block, size_t count, size_t size)
{
    void *other = count <= SIZE_MAX / size ? realloc(block, count > 0 ? count * size : 1) : NULL;
    if (other == NULL) {
        fputs("hamilton: out of memory\n", stderr);
        exit(EXIT_FAILURE);
    }
    return other;
}

static void *room_for(size_t count, size_t size)
{
    return resized(NULL, count, size);
}

/* JSON. The values of a line stand in one array, each directly before its parts; the parts of an object are
   key, value, key, value. From a value one gets to the next beside it by its size. */

enum { DEEPEST = 200 };

typedef enum { WORD, NUMBER, STRING, ARRAY, OBJECT } Kind;

typedef struct {
    Kind kind;
    size_t size;      /* 1 + the sizes of its parts */
    const char *text; /* as it stands in the line */
    size_t length;
    double number;
} Value;

typedef struct {
    const char *next;
    Value *values;
    size_t count, room;
} Reader;

static int read_value(Reader *reader, int depth);

static char peek(Reader *reader)
{
    while (*reader->next == ' ' || *reader->next == '\t' || *reader->next == '\r' || *reader->next == '\n')
        reader->next++;
    return *reader->next;
}

static int read_word(Reader *reader, const char *word)
{
    size_t length = strlen(word);
    int right = strncmp(reader->next, word, length) == 0;
    if (right)
        reader->next += length;
    return right;
}

static int read_digits(Reader *reader)
{
    size_t count = strspn(reader->next, "0123456789");
    reader->next += count;
    return count > 0;
}

static int read_number(Reader *reader, double *number)
{
    const char *text = reader->next;
    if (*reader->next == '-')
        reader->next++;
    if (*reader->next == '0')
        reader->next++;
    else if (!read_digits(reader))
        return 0;
    if (*reader->next == '.') {
        reader->next++;
        if (!read_digits(reader))
            return 0;
    }
    if (*reader->next == 'e' || *reader->next == 'E') {
        reader->next++;
        if (*reader->next == '+' || *reader->next == '-')
            reader->next++;
        if (!read_digits(reader))
            return 0;
    }
    *number = strtod(text, NULL);
    return 1;
}

static int read_string(Reader *reader)
{
    for (reader->next++; *reader->next != '"'; reader->next++) {
        if ((unsigned char)*reader->next < ' ') /* so is the end of the line */
            return 0;
        if (*reader->next != '\\')
            continue;
        reader->next++;
        if (*reader->next == 'u') {
            if (strspn(reader->next + 1, "0123456789abcdefABCDEF") < 4)
                return 0;
            reader->next += 4;
        } else if (*reader->next == '\0' || strchr("\"\\/bfnrt", *reader->next) == NULL) {
            return 0;
        }
    }
    reader->next++;
    return 1;
}

static int read_parts(Reader *reader, char close, int depth)
{
    char mark = ',';
    reader->next++;
    if (depth == DEEPEST)
        return 0;
    if (peek(reader) == close)
        mark = close;
    while (mark != close) {
        if (close == '}') {
            if (peek(reader) != '"' || !read_value(reader, depth + 1) || peek(reader) != ':')
                return 0;
            reader->next++;
        }
        if (!read_value(reader, depth + 1))
            return 0;
        mark = peek(reader);
        if (mark != ',' && mark != close)
            return 0;
        if (mark == ',')
            reader->next++;
    }
    reader->next++;
    return 1;
}

static int read_value(Reader *reader, int depth)
{
    size_t place = reader->count++;
    char first = peek(reader);
    Value value = {WORD, 1, reader->next, 0, 0.0};
    int right;

    if (reader->count > reader->room) {
        reader->room = 2 * reader->count;
        reader->values = resized(reader->values, reader->room, sizeof *reader->values);
    }
    if (first == '{' || first == '[') {
        value.kind = first == '{' ? OBJECT : ARRAY;
        right = read_parts(reader, first == '{' ? '}' : ']', depth);
    } else if (first == '"') {
        value.kind = STRING;
        right = read_string(reader);
    } else if (first == '-' || (first >= '0' && first <= '9')) {
        value.kind = NUMBER;
        right = read_number(reader, &value.number);
    } else {
        right = read_word(reader, "null") || read_word(reader, "true") || read_word(reader, "false");
    }
    value.size = reader->count - place;
    value.length = (size_t)(reader->next - value.text);
    reader->values[place] = value;
    return right;
}

/* Return the one value of a line, NULL if it is no JSON. It lives until the next line is read. */
static const Value *read_line_of_json(Reader *reader, const char *line, size_t length)
{
    reader->next = line;
    reader->count = 0;
    if (!read_value(reader, 0))
        return NULL;
    peek(reader);
    return reader->next == line + length ? reader->values : NULL;
}

static int is_string(const Value *value, const char *name)
{
    const char *next = value->text + 1;
    if (value->kind != STRING)
        return 0;
    for (; *next != '"'; name++) {
        unsigned code = (unsigned char)*next++;
        if (code == '\\') {
            /* The short escapes stand for characters that no name here has. */
            if (*next != 'u' || sscanf(next + 1, "%4x", &code) != 1)
                return 0;
            next += 5;
        }
        if (*name == '\0' || code != (unsigned char)*name)
            return 0;
    }
    return *name == '\0';
}

/* Return the member of that name, NULL where there is none; of several, the last. */
static const Value *member(const Value *object, const char *name)
{
    const Value *found = NULL, *key;
    if (object == NULL || object->kind != OBJECT)
        return NULL;
    for (key = object + 1; key < object + object->size; key += 1 + key[1].size)
        if (is_string(key, name))
            found = key + 1;
    return found;
}

/* Both bounds are at most 2^53, so a double holds the integer exactly, however it was written. */
static int is_integer(const Value *value, int64_t low, int64_t high, int64_t *integer)
{
    if (value == NULL || value->kind != NUMBER || !(value->number >= low && value->number <= high))
        return 0;
    *integer = (int64_t)value->number;
    return *integer == value->number;
}

/* Randomness: SplitMix64 (Steele, Lea, Flood 2014). */

static uint64_t mixed(uint64_t bits)
{
    bits = (bits ^ (bits >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    bits = (bits ^ (bits >> 27)) * UINT64_C(0x94D049BB133111EB);
    return bits ^ (bits >> 31);
}

static uint64_t draw(uint64_t *state)
{
    *state += UINT64_C(0x9E3779B97F4A7C15);
    return mixed(*state);
}

/* Return a uniform integer in 0..bound-1. The first 2^64 mod bound values are drawn again, because the
   others fall into equally many for each remainder. */
static int64_t below(int64_t bound, uint64_t *state)
{
    uint64_t wide = (uint64_t)bound, uneven = (UINT64_MAX - wide + 1) % wide, bits;
    do
        bits = draw(state);
    while (bits < uneven);
    return (int64_t)(bits % wide);
}

/* The graph. */

static const int64_t LAST_INTEGER = (INT64_C(1) << 53) - 1;

typedef struct {
    int64_t n;
    int64_t *offsets;   /* the neighbours of v stand at offsets[v]..offsets[v + 1]-1 of `neighbors` */
    int32_t *neighbors;
    const Value *edges; /* as they were asked */
    int64_t reads;      /* entries of `neighbors` that were looked at, each as often as it was */
} Graph;

static void release(Graph *graph)
{
    free(graph->offsets);
    free(graph->neighbors);
}

static int64_t degree(const Graph *graph, int64_t v)
{
    return graph->offsets[v + 1] - graph->offsets[v];
}

/* The functions that read arguments return what is wrong with them, or NULL. */

static const char *read_graph(Graph *graph, const Value *value)
{
    const Value *edges = member(value, "edges"), *edge;
    int64_t u, v, last_u = -1, last_v = -1, *offsets;

    if (!is_integer(member(value, "n"), 0, INT32_MAX - 1, &graph->n))
        return "graph.n must be an integer in 0..2^31-2";
    if (edges == NULL || edges->kind != ARRAY)
        return "graph.edges must be a list";

    /* The degree of v is counted in offsets[v + 2], so that the sums leave the begin of its row in
       offsets[v + 1]; filling the row moves that to its end, which is where the next one begins. */
    offsets = graph->offsets = room_for((size_t)graph->n + 2, sizeof *offsets);
    memset(offsets, 0, ((size_t)graph->n + 2) * sizeof *offsets);
    for (edge = edges + 1; edge < edges + edges->size; edge += edge->size) {
        if (edge->kind != ARRAY || edge->size != 3)
            return "an edge must be a pair";
        if (!is_integer(edge + 1, 0, graph->n - 1, &u) || !is_integer(edge + 2, 0, graph->n - 1, &v))
            return "an edge must join integers in 0..n-1";
        if (u >= v)
            return "an edge must have u < v";
        if (u < last_u || (u == last_u && v <= last_v))
            return "edges must be sorted, each named once";
        offsets[u + 2]++;
        offsets[v + 2]++;
        last_u = u;
        last_v = v;
    }
    for (v = 0; v < graph->n; v++)
        offsets[v + 2] += offsets[v + 1];
    graph->neighbors = room_for((size_t)offsets[graph->n + 1], sizeof *graph->neighbors);
    for (edge = edges + 1; edge < edges + edges->size; edge += edge->size) {
        u = (int64_t)edge[1].number;
        v = (int64_t)edge[2].number;
        graph->neighbors[offsets[u + 1]++] = (int32_t)v;
        graph->neighbors[offsets[v + 1]++] = (int32_t)u;
    }
    graph->edges = edges;
    return NULL;
}

static const char *read_seed(const Value *params, uint64_t *random)
{
    int64_t seed;
    if (!is_integer(member(params, "seed"), 0, LAST_INTEGER, &seed))
        return "seed must be an integer in 0..2^53-1";
    *random = mixed((uint64_t)seed); /* so that the streams of neighbouring seeds lie far apart */
    return NULL;
}

/* Certificates that a graph has no Hamilton cycle. */

static int is_connected(Graph *graph)
{
    int32_t *found = room_for((size_t)graph->n, sizeof *found); /* the rows of those before `next` are read */
    char *seen = room_for((size_t)graph->n, 1);
    int64_t count = 1, next, i;

    memset(seen, 0, (size_t)graph->n);
    found[0] = 0;
    seen[0] = 1;
    for (next = 0; next < count && count < graph->n; next++) {
        int32_t v = found[next];
        for (i = graph->offsets[v]; i < graph->offsets[v + 1] && count < graph->n; i++) {
            int32_t u = graph->neighbors[i];
            graph->reads++;
            if (!seen[u]) {
                seen[u] = 1;
                found[count++] = u;
            }
        }
    }
    free(found);
    free(seen);
    return count == graph->n;
}

static int has_obstacle(Graph *graph)
{
    int64_t v;
    if (graph->n < 3)
        return 1;
    for (v = 0; v < graph->n; v++)
        if (degree(graph, v) < 2)
            return 1;
    return !is_connected(graph);
}

/* The exact answer, for few vertices (Bellman, 1962; Held and Karp, 1962). */

enum { FEW = 20 };

/* Say whether a graph of 3..FEW vertices has a Hamilton cycle, and show one. A set of vertices other than the
   last one is a mask; `ends` of it are the vertices at which a path ends that begins at the last vertex and
   goes through this set. */
static int solve(Graph *graph, int32_t *cycle)
{
    uint32_t joined[FEW] = {0}, *ends, mask, reach;
    int32_t last = (int32_t)graph->n - 1, v;
    uint32_t all = (UINT32_C(1) << last) - 1;
    int64_t i;
    int found;

    for (v = 0; v <= last; v++)
        for (i = graph->offsets[v]; i < graph->offsets[v + 1]; i++, graph->reads++)
            joined[v] |= UINT32_C(1) << graph->neighbors[i];
    ends = room_for((size_t)all + 1, sizeof *ends);
    ends[0] = UINT32_C(1) << last;
    for (mask = 1; mask <= all; mask++) {
        ends[mask] = 0;
        for (v = 0; v < last; v++)
            if ((mask >> v & 1) != 0 && (ends[mask ^ UINT32_C(1) << v] & joined[v]) != 0)
                ends[mask] |= UINT32_C(1) << v;
    }
    reach = ends[all] & joined[last];
    found = reach != 0;
    if (found) { /* then walk back from an end that closes the cycle */
        cycle[0] = last;
        for (i = 1, mask = all; i <= last; i++) {
            for (v = 0; (reach >> v & 1) == 0; v++)
                ;
            cycle[i] = v;
            mask ^= UINT32_C(1) << v;
            reach = ends[mask] & joined[v];
        }
    }
    free(ends);
    return found;
}

/* The search: a path grows by neighbours of its end, which are read in random order, each once in an
   attempt. */

enum { ATTEMPTS = 5 };

typedef struct {
    Graph *graph;
    uint64_t random;
    int64_t *unread; /* how many entries of a row are unread; they are its first ones */
    int32_t *path;
    int64_t *place;  /* where a vertex stands in `path`, -1 if it does not */
    int64_t length;  /* of `path` */
} Search;

static void append(Search *search, int32_t v)
{
    search->place[v] = search->length;
    search->path[search->length++] = v;
}

static int32_t read_neighbor(Search *search, int32_t v)
{
    int32_t *row = search->graph->neighbors + search->graph->offsets[v];
    int64_t drawn = below(search->unread[v], &search->random), last = --search->unread[v];
    int32_t w = row[drawn];

    row[drawn] = row[last];
    row[last] = w;
    search->graph->reads++;
    return w;
}

/* Turn round the part of the path behind `w`, to which its end is joined: the vertex after `w` is the new
   end. */
static void rotate(Search *search, int32_t w)
{
    int64_t left = search->place[w] + 1, right = search->length - 1;
    for (; left < right; left++, right--) {
        int32_t u = search->path[left];
        search->path[left] = search->path[right];
        search->path[right] = u;
        search->place[search->path[left]] = left;
        search->place[u] = right;
    }
}

/* In G(n, C ln n / n) an attempt takes about 2 n ln n reads. Almost three times as many are granted, not all
   that there are: in a dense graph without a Hamilton cycle nearly all would be rotations, each of which takes
   time n. */
static int64_t granted(int64_t n)
{
    int64_t bits = 0, rest;
    for (rest = n; rest > 0; rest /= 2)
        bits++;
    return 4 * n * bits;
}

static int attempt(Search *search)
{
    int64_t n = search->graph->n, last_read = search->graph->reads + granted(n), v;
    int32_t end = (int32_t)below(n, &search->random), w;

    for (v = 0; v < n; v++) {
        search->unread[v] = degree(search->graph, v);
        search->place[v] = -1;
    }
    search->length = 0;
    append(search, end);
    while (search->unread[end] > 0 && search->graph->reads < last_read) {
        w = read_neighbor(search, end);
        if (search->place[w] < 0)
            append(search, w);
        else if (search->length == n && search->place[w] == 0)
            return 1;
        else
            rotate(search, w);
        end = search->path[search->length - 1];
    }
    return 0;
}

/* Say whether the vertices in this order are a Hamilton cycle of at least three vertices. This goes through
   the edges as they were asked, which neither the search nor a fault of its rows can have changed. */
static int is_hamilton_cycle(const Graph *graph, const int32_t *cycle)
{
    const Value *edges = graph->edges, *edge;
    int64_t *place = room_for((size_t)graph->n, sizeof *place), n = graph->n, joined = 0, i;
    int once = 1;

    for (i = 0; i < n; i++)
        place[i] = -1;
    for (i = 0; i < n && once; i++) {
        once = cycle[i] >= 0 && cycle[i] < n && place[cycle[i]] < 0;
        if (once)
            place[cycle[i]] = i;
    }
    for (edge = edges + 1; edge < edges + edges->size && once; edge += edge->size) {
        int64_t apart = place[(int64_t)edge[1].number] - place[(int64_t)edge[2].number];
        joined += apart == 1 || apart == -1 || apart == n - 1 || apart == 1 - n;
    }
    free(place);
    return once && joined == n; /* the edges are distinct, and only n of all pairs follow each other */
}

typedef enum { FOUND, NONE, GAVE_UP } Status;

/* Look for a Hamilton cycle. A cycle that is found has room for n vertices, which the caller frees. */
static Status find_cycle(Graph *graph, uint64_t random, int32_t **cycle)
{
    size_t n = (size_t)graph->n;
    Search search = {graph, random, NULL, NULL, NULL, 0};
    Status status = GAVE_UP;
    int tries;

    if (has_obstacle(graph))
        return NONE;
    search.unread = room_for(n, sizeof *search.unread);
    search.place = room_for(n, sizeof *search.place);
    *cycle = search.path = room_for(n, sizeof *search.path);
    for (tries = 0; tries < ATTEMPTS && status == GAVE_UP; tries++)
        if (attempt(&search))
            status = FOUND;
    if (status == GAVE_UP && graph->n <= FEW)
        status = solve(graph, *cycle) ? FOUND : NONE;
    free(search.unread);
    free(search.place);
    return status;
}

/* Messages. */

static void begin_reply(const Value *id)
{
    fputs("{\"jsonrpc\":\"2.0\",\"id\":", stdout);
    if (id == NULL)
        fputs("null", stdout);
    else
        fwrite(id->text, 1, id->length, stdout);
}

static void reply_error(const Value *id, int code, const char *message)
{
    begin_reply(id);
    printf(",\"error\":{\"code\":%d,\"message\":\"%s\"}}\n", code, message);
}

static void answer_find_cycle(const Value *id, const Value *params)
{
    static const char *const names[] = {"found", "none", "gave up"};
    Graph graph = {0};
    uint64_t random = 0;
    int32_t *cycle = NULL;
    const char *fault = read_graph(&graph, member(params, "graph"));
    Status status = GAVE_UP;
    int64_t i;

    if (fault == NULL)
        fault = read_seed(params, &random);
    if (fault == NULL)
        status = find_cycle(&graph, random, &cycle);
    if (fault != NULL) {
        reply_error(id, -32602, fault);
    } else if (status == FOUND && !is_hamilton_cycle(&graph, cycle)) {
        reply_error(id, -32603, "what the search took for a Hamilton cycle is none");
    } else {
        begin_reply(id);
        printf(",\"result\":{\"status\":\"%s\",\"cycle\":", names[status]);
        for (i = 0; i < graph.n && status == FOUND; i++)
            printf("%c%" PRId32, i > 0 ? ',' : '[', cycle[i]);
        printf("%s,\"reads\":%" PRId64 "}}\n", status == FOUND ? "]" : "null", graph.reads);
    }
    free(cycle);
    release(&graph);
}

static void answer_is_hamiltonian(const Value *id, const Value *params)
{
    Graph graph = {0};
    int32_t cycle[FEW];
    const char *fault = read_graph(&graph, member(params, "graph"));

    if (fault == NULL && graph.n > FEW)
        fault = "graph.n must be at most 20";
    if (fault != NULL) {
        reply_error(id, -32602, fault);
    } else {
        int yes = !has_obstacle(&graph) && solve(&graph, cycle);
        begin_reply(id);
        printf(",\"result\":%s}\n", yes ? "true" : "false");
    }
    release(&graph);
}

/* Print the edges of a random graph. From one edge to the next in lexicographic order, the number of pairs
   that are none is geometric; so the time is that of n and the edges, not that of all pairs. */
static void print_random_edges(int64_t n, double p, uint64_t random)
{
    double pairs = (double)n * (double)(n - 1) / 2, skipped;
    int64_t u = 0, v = 0;
    const char *comma = "";

    while (p > 0) {
        /* The uniform number is in 2^-53..1, so that its logarithm is finite. */
        skipped = p < 1 ? floor(log(((double)(draw(&random) >> 11) + 1) * 0x1p-53) / log1p(-p)) : 0;
        if (!(skipped < pairs))
            return;
        for (v += 1 + (int64_t)skipped; v >= n && u < n; u++)
            v += u + 2 - n; /* what is over in the row of u, counted from the begin of the next */
        if (u >= n - 1)
            return;
        printf("%s[%" PRId64 ",%" PRId64 "]", comma, u, v);
        comma = ",";
    }
}

static void answer_random_graph(const Value *id, const Value *params)
{
    const Value *p = member(params, "p");
    uint64_t random = 0;
    int64_t n = 0;
    const char *fault = read_seed(params, &random);

    if (!is_integer(member(params, "n"), 0, INT32_MAX - 1, &n))
        fault = "n must be an integer in 0..2^31-2";
    else if (p == NULL || p->kind != NUMBER || !(p->number >= 0 && p->number <= 1))
        fault = "p must be a number in 0..1";
    if (fault != NULL) {
        reply_error(id, -32602, fault);
        return;
    }
    begin_reply(id);
    printf(",\"result\":{\"n\":%" PRId64 ",\"edges\":[", n);
    print_random_edges(n, p->number, random);
    puts("]}}");
}

static void answer(const Value *request)
{
    const Value *id = member(request, "id"), *method = member(request, "method");
    const Value *params = member(request, "params");

    if (request == NULL) {
        reply_error(NULL, -32700, "the line is no JSON");
    } else if (method == NULL || method->kind != STRING) {
        reply_error(NULL, -32600, "the message is no request");
    } else if (id == NULL) {
        return; /* a notification, which wants no answer */
    } else if (is_string(method, "initialize")) {
        begin_reply(id);
        puts(",\"result\":{\"protocol\":1,\"name\":\"hamilton.c\",\"version\":\"1\","
             "\"operations\":[\"find_cycle\",\"is_hamiltonian\",\"random_graph\"],"
             "\"limits\":{\"is_hamiltonian\":{\"n\":[0,20]}}}}");
    } else if (is_string(method, "find_cycle")) {
        answer_find_cycle(id, params);
    } else if (is_string(method, "is_hamiltonian")) {
        answer_is_hamiltonian(id, params);
    } else if (is_string(method, "random_graph")) {
        answer_random_graph(id, params);
    } else {
        reply_error(id, -32601, "there is no such operation");
    }
}

int main(void)
{
    Reader reader = {0};
    char *line = NULL;
    size_t length = 0, room = 0;
    int next;

    do {
        next = getchar();
        if (length == room) {
            room = 2 * room + 4096;
            line = resized(line, room, 1);
        }
        if (next != '\n' && next != EOF) {
            line[length++] = (char)next;
            continue;
        }
        line[length] = '\0';
        if (next == '\n' || length > 0) {
            answer(read_line_of_json(&reader, line, length));
            if (fflush(stdout) != 0)
                return EXIT_FAILURE;
        }
        length = 0;
    } while (next != EOF);
    free(reader.values);
    free(line);
    return EXIT_SUCCESS;
}
