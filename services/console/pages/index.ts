import type { Hono } from 'hono';
import type { ApiConfig } from '../api/api-config.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { Env } from '../env.ts';
import { alertPage } from './alert.ts';
import { alertsPage } from './alerts.ts';
import { auditPage } from './audit.ts';
import { channelsPage } from './channels.ts';
import { listPage } from './lists.ts';
import { modelsPage } from './models.ts';
import { postPage } from './post.ts';
import { postsPage } from './posts.ts';
import { pairPage } from './pair.ts';
import { rulePage } from './rule.ts';
import { rulesPage } from './rules.ts';
import { settingsPage } from './settings.ts';
import { signalPage } from './signal.ts';
import { signalsPage } from './signals.ts';
import { silencesPage } from './silences.ts';
import { sourcesPage } from './sources.ts';
import { subjectPage } from './subject.ts';
import { todayPage } from './today.ts';
import { topicPage } from './topic.ts';

/** Every page of the console, in the order of the navigation. */
export const pages: readonly ((deps: ConsoleDeps, config: ApiConfig) => Hono<Env>)[] = [
  todayPage,
  (deps) => listPage('product', deps),
  (deps) => subjectPage('product', deps),
  pairPage,
  (deps) => listPage('reaction', deps),
  (deps) => subjectPage('reaction', deps),
  (deps) => topicPage('medicines', deps),
  (deps) => topicPage('vaccines', deps),
  signalsPage,
  signalPage,
  postsPage,
  postPage,
  sourcesPage,
  modelsPage,
  alertsPage,
  rulesPage,
  rulePage,
  channelsPage,
  silencesPage,
  // After the others: it takes what they leave under /alerts/.
  alertPage,
  settingsPage,
  auditPage,
];
