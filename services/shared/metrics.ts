import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { deadLetterReasons, dropReasons } from '../../schemas/flow.ts';

/**
 * Every metric of the process, and the only place that knows their names. Labels are of low cardinality:
 * stages, configured sources, topics, closed lists of reasons. No ids, no text, no names of people.
 */
export function createMetrics(sources: readonly string[] = []) {
  const registry = new Registry();
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name: `vigilstream_${name}`, help, labelNames, registers: [registry] });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge({ name: `vigilstream_${name}`, help, labelNames, registers: [registry] });
  const histogram = <L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    buckets: number[],
  ) => new Histogram({ name: `vigilstream_${name}`, help, labelNames, buckets, registers: [registry] });

  const metrics = {
    registry,
    read: counter('ingest_records_read_total', 'Records read from a source', ['source']),
    accepted: counter('ingest_posts_accepted_total', 'Posts appended to the log', ['source']),
    deletions: counter('ingest_deletions_total', 'Deletion notices appended to the log', ['source']),
    dropped: counter('dropped_total', 'Records left out on purpose, by reason', [
      'stage',
      'source',
      'reason',
    ]),
    deadLettered: counter('dead_letters_total', 'Records that could not be used, by reason', [
      'stage',
      'reason',
    ]),
    sourceLast: gauge('source_last_record_timestamp_seconds', 'When a source last delivered a record', [
      'source',
    ]),
    appended: counter('log_records_appended_total', 'Records appended to the log', ['topic']),
    consumed: counter('log_records_consumed_total', 'Records handed to a consumer group', ['topic', 'group']),
    missed: counter(
      'log_records_missed_total',
      'Records that retention removed before a consumer group had read them',
      ['topic', 'group'],
    ),
    lag: gauge('kafka_consumergroup_lag', 'Records behind the end of a partition', [
      'topic',
      'partition',
      'group',
    ]),
    processed: counter('stage_posts_total', 'Posts that a stage has finished', ['stage']),
    gate: counter('gate_posts_total', 'Posts by verdict of the gate', ['verdict']),
    batchSeconds: histogram(
      'infer_batch_seconds',
      'Time of one model run',
      [],
      [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2],
    ),
    batchTokens: histogram(
      'infer_batch_tokens',
      'Padded tokens of one model run',
      [],
      [256, 512, 1024, 2048, 4096, 8192],
    ),
    positives: counter('findings_total', 'Posts for which a task answered its positive label', ['task']),
    inserted: counter('store_rows_inserted_total', 'Rows acknowledged by the database', ['table']),
    insertSeconds: histogram(
      'store_insert_seconds',
      'Time of one insert',
      ['table'],
      [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    ),
    databaseDown: gauge(
      'store_database_down',
      'Whether inserts are waiting for the database (1) or not (0)',
      [],
    ),
    endpoint: counter('endpoint_queries_total', 'Queries to the read-only endpoint, by outcome', ['outcome']),
    scanSeconds: gauge('signal_scan_seconds', 'Time that the last scan of all pairs took', []),
    scanPairs: gauge('signal_scan_pairs', 'Pairs of product and reaction in the last scan', []),
    signals: counter('signals_detected_total', 'Signals that the scans have detected', []),
    alerts: counter('alerts_total', 'Alerts that rules have raised, by severity', ['severity']),
    alertRuleFailures: counter(
      'alert_rule_failures_total',
      'Looks at a rule that failed or did not see everything',
      [],
    ),
    alertDeliveries: counter('alert_deliveries_total', 'Attempts to send an alert, by channel and outcome', [
      'channel',
      'outcome',
    ]),
    endToEnd: histogram(
      'end_to_end_seconds',
      'From acceptance of a post to its row in the store',
      [],
      [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300],
    ),
  };
  for (const source of sources) {
    for (const reason of dropReasons) metrics.dropped.inc({ stage: 'ingest', source, reason }, 0);
  }
  for (const reason of deadLetterReasons) metrics.deadLettered.inc({ stage: 'ingest', reason }, 0);
  return metrics;
}

export type Metrics = ReturnType<typeof createMetrics>;
