/**
 * Loaded before a stage: the clock of its machine is set while it runs. `FAULT_CLOCK` holds the steps as
 * `after:by` in milliseconds, separated by commas.
 */
const steps = (process.env['FAULT_CLOCK'] ?? '').split(',').map((step) => step.split(':').map(Number));
const real = Date.now.bind(Date);

Date.now = () => {
  const ran = performance.now();
  return steps.reduce((now, [after = 0, by = 0]) => (ran >= after ? now + by : now), real());
};
