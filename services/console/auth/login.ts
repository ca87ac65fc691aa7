import { Hono } from 'hono';
import { html, raw } from 'hono/html';
import type { Clock } from '../../shared/clock.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Audit } from '../audit.ts';
import type { AppContext, Env } from '../env.ts';
import { createRateLimit } from '../security/limits.ts';
import type { Html } from '../shell.ts';
import type { AccessState } from './access.ts';
import { personName } from './access-file.ts';
import { verifyPassword } from './password.ts';
import type { Sessions } from './sessions.ts';

export type LoginDeps = {
  readonly access: AccessState;
  readonly sessions: Sessions;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly attemptsPerMinute: number;
};

/** A path of this console to go on to; anything else, such as another host, becomes the first page. */
function safeNext(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])[!-[\]-~]*$/.test(next) ? next : '/';
}

const reasons: Readonly<Record<string, string>> = {
  forged: 'The session was not made here. Sign in again.',
  expired: 'The session is over. Sign in again.',
  ended: 'The session has ended. Sign in again.',
};

function form(next: string, message: string, name: string): Html {
  return html`${raw('<!doctype html>')}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Sign in · vigilstream</title>
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/base.css" />
        <link rel="stylesheet" href="/assets/parts.css" />
        <link rel="stylesheet" href="/assets/login.css" />
        <script src="/assets/theme.js"></script>
      </head>
      <body>
        <main class="card login">
          <h1><img src="/assets/icon.svg" alt="" width="26" height="26" />vigilstream</h1>
          ${message === '' ? '' : html`<p class="note bad" role="alert">${message}</p>`}
          <form method="post" action="/login" class="form">
            <input type="hidden" name="next" value="${next}" />
            <label class="field"
              >Name
              <input name="name" autocomplete="username" required autofocus maxlength="64" value="${name}"
            /></label>
            <label class="field"
              >Password
              <input
                name="password"
                type="password"
                autocomplete="current-password"
                required
                maxlength="1000"
            /></label>
            <button type="submit" class="primary">Sign in</button>
          </form>
          <p class="quiet">An administrator adds people with <code>vigilstream users add</code>.</p>
        </main>
      </body>
    </html>`;
}

/** `/login` and `/logout`. Attempts are limited by address and by name, and every one is written down. */
export function loginRoutes(deps: LoginDeps): Hono<Env> {
  const { access, sessions, audit, clock, logger } = deps;
  const app = new Hono<Env>();
  const perAddress = createRateLimit(deps.attemptsPerMinute, clock);
  const perName = createRateLimit(deps.attemptsPerMinute, clock);

  app.get('/login', (c) => {
    const next = safeNext(c.req.query('next'));
    return access.closed()
      ? c.html(form(next, reasons[c.req.query('why') ?? ''] ?? '', ''))
      : c.redirect(next, 303);
  });

  async function fields(c: AppContext): Promise<Record<'name' | 'password' | 'next', string>> {
    const body = await c.req.parseBody();
    const text = (name: string): string => (typeof body[name] === 'string' ? body[name] : '');
    return { name: text('name').trim(), password: text('password'), next: safeNext(text('next')) };
  }

  app.post('/login', async (c) => {
    perAddress(c.get('address'));
    const { name, password, next } = await fields(c);
    perName(name.slice(0, 64));
    const user = access.current().users.find((one) => one.name === name);
    const right = await verifyPassword(password.slice(0, 1000), user?.password ?? undefined);
    if (!user || !right) {
      // A name that nobody has may be a password typed into the wrong field: it is not written down.
      const known = user ? { name: user.name, role: user.role } : { name: '', role: '' };
      await audit.record({ ...known, via: 'session' }, 'sign-in-failed', '');
      logger.warn({ address: c.get('address') }, 'somebody failed to sign in');
      const shown = personName.safeParse(name).success ? name : '';
      return c.html(form(next, 'Name and password do not go together.', shown), 401);
    }
    await audit.record({ name: user.name, role: user.role, via: 'session' }, 'sign-in', '');
    sessions.begin(c, user);
    return c.redirect(next, 303);
  });

  app.post('/logout', async (c) => {
    const person = sessions.end(c);
    if (person) await audit.record(person, 'sign-out', '');
    return c.redirect('/login', 303);
  });
  return app;
}
