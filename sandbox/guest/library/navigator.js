// https://html.spec.whatwg.org/multipage/system-state.html#the-navigator-object as servers have it:
// https://min-common-api.proposal.wintertc.org/#navigator
import { illegalConstructor } from './web/errors.js';
import { expose } from './web/interface.js';

const OURS = Symbol();

export class Navigator {
  /** @param {unknown} [token] */
  constructor(token) {
    if (token !== OURS) throw illegalConstructor();
  }

  get hardwareConcurrency() {
    return 1;
  }

  get language() {
    return 'en-US';
  }

  get languages() {
    return Object.freeze(['en-US']);
  }

  get platform() {
    return 'linux';
  }

  get userAgent() {
    return 'Interlock';
  }
}

expose(Navigator, 'Navigator', ['hardwareConcurrency', 'language', 'languages', 'platform', 'userAgent']);

export const navigator = new Navigator(OURS);
