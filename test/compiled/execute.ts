import type * as Core from '@cotangent/core'
import type { Tensor } from '@cotangent/core'
import { interpreted } from '../../packages/core/test/backends/interpreted'
import type { Tally } from './tally'

type Any = (...args: any[]) => any

export const tally: Tally = { compiled: 0, repeated: 0, plain: 0 }

/** How often one function is compiled for arguments of the same types: again after it has been seen to work. */
const timesEach = 3

/** Programs of ops that are kept. */
const programsKept = 500

/** Executes calls of public functions compiled as well, and holds the results to each other. */
export class Execution {
  readonly #times = new Map<string, number>()
  readonly #programs = new Map<string, Any>()
  #isInside = false

  constructor(private readonly core: typeof Core) {}

  /** An op: compiled once for each type of its arguments, and executed at every call. */
  op(name: string, plain: Any): Any {
    return (...args) => this.#call(name, plain, args, (key) => this.#programOf(`${name} ${key}`, plain))
  }

  /** A function that may capture anything: compiled anew at each call, a few times for each type of its arguments. */
  once(name: string, plain: Any, source: unknown): Any {
    return (...args) =>
      this.#call(name, plain, args, (key) => {
        const text = `${name} ${String(source)} ${key}`
        const times = this.#times.get(text) ?? 0
        this.#times.set(text, times + 1)
        return times < timesEach ? this.core.compile(plain, { retrace: false }) : null
      })
  }

  #programOf(key: string, plain: Any): Any {
    let program = this.#programs.get(key)
    if (program === undefined) {
      if (this.#programs.size >= programsKept) this.#programs.clear()
      this.#programs.set(key, (program = this.core.compile(plain, { retrace: false })))
    }
    return program
  }

  /** What happens inside a call, its trace included, is left to that call. */
  #call(name: string, plain: Any, args: unknown[], compiledFor: (key: string) => Any | null): unknown {
    const leaves = this.#isInside ? null : this.#concrete(args)
    if (leaves === null) return plain(...args)
    this.#isInside = true
    try {
      const expected: unknown = interpreted(() => plain(...args) as unknown)
      const compiled = compiledFor(keyOf(args, leaves, this.core))
      if (compiled === null) {
        tally.repeated++
        return expected
      }
      return this.#compare(name, expected, leaves, () => compiled(...args) as unknown)
    } finally {
      this.#isInside = false
    }
  }

  /** The tensors in the arguments, where there are some and all have values that no transform follows. */
  #concrete(args: unknown[]): readonly Tensor[] | null {
    try {
      const { leaves } = this.core.flatten(args)
      // In a derivative rule, this throws.
      leaves.forEach(({ data }) => data)
      return leaves.length > 0 && leaves.every((leaf) => leaf.producer === null && !leaf.isSymbolic) ? leaves : null
    } catch {
      return null
    }
  }

  #compare(name: string, expected: unknown, given: readonly Tensor[], run: () => unknown): unknown {
    // In the body of a loop or branch, ops on tensors from outside are recorded: there is no value to compare.
    if (this.core.flatten(expected).leaves.some(({ isSymbolic }) => isSymbolic)) return expected
    let result: unknown
    try {
      result = run()
    } catch (error) {
      const { CotangentError, TraceError } = this.core
      const isWriting = error instanceof CotangentError && error.code === 'argument-mutated'
      if (!(error instanceof TraceError) && !isWriting) throw error
      tally.plain++
      return expected
    }
    const [wanted, got] = [expected, result].map((each) => this.core.flatten(each).leaves.map(bitsOf))
    wanted.forEach((bits, i) => {
      if (bits !== got[i]) throw new Error(`[compiled] ${name} gives ${got[i]}, expected ${bits}`)
    })
    tally.compiled++
    // Where an argument comes back, it is the very tensor that the test may look for.
    return this.core.flatten(expected).leaves.some((leaf) => given.includes(leaf)) ? expected : result
  }
}

/** Types of tensors and all that is no tensor, as text. */
function keyOf(args: unknown[], leaves: readonly Tensor[], { Tensor }: typeof Core): string {
  return JSON.stringify(args, (_, value: unknown) => {
    if (value instanceof Tensor) return `${value.dtype}[${(value.shape as number[]).join()}] ${leaves.indexOf(value)}`
    return typeof value === 'number' || typeof value === 'function'
      ? String(Object.is(value, -0) ? '-0' : value)
      : value
  })
}

/** The type and the elements of a tensor; any NaN is as good as another. */
function bitsOf({ dtype, shape, data }: Tensor): string {
  return `${dtype}[${(shape as number[]).join()}] ${Array.from(data, (x) => (Object.is(x, -0) ? '-0' : String(x))).join()}`
}
