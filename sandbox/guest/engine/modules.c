/* import() of what is built in: the same objects that `require` gives, as a module with a default export and one for each
 * property. Whatever else is asked for, `require` refuses. And the value that follows promises (library/async_hooks.js). */
#include <string.h>
#include "engine.h"

extern JSValue js_async_context; /* engine_patches.py */

JSValue host_context(JSContext *c, JSValueConst self, int argc, JSValueConst *argv) {
  return JS_DupValue(c, js_async_context);
}

/* Gives what it was. */
JSValue host_set_context(JSContext *c, JSValueConst self, int argc, JSValueConst *argv) {
  JSValue before = js_async_context;
  js_async_context = argc ? JS_DupValue(c, argv[0]) : JS_UNDEFINED;
  return before;
}

static int fill(JSContext *c, JSModuleDef *module) {
  JSValue exports = JS_GetModulePrivateValue(c, module);
  JSPropertyEnum *names;
  uint32_t count;
  int failed = JS_GetOwnPropertyNames(c, &names, &count, exports, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY);
  for (uint32_t i = 0; !failed && i < count; i++) {
    const char *name = JS_AtomToCString(c, names[i].atom);
    JSValue value = JS_GetProperty(c, exports, names[i].atom);
    failed = !name || JS_IsException(value);
    if (!failed && strcmp(name, "default")) JS_SetModuleExport(c, module, name, value);
    else JS_FreeValue(c, value);
    JS_FreeCString(c, name);
  }
  if (!failed) JS_FreePropertyEnum(c, names, count);
  if (failed) JS_FreeValue(c, exports);
  else JS_SetModuleExport(c, module, "default", exports);
  return failed;
}

static JSModuleDef *load(JSContext *c, const char *name, void *opaque) {
  JSValue require = JS_GetPropertyStr(c, runtime, "require"), argument = JS_NewString(c, name);
  JSValue exports = JS_Call(c, require, runtime, 1, (JSValueConst *)&argument);
  JS_FreeValue(c, require);
  JS_FreeValue(c, argument);
  if (JS_IsException(exports)) return NULL;
  JSModuleDef *module = JS_NewCModule(c, name, fill);
  JSPropertyEnum *names;
  uint32_t count;
  if (!module || JS_GetOwnPropertyNames(c, &names, &count, exports, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY)) {
    JS_FreeValue(c, exports);
    return NULL;
  }
  JS_AddModuleExport(c, module, "default");
  for (uint32_t i = 0; i < count; i++) {
    const char *export = JS_AtomToCString(c, names[i].atom);
    if (export && strcmp(export, "default")) JS_AddModuleExport(c, module, export);
    JS_FreeCString(c, export);
  }
  JS_FreePropertyEnum(c, names, count);
  JS_SetModulePrivateValue(c, module, exports);
  return module;
}

void serve_imports(void) { JS_SetModuleLoaderFunc(rt, NULL, load, NULL); }
