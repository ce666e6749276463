// Calls written wrongly in every way that a caller without types can think of. Each must be an error that the called
// function throws in its own name; what may pass is listed with the call, argument by argument.

import { CotangentError } from '@cotangent/core'
import { odd, type Odd } from './odd'

export interface Call {
  readonly call: (...args: any[]) => unknown
  /** Arguments that are right. */
  readonly args: readonly unknown[]
  /**
   * What may pass in the place of each argument, or of each option of it: `2.key` is the option `key` of argument 2.
   */
  readonly passes?: Readonly<Record<string, readonly Odd[]>>
  /** Any number of further arguments may follow. */
  readonly isVariadic?: boolean
  /** How many of the arguments may be left out. */
  readonly optional?: number
  /** Positions of arguments whose fields are no options: they are replaced as a whole. */
  readonly whole?: readonly number[]
  /** What stands in the brackets of its errors, besides the name of the call. */
  readonly names?: readonly string[]
}

/** What is wrong with the outcome of a call that has to fail; undefined where nothing is. */
function fault(name: string, { call, names = [] }: Call, args: readonly unknown[], mayPass: boolean) {
  try {
    call(...args)
    return mayPass ? undefined : 'passes'
  } catch (error) {
    if (error instanceof CotangentError)
      return [name, ...names].some((each) => error.message.startsWith(`[${each}] `)) ? undefined : error.message
    return mayPass && /Class constructor/.test(String(error)) ? undefined : `throws ${String(error)}`
  }
}

/** Whether an argument is an object of options, which are replaced one by one. */
const isOptions = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype

type Wrong = [what: string, args: readonly unknown[], mayPass: boolean]

function* wrongCalls({ args, passes = {}, isVariadic = false, optional = 0, whole = [] }: Call): Generator<Wrong> {
  const every = Object.entries(odd) as [Odd, unknown][]
  const mayPass = (place: string, what: Odd) => passes[place]?.includes(what) ?? false
  for (let count = 0; count < args.length - optional; count++) yield [`${count} arguments`, args.slice(0, count), false]
  if (!isVariadic)
    for (const [what, value] of every) yield [`${what} beyond the last argument`, [...args, value], false]
  for (const [i, right] of args.entries()) {
    const replaced = (value: unknown) => args.map((arg, at) => (at === i ? value : arg))
    for (const [what, value] of every) yield [`${what} as argument ${i}`, replaced(value), mayPass(String(i), what)]
    if (!isOptions(right) || whole.includes(i)) continue
    const listed = Object.keys(passes).filter((place) => place.startsWith(`${i}.`))
    const names = new Set([...Object.keys(right), ...listed.map((place) => place.slice(`${i}.`.length))])
    yield [`an unknown option in argument ${i}`, replaced({ ...right, colour: 1 }), false]
    for (const option of names)
      for (const [what, value] of every)
        yield [`${what} as option ${option}`, replaced({ ...right, [option]: value }), mayPass(`${i}.${option}`, what)]
  }
}

/** The faults of the right call and of the wrong ones. */
export function faults(name: string, call: Call): string[] {
  const right: Wrong = ['the right call', call.args, true]
  return [right, ...wrongCalls(call)].flatMap(([what, args, mayPass]) => {
    const found = fault(name, call, args, mayPass)
    return found === undefined ? [] : [`${what}: ${found}`]
  })
}
