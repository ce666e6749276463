import { describeGiven, describeValue } from '../arguments/describe'
import { CotangentError, ValueError } from '../errors'
import { type Domain, sampleAttributes } from './domain'

// What the domain of an op says of its attributes, and what is wrong with a call that lacks them.

/** Whether an op has attributes. Only its domain shows that. */
export function hasAttributes<A>(domain: Domain<A>): boolean {
  try {
    return sampleAttributes(domain) !== undefined
  } catch {
    return true
  }
}

/**
 * The error of a call that was `given` something else than attributes. The code of a definition reads attributes, and
 * may not check them, so only a TypeError of that code shows that they are missing. Any other error stays unchanged.
 */
export function explained<A>(name: string, domain: Domain<A>, given: unknown, error: unknown): unknown {
  const thrown = error instanceof CotangentError && error.code === 'kernel-threw' ? error.cause : error
  const sample = thrown instanceof TypeError && !(given instanceof Object) ? sampledFrom(domain) : undefined
  if (sample === undefined) return error
  const remedy =
    sample instanceof Object && !Array.isArray(sample)
      ? `pass { ${Object.keys(sample).join(', ')} } as the last argument`
      : `pass them as the last argument, for example ${describeValue(sample)}`
  return new ValueError(
    'missing-attributes',
    `[${name}] expected its attributes after its inputs, got ${describeGiven(given)}; ${remedy}`,
    { cause: thrown },
  )
}

/** Attributes that the domain draws; undefined if it has none, or throws. */
function sampledFrom<A>(domain: Domain<A>): A | undefined {
  try {
    return sampleAttributes(domain)
  } catch {
    return undefined
  }
}
