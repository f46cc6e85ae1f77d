// The token that travels with a redirect: a JSON Web Token signed with HMAC-SHA-256 under a secret that the action shares
// with the other site. Signed, not sealed.
import { sign, verify } from '../jwt.js';

const { DateNow, Error, JSONParse, MathFloor, ObjectCreate, ObjectKeys } = runtime.primordials;
const { own, run } = runtime.recorder;

const LIFETIME_SECONDS = 900;
const PARAMETER = 'session_token';
const VALIDATE = 'api.redirect.validateToken';

/** @type {Record<string, import('../types.js').Behaviour>} */
export const behaviours = {
  /** @param {{ secret: string, payload: Record<string, unknown>, expiresInSeconds?: number }} options @returns {string} */
  'api.redirect.encodeToken'(options) {
    const now = seconds();
    const claims = ObjectCreate(null);
    claims.iat = now;
    claims.iss = own(run.request, 'hostname');
    claims.sub = own(run.user, 'user_id');
    claims.exp = now + (own(options, 'expiresInSeconds') ?? LIFETIME_SECONDS);
    claims.ip = own(run.request, 'ip');
    const keys = ObjectKeys(options.payload);
    for (let i = 0; i < keys.length; i++)
      claims[/** @type {string} */ (keys[i])] = options.payload[/** @type {string} */ (keys[i])];
    return sign(runtime.jsonText(claims), options.secret);
  },

  /** @param {{ secret: string, tokenParameterName?: string }} options @returns {unknown} the payload */
  'api.redirect.validateToken'(options) {
    const name = own(options, 'tokenParameterName') ?? PARAMETER;
    const token = parameter(name);
    if (token === undefined) refuseToken(`the request has no parameter "${name}"`);
    if (typeof token !== 'string') refuseToken(`the request's parameter "${name}" is not a string`);
    const { problem, text } = verify(token, options.secret);
    if (problem) refuseToken(problem);
    return checked(JSONParse(text));
  },
};

/**
 * To the second only while clocks that differ may be the reason.
 * @param {number} age in seconds
 */
function ago(age) {
  return age < 120 ? `${age} seconds ago` : `${(age - (age % 60)) / 60} minutes ago`;
}

/** @param {any} payload */
function checked(payload) {
  const now = seconds();
  const exp = own(payload, 'exp');
  const notBefore = own(payload, 'nbf');
  const issuer = own(run.request, 'hostname');
  const subject = own(run.user, 'user_id');
  const state = parameter('state');
  if (typeof exp !== 'number') refuseToken('the token has no expiry (exp)');
  if (exp <= now) refuseToken(`the token has expired, ${ago(now - exp)}`);
  if (typeof notBefore === 'number' && notBefore > now) refuseToken('the token is not valid yet (nbf)');
  if (issuer === undefined) refuseToken('the event has no request.hostname to compare the issuer (iss) with');
  if (own(payload, 'iss') !== issuer) refuseToken(`the issuer (iss) of the token is not ${issuer}`);
  if (typeof state !== 'string') refuseToken('the request has no parameter "state"');
  if (own(payload, 'state') !== state) refuseToken('the state of the token is not the state of the request');
  if (subject === undefined || own(payload, 'sub') !== subject)
    refuseToken('the subject (sub) of the token is not this user');
  return payload;
}

/** A parameter of the request: the body wins over the query. @param {string} name @returns {unknown} */
function parameter(name) {
  return own(own(run.request, 'body'), name) ?? own(own(run.request, 'query'), name);
}

/** @returns {number} */
function seconds() {
  return MathFloor(DateNow() / 1000);
}

/** @param {string} problem @returns {never} */
function refuseToken(problem) {
  throw runtime.codedError(Error, 'invalid_token', `${VALIDATE}: ${problem}`);
}
