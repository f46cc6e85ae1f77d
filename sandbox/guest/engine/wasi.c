/* The C library's way to the outside, closed here: the engine imports nothing from WASI. Only the clock answers, with
 * the time the host wrote for this entry; everything else fails or traps. */
#include <stdint.h>
#include "guest.h"

#define WASI(name) __imported_wasi_snapshot_preview1_##name
#define ERRNO_BADF 8
#define ERRNO_NOSYS 52

int32_t WASI(clock_time_get)(int32_t id, int64_t precision, int32_t out) {
  state.draws |= DREW_TIME;
  *(uint64_t *)(uintptr_t)out = (uint64_t)(state.now_ms * 1e6);
  return 0;
}

int32_t WASI(clock_res_get)(int32_t id, int32_t out) {
  *(uint64_t *)(uintptr_t)out = 1000000;
  return 0;
}

int32_t WASI(fd_write)(int32_t fd, int32_t vectors, int32_t count, int32_t out) { return ERRNO_BADF; }
int32_t WASI(fd_read)(int32_t fd, int32_t vectors, int32_t count, int32_t out) { return ERRNO_BADF; }
int32_t WASI(fd_seek)(int32_t fd, int64_t offset, int32_t whence, int32_t out) { return ERRNO_BADF; }
int32_t WASI(fd_close)(int32_t fd) { return ERRNO_BADF; }
int32_t WASI(fd_fdstat_get)(int32_t fd, int32_t out) { return ERRNO_BADF; }
int32_t WASI(fd_renumber)(int32_t from, int32_t to) { return ERRNO_BADF; }
int32_t WASI(fd_prestat_get)(int32_t fd, int32_t out) { return ERRNO_BADF; }
int32_t WASI(fd_prestat_dir_name)(int32_t fd, int32_t path, int32_t length) { return ERRNO_BADF; }
int32_t WASI(environ_get)(int32_t a, int32_t b) { return ERRNO_NOSYS; }
int32_t WASI(environ_sizes_get)(int32_t a, int32_t b) { return ERRNO_NOSYS; }
_Noreturn void WASI(proc_exit)(int32_t code) { __builtin_trap(); }
