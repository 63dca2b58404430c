import * as z from "zod";
import { errorStatus, type ErrorCode } from "../errors.ts";

const codes = Object.keys(errorStatus) as [ErrorCode, ...ErrorCode[]];

/** What every failed call answers with: a stable code, and a sentence that says what to do next. */
export const failureSchema = z.object({ code: z.enum(codes), message: z.string() });

export type Failure = z.infer<typeof failureSchema>;
