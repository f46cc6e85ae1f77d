// Node's internal/event_target, for EventEmitters that meet the web's event targets.

export const kEvents = Symbol('kEvents');
export const kResistStopPropagation = Symbol('kResistStopPropagation');
export const kWeakHandler = Symbol('kWeak');

/** @param {any} value */
export function isEventTarget(value) {
  return typeof value?.addEventListener === 'function' && typeof value.dispatchEvent === 'function';
}
