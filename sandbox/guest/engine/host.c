/* The object `host`, which only our own preludes see, and Math.random. */
#include <stdlib.h>
#include <string.h>
#include "engine.h"

static JSValue host_log(JSContext *c, JSValueConst self, int argc, JSValueConst *argv) {
  int32_t level;
  size_t length;
  if (argc < 2 || JS_ToInt32(c, &level, argv[0])) return JS_EXCEPTION;
  const char *text = JS_ToCStringLen(c, &length, argv[1]);
  if (!text) return JS_EXCEPTION;
  size_t needed = state.log_length + LOG_HEADER + length;
  int over = needed > state.log_limit;
  if (over) { /* what still fits is delivered, then the run ends */
    length = state.log_limit > state.log_length + LOG_HEADER ? state.log_limit - state.log_length - LOG_HEADER : 0;
    needed = state.log_length + LOG_HEADER + length;
  }
  if (needed > state.log_capacity) {
    size_t capacity = needed < 2048 ? 4096 : needed * 2;
    char *moved = realloc((void *)(uintptr_t)state.log, capacity);
    if (!moved) {
      JS_FreeCString(c, text);
      return raise_fault(FAULT_MEMORY);
    }
    state.log = (uint32_t)(uintptr_t)moved;
    state.log_capacity = capacity;
  }
  if (!over || length) {
    char *line = (char *)(uintptr_t)state.log + state.log_length;
    uint32_t header[2] = {(uint32_t)level, (uint32_t)length};
    memcpy(line, header, LOG_HEADER);
    memcpy(line + LOG_HEADER, text, length);
    state.log_length = needed;
  }
  JS_FreeCString(c, text);
  return over ? raise_fault(FAULT_LOG) : JS_UNDEFINED;
}

static JSValue host_random(JSContext *c, JSValueConst self, int argc, JSValueConst *argv) {
  size_t length;
  uint8_t *bytes = argc ? JS_GetUint8Array(c, &length, argv[0]) : NULL;
  if (!bytes) return JS_ThrowTypeError(c, "a Uint8Array is needed");
  state.draws |= DREW_ENTROPY;
  if (interlock_compute(COMPUTE_RANDOM, NULL, 0, bytes, length) != (int32_t)length) return raise_fault(FAULT_ENGINE);
  return JS_UNDEFINED;
}

JSValue run_script(JSValue function_value) {
  JSValue function = JS_EvalFunction(ctx, function_value);
  if (JS_IsException(function)) return function;
  JSValueConst arguments[2] = {host, runtime};
  JSValue exports = JS_Call(ctx, function, JS_UNDEFINED, 2, arguments);
  JS_FreeValue(ctx, function);
  return exports;
}

/* A library module, by name: bytecode of our own making, fetched from the host and evaluated once in this instance. */
static JSValue host_module(JSContext *c, JSValueConst self, int argc, JSValueConst *argv) {
  size_t name_length;
  const char *name = argc ? JS_ToCStringLen(c, &name_length, argv[0]) : NULL;
  if (!name) return JS_EXCEPTION;
  JSValue exports = JS_UNDEFINED;
  int32_t size = interlock_compute(COMPUTE_MODULE, name, name_length, NULL, 0);
  if (size < 0) {
    exports = JS_ThrowReferenceError(c, "no library module named %s", name);
  } else {
    uint8_t *bytecode = js_malloc(c, size ? size : 1);
    if (!bytecode) {
      exports = JS_EXCEPTION;
    } else {
      int32_t copied = interlock_compute(COMPUTE_MODULE, name, name_length, bytecode, size);
      JSValue script = copied == size ? JS_ReadObject(c, bytecode, size, JS_READ_OBJ_BYTECODE) : raise_fault(FAULT_ENGINE);
      js_free(c, bytecode);
      exports = JS_IsException(script) ? script : run_script(script);
    }
  }
  JS_FreeCString(c, name);
  return exports;
}

/* Called as an operation begins, with how many there are then, so that the one too many has an author's line. */
static JSValue host_began(JSContext *c, JSValueConst self, int argc, JSValueConst *argv) {
  uint32_t operations;
  if (!argc || JS_ToUint32(c, &operations, argv[0])) return JS_EXCEPTION;
  return operations > state.operations_limit ? raise_fault(FAULT_OPERATIONS) : JS_UNDEFINED;
}

/* Where an error came from that a fault caused: the runtime gives every error that ends a run. */
static JSValue host_note(JSContext *c, JSValueConst self, int argc, JSValueConst *argv) {
  if (argc && state.fault) note_fault_stack(argv[0]);
  return JS_UNDEFINED;
}

