/* The recolouring process once more, draw for draw the same as the compiled reference: what it is timed against. */

#include <stdlib.h>
#include <string.h>

#include "stream.h"

typedef struct {
    int64_t n;
    const int64_t *offsets;
    const int32_t *adjacency;
    int64_t palette;
    int32_t *colors, *same, *members, *place;
    int64_t size;
} Process;

static inline void enter(Process *p, int64_t v) {
    p->place[v] = (int32_t)p->size;
    p->members[p->size++] = (int32_t)v;
}

static inline void leave(Process *p, int64_t v) {
    int32_t last = p->members[--p->size];
    p->members[p->place[v]] = last;
    p->place[last] = p->place[v];
    p->place[v] = -1;
}

static inline int64_t step(Process *p, uint64_t *random) {
    int64_t v = p->members[below((uint64_t)p->size, random)];
    int32_t old = p->colors[v], new = (int32_t)below((uint64_t)p->palette, random);
    if (new == old) return v;
    p->colors[v] = new;
    int32_t still = 0;
    for (int64_t i = p->offsets[v]; i < p->offsets[v + 1]; i++) {
        int32_t u = p->adjacency[i];
        if (p->colors[u] == old) {
            if (--p->same[u] == 0) leave(p, u);
        } else if (p->colors[u] == new) {
            still++;
            if (++p->same[u] == 1) enter(p, u);
        }
    }
    p->same[v] = still;
    if (still == 0) leave(p, v);
    return v;
}

/* The caller owns the colours of `p` and gives back the rest with `end`. */
static void find_conflicts(Process *p) {
    size_t bytes = (size_t)p->n * sizeof(int32_t);
    p->same = malloc(bytes);
    p->members = malloc(bytes);
    p->place = malloc(bytes);
    memset(p->same, 0, bytes);
    memset(p->place, -1, bytes);
    p->size = 0;
    for (int64_t v = 0; v < p->n; v++) {
        for (int64_t i = p->offsets[v]; i < p->offsets[v + 1]; i++)
            if (p->colors[p->adjacency[i]] == p->colors[v]) p->same[v]++;
        if (p->same[v] > 0) enter(p, v);
    }
}

static void end(Process *p) {
    free(p->same);
    free(p->members);
    free(p->place);
}

/* Run the process from a uniform start; write down the last colours, return the number of steps. */
int64_t recolor(int64_t n, const int64_t *offsets, const int32_t *adjacency, int64_t palette, uint64_t *random,
                int64_t *colors) {
    Process p = {n, offsets, adjacency, palette, malloc((size_t)n * sizeof(int32_t)), 0, 0, 0, 0};
    int64_t steps = 0;
    for (int64_t v = 0; v < n; v++) p.colors[v] = (int32_t)below((uint64_t)palette, random);
    find_conflicts(&p);
    for (; p.size > 0; steps++) step(&p, random);
    end(&p);
    for (int64_t v = 0; v < n; v++) colors[v] = p.colors[v];
    free(p.colors);
    return steps;
}

/* Run it from the given colours, which it changes; write down the first `room` moves, return the number of all. */
int64_t trace(int64_t n, const int64_t *offsets, const int32_t *adjacency, int64_t palette, uint64_t *random,
              int32_t *colors, int64_t *moves, int64_t room) {
    Process p = {n, offsets, adjacency, palette, colors, 0, 0, 0, 0};
    int64_t steps = 0;
    find_conflicts(&p);
    for (; p.size > 0; steps++) {
        int64_t v = step(&p, random);
        if (steps < room) {
            moves[2 * steps] = v;
            moves[2 * steps + 1] = p.colors[v];
        }
    }
    end(&p);
    return steps;
}
