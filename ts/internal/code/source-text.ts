/** A place in a text. Both count from 0. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What ECMAScript, and so V8 and acorn, take for the end of a line. */
const LINE_BREAK = /\r\n?|[\n\u2028\u2029]/g;

/** Line and column of an offset. */
export function positionAt(text: string, offset: number): Position {
  let line = 0;
  let start = 0;
  for (const match of text.slice(0, offset).matchAll(LINE_BREAK)) {
    line++;
    start = match.index + match[0].length;
  }
  return { line, column: offset - start };
}

/** The offset of a line and column. */
export function offsetAt(text: string, { line, column }: Position): number {
  if (line === 0) return column;
  let n = 0;
  for (const match of text.matchAll(LINE_BREAK)) {
    if (++n === line) return match.index + match[0].length + column;
  }
  return text.length;
}

/** Where `inner`, a place inside a piece of text, lies once the piece is put at `outer`. */
export function shift(outer: Position, inner: Position): Position {
  return {
    line: outer.line + inner.line,
    column: inner.line === 0 ? outer.column + inner.column : inner.column,
  };
}

/** Replaces a stretch by text padded to the same length; line breaks stay where they are. */
export function overwrite(text: string, start: number, end: number, by: string): string {
  const rest = text.slice(start + by.length, end).replace(/[^\r\n\u2028\u2029]/g, ' ');
  return text.slice(0, start) + by + rest + text.slice(end);
}
