// Text from somebody's file, made wholly visible: what would not show, or would reorder its neighbours, is written out.

// Controls, soft hyphen, zero-width and bidirectional controls, line and paragraph separator, byte order mark, annotation
// marks, and halves of surrogate pairs.
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
// By its number, since fonts may lack the pictures of control characters.
function written(character) {
  return `\u27e8U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}\u27e9`;
}

export function visible(text) {
  return String(text).replace(UNSEEN, written);
}
