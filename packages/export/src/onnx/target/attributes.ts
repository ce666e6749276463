import { type AttributeProto, attributeTypes, type GraphProto } from '../proto/messages'

/** The value of an attribute. All numbers are integers. */
export type AttributeValue = number | string | readonly number[] | GraphProto

/** Attributes by name. */
export type Attributes = Readonly<Record<string, AttributeValue>>

/** Attributes as messages, in the order of the object. */
export function attributesOf(attributes: Attributes): AttributeProto[] {
  return Object.entries(attributes).map(([name, value]) => ({ name, ...fieldsOf(value) }))
}

function fieldsOf(value: AttributeValue): AttributeProto {
  if (typeof value === 'number') return { i: BigInt(value), type: attributeTypes.INT }
  if (typeof value === 'string') return { s: new TextEncoder().encode(value), type: attributeTypes.STRING }
  if (isList(value)) return { ints: value.map(BigInt), type: attributeTypes.INTS }
  return { g: value, type: attributeTypes.GRAPH }
}

const isList = (value: readonly number[] | GraphProto): value is readonly number[] => Array.isArray(value)
