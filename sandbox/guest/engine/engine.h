/* What the files of the engine share: one runtime, one context, and the two objects our own preludes get. */
#ifndef INTERLOCK_ENGINE_H
#define INTERLOCK_ENGINE_H
#include "guest.h"
#include "quickjs.h"

extern JSRuntime *rt;
extern JSContext *ctx;
extern JSValue host, runtime;
/* Methods of `runtime`, held here whatever happens to the object. */
extern JSValue enter_function, leave_function, rejected_function, uncaught_function;

/* memory.c */
extern const JSMallocFunctions guest_memory;
extern int making_image; /* what is freed is cleared too */

/* faults.c */
JSValue raise_fault(uint32_t code);
int on_interrupt(JSRuntime *rt, void *opaque);
void keep_stack_getter(JSValueConst global);
void note_fault_stack(JSValueConst error);
void take_exception(void);

/* compute.c */
JSValue host_compute(JSContext *c, JSValueConst self, int argc, JSValueConst *argv);

/* host.c */
JSValue new_host_object(void);
JSValue new_math_random(void);
JSValue run_script(JSValue function_value);

/* modules.c */
void serve_imports(void);
JSValue host_context(JSContext *c, JSValueConst self, int argc, JSValueConst *argv);
JSValue host_set_context(JSContext *c, JSValueConst self, int argc, JSValueConst *argv);

#endif
