/** Directory that holds this library's packages, found from the stack of a call made here. */
let packagesDirectory: string | undefined

function findPackagesDirectory(): string {
  const own =
    /\(?((?:file:\/\/)?[^()\s]+?)[\\/](?:src|dist)[\\/]/.exec(new Error().stack?.split('\n')[1] ?? '')?.[1] ?? ''
  return own.replace(/[\\/][^\\/]+$/, '')
}

/** Where a stack was captured, cheap until it is read: engines format `stack` on first access. */
export class CallSite {
  readonly #error = new Error()

  /** `file:line:column` of the innermost frame outside the library, if the engine tells. */
  get line(): string | undefined {
    packagesDirectory ??= findPackagesDirectory()
    for (const frame of (this.#error.stack ?? '').split('\n').slice(1)) {
      const location = /\(?((?:file:\/\/)?(?:[A-Za-z]:)?[^\s():]+:\d+:\d+)\)?$/.exec(frame)?.[1]
      if (location === undefined || location.startsWith('node:')) continue
      const rest = location.startsWith(packagesDirectory) ? location.slice(packagesDirectory.length) : ''
      if (/^[\\/](core|nn|optim|check)[\\/](src|dist)[\\/]/.test(rest) || /[\\/]@cotangent[\\/]/.test(location))
        continue
      return location.replace(/^file:\/\//, '')
    }
    return undefined
  }
}

/** ` at file:line:column`, or nothing where the engine does not tell. */
export function atUserLine(): string {
  const line = new CallSite().line
  return line === undefined ? '' : ` at ${line}`
}
