/**
 * M2M scopes by client.
 *
 * Which API a machine may have a token for, and with which scopes, stands in the metadata of its client, where whoever
 * owns the client can read it: "audiences" and "scopes", words apart by blanks. It gets what it asks for of these, all of
 * them when it asks for nothing, and no token when nothing is left.
 *
 * Trigger: credentials-exchange
 */
import type { OnExecuteCredentialsExchange } from 'interlock-actions';

export const onExecuteCredentialsExchange: OnExecuteCredentialsExchange = async (event, api) => {
  const { client, resource_server: server, transaction } = event;
  if (!words(client.metadata.audiences).includes(server.identifier)) {
    console.warn('%s asked for a token for %s', client.name, server.identifier);
    api.access.deny('invalid_request', `${client.name} may not have a token for ${server.identifier}.`);
    return;
  }
  const allowed = words(client.metadata.scopes);
  const asked = transaction?.requested_scopes ?? [];
  const granted = asked.length > 0 ? asked.filter((scope) => allowed.includes(scope)) : allowed;
  if (granted.length === 0) {
    api.access.deny('invalid_scope', `${client.name} may have: ${allowed.join(' ') || 'no scope at all'}.`);
    return;
  }
  const refused = asked.filter((scope) => !allowed.includes(scope));
  if (refused.length > 0) console.info('%s goes without %s', client.name, refused.join(' '));
  api.transaction.setTargetScopes(granted);
  api.accessToken.setCustomClaim('https://example.com/owner', client.metadata.owner ?? 'unknown');
};

function words(text: unknown): string[] {
  return String(text ?? '')
    .split(' ')
    .filter(Boolean);
}
