/* What the host reads and writes in an instance's memory. interlock.sandbox.state mirrors this layout, and
 * tests/sandbox/test_state.py compares the two. All integers little-endian; pointers are offsets in linear memory. */
#ifndef INTERLOCK_GUEST_H
#define INTERLOCK_GUEST_H
#include <stddef.h>
#include <stdint.h>

#define LOG_HEADER 8                   /* level and length of a console line, uint32 each */
#define MEMORY_RESERVE (1024 * 1024)   /* usable after the limit was hit, to say where */
#define INPUT_BYTES (16 * 1024)        /* messages up to this size need no allocation */

enum fault { FAULT_NONE, FAULT_CPU, FAULT_WALL, FAULT_MEMORY, FAULT_LOG, FAULT_OPERATIONS, FAULT_ENGINE };
enum draw { DREW_TIME = 1, DREW_ENTROPY = 2 };
enum compute { COMPUTE_RANDOM = 1, COMPUTE_MODULE = 2, COMPUTE_CALL = 3, COMPUTE_TAKE = 4 };
enum answer_flag { ANSWER_FAILED = 1, ANSWER_DREW = 2 };
#define COMPUTE_PENDING (-2)           /* an answer of COMPUTE_CALL and COMPUTE_TAKE: ask again */

struct state {
  /* written by the host at every entry, as one block */
  double now_ms;          /* the wall clock of this entry */
  uint64_t random[4];     /* Math.random's state */
  uint32_t memory_limit;  /* bytes allocated */
  uint32_t log_limit;     /* bytes, headers included */
  uint32_t interrupt;     /* enum fault: end the run at the next check; also written between slices */
  uint32_t operations_limit; /* host operations a run may begin */
  /* read by the host after every entry */
  uint32_t fault;         /* enum fault */
  uint32_t draws;         /* enum draw */
  uint32_t memory_used;
  uint32_t log, log_length;
  uint32_t result, result_length;
  uint32_t fault_stack_length;
  uint32_t log_capacity;
  char fault_stack[4096];
  char input[INPUT_BYTES];
};

extern struct state state;

/* The one import: synchronous, bounded. Returns a length, -1 when there is no such thing, or COMPUTE_PENDING. */
__attribute__((import_module("interlock"), import_name("compute")))
extern int32_t interlock_compute(uint32_t operation, const void *input, size_t input_length, void *output, size_t output_length);

#endif
