// The address of a cell in a link: platform/allocator/pattern/size, each part percent-encoded.

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

export function encodePart(text) {
  return encodeURIComponent(String(text).replace(LONE_SURROGATE, "\ufffd"));
}

// undefined when `text` is no percent-encoding.
export function decodePart(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

export function cellPath({ platform, allocator, pattern, size_bytes: sizeBytes }) {
  return [platform, allocator, pattern, sizeBytes].map(encodePart).join("/");
}

// The same path in the form that cellPath gives, whatever its author left unencoded; null when it is none.
export function normalisePath(path) {
  const parts = path.split("/").map(decodePart);
  return parts.length === 4 && parts.every((part) => part !== undefined) ? parts.map(encodePart).join("/") : null;
}
