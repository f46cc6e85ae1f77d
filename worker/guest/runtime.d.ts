// What the recorder adds to the object that preludes and library modules share.

interface Runtime {
  /** For the library modules beside the recorder: its state and its helpers, once each. */
  recorder: Readonly<{
    described: typeof import('./arguments.js').described;
    getCatalogue: typeof import('./catalogue.js').getCatalogue;
    own: typeof import('./builtins.js').own;
    refuseArgument: typeof import('./errors.js').refuseArgument;
    refuseCall: typeof import('./errors.js').refuseCall;
    run: typeof import('./run.js').run;
    granted: typeof import('./run.js').granted;
    utf8Length: typeof import('./builtins.js').utf8Length;
  }>;
  /** For the prelude that brings the catalogue. */
  setCatalogue: typeof import('./catalogue.js').setCatalogue;
}
