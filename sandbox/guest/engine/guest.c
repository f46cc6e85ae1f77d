/* The guest's engine: QuickJS-NG behind a handful of exports.
 *
 * One thread, one runtime, one context for the life of an instance. The host (interlock.sandbox.vm) owns the order of
 * the calls; this file owns what tenant code cannot be trusted with: the allocator and its limit, the console buffer,
 * the clock, the random state, faults, and the object `host` which only our own preludes see.
 *
 *   bytecode                                 of each prelude and library module, in an instance of its own
 *   boot -> prelude*                         when a base image is baked
 *   compile -> evaluate                      when an action's image is made
 *   enter*                                   in a run: one call for the start, one for each batch of completions
 *   where                                    after an entry that was dropped in the middle: the last call of all
 *
 * A *fault* is a limit that was passed. It is raised as an error that JavaScript cannot catch, stays set, and is raised
 * again at the next interrupt check should anything swallow it: a guest cannot catch its way past a limit.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <malloc.h>
#include "quickjs.h"
#include "guest.h"

#define EXPORT(name) __attribute__((export_name(name)))
#define STACK_LIMIT (768 * 1024)       /* of the 896 KiB stack: about 2,300 frames, then RangeError; the rest is for native frames */
#define COLLECT_AFTER (4 * 1024 * 1024) /* bytes allocated in one entry before the first cycle collection */

struct state state;
static JSRuntime *rt;
static JSContext *ctx;
static JSValue host, runtime, action;
static JSValue enter_function, leave_function, rejected_function, uncaught_function, stack_getter;
static const char *result_text;
static int making_image;

/* ---- allocator ------------------------------------------------------------------------------------------------ */

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

/* ---- faults --------------------------------------------------------------------------------------------------- */

static JSValue raise_fault(uint32_t code) {
  if (!state.fault) state.fault = code;
  JS_ThrowInternalError(ctx, "terminated");
  JSValue error = JS_GetException(ctx);
  JS_SetUncatchableError(ctx, error);
  return JS_Throw(ctx, error);
}

/* Becomes a fault here and not where the exception arrives: the engine swallows even this one in places (the executor of
 * a promise that is resolved already, Error.prepareStackTrace). */
static int on_interrupt(JSRuntime *unused, void *opaque) {
  if (!state.fault) state.fault = state.interrupt;
  return state.fault != FAULT_NONE;
}

/* The stack of the error that ended the run, for the author's line. Read by the engine's own getter: the one on
 * Error.prototype may be the tenant's by now. */
static void note_fault_stack(JSValueConst error) {
  if (state.fault_stack_length || !JS_IsError(error)) return;
  JSValue stack = JS_Call(ctx, stack_getter, error, 0, NULL);
  if (JS_IsException(stack)) JS_FreeValue(ctx, JS_GetException(ctx));
  size_t length = 0;
  const char *text = JS_IsString(stack) ? JS_ToCStringLen(ctx, &length, stack) : NULL;
  if (text) {
    state.fault_stack_length = length < sizeof state.fault_stack ? length : sizeof state.fault_stack;
    memcpy(state.fault_stack, text, state.fault_stack_length);
    JS_FreeCString(ctx, text);
  }
  JS_FreeValue(ctx, stack);
}

/* True when the exception of a call was a fault; an ordinary exception is handed to the runtime as uncaught. */
static void take_exception(void) {
  JSValue error = JS_GetException(ctx);
  if (state.interrupt && !state.fault) state.fault = state.interrupt;
  if (state.fault) {
    note_fault_stack(error);
  } else {
    JSValue ignored = JS_Call(ctx, uncaught_function, runtime, 1, (JSValueConst *)&error);
    if (JS_IsException(ignored)) {
      JS_FreeValue(ctx, JS_GetException(ctx));
      if (!state.fault) state.fault = FAULT_ENGINE;
    }
    JS_FreeValue(ctx, ignored);
  }
  JS_FreeValue(ctx, error);
}

/* ---- the object `host` ---------------------------------------------------------------------------------------- */

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

