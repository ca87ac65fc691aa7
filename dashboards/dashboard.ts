/** A panel and its size: columns of a grid of 24, and rows of 30 pixels. */
export type Tile = readonly [panel: string, width: number, height: number];

/** A dashboard: which panels, in rows from the top, and what can be chosen on it. */
export type Dashboard = {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** Stretch of time before anybody has chosen, back from now: `30d`, `24h`. */
  readonly past: string;
  /** How often Grafana asks again; empty for never. */
  readonly refresh: string;
  /**
   * Variables of which exactly one value is looked at, and others of which any number is. What can be chosen
   * on a dashboard follows from its panels.
   */
  readonly one: readonly string[];
  readonly rows: readonly (readonly Tile[])[];
};
