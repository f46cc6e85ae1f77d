// Bundles the guest's JavaScript: one script a prelude and one a library module, each of the form
//   (function (host, runtime) { ...; return module.exports })
// Run by `npm run build`. The output depends on the sources and the lock file only: no paths, no dates.
import { createHash } from 'node:crypto';
import { builtinModules } from 'node:module';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { nodeSources } from './node_sources.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** A part's guest folder, its prelude's entry point and name, and where its bundles go. */
const PARTS = [
  { guest: 'sandbox/guest', entry: 'runtime/main.js', prelude: 'base', out: 'sandbox/interlock/sandbox/built' },
  { guest: 'worker/guest', entry: 'main.js', prelude: 'api', out: 'worker/interlock/worker/built' },
];

/** Files that packages import and that ours take the place of: [importer, request, ours]. */
const REPLACED_FILES = [
  ['/node-inspect-extracted/', 'replacements', 'sandbox/guest/library/inspect/replacements.js'],
  ['/whatwg-url/', 'tr46', 'sandbox/guest/library/url/domain.js'],
  ['/whatwg-url/', 'webidl-conversions', 'sandbox/guest/library/url/conversions.js'],
  ['/whatwg-url/', 'invalid-url', 'sandbox/guest/library/url/invalid.js'],
  ['/whatwg-url/', './encoding', 'sandbox/guest/library/url/utf8.js'],
  ['/whatwg-url/', '@exodus/bytes/encoding.js', 'sandbox/guest/library/url/nothing.js'],
  ['/whatwg-url/', '@exodus/bytes/whatwg.js', 'sandbox/guest/library/url/percent.js'],
];

/** What is changed in packages' files as they are bundled; each change fails when the text is not what it was. */
const PATCHES = /** @type {[string, (text: string) => string][]} */ ([
  ['.json', asText],
  // Numbered modules of its bundle that library/inspect/replacements.js replaces.
  ['/node-inspect-extracted/dist/inspect.js', withoutEmulation],
  ['/whatwg-url/lib/URL-impl.js', withNodeErrors],
  // These look for a platform's own TextDecoder and Buffer, and would find ours, which use them.
  ['/@exodus/bytes/fallback/platform.native.js', withoutPlatform],
  ['/@exodus/bytes/fallback/_utils.js', withoutPlatform],
  ['/@exodus/bytes/array.js', withoutPlatform],
  ['/@exodus/bytes/base64.js', withoutPlatform],
  ['/@exodus/bytes/single-byte.js', withoutPlatform],
]);

/** Where modules are that a library module takes from the others at run time. */
const SHARED = 'shared';

/** The end of the module table in node-inspect-extracted's bundle. */
const BUNDLE_END = '};const e={};return function n(r){';

for (const part of PARTS) {
  const guest = join(ROOT, part.guest);
  if (!existsSync(join(guest, part.entry))) continue;
  const out = join(ROOT, part.out);
  const library = join(guest, 'library');
  rmSync(join(out, 'library'), { recursive: true, force: true });
  mkdirSync(join(out, 'library'), { recursive: true });
  writeFileSync(join(out, `${part.prelude}.js`), await bundle(join(guest, part.entry)));
  for (const file of existsSync(library) ? readdirSync(library).sort() : []) {
    if (file.endsWith('.js')) writeFileSync(join(out, 'library', basename(file)), await bundle(join(library, file)));
  }
}

// An image may hold tables of locales, and is one of this build alone: whatever changes the tables changes the build.
const built = join(ROOT, PARTS[0].out);
const tables = createHash('sha256')
  .update(readFileSync(join(built, 'locales.bin')))
  .digest('hex');
writeFileSync(join(built, 'library', 'intl-version.js'), `(function(host,runtime){return{tables:"${tables}"}})`);

/**
 * @param {string} entry
 * @returns {Promise<string>}
 */
