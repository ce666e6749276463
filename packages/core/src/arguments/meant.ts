import { describeInside, looksLikeTensor } from './describe'

/** The properties of a parameter that printing a call needs. */
interface Parameter {
  readonly name?: string
  readonly isOptional?: boolean
  readonly fields?: Readonly<Record<string, { accepts(value: unknown): boolean }>>
  accepts(value: unknown): boolean
}

/** A part of a call that is already text. */
class Written {
  constructor(readonly text: string) {}
}

/** A call as a user would write it. Tensors are called by the names of the parameters, or x, y and so on. */
function writeCall(operation: string, parameters: readonly Parameter[], args: readonly unknown[]): string {
  const names = new Map<unknown, string>()
  const free = ['x', 'y', 'z', 'u', 'v', 'w']
  args.forEach((arg, i) => {
    const name = parameters[i]?.name
    if (name !== undefined && typeof arg === 'object' && arg !== null && looksLikeTensor(arg)) names.set(arg, name)
  })
  const nameOf = (tensor: unknown) => {
    if (!names.has(tensor)) names.set(tensor, free.shift() ?? 'x')
    return names.get(tensor)!
  }
  const texts = args.map((arg) => (arg instanceof Written ? arg.text : describeInside(arg, nameOf)))
  return `write ${operation}(${texts.join(', ')})`
}

/** The longest run of arguments from a position on that are all numbers or all tensors. */
function runFrom(given: readonly unknown[], place: number): unknown[] {
  const sortOf = (value: unknown) =>
    typeof value === 'object' && value !== null && looksLikeTensor(value) ? 'tensor' : typeof value
  const run = given.slice(place)
  const end = run.findIndex((value) => sortOf(value) !== sortOf(run[0]))
  return end < 0 ? run : run.slice(0, end)
}

/** Suggests brackets for values that were given one by one where a list is expected: `reshape(x, 3, 2)`. */
export function withBrackets(
  operation: string,
  parameters: readonly Parameter[],
  given: ArrayLike<unknown>,
  place: number,
): string | undefined {
  const args = Array.from(given)
  const run = runFrom(args, place)
  const parameter = parameters[place]
  // A parameter that also accepts a single value gets brackets around numbers only: a list of trees is rarely meant.
  if (run.length === 0 || (typeof run[0] !== 'number' && parameter.accepts(run[0]))) return undefined
  if (Array.isArray(run[0]) || !parameter.accepts(run)) return undefined
  const meant = [...args.slice(0, place), run, ...args.slice(place + run.length)]
  const isComplete = parameters.slice(meant.length).every(({ isOptional }) => isOptional)
  return isComplete && meant.length <= parameters.length ? writeCall(operation, parameters, meant) : undefined
}

/** Suggests an option for a bare value that one of the options accepts: `sum(x, 1)`. */
export function withOption(
  operation: string,
  parameters: readonly Parameter[],
  given: ArrayLike<unknown>,
  place: number,
): string | undefined {
  const value = given[place]
  const meant = Object.entries(parameters[place].fields ?? {}).find(([, field]) => field.accepts(value))?.[0]
  if (meant === undefined) return undefined
  return writeCall(operation, parameters, [...Array.from(given).slice(0, place), { [meant]: value }])
}

/** Suggests positional arguments for ones that were given as options, `flip(x, { axis: 0 })`, or omitted. */
export function inOrder(
  operation: string,
  parameters: readonly Parameter[],
  given: ArrayLike<unknown>,
  place: number,
): string | undefined {
  const value = given[place]
  const isObject = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  if (parameters[place].name === undefined || (value !== undefined && !isObject)) return undefined
  const named = { ...(value as Record<string, unknown> | undefined) }
  const args: unknown[] = Array.from(given).slice(0, place)
  let needed = args.length
  parameters.slice(place).forEach(({ name = 'x', isOptional, fields, accepts }, i) => {
    const picked = Object.entries(named).filter(([key]) => fields !== undefined && key in fields)
    const isGiven = name in named && accepts(named[name])
    if (fields === undefined) args.push(isGiven ? named[name] : new Written(name))
    else
      args.push(picked.length > 0 ? Object.fromEntries(picked) : new Written(`{ ${Object.keys(fields).join(', ')} }`))
    if (!isOptional || isGiven || picked.length > 0) needed = place + i + 1
  })
  return writeCall(operation, parameters, args.slice(0, Math.max(needed, place + 1)))
}
