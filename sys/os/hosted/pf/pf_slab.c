/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Memory for states, in chunks of PF_CHUNK.  A state never moves, and its slot
 * number names it in 32 bits.  New states take the lowest chunk that has room,
 * so that a shrinking table lets go of whole chunks; one empty chunk is kept.
 *
 * Chunks are mapped one by one: a heap would keep all of a table that is gone
 * and then, when the last chunk goes, give it back in one long call.
 *
 * maps[] has 64 slots in a word: a walk over a table with few states left looks
 * at words, not at slots.
 */

#include <sys/mman.h>

#include <stdlib.h>
#include <string.h>

#include "os/hosted/pf/pf_impl.h"

#define PF_CHUNK_SIZE	   (PF_CHUNK * sizeof(struct pf_state))
#define PF_SLAB_MAX_CHUNKS (UINT32_MAX / PF_CHUNK / 64 * 64)

static unsigned
lowest_bit(uint64_t word)
{

	return ((unsigned)__builtin_ctzll(word));
}

/* Doubles the arrays that are by chunk.  All or nothing but unused growth. */
static bool
slab_grow(struct pf_slab *slab)
{
	uint32_t was = slab->nchunks, n = was == 0 ? 64 : was * 2;
	void *p;

	if (was > PF_SLAB_MAX_CHUNKS / 2)
		return (false);
	if ((p = realloc(slab->chunks, n * sizeof(*slab->chunks))) == NULL)
		return (false);
	slab->chunks = p;
	if ((p = realloc(slab->maps, n * sizeof(*slab->maps))) == NULL)
		return (false);
	slab->maps = p;
	if ((p = realloc(slab->avail, n / 64 * sizeof(*slab->avail))) == NULL)
		return (false);
	slab->avail = p;
	memset(slab->chunks + was, 0, (n - was) * sizeof(*slab->chunks));
	memset(slab->maps + was, 0, (n - was) * sizeof(*slab->maps));
	memset(slab->avail + was / 64, 0xff,
	    (n - was) / 64 * sizeof(*slab->avail));
	slab->nchunks = n;
	return (true);
}

/* The lowest chunk with a free slot; its memory may not be there yet. */
static bool
slab_room(struct pf_slab *slab, uint32_t *chunk)
{
	uint32_t w;

	for (w = 0; w < slab->nchunks / 64; w++) {
		if (slab->avail[w] != 0) {
			*chunk = w * 64 + lowest_bit(slab->avail[w]);
			return (true);
		}
	}
	if (!slab_grow(slab))
		return (false);
	*chunk = w * 64;
	return (true);
}

static bool
chunk_is(const uint64_t *map, uint64_t word)
{
	unsigned i;

	for (i = 0; i < PF_CHUNK_WORDS; i++)
		if (map[i] != word)
			return (false);
	return (true);
}

static struct pf_state *
chunk_map(void)
{
	void *p = mmap(NULL, PF_CHUNK_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANON, -1, 0);

	return (p == MAP_FAILED ? NULL : p);
}

static void
chunk_unmap(struct pf_slab *slab, uint32_t chunk)
{

	if (slab->chunks[chunk] != NULL)
		(void)munmap(slab->chunks[chunk], PF_CHUNK_SIZE);
	slab->chunks[chunk] = NULL;
}

/* A state with only its slot set; NULL without memory. */
struct pf_state *
pf_slab_alloc(struct pf_slab *slab)
{
	struct pf_state *st;
	uint64_t *map;
	uint32_t c;
	unsigned i = 0, bit;

	if (!slab_room(slab, &c))
		return (NULL);
	map = slab->maps[c];
	if (slab->chunks[c] == NULL) {
		if ((slab->chunks[c] = chunk_map()) == NULL)
			return (NULL);
	} else if (chunk_is(map, 0))
		slab->empty--;
	while (map[i] == UINT64_MAX)
		i++;
	bit = lowest_bit(~map[i]);
	map[i] |= 1ULL << bit;
	if (chunk_is(map, UINT64_MAX))
		slab->avail[c / 64] &= ~(1ULL << c % 64);
	st = &slab->chunks[c][i * 64 + bit];
	st->slot = c * PF_CHUNK + i * 64 + bit;
	return (st);
}

void
pf_slab_free(struct pf_slab *slab, struct pf_state *st)
{
	uint32_t slot = st->slot, c = slot / PF_CHUNK;

	slab->maps[c][slot % PF_CHUNK / 64] &= ~(1ULL << slot % 64);
	slab->avail[c / 64] |= 1ULL << c % 64;
	if (!chunk_is(slab->maps[c], 0))
		return;
	if (slab->empty == 0)
		slab->empty++;
	else
		chunk_unmap(slab, c);
}

void
pf_slab_destroy(struct pf_slab *slab)
{
	uint32_t c;

	for (c = 0; c < slab->nchunks; c++)
		chunk_unmap(slab, c);
	free(slab->chunks);
	free(slab->maps);
	free(slab->avail);
	memset(slab, 0, sizeof(*slab));
}
