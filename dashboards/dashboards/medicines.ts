import type { Dashboard } from '../dashboard.ts';

export const medicines: Dashboard = {
  id: 'medicines',
  title: 'Medicines',
  description:
    'Who names medicines and who takes them, how they are judged, and birth defects that people tell of.',
  past: '90d',
  refresh: '',
  one: [],
  rows: [
    [
      ['medicine-people', 6, 4],
      ['medicine-takers', 6, 4],
      ['medicine-harmed', 6, 4],
      ['birth-defect-people', 6, 4],
    ],
    [
      ['medicine-use', 8, 9],
      ['medicine-sentiment', 8, 9],
      ['birth-defects', 8, 9],
    ],
    [['birth-defect-examples', 24, 14]],
  ],
};
