import { expanded } from '@cotangent/core/internal'
import type { Op } from '@cotangent/core'

/** A short digest of an op's definition: its name, its kind, its law, and the source texts of its functions. */
export function fingerprintOf(op: Op): string {
  const texts: string[] = []
  const visit = (value: unknown, depth: number) => {
    if (typeof value === 'function') texts.push(Function.prototype.toString.call(value))
    else if (typeof value !== 'object' || value === null) texts.push(String(value))
    else if (depth < 4)
      for (const [key, each] of Object.entries(value)) {
        texts.push(key)
        visit(each, depth + 1)
      }
  }
  visit({ name: op.name, body: op.body, law: op.law as unknown, program: programOf(op) }, 0)
  return digest(texts.join('\n'))
}

/** The instructions of a map. The text of a formula alone would not show changes in the functions that it calls. */
export function programOf({ body, domain }: Op): unknown {
  if (body.kind !== 'map') return null
  const { inputs } = domain({
    integer: (min) => min,
    pick: ([first]) => first,
    shape: () => [],
    broadcastable: (count) => Array.from({ length: count }, () => []),
  })
  const types = inputs.map(({ shape, dtype }) => ({ shape, dtype: dtype ?? ('float64' as const) }))
  return expanded(body.work(types, types[0], undefined).program).instructions
}

/** FNV-1a, 32 bits. */
export function digest(text: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}
