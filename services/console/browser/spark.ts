const width = 120;
const height = 28;

/** Draws the values, oldest first, as a line over a filled area. */
export function drawSpark(svg: SVGElement, values: readonly number[], capacity: number): void {
  const top = Math.max(1, ...values);
  const points = values.map((value, index) => {
    const x = ((capacity - values.length + index) / (capacity - 1)) * width;
    return `${x.toFixed(1)},${(height - 1 - (value / top) * (height - 3)).toFixed(1)}`;
  });
  const shape = (name: string, at: string): SVGElement => {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name);
    made.setAttribute('points', at);
    return made;
  };
  const first = points[0]?.split(',')[0] ?? '0';
  svg.replaceChildren(
    shape('polygon', `${first},${height} ${points.join(' ')} ${width},${height}`),
    shape('polyline', points.join(' ')),
  );
}
