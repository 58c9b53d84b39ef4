/* The recolouring process of arXiv:2002.05121 as a process subject of the system `coloring`: it offers color,
   recolor and trace, by JSON-RPC 2.0, one message a line. C99 and its standard library.

       cc -O2 -o recolor recolor.c
       whp check coloring --subject 'cmd: ./recolor'
*/

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *resized(void *block, size_t count, size_t size)
{
    void *other = count <= SIZE_MAX / size ? realloc(block, count > 0 ? count * size : 1) : NULL;
    if (other == NULL) {
        fputs("recolor: out of memory\n", stderr);
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

static int is_null(const Value *value)
{
    return value->kind == WORD && *value->text == 'n';
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

/* The process. */

static const int64_t LAST_INTEGER = (INT64_C(1) << 53) - 1;

typedef struct {
    int32_t vertex;
    int64_t color;
} Move;

typedef struct {
    int64_t n, max_degree;
    int64_t *offsets;   /* the neighbours of v stand at offsets[v]..offsets[v + 1]-1 of `neighbors` */
    int32_t *neighbors;

    int64_t palette;
    int64_t *start, *colors;
    uint64_t random;

    int32_t *same;      /* how many neighbours have the vertex's own colour; not 0: it is conflicted */
    int32_t *conflicted;
    int32_t *place;     /* where a vertex stands in `conflicted`, if it does */
    int32_t size;       /* of `conflicted` */

    int shown;          /* whether the moves are kept */
    Move *moves;
    size_t room;
    int64_t steps;
} Process;

static void release(Process *process)
{
    free(process->offsets);
    free(process->neighbors);
    free(process->start);
    free(process->colors);
    free(process->same);
    free(process->conflicted);
    free(process->place);
    free(process->moves);
}

/* The functions that read arguments return what is wrong with them, or NULL. */

static const char *read_graph(Process *process, const Value *graph)
{
    const Value *edges = member(graph, "edges"), *edge;
    int64_t u, v, last_u = -1, last_v = -1, *offsets;

    if (!is_integer(member(graph, "n"), 0, INT32_MAX - 1, &process->n))
        return "graph.n must be an integer in 0..2^31-2";
    if (edges == NULL || edges->kind != ARRAY)
        return "graph.edges must be a list";

    /* The degree of v is counted in offsets[v + 2], so that the sums leave the begin of its row in
       offsets[v + 1]; filling the row moves that to its end, which is where the next one begins. */
    offsets = process->offsets = room_for((size_t)process->n + 2, sizeof *offsets);
    memset(offsets, 0, ((size_t)process->n + 2) * sizeof *offsets);
    for (edge = edges + 1; edge < edges + edges->size; edge += edge->size) {
        if (edge->kind != ARRAY || edge->size != 3)
            return "an edge must be a pair";
        if (!is_integer(edge + 1, 0, process->n - 1, &u) || !is_integer(edge + 2, 0, process->n - 1, &v))
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
    for (v = 0; v < process->n; v++) {
        if (offsets[v + 2] > process->max_degree)
            process->max_degree = offsets[v + 2];
        offsets[v + 2] += offsets[v + 1];
    }
    process->neighbors = room_for((size_t)offsets[process->n + 1], sizeof *process->neighbors);
    for (edge = edges + 1; edge < edges + edges->size; edge += edge->size) {
        u = (int64_t)edge[1].number;
        v = (int64_t)edge[2].number;
        process->neighbors[offsets[u + 1]++] = (int32_t)v;
        process->neighbors[offsets[v + 1]++] = (int32_t)u;
    }
    return NULL;
}

static const char *read_start(Process *process, const Value *start)
{
    const Value *color;
    int64_t v = 0;

    process->start = room_for((size_t)process->n, sizeof *process->start);
    if (start == NULL || is_null(start)) {
        for (; v < process->n; v++)
            process->start[v] = below(process->palette, &process->random);
        return NULL;
    }
    if (start->kind != ARRAY)
        return "start must be null or n integers";
    for (color = start + 1; color < start + start->size; color += color->size, v++)
        if (v == process->n || !is_integer(color, 0, process->palette - 1, &process->start[v]))
            return "start must have n colours in 0..palette-1";
    return v == process->n ? NULL : "start must have n colours in 0..palette-1";
}

static const char *read_arguments(Process *process, const Value *params)
{
    const char *fault = read_graph(process, member(params, "graph"));
    int64_t seed;

    if (fault != NULL)
        return fault;
    if (!is_integer(member(params, "seed"), 0, LAST_INTEGER, &seed))
        return "seed must be an integer in 0..2^53-1";
    process->random = mixed((uint64_t)seed); /* so that the streams of neighbouring seeds lie far apart */
    process->palette = process->max_degree + 1;
    if (!process->shown)
        return read_start(process, NULL);
    if (!is_integer(member(params, "palette"), process->palette, LAST_INTEGER, &process->palette))
        return "palette must be an integer above the largest degree";
    if (member(params, "start") == NULL)
        return "start must be null or n integers";
    return read_start(process, member(params, "start"));
}

static void enter(Process *process, int32_t v)
{
    process->place[v] = process->size;
    process->conflicted[process->size++] = v;
}

static void leave(Process *process, int32_t v)
{
    int32_t last = process->conflicted[--process->size];
    process->conflicted[process->place[v]] = last;
    process->place[last] = process->place[v];
}

static void change_color(Process *process, int32_t v, int64_t color)
{
    int64_t old = process->colors[v], i;

    if (color == old)
        return;
    leave(process, v);
    process->colors[v] = color;
    process->same[v] = 0;
    for (i = process->offsets[v]; i < process->offsets[v + 1]; i++) {
        int32_t u = process->neighbors[i];
        if (process->colors[u] == old) {
            if (--process->same[u] == 0)
                leave(process, u);
        } else if (process->colors[u] == color) {
            process->same[v]++;
            if (process->same[u]++ == 0)
                enter(process, u);
        }
    }
    if (process->same[v] > 0)
        enter(process, v);
}

static void run(Process *process)
{
    size_t n = (size_t)process->n;
    int64_t i;
    int32_t v;

    process->colors = room_for(n, sizeof *process->colors);
    process->same = room_for(n, sizeof *process->same);
    process->conflicted = room_for(n, sizeof *process->conflicted);
    process->place = room_for(n, sizeof *process->place);
    memcpy(process->colors, process->start, n * sizeof *process->colors);
    for (v = 0; v < process->n; v++) {
        process->same[v] = 0;
        for (i = process->offsets[v]; i < process->offsets[v + 1]; i++)
            process->same[v] += process->colors[process->neighbors[i]] == process->colors[v];
        if (process->same[v] > 0)
            enter(process, v);
    }
    while (process->size > 0) {
        v = process->conflicted[below(process->size, &process->random)];
        change_color(process, v, below(process->palette, &process->random));
        if (process->shown) {
            if ((size_t)process->steps == process->room) {
                process->room = 2 * process->room + 16;
                process->moves = resized(process->moves, process->room, sizeof *process->moves);
            }
            process->moves[process->steps].vertex = v;
            process->moves[process->steps].color = process->colors[v];
        }
        process->steps++;
    }
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

static void print_colors(const char *name, const int64_t *colors, int64_t n)
{
    int64_t v;
    printf("\"%s\":[", name);
    for (v = 0; v < n; v++)
        printf("%s%" PRId64, v > 0 ? "," : "", colors[v]);
    putchar(']');
}

static void reply_run(const Value *id, const Process *process, int counted)
{
    int64_t i;

    begin_reply(id);
    fputs(",\"result\":{", stdout);
    print_colors("colors", process->colors, process->n);
    if (counted)
        printf(",\"steps\":%" PRId64, process->steps);
    if (process->shown) {
        putchar(',');
        print_colors("start", process->start, process->n);
        fputs(",\"moves\":[", stdout);
        for (i = 0; i < process->steps; i++)
            printf("%s[%" PRId32 ",%" PRId64 "]", i > 0 ? "," : "", process->moves[i].vertex,
                   process->moves[i].color);
        putchar(']');
    }
    fputs("}}\n", stdout);
}

static void answer(const Value *request)
{
    const Value *id = member(request, "id"), *method = member(request, "method");

    if (request == NULL) {
        reply_error(NULL, -32700, "the line is no JSON");
    } else if (method == NULL || method->kind != STRING) {
        reply_error(NULL, -32600, "the message is no request");
    } else if (id == NULL) {
        return; /* a notification, which wants no answer */
    } else if (is_string(method, "initialize")) {
        begin_reply(id);
        puts(",\"result\":{\"protocol\":1,\"name\":\"recolor.c\",\"version\":\"1\","
             "\"operations\":[\"color\",\"recolor\",\"trace\"]}}");
    } else if (is_string(method, "color") || is_string(method, "recolor") || is_string(method, "trace")) {
        Process process = {0};
        const char *fault;
        process.shown = is_string(method, "trace");
        fault = read_arguments(&process, member(request, "params"));
        if (fault != NULL) {
            reply_error(id, -32602, fault);
        } else {
            run(&process);
            reply_run(id, &process, !is_string(method, "color"));
        }
        release(&process);
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
