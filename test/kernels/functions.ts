const codeSection = 10

/**
 * The bodies of the functions of a WebAssembly module, in order.
 *
 * Source: WebAssembly Core Specification 2.0, section 5.5 (binary format of modules).
 */
export function functionsOf(module: Uint8Array): Uint8Array[] {
  let at = 8
  // LEB128, unsigned.
  const size = () => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = module[at++]
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return value
    }
  }
  while (at < module.length) {
    const section = module[at++]
    const end = size() + at
    if (section !== codeSection) at = end
    else
      return Array.from({ length: size() }, () => {
        const length = size()
        at += length
        return module.subarray(at - length, at)
      })
  }
  return []
}
