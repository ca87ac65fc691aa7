import type { ConsoleDeps } from '../deps.ts';
import type { ApiConfig } from './api-config.ts';
import { alertingRoutes } from './alerting.ts';
import { auditRoutes } from './audit.ts';
import { liveRoutes } from './live.ts';
import { panelRoutes } from './panels.ts';
import { postRoutes } from './posts.ts';
import type { Route } from './route.ts';
import { settingsRoutes } from './settings.ts';
import { signalRoutes } from './signals.ts';
import { stateRoutes } from './state.ts';
import { subjectRoutes } from './subjects.ts';
import { viewRoutes } from './views.ts';

/** Every route of the API; the document of the API is made from the same list. */
export function apiRoutes(config: ApiConfig, deps: ConsoleDeps): Route[] {
  return [
    ...postRoutes(config, deps),
    ...subjectRoutes(config, deps),
    ...signalRoutes(deps),
    ...panelRoutes(deps),
    ...alertingRoutes(deps),
    ...viewRoutes(deps),
    ...stateRoutes(deps),
    ...liveRoutes(config, deps),
    ...settingsRoutes(deps),
    ...auditRoutes(deps),
  ];
}
