import { panelsOf } from '../panel.ts';

export const notePanels = panelsOf({
  id: 'about-disproportionality',
  title: 'How to read these numbers',
  question:
    'WEB-RADR found that disproportionality in social media did not predict later signals (area under the curve 0.47 to 0.53): read a high value as a reason to read the posts, never as a finding. People are distinct authors, and a text that many pass on counts once.',
  kind: 'text',
  sql: '',
});
