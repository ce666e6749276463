import { TraceError, ValueError } from '../errors'
import { nodeOf } from '../recording/node'
import { observing } from '../recording/observer'
import type { Graph } from '../graph/graph'
import { callTraced, traceLeaves } from '../graph/trace'
import { checkArguments } from '../arguments/arguments'
import { callPlain, onCopies } from '../trees/mutation-guard'
import { aFunction, flag, integerFrom, listOf, transformOptions } from '../arguments/kinds'
import { formatType } from '../values/printing'
import type { Tensor } from '../values/tensor'
import { formatPath } from '../trees/places'
import { flatten } from '../trees/tree'
import { CallSite } from '../values/call-site'
import { Compiled } from './compiled-call'
import { adviceFor, describeValue, differenceOf, isSharing } from './purity/difference'
import { type Explanation, explain } from './explain'
import { rejectDifferent, rejectWritten, type Traced } from './purity/retrace'
import { type Matcher, matcherOf } from './purity/signature'

declare const console: { warn(message: string): void }
declare const performance: { now(): number }

const parameters = [
  aFunction,
  /* @__PURE__ */ transformOptions('compile', { donate: listOf(integerFrom(0)), retrace: flag }),
]

/** Signatures up to which nobody is warned. */
const manySignatures = 8

/** How many times as many calls as up to the last trace there are up to the next one. */
const retraceFactor = 4

/** Signatures whose programs are kept; beyond, the one that was used longest ago goes. */
const keptSignatures = 64

/** Options of `compile`. */
export interface CompileOptions {
  /**
   * Arguments whose tensors are not used after the call: their memory is used again without saving their elements. Reading a
   * donated tensor is a ValueError.
   */
  readonly donate?: readonly number[]
  /**
   * Whether the second call of each signature traces again to see that the function depends on its arguments alone, and so do
   * the 8th, the 32nd and so on; true.
   */
  readonly retrace?: boolean
}

/** A compiled function: it takes and gives what the function does. */
export type CompiledFunction<F> = F & {
  /** What became of the function for arguments such as these: every stage can be printed. Nothing is run. */
  explain(...args: F extends (...args: infer Args) => unknown ? Args : never): Explanation
}

/** The program for one signature. */
interface Entry {
  readonly matches: Matcher
  readonly traced: Traced
  readonly compiled: Compiled
  /** Positions among the inputs of what is donated. */
  readonly donated: readonly number[]
  readonly milliseconds: number
  calls: number
  /** How many calls there are before one that traces again. */
  nextTrace: number
}

/**
 * The same function, traced once for each signature of its arguments, fused and run as WebAssembly: every bit of the result is
 * that of the function itself. A signature is the structure of the arguments with the shapes and dtypes of their tensors and
 * all that is not a tensor; a `number` is a part of it, a tensor is not.
 *
 * Results stay in the program's memory until they are read or the memory is needed again. Passed to the next call, they are
 * not copied: parameters and optimizer state cost nothing to hand over. Inside a transform the call is one region of the
 * graph, as a checkpoint is, and its derivatives are compiled as well; a region adds up its own cotangents before those of
 * other users of its inputs.
 *
 * @throws TraceError where `f` reads the value of a tensor, depends on something besides its arguments (found when it is traced
 * again), or captures a tensor that a transform follows; ValueError where it writes to its arguments, or where a donated tensor is
 * used again.
 */
// A signature as the constraint would be the context of `f`, and take the types of its defaults away.
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type
export function compile<F extends Function>(f: F, options: CompileOptions = {}): CompiledFunction<F> {
  checkArguments('compile', parameters, arguments)
  const cache = new Cache(f as unknown as (...args: readonly unknown[]) => unknown, options)
  const call = (...args: readonly unknown[]) => cache.call(args)
  const explainCall = (...args: readonly unknown[]) => cache.explain(args)
  Object.defineProperties(call, { name: { value: cache.name }, length: { value: f.length } })
  return Object.assign(call, { explain: explainCall }) as unknown as CompiledFunction<F>
}

class Cache {
  readonly name: string
  readonly #entries: Entry[] = []
  readonly #leaves: Tensor[] = []
  readonly #site = new CallSite()
  #warned = false

  constructor(
    private readonly f: (...args: readonly unknown[]) => unknown,
    private readonly options: CompileOptions,
  ) {
    this.name = f.name || 'compiled'
  }

