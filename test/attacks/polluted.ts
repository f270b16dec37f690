// Loaded into the process of the server before anything else, for attack 45: names that its code, or code that it uses, may
// look up in an object of options. They can be overwritten, as after a real pollution, and are seen by every `in` and every
// read of a member that is missing.

const pollution: Readonly<Record<string, unknown>> = {
  secure: false,
  httpOnly: false,
  sameSite: 'none',
  insecure: true,
  access: true,
  algorithms: ['none', 'HS256'],
  issuer: undefined,
  throttle: false,
  freshness: 'known',
  leewaySeconds: 60,
  whenFull: 'refuse',
  origins: ['https://evil.example'],
  credentials: ['username'],
  refreshToken: 'polluted',
  token: 'polluted',
  admin: true,
  refresh: true,
  introspect: true,
  signIn: true,
}

// Whatever object one begins with, the chain of its prototypes ends there.
const everybodys = Object.getPrototypeOf({}) as object

for (const [name, value] of Object.entries(pollution)) {
  Object.defineProperty(everybodys, name, { value, writable: true, configurable: true, enumerable: false })
}
process.stderr.write('inside: polluted\n')
