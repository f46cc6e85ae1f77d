/* A *fault* is a limit that was passed. It is raised as an error that JavaScript cannot catch, stays set, and is raised
 * again at the next interrupt check should anything swallow it: a guest cannot catch its way past a limit. */
#include <string.h>
#include "engine.h"

static JSValue stack_getter;

JSValue raise_fault(uint32_t code) {
  if (!state.fault) state.fault = code;
  JS_ThrowInternalError(ctx, "terminated");
  JSValue error = JS_GetException(ctx);
  JS_SetUncatchableError(ctx, error);
  return JS_Throw(ctx, error);
}

/* Becomes a fault here and not where the exception arrives: the engine swallows even this one in places (the executor of
 * a promise that is resolved already, Error.prepareStackTrace). */
int on_interrupt(JSRuntime *unused, void *opaque) {
  if (!state.fault) state.fault = state.interrupt;
  return state.fault != FAULT_NONE;
}

/* The engine's own getter of a stack: before any tenant code runs. */
void keep_stack_getter(JSValueConst global) {
  JSValue error = JS_GetPropertyStr(ctx, global, "Error"), prototype = JS_GetPropertyStr(ctx, error, "prototype");
  JSAtom atom = JS_NewAtom(ctx, "stack");
  JSPropertyDescriptor found = {.getter = JS_UNDEFINED};
  if (JS_GetOwnProperty(ctx, &found, prototype, atom) > 0) {
    JS_FreeValue(ctx, found.setter);
    JS_FreeValue(ctx, found.value);
  }
  stack_getter = found.getter;
  JS_FreeAtom(ctx, atom);
  JS_FreeValue(ctx, prototype);
  JS_FreeValue(ctx, error);
}

/* The stack of the error that ended the run, for the author's line. Read by the engine's own getter: the one on
 * Error.prototype may be the tenant's by now. */
void note_fault_stack(JSValueConst error) {
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

/* After a call that threw: a fault keeps its stack, anything else is handed to the runtime as uncaught. */
void take_exception(void) {
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
