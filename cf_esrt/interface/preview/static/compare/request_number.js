/* Numbers of requests, so that the server can skip superseded ones. */
let last = 0;

export const nextRequest = () => ++last;
