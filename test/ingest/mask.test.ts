import { array, assert, constantFrom, oneof, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mask } from '../../services/ingest/mask.ts';

/** Text, and what it becomes; null for text that stays as it is. */
const cases: readonly (readonly [string, string | null])[] = [
  // handles
  ['thanks @maria_k for the tip', 'thanks @user for the tip'],
  ['@a @b @c hello', '@user @user @user hello'],
  ['.@drsmith says rest', '.@user says rest'],
  ['RT @pharma_watch: new label', 'RT @user: new label'],
  ['cc @jürgen and @花子', 'cc @user and @user'],
  ['hi @name@instance.social, how are you?', 'hi @user, how are you?'],
  ['@someone.bsky.social same here', '@user same here'],
  ['ask @anna-lena.example.org.', 'ask @user.'],
  ['from ＠fullwidth with love', 'from @user with love'],
  ['(@nurse)', '(@user)'],
  ['word@handle glued', 'word@user glued'],
  ['@nurse.She said no', '@user.She said no'],
  ['see u/some_redditor or /u/other-one!', 'see @user or @user!'],
  ['my profile is jane.bsky.social now', 'my profile is @user now'],
  ['r/depression helped', null],
  ['I woke @ 3 and again @5am', null],
  ['meet @ home', null],
  ['@8:30 every day', null],
  // addresses
  ['write to jo.doe+med@mail.example.org please', 'write to [email] please'],
  ['mail: info@praxis-müller.de!', 'mail: [email]!'],
  ['A.B@c.io,D@e.co', '[email],[email]'],
  // links
  ['look https://example.org/a?b=c#d now', 'look [link] now'],
  ['(see http://www.example.co.uk/x).', '(see [link]).'],
  ['www.example.com is down', '[link] is down'],
  ['pic.twitter.com/abcDEF', '[link]'],
  ['bit.ly/3xYz and example.org', '[link] and [link]'],
  ['https://example.org/@name/123', '[link]'],
  ['ftp://files.example.net/list', '[link]'],
  ['pain.The doctor said e.g. rest', null],
  ['it hurts.So much', null],
  ['took it.me too', null],
  ['version 2.5.1 of the app', null],
  // telephone numbers
  ['call +1 (555) 123-4567 today', 'call [phone] today'],
  ['+49 170 1234567', '[phone]'],
  ['(020) 7946 0958', '[phone]'],
  ['555-123-4567 or 555.123.4567', '[phone] or [phone]'],
  ['ring 06 12 34 56 78', 'ring [phone]'],
  ['my number is 5551234567', 'my number is [phone]'],
  ['text 867-5309', 'text [phone]'],
  ['whatsapp: 030 1234 5678', 'whatsapp: [phone]'],
  ['1-800-555-0199', '[phone]'],
  // ... whatever the words beside them look like
  ['call me at 555-123-4567 days or evenings', 'call me at [phone] days or evenings'],
  ['text +1 555 123 4567 k thanks', 'text [phone] k thanks'],
  ['ring 020 7946 0958 am I right', 'ring [phone] am I right'],
  ['020 7946 0958 months later', '[phone] months later'],
  ['my number is (555) 123-4567 x 22', 'my number is [phone] x 22'],
  ['WhatsApp+15551234567 for pills', 'WhatsApp[phone] for pills'],
  ['Tel5551234567', 'Tel[phone]'],
  ['call 867-5309 days', 'call [phone] days'],
  ['555-123-4567x22 and 555-123-4567to book', '[phone]x22 and [phone]to book'],
  ['me555-123-4567, _555-123-4567_', 'me[phone], _[phone]_'],
  // ... and whatever digits follow
  ['555-123-4567 24/7', '[phone] 24/7'],
  ['(555) 123-4567 (555) 123-4568', '[phone] [phone]'],
  ['+44 7911 123456 07911 123457', '[phone] [phone]'],
  // what is not to be destroyed
  ['5mg twice, then 12.5 mg, 1,000 IU', null],
  ['COVID-19 and mRNA-1273 and H1N1', null],
  ['born 1987-05-21, ill 03/04/2021 and 12.03.2021', null],
  ['at 10:30 or 22:15:00', null],
  ['2019-2020 season', null],
  ['2021-03-04 10:30:00', null],
  ['120/80 and then 145/95 mmHg', null],
  ['1 234 567 people, 1.234.567 people', null],
  ['7800000000 people on earth', null],
  ['$1234567890 fine', null],
  ['lot EW0182 and NCT04368728, PMID 33301246', null],
  ['ISBN 9783161484100', null],
  ['10 20 30 40 50 mg', null],
  ['take 1-2 every 4-6 hours', null],
  ['100-200 mg', null],
  ['gabapentin 300-600-1200mg, later 100-225-3000 units', null],
  ['300 600 1200 1800 and 100 200 1000 steps', null],
  ['text 250-1250 mg', null],
  ['at 0815 1415 2230 hrs, or 08 12 16 20 22 hours', null],
  ['cell count 4500000/ml, 4500000 /mm3', null],
  ['gained +1500000 followers, +100000000 points', null],
  ['+1 234 567 people', null],
  ['(2021) 3456 patients', null],
  ['call 1500000 people', null],
  ['call about lot EW0182345', null],
  ['NDC0002-1433-80', null],
  ['7812345678 people', null],
  ['#1 cause, 50% of 2,000,000', null],
  ['CHA2DS2-VASc 3; A1c 7.2; 98.6F', null],
  ['week 38 + 4 days', null],
  ['3.14159265358', null],
];

