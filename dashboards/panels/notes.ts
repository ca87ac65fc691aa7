import { panelsOf } from '../panel.ts';

export const notePanels = panelsOf({
  id: 'about-disproportionality',
  title: 'How to read these numbers',
  question:
    'WEB-RADR found that disproportionality in social media did not predict later signals (area under the curve 0.47 to 0.53): a high value is a reason to read the posts, never a finding. People are distinct authors; a text that many pass on counts once.',
  kind: 'text',
  sql: '',
});
