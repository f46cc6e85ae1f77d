// https://nodejs.org/api/module.html: which modules are built in, and `require` for code that wants one of its own. There is
// no file to load anything else from.
import { refused } from './refused/refusing.js';

const { builtinModules, isBuiltin, require } = runtime;

/** What packages that wrap `require` put their own functions into. @this {any} @param {string} [id] */
function Module(id = '') {
  Object.assign(this, { id, path: '/', exports: {}, filename: null, loaded: false, children: [], paths: [] });
}
Module.prototype.require = (/** @type {unknown} */ name) => require(name);
Module.prototype._compile = refused(
  'module',
  'code that is made of text cannot be given a context of its own',
  '_compile',
)._compile;

/** https://nodejs.org/api/module.html#modulecreaterequirefilename @param {unknown} filename */
function createRequire(filename) {
  if (!/^(?:file:|\/)/.test(`${filename}`)) {
    const { codes } = runtime.module('node-internals').internals['internal/errors'];
    throw new codes.ERR_INVALID_ARG_VALUE(
      'filename',
      filename,
      'must be a file URL object, file URL string, or absolute path string',
    );
  }
  return Object.assign((/** @type {unknown} */ name) => require(name), {
    resolve: Object.assign(resolveName, { paths: () => null }),
    cache: {},
    extensions: {},
    main: undefined,
  });
}

/** @param {string} name */
function resolveName(name) {
  if (!isBuiltin(name)) require(name); // it says what there is
  return name;
}

Object.assign(Module, {
  Module,
  _cache: {},
  _extensions: { '.js'() {}, '.json'() {}, '.node'() {} },
  _load: (/** @type {unknown} */ name) => require(name),
  _nodeModulePaths: () => [],
  _pathCache: {},
  _resolveFilename: resolveName,
  builtinModules,
  constants: { compileCacheStatus: { FAILED: 0, ENABLED: 1, ALREADY_ENABLED: 2, DISABLED: 3 } },
  createRequire,
  enableCompileCache: () => ({ status: 3 }),
  findPackageJSON: () => undefined,
  findSourceMap: () => undefined,
  getCompileCacheDir: () => undefined,
  globalPaths: [],
  isBuiltin,
  syncBuiltinESMExports() {},
  wrap: (/** @type {string} */ text) => `(function (exports, require, module, __filename, __dirname) { ${text}\n});`,
  ...refused('module', 'an action is one file, bundled before it runs', 'SourceMap runMain stripTypeScriptTypes'),
});

export { Module as 'module.exports' };
