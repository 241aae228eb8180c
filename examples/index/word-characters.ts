const UNKNOWN = 0;
const SEPARATOR = 1;
const WORD = 2;

/** Letters, digits, and the marks that combine with them. */
const WORD_CHARACTER = /[\p{L}\p{N}\p{M}]/u;

/** What each UTF-16 code unit is, found out with the (slow) expression the first time it is met. */
const kinds = new Uint8Array(0x10000);
// Surrogates count as word characters: the planes above the basic one hold scripts more often than
// punctuation, and pairs are then never cut.
kinds.fill(WORD, 0xd800, 0xe000);

function isWordUnit(unit: number): boolean {
  if (kinds[unit] === UNKNOWN) {
    kinds[unit] = WORD_CHARACTER.test(String.fromCharCode(unit)) ? WORD : SEPARATOR;
  }
  return kinds[unit] === WORD;
}

/** The words of a text in any script, in order. */
export function* wordsOf(text: string): Generator<string, void, void> {
  let start = -1;
  for (let at = 0; at <= text.length; at++) {
    const isWord = at < text.length && isWordUnit(text.charCodeAt(at));
    if (isWord && start < 0) start = at;
    if (isWord || start < 0) continue;
    yield text.slice(start, at);
    start = -1;
  }
}
