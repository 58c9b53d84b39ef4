/* The stream of random integers, draw for draw the same as the reference's. */

#include <stdint.h>

static inline uint64_t draw(uint64_t *state) {
    uint64_t bits = (*state += 0x9E3779B97F4A7C15u);
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
    return bits ^ (bits >> 31);
}

static inline int64_t below(uint64_t bound, uint64_t *state) {
    uint64_t product = (draw(state) >> 32) * bound;
    if ((product & 0xFFFFFFFFu) < bound) {
        uint64_t uneven = ((UINT64_C(1) << 32) - bound) % bound;
        while ((product & 0xFFFFFFFFu) < uneven) product = (draw(state) >> 32) * bound;
    }
    return (int64_t)(product >> 32);
}
