/**
 * Progressive profiling.
 *
 * Nobody fills in ten fields to try something out. A new user is asked for two, and for two more at a later login, each
 * time by a form of the identity provider; what comes back goes into the user's metadata. Whoever skips a form is let in,
 * and left alone for some logins. What somebody typed is looked at here, whatever the form checked before: the browser
 * it comes from is the user's own.
 *
 * Trigger: post-login
 */
import type { OnContinuePostLogin, OnExecutePostLogin, PostLoginEvent } from 'interlock-actions';

type Fields = Record<string, string>;

/** What is asked, from which login on, and what an answer may be. */
const FORMS = [
  { id: 'about-you', from: 1, fields: { full_name: /^\S.{1,79}$/u, company: /^\S.{0,79}$/u } },
  { id: 'about-your-work', from: 3, fields: { job_title: /^\S.{1,59}$/u, team_size: /^(1|2-10|11-50|51\+)$/ } },
];
const LEFT_ALONE_LOGINS = 5;

export const onExecutePostLogin: OnExecutePostLogin = async (event, api) => {
  // There is no page for a form where a machine refreshes a token.
  if (event.transaction?.protocol === 'oauth2-refresh-token') return;
  const due = FORMS.find((form) => isDue(form, event));
  if (due) api.prompt.render(due.id, { fields: known(due, event), vars: { app: event.client.name } });
};

/** Called when the form was sent or skipped, instead of the handler above. */
export const onContinuePostLogin: OnContinuePostLogin = async (event, api) => {
  const form = FORMS.find((each) => each.id === event.prompt?.id);
  if (!form) return;
  const typed: Fields = event.prompt?.fields ?? {};
  if (typed.skip) {
    api.user.setUserMetadata('skipped_at_login', event.stats.logins_count);
    return;
  }
  const answers = Object.keys(form.fields).map((name) => [name, String(typed[name] ?? '').trim()] as const);
  const wrong = answers.filter(([name, answer]) => !form.fields[name].test(answer)).map(([name]) => name);
  if (wrong.length > 0) {
    console.info('asked again for', wrong.join(', '));
    api.prompt.render(form.id, { fields: Object.fromEntries(answers), vars: { app: event.client.name, wrong } });
    return;
  }
  for (const [name, answer] of answers) api.user.setUserMetadata(name, answer);
};

function isDue(form: (typeof FORMS)[number], { user, stats }: PostLoginEvent): boolean {
  const { skipped_at_login: skipped = -Infinity, ...profile } = user.user_metadata;
  if (stats.logins_count < form.from || stats.logins_count < skipped + LEFT_ALONE_LOGINS) return false;
  return Object.keys(form.fields).some((name) => !profile[name]);
}

/** What is known already stands in the form. */
function known(form: (typeof FORMS)[number], { user }: PostLoginEvent): Partial<Fields> {
  const found: Partial<Fields> = { full_name: user.name, ...user.user_metadata };
  return Object.fromEntries(Object.entries(found).filter(([name, value]) => name in form.fields && value));
}