async function bundle(entry) {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['import', 'default'],
    target: 'es2023',
    charset: 'utf8',
    legalComments: 'none',
    minifySyntax: true,
    minifyWhitespace: true,
    treeShaking: true,
    // There is no shared memory in a guest; whatwg-url looks at the name without asking.
    define: { global: 'globalThis', SharedArrayBuffer: 'ArrayBuffer' },
    banner: { js: '(function(host,runtime){"use strict";var module={exports:{}},exports=module.exports;' },
    // As in Node, an export named so is the whole of what `require` gives.
    footer: { js: 'return module.exports["module.exports"]??module.exports})' },
    tsconfigRaw: '{}', // tsconfig.json is for the checker
    logLevel: 'warning',
    plugins: [nodeSources(basename(entry, '.js')), { name: 'replacements', setup: replace }],
  });
  return outputFiles[0].text;
}

/** @param {import('esbuild').PluginBuild} building */
function replace(building) {
  building.onResolve({ filter: /.*/ }, ({ path, importer, namespace }) => {
    if (isShared(path, importer, namespace)) return { path, namespace: SHARED };
    for (const [from, request, by] of REPLACED_FILES) {
      if (path === request && slashed(importer).includes(from)) return { path: join(ROOT, by) };
    }
    return undefined;
  });
  building.onLoad({ filter: /.*/, namespace: SHARED }, ({ path }) => ({
    contents: `module.exports = runtime.require(${JSON.stringify(path)})`,
  }));
  building.onLoad({ filter: /\.js(on)?$/ }, ({ path }) => {
    const patch = PATCHES.find(([file]) => slashed(path).includes(file))?.[1];
    return patch && { contents: patch(readFileSync(path, 'utf8')), loader: 'js' };
  });
}

/**
 * Whether a request is for a module of Node's that all library modules share: two copies of EventEmitter would not be
 * each other's. Our own files say so with `node:`; a bare name there, or `punycode/` anywhere, is the package of that name.
 * @param {string} path @param {string} importer @param {string} namespace
 */
function isShared(path, importer, namespace) {
  if (namespace !== 'file') return false;
  if (path.startsWith('node:')) return true;
  return slashed(importer).includes('/node_modules/') && builtinModules.includes(path);
}

/** @param {string} text */
function withoutPlatform(text) {
  return text.replaceAll('globalThis', '({})');
}

/** @param {string} text */
function withNodeErrors(text) {
  return once(
    once(text, 'throw new TypeError(`Invalid URL: ${url}`)', 'throw require("invalid-url").invalidURL(url, base)'),
    'throw new TypeError(`Invalid base URL: ${base}`)',
    'throw require("invalid-url").invalidURL(url, base)',
  );
}

/** Takes out the modules that replacements.js has. @param {string} text */
function withoutEmulation(text) {
  for (const [from, to] of [
    [',812(t,e,n){', ',101(t,e,n){'],
    [',499(t,e,n){', ',302(t,e,n){'],
    [',683(t){', BUNDLE_END],
  ]) {
    const start = text.indexOf(from);
    const end = text.indexOf(to, start);
    if (start < 0 || end < 0) throw new Error(`a package is not the version this build knows: ${from}`);
    text = text.slice(0, start) + text.slice(end);
  }
  // "Proxy({ a: 1 })" is of a Node that nobody runs yet.
  text = once(text, 'if(0!==s)for(let e=0;e<s;e++)u=', 'if(false)u=');
  return once(text, BUNDLE_END, `,...require("replacements").replacements${BUNDLE_END}`);
}

/** @param {string} text @returns {string} a script that reads the table when it runs, instead of building it piece by piece */
function asText(text) {
  return `module.exports = JSON.parse(${JSON.stringify(JSON.stringify(JSON.parse(text)))})`;
}

/** @param {string} text @param {string} from @param {string} to */
function once(text, from, to) {
  if (text.split(from).length !== 2) throw new Error(`a package is not the version this build knows: ${from}`);
  return text.replace(from, () => to);
}

/** @param {string} path */
function slashed(path) {
  return path.replaceAll('\\', '/');
}
