/* The allocator: counts what the engine uses, refuses what is over the limit, and remembers that it did. The host could
 * not learn it otherwise: JavaScript shows exhaustion as one of four different things, and may catch it. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include "engine.h"

int making_image;

/* After the first refusal a reserve stays usable, so that the error that tells the author's line can be built. */
static int refused(size_t size) {
  if (state.memory_used + size <= state.memory_limit) return 0;
  if (state.fault == FAULT_MEMORY) return state.memory_used + size > state.memory_limit + MEMORY_RESERVE;
  if (!state.fault) state.fault = FAULT_MEMORY;
  return 1;
}

static void *counted(void *block) {
  if (block) state.memory_used += malloc_usable_size(block);
  else if (!state.fault) state.fault = FAULT_MEMORY;
  return block;
}

static void *guest_calloc(void *opaque, size_t count, size_t size) {
  return refused(count * size) ? NULL : counted(calloc(count, size));
}

static void *guest_malloc(void *opaque, size_t size) { return refused(size) ? NULL : counted(malloc(size)); }

/* While an image is made, what is freed is cleared too: garbage would be part of the image, and of every run's cost. */
static void guest_free(void *opaque, void *block) {
  size_t size = block ? malloc_usable_size(block) : 0;
  state.memory_used -= size;
  if (making_image) memset(block, 0, size);
  free(block);
}

static void *guest_realloc(void *opaque, void *block, size_t size) {
  size_t before = block ? malloc_usable_size(block) : 0;
  if (size > before && refused(size - before)) return NULL;
  void *moved = realloc(block, size);
  if (moved) state.memory_used -= before;
  return counted(moved);
}

static size_t guest_usable_size(const void *block) { return malloc_usable_size((void *)block); }

const JSMallocFunctions guest_memory = {guest_calloc, guest_malloc, guest_free, guest_realloc, guest_usable_size};
