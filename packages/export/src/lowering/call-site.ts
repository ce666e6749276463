/** The path of a call site, `file:line:column`, in parts. */
export interface CallSitePath {
  readonly file: string
  readonly line: number
  readonly column: number
}

/**
 * A call site with its file relative to a root. A file outside of the root, or of no root, is told by its base name, so
 * that nothing that is written tells where the root is. Undefined if `text` is no call site.
 */
export function callSiteWithin(root: string | undefined, text: string): CallSitePath | undefined {
  const found = /^(.*):(\d+):(\d+)$/.exec(text)
  if (found === null) return undefined
  const [, path, line, column] = found
  return { file: relative(root, slashed(path)), line: Number(line), column: Number(column) }
}

function relative(root: string | undefined, file: string): string {
  const folder = root === undefined ? undefined : `${slashed(root).replace(/\/+$/, '')}/`
  const isInside = folder !== undefined && file.startsWith(folder) && !file.includes('/../')
  return isInside ? file.slice(folder.length) : file.slice(file.lastIndexOf('/') + 1)
}

const slashed = (path: string) => path.replaceAll('\\', '/')
