/**
 * A contact in the CRM for every user.
 *
 * Made at a user's first login, and its id is kept in the user's metadata: who has one is not sent again. Whatever goes
 * wrong, the login goes on, and as there is no id yet the next one tries again; an idempotency key sees to it that all
 * tries together make one contact.
 *
 * Trigger: post-login
 * Secrets: CRM_URL, CRM_TOKEN
 */
import type { OnExecutePostLogin, PostLoginEvent } from 'interlock-actions';

interface Contact {
  id: string;
}

export const onExecutePostLogin: OnExecutePostLogin = async (event, api) => {
  if (event.user.app_metadata.crm_id) return;
  try {
    const contact = await contactOf(event);
    api.user.setAppMetadata('crm_id', contact.id);
  } catch (error) {
    console.warn('no contact yet, the next login tries again:', (error as Error).message);
  }
};

async function contactOf({ user, client, secrets }: PostLoginEvent): Promise<Contact> {
  const answer = await fetch(`${secrets.CRM_URL}/v1/contacts`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${secrets.CRM_TOKEN}`,
      'content-type': 'application/json',
      'idempotency-key': user.user_id,
    },
    body: JSON.stringify({ email: user.email, name: user.name, source: client.name }),
    // The user waits for this: a slow CRM is one that is away.
    signal: AbortSignal.timeout(1_500),
  });
  // 409: somebody has typed this contact in before, and the answer says which it is.
  if (!answer.ok && answer.status !== 409) throw new Error(`the CRM answered ${answer.status}`);
  return (await answer.json()) as Contact;
}
