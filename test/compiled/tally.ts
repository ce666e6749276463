/** What became of the calls of public functions in the compiled run. */
export interface Tally {
  /** Executed as WebAssembly, and equal to the function itself in every bit. */
  compiled: number
  /** Not executed again, because the same function was on the same types. */
  repeated: number
  /** Run as they are, because they cannot be traced. */
  plain: number
}

declare module 'vitest' {
  interface ProvidedContext {
    /** The file to which each test file appends its tally. */
    tally: string
  }
}
