// Our client as it is by default: the refresh token in a cookie, every renewal proved with a key.
import { start } from './app.ts'

start({ baseUrl: '/' })
