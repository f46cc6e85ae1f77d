// What programs ask for to know which features there are: those of the runtime that COMPATIBILITY.md names.

export const version = 'v22.20.0';

export const versions = Object.freeze({
  node: version.slice(1),
  modules: '127',
  openssl: '3.0.17',
  uv: '1.51.0',
  zlib: '1.3.1',
  quickjs: '0.17.0',
  unicode: '16.0',
});

export const release = Object.freeze({ name: 'node', lts: 'Jod' });
