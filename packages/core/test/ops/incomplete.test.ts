import { testAgainstGolden } from './against-golden'

testAgainstGolden((name) => /^(gamma|beta)inc/.test(name))
