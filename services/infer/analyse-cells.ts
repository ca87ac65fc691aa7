/** Lines that one record may take up before its quotation mark counts as a slip. */
const mostLines = 500;

/** Reads cells of one record of RFC 4180 that may go on over several lines. */
export function createCells(delimiter: string) {
  let cells: string[] = [];
  let cell = '';
  let inside = false;
  let lines = 0;
  return {
    /**
     * Takes the record's next line.
     * @returns the cells when the record is whole, undefined when it goes on inside quotation marks, and
     *   `unclosed` when it has gone on for so long that the mark must be a slip.
     */
    push(line: string): string[] | undefined | 'unclosed' {
      if (inside) cell += '\n';
      lines++;
      // A mark opens a quotation only at the beginning of a cell: 5" is a length.
      let start = !inside;
      for (let i = 0; i < line.length; i++) {
        const unit = line.charAt(i);
        if (inside) {
          if (unit !== '"') cell += unit;
          else if (line.charAt(i + 1) === '"') cell += line.charAt(i++);
          else inside = false;
          continue;
        }
        if (unit === delimiter) {
          cells.push(cell);
          cell = '';
          start = true;
        } else if (unit === '"' && start) {
          inside = true;
          start = false;
        } else {
          cell += unit;
          start = false;
        }
      }
      if (inside) return lines < mostLines ? undefined : 'unclosed';
      return [...cells, cell];
    },
    /** Forgets the record in hand. */
    reset(): void {
      cells = [];
      cell = '';
      inside = false;
      lines = 0;
    },
  };
}

/** Cells of a line of tab-separated values, which stay on one line; a cell in quotation marks loses them. */
export function tabbedCells(line: string): string[] {
  return line
    .split('\t')
    .map((cell) => (/^"(?:[^"]|"")*"$/.test(cell) ? cell.slice(1, -1).replaceAll('""', '"') : cell));
}
