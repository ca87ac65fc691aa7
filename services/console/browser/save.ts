/** Downloads that are made in the page. */

function save(url: string, name: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
}

export function saveText(text: string, name: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  save(url, name);
  URL.revokeObjectURL(url);
}

/** A canvas on the page's own background, so that the picture can be read wherever it is put. */
export function savePng(canvas: HTMLCanvasElement, name: string): void {
  const copy = document.createElement('canvas');
  copy.width = canvas.width;
  copy.height = canvas.height;
  const context = copy.getContext('2d');
  if (!context) return;
  context.fillStyle = getComputedStyle(document.querySelector('.card') ?? document.body).backgroundColor;
  context.fillRect(0, 0, copy.width, copy.height);
  context.drawImage(canvas, 0, 0);
  save(copy.toDataURL('image/png'), name);
}
