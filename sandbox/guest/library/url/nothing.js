// In place of what whatwg-url imports for its side effects only: legacy encodings.
export {};
