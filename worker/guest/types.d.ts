// The shapes of the catalogue's data and of what the worker hands to a run.
export interface Rule {
  /** Values that this trigger does not take, and what to use instead of each. */
  forbidden?: readonly string[];
  instead?: Readonly<Record<string, string>>;
  integer?: boolean;
  /** The name of the limit that takes the place of the greatest size where the release has one. */
  limit?: string;
  max?: number;
  max_bytes?: number;
  max_chars?: number;
  max_entries?: number;
  max_json_bytes?: number;
  metadata_key?: boolean;
  min?: number;
  min_chars?: number;
  min_entries?: number;
  no_space?: boolean;
  nullable?: boolean;
  safe_number?: boolean;
  trim?: boolean;
  url?: boolean;
}

/** A parameter or a field of one, ready to be checked. */
export interface Parameter {
  name: string;
  /** For messages: `options.query`. */
  path: string;
  type: string;
  optional?: boolean;
  choices?: readonly string[];
  fields?: readonly Parameter[];
  /** What each item of an array needs. */
  each?: readonly Parameter[];
  rule?: Rule;
  /** Any text is right. Anything at all is, if the type is `unknown`, and then nobody looks at it. */
  isFree: boolean;
  /** Any text is right but the empty one and these. */
  unless?: readonly string[];
}

/** One method of one or more triggers. */
export interface Method {
  path: string;
  returns: string;
  /** JSON of its parameters, and the parameters once that was read. */
  text: string;
  params: readonly Parameter[] | null;
  counters: readonly Counter[] | null;
  behaviour: Behaviour | null;
}

/** What interlock.worker.prelude hands over. */
export interface Catalogue {
  triggers: Record<string, { handlers: readonly string[]; namespaces: Record<string, readonly number[]> }>;
  methods: readonly Method[];
  counters: readonly Counter[];
}

/** How often a group of methods may be called in a run. */
export interface Counter {
  methods: readonly string[];
  max: number;
  count: number;
}

export interface CacheEntry {
  value: string;
  expires_at: number;
}

export interface Lookup {
  id: string;
  name: string;
}

/** One run, as the worker starts it. */
export interface Input {
  handler: string;
  event: Record<string, any>;
  state: {
    cache?: Record<string, CacheEntry>;
    lookups?: { groups?: unknown[]; roles?: unknown[] } | null;
    primary_user_set?: boolean;
    executed_rules?: string[];
    /** Limits of data that are not the usual ones, by name. */
    limits?: Record<string, number>;
    /** The secrets of each module. */
    modules?: Record<string, Record<string, string>>;
  };
}

/** What is known of an action when its image is made. */
export interface Setup {
  trigger: string;
  /** The namespaces and last parts of methods that its source mentions. */
  mentioned: readonly string[];
  /** Whether its source is a script with modules. */
  modules?: boolean;
}

/** What gives a method meaning beyond being recorded; an error means that the call is not. */
export type Behaviour = (a: any, b: any, c: any) => unknown;
