// The token that travels with a redirect: a JSON Web Token signed with HMAC-SHA-256 under a secret that the action shares
// with the other site. Signed, not sealed.
import { DateNow, JSONParse, JSONStringify, MathFloor, ObjectKeys, own } from '../builtins.js';
import { refuseToken } from '../errors.js';
import { run } from '../run.js';

const LIFETIME_SECONDS = 900;
const PARAMETER = 'session_token';
const VALIDATE = 'api.redirect.validateToken';

/** @type {Record<string, import('../types.js').Behaviour>} */
export const tokens = {
  /** @param {{ secret: string, payload: Record<string, unknown>, expiresInSeconds?: number }} options @returns {string} */
  'api.redirect.encodeToken'(options) {
    const now = seconds();
    const claims = Object.create(null);
    claims.iat = now;
    claims.iss = own(run.request, 'hostname');
    claims.sub = own(run.user, 'user_id');
    claims.exp = now + (own(options, 'expiresInSeconds') ?? LIFETIME_SECONDS);
    claims.ip = own(run.request, 'ip');
    const keys = ObjectKeys(options.payload);
    for (let i = 0; i < keys.length; i++) claims[/** @type {string} */ (keys[i])] = options.payload[/** @type {string} */ (keys[i])];
    return jwt().sign(JSONStringify(claims), options.secret);
  },

  /** @param {{ secret: string, tokenParameterName?: string }} options @returns {unknown} the payload */
  'api.redirect.validateToken'(options) {
    const name = own(options, 'tokenParameterName') ?? PARAMETER;
    const token = parameter(name);
    if (token === undefined) refuseToken(VALIDATE, `the request has no parameter "${name}"`);
    if (typeof token !== 'string') refuseToken(VALIDATE, `the request's parameter "${name}" is not a string`);
    const { problem, text } = jwt().verify(token, options.secret);
    if (problem) refuseToken(VALIDATE, problem);
    return checked(JSONParse(text));
  },
};

/** @param {any} payload */
function checked(payload) {
  const now = seconds();
  const exp = own(payload, 'exp');
  const notBefore = own(payload, 'nbf');
  const issuer = own(run.request, 'hostname');
  const subject = own(run.user, 'user_id');
  const state = parameter('state');
  if (typeof exp !== 'number') refuseToken(VALIDATE, 'the token has no expiry (exp)');
  if (exp <= now) refuseToken(VALIDATE, `the token has expired, ${now - exp} seconds ago`);
  if (typeof notBefore === 'number' && notBefore > now) refuseToken(VALIDATE, 'the token is not valid yet (nbf)');
  if (issuer === undefined) refuseToken(VALIDATE, 'the event has no request.hostname to compare the issuer (iss) with');
  if (own(payload, 'iss') !== issuer) refuseToken(VALIDATE, `the issuer (iss) of the token is not ${issuer}`);
  if (typeof state !== 'string') refuseToken(VALIDATE, 'the request has no parameter "state"');
  if (own(payload, 'state') !== state) refuseToken(VALIDATE, 'the state of the token is not the state of the request');
  if (subject === undefined || own(payload, 'sub') !== subject) refuseToken(VALIDATE, 'the subject (sub) of the token is not this user');
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

/** @returns {typeof import('../library/jwt.js')} */
function jwt() {
  return runtime.module('jwt');
}
