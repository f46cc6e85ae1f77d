/* host.compute(name, options, ...views): a pure, synchronous computation of the host's, in one call of the import.
 * `name` and `options` (JSON) are text, a view is a Uint8Array; the answer is {value, data: [Uint8Array]}, or an Error
 * with a code is thrown. What names exist, and what each may cost, is the host's: interlock.sandbox.compute. */
#include <string.h>
#include "engine.h"

#define MOST_VIEWS 8
#define SMALL_ANSWER 1024 /* fits here, with no second call to take it */

/* What the host reads: guest addresses and lengths. */
struct request {
  uint32_t name, name_length, options, options_length, count;
  struct { uint32_t address, length; } views[MOST_VIEWS];
};

/* What it writes: this, the length of each part, then the parts with a zero behind each. The first is the value as JSON,
 * the rest is data; of a failure they are code and message. */
struct answer {
  uint32_t flags, count, lengths[];
};

static JSValue read_answer(JSContext *c, const struct answer *answer) {
  const char *part = (const char *)&answer->lengths[answer->count];
  if (answer->flags & ANSWER_DREW) state.draws |= DREW_ENTROPY;
  if (answer->flags & ANSWER_FAILED) {
    JS_ThrowPlainError(c, "%s", part + answer->lengths[0] + 1);
    JSValue error = JS_GetException(c);
    if (JS_IsError(error)) /* not when there was no memory for it */
      JS_DefinePropertyValueStr(c, error, "code", JS_NewStringLen(c, part, answer->lengths[0]), JS_PROP_C_W_E);
    return JS_Throw(c, error);
  }
  JSValue value = JS_ParseJSON(c, part, answer->lengths[0], "<computed>"), data = JS_NewArray(c);
  for (uint32_t i = 1; i < answer->count && !JS_IsException(value); i++) {
    part += answer->lengths[i - 1] + 1;
    JSValue bytes = JS_NewUint8ArrayCopy(c, (const uint8_t *)part, answer->lengths[i]);
    if (JS_IsException(bytes) || JS_DefinePropertyValueUint32(c, data, i - 1, bytes, JS_PROP_C_W_E) < 0) {
      JS_FreeValue(c, value);
      value = JS_EXCEPTION;
    }
  }
  JSValue result = JS_IsException(value) ? JS_EXCEPTION : JS_NewObject(c);
  if (JS_IsException(result)) {
    JS_FreeValue(c, value);
    JS_FreeValue(c, data);
    return result;
  }
  JS_DefinePropertyValueStr(c, result, "value", value, JS_PROP_C_W_E);
  JS_DefinePropertyValueStr(c, result, "data", data, JS_PROP_C_W_E);
  return result;
}

/* A long computation is done beside the event loop: the host then answers PENDING and moves the epoch on, so that this
 * fibre gives way at the next jump of the loop, and is entered again when there is something to take. */
static int32_t ask(const struct request *request, void *output, size_t output_length) {
  int32_t size = interlock_compute(COMPUTE_CALL, request, sizeof *request, output, output_length);
  while (size == COMPUTE_PENDING && !state.interrupt) size = interlock_compute(COMPUTE_TAKE, NULL, 0, output, output_length);
  return size;
}

static JSValue answer(JSContext *c, const struct request *request) {
  uint32_t small[SMALL_ANSWER / 4];
  int32_t size = ask(request, small, sizeof small);
  if (size == COMPUTE_PENDING) return raise_fault(state.interrupt);
  if (size < 0) return raise_fault(FAULT_ENGINE);
  if (size <= SMALL_ANSWER) return read_answer(c, (struct answer *)small);
  struct answer *large = js_malloc(c, size);
  if (!large) return JS_EXCEPTION;
  int32_t taken = interlock_compute(COMPUTE_TAKE, NULL, 0, large, size);
  JSValue result = taken == size ? read_answer(c, large) : raise_fault(FAULT_ENGINE);
  js_free(c, large);
  return result;
}

JSValue host_compute(JSContext *c, JSValueConst self, int argc, JSValueConst *argv) {
  if (argc < 2 || argc > 2 + MOST_VIEWS || !JS_IsString(argv[0]) || !JS_IsString(argv[1]))
    return JS_ThrowTypeError(c, "a name, options as JSON and at most %d views are needed", MOST_VIEWS);
  struct request request = {.count = argc - 2};
  for (int i = 2; i < argc; i++) {
    size_t length;
    uint8_t *bytes = JS_GetUint8Array(c, &length, argv[i]);
    if (!bytes && length == 0 && JS_HasException(c)) return JS_EXCEPTION;
    request.views[i - 2].address = (uint32_t)(uintptr_t)bytes;
    request.views[i - 2].length = length;
  }
  size_t name_length, options_length;
  const char *name = JS_ToCStringLen(c, &name_length, argv[0]);
  if (!name) return JS_EXCEPTION;
  const char *options = JS_ToCStringLen(c, &options_length, argv[1]);
  JSValue result = JS_EXCEPTION;
  if (options) {
    request.name = (uint32_t)(uintptr_t)name, request.name_length = name_length;
    request.options = (uint32_t)(uintptr_t)options, request.options_length = options_length;
    result = answer(c, &request);
    JS_FreeCString(c, options);
  }
  JS_FreeCString(c, name);
  return result;
}