static JSValue run_script(JSValue function_value) {
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

static JSValue host_fault(JSContext *c, JSValueConst self, int argc, JSValueConst *argv) {
  int32_t code;
  if (!argc || JS_ToInt32(c, &code, argv[0])) return JS_EXCEPTION;
  return raise_fault(code == 1 ? FAULT_OPERATIONS : FAULT_ENGINE);
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
    JS_CFUNC_DEF("log", 2, host_log),
    JS_CFUNC_DEF("random", 1, host_random),
    JS_CFUNC_DEF("module", 1, host_module),
    JS_CFUNC_DEF("fault", 1, host_fault),
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

static void on_rejection(JSContext *c, JSValueConst promise, JSValueConst reason, bool handled, void *opaque) {
  if (state.fault) note_fault_stack(reason);
  if (!JS_IsFunction(c, rejected_function)) return;
  JSValueConst arguments[3] = {promise, reason, handled ? JS_TRUE : JS_FALSE};
  JSValue ignored = JS_Call(c, rejected_function, runtime, 3, arguments);
  if (JS_IsException(ignored)) JS_FreeValue(c, JS_GetException(c)); /* only a fault gets here; it is raised again */
  JS_FreeValue(c, ignored);
}

/* ---- exports -------------------------------------------------------------------------------------------------- */

EXPORT("state") struct state *guest_state(void) { return &state; }

EXPORT("alloc") void *guest_alloc(size_t size) { return malloc(size); }

static JSValue prototype_of(JSValueConst global, const char *class_name) {
  JSValue class = JS_GetPropertyStr(ctx, global, class_name), prototype = JS_GetPropertyStr(ctx, class, "prototype");
  JS_FreeValue(ctx, class);
  return prototype;
}

static void keep_stack_getter(JSValueConst global) {
  JSValue prototype = prototype_of(global, "Error");
  JSAtom atom = JS_NewAtom(ctx, "stack");
  JSPropertyDescriptor found = {.getter = JS_UNDEFINED};
  if (JS_GetOwnProperty(ctx, &found, prototype, atom) > 0) {
    JS_FreeValue(ctx, found.setter);
    JS_FreeValue(ctx, found.value);
  }
  stack_getter = found.getter;
  JS_FreeAtom(ctx, atom);
  JS_FreeValue(ctx, prototype);
}

/* The engine compiles a template literal to a call of `"".concat`, looked up: whoever could replace that would write our
 * guest code's messages. By the language's own rules nobody can touch what a template literal does. */
static void lock_template_literals(JSValueConst global) {
  JSValue prototype = prototype_of(global, "String");
  JSAtom atom = JS_NewAtom(ctx, "concat");
  JS_DefineProperty(ctx, prototype, atom, JS_UNDEFINED, JS_UNDEFINED, JS_UNDEFINED,
                    JS_PROP_HAS_WRITABLE | JS_PROP_HAS_CONFIGURABLE);
  JS_FreeAtom(ctx, atom);
  JS_FreeValue(ctx, prototype);
}

EXPORT("boot") int guest_boot(void) {
  making_image = 1;
  static const JSMallocFunctions functions = {guest_calloc, guest_malloc, guest_free, guest_realloc, guest_usable_size};
  state.memory_limit = UINT32_MAX / 2;
  state.log_limit = UINT32_MAX / 2;
  rt = JS_NewRuntime2(&functions, NULL);
  if (!rt) return 1;
  JS_SetMaxStackSize(rt, STACK_LIMIT);
  JS_SetInterruptHandler(rt, on_interrupt, NULL);
  JS_SetHostPromiseRejectionTracker(rt, on_rejection, NULL);
  JS_SetGCThreshold(rt, (size_t)-1);
  ctx = JS_NewContext(rt);
  if (!ctx || JS_AddIntrinsicDOMException(ctx)) return 1;
  enter_function = leave_function = rejected_function = uncaught_function = action = JS_UNDEFINED;
  host = JS_NewObject(ctx);
  JS_SetPropertyFunctionList(ctx, host, host_functions, sizeof host_functions / sizeof *host_functions);
  runtime = JS_NewObjectProto(ctx, JS_NULL);
  JSValue global = JS_GetGlobalObject(ctx), math = JS_GetPropertyStr(ctx, global, "Math");
  keep_stack_getter(global);
  lock_template_literals(global);
  JS_DefinePropertyValueStr(ctx, math, "random", JS_NewCFunction(ctx, math_random, "random", 0),
                            JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
  JS_FreeValue(ctx, math);
  JS_FreeValue(ctx, global);
  return 0;
}

static void replace(JSValue *slot, const char *name) {
  JS_FreeValue(ctx, *slot);
  *slot = JS_GetPropertyStr(ctx, runtime, name);
}

static void set_result(const char *text, size_t length) {
  state.result = (uint32_t)(uintptr_t)text;
  state.result_length = length;
}

/* The message of an exception while preludes are made: read by the person who builds them. */
static int fail_with_exception(void) {
  JSValue error = JS_GetException(ctx), stack = JS_GetPropertyStr(ctx, error, "stack");
  const char *message = JS_ToCString(ctx, error), *trace = JS_ToCString(ctx, stack);
  char *text = malloc(4096);
  strncpy(text, message ? message : "exception", 2000);
  strcat(text, "\n");
  strncat(text, trace ? trace : "", 2000);
  set_result(text, strlen(text));
  return 1;
}

/* Evaluates a prelude's bytecode. Not its source: what a parser leaves behind would be part of the base image. */
EXPORT("prelude") int guest_prelude(uint8_t *bytecode, size_t length) {
  JSValue script = JS_ReadObject(ctx, bytecode, length, JS_READ_OBJ_BYTECODE);
  memset(bytecode, 0, length);
  free(bytecode);
  JSValue exports = JS_IsException(script) ? script : run_script(script);
  if (JS_IsException(exports)) return fail_with_exception();
  JS_FreeValue(ctx, exports);
  replace(&enter_function, "enter");
  replace(&leave_function, "leave");
  replace(&rejected_function, "rejected");
  replace(&uncaught_function, "uncaught");
  return 0;
}

/* Compiles a prelude or a library module; the bytecode is the result. */
EXPORT("bytecode") int guest_bytecode(char *source, size_t length, const char *name) {
  JSValue script = JS_Eval(ctx, source, length, name, JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
  if (JS_IsException(script)) return fail_with_exception();
  size_t size;
  uint8_t *bytecode = JS_WriteObject(ctx, &size, script, JS_WRITE_OBJ_BYTECODE | JS_WRITE_OBJ_STRIP_SOURCE);
  JS_FreeValue(ctx, script);
  if (!bytecode) return fail_with_exception();
  set_result((const char *)bytecode, size);
  return 0;
}

/* Before the memory is taken as an image. A collection relinks every object and so writes every page: the base has had
 * one, an action's image must not. */
EXPORT("settle") void guest_settle(int collect) {
  if (collect) JS_RunGC(rt);
  making_image = 0;
}

static void begin(void) {
  JS_UpdateStackTop(rt);
  JS_SetGCThreshold(rt, state.memory_used + COLLECT_AFTER);
  if (result_text) {
    JS_FreeCString(ctx, result_text);
    result_text = NULL;
  }
  set_result(NULL, 0);
}

static void run_jobs(void) {
  JSContext *unused;
  while (!state.fault) {
    int more = JS_ExecutePendingJob(rt, &unused);
    if (more < 0) take_exception();
    else if (!more) return;
  }
}

/* Promise jobs until none is left, then the runtime's message; undefined means that there are jobs again. */
static int finish(void) {
  while (!state.fault && !result_text) {
    run_jobs();
    if (state.fault) break;
    JSValue message = JS_Call(ctx, leave_function, runtime, 0, NULL);
    if (JS_IsUndefined(message)) continue;
    size_t length;
    result_text = JS_IsException(message) ? NULL : JS_ToCStringLen(ctx, &length, message);
    JS_FreeValue(ctx, message);
    if (result_text) set_result(result_text, length);
    else take_exception();
  }
  return (int)state.fault;
}

/* Compiles an action: `source` is already wrapped as a function expression. `arguments` of runtime.prepare: the text,
 * for the globals it mentions, and the image's setup as JSON. A syntax error is the runtime's to report, like any other. */
EXPORT("compile") int guest_compile(char *source, size_t length, char *name, char *setup, size_t setup_length) {
  making_image = 1;
  begin();
  JSValue script = JS_Eval(ctx, source, length, name, JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
  if (JS_IsException(script)) {
    take_exception();
    return finish();
  }
  action = script;
  JSValue prepare = JS_GetPropertyStr(ctx, runtime, "prepare");
  const char *text = strchr(source, '{') + 1; /* the author's, behind the wrapper's head */
  JSValue arguments[2] = {JS_NewStringLen(ctx, text, source + length - text), JS_ParseJSON(ctx, setup, setup_length, "<setup>")};
  JSValue ignored = JS_Call(ctx, prepare, runtime, 2, (JSValueConst *)arguments);
  if (JS_IsException(ignored)) take_exception();
  for (int i = 0; i < 2; i++) JS_FreeValue(ctx, arguments[i]);
  JS_FreeValue(ctx, ignored);
  JS_FreeValue(ctx, prepare);
  memset(source, 0, length);
  memset(setup, 0, setup_length);
  free(source);
  free(name);
  free(setup);
  return finish();
}

/* Evaluates the compiled action's top level. What it drew is left in state.draws. */
EXPORT("evaluate") int guest_evaluate(void) {
  begin();
  state.draws = 0;
  JSValue function = JS_EvalFunction(ctx, action);
  action = JS_UNDEFINED;
  if (JS_IsException(function)) {
    take_exception();
    return finish();
  }
  JSValue load = JS_GetPropertyStr(ctx, runtime, "load");
  JSValue ignored = JS_Call(ctx, load, runtime, 1, (JSValueConst *)&function);
  if (JS_IsException(ignored)) take_exception();
  JS_FreeValue(ctx, ignored);
  JS_FreeValue(ctx, load);
  JS_FreeValue(ctx, function);
  return finish();
}

/* One entry of a run: a host message in, a guest message out. */
EXPORT("enter") int guest_enter(char *text, size_t length) {
  begin();
  JSValue message = JS_ParseJSON(ctx, text, length, "<message>");
  if (text != state.input) free(text);
  JSValue ignored = JS_IsException(message) ? JS_EXCEPTION : JS_Call(ctx, enter_function, runtime, 1, (JSValueConst *)&message);
  if (JS_IsException(ignored)) take_exception();
  JS_FreeValue(ctx, ignored);
  JS_FreeValue(ctx, message);
  return finish();
}

/* Where an entry was that the host has dropped, inside a native function that took too long: the frames still lie on the
 * stack, and the stack pointer is below them. */
EXPORT("where") void guest_where(void) {
  JS_ThrowInternalError(ctx, "dropped");
  note_fault_stack(JS_GetException(ctx));
}
