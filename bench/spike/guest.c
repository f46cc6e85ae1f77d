/* The bare spike: QuickJS-NG behind four functions, with nothing of ours around it. It is what a run of the sandbox is
 * compared with, so it does the least that is still a run: event in as JSON, promise jobs, `out` back as JSON. It has no
 * console, no limits, no messages and no `api`; it trusts the guest. Compiled like the engine, with the engine's wasi.c. */
#include <stdlib.h>
#include "quickjs.h"
#include "guest.h"

#define EXPORT(name) __attribute__((export_name(name)))

struct state state; /* wasi.c reads its clock there; the spike's stands still */
static JSRuntime *rt;
static JSContext *ctx;
static JSValue run_function;
static const char *answer;

EXPORT("alloc") void *spike_alloc(size_t size) { return malloc(size); }

EXPORT("boot") int spike_boot(void) {
  rt = JS_NewRuntime();
  if (!rt) return 1;
  JS_SetMaxStackSize(rt, 256 * 1024);
  ctx = JS_NewContext(rt);
  run_function = JS_UNDEFINED;
  return !ctx;
}

static JSValue global_property(const char *name) {
  JSValue global = JS_GetGlobalObject(ctx), value = JS_GetPropertyStr(ctx, global, name);
  JS_FreeValue(ctx, global);
  return value;
}

EXPORT("load") int spike_load(char *source, size_t length) {
  JSValue value = JS_Eval(ctx, source, length, "<action>", JS_EVAL_TYPE_GLOBAL);
  int failed = JS_IsException(value);
  JS_FreeValue(ctx, value);
  free(source);
  run_function = global_property("run");
  return failed;
}

/* Gives where the answer lies and how long it is, as address << 32 | length. */
EXPORT("invoke") uint64_t spike_invoke(char *event, size_t length) {
  JSContext *unused;
  JSValue argument = JS_ParseJSON(ctx, event, length, "<event>");
  free(event);
  JS_FreeValue(ctx, JS_Call(ctx, run_function, JS_UNDEFINED, 1, (JSValueConst *)&argument));
  JS_FreeValue(ctx, argument);
  while (JS_ExecutePendingJob(rt, &unused) > 0);
  JSValue out = global_property("out"), text = JS_JSONStringify(ctx, out, JS_UNDEFINED, JS_UNDEFINED);
  size_t answer_length = 0;
  answer = JS_ToCStringLen(ctx, &answer_length, text);
  JS_FreeValue(ctx, text);
  JS_FreeValue(ctx, out);
  return (uint64_t)(uintptr_t)answer << 32 | answer_length;
}
