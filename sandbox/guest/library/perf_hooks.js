// https://nodejs.org/api/perf_hooks.html around the global `performance`. Time stands still while an action computes, so
// there is nothing to observe: observers are never called, histograms stay empty.
import { refused } from './refused/refusing.js';

const { Performance, PerformanceEntry, PerformanceMark, PerformanceMeasure, performance } =
  runtime.module('performance');

export { Performance, PerformanceEntry, PerformanceMark, PerformanceMeasure, performance };

export const constants = Object.freeze({
  NODE_PERFORMANCE_GC_MAJOR: 4,
  NODE_PERFORMANCE_GC_MINOR: 1,
  NODE_PERFORMANCE_GC_INCREMENTAL: 8,
  NODE_PERFORMANCE_GC_WEAKCB: 16,
});

export class PerformanceObserver {
  /** @type {readonly string[]} */
  static supportedEntryTypes = Object.freeze([]);

  /** @param {Function} callback */
  constructor(callback) {
    if (typeof callback !== 'function') throw runtime.invalidArgument('callback', 'of type function', callback);
  }

  observe() {}

  disconnect() {}

  takeRecords() {
    return [];
  }
}

class Histogram {
  count = 0;
  exceeds = 0;
  max = 0;
  mean = NaN;
  min = 9223372036854776000;
  percentiles = new Map();
  stddev = NaN;

  enable() {
    return false;
  }

  disable() {
    return false;
  }

  reset() {}

  percentile() {
    return 0;
  }
}

export const monitorEventLoopDelay = () => new Histogram();
export const eventLoopUtilization = () => ({ idle: 0, active: 0, utilization: 0 });
/** @template T @param {T} callback */
export const timerify = (callback) => callback;
export const { createHistogram } = refused(
  'perf_hooks',
  'time stands still while an action computes',
  'createHistogram',
);

for (const [name, value] of Object.entries({ eventLoopUtilization, timerify })) {
  Object.defineProperty(performance, name, { value, configurable: true, writable: true });
}
