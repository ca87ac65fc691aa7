import { expect, test } from 'vitest';
import { isAdvert } from '../../services/ingest/advert.ts';
import { mask } from '../../services/ingest/mask.ts';

test.each<[string, boolean]>([
  ['Buy montelukast online, no prescription needed https://example.com/x #deal', true],
  ['Telehealth semaglutide prescriptions in 5 minutes!! https://example.org', true],
  ['30% off all vitamins this weekend at our shop https://shop.example.net', true],
  ['Use code HAPPY20 for your first month https://example.com', true],
  [
    'Did you take naproxen and get an ulcer? You may be entitled to compensation. Call +1 202 555 0143 now',
    true,
  ],
  ['Struggling with acne? Ask about isotretinoin at our clinic. DM us https://example.com', true],
  ['Today only: aleve -20% at BrightCart https://example.com', true],
  ['we ship modafinil anywhere, best prices, ask at pills@example.com', true],
  ['genuine pills in stock, $40 a pack, call +1 202 555 0143', true],
  ['Discreet shipping, order today: https://example.com/abc', true],
  ['so proud to work with this brand, my honest review https://example.com #ad', true],
  // An offer that nobody can take up, and people who talk about buying.
  ['buy now, pay later is how I got my inhaler and it still made me dizzy', false],
  ['got it without a prescription abroad and had a rash for days', false],
  ['ordered these from an online pharmacy, vomited all night https://example.com/my-blog', false],
  ['the new inhaler is $300 now, this is the article https://example.com/news', false],
  ['my side effects list is here https://example.com/thread', false],
  ['100% sure it was the vaccine, see https://example.org', false],
  ['', false],
])('%s: %s', (text, expected) => {
  const masked = mask(text);
  expect(isAdvert(masked.text, masked.links)).toBe(expected);
});

test('a link that only the platform states is a way to take up an offer', () => {
  expect(isAdvert('Shop now and save', ['example.com'])).toBe(true);
  expect(isAdvert('Shop now and save', [])).toBe(false);
});

test('time grows with the length of the text and no faster', () => {
  const time = (text: string): number => {
    const began = performance.now();
    for (let round = 0; round < 5; round++) isAdvert(text, ['example.com']);
    return performance.now() - began;
  };
  const texts = ['buy a b c ', 'no no no ', '9 9% 9', '$ $ $', 'limited '];
  for (const part of texts) {
    time(part.repeat(2000));
    const short = time(part.repeat(2000));
    expect(time(part.repeat(16_000)), part).toBeLessThan(Math.max(100, short * 40));
  }
});
