/* The guest's engine: QuickJS-NG behind a handful of exports.
 *
 * One thread, one runtime, one context for the life of an instance. The host (interlock.sandbox.vm) owns the order of
 * the calls; the files beside this one own what tenant code cannot be trusted with: the allocator and its limit
 * (memory.c), what ends a run (faults.c), console buffer, entropy and the rest of `host` (host.c), the clock (wasi.c).
 *
 *   bytecode                                 of each prelude and library module, in an instance of its own
 *   boot -> prelude*                         when a base image is baked
 *   compile -> evaluate                      when an action's image is made
 *   enter*                                   in a run: one call for the start, one for each batch of completions
 *   where                                    after an entry that was dropped in the middle: the last call of all
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "engine.h"

#define EXPORT(name) __attribute__((export_name(name)))
#define STACK_LIMIT (768 * 1024)       /* of the 896 KiB stack: about 2,300 frames, then RangeError; the rest is for native frames */
#define COLLECT_AFTER (4 * 1024 * 1024) /* bytes allocated in one entry before the first cycle collection */

struct state state;
JSRuntime *rt;
JSContext *ctx;
JSValue host, runtime, enter_function, leave_function, rejected_function, uncaught_function;
static JSValue action;
static const char *result_text;

static void on_rejection(JSContext *c, JSValueConst promise, JSValueConst reason, bool handled, void *opaque) {
  if (state.fault) note_fault_stack(reason);
  if (!JS_IsFunction(c, rejected_function)) return;
  JSValueConst arguments[3] = {promise, reason, handled ? JS_TRUE : JS_FALSE};
  JSValue ignored = JS_Call(c, rejected_function, runtime, 3, arguments);
  if (JS_IsException(ignored)) JS_FreeValue(c, JS_GetException(c)); /* only a fault gets here; it is raised again */
  JS_FreeValue(c, ignored);
}

EXPORT("state") struct state *guest_state(void) { return &state; }

EXPORT("alloc") void *guest_alloc(size_t size) { return malloc(size); }

/* The engine compiles a template literal to a call of `"".concat`, looked up: whoever could replace that would write our
 * guest code's messages. By the language's own rules nobody can touch what a template literal does. */
static void lock_template_literals(JSValueConst global) {
  JSValue string = JS_GetPropertyStr(ctx, global, "String"), prototype = JS_GetPropertyStr(ctx, string, "prototype");
  JSAtom atom = JS_NewAtom(ctx, "concat");
  JS_DefineProperty(ctx, prototype, atom, JS_UNDEFINED, JS_UNDEFINED, JS_UNDEFINED,
                    JS_PROP_HAS_WRITABLE | JS_PROP_HAS_CONFIGURABLE);
  JS_FreeAtom(ctx, atom);
  JS_FreeValue(ctx, prototype);
  JS_FreeValue(ctx, string);
}

EXPORT("boot") int guest_boot(void) {
  making_image = 1;
  state.memory_limit = UINT32_MAX / 2;
  state.log_limit = UINT32_MAX / 2;
  rt = JS_NewRuntime2(&guest_memory, NULL);
  if (!rt) return 1;
  JS_SetMaxStackSize(rt, STACK_LIMIT);
  JS_SetInterruptHandler(rt, on_interrupt, NULL);
  JS_SetHostPromiseRejectionTracker(rt, on_rejection, NULL);
  JS_SetGCThreshold(rt, (size_t)-1);
  serve_imports();
  ctx = JS_NewContext(rt);
  if (!ctx || JS_AddIntrinsicDOMException(ctx)) return 1;
  enter_function = leave_function = rejected_function = uncaught_function = action = JS_UNDEFINED;
  host = new_host_object();
  runtime = JS_NewObjectProto(ctx, JS_NULL);
  JSValue global = JS_GetGlobalObject(ctx), math = JS_GetPropertyStr(ctx, global, "Math");
  keep_stack_getter(global);
  lock_template_literals(global);
  JS_DefinePropertyValueStr(ctx, math, "random", new_math_random(),
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

/* Before the memory is taken as the base. A collection relinks every object and so writes every page: an action's image
 * must not have had one. */
EXPORT("settle") void guest_settle(void) { JS_RunGC(rt); }

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
  making_image = 0;
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
