// Packages that the library bundles and that come without types of their own.

declare module 'node-inspect-extracted' {
  interface Inspect {
    (value: unknown, options?: object): string;
    readonly custom: unique symbol;
  }
  const util: {
    inspect: Inspect;
    format: Function;
    formatWithOptions: Function;
    stripVTControlCharacters(text: string): string;
  };
  export default util;
}

declare module 'whatwg-url' {
  export const URL: any;
  export const URLSearchParams: any;
}

declare module 'tr46' {
  const tr46: { toASCII: Function; toUnicode: Function };
  export default tr46;
}

declare module 'buffer' {
  export const Buffer: any;
  export const SlowBuffer: any;
  export const kMaxLength: number;
  export const INSPECT_MAX_BYTES: number;
}

declare module '@exodus/bytes/encoding.js' {
  export const TextDecoder: any;
  export function normalizeEncoding(label: string): string | null;
}

// Node's own files: node_sources.mjs.
declare module 'node-lib:*';

// Node's modules, shared by the library: build.mjs.
declare module 'node:*';