  /** What messages call the function. */
  get #label(): string {
    const { line } = this.#site
    return this.f.name || line === undefined ? this.name : `the function compiled at ${line}`
  }

  call(args: readonly unknown[]): unknown {
    if (observing() !== null) return callPlain('compile', this.f, args)
    const entry = this.#find(args)
    const { compiled, donated } = entry
    if (entry.calls++ >= entry.nextTrace) {
      const leaves = [...this.#leaves]
      rejectDifferent(this.#label, entry.traced, this.#trace(args, entry.matches))
      this.#leaves.splice(0, this.#leaves.length, ...leaves)
      entry.nextTrace = retraceFactor * entry.calls - 1
    }
    const { graph } = compiled
    if (isFollowed(this.#leaves)) return graph.rebuild(compiled.apply([...this.#leaves]))
    return graph.rebuild(compiled.program.run(this.#leaves, donated))
  }

  explain(args: readonly unknown[]): Explanation {
    const { compiled, milliseconds } = this.#find(args)
    return explain(this.name, compiled.program, milliseconds)
  }

  /** The entry for the arguments, whose tensors are then in `#leaves`. */
  #find(args: readonly unknown[]): Entry {
    for (let i = 0; i < this.#entries.length; i++) {
      const entry = this.#entries[i]
      if (!entry.matches(args, this.#leaves)) continue
      if (i > 0) this.#entries.unshift(...this.#entries.splice(i, 1))
      return entry
    }
    const beyond = this.options.donate?.find((position) => position >= args.length)
    if (beyond !== undefined)
      throw new ValueError(
        'donate-beyond',
        `[compile] donate names argument ${beyond}, but ${this.#label} was called with ${args.length}; count from 0`,
      )
    const start = performance.now()
    const matches = matcherOf(args)
    const traced = this.#trace(args, matches)
    const compiled = new Compiled(this.name, traced.graph, () => this.#label)
    void compiled.program
    matches(args, this.#leaves)
    const entry: Entry = {
      matches,
      traced,
      compiled,
      donated: this.#donatedInputs(traced.graph),
      milliseconds: performance.now() - start,
      calls: 0,
      nextTrace: this.options.retrace === false ? Infinity : 1,
    }
    this.#entries.unshift(entry)
    if (this.#entries.length > keptSignatures) this.#entries.pop()
    if (this.#entries.length > manySignatures) this.#warn(args)
    return entry
  }

  #donatedInputs(graph: Graph): number[] {
    const { donate = [] } = this.options
    return donate.length === 0 ? [] : graph.paths.flatMap((path, i) => (donate.includes(path[0] as number) ? [i] : []))
  }

  #trace(args: readonly unknown[], matches: Matcher): Traced {
    const { leaves, appearances, rebuild } = flatten(args)
    let given: readonly unknown[] = []
    let result: unknown
    const graph = traceLeaves(leaves, appearances, (symbolic) => {
      given = rebuild(symbolic) as readonly unknown[]
      result = onCopies('compile', given, () => callTraced('compile', this.f, given))
      rejectWritten(args, given, matches)
      return result
    })
    for (const [position, constant] of graph.constants)
      if (constant.isSymbolic || nodeOf(constant) !== null) {
        const line = graph.nodes.find(({ inputs }) => inputs.includes(position))?.site?.line
        throw new TraceError(
          'compile-capture',
          `[compile] ${this.#label} uses a ${formatType(constant.dtype, constant.shape)} from outside that a transform follows` +
            `${line === undefined ? '' : `, at ${line}`}, and what leads to it would be lost; pass it as an argument`,
        )
      }
    return { graph, given, result }
  }

  #warn(args: readonly unknown[]): void {
    if (this.#warned) return
    this.#warned = true
    const others = this.#entries.slice(1, 1 + manySignatures).reverse()
    const changes = others.map(({ traced }) => differenceOf(traced.given, args))
    const places = new Map(
      changes.flatMap((change) =>
        change === null || isSharing(change) ? [] : [[formatPath(['args', ...change.path]), change]],
      ),
    )
    const texts = [...places].map(
      ([place, { was, is }]) => `${place}, which is ${describeValue(is)} and was ${describeValue(was)}`,
    )
    const [first] = places.values()
    console.warn(
      `[compile] ${this.#label} was compiled for ${this.#entries.length} signatures; what keeps changing is ` +
        `${texts.join(', and ') || 'which tensors are the same'}${first ? `. ${adviceFor(first)}` : ''}`,
    )
  }
}

/** Whether a transform or a trace follows one of the tensors. */
function isFollowed(tensors: readonly Tensor[]): boolean {
  for (let i = 0; i < tensors.length; i++) if (tensors[i].isSymbolic || tensors[i].producer !== null) return true
  return false
}
