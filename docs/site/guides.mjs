// A guide is called what its first heading says; TypeDoc would call it after its file.

import { Converter } from 'typedoc';

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    const [first] = document.content;
    const heading = /^# (.+)\n+/.exec(first?.text ?? '');
    if (heading === null) return;
    document.name = heading[1];
    first.text = first.text.slice(heading[0].length);
  });
}
