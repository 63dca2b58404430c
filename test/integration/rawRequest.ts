import http from "node:http";

export interface RawRequest {
  readonly port: number;
  readonly method?: string;
  readonly target?: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

export interface RawReply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** One request with exactly these headers: `fetch` does not let one lie about Host, Origin or Sec-Fetch-Site. */
export function rawRequest({
  port,
  method = "GET",
  target,
  headers,
  body = "",
}: RawRequest): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const request = http.request({ port, host: "127.0.0.1", method, path: target, headers }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
    });
    request.on("upgrade", (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: "" });
    });
    request.on("error", reject);
    request.end(body);
  });
}
