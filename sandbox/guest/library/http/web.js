// What http has of the web's: https://nodejs.org/api/http.html#class-websocket
const { CloseEvent, MessageEvent, WebSocket } = /** @type {any} */ (globalThis);

export { CloseEvent, MessageEvent, WebSocket };
