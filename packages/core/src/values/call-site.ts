/** The directory of this library's packages, found from the stack of a call in this file. */
let packagesDirectory: string | undefined

function findPackagesDirectory(): string {
  const own =
    /\(?((?:file:\/\/)?[^()\s]+?)[\\/](?:src|dist)[\\/]/.exec(new Error().stack?.split('\n')[1] ?? '')?.[1] ?? ''
  return own.replace(/[\\/][^\\/]+$/, '')
}

/** More frames than the library puts between a user's call and the recording. V8 keeps ten by default. */
const frames = 40

/** An error whose stack reaches the user's frames, however many library frames are above them. */
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

/** `file:line:column` of a line of a stack, if the engine reports it. */
function locationIn(frame: string): string | undefined {
  const location = /\(?((?:file:\/\/)?(?:[A-Za-z]:)?[^\s():]+:\d+:\d+)\)?$/.exec(frame)?.[1]
  return location?.startsWith('node:') === true ? undefined : location
}

/** Whether a location is in a package of this library. */
function isOfLibrary(location: string): boolean {
  packagesDirectory ??= findPackagesDirectory()
  const rest = location.startsWith(packagesDirectory) ? location.slice(packagesDirectory.length) : ''
  return /^[\\/][\w-]+[\\/](src|dist)[\\/]/.test(rest) || /[\\/]@cotangent[\\/]/.test(location)
}

/** Whether code of this library threw something, and not a function of the user's that it called. */
export function isThrownByLibrary(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false
  const innermost = (thrown.stack ?? '')
    .split('\n')
    .map(locationIn)
    .find((location) => location !== undefined)
  return innermost !== undefined && isOfLibrary(innermost)
}

let labels: readonly unknown[] = []

/** Runs `body`. The call sites in it have the label. */
export function withLabel<T>(label: unknown, body: () => T): T {
  const before = labels
  labels = [...labels, label]
  try {
    return body()
  } finally {
    labels = before
  }
}

/** A captured stack. It is cheap until it is read, because engines format `stack` on first access. */
export class CallSite {
  readonly #error = captured()

  /** The labels of the calls of `labelled` around it, outermost first. */
  readonly labels: readonly unknown[] = labels

  /** `file:line:column` of the innermost frame outside the library, if the engine reports it. */
  get line(): string | undefined {
    for (const frame of (this.#error.stack ?? '').split('\n').slice(1)) {
      const location = locationIn(frame)
      if (location === undefined || isOfLibrary(location)) continue
      return location.replace(/^file:\/\//, '')
    }
    return undefined
  }
}

/** ` at file:line:column`; empty if the engine does not report it. */
export function atUserLine(): string {
  const line = new CallSite().line
  return line === undefined ? '' : ` at ${line}`
}
