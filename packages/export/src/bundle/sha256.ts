// SHA-256 of FIPS 180-4. Written out, because the one of browsers and Node answers later, and is missing on pages
// without https; a bundle is complete when it is returned.

/** The constants of section 4.2.2: 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const constants = /* @__PURE__ */ (() => Int32Array.from(primes(64), (prime) => fraction(Math.cbrt(prime))))()

/** The start of section 5.3.3: the same of the square roots of the first 8 primes. */
const start = /* @__PURE__ */ (() => Int32Array.from(primes(8), (prime) => fraction(Math.sqrt(prime))))()

function primes(count: number): number[] {
  const found: number[] = []
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n)
  return found
}

function fraction(x: number): number {
  return ((x - Math.floor(x)) * 2 ** 32) | 0
}

/** The SHA-256 of bytes, as 64 hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  const hash = start.slice()
  const words = new Int32Array(64)
  const whole = bytes.length - (bytes.length % 64)
  digestBlocks(hash, words, new DataView(bytes.buffer, bytes.byteOffset, whole))
  digestBlocks(hash, words, new DataView(lastBlocks(bytes, whole).buffer))
  return Array.from(hash, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
}

/** Section 5.1.1: the rest of the message, a bit 1, zeros, and the number of bits in 64 bits. */
function lastBlocks(bytes: Uint8Array, whole: number): Uint8Array<ArrayBuffer> {
  const rest = bytes.length - whole
  const last = new Uint8Array(rest < 56 ? 64 : 128)
  last.set(bytes.subarray(whole))
  last[rest] = 0x80
  new DataView(last.buffer).setBigUint64(last.length - 8, BigInt(bytes.length) * 8n)
  return last
}

/** Section 6.2.2, for each block of 64 bytes. */
function digestBlocks(hash: Int32Array, words: Int32Array, blocks: DataView): void {
  for (let block = 0; block < blocks.byteLength; block += 64) {
    for (let t = 0; t < 16; t++) words[t] = blocks.getInt32(block + 4 * t)
    for (let t = 16; t < 64; t++) {
      const [x, y] = [words[t - 15], words[t - 2]]
      const low = rotated(x, 7) ^ rotated(x, 18) ^ (x >>> 3)
      const high = rotated(y, 17) ^ rotated(y, 19) ^ (y >>> 10)
      words[t] = (high + words[t - 7] + low + words[t - 16]) | 0
    }
    let [a, b, c, d, e, f, g, h] = hash
    for (let t = 0; t < 64; t++) {
      const choice = (e & f) ^ (~e & g)
      const first = (h + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) + choice + constants[t] + words[t]) | 0
      const majority = (a & b) ^ (a & c) ^ (b & c)
      const second = ((rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + majority) | 0
      h = g
      g = f
      f = e
      e = (d + first) | 0
      d = c
      c = b
      b = a
      a = (first + second) | 0
    }
    ;[a, b, c, d, e, f, g, h].forEach((word, i) => (hash[i] += word))
  }
}

function rotated(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits))
}