static JSValue host_utf8_decode(JSContext *c, JSValueConst self, int argc, JSValueConst *argv) {
  size_t length;
  uint8_t *bytes = argc ? JS_GetUint8Array(c, &length, argv[0]) : NULL;
  if (!bytes) return JS_ThrowTypeError(c, "a Uint8Array is needed");
  return JS_NewStringLen(c, (const char *)bytes, length);
}

/* Lone surrogates become U+FFFD, as the encoding standard has it; QuickJS would write them as three bytes. */
static JSValue host_utf8_encode(JSContext *c, JSValueConst self, int argc, JSValueConst *argv) {
  size_t length;
  char *text = argc ? (char *)JS_ToCStringLen(c, &length, argv[0]) : NULL;
  if (!text) return JS_EXCEPTION;
  for (size_t i = 0; i + 2 < length; i++)
    if ((uint8_t)text[i] == 0xED && (uint8_t)text[i + 1] >= 0xA0) memcpy(text + i, "\xEF\xBF\xBD", 3);
  JSValue bytes = JS_NewUint8ArrayCopy(c, (const uint8_t *)text, length);
  JS_FreeCString(c, text);
  return bytes;
}

static JSValue host_detach(JSContext *c, JSValueConst self, int argc, JSValueConst *argv) {
  if (argc) JS_DetachArrayBuffer(c, argv[0]);
  return JS_UNDEFINED;
}

static JSValue host_promise_state(JSContext *c, JSValueConst self, int argc, JSValueConst *argv) {
  return JS_NewInt32(c, argc ? JS_PromiseState(c, argv[0]) : -1);
}

static JSValue host_promise_result(JSContext *c, JSValueConst self, int argc, JSValueConst *argv) {
  return argc ? JS_PromiseResult(c, argv[0]) : JS_UNDEFINED;
}

static JSValue host_proxy_details(JSContext *c, JSValueConst self, int argc, JSValueConst *argv) {
  if (!argc || !JS_IsProxy(argv[0])) return JS_UNDEFINED;
  JSValue pair = JS_NewArray(c);
  JS_DefinePropertyValueUint32(c, pair, 0, JS_GetProxyTarget(c, argv[0]), JS_PROP_C_W_E);
  JS_DefinePropertyValueUint32(c, pair, 1, JS_GetProxyHandler(c, argv[0]), JS_PROP_C_W_E);
  return pair;
}

static const JSCFunctionListEntry host_functions[] = {
    JS_CFUNC_DEF("context", 0, host_context),
    JS_CFUNC_DEF("setContext", 1, host_set_context),
    JS_CFUNC_DEF("log", 2, host_log),
    JS_CFUNC_DEF("random", 1, host_random),
    JS_CFUNC_DEF("module", 1, host_module),
    JS_CFUNC_DEF("compute", 2, host_compute),
    JS_CFUNC_DEF("began", 1, host_began),
    JS_CFUNC_DEF("note", 1, host_note),
    JS_CFUNC_DEF("utf8Decode", 1, host_utf8_decode),
    JS_CFUNC_DEF("utf8Encode", 1, host_utf8_encode),
    JS_CFUNC_DEF("detach", 1, host_detach),
    JS_CFUNC_DEF("promiseState", 1, host_promise_state),
    JS_CFUNC_DEF("promiseResult", 1, host_promise_result),
    JS_CFUNC_DEF("proxyDetails", 1, host_proxy_details),
};

/* Math.random of the engine is seeded once, at boot, and would repeat in every instance of a baked image. This one
 * (xoshiro256**, Blackman and Vigna) has its state written by the host from its own entropy at every entry. */
static JSValue math_random(JSContext *c, JSValueConst self, int argc, JSValueConst *argv) {
  uint64_t *s = state.random, t = s[1] << 17, r = s[1] * 5;
  state.draws |= DREW_ENTROPY;
  r = ((r << 7) | (r >> 57)) * 9;
  s[2] ^= s[0], s[3] ^= s[1], s[1] ^= s[2], s[0] ^= s[3], s[2] ^= t;
  s[3] = (s[3] << 45) | (s[3] >> 19);
  return JS_NewFloat64(c, (double)(r >> 11) * 0x1p-53);
}

JSValue new_math_random(void) { return JS_NewCFunction(ctx, math_random, "random", 0); }

JSValue new_host_object(void) {
  JSValue object = JS_NewObject(ctx);
  JS_SetPropertyFunctionList(ctx, object, host_functions, sizeof host_functions / sizeof *host_functions);
  return object;
}