test.each(cases)('%s', (text, expected) => {
  expect(mask(text).text).toBe(expected ?? text);
});

describe('links', () => {
  test.each([
    ['https://www.Example.org/a and http://t.co/x', ['example.org', 't.co']],
    ['https://someone.tumblr.com/post/1', ['tumblr.com']],
    ['https://user:secret@example.net:8080/x', ['example.net']],
    ['nothing here', []],
    ['jane.bsky.social', []],
  ])('domains of %s', (text, domains) => {
    expect(mask(text).links).toEqual(domains);
  });
});

const pieces = oneof(
  constantFrom(
    '@',
    '＠',
    '.',
    ':',
    '//',
    'www.',
    'http://',
    'a@b.de',
    '@x',
    'u/ab',
    '+',
    '(',
    ')',
    '-',
    ' ',
    '1',
    '23',
    '0',
    '\n',
    '😀',
    'ß',
    '@user',
    '[link]',
  ),
  string({ unit: 'binary', maxLength: 6 }),
);
const texts = array(pieces, { maxLength: 40 }).map((parts) => parts.join(''));

test('no handle and no address is left in any text', () => {
  assert(
    property(texts, (text) => {
      const masked = mask(text).text;
      const rest = masked.replaceAll('@user', '\u0000');
      expect(rest).not.toMatch(/[@＠][\p{L}_]/u);
      expect(rest).not.toMatch(/[\p{L}\p{N}]@[\p{L}\p{N}-]+\.\p{L}{2}/u);
      expect(rest).not.toMatch(/https?:\/\/[\p{L}\p{N}]/iu);
    }),
    { numRuns: 3000 },
  );
});

test.each([
  'a',
  '@',
  'a@',
  '1',
  '1 ',
  '1-',
  '(',
  '+1',
  'a.',
  'www.',
  '://',
  'a.b@',
  'u/',
  '＠',
  '\uD800',
  'é.',
])('time is not quadratic in the length of %j repeated', (unit) => {
  const text = unit.repeat(Math.ceil(400_000 / unit.length));
  const before = process.cpuUsage();
  mask(text);
  const { user } = process.cpuUsage(before);
  // A linear pass takes well under half a second of processor time, a quadratic one minutes.
  expect(user / 1e6).toBeLessThan(5);
});
