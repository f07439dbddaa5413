// Returns the number of shown texts, the least contrast of any of them by WCAG 2.2 (1.4.3), and its element.
// A canvas reads colours of any notation, such as those that color-mix gives.
(() => {
  const size = {width: 1, height: 1};
  const pen = Object.assign(document.createElement('canvas'), size).getContext('2d', {willReadFrequently: true});
  const read = (colour) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data];
  };
  const linear = (value) => (value /= 255) <= .04045 ? value / 12.92 : ((value + .055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);
  const ratio = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + .05) / (y + .05);
  };
  const grounds = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at), stripes = style.backgroundImage.match(/(?:rgb|oklab|color)[^)]*\)/g);
      if (stripes) return stripes.map(read);
      const colour = read(style.backgroundColor);
      if (colour[3]) return [colour];
    }
    return [[255, 255, 255]];
  };
  let least = [99, ''], texts = 0;
  for (const element of document.querySelectorAll('body *')) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!hasText || !element.checkVisibility() || ['SCRIPT', 'title'].includes(element.tagName)) continue;
    const style = getComputedStyle(element), ink = read(element.tagName === 'text' ? style.fill : style.color);
    texts += 1;
    for (const ground of grounds(element)) {
      if (ratio(ink, ground) < least[0]) least = [ratio(ink, ground), element.outerHTML.slice(0, 120)];
    }
  }
  return [texts, ...least];
})()
