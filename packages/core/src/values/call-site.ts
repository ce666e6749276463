/** Directory that holds this library's packages, found from the stack of a call made here. */
let packagesDirectory: string | undefined

function findPackagesDirectory(): string {
  const own =
    /\(?((?:file:\/\/)?[^()\s]+?)[\\/](?:src|dist)[\\/]/.exec(new Error().stack?.split('\n')[1] ?? '')?.[1] ?? ''
  return own.replace(/[\\/][^\\/]+$/, '')
}

/** More frames than the library puts between a call of the user's and what is recorded; V8 keeps ten by default. */
const frames = 40

/** An error with the frames of the user, however many of the library's are above them. */
function captured(): Error {
  const limits = Error as { stackTraceLimit?: number }
  const before = limits.stackTraceLimit
  if (before === undefined || before >= frames) return new Error()
  limits.stackTraceLimit = frames
  try {
    return new Error()
  } finally {
    limits.stackTraceLimit = before
  }
}

/** Where a stack was captured, cheap until it is read: engines format `stack` on first access. */
export class CallSite {
  readonly #error = captured()

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
