/** A goroutine's function could not be imported from its module in the isolate that was to run it. */
export class GoImportError extends Error {
  override readonly name = 'GoImportError';
  /** Stable, for programs. */
  readonly code = 'ERR_GO_IMPORT';
  /** The module. */
  readonly url: string;
  /** The export that was looked for. */
  readonly export: string;

  constructor(url: string, name: string, problem: string, options?: ErrorOptions) {
    super(`cannot import '${name}' from ${url}: ${problem}`, options);
    this.url = url;
    this.export = name;
  }
}
