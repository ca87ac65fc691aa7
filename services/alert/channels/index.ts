import { alertmanagerConfig, type AlertmanagerConfig, createAlertmanager } from './alertmanager.ts';
import type { Channel, ChannelDeps } from './channel.ts';
import { createEmail, type EmailConfig, emailConfig } from './email.ts';
import { createPagerDuty, type PagerDutyConfig, pagerDutyConfig } from './pagerduty.ts';
import { createSlack, type SlackConfig, slackConfig } from './slack.ts';
import { createTeams, type TeamsConfig, teamsConfig } from './teams.ts';
import { createWebhook, type WebhookConfig, webhookConfig } from './webhook.ts';

/** The schema of each driver's settings. */
export const channelConfigs = [
  webhookConfig,
  slackConfig,
  teamsConfig,
  pagerDutyConfig,
  emailConfig,
  alertmanagerConfig,
] as const;

export type ChannelConfig =
  | WebhookConfig
  | SlackConfig
  | TeamsConfig
  | PagerDutyConfig
  | EmailConfig
  | AlertmanagerConfig;

type Driver = ChannelConfig['driver'];
type Create<D extends Driver> = (config: Extract<ChannelConfig, { driver: D }>, deps: ChannelDeps) => Channel;

/** Drivers by name. */
export const channels: { readonly [D in Driver]: Create<D> } = {
  webhook: createWebhook,
  slack: createSlack,
  teams: createTeams,
  pagerduty: createPagerDuty,
  email: createEmail,
  alertmanager: createAlertmanager,
};

/** The channel of some settings. */
export function createChannel<D extends Driver>(
  config: Extract<ChannelConfig, { driver: D }>,
  deps: ChannelDeps,
): Channel {
  return channels[config.driver](config, deps);
}
