import { checkArguments, type Kind, optional, options, restated } from '../arguments/arguments'
import { aFunction, aName, anyNumber, flag, integerFrom, listOf, oneOf } from '../arguments/kinds'
import { ValueError } from '../errors'
import { type Body, bodyOf, type Kernel } from '../kernels/work'
import { bare } from '../scalar/named'
import { checkDType } from '../values/dtype'
import { checkShape } from '../values/shape'
import * as unchecked from './define'
import type { ElementwiseDefinition, ElementwiseOptions, OpDefinition, OpFunction, OpOptions, WithOp } from './define'
import { type Domain, elementwiseDomain as uncheckedDomain, type Interval } from './domain'
import { aLaw, listOfPartials, setsOfInputs } from './public-laws'

// The definitions of ops for users: with checked options, kernels, and formulas that have a method for each function.

const intervalFields = {
  min: anyNumber,
  max: anyNumber,
  avoid: /* @__PURE__ */ listOf(anyNumber),
  dtype: /* @__PURE__ */ oneOf('int32', 'bool'),
} satisfies Record<keyof Interval, Kind>

const interval = /* @__PURE__ */ restated(/* @__PURE__ */ options(intervalFields), {
  isOptional: false,
  expected: 'a non-empty interval { min, max, avoid, dtype }',
  accepts: (value) =>
    typeof value === 'object' && value !== null && !((value as Interval).min! > (value as Interval).max!),
})

/** A list with an interval for each input. */
const intervals: Kind = /* @__PURE__ */ listOf(interval)

const domainParameters = [intervals, /* @__PURE__ */ optional(flag)]

const common = {
  name: aName,
  inputs: /* @__PURE__ */ integerFrom(0),
  law: aLaw,
  notation: aFunction,
}

type Fields = Readonly<Record<string, Kind>>

/* @__NO_SIDE_EFFECTS__ */
function withCommon(fields: Fields): Fields {
  return { ...common, ...fields }
}

const elementwiseFields = /* @__PURE__ */ withCommon({
  inputs: /* @__PURE__ */ integerFrom(1),
  formula: aFunction,
  domain: intervals,
  accepts: /* @__PURE__ */ oneOf('float', 'number', 'int32', 'bool', 'any'),
  conditions: /* @__PURE__ */ integerFrom(0),
  partials: listOfPartials,
  linearIn: setsOfInputs,
  distinct: flag,
} satisfies Record<Exclude<keyof ElementwiseOptions, 'name' | 'law' | 'notation'>, Kind>)

const opFields = /* @__PURE__ */ withCommon({
  infer: aFunction,
  kernel: aFunction,
  body: {
    expected: "a body of a kind other than map, such as bodyOf('contract', () => ({}))",
    accepts: (value: unknown) => value instanceof Object && 'kind' in value && value.kind !== 'map',
    remedy: 'use defineElementwise for formulas',
  },
  domain: aFunction,
  lift: aFunction,
  label: aFunction,
  broadcasts: flag,
} satisfies Record<Exclude<keyof OpOptions<any>, keyof typeof common>, Kind>)

const elementwiseParameters = [/* @__PURE__ */ options(elementwiseFields, ['name', 'inputs', 'formula', 'domain'])]
const opParameters = [/* @__PURE__ */ options(opFields, ['name', 'infer', 'law', 'domain'])]

/**
 * Defines an op by one scalar formula. Its eager value, compiled kernel and derivatives of every order follow from it.
 *
 * Inputs broadcast as in NumPy. `Signature` is the type of the returned function; give it if tensors and numbers are
 * too imprecise. The derivatives come from running the formula on dual numbers, unless `partials` or `law` states them.
 *
 * @throws ShapeError at the call if the inputs do not broadcast; DTypeError if their dtypes do not match `accepts`;
 * ValueError if `domain` or `partials` does not have one entry per input.
 */
/* @__NO_SIDE_EFFECTS__ */
export function defineElementwise<Signature = OpFunction>(options: ElementwiseDefinition): Signature & WithOp
/* @__NO_SIDE_EFFECTS__ */
export function defineElementwise<Signature = OpFunction>(options: ElementwiseOptions): Signature & WithOp
/* @__NO_SIDE_EFFECTS__ */
export function defineElementwise(options: any): unknown {
  checkArguments('defineElementwise', elementwiseParameters, arguments)
  const given = options as ElementwiseOptions
  const { name, inputs, domain, partials, formula } = given
  for (const [what, list] of Object.entries({ domain, partials: partials ?? domain }))
    if (list.length !== inputs)
      throw new ValueError(
        'op-definition',
        `[defineElementwise] ${name} has ${list.length} entries in ${what}, but ${inputs} inputs; give one for each`,
      )
  return unchecked.defineElementwise({ ...given, formula: bare(formula) })
}

/**
 * Defines an op by a shape rule, a kernel over typed arrays or a body, and a law. Built-in ops are defined so too.
 *
 * The returned function takes the input tensors and then the attributes.
 *
 * @throws ValueError if neither or both of `kernel` and `body` are given.
 */
/* @__NO_SIDE_EFFECTS__ */
export function defineOp<A = undefined, Signature = OpFunction<A>>(options: OpDefinition<A>): Signature & WithOp<A>
/* @__NO_SIDE_EFFECTS__ */
export function defineOp<A = undefined, Signature = OpFunction<A>>(options: OpOptions<A>): Signature & WithOp<A>
/* @__NO_SIDE_EFFECTS__ */
export function defineOp<A>(options: any): unknown {
  checkArguments('defineOp', opParameters, arguments)
  const given = options as OpOptions<A>
  const { name, infer, kernel, body } = given
  if ((kernel === undefined) === (body === undefined))
    throw new ValueError('kernel-or-body', `[defineOp] ${name} needs either a kernel or a body; give exactly one`)
  return unchecked.defineOp<A>({
    ...given,
    infer(types, attributes) {
      const inferred = infer(types, attributes) ?? {}
      checkShape(name, inferred.shape)
      checkDType(name, inferred.dtype)
      return inferred
    },
    body: body ?? opaqueBody(name, kernel!),
  })
}

/** Runs a kernel, and rejects one that returns its result: only what it writes to `output.data` counts. */
function opaqueBody<A>(name: string, kernel: Kernel<A>): Body<A, 'opaque'> {
  const run: Kernel<A> = (inputs, output, attributes) => {
    const returned: unknown = kernel(inputs, output, attributes)
    if (typeof returned === 'object' && returned !== null && returned !== output.data)
      throw new ValueError(
        'kernel-result',
        `[${name}] its kernel returned ${returned instanceof Promise ? 'a promise' : 'an array'}, which is ignored; ` +
          'write every element of output.data instead, before it returns',
      )
  }
  return bodyOf('opaque', (attributes) => ({ run: (inputs, output) => run(inputs, output, attributes) }))
}

/** The domain of an elementwise op: shapes that broadcast together, and one interval for each input. */
/* @__NO_SIDE_EFFECTS__ */
export function elementwiseDomain(inputs: readonly Interval[], distinct = false): Domain<undefined> {
  checkArguments('elementwiseDomain', domainParameters, arguments)
  return uncheckedDomain(inputs, distinct)
}
