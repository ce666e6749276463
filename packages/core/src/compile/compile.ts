import type { LoaderChoice } from '../backends/backend'
import { TraceError, ValueError } from '../errors'
import { nodeOf } from '../recording/node'
import { observing } from '../recording/observer'
import type { Graph } from '../graph/graph'
import { callTraced, traceLeaves } from '../graph/trace'
import { checkArguments } from '../arguments/arguments'
import { callPlain, guardMutation } from '../trees/mutation-guard'
import { aFunction, flag, integerFrom, listOf, transformOptions } from '../arguments/kinds'
import { formatType } from '../values/printing'
import type { Tensor } from '../values/tensor'
import { formatPath } from '../trees/places'
import { flattenFor } from '../trees/tree'
import { CallSite } from '../values/call-site'
import { Compiled } from './compiled-call'
import { adviceFor, describeDifference, differenceOf, isSharing } from './purity/difference'
import { type Explanation, explain } from './explain'
import { rejectDifferent, rejectMutated, type Traced } from './purity/retrace'
import { type Matcher, matcherOf } from './purity/signature'

declare const console: { warn(message: string): void }
declare const performance: { now(): number }

const parameters = [
  aFunction,
  /* @__PURE__ */ transformOptions('compile', { donate: listOf(integerFrom(0)), retrace: flag }),
]

/** Warn once more than this many signatures exist. */
const manySignatures = 8

/** Retrace at calls 2, 8, 32, ...: each interval is four times the last. */
const retraceFactor = 4

/** Number of signatures whose programs are kept. Beyond it, the least recently used one is dropped. */
const keptSignatures = 64

/** Options of `compile`. */
export interface CompileOptions {
  /**
   * Arguments whose tensors are not used after the call. Their memory is reused without saving the elements. Reading
   * a donated tensor is a ValueError. Default: none.
   */
  readonly donate?: readonly number[]
  /**
   * Whether to trace again at calls 2, 8, 32, ... of each signature, to check that the function depends on its
   * arguments alone. Default: true.
   */
  readonly retrace?: boolean
}

/** A compiled function: it takes the same arguments and returns the same results as the original. */
export type CompiledFunction<F> = F & {
  /** Describes the compilation for arguments such as these. Every stage can be printed. Nothing is executed. */
  explain(...args: F extends (...args: infer Args) => unknown ? Args : never): Explanation
}

/** The program for one signature. */
interface Entry {
  readonly matches: Matcher
  readonly traced: Traced
  readonly compiled: Compiled
  /** Positions of the donated inputs. */
  readonly donated: readonly number[]
  readonly milliseconds: number
  calls: number
  /** Number of calls before the next one that traces again. */
  nextTrace: number
}

/** The type of `compile`. */
export interface Compile {
  /**
   * The same function, traced once for each signature of its arguments, fused, and run as WebAssembly. Every bit of
   * the result equals that of the original. A signature consists of the structure of the arguments, the shapes and
   * dtypes of their tensors, and every value that is not a tensor. A `number` is part of the signature; the elements
   * of a tensor are not.
   *
   * Results stay in the program's memory until they are read or the memory is needed again. Passing them to the next
   * call copies nothing, so parameters and optimizer state are free to hand over. Inside a transform the call is one
   * region of the graph, like a checkpoint, and its derivatives are compiled as well. A region sums its own cotangents
   * before those of other users of its inputs.
   *
   * @throws TraceError if `f` reads the value of a tensor, depends on something besides its arguments (found by
   * tracing again), or captures a tensor that a transform follows; ValueError if it mutates its arguments, or if a
   * donated tensor is used again.
   */
  // Constraining F to a call signature would contextually type f and lose what its default values infer.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-function-type
  <F extends Function>(f: F, options?: CompileOptions): CompiledFunction<F>
}

/** `compile` for programs that run on a loader. An entry of the package that binds it brings the machine for it. */
/* @__NO_SIDE_EFFECTS__ */
export function compileOn(loaderOf: LoaderChoice): Compile {
  return function compile(f, options = {}) {
    checkArguments('compile', parameters, arguments)
    const cache = new Cache(f as unknown as (...args: readonly unknown[]) => unknown, options, loaderOf)
    const call = (...args: readonly unknown[]) => cache.call(args)
    const explainCall = (...args: readonly unknown[]) => cache.explain(args)
    Object.defineProperties(call, { name: { value: cache.name }, length: { value: f.length } })
    return Object.assign(call, { explain: explainCall }) as unknown as CompiledFunction<typeof f>
  }
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
    private readonly loaderOf: LoaderChoice,
  ) {
    this.name = f.name || 'compiled'
  }

  /** The function's name in messages. */
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
    return graph.rebuild(compiled.executable.run(this.#leaves, donated))
  }

  explain(args: readonly unknown[]): Explanation {
    const { compiled, milliseconds } = this.#find(args)
    return explain(this.name, compiled.executable, milliseconds)
  }

  /** The entry for the arguments. Their tensors are then in `#leaves`. */
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
    const compiled = new Compiled(this.name, traced.graph, this.loaderOf, () => this.#label)
    void compiled.executable
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
    const { leaves, appearances, rebuild } = flattenFor('compile', args)
    let given: readonly unknown[] = []
    let result: unknown
    const run = (symbolic: readonly Tensor[]) => {
      given = rebuild(symbolic) as readonly unknown[]
      result = guardMutation('compile', given, () => callTraced('compile', this.f, given))
      rejectMutated(args, given, matches)
      return result
    }
    const graph = traceLeaves(leaves, appearances, run, 'compile')
    for (const [position, constant] of graph.constants)
      if (constant.isSymbolic || nodeOf(constant) !== null) {
        const line = graph.nodes.find(({ inputs }) => inputs.includes(position))?.site?.line
        throw new TraceError(
          'compile-capture',
          `[compile] ${this.#label} captures a ${formatType(constant.dtype, constant.shape)} that a transform follows` +
            `${line === undefined ? '' : `, at ${line}`}, and its gradient would be lost; pass it as an argument`,
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
    const texts = [...places].map(([place, change]) => `${place}, ${describeDifference(change)}`)
    // What an entry was made from holds such an object itself, so that no difference is left to see.
    if (changes.includes(null))
      texts.push('the fields of an object without tensors, which changed after a call; pass what changes as a tensor')
    const [first] = places.values()
    const milliseconds = this.#entries.reduce((sum, entry) => sum + entry.milliseconds, 0)
    console.warn(
      `[compile] ${this.#label} was compiled for ${this.#entries.length} signatures, which took ` +
        `${milliseconds.toFixed(0)} ms; they differ in ${texts.join(', and ') || 'which tensors are the same'}` +
        `${first ? `. ${adviceFor(first)}` : ''}`,
    )
  }
}

/** Whether a transform or a trace follows one of the tensors. */
function isFollowed(tensors: readonly Tensor[]): boolean {
  for (let i = 0; i < tensors.length; i++) if (tensors[i].isSymbolic || tensors[i].producer !== null) return true
  return false
}
