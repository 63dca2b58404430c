import type { PostgresPool, PostgresPoolClient } from "kysely";
import { AppError } from "../../shared/errors.ts";
import type { Secret } from "../secret.ts";

/**
 * Connections to a PostgreSQL server. What fails because the server is away fails as `store_unavailable`.
 *
 * @param answerMs How long one statement may take before the server counts as away. A transaction whose process does nothing
 * for three quarters of that loses its locks, so that a process that stands still does not make the others wait. Undefined:
 * as long as they want, on one connection; for changes of the tables.
 */
export async function openServerPool(
  url: Secret,
  onError: (error: Error) => void,
  answerMs?: number,
): Promise<PostgresPool> {
  const { default: pg } = await import("pg");
  const pool = new pg.Pool({
    connectionString: url.reveal(),
    max: answerMs === undefined ? 1 : 8,
    connectionTimeoutMillis: 5000,
    keepAlive: true,
    application_name: "edin",
    // Compiling a statement takes longer than any of ours runs: of a queue of 100,000 what comes next took 230 ms with it.
    options: "-c jit=off",
    ...(answerMs !== undefined && {
      query_timeout: answerMs,
      lock_timeout: Math.round(answerMs / 2),
      idle_in_transaction_session_timeout: Math.round((3 * answerMs) / 4),
    }),
  });
  // A server that goes away ends idle connections; the next query opens a new one or fails by itself.
  pool.on("error", onError);
  return {
    async connect() {
      const client = await pool.connect().catch((error: unknown) => {
        throw awayError(error) ?? error;
      });
      let broken = false;
      // The server may go away between two statements, when no query would hear of it.
      const onLost = (error: Error) => {
        broken = true;
        onError(error);
      };
      client.on("error", onLost);
      return {
        query: (text: string, values: unknown[]) =>
          client.query(text, values).catch((error: unknown) => {
            const away = awayError(error);
            broken ||= away !== undefined;
            throw away ?? error;
          }),
        release() {
          client.off("error", onLost);
          // Whoever gets it next must not find a statement or a transaction of ours in it.
          client.release(broken);
        },
      } as unknown as PostgresPoolClient;
    },
    end: () => pool.end(),
  };
}

/** Codes of the system and of PostgreSQL (classes 08, 53 and 57P; a lock or a transaction that timed out). */
const awayCodes = /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_|08...|53...|57P0[1-5]|55P03|25P03)/;
const awayTexts = /timeout|Connection terminated|Client has encountered a connection error/;

/** The failure of a server that is away, starting, stopping or has no room; undefined for any other. */
function awayError(error: unknown): AppError | undefined {
  const { code = "", message = "" } = error as { code?: string; message?: string };
  if (!awayCodes.test(code) && !(code === "" && awayTexts.test(message))) return undefined;
  return new AppError(
    "store_unavailable",
    "The PostgreSQL server of EDIN_DATABASE_URL does not answer. What was acknowledged is kept there; try again when it runs.",
    { cause: error },
  );
}
