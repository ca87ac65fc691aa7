import { answeredPosts, answersOverTime, newestAnswers, type AnswerSeries } from '../answers.ts';
import { panelsOf, type Panel } from '../panel.ts';
import { postsToRead } from '../read.ts';
import { post } from './columns.ts';

const named = "medication_mention = 'yes'";
const taken = "drug_use = 'yes'";
const judged = "medication_sentiment NOT IN ('', 'none')";
const harmed = "medication_sentiment = 'serious-adverse-effect'";
const defects = "birth_defect IN ('possible-defect', 'defect')";

/** What those who judge a product by what they went through found. */
export const judgements: readonly AnswerSeries[] = [
  ['helps', 'It helps', "medication_sentiment = 'effective'"],
  ['useless', 'It does not help', "medication_sentiment = 'ineffective'"],
  ['harms', 'It did harm', harmed],
];

function stat(
  head: Pick<Panel, 'id' | 'title' | 'question' | 'unit'>,
  value: string,
  tasks: readonly string[],
  which: string,
): Panel {
  return { ...head, kind: 'stat', sql: `SELECT ${value} FROM ${answeredPosts(tasks, which)}` };
}

export const medicinePanels = panelsOf(
  stat(
    {
      id: 'medicine-people',
      title: 'People who name a medicine',
      question: 'How many people name a medicine, a vaccine or a supplement?',
      unit: 'people',
    },
    'uniqExact(person) AS people',
    ['medication_mention'],
    named,
  ),
  stat(
    {
      id: 'medicine-takers',
      title: 'People who tell of taking one',
      question: 'How many people say that they, or somebody concrete, take or took a medicine?',
      unit: 'people',
    },
    'uniqExact(person) AS people',
    ['drug_use'],
    taken,
  ),
  stat(
    {
      id: 'medicine-harmed',
      title: 'Of those who judge one, harmed',
      question:
        'Of the people who judge a product by what they went through, what share does so for what it did to the body?',
      unit: 'share',
    },
    `uniqExactIf(person, ${harmed}) / greatest(uniqExact(person), 1) AS share`,
    ['medication_sentiment'],
    judged,
  ),
  stat(
    {
      id: 'birth-defect-people',
      title: 'People who tell of a birth defect',
      question:
        'How many people say that a child of theirs has, or may have, a birth defect? No product need be named.',
      unit: 'people',
    },
    'uniqExact(person) AS people',
    ['birth_defect'],
    defects,
  ),
  answersOverTime(
    {
      id: 'medicine-use',
      title: 'Named and taken',
      question: 'Do more people name a medicine, or tell of taking one, than before?',
    },
    answeredPosts(['medication_mention', 'drug_use'], `(${named} OR ${taken})`),
    [
      ['named', 'Name one', named],
      ['taken', 'Tell of taking one', taken],
    ],
  ),
  answersOverTime(
    {
      id: 'medicine-sentiment',
      title: 'Judgement',
      question:
        'Do people judge products by what they went through as helpful, useless or harmful, and does that change?',
    },
    answeredPosts(['medication_sentiment'], judged),
    judgements,
  ),
  answersOverTime(
    {
      id: 'birth-defects',
      title: 'Birth defects',
      question: 'Do more people than before tell of a birth defect of a child of theirs, sure or suspected?',
    },
    answeredPosts(['birth_defect'], defects),
    [
      ['defect', 'Has one', "birth_defect = 'defect'"],
      ['possible', 'May have one', "birth_defect = 'possible-defect'"],
    ],
  ),
  {
    id: 'birth-defect-examples',
    title: 'Posts that tell of a birth defect',
    question: 'What do people write in their own words? These are the ones that the model is surest of.',
    kind: 'posts',
    columns: post,
    empty: 'Nobody has told of one in this time.',
    sql: postsToRead(`
  SELECT post_id, created_at AS written
  FROM ${newestAnswers(['birth_defect', 'birth_defect_p'], defects)}
  ORDER BY birth_defect_p DESC, post_id
  LIMIT 25`),
  },
);
